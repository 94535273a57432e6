"""The register of all chains: none goes, with all that proves it, without leaving a gap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, transaction

from review.models.chain import Head, Register
from review.proof.finding import AT_ONCE, Finding, Kind
from review.proof.hashing import signature_of_register


def heads_of(conversations: Iterable[UUID], using: str = DEFAULT_DB_ALIAS) -> dict[UUID, Head]:
    """The heads of these conversations, held by this transaction; new ones get a number."""
    wanted = sorted(conversations)
    found = Head.objects.using(using).held(wanted)
    if len(found) == len(wanted):
        return found
    register = _held(using)
    found = Head.objects.using(using).held(wanted)  # another process may have made some
    made = []
    for pk in wanted:
        if pk not in found:
            register.heads += 1
            made.append(Head(conversation=pk, number=register.heads))
    Head.objects.using(using).bulk_create(made)
    register.signature = signature_of_register(register)
    register.save(using=using)
    return Head.objects.using(using).held(wanted)


def is_caught_up() -> bool:
    """Whether all that was here before there were chains has been linked."""
    return Register.objects.filter(is_caught_up=True).exists()


@transaction.atomic
def note_caught_up() -> None:
    """From here on a message comes with a run, or from a file."""
    register = _held(DEFAULT_DB_ALIAS)
    register.is_caught_up = True
    register.signature = signature_of_register(register)
    register.save()


def _held(using: str) -> Register:
    registers = Register.objects.using(using)
    known = registers.select_for_update().first()
    if known is None:
        older = Head.objects.using(using).unnumbered().count()
        registers.bulk_create([Register(pk=1, older=older)], ignore_conflicts=True)
        known = registers.select_for_update().get(pk=1)
    return known


def findings() -> Iterator[Finding]:
    """Which numbers are missing, and whether the register is the one that was signed.

    Heads without a number may be more than it knows of: an older version may still run.
    """
    register = Register.objects.first() or Register()
    if register.pk and register.signature != signature_of_register(register):
        yield Finding(None, None, Kind.REGISTER)
    if Head.objects.unnumbered().count() < register.older:
        yield Finding(None, None, Kind.CHAIN)
    yield from _gaps(register.heads)


def _gaps(heads: int) -> Iterator[Finding]:
    """Which numbers up to this one are missing, and whether there are more than the register has.

    What is beyond it began meanwhile, or its number was changed: no chain is gone there.
    """
    last = 0
    for number in Head.objects.numbers().iterator(AT_ONCE):
        at = number or 0
        yield from _missing(last + 1, min(at - 1, heads))
        last = max(at, last + 1)
    yield from _missing(last + 1, heads)
    if last > (Register.objects.first() or Register()).heads:
        yield Finding(None, None, Kind.REGISTER)


def _missing(first: int, last: int) -> Iterator[Finding]:
    """One finding for all of these, however many; none if there are none."""
    if first <= last:
        yield Finding(None, None, Kind.CHAIN, first, last if first < last else None)
