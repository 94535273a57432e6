"""Work that is done behind the answers, never in their way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from django.db import Error

from chat.database import DatabaseThreads
from chat.journal import Journal

logger = logging.getLogger(__name__)

FEW = 16  # texts of one transaction: some milliseconds
LOOK = 0.5  # seconds between looks; so much later than its end an answer is taken in
BREATH = 0.05  # seconds between transactions while there is more to do


async def keep_up(
    journal: Journal, take_in: Callable[[int], int], what: str, *, look: float = LOOK
) -> None:
    """Take in what comes, a few at a time, for ever, in turn with the journal's other writes.

    ``take_in`` gets how many at most, and returns how many it took.
    """
    while True:
        taken = 0
        try:
            taken = await journal.write(take_in, FEW)
        except Error as error:  # the next look tries again
            logger.warning("Could not bring %s up to date: %s", what, error)
        await asyncio.sleep(BREATH if taken >= FEW else look)


async def look_again(
    work: Callable[[DatabaseThreads], Awaitable[None]], what: str, *, look: float
) -> None:
    """Do some work, for ever, every ``look`` seconds, with a thread to read the database in."""
    threads = DatabaseThreads(what, 1)
    try:
        while True:
            try:
                await work(threads)
            except Error as error:  # the next look tries again
                logger.warning("Could not go on with the %s: %s", what, error)
            await asyncio.sleep(look)
    finally:
        await asyncio.to_thread(threads.close)
