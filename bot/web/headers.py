"""What every answer carries and every request must keep to: strict headers, the Host, the Origin, the size.

It is the outermost layer, so that an error page is as strict as any other.
"""

import logging
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import ids
from config.settings import Settings

LONGEST_BODY = 1024 * 1024
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
STREAMS = "/live"  # what stays open is not opened from other sites either (ASVS 5.0 V4.4.2)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = "max-age=63072000; includeSubDomains"
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

TOO_LONG = "That is more than 1 MiB; send less at once."
TWO_LENGTHS = "That request says its length in two ways, so nothing of it was read."
FOREIGN = "This came from another site, so nothing was changed. Open Earshot itself and try again."
BUG = "Something broke here; it is not your doing. The operator finds it in the log under"
WRONG_HOST = "Earshot does not answer to this address. Set EARSHOT_PUBLIC_URL to the address people use."

Page = Callable[[int, str, str], Response]  # status, sentence, incident id → an error page

log = logging.getLogger(__name__)


class TooLong(HTTPException):
    """The request's body is over the limit. An HTTPException, which FastAPI's form reading lets through."""

    def __init__(self) -> None:
        super().__init__(413, TOO_LONG)


class Strict:
    """ASGI layer: refuses wrong hosts, foreign origins and long bodies; adds the headers; turns bugs into a page."""

    def __init__(self, app: ASGIApp, settings: Settings, page: Page) -> None:
        self._app, self._page, self._settings = app, page, settings
        self._tls = settings.address.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = False

        async def strict_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _said(message, Headers(scope=scope))
                self._add(MutableHeaders(scope=message), Headers(scope=scope).get("host", ""))
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            return await refusal(scope, receive, strict_send)
        try:
            await self._app(scope, _limited(receive), strict_send)
        except Exception:
            incident = ids.token(6)
            log.exception("A page failed; incident %s, route %s", incident, getattr(scope.get("route"), "path", "?"))
            if started:
                raise  # half an answer has left: the server must cut the connection
            await self._refused(scope, 500, "", incident)(scope, receive, strict_send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not host_is_ours(headers.get("host", ""), self._settings):
            return self._refused(scope, 400, WRONG_HOST)
        guarded = scope["method"] not in SAFE or scope["path"].startswith(STREAMS)
        if guarded and not origin_is_ours(headers, self._settings):
            return self._refused(scope, 403, FOREIGN)
        if "transfer-encoding" in headers and "content-length" in headers:  # two lengths: a proxy may take the other
            answer = self._refused(scope, 400, TWO_LENGTHS)
            answer.headers["connection"] = "close"  # what follows may be half of this request
            return answer
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > LONGEST_BODY:
            return self._refused(scope, 413, TOO_LONG)
        return None

    def _refused(self, scope: Scope, status: int, why: str, incident: str = "") -> Response:
        """A page for people; for programs, who read JSON from every other answer, a sentence of it."""
        if not scope["path"].startswith("/api/"):
            return self._page(status, why, incident)
        return JSONResponse({"error": why or f"{BUG} {incident}."}, status)

    def _add(self, headers: MutableHeaders, host: str) -> None:
        for name, words in ALWAYS.items():
            headers[name] = words
        local = _name_of(f"http://{host}") in LOCAL_NAMES
        if not self._tls and not local and host_is_ours(host, self._settings):
            # On a plain connection browsers send no Sec-Fetch-Site, and with no-referrer our own forms' Origin is null.
            headers["referrer-policy"] = "same-origin"
        headers.setdefault("cache-control", "no-store")
        if self._tls:
            headers["strict-transport-security"] = HSTS


def host_is_ours(host: str, settings: Settings) -> bool:
    """Is this Host header one of ours: the public address, the local names, or a bare IP (which cannot be rebound)?"""
    name = _name_of(f"http://{host}")
    if name is None:
        return False
    if name in LOCAL_NAMES or name in (_name_of(settings.address), settings.host.lower()):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def origin_is_ours(headers: Headers, settings: Settings) -> bool:
    """Does a change come from our own pages? Browsers say so; a program that says nothing still needs the token.

    Under `no-referrer` a form's Origin is null; the browser's Sec-Fetch-Site, which no page can set, then decides.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site not in (None, "same-origin", "none"):
        return False
    if origin is None:
        return True
    if origin == "null":
        return site == "same-origin"
    host = headers.get("host", "")
    return origin in {f"http://{host}", f"https://{host}", _origin_of(settings.address)}


def _origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _name_of(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises ValueError for a port that is none
    except ValueError:
        return None
    return parts.hostname if parts.username is None and parts.path in ("", "/") else None


def _said(message: Message, asked: Headers) -> None:
    """Where a press leads, said to leave.js instead of done: a browser would leave the page to find nothing there."""
    headers = MutableHeaders(scope=message)
    if message["status"] == 303 and "earshot-press" in asked:
        message["status"], headers["earshot-next"] = 200, headers["location"]
        del headers["location"]


def _limited(receive: Receive) -> Receive:
    """Counts the body while it comes: Content-Length may be missing or a lie."""
    got = 0

    async def counted() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > LONGEST_BODY:
            raise TooLong
        return message

    return counted
