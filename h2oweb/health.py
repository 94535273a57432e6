"""Whether this process lives, and whether it can do its work: for load balancers and people.

The answers name nothing of the installation, so that anybody may ask.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from asgiref.sync import sync_to_async
from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from redis.exceptions import RedisError

from chat.models import ModelServer

PATIENCE = 2.0  # seconds for the database, and for the channel layer


@never_cache
@require_GET
async def live(_: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_GET
async def ready(_: HttpRequest) -> JsonResponse:
    """200 if the database is read and the doorbell reached, else 503; and how the parts are.

    A database that takes no writes makes nothing unready: no process would be better off, and
    conversations can still be read.
    A model server that is down makes nothing unready: the page says so, and the turns are kept.
    """
    models, doorbell = await asyncio.gather(_models(), _doorbell())
    is_ready = models is not None and doorbell != "down"
    body = {
        "status": "ready" if is_ready else "not ready",
        "database": "down" if models is None else "up",
        "doorbell": doorbell,
        "model_servers": models or {},
    }
    return JsonResponse(body, status=200 if is_ready else 503)


async def _models() -> dict[str, int] | None:
    """How many model servers are in which state, or None if the database does not answer."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await sync_to_async(_states, thread_sensitive=False)()
    except (Error, TimeoutError):
        return None


def _states() -> dict[str, int]:
    try:
        return dict(Counter(ModelServer.objects.values_list("state", flat=True)))
    finally:
        connection.close()


async def _doorbell() -> str:
    """``up``, ``down``, or ``local`` where one process needs none."""
    if not settings.REDIS_URL:
        return "local"
    layer = get_channel_layer()
    try:
        async with asyncio.timeout(PATIENCE):
            await layer.group_send("health", {"type": "health"})
    except (OSError, TimeoutError, ChannelFull, RedisError):
        return "down"
    return "up"
