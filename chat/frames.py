"""Frames as the person at the other end of a socket reads them: sentences in their language."""

from urllib.parse import parse_qs

import msgspec
from django.utils.translation import get_supported_language_variant, override

from chat.sentences import translated
from chat.wire.events import Frame, Refused, RunFinished, encode

ENGLISH = "en"
WORDLESS = '{"type":"text_added"'  # how a frame begins that has no sentence of ours: most of them

_decoder: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)


def padded(frame: str, step: int) -> str:
    """The frame with blanks behind it, which JSON allows, up to a multiple of ``step`` bytes.

    Whoever listens on the line sees how long frames are, TLS or not, and can guess words by it.
    """
    return frame + " " * (-len(frame.encode()) % step) if step else frame


def language_of(query: bytes) -> str:
    """The language of the page that opened a socket, from the query of its address."""
    asked = parse_qs(query.decode("ascii", "replace")).get("language", [""])[0]
    try:
        return get_supported_language_variant(asked)
    except LookupError:
        return ENGLISH


def in_language(frame: Frame, language: str) -> Frame:
    """The frame with its sentence, if it has one, in this language."""
    with override(language):
        match frame:
            case RunFinished(error=str(error)):
                return msgspec.structs.replace(frame, error=translated(error))
            case Refused(detail=detail):
                return msgspec.structs.replace(frame, detail=translated(detail))
    return frame


def encoded_in_language(frame: str, language: str) -> str:
    """The same for a frame that is encoded already, for readers of every language."""
    if language == ENGLISH or frame.startswith(WORDLESS):
        return frame
    return encode(in_language(_decoder.decode(frame), language))
