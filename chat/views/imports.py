"""Conversations from files. The browser opens the file and sends its items a few at a time."""

import msgspec
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.models import Conversation
from chat.signals import conversation_changed
from chat.taking.bringing import Result, bring_all

MOST_ITEMS = 200  # of one request


@login_required
@require_POST
def bring_items(request: HttpRequest) -> HttpResponse:
    """Store each item of a JSON list; answers with a list of ``bringing.Result``."""
    try:
        items = msgspec.json.decode(request.body)
    except RequestDataTooBig:
        return _refused(_("This is too large."), 413)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _refused(_("This is no JSON."), 400)
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        return _refused(_("At most {count} conversations at once.").format(count=MOST_ITEMS), 400)
    results = bring_all(request.user, items)
    _tell(results)
    return HttpResponse(msgspec.json.encode(results), content_type="application/json")


def _tell(results: list[Result]) -> None:
    """One hint is enough: pages fetch the whole list."""
    new = [result.conversation for result in results if result.messages and result.conversation]
    for conversation in Conversation.objects.among(new[:1]):
        conversation_changed.send(Conversation, conversation=conversation, changed="listed")


def _refused(detail: str, status: int) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status)
