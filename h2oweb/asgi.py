"""The ASGI application: builds the one ``Runs`` of this process and hands it to the sockets."""

import os
import sys
from pathlib import Path
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "h2oweb.settings")
http = get_asgi_application()  # before anything that needs the app registry

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from accounts.standing import standing_changed  # noqa: E402
from chat import metrics  # noqa: E402
from chat.attendance import Bounds  # noqa: E402
from chat.backends import open_server  # noqa: E402
from chat.doorbell import Doorbell, LocalDoorbell  # noqa: E402
from chat.erasing import erase_behind  # noqa: E402
from chat.layer_doorbell import LayerDoorbell  # noqa: E402
from chat.models import Conversation, Run  # noqa: E402
from chat.routing import sockets  # noqa: E402
from chat.runs import Runs  # noqa: E402
from chat.signals import conversation_changed  # noqa: E402
from h2oweb import production, tracing  # noqa: E402
from h2oweb.collector import spare_what_stays  # noqa: E402
from h2oweb.in_line import InLine  # noqa: E402
from h2oweb.lifespan import Lifespan  # noqa: E402
from h2oweb.request_id import SocketIds  # noqa: E402
from h2oweb.same_origin import SameOrigin  # noqa: E402
from h2oweb.turnstile import Turnstile  # noqa: E402
from h2oweb.under_path import UnderPath  # noqa: E402
from review.figures_behind import count_behind  # noqa: E402
from review.proof.linking import link_behind  # noqa: E402
from review.retention.applying import retain_behind  # noqa: E402
from search.indexing import index_behind  # noqa: E402


def _doorbell() -> Doorbell:
    return LayerDoorbell(get_channel_layer()) if settings.REDIS_URL else LocalDoorbell()


def _lock() -> Path | None:
    """A file beside an SQLite database; see ``chat.liveness``."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return None
    return Path(f"{database['NAME']}.lock")


production.refuse_if_nobody_asked(settings)

SOCKETS = (settings.LIMIT_SOCKETS_A_PERSON, settings.LIMIT_SOCKETS_AN_ADDRESS)

sys.setswitchinterval(0.0005)  # s that the loop waits for a thread that makes a page, not 5 ms
tracing.start()
metrics.newest_start.set_to_current_time()
runs = Runs(
    [open_server(config) for config in settings.MODEL_SERVERS],
    _doorbell(),
    lock=_lock(),
    makes_titles=settings.H2O_TITLES,
    bounds=Bounds(*SOCKETS),
    behind=[index_behind, link_behind, erase_behind, retain_behind, count_behind],
)


def _ring(conversation: Conversation, changed: str, **_: Any) -> None:
    """Tell the owner's pages, and whoever still answers what is gone, from whatever thread."""
    note = {"conversation": str(conversation.pk), "changed": changed}
    runs.ring_soon(f"person.{conversation.owner_id}", note)
    if changed == "deleted":
        for run in Run.objects.live_in(conversation):
            runs.ring_soon(f"process.{run.process_id}", {"stop": str(run.pk)})


conversation_changed.connect(_ring)


def _ring_standing(person_id: int, **_: Any) -> None:
    """Let every process look at this person's sockets again."""
    runs.ring_soon(f"standing.{person_id}", {})


standing_changed.connect(_ring_standing)


async def _open() -> None:
    spare_what_stays()
    await runs.open()


async def _close() -> None:
    await runs.close()
    await tracing.stop()


routes = ProtocolTypeRouter(
    {
        "lifespan": Lifespan(start=_open, stop=_close),
        "http": InLine(http),
        "websocket": SocketIds(
            SameOrigin(Turnstile(AuthMiddlewareStack(sockets(runs, settings.PAD_FRAMES)), *SOCKETS))
        ),
    }
)
application = UnderPath(routes, settings.FORCE_SCRIPT_NAME or "")
