"""nginx with the configuration of ``docs/nginx.conf``, on a port of its own, speaking TLS."""

from __future__ import annotations

import datetime
import ipaddress
import signal
import socket
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from h2oweb.bootstrap import nginx
from tests.services import Service, free_port
from tests.settings import PROJECT

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
    """Stands before the application at ``behind``, a port; people come to ``url``."""

    def __init__(self, behind: int) -> None:
        super().__init__(signal.SIGTERM)
        self._port = free_port()
        self.url = f"https://127.0.0.1:{self._port}/chat"
        certificate(self.directory)
        ours = {
            "listen              443 ssl": f"listen 127.0.0.1:{self._port} ssl",
            "/etc/ssl/": f"{self.directory}/",
            "127.0.0.1:8000": f"127.0.0.1:{behind}",
        }
        text = (PROJECT / "docs" / "nginx.conf").read_text()
        for documented, here in ours.items():
            assert documented in text
            text = text.replace(documented, here)
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
