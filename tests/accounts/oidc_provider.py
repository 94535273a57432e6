"""A small OpenID Connect provider on this machine: discovery, tokens, keys, real signatures.

It knows one person, checks the client's secret and PKCE, and lies as it is told to.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.canary_words import CLIENT_SECRET

CLIENT, SECRET = "h2o", CLIENT_SECRET


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """Running until ``close``. ``person`` holds what it says of who signs in there."""

    key, strangers_key = _key(), _key()

    def __init__(self) -> None:
        self.person: dict[str, Any] = {}
        self.lie = ""
        self.asked: list[str] = []
        self._challenges: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self._server.server_port}/realm"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def visit(self, address: str) -> dict[str, str]:
        """What the browser brings back from the address it was sent to, as a query."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (query["client_id"], query["response_type"]) == (CLIENT, "code")
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = f"code-canary-{len(self._challenges)}"
        self._challenges[code] = query["code_challenge"]
        return {"code": code, "state": query["state"]}

    def get(self, path: str) -> Any:
        match path.removeprefix("/realm"):
            case "/.well-known/openid-configuration":
                return self._description()
            case "/keys":
                public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
                return {"keys": [public | {"kid": "1", "use": "sig", "alg": "RS256"}]}
            case "/userinfo":
                lie = {"sub": "somebody-else"} if self.lie == "userinfo" else {}
                return self.person | lie
        return None

    def token(self, form: dict[str, str]) -> Any:
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        is_right = self._challenges.pop(form["code"], None) == challenge
        if not is_right or form.get("client_secret") != SECRET:
            return None
        answer = {"access_token": "access-canary", "token_type": "Bearer", "expires_in": 60}
        return answer if self.lie == "no id_token" else answer | {"id_token": self._id_token()}

    def _description(self) -> dict[str, Any]:
        return {
            "issuer": "https://elsewhere.example" if self.lie == "issuer" else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def _id_token(self) -> str:
        now = int(time.time())
        claims = self.person | {
            "iss": "https://elsewhere.example" if self.lie == "token's issuer" else self.issuer,
            "aud": "another" if self.lie == "audience" else CLIENT,
            "iat": now,
            "exp": now - 600 if self.lie == "expired" else now + 600,
        }
        if self.lie == "unsigned":
            return jwt.encode(claims, "", "none", {"kid": "1"})
        kid = {} if self.lie == "no kid" else {"kid": "1"}
        key = self.strangers_key if self.lie == "signature" else self.key
        return jwt.encode(claims, key, "RS256", kid)


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            if provider.lie == "redirect":
                self.send_response(302)
                self.send_header("Location", f"{provider.issuer}/stolen")
                self.end_headers()
            else:
                self._answer(provider.get(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(provider.token({name: each[0] for name, each in parse_qs(body).items()}))

        def _answer(self, value: Any) -> None:
            body = json.dumps(value or {"error": "invalid_grant"}).encode()
            self.send_response(200 if value else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
