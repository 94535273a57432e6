"""The list of conversations, and what a person does with one of them."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chat import sidebar
from chat.forms import RenameForm
from chat.models import Conversation
from chat.signals import conversation_changed
from chat.views.common import message_of, own_conversation, uuid_or_404


@login_required
@never_cache
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """A page of the list: the first, or the one behind ``?after=``."""
    try:
        after = uuid_or_404(request.GET.get("after"))
        page = sidebar.page(request.user, after)
    except Conversation.DoesNotExist as error:
        raise Http404 from error
    context = {"conversations": page.groups, "more": page.more, "conversation": None}
    return render(request, "chat/_conversations.html", context)


@login_required
@require_POST
def rename(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a conversation another title."""
    mine = own_conversation(request, pk)
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
    mine = own_conversation(request, pk)
    mine.delete_softly()
    conversation_changed.send(Conversation, conversation=mine, changed="deleted")
    return HttpResponse(status=204)


@login_required
@require_POST
def choose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the branch of this version from now on."""
    mine = own_conversation(request, pk)
    message = message_of(mine, request.POST.get("message"))
    if message is None:
        return JsonResponse({"detail": "Which message?"}, status=400)
    mine.choose(message)
    return HttpResponse(status=204)
