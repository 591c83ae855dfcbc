"""Single sign-on by OpenID Connect: the provider's side of it. Code flow with PKCE, nothing that is not checked.

Sources: OpenID Connect Core 1.0 §3.1, Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer), RFC 9700.
"""

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from config.settings import SignOn
from connectors.http import Http

if TYPE_CHECKING:
    from joserfc.jwk import KeySet  # 15 MB with its like: only who signs on this way needs them

KEPT = timedelta(hours=1)
AGAIN = timedelta(seconds=30)  # how soon keys are asked for anew when one is not known
LEEWAY_S = 60
STRONG = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")


class Unfit(Exception):
    """The provider's answer does not hold: the sentence says what, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who signed in there. `email` is empty unless the provider says that it checked it."""

    subject: str
    email: str
    name: str
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a provider told, and when."""

    about: dict[str, Any]
    keys: "KeySet"
    at: datetime


class Provider:
    """One provider, asked through our own door; what it publishes is kept for an hour."""

    def __init__(self, settings: SignOn, http: Http, back: str) -> None:
        self._settings, self._http, self._back = settings, http, back
        self._lock = threading.Lock()
        self._kept: _Kept | None = None

    def way(self, state: str, nonce: str, verifier: str, now: datetime) -> str:
        """The address where the person signs in. Raises Unfit and PlatformError."""
        from authlib.common.urls import add_params_to_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        about = self._about(now).about
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._back,
            "scope": self._settings.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        return str(add_params_to_uri(about["authorization_endpoint"], list(asked.items())))

    def known(self, code: str, nonce: str, verifier: str, told_issuer: str, now: datetime) -> Known:
        """Who came back with this code. Raises Unfit and PlatformError."""
        if told_issuer and told_issuer != self._settings.issuer:
            raise Unfit("The answer came from another sign-in service.")
        about = self._about(now).about
        answer = self._http.request("POST", about["token_endpoint"], write=True, **self._asking(about, code, verifier))
        told = answer.json()
        token = told.get("id_token") if isinstance(told, dict) else None
        if not isinstance(token, str):
            raise Unfit("The sign-in service sent no proof of who you are.")
        return _read(self._claims(token, now), self._settings, nonce, now)

    def _asking(self, about: Mapping[str, Any], code: str, verifier: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "client_id": self._settings.client_id,
            "code_verifier": verifier,
        }
        secret = self._settings.client_secret
        if secret is None:
            return {"data": form}
        ways = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if "client_secret_basic" not in ways:
            return {"data": form | {"client_secret": secret.get_secret_value()}}
        both = f"{quote(self._settings.client_id, safe='')}:{quote(secret.get_secret_value(), safe='')}"
        return {"data": form, "headers": {"authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}}

    def _claims(self, token: str, now: datetime) -> Mapping[str, Any]:
        """What the token says, its signature checked with the provider's keys; once more with fresh keys."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        for fresh in (False, True):
            kept = self._about(now, fresh)
            offered = kept.about.get("id_token_signing_alg_values_supported", ["RS256"])
            try:
                return jwt.decode(token, kept.keys, algorithms=[one for one in STRONG if one in offered]).claims
            except (JoseError, ValueError) as error:
                if fresh:
                    raise Unfit("The proof of who you are is not signed as it should be.") from error
        raise Unfit("The proof of who you are is not signed as it should be.")

    def _about(self, now: datetime, fresh: bool = False) -> _Kept:
        with self._lock:
            kept = self._kept
            old = AGAIN if fresh else KEPT
            if kept is None or now - kept.at > old:
                kept = self._kept = self._asked(now)
            return kept

    def _asked(self, now: datetime) -> _Kept:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        issuer = self._settings.issuer
        about = self._http.get_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if not isinstance(about, dict) or about.get("issuer") != issuer:
            raise Unfit("The sign-in service says that it is another one. Look at sign_on.issuer.")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if urlsplit(str(about.get(name, ""))).scheme not in _schemes(issuer):
                raise Unfit(f"The sign-in service tells no safe {name}.")
        try:
            keys = KeySet.import_key_set(self._http.get_json(about["jwks_uri"]))
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unfit("The sign-in service tells no keys that can be read.") from error
        return _Kept(about, keys, now)


def _schemes(issuer: str) -> tuple[str, ...]:
    """Plain http only for a provider that is configured as such: one on this machine or in this network."""
    return ("https",) if issuer.startswith("https://") else ("https", "http")


def _read(claims: Mapping[str, Any], settings: SignOn, nonce: str, now: datetime) -> Known:
    """OpenID Connect Core 1.0 §3.1.3.7, item by item."""
    seconds = now.timestamp()
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    wrong = {
        "It is from another service.": claims.get("iss") != settings.issuer,
        "It is meant for another program.": settings.client_id not in audiences
        or (len(audiences) > 1 and claims.get("azp") != settings.client_id)
        or claims.get("azp", settings.client_id) != settings.client_id,
        "It is too old.": not _number(claims.get("exp")) or float(claims["exp"]) + LEEWAY_S < seconds,
        "It is from the future.": not _number(claims.get("iat")) or float(claims["iat"]) - LEEWAY_S > seconds,
        "It was asked for by somebody else.": claims.get("nonce") != nonce,
        "It names nobody.": not isinstance(claims.get("sub"), str) or not claims["sub"],
    }
    why = next((words for words, is_so in wrong.items() if is_so), "")
    if why:
        raise Unfit(f"The proof of who you are does not hold. {why}")
    checked = claims.get("email_verified") is True and isinstance(claims.get("email"), str)
    name = claims.get("name")
    return Known(claims["sub"], claims["email"] if checked else "", name if isinstance(name, str) else "", claims)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def role_of(settings: SignOn, claims: Mapping[str, Any], ladder: tuple[str, ...]) -> str:
    """The highest role that the provider's claim gives by our table; empty where it gives none."""
    told = claims.get(settings.role_claim) if settings.role_claim else None
    groups = told if isinstance(told, list) else [told]
    given = [settings.roles[one] for one in groups if isinstance(one, str) and one in settings.roles]
    return max((one for one in given if one in ladder), key=ladder.index, default="")
