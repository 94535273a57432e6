"""What the garbage collector looks through while the application runs, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.prepared import environment
from tests.settings import PROJECT

STARTED = """
import asyncio, gc, json
from h2oweb.asgi import routes

async def live():
    events, told = asyncio.Queue(), asyncio.Queue()
    life = asyncio.create_task(routes({"type": "lifespan"}, events.get, told.put))
    await events.put({"type": "lifespan.startup"})
    kind = (await told.get())["type"]
    made = [{} for _ in range(gc.get_threshold()[0] // 2)]
    print(json.dumps([kind, gc.get_freeze_count(), len(gc.get_objects()) - len(made)]))
    await events.put({"type": "lifespan.shutdown"})
    await life

asyncio.run(live())
"""


def test_what_the_application_is_made_of_is_not_looked_through(tmp_path):
    settings = environment(DATA_DIR=str(tmp_path), DJANGO_SETTINGS_MODULE="h2oweb.settings")
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=PROJECT, env=settings, check=True)
    started = subprocess.run(
        [sys.executable, "-c", STARTED], cwd=PROJECT, env=settings, check=True, capture_output=True
    )
    kind, spared, looked_through = json.loads(started.stdout)
    assert kind == "lifespan.startup.complete"
    assert spared > 100_000
    assert looked_through < spared / 20
