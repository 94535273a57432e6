"""Who asks for many pages at once waits for their own.

Pages are made in threads that share one processor: of thirty at once each takes thirty times
as long, and so do everybody else's, and their sockets. So the requests of one person stand
in line, in whatever browsers they are, and who was busy for long gets a share of the time only.
What is made while it is sent stands in the same line for each of its pieces, so that a page
waits for one of them at most, and has a share of its own. Nobody is refused.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

from django.conf import settings

from chat.pace import Pace, Paces
from h2oweb.asker import PERSON, address_of, session_of
from h2oweb.lines import Line, Turn

OF_PERSON = (1, 1)  # pages, or pieces, made at the same time; and as many beside slow ones
OF_STRANGERS = (4, 12)  # of one address: people who are not signed in, and may be many
OF_FILES = (2, 2)  # of one person's: they are small, and ready
OF_STREAMS = 4  # that one person takes at the same time, however slowly
SHARES = {"pages": 0.5, "pieces": 0.25}  # seconds of making for one person: in each second
BURST = 2.0  # and at first
KEPT = 10_000  # sessions of which it is known whose they are


class InLine:
    """Lets the requests of one person in by turns."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._people: dict[str, str] = {}  # by their sessions
        self._lines: WeakValueDictionary[str, Line] = WeakValueDictionary()
        self._paces = Paces()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer when it is its turn. The next may begin when this one's answer does."""
        session = session_of(scope)
        page, piece, stream = turns = self._turns(scope, session)
        is_stream = False

        async def watched(event: Any) -> None:
            nonlocal is_stream
            page.end()
            piece.end()
            await send(event)
            begins = event["type"] == "http.response.start"
            if begins:
                self._note(session, scope)
                if is_stream := _is_stream(event):
                    await stream.begin()
            if is_stream and (begins or event.get("more_body")):
                await piece.begin()

        try:
            await page.begin()
            await self._application(scope, receive, watched)
        finally:
            for turn in turns:
                turn.end()

    def _turns(self, scope: Any, session: str) -> tuple[Turn, Turn, Turn]:
        """To make a page, to make a piece of what is sent meanwhile, and to send it."""
        person = self._people.get(session)
        address = f"address {address_of(scope)}"
        who = f"person {person}" if person else f"session {session}" if session else address
        if scope["path"].startswith(settings.STATIC_URL):
            own, pace = self._line(f"files of {who}", *OF_FILES), None
        else:
            own, pace = self._line(f"pages of {who}", *OF_PERSON), self._pace("pages", person)
        strangers = self._line(f"strangers of {address}", *OF_STRANGERS)
        lines = [own] if person else [own, strangers] if session else [strangers]
        streams = self._line(f"streams of {who}", OF_STREAMS)
        return Turn(lines, pace), Turn(lines, self._pace("pieces", person)), Turn([streams])

    def _line(self, name: str, at_once: int, beside: int = 0) -> Line:
        return self._lines.setdefault(name, Line(at_once, beside))

    def _pace(self, what: str, person: str | None) -> Pace | None:
        return self._paces.of((what, person), SHARES[what], BURST) if person else None

    def _note(self, session: str, scope: Any) -> None:
        """Know whose session it is at the next request."""
        if person := scope.get(PERSON):
            self._people.pop(session, None)
            self._people[session] = person
            if len(self._people) > KEPT:
                del self._people[next(iter(self._people))]


def _is_stream(start: Any) -> bool:
    """Whether an answer that begins so is made while it is sent: its length is not known."""
    names = {name.lower() for name, _ in start["headers"]}
    return start["status"] == 200 and b"content-length" not in names
