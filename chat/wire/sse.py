"""Server-sent events: bytes in any split become events.

The parsing rules are those of the HTML standard, section "Parsing an event stream":
a line ends at LF, CR or CRLF and at nothing else, so U+2028, U+2029, U+0085, VT and FF
are ordinary characters. Three things differ, all of them seen on real servers: an event
that the stream's end cuts off is still given, a field named ``error`` (llama.cpp before
September 2025) is an event of that name, and sizes are bounded.
"""

import msgspec

MAX_EVENT = 1 << 20  # bytes of one line and of one event's data: an answer's piece has a few
FIELDS = (b"data", b"event", b"error", b"id", b"retry")
MAX_STEP = 1 << 16  # bytes looked at together, so that working copies stay small


class ServerSentEvent(msgspec.Struct, frozen=True, gc=False):
    """One event: its ``data`` lines joined by LF, and its name, empty when it has none."""

    data: bytes
    name: bytes = b""


class TooLong(ServerSentEvent, frozen=True, gc=False):
    """Stands, without data, for an event of more than ``limit`` bytes that was thrown away."""

    limit: int = MAX_EVENT


class SSEDecoder:
    """Feed bytes, take events. Never raises.

    Holds at most one unfinished line and one unfinished event, ``max_event`` bytes each.
    The time it takes is linear in the bytes, whatever the size of the reads.
    """

    def __init__(self, max_event: int = MAX_EVENT) -> None:
        self._max_event = max_event
        self._step = min(MAX_STEP, max_event)
        self._line = bytearray()  # the unfinished line
        self._data: bytes | bytearray | None = None  # of the unfinished event
        self._name = b""
        self._between = False  # the last line ended an event: nothing is held
        self._started = False  # a first line has been seen
        self._after_cr = False  # the last byte was a CR: an LF now belongs to it
        self._skipping_line = False
        self._skipping_event = False
        self.stray = b""  # the first line that is no field of an event, cut

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that ``chunk`` completes."""
        events: list[ServerSentEvent] = []
        if len(chunk) > self._step:
            for start in range(0, len(chunk), self._step):
                events += self.feed(chunk[start : start + self._step])
            return events
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        lines = chunk.splitlines()  # of bytes: at LF, CR and CRLF only
        if self._between and len(lines) == 2 and not lines[1] and lines[0][:5] == b"data:":
            # Nearly every read of a stream: one whole event. If it ends with half a CRLF, the
            # other half is one more blank line, which is nothing.
            if data := lines[0][5:].removeprefix(b" "):
                events.append(ServerSentEvent(data))
        elif lines:
            self._take(lines, chunk[-1:], events)
        return events

    def close(self) -> list[ServerSentEvent]:
        """What the end of the stream completes: a last line or event may lack its line end."""
        events: list[ServerSentEvent] = []
        self._take([b"", b""], b"\n", events)
        return events

    @property
    def held(self) -> int:
        """Bytes held for later."""
        return len(self._line) + len(self._data or b"")

    def _take(self, lines: list[bytes], last: bytes, events: list[ServerSentEvent]) -> None:
        """Takes the lines of a read whose last byte is ``last``; the last may be unfinished."""
        rest = b""
        if last == b"\r":
            # The line ends here and now; an LF in the next read belongs to it.
            self._after_cr = True
        elif last != b"\n":
            rest = lines.pop()
        if lines and not self._between:
            self._complete(lines, events)
        for line in lines:
            if not line:
                self._dispatch(events)
            elif self._between and line[:5] == b"data:":
                self._between = False
                self._data = line[5:].removeprefix(b" ")
            else:
                self._field(line, events)
        if rest:
            self._hold(rest, events)

    def _complete(self, lines: list[bytes], events: list[ServerSentEvent]) -> None:
        """Joins the first line to what was held of it."""
        if self._skipping_line:
            self._skipping_line = False
            del lines[0]
        elif self._line:
            lines[0] = bytes(self._line) + lines[0]
            self._line.clear()
            if len(lines[0]) > self._max_event:
                del lines[0]
                self._give_up(events)

    def _hold(self, part: bytes, events: list[ServerSentEvent]) -> None:
        self._between = False
        if self._skipping_line:
            return
        self._line += part
        if len(self._line) > self._max_event:
            self._line.clear()
            self._skipping_line = True
            self._give_up(events)

    def _field(self, line: bytes, events: list[ServerSentEvent]) -> None:
        self._between = False
        if not self._started:
            self._started = True
            line = line.removeprefix(b"\xef\xbb\xbf")
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._add(value, events)
        elif name == b"event":
            self._name = value
        elif name == b"error":
            self._name = name
            self._add(value, events)
        elif not self.stray and not any(field.startswith(name) for field in FIELDS):
            self.stray = line[:200]

    def _add(self, value: bytes, events: list[ServerSentEvent]) -> None:
        if self._data is None:
            self._data = value
        else:
            if isinstance(self._data, bytes):
                self._data = bytearray(self._data)
            self._data += b"\n" + value
        if len(self._data) > self._max_event:
            self._give_up(events)

    def _give_up(self, events: list[ServerSentEvent]) -> None:
        self._data = None
        if not self._skipping_event:
            self._skipping_event = True
            events.append(TooLong(b"", limit=self._max_event))

    def _dispatch(self, events: list[ServerSentEvent]) -> None:
        if self._data and not self._skipping_event:
            events.append(ServerSentEvent(bytes(self._data), self._name))
        self._data = None
        self._name = b""
        self._skipping_event = False
        self._started = True
        self._between = True
