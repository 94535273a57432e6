"""How quick the decoders are, beside httpx-sse and beside json alone on the same bytes.

Run as ``python -m tests.bench.decode``; everything is measured in this one run, and a
figure is the best of several rounds of processor time.
"""

import codecs
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
from httpx_sse import ServerSentEvent
from httpx_sse._decoders import SSEDecoder as PlainDecoder
from httpx_sse._decoders import SSELineDecoder

from chat.wire.deltas import Delta, Text
from chat.wire.h2o import H2ODecoder
from chat.wire.h2o.decoder import TokenEvent
from chat.wire.openai import OpenAIDecoder
from chat.wire.openai.chunks import Chunk
from chat.wire.sse import SSEDecoder

ROUNDS = 15
TOKENS = 4000
READ = 1 << 16  # bytes of a large read
LINE = 10_000_000  # bytes of the long line
WORDS = ("Hello", "!", " I", " am", " h2o", "GPT", ".", " Grüße", " 😀", "\n\n", ' "', " {")
GOAL_SSE = 3.0
GOAL_JSON = 2.0


@dataclass(frozen=True)
class Stream:
    """A long answer as one server sends it, an event a token."""

    name: str
    events: tuple[bytes, ...]
    decoder: type[OpenAIDecoder] | type[H2ODecoder]
    shape: type[Chunk] | type[TokenEvent]

    @cached_property
    def raw(self) -> bytes:
        return b"".join(self.events)

    @cached_property
    def payloads(self) -> list[bytes]:
        return [event.strip().removeprefix(b"data:").strip() for event in self.events]

    def reads(self, large: bool) -> list[bytes]:
        """As it comes from the socket: an event a read, or many."""
        if not large:
            return list(self.events)
        return [self.raw[at : at + READ] for at in range(0, len(self.raw), READ)]


def streams() -> list[Stream]:
    return [
        Stream("openai, 1 token, LF", tuple(_vllm()), OpenAIDecoder, Chunk),
        Stream("openai, h2oGPT, CRLF", tuple(_h2ogpt()), OpenAIDecoder, Chunk),
        Stream("h2o, token events", tuple(_tgi()), H2ODecoder, TokenEvent),
    ]


def _vllm() -> Iterator[bytes]:
    for number in range(TOKENS):
        chunk = {
            "id": "chatcmpl-7f3c9a5e4b6d4c0f8a1e2d3c4b5a6978",
            "object": "chat.completion.chunk",
            "created": 1795410845,
            "model": "h2oai/h2o-danube3-4b-chat",
            "choices": [
                {
                    "index": 0,
                    "delta": {"content": WORDS[number % len(WORDS)]},
                    "logprobs": None,
                    "finish_reason": None,
                }
            ],
        }
        yield b"data: %s\n\n" % json.dumps(chunk, separators=(",", ":")).encode()


def _h2ogpt() -> Iterator[bytes]:
    for number in range(TOKENS):
        said = {"role": "assistant", "content": WORDS[number % len(WORDS)]}
        chunk = {
            "id": "chat_cmpl_id-6d6944f1-18bd-4abf-a10c-263d4721f6e5",
            "object": "chat.completions.chunk",
            "created": 1795410845,
            "model": "h2oai/h2o-danube3-4b-chat",
            "choices": [{"index": 0, "finish_reason": None, "message": said, "delta": said}],
        }
        yield b"data: %s\r\n\r\n" % json.dumps(chunk).encode()


def _tgi() -> Iterator[bytes]:
    for number in range(TOKENS):
        token = {
            "id": number,
            "text": WORDS[number % len(WORDS)],
            "logprob": -0.5,
            "special": False,
        }
        event = {"token": token, "generated_text": None, "details": None}
        data = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
        yield b"data:%s\n\n" % data.encode()


def ours(stream: Stream, reads: list[bytes]) -> int:
    decoder, deltas = stream.decoder(), 0
    for read in reads:
        deltas += len(decoder.feed(read))
    return deltas


def ours_events_only(_: Stream, reads: list[bytes]) -> int:
    decoder, events = SSEDecoder(), 0
    for read in reads:
        events += len(decoder.feed(read))
    return events


def httpx_sse(_: Stream, reads: list[bytes]) -> int:
    return len(list(_httpx_sse_events(reads)))


def httpx_sse_and_json(_: Stream, reads: list[bytes]) -> int:
    return len([json.loads(event.data) for event in _httpx_sse_events(reads)])


def json_alone(stream: Stream, _: list[bytes]) -> int:
    return len([json.loads(payload) for payload in stream.payloads])


def msgspec_alone(stream: Stream, _: list[bytes]) -> int:
    decode = msgspec.json.Decoder(stream.shape).decode
    return len([decode(payload) for payload in stream.payloads])


def _httpx_sse_events(reads: list[bytes]) -> Iterator[ServerSentEvent]:
    """The library's own road from bytes to events: text, lines, events."""
    text, lines, events = codecs.getincrementaldecoder("utf-8")(), SSELineDecoder(), PlainDecoder()
    for read in reads:
        for line in lines.decode(text.decode(read)):
            event = events.decode(line.rstrip("\n"))
            if event is not None:
                yield event


Work = Callable[[Stream, list[bytes]], int]
WORKS: dict[str, Work] = {
    "wire": ours,
    "wire, events only": ours_events_only,
    "httpx-sse": httpx_sse,
    "httpx-sse + json": httpx_sse_and_json,
    "json alone": json_alone,
    "msgspec alone": msgspec_alone,
}


def measure(stream: Stream, reads: list[bytes]) -> dict[str, float]:
    """Seconds that each work takes, at best, taken in turns so that all meet the same machine."""
    best = dict.fromkeys(WORKS, float("inf"))
    for _ in range(ROUNDS):
        for name, work in WORKS.items():
            start = time.process_time()
            work(stream, reads)
            best[name] = min(best[name], time.process_time() - start)
    return best


def speed_table() -> bool:
    """Prints the speeds; whether the goals are met at one event a read."""
    head = f"{'stream':22} {'reads':9} {'decoder':18} {'MB/s':>7} {'events/s':>10} {'µs/event':>9}"
    print(head, f"{'× httpx-sse':>12} {'× json':>8}")
    met = True
    for stream in streams():
        for large in (False, True):
            took = measure(stream, stream.reads(large))
            _print_rows(stream, "64 KiB" if large else "1 event", took)
            met = met and (large or _meets_goals(took))
    return met


def _print_rows(stream: Stream, reads: str, took: dict[str, float]) -> None:
    count = len(stream.events)
    for name, spent in took.items():
        print(
            f"{stream.name:22} {reads:9} {name:18} {len(stream.raw) / spent / 1e6:7.0f} "
            f"{count / spent:10,.0f} {spent / count * 1e6:9.2f} "
            f"{took[_rival(name)] / spent:11.1f}× {took['json alone'] / spent:7.2f}×"
        )
    print()


def _rival(name: str) -> str:
    """What httpx-sse does as much work in: to events, or to values."""
    return "httpx-sse" if name in ("wire, events only", "httpx-sse") else "httpx-sse + json"


def _meets_goals(took: dict[str, float]) -> bool:
    return (
        took["httpx-sse"] / took["wire, events only"] >= GOAL_SSE
        and took["wire"] / took["json alone"] <= GOAL_JSON
    )


def latency_table() -> None:
    """Prints the time from an event's last byte to its delta."""
    print(f"{'byte to delta':22} {'median µs':>10} {'99 % µs':>10} {'longest µs':>11}")
    for stream in streams():
        times = sorted(_latencies(stream))
        median, late = times[len(times) // 2], times[len(times) * 99 // 100]
        print(f"{stream.name:22} {median:10.2f} {late:10.2f} {times[-1]:11.1f}")
    print()


def _latencies(stream: Stream) -> list[float]:
    decoder, times = stream.decoder(), []
    for event in stream.events:
        start = time.perf_counter_ns()
        decoder.feed(event)
        times.append((time.perf_counter_ns() - start) / 1000)
    return times


def long_line_table() -> None:
    """Prints what one line of 10 MB costs, and that its time is linear."""
    print(f"{'a line of 10 MB':34} {'seconds':>8} {'peak MiB':>9} {'µs/kB':>6}  outcome")
    line = b'data: {"choices":[{"delta":{"content":"' + b"x" * LINE + b'"}}]}\n\n'
    for label, work in (("wire", _long_ours), ("httpx-sse + json", _long_httpx_sse)):
        for size, reads in (("64 KiB", READ), ("1 byte", 1)):
            spent, outcome = _timed(work, line, reads)
            part = line[: len(line) // 20] if reads == 1 else line
            peak = _peak(work, part, reads)
            name = f"{label}, reads of {size}"
            cost = spent / len(line) * 1e9
            print(f"{name:34} {spent:8.2f} {peak:9.1f} {cost:6.2f}  {outcome}")
    print("(peak of 1-byte reads: at a line of 0.5 MB)")


def _timed(work: Callable[[bytes, int], str], line: bytes, size: int) -> tuple[float, str]:
    start = time.process_time()
    outcome = work(line, size)
    return time.process_time() - start, outcome


def _peak(work: Callable[[bytes, int], str], line: bytes, size: int) -> float:
    tracemalloc.start()
    work(line, size)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 2**20


def _long_ours(line: bytes, size: int) -> str:
    decoder = OpenAIDecoder()
    deltas: list[Delta] = []
    for at in range(0, len(line), size):
        deltas += decoder.feed(line[at : at + size])
    deltas += decoder.close()
    return ", ".join(_shown(delta) for delta in deltas) or "nothing"


def _long_httpx_sse(line: bytes, size: int) -> str:
    reads = (line[at : at + size] for at in range(0, len(line), size))
    events: list[Any] = [json.loads(event.data) for event in _httpx_sse_events(reads)]  # type: ignore[arg-type]
    return f"{len(events)} event"


def _shown(delta: Delta) -> str:
    kind = type(delta).__name__
    return f"{kind} of {len(delta.text):,} characters" if isinstance(delta, Text) else kind


def main() -> None:
    met = speed_table()
    latency_table()
    long_line_table()
    print()
    print(
        f"Goals at one event a read: bytes to events {GOAL_SSE:.0f} × as quick as httpx-sse, "
        f"bytes to deltas within {GOAL_JSON:.0f} × of json alone: {'met' if met else 'NOT met'}."
    )
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
