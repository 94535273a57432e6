"""Who read my conversations: for the person whose they are."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.content_policy import trusted_types
from chat.models import Conversation, Hold
from review.models import Reading

PAGE = 100


@trusted_types
@require_safe
@login_required
def readings(request: HttpRequest) -> HttpResponse:
    """Each time another person was shown something of this person's, the newest first."""
    found = Reading.objects.of(request.user)
    if before := request.GET.get("before"):
        if not before.isdecimal() or len(before) > 18:
            raise Http404
        found = found.before(int(before))
    rows = list(found[: PAGE + 1])
    shown = rows[:PAGE]
    own = Conversation.objects.owned_by(request.user).in_bulk([row.conversation for row in shown])
    context = {
        "is_held": Hold.objects.on_things_of(request.user).exists(),
        "readings": [(row, own.get(row.conversation)) for row in shown],
        "older": shown[-1].pk if len(rows) > PAGE else None,
    }
    return render(request, "review/readings.html", context)
