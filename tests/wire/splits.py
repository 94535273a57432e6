"""Ways to cut bytes, shared by the decoders' tests."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

Value = TypeVar("Value", covariant=True)


class Decoder(Protocol[Value]):
    """Anything that is fed bytes and closed."""

    def feed(self, chunk: bytes) -> Sequence[Value]: ...
    def close(self) -> Sequence[Value]: ...


def run(decoder: Decoder[Value], chunks: Iterable[bytes]) -> list[Value]:
    """Everything the decoder gives for ``chunks`` and their end."""
    values = [value for chunk in chunks for value in decoder.feed(chunk)]
    return [*values, *decoder.close()]


def cuts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """``data`` in two, at every place."""
    for at in range(len(data) + 1):
        yield data[:at], data[at:]


def single(data: bytes) -> list[bytes]:
    """``data`` a byte a read."""
    return [data[at : at + 1] for at in range(len(data))]


@st.composite
def chunked(draw: Any, contents: st.SearchStrategy[bytes]) -> list[bytes]:
    """Some bytes in any split, empty reads included."""
    data = draw(contents)
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=20)))
    ends = [*places, len(data)]
    return [data[start:end] for start, end in zip([0, *places], ends, strict=True)]
