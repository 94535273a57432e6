"""A review that its reviewer takes back, as long as nothing is built on it and it stays fair."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.translation import gettext as _

from review.models import Judgement, Queue, Reading

Person = AbstractBaseUser | AnonymousUser
SHOWING = (Reading.Page.JUDGING, Reading.Page.TRANSCRIPT, Reading.Page.VERDICT)


def last_of(person: Person, queue: Queue) -> Judgement | None:
    """The person's last review in a queue, if it may be taken back."""
    own = Judgement.objects.by(person).reviews().saved().filter(item__queue=queue)
    last = own.select_related("item__queue").order_by("saved_at", "pk").last()
    return None if last is None or why_not(last) else last


def why_not(review: Judgement) -> str:
    """Why a saved review stays, in a sentence; empty if it may be taken back."""
    if review.item.is_settled:
        return _("This review stays: a lead has given the verdict.")
    if not review.item.queue.is_open:
        return _("This review stays: the queue is closed.")
    if _is_taken_out(review):
        return _("This review stays: it is in a dataset that has been taken out since.")
    if review.item.queue.is_blind and _is_compared(review):
        return _("This review stays: you could read since what others say of the conversation.")
    return ""


def _is_taken_out(review: Judgement) -> bool:
    taken = Reading.objects.filter(page=Reading.Page.EXPORT, at__gte=review.saved_at)
    return taken.filter(conversation=review.item.conversation_id).exists()


def _is_compared(review: Judgement) -> bool:
    """Whether a page that shows reviews was shown to its reviewer when there were others."""
    shown = Reading.objects.filter(reader=review.reviewer_id, page__in=SHOWING)
    since = shown.filter(conversation=review.item.conversation_id, at__gte=review.saved_at)
    last = since.values_list("at", flat=True).order_by("at").last()
    others = Judgement.objects.about(review.item).saved().exclude(reviewer=review.reviewer_id)
    return last is not None and others.filter(saved_at__lte=last).exists()
