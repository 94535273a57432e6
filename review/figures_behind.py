"""Counting days and adding up weeks once they are over: behind the answers, before anybody asks."""

from __future__ import annotations

import asyncio
import random
from functools import partial

from chat.behind import BREATH, look_again
from chat.database import DatabaseThreads
from chat.journal import Journal
from review import counting, weeks
from review.models import CountedDay

LOOK = 600.0  # seconds between looks


async def count_behind(journal: Journal) -> None:
    """Count what is over, for ever; only storing it takes a turn of the journal."""
    await look_again(partial(_count_all, journal), "figures of the dashboard", look=LOOK)


async def _count_all(journal: Journal, threads: DatabaseThreads) -> None:
    due = await threads.run(counting.due)
    random.shuffle(due)  # so that processes that begin at once share them
    for day in due:
        if await threads.run(CountedDay.wanting, day, day):
            await journal.write(counting.store, day, await threads.run(counting.figures_of, day))
            await asyncio.sleep(BREATH)
    for monday in await threads.run(weeks.due):
        await journal.write(weeks.store, monday, await threads.run(weeks.figures_of, monday))
        await asyncio.sleep(BREATH)
