"""Model servers over HTTP: one ``Backend`` a server, whatever its dialect.

Exceptions of the HTTP libraries become ``BackendError`` here and nowhere else.
"""

import ssl

import httpx

from chat.backends.backend import Backend, Health
from chat.backends.config import ModelChoice, ServerConfig, TimeLimits
from chat.backends.errors import BackendError, ContextExceeded
from chat.backends.h2o import H2OBackend
from chat.backends.log import answering_run
from chat.backends.openai import OpenAIBackend
from chat.backends.settings import VARIABLES, ServerConfigError, servers_from_settings
from chat.backends.tap import Tap, TappedTransport
from chat.backends.transport import open_transport, tls_context

__all__ = [
    "VARIABLES",
    "Backend",
    "BackendError",
    "ContextExceeded",
    "Health",
    "ModelChoice",
    "ServerConfig",
    "ServerConfigError",
    "TimeLimits",
    "answering_run",
    "open_server",
    "servers_from_settings",
]


def open_server(
    config: ServerConfig,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    tap: Tap | None = None,
) -> Backend:
    """The backend for this server; connects at first use.

    ``transport`` stands for the network; ``tap`` is shown the bytes of every answer.
    Raises ServerConfigError if its CA file or its client certificate cannot be used.
    """
    try:
        tls = tls_context(config)
    except (OSError, ssl.SSLError) as error:
        raise ServerConfigError(
            f"The certificates of the model server {config.name!r} (H2O_CA_FILE, "
            f"H2O_CLIENT_CERTIFICATE, H2O_CLIENT_KEY) cannot be used: {error}."
        ) from error

    def connect() -> httpx.AsyncBaseTransport:
        below = transport or open_transport(config, tls)
        return TappedTransport(below, tap) if tap else below

    backend = H2OBackend if config.dialect == "h2o" else OpenAIBackend
    return backend(config, connect)
