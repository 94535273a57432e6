"""What the views share: the way to a person's own things, and the pages' headers."""

from uuid import UUID

from django.http import Http404, HttpRequest, JsonResponse

from chat.answer_settings import refusal
from chat.models import Conversation, Message
from chat.models.conversation import ConversationQuerySet
from chat.wire.settings import InvalidSettings


def own_conversation(
    request: HttpRequest, pk: UUID, among: ConversationQuerySet | None = None
) -> Conversation:
    """The only way to a conversation is through its owner: not yours is not there."""
    found = Conversation.objects.all() if among is None else among
    try:
        return found.owned_by(request.user).get(pk=pk)
    except Conversation.DoesNotExist as error:
        raise Http404 from error


def own_message(request: HttpRequest, pk: UUID) -> Message:
    """A message of this person's own, whatever its conversation."""
    try:
        return Message.objects.owned_by(request.user).select_related("conversation").get(pk=pk)
    except Message.DoesNotExist as error:
        raise Http404 from error


def message_of(conversation: Conversation, value: str | None) -> Message | None:
    """The message of this conversation that the text names; None for no text."""
    pk = uuid_or_404(value)
    if pk is None:
        return None
    try:
        return conversation.messages.get(pk=pk)
    except Message.DoesNotExist as error:
        raise Http404 from error


def uuid_or_404(value: str | None) -> UUID | None:
    """The id in a text; None for no text."""
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError as error:
        raise Http404 from error


def refused(error: InvalidSettings) -> JsonResponse:
    """The answer to values that cannot be taken: ``detail`` for the person, and the ``field``."""
    return JsonResponse({"detail": refusal(error.field), "field": error.field}, status=400)
