"""What an operator says about a model server."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Dialect = Literal["openai", "h2o"]
Transport = Literal["httpx", "aiohttp"]


@dataclass(frozen=True, kw_only=True)
class TimeLimits:
    """How long to wait for what, in seconds."""

    connect: float = 10.0
    start: float = 300.0  # to the first byte of the answer, all tries together: a model may load
    silence: float = 120.0  # between two pieces of the answer
    whole: float = 3600.0  # the whole answer
    back_off: float = 0.5  # before the second try; twice as long before each one after it


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """What the operator says about one model: its name for people, its place, its context."""

    name: str
    label: str = ""
    hidden: bool = False
    context: int | None = None


@dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """One model server. ``name`` is unique among the servers and stored with each run.

    With a ``status_file`` the server is the embedded model: its address and its key are
    in that file, and change with each of its starts.
    """

    name: str
    label: str = ""
    notice: str = ""  # what a person should know of its models
    dialect: Dialect = "openai"
    url: str = ""
    api_key: str = field(default="", repr=False)
    model: str = ""  # asked for where a request names none
    models: tuple[ModelChoice, ...] = ()
    only_listed_models: bool = False
    proxy: str = field(default="", repr=False)
    ca_file: str = ""
    client_certificate: str = ""
    client_key: str = ""
    http2: bool = False
    transport: Transport = "aiohttp"
    limits: TimeLimits = TimeLimits()
    max_streams: int = 400
    max_answer_bytes: int = 64_000_000
    tries: int = 3
    web_search: bool = False
    share_with_authors: bool = False
    status_file: str = ""  # a path

    @property
    def uses_tls(self) -> bool:
        """Whether anything on the way to it is https."""
        return "https" in (urlsplit(self.url).scheme, urlsplit(self.proxy).scheme)

    @property
    def transport_in_use(self) -> Transport:
        """The one asked for, or httpx's own where only that can do what is asked.

        aiohttp speaks neither HTTP/2 nor SOCKS, and its sign-in at a proxy is on its way out.
        """
        proxy = urlsplit(self.proxy)
        plain_proxy = proxy.scheme in ("", "http") and "@" not in proxy.netloc
        return self.transport if plain_proxy and not self.http2 else "httpx"
