"""One account's session on its own server, shared by hearing and answering. XRPC over the common door."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.answers import Answer
from connectors.bluesky.settings import Settings
from connectors.errors import AuthFailed, Rejected, Unavailable
from connectors.http import Http
from connectors.text import one_line

_STALE = frozenset({"ExpiredToken", "InvalidToken"})
_PERSON = frozenset({"AuthenticationRequired", "AuthMissing", "AccountTakedown", "AccountDeactivated", "InvalidToken"})
_NOT_THERE = frozenset({"RecordNotFound"})
_CHAT = "did:web:api.bsky.chat#bsky_chat"
_HOLD_S = 600.0  # createSession allows 30 tries in 5 minutes; a refused password is tried six times an hour


@dataclass(frozen=True, slots=True)
class Session:
    """Who we are to the server. The tokens are secrets."""

    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


class Xrpc:
    """Calls by their lexicon name, signed when an account is set. May be shared by threads."""

    def __init__(self, settings: Settings, http: Http) -> None:
        self._settings = settings
        self._http = http
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._refused_until = 0.0

    @property
    def has_account(self) -> bool:
        """True if an account is set; whether it works is known after the first call."""
        return self._settings.password is not None

    def session(self) -> Session:
        """The session, opened on first use and then reused. Raises AuthFailed where the password is refused."""
        with self._lock:
            return self._session or self._open()

    def read(self, name: str, params: Mapping[str, Any]) -> Any:
        """A query's JSON object: with the account where there is one, else from the public server."""
        return self.answer(name, params).json()

    def answer(self, name: str, params: Mapping[str, Any]) -> Answer:
        """A query's whole answer. A 400 is Rejected with the server's own word for it."""
        if not self.has_account:
            answer = self._http.get(self._url(self._settings.public_url, name), params, expected=(400,))
            return _sorted(answer)
        return self._signed("GET", name, params=params)

    def write(self, name: str, body: Mapping[str, Any]) -> Answer:
        """A procedure, tried once. Raises Unsure when it may have been carried out and the answer was lost.

        A server that says our token is stale has done nothing: then the session is renewed and the call made again.
        """
        return self._signed("POST", name, json=body, write=True)

    def chat_read(self, name: str, params: Mapping[str, Any]) -> Any:
        """A query to the chat service, which is reached through our own server."""
        return self._signed("GET", name, params=params, proxy=_CHAT).json()

    def chat_write(self, name: str, body: Mapping[str, Any]) -> Answer:
        """A procedure of the chat service, tried once; see `write`."""
        return self._signed("POST", name, json=body, write=True, proxy=_CHAT)

    def record(self, collection: str, rkey: str) -> dict[str, Any] | None:
        """One record of our own repository, None if it is not there for certain."""
        params = {"repo": self.session().did, "collection": collection, "rkey": rkey}
        answer = self._fresh("GET", "com.atproto.repo.getRecord", params=params)
        if problem(answer) in _NOT_THERE:
            return None
        thing = _sorted(answer).json()
        if not isinstance(thing, dict):
            raise Unavailable("Bluesky answered in a shape that is not a record.")
        return thing

    def _signed(self, method: str, name: str, **request: Any) -> Answer:
        return _sorted(self._fresh(method, name, **request))

    def _fresh(self, method: str, name: str, **request: Any) -> Answer:
        """The answer, 400 and 401 included, to a call made with a session that is not stale."""
        session = self.session()
        answer = self._ask(method, name, session.access, **request)
        if answer.status < 400 or problem(answer) not in _STALE:
            return answer
        return self._ask(method, name, self._renew(session).access, **request)

    def _ask(self, method: str, name: str, token: str, proxy: str = "", **request: Any) -> Answer:
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        headers |= {"atproto-proxy": proxy} if proxy else {}
        url = self._url(self._settings.base_url, name)
        return self._http.request(method, url, headers=headers, expected=(400, 401), **request)

    def _renew(self, stale: Session) -> Session:
        with self._lock:
            if self._session is not None and self._session is not stale:
                return self._session  # another thread was quicker
            self._session = None
            url = self._url(self._settings.base_url, "com.atproto.server.refreshSession")
            headers = {"authorization": f"Bearer {stale.refresh}"}
            answer = self._http.request("POST", url, headers=headers, expected=(400, 401))
            if answer.status >= 400:
                return self._open()
            self._session = _session(answer)
            return self._session

    def _open(self) -> Session:
        """Sign in. The caller holds the lock."""
        settings = self._settings
        if settings.password is None:
            raise AuthFailed("No Bluesky account is set: add a handle and an app password.")
        if time.monotonic() < self._refused_until:
            raise AuthFailed("Bluesky refused this app password; it is tried again in some minutes.")
        url = self._url(settings.base_url, "com.atproto.server.createSession")
        body = {"identifier": settings.handle, "password": settings.password.get_secret_value()}
        answer = self._http.request("POST", url, json=body, expected=(400, 401, 403))
        if answer.status >= 400:
            self._refused_until = time.monotonic() + _HOLD_S
            raise AuthFailed(
                f"Bluesky refused the app password of @{settings.handle} ({problem(answer) or answer.status})."
            )
        self._session = _session(answer)
        return self._session

    @staticmethod
    def _url(base: str, name: str) -> str:
        return f"{base}/xrpc/{name}"


def problem(answer: Answer) -> str:
    """The server's one-word name of an error, "" where it gives none."""
    try:
        thing = answer.json()
    except Unavailable:
        return ""  # an error page in HTML has no name, only its status
    error = thing.get("error") if isinstance(thing, dict) else None
    return error if isinstance(error, str) and error.isalnum() and len(error) < 64 else ""


def _reason(answer: Answer) -> str:
    """The server's own sentence, as far as it may stand in ours."""
    try:
        thing = answer.json()
    except Unavailable:
        return ""
    message = thing.get("message") if isinstance(thing, dict) else None
    return f": {one_line(message)[:200].rstrip('.')}" if isinstance(message, str) and message.strip() else ""


def _sorted(answer: Answer) -> Answer:
    """The answer, if it is good. 400 and 401 were let through to be read; here they become errors."""
    if answer.status < 400:
        return answer
    name = problem(answer)
    if answer.status == 401 or name in _PERSON or name in _STALE:
        raise AuthFailed(f"Bluesky does not accept our session ({name or answer.status}).")
    raise Rejected(f"Bluesky refuses this request ({name or answer.status}){_reason(answer)}.")


def _session(answer: Answer) -> Session:
    thing = answer.json()
    wanted = ("did", "handle", "accessJwt", "refreshJwt")
    found = [thing.get(name) if isinstance(thing, dict) else None for name in wanted]
    if not all(isinstance(value, str) and value for value in found):
        raise Unavailable("Bluesky's answer to the sign-in has not the expected shape.")
    return Session(*(str(value) for value in found))
