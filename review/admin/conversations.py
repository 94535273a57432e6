"""Finding conversations, and reading each as people saw it."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.roles import is_auditor, is_lead
from chat.admin.read_only import ReadOnlyAdmin
from chat.content_policy import trusted_types
from chat.models import Conversation, Hold, Message
from review import accounting, digesting, finding, listing, masking, transcript
from review.access import bounds, known_reviews, lead_only, readable, sees_everything
from review.models import Item, Judgement, Queue, Reading, SavedFilter
from review.proof import verifying

MOST_FILTERS = 200  # of one person


class IntoQueueForm(forms.Form):
    """In which queue a conversation is to be judged: none if that is over for it."""

    queue = forms.ModelChoiceField(Queue.objects.none(), label=_("Queue"), empty_label=None)

    def __init__(self, conversation: Conversation, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        chosen = self.fields["queue"]
        assert isinstance(chosen, forms.ModelChoiceField)
        if conversation.deleted_at is None:
            chosen.queryset = Queue.objects.open_without(conversation)


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin[Conversation]):
    """The list with its filters and its search, and the transcripts."""

    def get_urls(self) -> list[URLPattern]:
        """With the saved filters, and a way into the queues."""
        keep = self.admin_site.admin_view(require_POST(self.keep_filter))
        drop = self.admin_site.admin_view(require_POST(self.drop_filter))
        queue = self.admin_site.admin_view(require_POST(self.put_into_queue))
        return [
            path("filters/", keep, name="review_filter_keep"),
            path("filters/<int:pk>/drop/", drop, name="review_filter_drop"),
            path("<uuid:pk>/queue/", queue, name="review_conversation_queue"),
            *super().get_urls(),
        ]

    def has_view_permission(self, request: HttpRequest, *_: Any) -> bool:
        """For all who may read, if only what they judge."""
        return request.user.has_perm("chat.view_conversation")

    @accounting.with_reason
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, at a place of it."""
        are_left = not digesting.refresh().is_all
        form = finding.FilterForm(request.GET, known_reviews(request.user))
        try:
            after, redactor_of = request.GET.get("after", ""), partial(masking.redactor_of, request)
            found = listing.page(form, bounds(request.user), after, redactor_of)
        except ValueError as error:
            raise Http404 from error
        shown = [row.conversation for row in found.rows]
        page = Reading.Page.SEARCH if request.GET.get("q") else Reading.Page.LIST
        accounting.note(request, page, shown, detail=form.query)
        context = masking.context(request) | {
            "title": gettext("Conversations"),
            "form": form,
            "found": found,
            "most_counted": listing.MOST_COUNTED,
            "are_left": are_left,
            "filters": SavedFilter.objects.seen_by(request.user).select_related("maker"),
            "leads": is_lead(request.user),
        }
        return self._page(request, "find", context)

    @method_decorator(trusted_types)
    @accounting.with_reason
    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """The transcript, in the place of a form."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        conversation = self._readable(request, unquote(object_id))
        leaf = shown(request, conversation)
        accounting.note(request, Reading.Page.TRANSCRIPT, [conversation])
        mask = masking.mask_of(request, conversation.owner)
        read = transcript.read(conversation, leaf, mask)
        context = masking.context(request) | self._around(request, conversation, leaf)
        context |= {
            "title": conversation.title or gettext("Untitled"),
            "conversation": conversation,
            "transcript": read,
            "proof": verifying.state_of(conversation.pk),
            "holds": Hold.objects.on(conversation),
            "answers_for_it": is_lead(request.user) or is_auditor(request.user),
            "leads": is_lead(request.user),
            "into_queue": IntoQueueForm(conversation) if is_lead(request.user) else None,
            "judgements": judgements_beside(request, conversation, mask),
        }
        return self._page(request, "transcript", context)

    def history_view(self, *_: Any, **__: Any) -> HttpResponse:
        """What nobody changes has no history of changes."""
        raise Http404

    def keep_filter(self, request: HttpRequest) -> HttpResponse:
        """Give the filter of the list a name; the same name again stands for the new one."""
        form = finding.form_of(request.POST.get("query", "")[:4000])
        name = request.POST.get("name", "").strip()[:100]
        own = SavedFilter.objects.made_by(request.user)
        if not self.has_view_permission(request) or own.count() >= MOST_FILTERS:
            raise PermissionDenied
        if name and form.is_valid():
            own.update_or_create(
                maker_id=request.user.pk,
                name=name,
                defaults={"query": form.query, "is_shared": "shared" in request.POST},
            )
            messages.success(request, gettext("The filter “%s” is kept.") % name)
        return HttpResponseRedirect(f"{reverse(LIST)}?{form.query}")

    def drop_filter(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget a filter of one's own."""
        get_object_or_404(SavedFilter.objects.made_by(request.user), pk=pk).delete()
        return HttpResponseRedirect(reverse(LIST))

    @lead_only
    def put_into_queue(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Have this conversation judged, behind the others of a queue that is open."""
        conversation = self._readable(request, str(pk))
        form = IntoQueueForm(conversation, request.POST)
        if form.is_valid():
            queue = form.cleaned_data["queue"]
            item = queue.add(conversation)
            told = gettext("It is conversation %(n)s of “%(queue)s” now.")
            messages.success(request, told % {"n": item.position, "queue": queue})
        else:
            messages.error(request, gettext("No open queue that lacks it was chosen."))
        page = reverse("admin:chat_conversation_change", args=[pk])
        asked = request.GET.urlencode()
        return HttpResponseRedirect(f"{page}?{asked}" if asked else page)

    def _readable(self, request: HttpRequest, pk: str) -> Conversation:
        try:
            return readable(request.user).select_related("owner").get(pk=UUID(pk))
        except (ValueError, Conversation.DoesNotExist) as error:
            raise Http404 from error

    def _around(
        self, request: HttpRequest, conversation: Conversation, message: Message | None
    ) -> dict[str, Any]:
        """Where the keys lead: through the list of ``?in=``, and to where it can be judged."""
        before, after, list_query = None, None, ""
        if "in" in request.GET:
            form = finding.form_of(request.GET["in"][:4000], known_reviews(request.user))
            at = request.GET.get("page", "")
            here = listing.Place(conversation.pk, message.pk if message else None, at)
            try:
                masks = partial(masking.redactor_of, request)
                before, after = listing.neighbours(form, bounds(request.user), here, masks)
            except ValueError as error:
                raise Http404 from error
            list_query = f"?{form.query}" + (f"&{urlencode({'after': at})}" if at else "")
        to_judge = Item.objects.left_for(request.user, conversation).first()
        return {"before": before, "after": after, "list_query": list_query, "to_judge": to_judge}

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"admin/review/{name}.html", frame | context)


LIST = "admin:chat_conversation_changelist"


def judgements_beside(
    request: HttpRequest, conversation: Conversation, mask: masking.Mask
) -> list[Judgement]:
    """The reviews that this person may see beside a transcript, masked as that is.

    In a blind queue that is none before one's own is saved; for who sees everything, none
    while theirs is wanted.
    """
    saved = Judgement.objects.saved().filter(item__conversation=conversation)
    seen = list(saved.with_marks().select_related("item__queue", "reviewer"))
    if not seen:
        return []
    if sees_everything(request.user):
        blind = Item.objects.blind_to(request.user).filter(conversation=conversation)
        hidden = set(blind.values_list("pk", flat=True))
        seen = [each for each in seen if each.item_id not in hidden]
    else:
        done = set(saved.by(request.user).reviews().values_list("item", flat=True))
        seen = [each for each in seen if each.item_id in done or not each.item.queue.is_blind]
    for judgement in seen:
        masking.judgement(judgement, mask)
    return seen


def shown(request: HttpRequest, conversation: Conversation) -> Message | None:
    """The message whose branch the page asks for by ``?message=``."""
    asked = request.GET.get("message")
    if asked is None:
        return None
    try:
        return conversation.messages.get(pk=UUID(asked))
    except (ValueError, Message.DoesNotExist) as error:
        raise Http404 from error
