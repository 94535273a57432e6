"""The way to a model server: proxies, certificates, HTTP/2, cookies, and loops."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

from chat.backends import ServerConfig, ServerConfigError, open_server
from chat.wire.request import ChatRequest, Turn
from tests.backends.hearing import hear
from tests.bench.upstream import upstream
from tests.scripted_model import finish, text
from tests.scripted_server import ScriptedServer, stream, whole

MODELS = whole(b'{"data": [{"id": "m"}]}')
ANSWER = stream(text("Hello"), finish())


def well(server):
    server.plays(MODELS, on="GET")
    server.plays(*ANSWER, on="POST")


# --- certificates


@dataclass(frozen=True)
class Identity:
    """A certificate with its key, in one file."""

    path: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def issue(path: Path, name: str, by: Identity | None = None) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
    )
    certificate = builder.sign(by.key if by else key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    path.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Identity(path, certificate, key)


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Identity:
    return issue(tmp_path_factory.mktemp("tls") / "ca.pem", "A private authority")


@pytest.fixture(scope="module")
def identity(authority, tmp_path_factory) -> Identity:
    return issue(tmp_path_factory.mktemp("tls") / "server.pem", "127.0.0.1", authority)


@pytest.fixture
def server_tls(identity) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.path)
    return context


@pytest.fixture
async def secure(server_tls) -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer(server_tls) as server:
        well(server)
        yield server


async def test_a_private_authority_is_trusted_where_the_operator_says_so(
    secure, connect, transport, authority
):
    backend = connect(transport=transport, url=secure.url, ca_file=str(authority.path))
    assert (await hear(backend)).text == "Hello"


async def test_a_certificate_of_nobodys_is_refused_and_named(secure, connect, transport):
    heard = await hear(connect(transport=transport, url=secure.url))
    assert heard.tries == 1
    assert "certificate" in heard.detail
    assert "H2O_CA_FILE" in heard.detail
    assert not secure.requests


async def test_a_client_certificate_is_shown_to_a_server_that_wants_one(
    server_tls, connect, transport, authority, tmp_path
):
    me = issue(tmp_path / "me.pem", "me", authority)
    server_tls.verify_mode = ssl.CERT_REQUIRED
    server_tls.load_verify_locations(authority.path)
    async with ScriptedServer(server_tls) as server:
        well(server)
        config = {"transport": transport, "url": server.url, "ca_file": str(authority.path)}
        with_it = connect(**config, client_certificate=str(me.path))
        assert (await hear(with_it)).text == "Hello"
        without = await hear(connect(**config))
        assert without.end == "failed"


async def test_plain_http_behind_an_https_address_is_told(connect, transport):
    async def plain(proxy, reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with listening(plain) as server:
        url = f"https://127.0.0.1:{server.port}"
        heard = await hear(connect(transport=transport, url=url))
    assert "No secure connection" in heard.detail


def test_a_certificate_file_that_is_none_is_named(tmp_path):
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate")
    config = ServerConfig(name="x", url="https://models.example.org", ca_file=str(junk))
    with pytest.raises(ServerConfigError, match="H2O_CA_FILE"):
        open_server(config)


# --- proxies


@dataclass
class Proxy:
    """What a proxy was asked for."""

    port: int
    asked: list[str]


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def join(reader, writer, host: str, port: int, first: bytes = b"") -> None:
    """Carry bytes both ways between these and a connection of our own."""
    far_reader, far_writer = await asyncio.open_connection(host, port)
    far_writer.write(first)
    try:
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
    finally:
        await shut(far_writer)


async def shut(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def listening(serve) -> AsyncIterator[Proxy]:
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader, writer):
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            await serve(proxy, reader, writer)
        except asyncio.CancelledError:
            pass  # asyncio would report the cancelled task
        except OSError:
            pass  # one side has left
        finally:
            await shut(writer)

    listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    proxy = Proxy(listener.sockets[0].getsockname()[1], [])
    yield proxy
    listener.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def http_proxy(proxy, reader, writer):
    """Absolute addresses for http, CONNECT for https; keeps the authorization it was given."""
    head = await reader.readuntil(b"\r\n\r\n")
    method, target, _ = head.split(b"\r\n")[0].split(b" ")
    given = [line for line in head.split(b"\r\n") if line.lower().startswith(b"proxy-auth")]
    proxy.asked.append(f"{method.decode()} {target.decode()} {b''.join(given).decode()}".strip())
    address = target.removeprefix(b"http://").split(b"/")[0].decode()
    host, port = address.split(":")
    if method == b"CONNECT":
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        await join(reader, writer, host, int(port))
    else:
        first = head.replace(target, target[len("http://") + len(address) :], 1)
        await join(reader, writer, host, int(port), first)


async def refusing_proxy(proxy, reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 407 Sign in\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n")
    await writer.drain()


async def socks_proxy(proxy, reader, writer):
    """SOCKS 5 without sign-in (RFC 1928), for IPv4 addresses and names."""
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    kind = (await reader.readexactly(4))[3]
    size = 4 if kind == 1 else (await reader.readexactly(1))[0]
    raw = await reader.readexactly(size)
    host = str(ipaddress.ip_address(raw)) if kind == 1 else raw.decode()
    port = int.from_bytes(await reader.readexactly(2), "big")
    proxy.asked.append(f"{host}:{port}")
    writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    await join(reader, writer, host, port)


async def test_an_http_proxy_is_asked_for_everything(server, connect, transport):
    well(server)
    async with listening(http_proxy) as proxy:
        url = f"http://me:secret@127.0.0.1:{proxy.port}"
        backend = connect(transport=transport, proxy=url)
        assert (await hear(backend)).text == "Hello"
        await backend.aclose()
    assert proxy.asked[-1].startswith(f"POST {server.url}/chat/completions ")
    assert all("Basic bWU6c2VjcmV0" in line for line in proxy.asked)


async def test_an_http_proxy_tunnels_https(secure, connect, transport, authority):
    async with listening(http_proxy) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        backend = connect(
            transport=transport, url=secure.url, proxy=url, ca_file=str(authority.path)
        )
        assert (await hear(backend)).text == "Hello"
        await backend.aclose()
    assert set(proxy.asked) == {f"CONNECT 127.0.0.1:{secure.port}"}


async def test_a_socks_proxy_is_used_whatever_transport_was_asked_for(server, connect, transport):
    well(server)
    async with listening(socks_proxy) as proxy:
        backend = connect(transport=transport, proxy=f"socks5://127.0.0.1:{proxy.port}")
        assert (await hear(backend)).text == "Hello"
        await backend.aclose()
    assert set(proxy.asked) == {f"127.0.0.1:{server.port}"}


async def test_a_proxy_that_is_not_there_is_told(server, connect, transport):
    well(server)
    heard = await hear(connect(transport=transport, proxy="http://127.0.0.1:1"))
    assert heard.end == "failed"
    assert not server.requests


async def test_a_proxy_that_wants_a_sign_in_is_told(secure, connect, transport, authority):
    async with listening(refusing_proxy) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        heard = await hear(
            connect(transport=transport, url=secure.url, proxy=url, ca_file=str(authority.path))
        )
    assert "proxy" in heard.detail
    assert not secure.requests


async def test_the_proxies_of_the_environment_are_not_used(server, connect, transport, monkeypatch):
    well(server)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await hear(connect(transport=transport))).text == "Hello"


# --- HTTP/2


class HTTP2Server(asyncio.Protocol):
    """Answers every request with the list of models, or with one answer."""

    versions: list[str]

    def connection_made(self, transport):
        self._transport = transport
        self._h2 = H2Connection(H2Configuration(client_side=False))
        self._h2.initiate_connection()
        transport.write(self._h2.data_to_send())

    def data_received(self, data):
        for event in self._h2.receive_data(data):
            if isinstance(event, RequestReceived):
                self._answer(event.stream_id, dict(event.headers))
        self._transport.write(self._h2.data_to_send())

    def _answer(self, stream_id, headers):
        listing = headers[b":method"] == b"GET"
        kind = "application/json" if listing else "text/event-stream"
        body = b'{"data": [{"id": "m"}]}' if listing else text("Hello") + finish()
        self._h2.send_headers(stream_id, [(":status", "200"), ("content-type", kind)])
        self._h2.send_data(stream_id, body, end_stream=True)


async def test_http2_is_spoken_where_it_is_offered_and_wanted(server_tls, connect, authority):
    server_tls.set_alpn_protocols(["h2"])
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(HTTP2Server, "127.0.0.1", 0, ssl=server_tls)
    url = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    backend = connect(url=url, ca_file=str(authority.path), http2=True)
    assert (await hear(backend)).text == "Hello"
    await backend.aclose()
    listener.close()


async def test_where_http2_is_not_offered_the_older_one_does(secure, connect, authority):
    backend = connect(url=secure.url, ca_file=str(authority.path), http2=True)
    assert (await hear(backend)).text == "Hello"


# --- cookies, loops


async def test_s27_a_servers_cookies_are_never_sent_back(server, connect, transport):
    server.plays(whole(b'{"data": [{"id": "m"}]}', set_cookie="session=alice"), on="GET")
    server.plays(*ANSWER, on="POST")
    await hear(connect(transport=transport))
    assert all("cookie" not in request.headers for request in server.requests)


async def test_a_connection_serves_again(server, connect, transport):
    kept = whole(b'{"data": [{"id": "m"}]}', connection="keep-alive")
    server.plays(kept, on="GET")
    backend = connect(transport=transport)
    for _ in range(5):
        await backend.models()
    assert (len(server.requests), server.accepted) == (5, 1)


def test_one_backend_serves_one_event_loop_after_the_other(transport):
    async def ask(backend):
        heard = await hear(backend, ChatRequest("1x0", (Turn("user", "Hi"),)))
        await backend.aclose()
        return heard.text

    with upstream() as url:
        backend = open_server(ServerConfig(name="x", url=url, transport=transport))
        assert [asyncio.run(ask(backend)) for _ in range(2)] != ["", ""]
