"""The pages and the few actions of the chat that go by HTTP. Turns go by the socket."""

from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chat import sidebar, thread
from chat.forms import RenameForm
from chat.models import Conversation, Message, ModelServer
from chat.signals import conversation_changed

# The admin's own scripts break under Trusted Types; the chat page's modules are made for it.
trusted_types = csp_update(
    {"require-trusted-types-for": ["'script'"], "trusted-types": ["dompurify", "pages"]}
)


@login_required
@never_cache
@require_GET
@trusted_types
def new(request: HttpRequest) -> HttpResponse:
    """The page with an empty conversation."""
    return _chat_page(request, None, [])


@login_required
@never_cache
@require_GET
@trusted_types  # type: ignore[arg-type]  # its types know views without arguments only
def conversation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of one conversation: its chosen branch, or that of ``?message=``."""
    mine = _mine(request, pk)
    leaf = _message(mine, request.GET.get("message"))
    return _chat_page(request, mine, thread.items(mine, leaf))


@login_required
@never_cache
@require_GET
def conversations(request: HttpRequest) -> HttpResponse:
    """A page of the list: the first, or the one behind ``?after=``."""
    try:
        after = _uuid(request.GET.get("after"))
        page = sidebar.page(request.user, after)
    except Conversation.DoesNotExist as error:
        raise Http404 from error
    context = {"conversations": page.groups, "more": page.more, "conversation": None}
    return render(request, "chat/_conversations.html", context)


@login_required
@never_cache
@require_GET
def models(_: HttpRequest) -> JsonResponse:
    """The models there are and how their servers are, as JSON."""
    return JsonResponse({"models": ModelServer.objects.offered()})


@login_required
@require_POST
def rename(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a conversation another title."""
    mine = _mine(request, pk)
    form = RenameForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"detail": form.errors["title"][0]}, status=400)
    mine.rename(form.cleaned_data["title"])
    conversation_changed.send(Conversation, conversation=mine, changed="title")
    return HttpResponse(status=204)


@login_required
@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Delete a conversation and end what answers in it."""
    mine = _mine(request, pk)
    mine.delete_softly()
    conversation_changed.send(Conversation, conversation=mine, changed="deleted")
    return HttpResponse(status=204)


@login_required
@require_POST
def choose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the branch of this version from now on."""
    mine = _mine(request, pk)
    message = _message(mine, request.POST.get("message"))
    if message is None:
        return JsonResponse({"detail": "Which message?"}, status=400)
    mine.choose(message)
    return HttpResponse(status=204)


def _chat_page(
    request: HttpRequest, conversation: Conversation | None, items: list[thread.Item]
) -> HttpResponse:
    page = sidebar.page(request.user)
    context: dict[str, Any] = {
        "conversation": conversation,
        "thread": items,
        "conversations": page.groups,
        "more": page.more,
        "models": ModelServer.objects.offered(),
        "blank_user": thread.blank(Message.Role.USER),
        "blank_answer": thread.blank(Message.Role.ASSISTANT),
    }
    return render(request, "chat/chat.html", context)


def _mine(request: HttpRequest, pk: UUID) -> Conversation:
    """The only way to a conversation is through its owner: not yours is not there."""
    try:
        return Conversation.objects.owned_by(request.user).get(pk=pk)
    except Conversation.DoesNotExist as error:
        raise Http404 from error


def _message(conversation: Conversation, value: str | None) -> Message | None:
    pk = _uuid(value)
    if pk is None:
        return None
    try:
        return conversation.messages.get(pk=pk)
    except Message.DoesNotExist as error:
        raise Http404 from error


def _uuid(value: str | None) -> UUID | None:
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError as error:
        raise Http404 from error
