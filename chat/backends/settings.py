"""From the operator's settings to the model servers, with a sentence for every mistake."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from chat.backends.config import Dialect, ModelChoice, ServerConfig, TimeLimits, Transport
from chat.wire.h2o import DEFAULT_MODEL

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
ModelName = Annotated[str, Meta(min_length=1, max_length=200)]

PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
LOCAL = "local"
LOCAL_NOTICE = "A very small model for trying things out. It makes mistakes and invents facts."

# Each key of a server in H2O_SERVERS, and the variable that gives it for a single server.
VARIABLES = {
    "dialect": "H2O_DIALECT",
    "url": "H2O_URL",
    "api_key": "H2O_API_KEY",
    "model": "H2O_MODEL",
    "models": "H2O_MODELS",
    "proxy": "H2O_PROXY",
    "ca_file": "H2O_CA_FILE",
    "client_certificate": "H2O_CLIENT_CERTIFICATE",
    "client_key": "H2O_CLIENT_KEY",
    "http2": "H2O_HTTP2",
    "transport": "H2O_TRANSPORT",
    "connect_timeout": "H2O_CONNECT_TIMEOUT",
    "start_timeout": "H2O_START_TIMEOUT",
    "silence_timeout": "H2O_SILENCE_TIMEOUT",
    "answer_timeout": "H2O_ANSWER_TIMEOUT",
    "max_streams": "H2O_MAX_STREAMS",
    "tries": "H2O_TRIES",
    "web_search": "H2O_WEB_SEARCH",
    "share_conversations": "H2O_SHARE_CONVERSATIONS",
}
# A key is for one server only; all the others hold for every server that says nothing else.
_OWN = ("dialect", "url", "api_key", "model", "models")
_CHOICES = {"dialect": get_args(Dialect), "transport": get_args(Transport)}


class ServerConfigError(ValueError):
    """A setting of a model server that cannot be used; its text names the setting."""


class _Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: ModelName
    label: str = ""
    hidden: bool = False
    context: Annotated[int, Meta(ge=1)] | None = None


class _Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One server as written in H2O_SERVERS; sizes and times are bounded here."""

    url: str
    name: Name | None = None
    label: str = ""
    notice: str = ""
    dialect: Dialect = "openai"
    api_key: str = ""
    model: str = ""
    models: tuple[_Model | str, ...] = ()
    only_listed_models: bool = False
    proxy: str = ""
    ca_file: str = ""
    client_certificate: str = ""
    client_key: str = ""
    http2: bool = False
    transport: Transport = ServerConfig.transport
    connect_timeout: Seconds = TimeLimits.connect
    start_timeout: Seconds = TimeLimits.start
    silence_timeout: Seconds = TimeLimits.silence
    answer_timeout: Seconds = TimeLimits.whole
    max_streams: Annotated[int, Meta(ge=1, le=10_000)] = ServerConfig.max_streams
    tries: Annotated[int, Meta(ge=1, le=10)] = ServerConfig.tries
    web_search: bool = False
    share_conversations: bool = False


def servers_from_settings(
    values: Mapping[str, Any], *, status_file: Path | str = ""
) -> tuple[ServerConfig, ...]:
    """The model servers that the settings name, the first one first in every list.

    ``values`` has settings by the names of VARIABLES, and ``H2O_SERVERS``: the JSON of a
    list of servers, or the path of a file that holds it. What is missing has its default.
    With no server at all it is the embedded model of ``status_file``.
    Raises ServerConfigError.
    """
    shared = {key: values[name] for key, name in VARIABLES.items() if name in values}
    servers = []
    if shared.get("url"):
        servers.append(_single(shared))
    for number, entry in enumerate(_entries(values.get("H2O_SERVERS") or ""), start=1):
        inherited = {key: value for key, value in shared.items() if key not in _OWN}
        servers.append(_server(inherited | entry, f"H2O_SERVERS, server {number}: "))
    if not servers and status_file:
        servers.append(_embedded(str(status_file), shared))
    _must_differ(server.name for server in servers)
    return tuple(servers)


def _single(shared: dict[str, Any]) -> ServerConfig:
    """The server of the variables: where H2O_MODELS names what people may choose, that is all."""
    models = _model_list(shared.get("models") or "")
    server = _server(shared | {"models": models}, "H2O_")
    return replace(server, only_listed_models=any(not model.hidden for model in server.models))


def _entries(text: str) -> list[dict[str, Any]]:
    """The list of H2O_SERVERS, read from its file if it names one."""
    text = text.strip()
    if not text:
        return []
    if text[0] not in "[{":
        text = _contents(text)
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise ServerConfigError(f"H2O_SERVERS is no JSON: {error}.") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ServerConfigError("H2O_SERVERS should be a list of objects, one for each server.")
    return entries


def _contents(path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ServerConfigError(
            f"H2O_SERVERS names a file that cannot be read: {error}."
        ) from error


def _model_list(text: str) -> Any:
    """H2O_MODELS: names with commas between them, or JSON as in H2O_SERVERS."""
    if not text.lstrip().startswith("["):
        return [name.strip() for name in text.split(",") if name.strip()]
    try:
        return json.loads(text)
    except ValueError as error:
        raise ServerConfigError(f"H2O_MODELS is no JSON: {error}.") from error


def _server(entry: dict[str, Any], where: str) -> ServerConfig:
    """One server. ``where`` begins each sentence about it, or each name of its variables."""

    def fail(path: str, mistake: str) -> ServerConfigError:
        key = path.split("[")[0]
        name = VARIABLES.get(key, key) if where == "H2O_" else f"{where}{key}"
        return ServerConfigError(f"{name}{path[len(key) :]} {mistake}")

    try:
        server = msgspec.convert(entry, _Server)
    except msgspec.ValidationError as error:
        mistake, _, path = str(error).partition(" - at `$.")
        path = path.rstrip("`")
        if path in _CHOICES:
            raise fail(path, f"should be one of {', '.join(_CHOICES[path])}.") from error
        raise fail(path or "this", f"cannot be used: {mistake}.") from error
    for key, mistake in _mistakes(server):
        raise fail(key, mistake)
    return _config(server)


def _mistakes(server: _Server) -> Iterable[tuple[str, str]]:
    """What the types cannot check: the key, and how its sentence goes on."""
    url = urlsplit(server.url)
    if url.scheme not in ("http", "https") or not url.hostname or not _sendable(server.url):
        yield "url", "should be an address such as https://models.example.org/v1."
    if "@" in url.netloc:
        yield "url", "should hold no password: a key goes where api_key says."
    if url.query or url.fragment:
        yield "url", "should end with its path, without ? or #."
    if server.proxy and urlsplit(server.proxy).scheme not in PROXY_SCHEMES:
        yield "proxy", f"should begin with one of {', '.join(PROXY_SCHEMES)}, followed by ://."
    if not _sendable(server.api_key):
        yield "api_key", "holds a character that cannot be sent in a header."
    for key in ("ca_file", "client_certificate", "client_key"):
        path = getattr(server, key)
        if path and not Path(path).is_file():
            yield key, f"names a file that is not there: {path}."
    if server.client_key and not server.client_certificate:
        yield "client_key", "is of no use without a client certificate."


def _sendable(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _config(server: _Server) -> ServerConfig:
    name = server.name or urlsplit(server.url).netloc[:100]
    models = [_Model(model) if isinstance(model, str) else model for model in server.models]
    is_h2o = server.dialect == "h2o"
    return ServerConfig(
        name=name,
        label=server.label or name,
        notice=server.notice,
        dialect=server.dialect,
        url=server.url,
        api_key=server.api_key,
        model=server.model or (DEFAULT_MODEL if is_h2o and not models else ""),
        models=tuple(ModelChoice(**msgspec.structs.asdict(model)) for model in models),
        only_listed_models=server.only_listed_models,
        proxy=server.proxy,
        ca_file=server.ca_file,
        client_certificate=server.client_certificate,
        client_key=server.client_key,
        http2=server.http2,
        transport=server.transport,
        limits=_limits(server),
        max_streams=server.max_streams,
        tries=server.tries,
        web_search=server.web_search,
        share_with_authors=server.share_conversations,
    )


def _limits(server: _Server) -> TimeLimits:
    return TimeLimits(
        connect=server.connect_timeout,
        start=server.start_timeout,
        silence=server.silence_timeout,
        whole=server.answer_timeout,
    )


def _embedded(status_file: str, shared: dict[str, Any]) -> ServerConfig:
    """The embedded model: on this machine, so no proxy and no certificate is in the way."""
    times = {key: value for key, value in shared.items() if key.endswith("_timeout")}
    server = _server({"url": "http://127.0.0.1", **times}, "H2O_")
    return ServerConfig(
        name=LOCAL,
        label="Built-in model",
        notice=LOCAL_NOTICE,
        limits=server.limits,
        status_file=status_file,
    )


def _must_differ(names: Iterable[str]) -> None:
    seen = set()
    for name in names:
        if name in seen:
            raise ServerConfigError(
                f"Two model servers are called {name!r}; give each its own name."
            )
        seen.add(name)
