"""How soon "stop" is heard: pressed where the run lives, and in another process.

Run as ``python -m tests.bench.stops [--tries 100]``: two servers on PostgreSQL and Redis, a run at
one of them that streams, and the time from the command to the run's end as the person sees it.
It ends with 1 where the goal is missed.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from uuid import uuid4

from chat.wire.commands import Say, Stop
from tests.bench.goals import UNJUDGED
from tests.scripted_model import text
from tests.scripted_server import Hold, ScriptedServer, chunk, head, whole
from tests.torture.model import LIST
from tests.torture.place import Place, place, signed_in
from tests.torture.reader import Manner, Tab

GOAL = 100.0  # ms


async def measure(where: Place, tries: int) -> dict[str, list[float]]:
    """Milliseconds, sorted, by where "stop" was pressed."""
    (cookie,) = await asyncio.to_thread(signed_in, 1)
    took: dict[str, list[float]] = {"here": [], "in another process": []}
    async with ScriptedServer() as model, where.serving(model, LIMIT_MESSAGES_A_MINUTE="0") as two:
        model.plays(whole(json.dumps(LIST).encode()), on="GET")
        model.plays(head(), chunk(text("Once upon a time")), Hold(), on="POST")
        tabs = [Tab([each.url], cookie, Manner("live"), random.Random(1)) for each in two]
        for number in range(2 * tries):
            place_of_stop = "in another process" if number % 2 else "here"
            took[place_of_stop].append(await _stop(tabs[0], tabs[number % 2]))
        for tab in tabs:
            await tab.close()
    return {name: sorted(values) for name, values in took.items()}


async def _stop(asking: Tab, stopping: Tab) -> float:
    command = Say(uuid4(), uuid4(), None, "Tell me a story.", uuid4())
    accepted = await asking.ask(command.id, command)
    reading = await asking.follow(accepted.run)
    seen = await stopping.follow(accepted.run)
    while not (reading.reply.text and seen.reply.text):
        await asyncio.sleep(0.001)
    pressed = time.monotonic()
    await stopping.send(Stop(accepted.run))
    await seen.ended.wait()
    return 1000 * (time.monotonic() - pressed)


def main() -> None:
    """Print a line for each place."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=100)
    given = parser.parse_args()
    with place("postgres") as where:
        where.open_database()
        took = asyncio.run(measure(where, given.tries))
    late = {name: times[int(0.99 * len(times))] for name, times in took.items()}
    for name, times in took.items():
        met = "met" if late[name] <= GOAL else "MISSED"
        print(
            f"stop pressed {name}: median {times[len(times) // 2]:.0f} ms, 99th {late[name]:.0f} ms"
            f" (goal: {GOAL:.0f} ms, {met})"
        )
    sys.exit(max(late.values()) > GOAL and UNJUDGED not in os.environ)


if __name__ == "__main__":
    main()
