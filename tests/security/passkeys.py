"""Passkeys as a browser registers them: https://www.w3.org/TR/webauthn-3/#sctn-op-make-cred."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
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


def credential(host: str = "testserver") -> dict[str, Any]:
    """The public half of a new key for this host, in the JSON that is sent at registration."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    identity = secrets.token_bytes(16)
    known = AuthenticatorData.create(
        hashlib.sha256(host.encode()).digest(),
        FLAGS.UP | FLAGS.UV | FLAGS.AT,
        counter=1,
        credential_data=AttestedCredentialData.create(Aaguid.NONE, identity, key),
    )
    data = CollectedClientData.create("webauthn.create", b"challenge", f"https://{host}")
    name = websafe_encode(identity)
    response = {
        "clientDataJSON": websafe_encode(data),
        "attestationObject": websafe_encode(AttestationObject.create("none", known, {})),
    }
    return {"type": "public-key", "id": name, "rawId": name, "response": response}
