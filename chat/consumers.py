"""The chat socket: commands in, frames out. It awaits no stream in a handler."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any
from uuid import UUID, uuid4

from autobahn.exception import Disconnected
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from chat import metrics
from chat.attendance import Guest
from chat.doorbell import Listening, Note
from chat.frames import encoded_in_language, in_language, language_of, padded
from chat.refusal import Refusal
from chat.runs import Runs
from chat.standing import SIGNED_OUT
from chat.wire.commands import (
    Command,
    Continue,
    Follow,
    InvalidCommand,
    Ping,
    Retry,
    Say,
    Stop,
    decode,
    read_envelope,
)
from chat.wire.events import ConversationChanged, Frame, Pong, Refused, encode
from chat.wire.sentences import sentence

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 64  # commands and followed runs of one socket
TOO_MANY = sentence("This page has too much under way at once. Try again in a moment.")
UNEXPECTED = sentence("Something went wrong here. Try again in a moment.")


class ChatConsumer(AsyncWebsocketConsumer):
    """One socket of one person. The project's ``Runs`` is given by ``as_asgi(runs=…)``.

    With ``padding``, the size of every frame is a multiple of so many bytes.
    """

    runs: Runs
    # The doorbell is what listens. A channel of each socket's own would be asked of Redis
    # before the socket is accepted: with Redis away, that ended in a 500.
    channel_layer_alias = ""

    def __init__(self, runs: Runs, padding: int = 0) -> None:
        super().__init__()
        self.runs = runs
        self._padding = padding
        self._tasks: set[asyncio.Task[None]] = set()
        self._following: dict[UUID, asyncio.Task[None]] = {}
        self._place: Listening | None = None
        self._guest: Guest | None = None
        self._closing: asyncio.Task[None] | None = None
        self._name = uuid4().hex
        self._is_near = False  # a limit, and the page has been told

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket; whatever its end, nothing of it is left behind."""
        try:
            with metrics.sockets.track_inprogress():
                await super().__call__(scope, receive, send)
        finally:
            if self._place:
                self._place.close()
            if self._guest:
                self.runs.attendance.part(self._guest)
            for task in (*self._tasks, *filter(None, [self._closing])):
                task.cancel()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without Channels' hop through the one database thread for every message."""
        handler = getattr(self, message["type"].replace(".", "_"))
        with contextlib.suppress(Disconnected):
            await handler(message)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """The end, without that hop either."""
        raise StopConsumer

    async def connect(self) -> None:
        """Greet a person who is signed in; turn away everyone else."""
        self.person = self.scope["user"]
        self._language = language_of(self.scope["query_string"])
        await self.accept()
        guest = await self._admit() if self.person.is_authenticated else SIGNED_OUT
        if isinstance(guest, int):
            await self.close(guest)
            return
        self._guest = guest
        topic = f"person.{self.person.pk}"
        self._place = self.runs.doorbell.listen(topic, self._changed)
        self._start(Ping(), self._tell_allowance())

    async def _admit(self) -> Guest | int:
        await self.runs.open()
        session = self.scope.get("session")
        address = (self.scope.get("client") or [""])[0]
        return await self.runs.attendance.admit(
            self.person.pk, session and session.session_key, address, self._leave
        )

    def _leave(self, code: int) -> None:
        """The person may not be here any more: say and hear nothing from now on."""
        if self._closing is None:
            for task in self._tasks:
                task.cancel()
            self._closing = asyncio.create_task(self._close(code))

    async def _close(self, code: int) -> None:
        with contextlib.suppress(Disconnected):
            await self.close(code)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One command. What is refused is answered; the socket stays."""
        if self._guest is None or self._closing:
            return
        await self._guest.wait()
        frame = text_data or bytes_data or ""
        try:
            command = decode(frame)
        except InvalidCommand as error:
            await self._refuse_frame(frame, error)
        else:
            await self._obey(command)

    async def _refuse_frame(self, frame: str | bytes, error: InvalidCommand) -> None:
        self._count_refusal()
        envelope = read_envelope(frame)
        refused = Refused(envelope.type, "invalid", str(error), id=envelope.id, run=envelope.run)
        await self._send(refused)

    async def _obey(self, command: Command) -> None:
        try:
            await self._carry_out(command)
        except Refusal as refusal:
            await self._refuse(command, refusal)

    async def _carry_out(self, command: Command) -> None:
        match command:
            case Ping():
                await self._send(Pong())
            case Follow():
                self._follow(command.run, command.after)
            case Stop():
                self._start(command, self.runs.stop(self.person, command.run))
            case Say() | Retry() | Continue():
                self._start(command, self._begin(command))

    async def _begin(self, command: Say | Retry | Continue) -> None:
        accepted = await self.runs.start(self.person, command)
        await self._send(accepted)
        note = {"conversation": str(accepted.conversation), "changed": "turn"}
        self.runs.doorbell.ring(f"person.{self.person.pk}", note | {"by": self._name})
        await self._obey(Follow(accepted.run, 0))  # refused by itself: the turn is taken
        await self._tell_allowance()

    async def _tell_allowance(self) -> None:
        """Tell how much is left while a limit is near, and once when none is any more."""
        allowance = await self.runs.allowance(self.person)
        if allowance.what or self._is_near:
            self._is_near = allowance.what is not None
            await self._send(allowance)

    def _follow(self, run: UUID, after: int) -> None:
        """Send the run's events from here on; a second wish replaces the first."""
        command, before = Follow(run, after), self._following.get(run)
        task = self._start(command, self._send_events(command))
        if before:
            before.cancel()
        self._following[run] = task
        task.add_done_callback(lambda done: self._unfollow(run, done))

    def _unfollow(self, run: UUID, task: asyncio.Task[None]) -> None:
        if self._following.get(run) is task:
            del self._following[run]

    async def _send_events(self, follow: Follow) -> None:
        async with contextlib.aclosing(
            self.runs.follow(self.person, follow.run, follow.after)
        ) as frames:
            async for frame in frames:
                await self._write(encoded_in_language(frame, self._language))

    def _start(self, command: Command, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do it in a task of its own, so that the socket goes on listening."""
        if len(self._tasks) >= MOST_AT_ONCE:
            work.close()
            raise Refusal("busy", TOO_MANY, retry_after=1)
        task = asyncio.create_task(self._safely(command, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Work whose task is cancelled before its first step would be left unawaited.
        task.add_done_callback(lambda _: work.close())
        return task

    async def _safely(self, command: Command, work: Coroutine[Any, Any, None]) -> None:
        with contextlib.suppress(Disconnected):
            try:
                await work
            except Refusal as refusal:
                await self._refuse(command, refusal)
            except Disconnected:
                raise
            except Exception:  # the last wall: the page gets a sentence, the log the cause
                logger.exception("A command failed.")
                await self._refuse(command, Refusal("unavailable", UNEXPECTED, retry_after=5))

    async def _refuse(self, command: Command, refusal: Refusal) -> None:
        metrics.refusals.labels(refusal.code).inc()
        self._count_refusal()
        await self._send(
            Refused(
                command.__struct_config__.tag,  # type: ignore[arg-type]
                refusal.code,
                refusal.detail,
                id=_id(command),
                run=getattr(command, "run", None),
                retry_after=refusal.retry_after,
            )
        )

    def _count_refusal(self) -> None:
        if self._guest:
            self._guest.was_refused()

    def _changed(self, note: Note) -> None:
        if note.get("by") != self._name:
            changed = ConversationChanged(UUID(note["conversation"]), note["changed"])
            with contextlib.suppress(Refusal):  # a hint: a page that is this busy can miss it
                self._start(Ping(), self._send(changed))

    async def _send(self, frame: Frame) -> None:
        await self._write(encode(in_language(frame, self._language)))

    async def _write(self, frame: str) -> None:
        await self.send(text_data=padded(frame, self._padding))


def _id(command: Command) -> UUID | None:
    """The id that the page knows the command by."""
    match command:
        case Say():
            return command.id
        case Retry():
            return command.reply
        case Continue():
            return command.run
    return None
