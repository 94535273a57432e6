"""The chat page, and what it asks for while it is open."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from chat import sidebar, thread
from chat.answer_settings import KNOBS
from chat.context_use import context_use
from chat.models import Conversation, Feedback, Message, ModelServer, Preferences
from chat.sentences import translated
from chat.views.common import message_of, own_conversation, trusted_types


@login_required
@never_cache
@require_GET
@gzip_page
@trusted_types
def new(request: HttpRequest) -> HttpResponse:
    """The page with an empty conversation."""
    return _chat_page(request, None, [])


@login_required
@never_cache
@require_GET
@gzip_page
@trusted_types  # type: ignore[arg-type]  # its types know views without arguments only
def conversation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of one conversation: its chosen branch, or that of ``?message=``."""
    mine = own_conversation(request, pk)
    leaf = message_of(mine, request.GET.get("message"))
    return _chat_page(request, mine, thread.items(mine, leaf))


@login_required
@never_cache
@require_GET
def models(request: HttpRequest) -> JsonResponse:
    """The models there are and how their servers are, as JSON."""
    return JsonResponse({"models": _offered(request)})


def _offered(request: HttpRequest) -> list[dict[str, Any]]:
    """The models, and what is to be said of them in the reader's language."""
    return [
        model | {name: translated(model[name]) for name in ("detail", "notice")}
        for model in ModelServer.objects.offered_to(request.user)
    ]


@login_required
@never_cache
@require_GET
def context(request: HttpRequest, pk: UUID) -> JsonResponse:
    """How many tokens the turns of a conversation take, as JSON."""
    return JsonResponse(context_use(own_conversation(request, pk)))


def _chat_page(
    request: HttpRequest, conversation: Conversation | None, items: list[thread.Item]
) -> HttpResponse:
    page = sidebar.page(request.user)
    context: dict[str, Any] = {
        "conversation": conversation,
        "thread": items,
        "conversations": page.groups,
        "more": page.more,
        "models": _offered(request),
        "feedback_reasons": Feedback.REASONS,
        "knobs": KNOBS,
        "preferences": Preferences.objects.of(request.user).values,
        "blank_user": thread.blank(Message.Role.USER),
        "blank_answer": thread.blank(Message.Role.ASSISTANT),
    }
    return render(request, "chat/chat.html", context)
