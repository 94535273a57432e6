"""What is done to the application, at random instants."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import psycopg

from tests.torture.model import Model
from tests.torture.network import Network
from tests.torture.people import Person
from tests.torture.place import Place
from tests.torture.reader import Tab

Fault = Callable[[], Awaitable[None]]

LEASE = 6.0  # seconds after which a server that says nothing is taken for dead
BETWEEN = 1.0  # seconds at most between two faults of one kind of trouble


class Tormentor:
    """Two hands: one ends servers, the other does everything else meanwhile.

    ``tried`` counts the faults; each is noted at the turns that were under way.
    """

    def __init__(
        self,
        place: Place,
        model: Model,
        network: Network,
        people: Sequence[Person],
        dice: random.Random,
    ) -> None:
        self.tried: Counter[str] = Counter()
        self._place = place
        self._model = model
        self._network = network
        self._people = people
        self._dice = dice

    async def torment(self, seconds: float) -> None:
        """Go on for so long, then heal everything."""
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as hands:
            hands.create_task(self._hand(self._at_servers(), until))
            hands.create_task(self._hand(self._around_servers(), until))

    async def _hand(self, faults: dict[str, Fault], until: float) -> None:
        names = list(faults)
        while time.monotonic() < until:
            await asyncio.sleep(self._dice.uniform(0, BETWEEN))
            self._dice.shuffle(names)  # each as often as the others
            for name in names:
                self._strikes(name)
                await faults[name]()
                await asyncio.sleep(self._dice.uniform(0, BETWEEN))
                if time.monotonic() > until:
                    return

    def _strikes(self, name: str) -> None:
        self.tried[name] += 1
        for person in self._people:
            for turn in person.turns[-1:]:
                turn.faults.add(name)

    # --- at the servers

    def _at_servers(self) -> dict[str, Fault]:
        faults: dict[str, Fault] = {
            "SIGKILL a server": self._kill_server,
            "SIGTERM a server": self._term_server,
            "suspend a server": self._suspend_server,
        }
        if self._place.redis:
            faults["suspend it for longer than the lease"] = self._suspend_server_long
            faults["restart all, one by one"] = self._roll_servers
        return faults

    async def _kill_server(self) -> None:
        server = self._dice.choice(self._place.servers)
        await server.kill()
        await server.start()

    async def _term_server(self) -> None:
        server = self._dice.choice(self._place.servers)
        await server.term()
        await server.start()

    async def _roll_servers(self) -> None:
        for server in self._place.servers:
            await server.term()
            await server.start()

    async def _suspend_server(self) -> None:
        await self._suspend(self._dice.uniform(0.1, 2))

    async def _suspend_server_long(self) -> None:
        await self._suspend(LEASE * 1.6)

    async def _suspend(self, seconds: float) -> None:
        server = self._dice.choice(self._place.servers)
        server.suspend()
        await asyncio.sleep(seconds)
        server.resume()

    # --- around them

    def _around_servers(self) -> dict[str, Fault]:
        faults: dict[str, Fault] = {
            "cut a socket": self._cut_socket,
            "cut the network": self._cut_network,
            "delay the network": self._delay_network,
            "leave connections half-open": self._half_open,
            "freeze a reader": self._freeze_reader,
            "kill the model server": self._kill_model,
            "lock the database": self._lock_database,
            "add a column": self._add_column,
        }
        if self._place.redis:
            faults["kill Redis"] = self._kill_redis
            faults["cut the database's sessions"] = self._cut_sessions
        return faults

    async def _cut_socket(self) -> None:
        self._tab().cut()

    async def _cut_network(self) -> None:
        self._network.cut()

    async def _delay_network(self) -> None:
        await self._network.delay(self._dice.uniform(0.5, 3))

    async def _half_open(self) -> None:
        self._network.fall_silent()

    async def _freeze_reader(self) -> None:
        tab = self._tab()
        tab.freeze()
        await asyncio.sleep(self._dice.uniform(0.2, 3))
        tab.thaw()

    async def _kill_model(self) -> None:
        await self._model.die()
        await asyncio.sleep(self._dice.uniform(0, 0.5))
        await self._model.revive()

    async def _lock_database(self) -> None:
        seconds = self._dice.choice([0.1, 0.5, 3.0])
        lock = _lock_postgres if self._place.redis else _lock_sqlite
        await asyncio.to_thread(lock, self._place, seconds)

    async def _add_column(self) -> None:
        """What a newer version's migration does while this one still answers."""
        name = f"later_{self.tried['add a column']}"
        await asyncio.to_thread(_add_column, self._place, name)

    async def _kill_redis(self) -> None:
        redis = self._place.redis
        assert redis
        await asyncio.to_thread(redis.kill)
        await asyncio.sleep(self._dice.uniform(0, 2))
        await asyncio.to_thread(redis.start)

    async def _cut_sessions(self) -> None:
        await asyncio.to_thread(_cut_sessions)

    def _tab(self) -> Tab:
        return self._dice.choice(self._dice.choice(self._people).tabs)


# --- in a thread


def _lock_sqlite(place: Place, seconds: float) -> None:
    session = _sqlite(place)
    session.execute("BEGIN IMMEDIATE")
    time.sleep(seconds)
    session.rollback()
    session.close()


def _add_column(place: Place, name: str) -> None:
    for table in ("chat_message", "chat_run", "chat_process"):
        change = f"ALTER TABLE {table} ADD COLUMN {name} integer NOT NULL DEFAULT 0"
        if place.redis:
            with _session() as session:
                session.execute(change)
        else:
            with contextlib.closing(_sqlite(place)) as session:
                session.execute(change)


def _sqlite(place: Place) -> sqlite3.Connection:
    return sqlite3.connect(place.data_dir / "chat.sqlite3", timeout=30, isolation_level=None)


def _lock_postgres(place: Place, seconds: float) -> None:
    with _session() as session:
        session.execute("LOCK TABLE chat_process IN ACCESS EXCLUSIVE MODE")
        time.sleep(seconds)


def _cut_sessions() -> None:
    with _session() as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _session() -> psycopg.Connection[Any]:
    """A session of our own, beside the servers'."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    return psycopg.connect(
        host=database["HOST"], user=database["USER"], dbname=database["NAME"], application_name="x"
    )
