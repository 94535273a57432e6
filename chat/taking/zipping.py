"""Many conversations as one zip, made while it is sent."""

import re
from collections.abc import Iterable, Iterator
from uuid import UUID

from zipstream import ZIP_DEFLATED, ZipStream

from chat.models import Conversation
from chat.taking.writing import Format

LONGEST_NAME = 80  # characters of a title in a file's name
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)$")  # what Windows makes no files of


def archive(ids: Iterable[UUID], way: Format) -> Iterator[bytes]:
    """A zip of these conversations; one that has gone meanwhile is left out."""
    made = ZipStream(compress_type=ZIP_DEFLATED)
    if way.lines:
        texts = (piece for each in _present(ids) for piece in way.write(each))
        made.add(texts, f"conversations.{way.extension}")
    else:
        for each in _present(ids):
            made.add(way.write(each), file_name(each, way))
            yield from made.all_files()
    yield from made.finalize()


def file_name(conversation: Conversation, way: Format) -> str:
    """A name that every system takes: the title's letters and digits, and part of the id."""
    words = re.sub(r"[^\w]+", " ", conversation.title).strip()[:LONGEST_NAME].strip()
    if not words or RESERVED.match(words):
        words = f"chat {words}".strip()
    return f"{words} {str(conversation.id)[:8]}.{way.extension}"


def _present(ids: Iterable[UUID]) -> Iterator[Conversation]:
    for pk in ids:
        yield from Conversation.objects.present().among([pk])
