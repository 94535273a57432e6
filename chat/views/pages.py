"""The chat page, and what it asks for while it is open."""

from collections.abc import Callable
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
from chat.content_policy import trusted_types
from chat.context_use import context_use
from chat.models import Conversation, Feedback, Message, ModelServer, Preferences
from chat.sentences import translated
from chat.views.common import message_of, own_conversation

PARTS: dict[str, Callable[[Conversation, Message], thread.Part]] = {
    "before": thread.before,
    "after": thread.after,
    "through": thread.newest,
}


@login_required
@never_cache
@require_GET
@gzip_page
@trusted_types
def new(request: HttpRequest) -> HttpResponse:
    """The page with an empty conversation."""
    return _chat_page(request, None, thread.Part([]))


@login_required
@never_cache
@require_GET
@gzip_page
@trusted_types  # type: ignore[arg-type]  # its types know views without arguments only
def conversation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of one conversation: the end of its chosen branch, or around ``?message=``."""
    mine = own_conversation(request, pk, Conversation.objects.with_unread())
    message = message_of(mine, request.GET.get("message"))
    part = thread.around(mine, message) if message else thread.newest(mine)
    return _chat_page(request, mine, part)


@login_required
@never_cache
@require_GET
def messages(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Part of a branch as a fragment: ``?before=`` or ``?after=`` a message, or the end of it."""
    mine = own_conversation(request, pk)
    for name, part_of in PARTS.items():
        message = message_of(mine, request.GET.get(name))
        if message is not None:
            return render(request, "chat/_thread.html", _of(part_of(mine, message)))
    return render(request, "chat/_thread.html", _of(thread.newest(mine)))


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
    request: HttpRequest, conversation: Conversation | None, part: thread.Part
) -> HttpResponse:
    page = sidebar.page(request.user)
    context: dict[str, Any] = {
        "conversation": conversation,
        **_of(part),
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


def _of(part: thread.Part) -> dict[str, Any]:
    return {"thread": part.items, "older": part.older, "newer": part.newer}
