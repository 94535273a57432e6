"""Whether a person may say one more, asked and counted in the transaction that accepts it.

The person's row is locked first, so that two processes that accept at once count one after
the other: what the database says is exact, whoever asks.
"""

from datetime import datetime, timedelta
from math import ceil
from typing import Any, Literal
from uuid import UUID

from django.contrib.auth import get_user_model
from django.utils import timezone

from chat.models import Charge, Limit
from chat.refusal import Refusal
from chat.wire.events import Allowance
from chat.wire.sentences import sentence

SHUT_OUT = sentence("This account may not be used any more.")
TOO_LONG = sentence("This message has {count} characters; you can send {most}.")
NO_MESSAGES = sentence(
    "You have used the {most} messages of today. You can go on in {hours} h {minutes} min."
)
NO_TOKENS = sentence(
    "You have used the {most} tokens of today. You can go on in {hours} h {minutes} min."
)
TOO_FAST = sentence(
    "You can send {most} messages a minute. The next one can go in {seconds} seconds."
)
TOO_MANY = sentence("You can have {most} answers written at once. Wait for one of them to end.")

KINDS: tuple[Literal["messages", "tokens"], ...] = ("messages", "tokens")
MINUTE: Literal["minute"] = "minute"
NEAR = 10  # the last part of a limit that is worth telling: a tenth


def hold(person: Any) -> Any:
    """Let nobody else accept a turn of this person until the transaction ends.

    Returns the person as they are now. Raises Refusal if they were shut out meanwhile.
    """
    people = get_user_model().objects.select_for_update(no_key=True)
    now = people.filter(pk=person.pk, is_active=True).first()
    if now is None:
        raise Refusal("invalid", SHUT_OUT)
    return now


def charge(person: Any, run: UUID, characters: int = 0) -> None:
    """Count one turn, of so many new characters. Raises Refusal if it is one too many."""
    most = Limit.objects.of(person)
    if 0 < most["characters"] < characters:
        count, limit = f"{characters:,}", f"{most['characters']:,}"
        raise Refusal("too_long", TOO_LONG.format(count=count, most=limit))
    spent = Charge.objects.spent(person, today())
    _check_day(most, spent)
    _check_pace(person, most, spent)
    Charge.objects.create(run=run, person_id=person.pk)


def _check_day(most: dict[str, int], spent: dict[str, int]) -> None:
    for what, words in zip(KINDS, (NO_MESSAGES, NO_TOKENS), strict=True):
        limit = most[f"{what}_a_day"]
        if 0 < limit <= spent[what]:
            wait = _seconds(today() + timedelta(days=1) - timezone.now())
            hours, minutes = divmod(-(-wait // 60), 60)
            detail = words.format(most=f"{limit:,}", hours=hours, minutes=minutes)
            raise Refusal("quota", detail, retry_after=wait)


def _check_pace(person: Any, most: dict[str, int], spent: dict[str, int]) -> None:
    limit = most["messages_a_minute"]
    if 0 < limit <= spent["minute"]:
        wait = _seconds(Charge.objects.wait_of_minute(person, limit))
        detail = TOO_FAST.format(most=f"{limit:,}", seconds=wait)
        raise Refusal("too_fast", detail, retry_after=wait)
    limit = most["runs_at_once"]
    if 0 < limit <= spent["live"]:
        raise Refusal("too_fast", TOO_MANY.format(most=f"{limit:,}"), retry_after=3)


def allowance(person: Any) -> Allowance:
    """What is left of the limit of the day, or of the minute, that is nearest, if one is near."""
    limits = Limit.objects.of(person)
    of = {what: limits[f"{what}_a_day"] for what in KINDS} | {"minute": limits["messages_a_minute"]}
    if not any(of.values()):
        return Allowance(None)
    spent = Charge.objects.spent(person, today())
    near: list[Allowance] = []
    for what in (*KINDS, MINUTE):
        most = of[what]
        rest = max(0, most - spent[what])
        if most and rest <= most / NEAR:
            near.append(Allowance(what, rest, most))
    nearest = min(near, key=lambda each: each.left / each.most, default=Allowance(None))
    return _passing(person, nearest) if nearest.what == MINUTE else nearest


def _passing(person: Any, near: Allowance) -> Allowance:
    """The same with the time in which so many will have been said that it is near no more."""
    wait = Charge.objects.wait_of_minute(person, near.most - near.most // NEAR)
    return Allowance(MINUTE, near.left, near.most, passes=_seconds(wait))


def longest(person: Any) -> int:
    """Characters that a message of this person's may have; 0 is without a limit of its own."""
    return Limit.objects.of(person)["characters"]


def today() -> datetime:
    """When the day began, in the server's time zone: no reader's clock makes it begin anew."""
    return timezone.localtime(timezone=timezone.get_default_timezone()).replace(
        hour=0, minute=0, second=0, microsecond=0
    )


def _seconds(wait: timedelta) -> int:
    """Whole seconds, rounded up, and at least one."""
    return max(1, ceil(wait.total_seconds()))
