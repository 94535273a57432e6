"""Who asks for many pages at once waits for their own.

Pages are made in threads that share one processor: of thirty at once each takes thirty times
as long, and so do everybody else's, and their sockets. So the requests of one person stand
in line, in whatever browsers they are, and who was busy for long gets a share of the time only.
What is made while it is sent stands in the same line for each of its pieces, so that a page
waits for one of them at most, and has a share of its own. All who are signed out at one
address count as one, who may be busy for longer at first. Nobody is refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

from django.conf import settings

from chat.pace import Pace, Paces
from h2oweb.asker import CAME, PERSON, address_of, person_of, session_of
from h2oweb.lines import Line, Turn

#: What is made at the same time for one person, and as many more beside what is slow.
OF_PERSON = {"pages": (1, 1), "files": (1, 2)}  # or pieces of pages
OF_STRANGERS = {"pages": (2, 14), "files": (1, 3)}  # of one address: they may be many
OF_STREAMS = 4  # that one person takes at the same time, however slowly
#: Seconds of making for one of them: in each second, and at first. Of files the number counts.
SHARES = {"pages": (0.5, 2.0), "pieces": (0.25, 2.0), "files": (40.0, 200.0)}
MANY = 2.5  # times as much at first for all who are signed out at one address
KEPT = 10_000  # sessions of which it is known whose they are


class InLine:
    """Lets the requests of one person in by turns."""

    def __init__(
        self, application: Any, person_of: Callable[[str], Awaitable[str | None]] = person_of
    ) -> None:
        self._application = application
        self._person_of = person_of
        self._people: dict[str, str] = {}  # by their sessions
        self._lines: WeakValueDictionary[str, Line] = WeakValueDictionary()
        self._paces = Paces()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer when it is its turn. The next may begin when this one's answer does."""
        session = session_of(scope)
        what = "files" if scope["path"].startswith(settings.STATIC_URL) else "pages"
        page, piece, stream = turns = self._turns(scope, session, what)
        is_stream = False

        async def watched(event: Any) -> None:
            nonlocal is_stream
            begins = event["type"] == "http.response.start"
            person = scope.get(PERSON) or scope.get(CAME)
            if begins and person:  # who was a stranger may be known now
                page.pace = self._pace(what, person)
                piece.pace = self._pace("pieces", person)
            page.end()
            piece.end()
            await send(event)
            if begins:
                self._note(session, scope)
                if is_stream := _is_stream(event):
                    await stream.begin()
            if is_stream and (begins or event.get("more_body")):
                await piece.begin()

        try:
            if what == "files" and session and session not in self._people:
                await self._meet(session, page)
            await page.begin()
            await self._application(scope, receive, watched)
        finally:
            for turn in turns:
                turn.end()

    def _turns(self, scope: Any, session: str, what: str) -> tuple[Turn, Turn, Turn]:
        """To make a page, to make a piece of what is sent meanwhile, and to send it."""
        person = self._people.get(session)
        address = f"address {address_of(scope)}"
        who = f"person {person}" if person else f"session {session}" if session else address
        own = self._line(f"{what} of {who}", *OF_PERSON[what])
        strangers = self._line(f"{what} of strangers of {address}", *OF_STRANGERS[what])
        lines = [own] if person else [own, strangers] if session else [strangers]
        streams = self._line(f"streams of {who}", OF_STREAMS)
        page = Turn(lines, self._pace(what, person, address), 1.0 if what == "files" else None)
        return page, Turn(lines, self._pace("pieces", person, address)), Turn([streams])

    async def _meet(self, session: str, page: Turn) -> None:
        """Where strangers have to wait, look whose session it is: after a restart nobody is known.

        For pages that is looked at anyway; files come without.
        """
        is_late = page.pace is not None and page.pace.take(0) > 0
        if is_late and (person := await self._person_of(session)):
            self._know(session, person)
            page.pace = self._pace("files", person)

    def _line(self, name: str, at_once: int, beside: int = 0) -> Line:
        return self._lines.setdefault(name, Line(at_once, beside))

    def _pace(self, what: str, person: str | None, address: str = "") -> Pace:
        rate, burst = SHARES[what]
        if person:
            return self._paces.of((what, "person", person), rate, burst)
        return self._paces.of((what, "address", address), rate, burst * MANY)

    def _note(self, session: str, scope: Any) -> None:
        """Know whose session it is at the next request."""
        if person := scope.get(PERSON):
            self._know(session, person)

    def _know(self, session: str, person: str) -> None:
        self._people.pop(session, None)
        self._people[session] = person
        if len(self._people) > KEPT:
            del self._people[next(iter(self._people))]


def _is_stream(start: Any) -> bool:
    """Whether an answer that begins so is made while it is sent: its length is not known."""
    names = {name.lower() for name, _ in start["headers"]}
    return start["status"] == 200 and b"content-length" not in names
