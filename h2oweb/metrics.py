"""``/metrics``: the numbers of all processes of this machine, for who knows the token."""

from __future__ import annotations

import os
import re
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"  # where the processes keep their numbers; the library's name


@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """All numbers, in Prometheus' text format. Without ``METRICS_TOKEN`` there is no such page."""
    token = settings.METRICS_TOKEN
    if not token or not constant_time_compare(_bearer(request), token):
        raise Http404
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def share_between_processes(directory: Path) -> None:
    """Let the processes started from here on keep their numbers together, from nothing."""
    directory.mkdir(parents=True, exist_ok=True)
    for file in directory.glob("*.db"):
        file.unlink(missing_ok=True)
    os.environ[DIRECTORY] = str(directory)


def _registry() -> CollectorRegistry:
    directory = os.environ.get(DIRECTORY)
    if not directory:
        return REGISTRY
    _forget_the_dead(Path(directory))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, directory)  # type: ignore[no-untyped-call]
    return registry


def _forget_the_dead(directory: Path) -> None:
    """What a process held when it was killed, it holds no more; what it counted stays."""
    for file in directory.glob("gauge_live*.db"):
        if (found := re.search(r"_(\d+)\.db$", file.name)) and not _lives(int(found[1])):
            mark_process_dead(int(found[1]), str(directory))  # type: ignore[no-untyped-call]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _bearer(request: HttpRequest) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""
