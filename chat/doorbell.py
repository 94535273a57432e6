"""The doorbell: tells whoever listens that there is something new to look at.

It carries hints, never text that must arrive: a ring that is lost costs a moment,
since every listener also looks by itself now and then.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

Note = dict[str, Any]  # JSON values only: it may cross to another process
Listener = Callable[[Note], None]


class Doorbell(Protocol):
    """What the journal and the followers are given."""

    def ring(self, topic: str, note: Note) -> None:
        """Tell all who listen to this topic. Never waits and never raises."""

    def listen(self, topic: str, listener: Listener) -> "Listening":
        """Call ``listener`` with each note on this topic until ``close``."""


class Listening(Protocol):
    """One listener's place at the doorbell."""

    def close(self) -> None:
        """Stop listening. Closing twice is not an error."""


class LocalDoorbell:
    """A doorbell within one process."""

    def __init__(self) -> None:
        self._listeners: dict[str, dict[object, Listener]] = {}

    def ring(self, topic: str, note: Note) -> None:
        """Call the listeners of this process at once."""
        for listener in list(self._listeners.get(topic, {}).values()):
            listener(note)

    def listen(self, topic: str, listener: Listener) -> "_Place":
        """See ``Doorbell.listen``."""
        place = _Place(self, topic)
        self._listeners.setdefault(topic, {})[place] = listener
        return place

    def topics(self) -> list[str]:
        """Those that somebody listens to."""
        return list(self._listeners)

    def leave(self, place: "_Place") -> bool:
        """Take this place away. True if it was the topic's last."""
        listeners = self._listeners.get(place.topic, {})
        if listeners.pop(place, None) is None or listeners:
            return False
        del self._listeners[place.topic]
        return True


class _Place:
    def __init__(self, doorbell: LocalDoorbell, topic: str) -> None:
        self.topic = topic
        self._doorbell = doorbell

    def close(self) -> None:
        self._doorbell.leave(self)


@contextmanager
def listening(doorbell: Doorbell, topic: str, listener: Listener) -> Iterator[None]:
    """Listen for the length of a ``with`` block."""
    place = doorbell.listen(topic, listener)
    try:
        yield
    finally:
        place.close()
