"""Traces by OpenTelemetry, if its packages are there and OTEL_EXPORTER_OTLP_ENDPOINT is set."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from importlib import import_module

from django.conf import settings

from chat import traces

logger = logging.getLogger(__name__)

PATIENCE = 1.0  # seconds for the last spans to leave
PACKAGES = "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"

_ends: list[Callable[[], object]] = []  # what is to be called at the end


def start() -> None:
    """Send the spans of this process; the packages read their own variables, ``OTEL_…``."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    try:
        sdk = import_module("opentelemetry.sdk.trace")
        export = import_module("opentelemetry.sdk.trace.export")
        resources = import_module("opentelemetry.sdk.resources")
        otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ModuleNotFoundError as error:
        logger.warning("There are no traces without %s: pip install %s", error.name, PACKAGES)
        return
    resource = resources.Resource.create({"service.name": "h2o-chat"})  # OTEL_SERVICE_NAME wins
    provider = sdk.TracerProvider(resource=resource)
    url = settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip("/") + "/v1/traces"
    # In a thread and in batches: a collector that is away costs the chat nothing.
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter(endpoint=url)))
    traces.use(provider.get_tracer("h2o-chat"))
    _ends.append(provider.shutdown)


async def stop() -> None:
    """Send what has not left yet; a collector that is away is not waited for."""
    while _ends:
        ending = threading.Thread(target=_ends.pop(), daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, PATIENCE)
