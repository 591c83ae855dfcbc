"""A small OpenID Connect provider on loopback that behaves, and misbehaves where a test says so."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey


@dataclass
class Fake:
    """What it says of whoever signs in. `claims` overrides the proof's, `sign_with` its key, `alg` how it is signed."""

    issuer: str = ""
    client_id: str = "earshot"
    client_secret: str = "s3cret of the client"
    person: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    alg: str = "RS256"
    now: float = 0.0
    token_status: int = 200
    keys: list[RSAKey] = field(default_factory=lambda: [_key("one")])
    sign_with: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@lru_cache(maxsize=8)
def _key(name: str, number: int = 0) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@contextmanager
def provider() -> Iterator[Fake]:
    """It runs until the end of the block."""
    fake = Fake()

    class Speaking(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            fake.asked.append(parts.path)
            if parts.path == "/.well-known/openid-configuration":
                self.tell(_about(fake))
            elif parts.path == "/jwks":
                self.tell(KeySet([*fake.keys]).as_dict(private=False))
            elif parts.path == "/authorize":
                self.lead(_allowed(fake, {key: each[0] for key, each in parse_qs(parts.query).items()}))
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            fake.asked.append(self.path)
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            sent = {key: each[0] for key, each in form.items()}
            status, told = _token(fake, sent, self.headers.get("authorization", ""))
            self.tell(told, status)

        def tell(self, told: Any, status: int = 200) -> None:
            raw = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def lead(self, where: str) -> None:
            self.send_response(302)
            self.send_header("location", where)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_said: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Speaking)
    fake.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


def _about(fake: Fake) -> dict[str, Any]:
    return {
        "issuer": fake.issuer,
        "authorization_endpoint": f"{fake.issuer}/authorize",
        "token_endpoint": f"{fake.issuer}/token",
        "jwks_uri": f"{fake.issuer}/jwks",
        "id_token_signing_alg_values_supported": ["RS256"],
    } | fake.about


def _allowed(fake: Fake, asked: dict[str, str]) -> str:
    """Everybody is let in; the code remembers what was asked."""
    assert asked["response_type"] == "code"
    assert asked["client_id"] == fake.client_id
    assert asked["code_challenge_method"] == "S256"
    code = f"code-{len(fake.codes)}"
    fake.codes[code] = asked
    return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': fake.issuer})}"


def _token(fake: Fake, sent: dict[str, str], basic: str) -> tuple[int, dict[str, Any]]:
    asked = fake.codes.pop(sent.get("code", ""), None)
    pair = base64.b64decode(basic.removeprefix("Basic ")).decode() if basic.startswith("Basic ") else ""
    known = [unquote(piece) for piece in pair.split(":")] == [fake.client_id, fake.client_secret]
    challenge = base64.urlsafe_b64encode(sha256(sent.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
    if (
        not known
        or asked is None
        or asked["code_challenge"] != challenge
        or asked["redirect_uri"] != sent["redirect_uri"]
    ):
        return 400, {"error": "invalid_grant"}
    if fake.token_status != 200:
        return fake.token_status, {"error": "server_error"}
    claims = {
        "iss": fake.issuer, "aud": fake.client_id, "sub": "subject-1", "iat": int(fake.now),
        "exp": int(fake.now) + 300, "nonce": asked["nonce"], **fake.person, **fake.claims,
    }  # fmt: skip
    return 200, {"access_token": "a", "token_type": "Bearer", "id_token": _signed(fake, claims)}


def _signed(fake: Fake, claims: dict[str, Any]) -> str:
    told = {key: value for key, value in claims.items() if value is not None}
    if fake.alg == "none":
        parts = [json.dumps({"alg": "none"}).encode(), json.dumps(told).encode()]
        return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
    key = fake.sign_with or fake.keys[-1]
    return jwt.encode({"alg": fake.alg, "kid": str(key.kid)}, told, key)


def other_key(name: str = "one") -> RSAKey:
    """A key the provider does not publish, under a name it may use."""
    return _key(name, 1)
