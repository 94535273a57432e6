"""Who may see what here. Each page asks one of these; what a person may not see is not there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.roles import is_auditor, is_lead, is_owner, is_reviewer
from chat.models import Conversation
from review import finding
from review.models import Dataset, Item, Judgement, Queue
from review.models.judgement import JudgementQuerySet
from review.models.queue import ItemQuerySet, QueueQuerySet

Person = AbstractBaseUser | AnonymousUser
View = Callable[..., HttpResponse]


def sees_everything(person: Person) -> bool:
    """Leads, auditors and the owner; and who was given the permission without a role."""
    if is_lead(person) or is_auditor(person):
        return True
    return (
        isinstance(person, User)
        and not is_reviewer(person)
        and person.has_perm("chat.view_conversation")
    )


def readable(person: Person) -> QuerySet[Conversation]:
    """The conversations that this person may read here: no temporary one.

    Those who see everything see deleted ones too, where a hold keeps them.
    """
    if sees_everything(person):
        return Conversation.objects.reviewable()
    kept = Conversation.objects.present().kept()
    own = Item.objects.for_reviewer(person).filter(conversation=OuterRef("pk"))
    return kept.filter(Exists(own))


def bounds(person: Person) -> ItemQuerySet | None:
    """What in queues bounds the lists of this person; None for who sees everything."""
    return None if sees_everything(person) else Item.objects.for_reviewer(person)


def known_reviews(person: Person) -> JudgementQuerySet | None:
    """The reviews that this person may know of: their own; None for who may know of all.

    Who sees everything, and judges too, knows of none where that has to be done blind.
    """
    saved = Judgement.objects.saved()
    if not sees_everything(person):
        return saved.by(person)
    blind = Item.objects.blind_to(person)
    return saved.exclude(item__in=blind) if blind.exists() else None


def is_kept_from(person: Person, dataset: Dataset) -> bool:
    """Whether a dataset would tell reviews that this person must not know before their own.

    Of a filter by what was judged, what it does not find tells as much as what it finds.
    """
    hidden = Item.objects.hidden_from(person)
    if dataset.queue is not None:
        return hidden.of(dataset.queue).exists()
    if not hidden.exists():
        return False
    fitting = finding.form_of(dataset.query).whatever_reviews_say().order_by()
    return hidden.filter(conversation__in=fitting.values("pk")).exists()


def queues(person: Person) -> QueueQuerySet:
    """The queues that this person sees: all, or those to judge."""
    if is_lead(person) or is_auditor(person):
        return Queue.objects.all()
    return Queue.objects.assigned_to(person)


def lead_only(view: View) -> View:
    """For those who lead the review."""
    return _only(is_lead, view)


def owner_only(view: View) -> View:
    """For who runs the installation."""
    return _only(is_owner, view)


def _only(may: Callable[[Person], bool], view: View) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> HttpResponse:
        request = next(each for each in args if isinstance(each, HttpRequest))
        if not may(request.user):
            raise PermissionDenied
        return view(*args, **kwargs)

    return guarded
