"""The list of conversations, and the way to each transcript."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import smart_split, unescape_string_literal
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin import filters, transcript
from chat.admin.read_only import MOST_WORDS, ReadOnlyAdmin, badge, moment, word_of
from chat.models import Conversation, Message

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Summarised(Protocol):
    """A conversation with what the list says of its messages."""

    title: str
    owner: User
    active_at: datetime
    turns: int
    last_model: str | None
    last_status: str | None


class SummarisedList(ChangeList):
    """Counts messages only for the rows of one page, after the page is chosen."""

    def get_results(self, request: HttpRequest) -> None:
        """Find the page, then its rows once more, with their summaries."""
        super().get_results(request)
        page = [conversation.pk for conversation in self.result_list]
        rows = {row.pk: row for row in _summarised(Conversation.objects.filter(pk__in=page))}
        self.result_list = [rows[pk] for pk in page if pk in rows]


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin[Conversation]):
    """Finds conversations; each leads to its transcript."""

    list_display = ("named", "person", "turns", "answered_by", "last_active", "status")
    list_filter = (
        ("active_at", filters.MomentFilter),
        filters.PersonFilter,
        filters.ModelFilter,
        filters.StatusFilter,
        filters.ErrorFilter,
    )
    ordering = ("-active_at", "-id")
    search_fields = ("title",)  # and more: see get_search_results
    search_help_text = _("Words of the title, of any message, or the person’s name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """What people keep: nothing that they deleted, nothing temporary."""
        return super().get_queryset(request).filter(deleted_at=None, temporary=False)

    def get_changelist(self, *_: Any, **__: Any) -> type[ChangeList]:
        """The list that summarises."""
        return SummarisedList

    def get_search_results(
        self, _: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        """Every word must be somewhere in the conversation; "quoted words" belong together."""
        for word in islice(smart_split(search_term), MOST_WORDS):
            queryset = queryset.filter(_says(_unquoted(word)))
        return queryset, False

    @admin.display(description=_("title"), ordering="title")
    def named(self, row: Summarised) -> str:
        """The title."""
        return row.title or gettext("Untitled")

    @admin.display(description=_("person"), ordering="owner__username")
    def person(self, row: Summarised) -> SafeString:
        """Whose it is; leads to the others of the same person."""
        return format_html('<a href="?person={}">{}</a>', row.owner.pk, row.owner.get_username())

    @admin.display(description=_("turns"))
    def turns(self, row: Summarised) -> int:
        """How often the person spoke, in all branches."""
        return row.turns

    @admin.display(description=_("model"))
    def answered_by(self, row: Summarised) -> str:
        """The model of the newest answer."""
        return row.last_model or "–"

    @admin.display(description=_("last active"), ordering="active_at")
    def last_active(self, row: Summarised) -> SafeString | str:
        """When something was last said in it."""
        return moment(row.active_at)

    @admin.display(description=_("status"))
    def status(self, row: Summarised) -> SafeString | str:
        """How the newest answer stands."""
        return (
            badge(word_of(Message.Status(row.last_status)), row.last_status)
            if row.last_status
            else "–"
        )

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """The transcript, in the place of a form."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        conversation = self.get_object(request, unquote(object_id))
        if conversation is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": conversation.title or gettext("Untitled"),
            "conversation": conversation,
            "transcript": transcript.read(conversation, _shown(request, conversation)),
        }
        return TemplateResponse(request, "admin/chat/conversation/transcript.html", context)


def _summarised(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    answers = Message.objects.filter(conversation=OuterRef("pk"), role=Message.Role.ASSISTANT)
    newest = answers.order_by("-created_at", "-id")
    return conversations.select_related("owner").annotate(
        turns=Count("messages", filter=Q(messages__role=Message.Role.USER)),
        last_model=Subquery(newest.values("model")[:1]),
        last_status=Subquery(newest.values("status")[:1]),
    )


def _says(words: str) -> Q:
    messages = Message.objects.filter(text__icontains=words)
    return (
        Q(title__icontains=words)
        | Q(owner__username__icontains=words)
        | Q(pk__in=messages.values("conversation"))
    )


def _unquoted(word: str) -> str:
    is_quoted = len(word) > 1 and word[0] == word[-1] and word[0] in "\"'"
    return unescape_string_literal(word) if is_quoted else word


def _shown(request: HttpRequest, conversation: Conversation) -> Message | None:
    """The message whose branch the page asks for by ``?message=``."""
    asked = request.GET.get("message")
    if asked is None:
        return None
    try:
        return conversation.messages.get(pk=UUID(asked))
    except (ValueError, Message.DoesNotExist) as error:
        raise Http404 from error
