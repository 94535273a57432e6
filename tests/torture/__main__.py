"""``python -m tests.torture --minutes 15 --seed 1 --setup sqlite``: exit code 1 at any loss."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
from collections.abc import Sequence

from tests.torture.faults import Tormentor
from tests.torture.model import Model
from tests.torture.network import Network
from tests.torture.people import Person
from tests.torture.place import Place, place, signed_in
from tests.torture.reader import MANNERS, Cookie, Tab
from tests.torture.verdict import Verdict, judge

PEOPLE = 6
HEALING = 60.0  # seconds, after the last fault, for every turn to end and every reader to know it


def main() -> int:
    """Torture, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--setup", choices=["sqlite", "postgres"], default="sqlite")
    given = parser.parse_args()
    print(f"{given.setup}, {given.minutes:g} minutes, seed {given.seed}", flush=True)
    with place(given.setup) as where:
        where.open_database()
        verdict = asyncio.run(torture(where, given.minutes * 60, given.seed))
        if not verdict.is_clean:
            _show_logs(where)
        ends = [seconds for server in where.servers for seconds in server.ends]
    print(verdict.table())
    if ends:
        print(f"Asked to end, a server took {max(ends):.1f} s at most.")
    return 0 if verdict.is_clean else 1


async def torture(where: Place, seconds: float, seed: int) -> Verdict:
    """Let people talk, hurt what can be hurt for so long, and compare what is left."""
    dice = random.Random(seed)
    cookies = await asyncio.to_thread(signed_in, PEOPLE)
    async with (
        Model() as model,
        Network(random.Random(f"{seed} network")) as network,
        where.serving(model, PUBLIC_URL=network.url) as servers,
    ):
        network.lead_to([server.port for server in servers])
        people = [_person(number, [network.url], key, dice) for number, key in enumerate(cookies)]
        talking = [asyncio.create_task(person.talk()) for person in people]
        tormentor = Tormentor(where, model, network, people, random.Random(f"{seed} faults"))
        await tormentor.torment(seconds)
        await _heal(people, talking)
        verdict = await asyncio.to_thread(judge, people, model.calls, tormentor.tried)
        verdict.total.turns_lost += sum(not each.done() for each in talking)
        return verdict


async def _heal(people: Sequence[Person], talking: Sequence[asyncio.Task[None]]) -> None:
    """Let everyone come to an end; who does not is found by the judge."""
    for person in people:
        person.finish()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HEALING):
            await asyncio.gather(*talking)
            for person in people:
                for tab in person.tabs:
                    for reading in tab.readings.values():
                        await reading.ended.wait()
    for person in people:
        for tab in person.tabs:
            await tab.close()


def _person(number: int, urls: Sequence[str], cookie: Cookie, dice: random.Random) -> Person:
    own = random.Random(dice.random())
    tabs = [Tab(urls, cookie, manner, random.Random(own.random())) for manner in MANNERS]
    return Person(number, tabs, own)


def _show_logs(where: Place) -> None:
    for server in where.servers:
        print(f"--- the end of {server.log.name}", server.log.read_text()[-6000:], sep="\n")


if __name__ == "__main__":
    sys.exit(main())
