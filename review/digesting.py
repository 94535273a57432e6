"""Making digests: reading conversations once, so that lists need not."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db.models.functions import Length
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from chat.models import Conversation, Feedback, Message, Run
from chat.models.clock import Now
from review.models import Digest
from review.models.digest import beginning

log = logging.getLogger(__name__)

BATCH = 500
AT_ONCE = 2_000  # conversations that a page may have to wait for
HEARD = 400  # characters of a turn that tell its language
LEAST_WORDS = 12  # characters, below which a language is a guess
SURE = 0.5
FIELDS = [field.name for field in Digest._meta.fields if not field.primary_key]


class Refreshed(NamedTuple):
    """How many conversations were read, and whether that were all."""

    read: int
    is_all: bool


def refresh(limit: int = AT_ONCE) -> Refreshed:
    """Bring digests up to date, some ``limit`` of them at most."""
    stale = Digest.stale(limit)
    for start in range(0, len(stale.conversations), BATCH):
        make(stale.conversations[start : start + BATCH])
    stale.note_made()
    return Refreshed(len(stale.conversations), stale.is_all)


def catch_up(told: Callable[[int], object] = int) -> None:
    """Bring all digests up to date. ``told`` hears how many conversations have been read.

    Where more change meanwhile than are read, it ends once as many were read as there are.
    """
    read, is_all, most = 0, False, Conversation.objects.count() + AT_ONCE
    while not is_all and read < most:
        more, is_all = refresh(AT_ONCE)
        read += more
        told(read)
    if not is_all:
        log.warning(
            "conversations change faster than they are read:"
            " filters know what changed last as it was before"
        )


def make(conversations: Sequence[Any]) -> None:
    """Write the digests of these conversations anew: five queries for all of them."""
    kept = Conversation.objects.filter(pk__in=conversations, temporary=False).only(
        "pk", "owner", "active_at"
    )
    digests = {
        each.pk: Digest(conversation=each, owner_id=each.owner_id, active_at=each.active_at)
        for each in kept
    }
    words = _Words()
    for digest in digests.values():
        digest.made_at = Now()
    _read_messages(digests, words)
    _read_runs(digests, words)
    _read_ratings(digests, words)
    for (conversation, field), found in words.items():
        setattr(digests[conversation], field, f"|{'|'.join(sorted(found))}|")
    Digest.objects.bulk_create(
        digests.values(),
        update_conflicts=True,
        unique_fields=["conversation"],
        update_fields=FIELDS,
    )


class _Words(defaultdict[tuple[Any, str], set[str]]):
    """Words by conversation and field."""

    def __init__(self) -> None:
        super().__init__(set)


def _read_messages(digests: dict[Any, Digest], words: _Words) -> None:
    heard: dict[Any, str] = {}
    for pk, role, status, error, model, length, text in _messages(digests):
        digest = digests[pk]
        digest.messages += 1
        digest.characters += length
        if role == Message.Role.USER:
            digest.turns += 1
            heard[pk] = f"{heard.get(pk, '')} {text}"[: 2 * HEARD]
            continue
        words[pk, "outcomes"].add(status)
        digest.last_model, digest.last_status = model, status
        digest.has_error = digest.has_error or bool(error)
        digest.is_settled = digest.is_settled and status != Message.Status.STREAMING
    for pk, text in heard.items():
        digests[pk].language = language(text)


def _messages(digests: dict[Any, Digest]) -> Iterator[tuple[Any, ...]]:
    messages = Message.objects.filter(conversation__in=digests).in_order()
    return iter(
        messages.values_list(
            "conversation_id",
            "role",
            "status",
            "error",
            "model",
            Length("text"),
            beginning("text", HEARD),
        )
    )


def _read_runs(digests: dict[Any, Digest], words: _Words) -> None:
    runs = Run.objects.filter(message__conversation__in=digests).order_by()
    for pk, model, waited in runs.values_list(
        "message__conversation_id", "model", "first_token_ms"
    ):
        words[pk, "models_asked"].add(model)
        if waited is not None:
            digests[pk].first_token_ms = max(digests[pk].first_token_ms or 0, waited)


def _read_ratings(digests: dict[Any, Digest], words: _Words) -> None:
    ratings = Feedback.objects.filter(message__conversation__in=digests)
    for pk, verdict, reasons in ratings.values_list(
        "message__conversation_id", "verdict", "reasons"
    ):
        words[pk, "ratings"].add(verdict)
        words[pk, "reasons"].update(reasons)


def language(text: str) -> str:
    """The two letters of the language of a text, or nothing where that would be a guess."""
    if len(text.strip()) < LEAST_WORDS:
        return ""
    code, certainty = _identifier().classify(text)
    return str(code) if certainty >= SURE else ""


@cache
def _identifier() -> Any:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
