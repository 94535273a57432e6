"""httpx's transport to one server: the stock one, or aiohttp's below httpx's interface."""

import ssl

import aiohttp
import certifi
import httpx
from httpx_aiohttp import AiohttpTransport

from chat.backends.config import ServerConfig

KEPT_OPEN = 20  # idle connections
KEPT_FOR = 4.0  # seconds; uvicorn closes its own after 5


def tls_context(config: ServerConfig) -> ssl.SSLContext:
    """What is trusted, and who we are. Raises OSError or ssl.SSLError for files it cannot use.

    The operator's CA file, where there is one, is the only authority that counts.
    Loading the public ones takes some 50 ms, so a server without TLS gets none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if config.uses_tls:
        context.load_verify_locations(config.ca_file or certifi.where())
        context.set_alpn_protocols(["h2", "http/1.1"] if config.http2 else ["http/1.1"])
    if config.client_certificate:
        context.load_cert_chain(config.client_certificate, config.client_key or None)
    return context


def open_transport(config: ServerConfig, context: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    """A transport for the running loop, without a limit of connections of its own."""
    secure_proxy = context if config.proxy.startswith("https:") else None
    proxy = httpx.Proxy(config.proxy, ssl_context=secure_proxy) if config.proxy else None
    if config.transport_in_use == "aiohttp":
        return _aiohttp_transport(context, proxy)
    # A cancelled request can leave a connection that is counted for ever
    # (httpcore 1.0.9), so a limit of the pool would in time shut everybody out; and
    # the pool's work grows with the square of its connections unless few are kept idle.
    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=KEPT_OPEN, keepalive_expiry=KEPT_FOR
    )
    return httpx.AsyncHTTPTransport(
        verify=context, trust_env=False, http2=config.http2, limits=limits, proxy=proxy
    )


def _aiohttp_transport(context: ssl.SSLContext, proxy: httpx.Proxy | None) -> AiohttpTransport:
    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=context, keepalive_timeout=KEPT_FOR),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    return AiohttpTransport(verify=context, proxy=proxy, client=session)
