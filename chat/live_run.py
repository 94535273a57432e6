"""One run that this process writes: what its pump reads, and how it ends.

Its *pump* reads the model server and is what "stop" cancels. Its *owner* waits for the pump
whatever its end and stores the outcome; nobody cancels it. (One task is not enough: a task
that is cancelled before its first step never enters its ``try``, and readers would hang for
ever.)
"""

import asyncio
import logging
import time
from contextlib import aclosing

import msgspec

from chat import metrics, prompts, traces
from chat.backends import Backend, BackendError, ContextExceeded, answering_run
from chat.catalogue import Catalogue
from chat.models.run import CHARACTERS_A_TOKEN, INTERRUPTED
from chat.run_log import UNSTORABLE, Ending, LogClosed, RunLog
from chat.turns import Accepting, Choice
from chat.wire.deltas import (
    Counted,
    Delta,
    Failed,
    Finished,
    Reasoning,
    Replaced,
    Sent,
    Text,
)
from chat.wire.events import Outcome, Timing, Usage
from chat.wire.request import ChatRequest
from chat.wire.sentences import sentence

logger = logging.getLogger(__name__)

CONTEXT_TRIES = 3  # times that a prompt is cut further when the server finds it too long
LONGEST = 2_000_000  # characters of an answer; a stream that never ends is cut there

TOO_LONG = sentence(
    "This conversation is longer than the model can read, even cut. Start a new chat."
)
EMPTY = sentence("The model gave an empty answer. Try again, or ask in other words.")
CUT_OFF = sentence(
    "The model server ended the answer in the middle. Everything up to here is kept."
)
BROKEN = sentence(
    "Something went wrong here while the answer was written. Everything up to here is kept."
)


class LiveRun:
    """A run that this process writes, from its first step to its stored end."""

    def __init__(self, log: RunLog, accepting: Accepting, catalogue: Catalogue) -> None:
        self.person = accepting.person
        self._log = log
        self._accepting = accepting
        self._catalogue = catalogue
        self._choice = Choice(accepting.accepted.model, accepting.server)
        self._early: Outcome = "interrupted"
        self._told: Finished | Failed | None = None
        self._usage: Usage | None = None
        self._prompt_tokens = 0
        self._turns_cut = 0
        self._text: int = 0
        self._reasoning: list[str] = []
        self._thought = accepting.thought_so_far
        self._thinks_since: float | None = None
        self._begun = time.monotonic()
        self._first: float | None = None
        metrics.awaited.labels(accepting.server).inc()
        self._last = self._begun
        self._pump = asyncio.create_task(self._read(), name=f"pump {log.run}")
        self.owner = asyncio.create_task(self._own(), name=f"owner {log.run}")

    def end_early(self, outcome: Outcome) -> None:
        """End now and keep what there is. Ending twice, or after the end, is not an error."""
        if not self._pump.done() and not self._pump.cancelling():
            self._early = outcome
            self._pump.cancel()

    async def _own(self) -> None:
        answering_run.set(str(self._log.run))
        closed = asyncio.create_task(self._log.ended())
        await asyncio.wait({self._pump, closed}, return_when=asyncio.FIRST_COMPLETED)
        if self._pump.done():
            self._log.end(self._safe_ending())
        else:  # nothing more can be stored: why read on
            self._pump.cancel()
            await asyncio.wait({self._pump})
        if self._first is None:
            self._no_longer_awaited()
        await closed
        stored, server = self._log.stored, self._choice.server
        outcome = metrics.LOST if stored is None else stored.outcome
        metrics.runs.labels(server, outcome).inc()
        if stored is not None:
            _count(stored)
        traces.end(self._log.span, outcome=outcome)

    # --- the pump

    async def _read(self) -> None:
        answering_run.set(str(self._log.run))
        backend = self._catalogue.backend(self._choice.server)
        context = self._catalogue.info(self._choice).context
        for _ in range(CONTEXT_TRIES):
            try:
                await self._answer(backend, self._request(context))
            except ContextExceeded as error:
                context = _smaller(context, error)
            else:
                return
        raise prompts.PromptError(TOO_LONG)

    def _request(self, context: int | None) -> ChatRequest:
        accepting = self._accepting
        prompt = prompts.build(
            accepting.path,
            unread=accepting.turns_unread,
            system_prompt=accepting.system_prompt,
            context=context,
            parameters=accepting.parameters,
            continues=accepting.continues,
            system_role=prompts.has_system_role(self._choice.model),
        )
        self._prompt_tokens = prompt.prompt_tokens
        self._turns_cut = prompt.turns_cut
        self._log.note(turns_cut=prompt.turns_cut)
        return ChatRequest(self._choice.model, prompt.turns, prompt.parameters, accepting.continues)

    async def _answer(self, backend: Backend, request: ChatRequest) -> None:
        run, server = str(self._log.run), self._choice.server
        asking = traces.around("model server request", self._log.span, run=run, server=server)
        with asking:
            async with aclosing(backend.stream(request)) as stream:
                async for deltas in stream:
                    for delta in deltas:
                        self._take(delta)
                    if self._text > LONGEST:
                        self._told = Finished(by_length=True)
                        return
                    is_asked_only = isinstance(deltas[-1], Sent)  # nothing may delay its first word
                    if self._told is None and not is_asked_only:
                        await self._log.next_batch()

    def _take(self, delta: Delta) -> None:
        match delta:
            case Text():
                self._mark(len(delta.text))
                self._stop_thinking()
                self._log.add("text", delta.text)
            case Reasoning():
                self._mark(0)
                self._begin_thinking()
                self._reasoning.append(delta.text)
                self._log.add("reasoning", delta.text)
            case Replaced():
                self._text = len(delta.text)
                self._log.replace(*self._whole(delta.text))
            case Counted():
                self._usage = delta.usage
            case Finished() | Failed():
                self._told = delta
            case Sent():
                self._log.note(request=delta.body, attempts=delta.attempt)

    def _mark(self, characters: int) -> None:
        self._last = time.monotonic()
        if self._first is None:
            self._first = self._last
            self._no_longer_awaited()
            metrics.first_token.labels(self._choice.server).observe(self._first - self._begun)
        self._text += characters

    def _begin_thinking(self) -> None:
        if self._thinks_since is not None:
            return
        self._thinks_since = self._last
        if self._last == self._first:  # a page that comes meanwhile counts on from here
            self._log.note(first_token_ms=self._first_token_ms)

    def _stop_thinking(self) -> None:
        if self._thinks_since is None:
            return
        thought = round((self._last - self._thinks_since) * 1000)
        self._thought = (self._thought or 0) + thought
        self._thinks_since = None
        self._log.note(thought_ms=self._thought)

    def _no_longer_awaited(self) -> None:
        metrics.awaited.labels(self._choice.server).dec()

    def _whole(self, text: str) -> tuple[str, str]:
        """The message when the server's final word is this text."""
        before, thoughts = self._accepting.text_so_far, self._accepting.reasoning_so_far
        return before + text, thoughts + "".join(self._reasoning)

    # --- the end

    def _safe_ending(self) -> Ending:
        try:
            return self._ending()
        except Exception:  # a run that cannot say how it went must end all the same
            logger.exception("run %s: its end could not be told", self._log.run)
            return Ending("failed", BROKEN)

    def _ending(self) -> Ending:
        outcome, error = self._outcome()
        self._stop_thinking()
        usage = self._counts()
        duration = round((time.monotonic() - self._begun) * 1000)
        if self._is_servers_fault(error):
            metrics.server_errors.labels(self._choice.server).inc()
        return Ending(outcome, error, usage, self._timing(usage), duration)

    def _outcome(self) -> tuple[Outcome, str | None]:
        if self._pump.cancelled():
            return self._early, INTERRUPTED if self._early == "interrupted" else None
        if error := self._pump.exception():
            return "failed", self._explain(error)
        match self._told:
            case Failed(detail=detail):
                return "failed", detail
            case None if self._text:
                return "interrupted", CUT_OFF
            case Finished(by_length=by_length) if self._text or self._accepting.continues:
                return ("length", None) if by_length else ("complete", None)
        return "failed", EMPTY

    def _is_servers_fault(self, error: str | None) -> bool:
        """Not where somebody here ended it, the prompt was too long, or we broke."""
        if self._pump.cancelled():
            return False
        if broke := self._pump.exception():
            return isinstance(broke, BackendError)
        return error is not None  # failed by its own word, empty, or cut off

    def _explain(self, error: BaseException) -> str:
        if isinstance(error, BackendError | prompts.PromptError):
            return str(error)
        if isinstance(error, LogClosed):
            return UNSTORABLE
        logger.error("run %s broke", self._log.run, exc_info=error)
        return BROKEN

    def _counts(self) -> Usage | None:
        """The server's count of tokens, or an estimate that says so."""
        usage = self._usage
        if usage is None and self._first is not None:
            written = self._text + sum(map(len, self._reasoning))
            tokens = -(-written // CHARACTERS_A_TOKEN)
            usage = Usage(self._prompt_tokens, tokens, estimated=True)
        return msgspec.structs.replace(usage, turns_cut=self._turns_cut) if usage else None

    @property
    def _first_token_ms(self) -> int:
        assert self._first is not None
        return round((self._first - self._begun) * 1000)

    def _timing(self, usage: Usage | None) -> Timing | None:
        if self._first is None:
            return None
        seconds = self._last - self._first
        tokens = usage.completion_tokens if usage else None
        return Timing(
            self._first_token_ms,
            round(tokens / seconds, 1) if tokens and seconds > 0.01 else None,
            self._thought,
        )


def _count(ending: Ending) -> None:
    if ending.timing and ending.timing.tokens_per_second:
        metrics.token_rate.observe(ending.timing.tokens_per_second)
    if ending.usage:
        metrics.tokens.labels("prompt").inc(ending.usage.prompt_tokens or 0)
        metrics.tokens.labels("completion").inc(ending.usage.completion_tokens or 0)


def _smaller(context: int | None, error: ContextExceeded) -> int:
    """A context that the server's count of the same prompt leads to."""
    if error.context and error.prompt_tokens and context:
        return int(context * error.context / error.prompt_tokens * 0.9)
    return int((error.context or context or 4096) * 0.7)
