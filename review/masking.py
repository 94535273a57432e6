"""Personal data out of sight of those who read, until one who may look says why they have to.

The objects that are given here are for being shown: what is masked in them is not stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpRequest

from accounts.roles import is_auditor, is_lead
from chat.models import Conversation, Message, Run
from review.models import Judgement
from review.redaction import Redactor

LIFTED = "masking_lifted"  # in the session: {"reason", "until"}
LASTS = 3600  # seconds until it is masked again
Mask = Callable[[str], str]


def may_lift(person: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether this person may see personal data: leads, auditors and the owner."""
    return is_lead(person) or is_auditor(person)


def lift(request: HttpRequest, reason: str) -> None:
    """Show all in this session from now on, for a while."""
    request.session[LIFTED] = {"reason": reason, "until": time.time() + LASTS}


def end(request: HttpRequest) -> None:
    """Mask again."""
    request.session.pop(LIFTED, None)


def lifted_because(request: HttpRequest) -> str:
    """The reason for which this session shows all now; empty while it does not."""
    lifted = request.session.get(LIFTED, {})
    if not may_lift(request.user) or lifted.get("until", 0) < time.time():
        return ""
    return str(lifted["reason"])


def is_on(request: HttpRequest) -> bool:
    """Whether this request shows personal data masked."""
    return bool(settings.REDACTION_ON_DISPLAY) and not lifted_because(request)


def context(request: HttpRequest) -> dict[str, Any]:
    """What a page tells of it."""
    told = {"is_on": is_on(request), "may_lift": may_lift(request.user)}
    return {"masking": told | {"reason": lifted_because(request)}}


def redactor(owner: User, names: Iterable[str] = ()) -> Redactor:
    """One that knows these names and the person's own."""
    own = (owner.get_full_name(), owner.first_name, owner.last_name)
    known = (*names, *(name for name in own if len(name) > 1))
    return Redactor(settings.REDACTION_REGIONS, known)


def redactor_of(request: HttpRequest, owner: User) -> Redactor | None:
    """What masks the words of a conversation of this person; None where they are shown."""
    return redactor(owner) if is_on(request) else None


def mask_of(request: HttpRequest, owner: User) -> Mask:
    """How the words of a conversation of this person are shown."""
    known = redactor_of(request, owner)
    return known.mask if known else str


def conversation(shown: Conversation, mask: Mask) -> None:
    """Mask its title and its instructions."""
    shown.title, shown.system_prompt = mask(shown.title), mask(shown.system_prompt)


def title(shown: Conversation, mask: Mask) -> None:
    """Mask its title, which a list shows; its instructions need not be there."""
    shown.title = mask(shown.title)


def message(shown: Message, mask: Mask) -> None:
    """Mask its words, and those of the server that failed at it."""
    shown.text, shown.reasoning = mask(shown.text), mask(shown.reasoning)
    shown.error = mask(shown.error)


def run(shown: Run, mask: Mask) -> None:
    """Mask how it failed and what was set for it; what was sent may be long, and is another's."""
    shown.error, shown.parameters = mask(shown.error), everywhere(shown.parameters, mask)


def judgement(shown: Judgement, mask: Mask) -> None:
    """Mask its notes and better answers: who writes them may quote what they read."""
    for mark in shown.marks.all():
        if isinstance(mark.value, str):
            mark.value = mask(mark.value)


def everywhere(value: Any, mask: Mask) -> Any:
    """The same JSON with each text in it masked."""
    match value:
        case str():
            return mask(value)
        case list():
            return [everywhere(each, mask) for each in value]
        case dict():
            return {name: everywhere(each, mask) for name, each in value.items()}
        case _:
            return value
