"""One answer: what its person thinks of it, and how it was made."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chat import answer_details
from chat.forms import FeedbackForm
from chat.models import Conversation, Feedback, Message
from chat.signals import conversation_changed
from chat.views.common import own_message


@login_required
@require_POST
def feedback(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep a verdict on an answer with its reasons and words; without one, take it back."""
    answer = own_message(request, pk)
    if answer.role != Message.Role.ASSISTANT or answer.status == Message.Status.STREAMING:
        return JsonResponse(
            {"detail": _("Only an answer that has ended can be judged.")}, status=400
        )
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        detail = next(iter(form.errors.values()))[0]
        return JsonResponse({"detail": detail}, status=400)
    if form.cleaned_data["verdict"]:
        Feedback.objects.give(request.user, answer, **form.cleaned_data)
    else:
        Feedback.objects.of(request.user).filter(message=answer).delete()
    conversation_changed.send(Conversation, conversation=answer.conversation, changed="feedback")
    return HttpResponse(status=204)


@login_required
@never_cache
@require_GET
def details(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How an answer was made, as a fragment of a page."""
    answer = own_message(request, pk)
    return render(request, "chat/_details.html", {"parts": answer_details.parts(answer)})
