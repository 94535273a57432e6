"""A device with a passkey, as a browser tells of it: https://www.w3.org/TR/webauthn-3/."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAGS = AuthenticatorData.FLAG
SURE = FLAGS.UP | FLAGS.UV  # somebody was there, and it was them


class Device:
    """One new key for one host."""

    def __init__(self, host: str = "testserver") -> None:
        self.host = host
        self.identity = secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def registered(
        self, challenge: bytes = b"challenge", *, kind: str = "webauthn.create", origin: str = ""
    ) -> dict[str, Any]:
        """The public half of the key, as it is sent to be known from now on."""
        public = ES256.from_cryptography_key(self._key.public_key())
        known = AuthenticatorData.create(
            self._host_hash(),
            SURE | FLAGS.AT,
            counter=1,
            credential_data=AttestedCredentialData.create(Aaguid.NONE, self.identity, public),
        )
        data = CollectedClientData.create(kind, challenge, origin or f"https://{self.host}")
        return self._told(
            clientDataJSON=data, attestationObject=AttestationObject.create("none", known, {})
        )

    def signed(
        self,
        challenge: bytes,
        person: str = "",
        *,
        flags: FLAGS = SURE,
        kind: str = "webauthn.get",
        origin: str = "",
        identity: bytes = b"",
    ) -> dict[str, Any]:
        """What shows that the key is here; ``person`` is what the site calls whose it is."""
        data = CollectedClientData.create(kind, challenge, origin or f"https://{self.host}")
        known = AuthenticatorData.create(self._host_hash(), flags, counter=2)
        signature = self._key.sign(known + data.hash, ec.ECDSA(SHA256()))
        said = {"clientDataJSON": data, "authenticatorData": known, "signature": signature}
        return self._told(identity, **said, userHandle=person.encode())

    def _host_hash(self) -> bytes:
        return hashlib.sha256(self.host.encode()).digest()

    def _told(self, identity: bytes = b"", **response: bytes) -> dict[str, Any]:
        name = websafe_encode(identity or self.identity)
        told = {key: websafe_encode(value) for key, value in response.items()}
        return {"type": "public-key", "id": name, "rawId": name, "response": told}


def credential(host: str = "testserver") -> dict[str, Any]:
    """The public half of a new key for this host, in the JSON that is sent at registration."""
    return Device(host).registered()
