"""Queues: made of a filter by a lead, worked on by reviewers, and how far they agree."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.roles import Role, is_auditor, is_lead, is_reviewer
from chat.admin.read_only import ReadOnlyAdmin
from review import drawing, finding, listing, report, taking_back
from review.access import known_reviews, lead_only, queues
from review.models import Item, Judgement, Queue, Rubric
from review.models.judgement import JudgementQuerySet
from review.models.queue import MOST_ITEMS

SHOWN = 100  # conversations of a queue's page


def judges() -> Any:
    """The people who may judge."""
    roles = Q(groups__name__in=(Role.REVIEWER.value, Role.LEAD.value))
    found = User.objects.filter(roles | Q(is_superuser=True), is_active=True)
    return found.distinct().order_by("username")


class QueueForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a queue is, but for its conversations."""

    reviewers = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Reviewers"), widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Queue
        fields = ("name", "rubric", "reviewers", "target", "is_blind", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["reviewers"].queryset = judges()  # type: ignore[attr-defined]


class NewQueueForm(QueueForm):
    """A new queue: a filter's conversations, or a random sample of them."""

    size = forms.IntegerField(
        label=_("Conversations"),
        min_value=1,
        max_value=MOST_ITEMS,
        initial=200,
        help_text=_("At most so many."),
    )
    order = forms.ChoiceField(
        label=_("Which"),
        choices=[("newest", _("the newest")), ("random", _("a random sample"))],
        widget=forms.RadioSelect,
        initial="newest",
    )
    seed = forms.IntegerField(
        label=_("Seed of the sample"),
        min_value=0,
        max_value=2**31,
        required=False,
        help_text=_("The same seed draws the same sample of the same conversations."),
    )
    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)

    def __init__(self, known: JudgementQuerySet | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = known
        self.fields["rubric"].queryset = Rubric.objects.newest_first()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The filter has to find something."""
        cleaned = super().clean() or {}
        if not self.errors:
            self.chosen = self._choose(cleaned)
            if not self.chosen:
                raise forms.ValidationError(gettext("The filter finds no conversation."))
        return cleaned

    def _choose(self, cleaned: dict[str, Any]) -> list[UUID]:
        form = finding.form_of(cleaned["query"], self._known)
        size = cleaned["size"]
        if cleaned["order"] == "newest":
            return listing.chosen(form, size)
        if cleaned["seed"] is None:
            cleaned["seed"] = secrets.randbelow(2**31)
        return drawing.sample(form, size, cleaned["seed"])

    def make(self, maker: Any) -> Queue:
        """Store the queue and its conversations."""
        with transaction.atomic():
            queue: Queue = self.save(commit=False)
            queue.maker = maker
            queue.query = self.cleaned_data["query"]
            is_sample = self.cleaned_data["order"] == "random"
            queue.seed = self.cleaned_data["seed"] if is_sample else None
            queue.save()
            self.save_m2m()
            queue.fill(self.chosen)
        return queue


class KeptQueueForm(QueueForm):
    """What may still change once people judge: who they are, and whether it goes on."""

    class Meta(QueueForm.Meta):
        fields = ("reviewers", "is_open")  # type: ignore[assignment]


@admin.register(Queue)
class QueueAdmin(ReadOnlyAdmin[Queue]):
    """The queues a person sees, and the page of each."""

    def get_urls(self) -> list[URLPattern]:
        """With the taking of the next conversation."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/next/", wrap(require_POST(self.take_next)), name="review_queue_next"),
            path("<int:pk>/keep/", wrap(require_POST(self.keep)), name="review_queue_keep"),
            path("<int:pk>/offer/", wrap(require_POST(self.offer)), name="review_queue_offer"),
            *super().get_urls(),
        ]

    def has_view_permission(self, request: HttpRequest, *_: Any) -> bool:
        """For all who work in the review."""
        return is_reviewer(request.user) or is_auditor(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same people."""
        return self.has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The queues with their progress."""
        shown = queues(request.user).with_progress().select_related("rubric")
        context = {"title": gettext("Queues"), "queues": shown, "leads": is_lead(request.user)}
        return self._page(request, "queues", context)

    @lead_only
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A new queue of the conversations that a filter finds."""
        query = request.GET.urlencode()
        known = known_reviews(request.user)
        form = NewQueueForm(known, request.POST or None, initial={"query": query})
        if request.method == "POST" and form.is_valid():
            queue = form.make(request.user)
            return HttpResponseRedirect(reverse("admin:review_queue_change", args=[queue.pk]))
        narrowed = finding.form_of(form["query"].value() or "", known)
        found = len(listing.chosen(narrowed, MOST_ITEMS)) if narrowed.is_valid() else 0
        context = {
            "title": gettext("New queue"),
            "form": form,
            "count": found,
            "narrowed": narrowed.told(),
        }
        return self._page(request, "new_queue", context)

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """One queue: its progress, what waits for a lead, and how far its reviewers agree."""
        queue = self._queue(request, object_id)
        sees_all = is_lead(request.user) or is_auditor(request.user)
        items = Item.objects.of(queue)
        blind = items.blind_to(request.user).values("pk")
        disputed = items.disputed().exclude(pk__in=blind)
        own = Judgement.objects.by(request.user).reviews().saved().filter(item__queue=queue)
        context = {
            "title": queue.name,
            "queue": queue,
            "wanted": queue.size * queue.target,
            "judges": queue.reviewers.filter(pk=request.user.pk).exists(),
            "leads": is_lead(request.user),
            "sees_all": sees_all,
            "own": own.select_related("item")[:SHOWN],
            "own_count": own.count(),
            "undo": taking_back.last_of(request.user, queue),
            "disputed": disputed[:SHOWN],
            "disputed_count": disputed.count(),
            "stuck_count": items.without_reviewer().count() if sees_all else 0,
            "settled": items.filter(is_settled=True)[:SHOWN],
            "report": report.of(queue, known_reviews(request.user)) if sees_all else None,
            "is_blind": items.hidden_from(request.user).exists(),
            "form": KeptQueueForm(instance=queue),
            "by_hand": items.filter(is_by_hand=True).count(),
        }
        return self._page(request, "queue", context)

    def history_view(self, *_: Any, **__: Any) -> HttpResponse:
        """The account of reading is elsewhere."""
        raise Http404

    def take_next(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The next conversation for this reviewer, held for nobody else."""
        queue = self._queue(request, str(pk))
        return to_next(request, queue)

    @lead_only
    def keep(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change who judges, and whether it is open."""
        queue = self._queue(request, str(pk))
        form = KeptQueueForm(request.POST, instance=queue)
        if form.is_valid():
            form.save()
            messages.success(request, gettext("The queue is changed."))
        else:
            messages.error(request, gettext("A queue needs a reviewer."))
        return HttpResponseRedirect(reverse("admin:review_queue_change", args=[pk]))

    @lead_only
    def offer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Offer again what nobody is left for because it was passed by."""
        queue = self._queue(request, str(pk))
        count = Item.objects.of(queue).without_reviewer().offer_again()
        if count:
            told = ngettext(
                "%(count)d conversation is offered again.",
                "%(count)d conversations are offered again.",
                count,
            )
            messages.success(request, told % {"count": count})
        else:
            messages.error(request, gettext("These want another reviewer."))
        return HttpResponseRedirect(reverse("admin:review_queue_change", args=[pk]))

    def _queue(self, request: HttpRequest, pk: str) -> Any:
        try:
            shown = queues(request.user).with_progress().select_related("rubric", "maker")
            return shown.get(pk=int(pk))
        except (ValueError, Queue.DoesNotExist) as error:
            raise Http404 from error

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"admin/review/{name}.html", frame | context)


def to_next(request: HttpRequest, queue: Queue) -> HttpResponse:
    """To the next conversation, or to the queue's page with the reason why there is none."""
    person = request.user
    assert isinstance(person, User)
    may = queue.is_open and queue.reviewers.filter(pk=person.pk).exists() and is_reviewer(person)
    item = queue.take_next(person) if may else None
    if item is not None:
        return HttpResponseRedirect(reverse("admin:review_item_judge", args=[item.pk]))
    messages.info(request, gettext("There is nothing for you to judge in this queue just now."))
    return HttpResponseRedirect(reverse("admin:review_queue_change", args=[queue.pk]))
