"""nginx as the documentation sets it up, on ports of its own, speaking TLS."""

from __future__ import annotations

import datetime
import ipaddress
import re
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from h2oweb.bootstrap import nginx
from tests.services import Service, free_port

FORWARDED = ("--client-address-header=X-Real-IP", "--scheme-header=X-Forwarded-Proto")
AROUND = """
pid nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    include chat.conf;
}
"""


class Nginx(Service):
    """Has read ``document``, with what ``names`` puts for names that are none here.

    People come to ``url``; ``plain_port`` is where it listens without TLS, if it does.
    """

    def __init__(self, document: Path, names: Mapping[str, str], path: str = "") -> None:
        super().__init__(signal.SIGTERM)
        self._port, self.plain_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self._port}{path}"
        certificate(self.directory)
        text = document.read_text()
        for documented, here in names.items():
            assert documented in text
            text = text.replace(documented, here)
        text = re.sub(r"listen +443 ssl", f"listen 127.0.0.1:{self._port} ssl", text)
        text = re.sub(r"listen +80;", f"listen 127.0.0.1:{self.plain_port};", text)
        text = re.sub(r"/etc/ssl/\S+\.(?=pem|key)", f"{self.directory}/chat.example.", text)
        (self.directory / "chat.conf").write_text(text)
        (self.directory / "nginx.conf").write_text(AROUND)

    def command(self) -> list[str]:
        """In the foreground, with nothing outside its directory."""
        program = nginx() or "nginx"
        where = ("-p", str(self.directory), "-c", "nginx.conf", "-e", "stderr")
        return [program, *where, "-g", "daemon off;"]

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True


def certificate(directory: Path) -> None:
    """Write a key and a certificate signed with it, for two days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chat.example")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (directory / "chat.example.pem").write_bytes(signed.public_bytes(pem))
    kept = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / "chat.example.key").write_bytes(kept)
    for path in directory.iterdir():
        path.chmod(0o644)
