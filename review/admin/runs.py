"""The runs: every attempt to write an answer."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import is_lead
from chat.admin.read_only import ReadOnlyAdmin, badge, moment, pretty_block, pretty_json, word_of
from chat.models import Conversation, Message, Run
from chat.sentences import translated
from review import accounting, finding, masking
from review.access import readable, sees_everything
from review.models import Item, Reading
from review.paging import BoundedPaginator
from review.proof import verifying

ITEM = re.compile(r"\d{1,18}", re.ASCII)  # its number in the database
HEAVY = (
    "request",
    "message__text",
    "message__reasoning",
    "message__conversation__system_prompt",
)


class MomentFilter(admin.DateFieldListFilter):
    """Today, this month, and so on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("start")


class ModelFilter(admin.SimpleListFilter):
    """Which model was asked."""

    title = _("model")
    parameter_name = "model"

    def lookups(self, *_: Any) -> list[tuple[Any, str]]:
        """Every model that has ever answered here."""
        return [(model, model) for model in finding.models()]

    def queryset(self, _: HttpRequest, runs: QuerySet[Run]) -> QuerySet[Run] | None:
        """The runs of the chosen model."""
        return runs.filter(model=self.value()) if self.value() else None


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin[Run]):
    """Which model answered what, how quickly, and how it ended."""

    list_display = (
        "began",
        "person",
        "conversation",
        "model",
        "ended",
        "first_token",
        "speed",
        "tokens",
    )
    paginator = BoundedPaginator
    list_filter = (("started_at", MomentFilter), "outcome", ModelFilter)
    ordering = ("-started_at", "-id")
    search_fields = (
        "error",
        "model",
        "message__conversation__title",
        "message__conversation__owner__username",
    )
    search_help_text = _(
        "Words of the error, the model, the person’s name, or the title, unless it is masked"
    )
    fieldsets = (
        (None, {"fields": ("conversation", "person", "model", "server", "process")}),
        (_("How it went"), {"fields": ("ended", "reason", "began", "finished", "attempts")}),
        (_("Speed"), {"fields": ("first_token", "took", "speed")}),
        (_("Size"), {"fields": ("tokens", "prompt_tokens", "turns_cut", "text_length")}),
        (_("What was asked"), {"fields": ("parameters_set", "request_sent", "proof")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """The runs of conversations that this person may read, without their long texts."""
        runs = super().get_queryset(request)
        if sees_everything(request.user):
            # The few that are gone are found first: a join would visit every message.
            gone = Conversation.objects.gone()
            runs = runs.exclude(message__in=Message.objects.filter(conversation__in=gone))
        else:
            runs = runs.filter(message__conversation__in=readable(request.user))
        return runs.select_related("message__conversation__owner").defer(*HEAVY)

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Not the titles while they are masked: what is found would tell what is in them."""
        fields = list(self.search_fields)
        if masking.is_on(request):
            fields.remove("message__conversation__title")
        return fields

    def get_urls(self) -> list[URLPattern]:
        """With the request of a run by itself."""
        view = self.admin_site.admin_view(self.request_view)
        return [path("<uuid:pk>/request/", view, name="chat_run_request"), *super().get_urls()]

    @accounting.with_reason
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, whose rows name conversations."""
        answer = super().changelist_view(request, extra_context)
        if isinstance(answer, TemplateResponse) and answer.context_data:
            runs = answer.context_data["cl"].result_list
            accounting.note(request, Reading.Page.LIST, {run.message.conversation for run in runs})
            for run in runs:
                owner = run.message.conversation.owner
                masking.title(run.message.conversation, masking.mask_of(request, owner))
            answer.context_data |= masking.context(request)
        return answer

    @accounting.with_reason
    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """All that is known of one run."""
        run = self.get_object(request, unquote(object_id))
        answer = super().change_view(request, object_id)
        if run is not None:
            accounting.note(request, Reading.Page.RUN, [run.message.conversation])
        if run is not None and isinstance(answer, TemplateResponse) and answer.context_data:
            original, mask = answer.context_data["original"], self._mask(request, run)
            masking.run(original, mask)
            original.request = masking.everywhere(original.request, mask)
            masking.conversation(original.message.conversation, mask)
            answer.context_data |= masking.context(request)
        return answer

    def request_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What was sent to the model server, as JSON in plain text.

        ``?item=`` is the conversation of a queue on whose page it is asked for: there the
        queue is the reason.
        """
        reason = self._reason_of_queue(request, pk)
        return self._sent(request, pk, reason) if reason else self._sent_for_a_reason(request, pk)

    def _reason_of_queue(self, request: HttpRequest, pk: UUID) -> str:
        """Empty if this person is not given that conversation, or it is not that of the run."""
        number = request.GET.get("item", "")
        if not (ITEM.fullmatch(number) and self.has_view_permission(request)):
            return ""
        items = (
            Item.objects.all() if is_lead(request.user) else Item.objects.for_reviewer(request.user)
        )
        about = items.filter(pk=number, conversation__messages__runs=pk).select_related("queue")
        item = about.first()
        return item.queue.reason if item else ""

    def _sent(self, request: HttpRequest, pk: Any, reason: str = "") -> HttpResponse:
        run = self.get_object(request, str(pk))
        if run is None:
            raise Http404
        conversation = run.message.conversation
        accounting.note(request, Reading.Page.REQUEST, [conversation], reason=reason)
        return HttpResponse(
            pretty_json(masking.everywhere(run.request, self._mask(request, run))),
            content_type="text/plain; charset=utf-8",
            headers={"Cache-Control": "no-store"},
        )

    _sent_for_a_reason = accounting.with_reason(_sent)

    def _mask(self, request: HttpRequest, run: Run) -> masking.Mask:
        return masking.mask_of(request, run.message.conversation.owner)

    def history_view(self, *_: Any, **__: Any) -> HttpResponse:
        """What nobody changes has no history of changes."""
        raise Http404

    @admin.display(description=_("started"), ordering="started_at")
    def began(self, run: Run) -> SafeString | str:
        """When the model was first asked."""
        return moment(run.started_at)

    @admin.display(description=_("finished"))
    def finished(self, run: Run) -> SafeString | str:
        """When it ended."""
        return moment(run.finished_at)

    @admin.display(description=_("person"), ordering="message__conversation__owner__username")
    def person(self, run: Run) -> str:
        """Who asked."""
        return run.message.conversation.owner.get_username()

    @admin.display(description=_("conversation"), ordering="message__conversation__title")
    def conversation(self, run: Run) -> SafeString:
        """The conversation, in the branch of this run's answer."""
        conversation = run.message.conversation
        page = reverse("admin:chat_conversation_change", args=[conversation.pk])
        title = conversation.title or gettext("Untitled")
        return format_html('<a href="{}?message={}">{}</a>', page, run.message_id, title)

    @admin.display(description=_("outcome"), ordering="outcome")
    def ended(self, run: Run) -> SafeString:
        """How it ended, if it has."""
        if not run.outcome:
            return badge(gettext("answering"), "streaming")
        return badge(word_of(Run.Outcome(run.outcome)), run.outcome)

    @admin.display(description=_("error"))
    def reason(self, run: Run) -> str:
        """Why it failed."""
        return translated(run.error) or "–"

    @admin.display(description=_("first token"), ordering="first_token_ms")
    def first_token(self, run: Run) -> str:
        """How long the person waited for the first piece."""
        return _seconds(run.first_token_ms)

    @admin.display(description=_("took"), ordering="duration_ms")
    def took(self, run: Run) -> str:
        """How long the whole answer took."""
        return _seconds(run.duration_ms)

    @admin.display(description=_("tokens/s"), ordering="tokens_per_second")
    def speed(self, run: Run) -> str:
        """How many tokens came each second."""
        return "–" if run.tokens_per_second is None else number_format(run.tokens_per_second, 1)

    @admin.display(description=_("tokens"), ordering="completion_tokens")
    def tokens(self, run: Run) -> str:
        """How long the answer is, as its server counts."""
        if run.completion_tokens is None:
            return "–"
        count = number_format(run.completion_tokens, force_grouping=True)
        return gettext("about %(count)s") % {"count": count} if run.usage_estimated else count

    @admin.display(description=_("parameters"))
    def parameters_set(self, run: Run) -> SafeString:
        """The parameters that were set."""
        return pretty_block(run.parameters)

    @admin.display(description=_("request as sent"))
    def request_sent(self, run: Run) -> SafeString:
        """The body that the model server got."""
        return pretty_block(run.request)

    @admin.display(description=_("proof"))
    def proof(self, run: Run) -> SafeString | str:
        """Whether it is as it was when its answer was linked."""
        # As it is stored: what is shown may be masked.
        state = verifying.state_of_run(Run.objects.get(pk=run.pk))
        if state == "changed":
            return badge(gettext("changed behind the application’s back"), "failed")
        return badge(gettext("verified"), "complete") if state == "verified" else "–"


def _seconds(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "–"
    return gettext("%(seconds)s s") % {"seconds": number_format(milliseconds / 1000, 2)}
