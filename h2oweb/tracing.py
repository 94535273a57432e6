"""Traces by OpenTelemetry, if its packages are there and OTEL_EXPORTER_OTLP_ENDPOINT is set."""

from __future__ import annotations

import logging
from importlib import import_module

from django.conf import settings

from chat import traces

logger = logging.getLogger(__name__)

PACKAGES = "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"


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
    # In a thread and in batches: a collector that is away costs the chat nothing.
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    traces.use(provider.get_tracer("h2o-chat"))
