"""What a file's items are, and what became of each: the results of an import, item by item."""

from collections.abc import Iterable
from typing import Any, Literal
from uuid import UUID

import msgspec
from django.db import IntegrityError
from django.utils.translation import gettext as _

from chat.taking import chatgpt, storing, values
from chat.taking.breathing import Breathing
from chat.taking.storing import Person, Unfit

TITLE = 100  # characters of a title in a result


class Result(msgspec.Struct, frozen=True):
    """One item: ``imported``, ``extended`` by what was new, ``known`` already, or ``refused``.

    ``detail`` is a sentence on what is wrong; ``left_out`` counts what is no text, by kind.
    """

    title: str
    outcome: Literal["imported", "extended", "known", "refused"]
    conversation: UUID | None = None
    messages: int = 0
    left_out: dict[str, int] = {}
    detail: str = ""


def bring_all(person: Person, items: Iterable[Any]) -> list[Result]:
    """Store the items of a file, so that others get at the database between them."""
    breathing = Breathing()
    results = []
    for item in items:
        results.append(bring(person, item, breathing))
        breathing.breathe()
    return results


def bring(person: Person, item: Any, breathing: Breathing) -> Result:
    """Store one item of a file, whichever format it is in."""
    title = _title(item)
    try:
        read = _read(item)
        stored = _store(person, read.conversation, breathing)
    except Unfit as error:
        return Result(title, "refused", detail=str(error))
    left_out = {kind: count for kind, count in read.left_out.items() if count}
    return Result(title, stored.outcome, stored.conversation, stored.messages, left_out)


def _read(item: Any) -> chatgpt.Read:
    if chatgpt.is_one(item):
        read = chatgpt.read(item)
        if len(read.conversation.messages) > values.MOST_MESSAGES:
            raise Unfit(_too_many())
        return read
    if not isinstance(item, dict) or item.get("format") != values.FORMAT:
        raise Unfit(_("This is no conversation of this application or of ChatGPT."))
    try:
        return chatgpt.Read(msgspec.convert(item, values.Conversation))
    except msgspec.ValidationError as error:
        raise Unfit(_("This is not understood: {problem}.").format(problem=error)) from error


def _too_many() -> str:
    return _("It has more than {most} messages.").format(most=f"{values.MOST_MESSAGES:,}")


def _store(person: Person, brought: values.Conversation, breathing: Breathing) -> storing.Stored:
    try:
        return storing.store(person, brought, breathing)
    except IntegrityError:  # it came by another way at the same time: now it can be found
        pass
    try:
        return storing.store(person, brought, breathing)
    except IntegrityError as error:
        raise Unfit(_("It could not be stored.")) from error


def _title(item: Any) -> str:
    title = item.get("title") if isinstance(item, dict) else None
    return title[:TITLE] if isinstance(title, str) else ""
