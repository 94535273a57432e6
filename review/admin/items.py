"""The judging page, and the page on which a lead settles what reviewers differ about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.roles import is_lead, is_reviewer
from chat.admin.read_only import ReadOnlyAdmin
from chat.content_policy import trusted_types
from chat.models import Feedback, Message
from review import accounting, judging, masking, settling, taking_back, transcript
from review.access import lead_only
from review.admin.conversations import shown
from review.admin.queues import to_next
from review.models import Item, Judgement, Reading
from review.models.queue import Queue


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin[Item]):
    """One conversation of a queue before one person."""

    def get_urls(self) -> list[URLPattern]:
        """The pages, and what they send."""
        wrap = self.admin_site.admin_view
        show = require_http_methods(["GET", "HEAD", "POST"])
        views = {
            "judge": show(self.judge),
            "verdict": show(self.verdict),
            "draft": require_POST(self.draft),
            "hold": require_POST(self.hold),
            "leave": require_POST(self.leave),
            "skip": require_POST(self.skip),
            "take_back": require_POST(self.take_back),
        }
        own = [
            path(f"<int:pk>/{name}/", wrap(view), name=f"review_item_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Not a list of its own: the queues lead here."""
        return False

    def has_view_permission(self, request: HttpRequest, *_: Any) -> bool:
        """For reviewers."""
        return is_reviewer(request.user)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The queues lead to their conversations."""
        return HttpResponseRedirect(reverse("admin:review_queue_changelist"))

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """The judging page."""
        try:
            return HttpResponseRedirect(reverse("admin:review_item_judge", args=[object_id]))
        except NoReverseMatch as error:
            raise Http404 from error

    def history_view(self, *_: Any, **__: Any) -> HttpResponse:
        """The account of reading is elsewhere."""
        raise Http404

    @method_decorator(trusted_types)
    def judge(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Read a conversation and say what one thinks of it."""
        item = self._own(request, pk)
        if item.holder_id not in (None, request.user.pk) and not self._is_free(item, request):
            messages.info(request, gettext("Somebody else is judging this conversation now."))
            return self._to_queue(item.queue)
        if not (item.is_wanted or item.is_judged_by(request.user)):
            messages.info(request, gettext("This conversation needs no more reviews here."))
            return self._to_queue(item.queue)
        if request.method == "POST":
            return self._save(request, item, verdict=False)
        return self._desk(request, item, verdict=False)

    @method_decorator(trusted_types)
    @lead_only
    def verdict(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Read what reviewers said, side by side, and say the last word."""
        item = self._any(pk)
        if Item.objects.blind_to(request.user).filter(pk=pk).exists():
            messages.info(request, gettext("Judge it yourself first, as long as that is wanted."))
            return HttpResponseRedirect(reverse("admin:review_item_judge", args=[pk]))
        if request.method == "POST":
            return self._save(request, item, verdict=True)
        return self._desk(request, item, verdict=True)

    def draft(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep what is written so far; what was saved for good stays as it is."""
        verdict = "verdict" in request.POST and is_lead(request.user)
        item = self._any(pk) if verdict else self._own(request, pk)
        filled = judging.filled(self._asked(request, item, verdict=verdict), request.POST)
        self._keep(request, item, filled, verdict=verdict, is_whole=False)
        return HttpResponse(status=204)

    def hold(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page is open: nobody else gets this conversation. 409 if somebody has it."""
        item = self._own(request, pk)
        return HttpResponse(status=204 if item.take(request.user, _hold(request)) else 409)

    def leave(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page was left."""
        self._own(request, pk).let_go(request.user, _hold(request))
        return HttpResponse(status=204)

    def skip(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pass it by, and take the next."""
        item = self._own(request, pk)
        item.skip(request.user)
        return to_next(request, item.queue)

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make one's saved review a draft again, and go on with it."""
        item = self._own(request, pk)
        saved = Judgement.objects.by(request.user).reviews().saved().filter(item=item)
        review = saved.select_related("item__queue").first()
        if review is not None:
            if why_not := taking_back.why_not(review):
                messages.error(request, why_not)
            elif review.make_draft():
                self.log_change(request, item, "Review taken back.")
                messages.success(request, gettext("Your review is a draft again."))
        return HttpResponseRedirect(reverse("admin:review_item_judge", args=[pk]))

    def _own(self, request: HttpRequest, pk: int) -> Item:
        """A conversation of the person's own queues: what is not assigned is not there."""
        if not is_reviewer(request.user):
            raise PermissionDenied
        return self._find(Item.objects.for_reviewer(request.user), pk)

    def _any(self, pk: int) -> Item:
        return self._find(Item.objects.all(), pk)

    def _find(self, items: Any, pk: int) -> Item:
        whole = items.present().select_related("queue__rubric", "conversation__owner")
        try:
            found: Item = whole.prefetch_related("queue__rubric__questions").get(pk=pk)
        except Item.DoesNotExist as error:
            raise Http404 from error
        return found

    def _is_free(self, item: Item, request: HttpRequest) -> bool:
        return Item.objects.filter(pk=item.pk).free_for(request.user).exists()

    def _asked(self, request: HttpRequest, item: Item, *, verdict: bool) -> list[judging.Field]:
        answers = item.conversation.messages.in_order().filter(role=Message.Role.ASSISTANT)
        asked = judging.fields(item.queue.rubric, list(answers))
        if not verdict:
            return asked
        before = settling.verdict_before(item, request.user)
        return settling.told(asked, settling.reviews(item), before)

    def _keep(
        self,
        request: HttpRequest,
        item: Item,
        filled: list[judging.Field],
        *,
        verdict: bool,
        is_whole: bool,
    ) -> Judgement | None:
        return Judgement.keep(
            item,
            request.user,
            judging.marks(filled, is_whole=is_whole),
            needs_lead="needs_lead" in request.POST,
            verdict=verdict,
        )

    def _save(self, request: HttpRequest, item: Item, *, verdict: bool) -> HttpResponse:
        """Store a judgement for good, once however often it is sent, and go on to the next."""
        filled = judging.filled(self._asked(request, item, verdict=verdict), request.POST)
        needs_lead = "needs_lead" in request.POST and not verdict
        left = [] if needs_lead else judging.missing(filled)
        long = judging.too_long(filled)
        is_whole = judging.is_whole(filled, needs_lead=needs_lead)
        if verdict and is_whole and "masked" in request.POST:
            filled = settling.restored(filled, masking.redactor(item.conversation.owner).mask)
        kept = self._keep(request, item, filled, verdict=verdict, is_whole=is_whole)
        if left:
            messages.error(request, judging.sentence_of(left))
        if long:
            messages.error(request, judging.sentence_of_length(long))
        if left or long:
            return self._desk(request, item, verdict=verdict, left=[*left, *long])
        if kept is not None:
            kept.save_for_good()
        return self._to_waiting(request, item) if verdict else to_next(request, item.queue)

    def _to_waiting(self, request: HttpRequest, item: Item) -> HttpResponse:
        """To the next that waits for a lead, or to the queue if none does."""
        waiting = Item.objects.waiting_after(item, request.user)
        if waiting is None:
            return self._to_queue(item.queue)
        return HttpResponseRedirect(reverse("admin:review_item_verdict", args=[waiting.pk]))

    def _to_queue(self, queue: Queue) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:review_queue_change", args=[queue.pk]))

    def _desk(
        self, request: HttpRequest, item: Item, *, verdict: bool, left: Sequence[judging.Field] = ()
    ) -> HttpResponse:
        leaf = shown(request, item.conversation)
        page = Reading.Page.VERDICT if verdict else Reading.Page.JUDGING
        accounting.note(request, page, [item.conversation], reason=item.queue.reason)
        own = judging.draft_of(item, request.user, verdict=verdict)
        is_done = own is not None and own.saved_at is not None
        mask = masking.mask_of(request, item.conversation.owner)
        others = Judgement.objects.about(item).saved().reviews()
        others = others if verdict else others.exclude(reviewer_id=request.user.pk)
        seen = list(others.with_marks()) if verdict or is_done or not item.queue.is_blind else []
        earlier = settling.verdict_before(item, request.user) if verdict and not is_done else None
        in_words_of_others = [*seen, earlier, own if verdict and is_done else None]
        for judgement in filter(None, in_words_of_others):
            masking.judgement(judgement, mask)
        answers = list(item.conversation.messages.in_order().filter(role="assistant"))
        fields = judging.fields(item.queue.rubric, answers, own.marks.all() if own else ())
        if verdict and not is_done:
            fields = settling.told(fields, seen, earlier)
            fields = fields if own else settling.begun(fields)
        mine = Judgement.objects.by(request.user).saved().filter(item__queue=item.queue)
        before, after = mine.filter(is_verdict=verdict).beside(own)
        context = {
            **masking.context(request),
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": item.queue.name,
            "item": item,
            "queue": Queue.objects.with_progress().get(pk=item.queue_id),
            "conversation": item.conversation,
            "transcript": _read(item, answers, leaf, left, mask),
            "fields": fields,
            "earlier": earlier,
            "left": [field.name for field in left],
            "own": own,
            "is_done": is_done,
            "is_verdict": verdict,
            "before": before,
            "after": after,
            **({} if verdict else _undo(request, item, own)),
            "waiting": Item.objects.waiting_after(item, request.user) if verdict else None,
            "others": seen,
            "lines": judging.side_by_side(item.queue.rubric, answers, seen),
            "hidden": others.count() - len(seen),
            "ratings": Feedback.objects.filter(message__conversation=item.conversation),
        }
        status = 422 if left else 200
        return TemplateResponse(request, "admin/review/judge.html", context, status=status)


def _read(
    item: Item,
    answers: Sequence[Message],
    leaf: Message | None,
    left: Sequence[judging.Field],
    mask: masking.Mask,
) -> transcript.Transcript:
    """The branch that is asked for, or the one of an answer of which something is left to say."""
    read = transcript.read(item.conversation, leaf, mask)
    wanted = next((field.message for field in left), None)
    if wanted is None or wanted in (answer.pk for answer in read.answers):
        return read
    whole = next(answer for answer in answers if answer.pk == wanted)
    return transcript.read(item.conversation, whole, mask)


def _undo(request: HttpRequest, item: Item, own: Judgement | None) -> dict[str, Any]:
    """The review that may be taken back: this one if it is saved, else the last; or why not."""
    if own is None or own.saved_at is None:
        return {"undo": taking_back.last_of(request.user, item.queue)}
    own.item = item
    stays = taking_back.why_not(own)
    return {"undo": None if stays else own, "stays": stays}


def _hold(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("hold", ""))
    except ValueError:
        return None
