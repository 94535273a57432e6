"""A long coverage-guided fuzz of the decoders, from the recorded answers on.

Run as ``python -m tests.fuzz.wire [seconds]`` (``make fuzz``). The first nine bytes of an
input choose the decoder and the split, the rest is the stream. An input that raises, that
another split changes, or that makes a decoder hold too much stops the run and is kept in
``var/fuzz``.
"""

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["chat.wire"]):
    from chat.wire import errors, h2o, loose, openai
    from chat.wire.deltas import Delta, Failed, Finished, Reasoning, Replaced, Text
    from chat.wire.h2o import H2ODecoder
    from chat.wire.openai import OpenAIDecoder

from tests import captures

SECONDS = 600
LIMIT = 2000  # bytes of one event, so that inputs of a few thousand bytes reach it
LONGEST = 8192  # bytes of an input
KEPT = Path("var/fuzz")


def try_input(data: bytes) -> None:
    """One input: raises if a decoder breaks a promise."""
    choice, seed, stream = data[:1], data[1:9], data[9:]
    dialect = H2ODecoder if choice and choice[0] % 2 else OpenAIDecoder
    told = _run(dialect(max_event=LIMIT), _split(stream, random.Random(seed)))
    if told != _run(dialect(max_event=LIMIT), [stream]):
        raise AssertionError("The split of the bytes changes what they say.")
    _check(told)
    _try_bodies(stream)


def _run(decoder: OpenAIDecoder | H2ODecoder, chunks: Iterator[bytes] | list[bytes]) -> list[Delta]:
    told: list[Delta] = []
    for chunk in chunks:
        told += decoder.feed(chunk)
        if decoder.held > 4 * LIMIT:
            raise AssertionError(f"{decoder.held} bytes are held.")
    return told + decoder.close()


def _split(stream: bytes, chance: random.Random) -> Iterator[bytes]:
    at = 0
    while at < len(stream):
        size = chance.choice((0, 1, 1, 2, 3, 7, 40, 500))
        yield stream[at : at + size]
        at += size


def _check(told: list[Delta]) -> None:
    """One end at most, no words after it, and nothing that cannot be stored."""
    ended = False
    for delta in told:
        if isinstance(delta, Text | Reasoning | Replaced) and (
            ended or not loose.storable(delta.text)
        ):
            raise AssertionError(f"{delta!r} is out of place or cannot be stored.")
        if isinstance(delta, Finished | Failed):
            if ended:
                raise AssertionError("The answer ends twice.")
            ended = True


def _try_bodies(body: bytes) -> None:
    """Everything else that reads bytes of a server."""
    openai.parse_models(body)
    h2o.parse_conversation(body)
    h2o.settings_accepted(200, body)
    wait = body[:40].decode("latin-1")
    errors.retry_after({"retry-after": wait}, 0.0)
    sentence = errors.explain_h2o(
        503, {"retry-after": wait}, body, step="message", url="", model=""
    )
    if not sentence.isprintable():
        raise AssertionError(f"{sentence!r} is not one plain line.")


def write_seeds(directory: Path) -> None:
    """Every recorded body as an input, for either decoder."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(captures.names()):
        body = captures.load(name).body[:LONGEST]
        for choice in (b"\0", b"\1"):
            (directory / f"{number}-{choice[0]}").write_bytes(choice + b"\0" * 8 + body)


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    write_seeds(KEPT / "seeds")
    (KEPT / "corpus").mkdir(exist_ok=True)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-artifact_prefix={KEPT}/"]
    folders = [str(KEPT / "corpus"), str(KEPT / "seeds")]
    atheris.Setup([sys.argv[0], *options, *folders], try_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
