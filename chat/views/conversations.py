"""The list of conversations, and what a person does with one of them, or with many."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from chat import sidebar
from chat.forms import RenameForm
from chat.models import Conversation
from chat.models.conversation import ConversationQuerySet
from chat.signals import conversation_changed, prompt_kept
from chat.views.common import message_of, own_conversation, refused, uuid_or_404
from chat.wire.settings import AnswerSettings, InvalidSettings, decode

MOST_AT_ONCE = 500  # conversations of one request


@dataclass(frozen=True)
class Action:
    """Something that is done to many conversations, and what pages are told of it."""

    do: Callable[[ConversationQuerySet], int]
    changed: str = "listed"


ACTIONS = {
    "pin": Action(ConversationQuerySet.pin),
    "unpin": Action(ConversationQuerySet.unpin),
    "archive": Action(ConversationQuerySet.archive),
    "bring-back": Action(ConversationQuerySet.bring_back),
    "delete": Action(ConversationQuerySet.delete_softly, "deleted"),
    "restore": Action(ConversationQuerySet.restore),
}


@login_required
@never_cache
@require_GET
@gzip_page
def listing(request: HttpRequest) -> HttpResponse:
    """A page of the list, or of what is ``?archived=1``: the first, or one behind ``?after=``."""
    try:
        after = uuid_or_404(request.GET.get("after"))
        page = sidebar.page(request.user, after, archived=bool(request.GET.get("archived")))
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
    _carry_out("delete", [own_conversation(request, pk)])
    return HttpResponse(status=204)


@login_required
@require_POST
def change(request: HttpRequest, action: str) -> HttpResponse:
    """Do one of ``ACTIONS`` to each ``conversation`` that is there and this person's.

    The answer is empty, or ``{"detail"}`` has what the person should know besides.
    """
    if action not in ACTIONS:
        raise Http404
    named = map(uuid_or_404, request.POST.getlist("conversation"))
    ids = [pk for pk in named if pk is not None]
    if len(ids) > MOST_AT_ONCE:
        detail = _("At most {count} conversations at once.").format(count=MOST_AT_ONCE)
        return JsonResponse({"detail": detail}, status=400)
    mine = Conversation.objects.owned_by(request.user).kept()
    if action == "restore":
        mine = Conversation.objects.recently_deleted_by(request.user)
    found = list(mine.among(ids))
    if not found:
        raise Http404
    _carry_out(action, found)
    if (
        action == "delete"
        and Conversation.objects.among([each.pk for each in found]).held().exists()
    ):
        return JsonResponse({"detail": _("A legal hold keeps it from being erased.")})
    return HttpResponse(status=204)


@login_required
@require_POST
def presence(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What became of a ``page`` with a temporary conversation: it is shown, closed, or left."""
    mine = own_conversation(request, pk)
    if not mine.temporary:
        raise Http404
    match request.POST.get("page"):
        case "shown":
            mine.show()
        case "closed":
            mine.close()
            # Another page that still shows it says so.
            conversation_changed.send(Conversation, conversation=mine, changed="turn")
        case "left":
            conversation_changed.send(Conversation, conversation=mine, changed="deleted")
            mine.end()
        case _:
            return JsonResponse({"detail": _("What became of the page?")}, status=400)
    return HttpResponse(status=204)


def _carry_out(name: str, conversations: list[Conversation]) -> None:
    action = ACTIONS[name]
    action.do(Conversation.objects.among([each.pk for each in conversations]))
    # A list is fetched whole, so that one hint is enough; what is gone has to be named.
    for each in conversations if action.changed == "deleted" else conversations[:1]:
        conversation_changed.send(Conversation, conversation=each, changed=action.changed)


@login_required
@require_POST
def seen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The person has seen what was answered last."""
    mine = own_conversation(request, pk)
    mine.see()
    conversation_changed.send(Conversation, conversation=mine, changed="seen")
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


@login_required
@require_POST
def settings(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make the answers from now on as a JSON body says."""
    mine = own_conversation(request, pk)
    try:
        kept = decode(request.body, AnswerSettings)
    except InvalidSettings as error:
        return refused(error)
    with transaction.atomic():
        mine.keep_settings(**kept)
        prompt_kept.send(Conversation, conversation=mine)
    conversation_changed.send(Conversation, conversation=mine, changed="settings")
    return HttpResponse(status=204)
