"""A random sample that can be drawn again: those whose ids hash lowest together with a seed.

So a sample is a part of every larger one of the same seed, and needs no list of what it is
drawn from. The hash is written down twice, since what a search finds comes in pieces.
"""

from __future__ import annotations

from hashlib import md5
from uuid import UUID

from django.db.models import TextField, Value
from django.db.models.functions import MD5, Cast, Concat, Replace

from review import listing
from review.finding import FilterForm
from review.models.digest import DigestQuerySet


def sample(form: FilterForm, size: int, seed: int) -> list[UUID]:
    """At most so many ids of those that fit, the search included, in the order of their hashes.

    Reads no more than ``size`` of them at once, and of a search as many again.
    """
    if not form.searched:
        return lowest(form.conversations(), size, seed)
    drawn: dict[str, UUID] = {}
    for some in listing.searched(form):
        drawn |= {_hash(pk, seed): pk for pk in some}
        drawn = dict(sorted(drawn.items())[:size])
    return list(drawn.values())


def lowest(digests: DigestQuerySet, size: int, seed: int) -> list[UUID]:
    """The same of these, by the database, which keeps no more than ``size`` while it sorts."""
    text = TextField()
    # Only one of the two databases puts dashes into an id.
    digits = Replace(Cast("pk", text), Value("-", text), Value("", text))
    drawn = digests.order_by(MD5(Concat(Value(f"{seed}:", text), digits)))
    return list(drawn.values_list("pk", flat=True)[:size])


def _hash(pk: UUID, seed: int) -> str:
    return md5(f"{seed}:{pk.hex}".encode(), usedforsecurity=False).hexdigest()
