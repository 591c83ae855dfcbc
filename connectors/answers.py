"""What came back over HTTP, and which of the five errors it means."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable, Unsure
from connectors.types import Rate

WAIT_WITHOUT_HINT = timedelta(seconds=60)
LONGEST_WAIT = timedelta(days=1)  # some ask for hours: a daily quota is used up
_INSTEAD = timedelta(hours=1)  # of more than a day, which is a slip of theirs
_DIGITS = 400
_LEFT = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
_ALL = ("x-ratelimit-limit", "x-rate-limit-limit", "ratelimit-limit")
_USED = "x-ratelimit-used"
_RESET = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")

_COUNT = re.compile(r"\s*([0-9]{1,9})(?![0-9])")

Meanings = Mapping[int, type[PlatformError]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, complete and unpacked. `url` is where it came from after redirects.

    `moved_to` is set when every redirect on the way was permanent: the settings should name it. Header names are
    looked up in any case. `wrote`: this answers a call that must not be repeated blindly. `proved` is called once the
    body was read as what it says it is: only then may it be given again when it has not changed.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    url: str = field(repr=False)
    moved_to: str | None = field(default=None, repr=False)
    wrote: bool = False
    proved: Callable[[], None] = field(default=lambda: None, repr=False, compare=False)

    def json(self) -> Any:
        """The body as JSON. Raises Unavailable when it is none (Unsure after a write): half an answer is no answer."""
        try:
            told = read_json(self.content, _host(self.url))
        except Unavailable as error:
            if not self.wrote:
                raise
            raise Unsure(f"{_host(self.url)} took the message, but its answer could not be read.") from error
        self.proved()
        return told

    def text(self) -> str:
        """The body as text, bad bytes replaced."""
        return self.content.decode("utf-8", "replace")

    def links(self) -> dict[str, str]:
        """The `Link` header by relation, for example {"next": "https://…"}."""
        found = httpx.Response(200, headers={"link": self.headers.get("link", "")}).links
        return {name: link["url"] for name, link in found.items() if name and "url" in link}

    def rate(self, now: datetime) -> Rate | None:
        """What the platform says of its limit, or None where it says nothing. `now` is used where it sends no date."""
        left, used = self._count(*_LEFT), self._count(_USED)
        if left is None:
            return None
        every = self._count(*_ALL) or (left + used if used is not None else None)
        wait = _reset_wait(self.headers, _their_now(self.headers, now))
        return Rate(left, None if wait is None else now + _tamed(wait), every)

    def _count(self, *names: str) -> int | None:
        """The whole number a header of one of these names begins with."""
        told = next((self.headers[name] for name in names if name in self.headers), "")
        found = _COUNT.match(told)
        return int(found[1]) if found else None


def tighter(before: Rate | None, told: Rate | None, now: datetime) -> Rate | None:
    """The limit that binds: of several a platform keeps, the one with the least left, until its count begins anew."""
    if told is None or before is None or before.left is None or told.left is None or before.of == told.of:
        return told or before
    runs = before.resets_at is not None and before.resets_at > now
    return before if runs and before.left < told.left else told


def read_json(content: bytes, host: str) -> Any:
    """JSON that a stranger wrote: depth bounded, odd numbers tamed, bad bytes replaced.

    NaN and the infinities become None; whole numbers of more than 400 digits become infinity. Raises Unavailable.
    """
    try:
        text = content.decode(json.detect_encoding(content), "replace")
        return json.loads(text, parse_constant=lambda _: None, parse_int=_whole)
    except (ValueError, LookupError) as error:
        raise Unavailable(f"{host} answered with something that is not JSON.") from error
    except RecursionError as error:
        raise Unavailable(f"{host} answered with JSON that is nested too deeply.") from error


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS else math.copysign(math.inf, -1 if digits[0] == "-" else 1)


def raise_for(
    status: int, headers: Mapping[str, str], host: str, *, now: datetime, write: bool = False, meanings: Meanings
) -> None:
    """Raise the error this status means, or return for 2xx and 304.

    On a write, whatever may have been carried out is Unsure: 408 and every 5xx, 503 with Retry-After included, because
    a proxy may say so after the server behind it has acted.
    """
    if 200 <= status < 300 or status == 304:
        return
    if status in meanings:
        raise _made(meanings[status], status, headers, host, now)
    if status == 429 or (status == 503 and not write and "retry-after" in headers):
        raise _made(RateLimited, status, headers, host, now)
    if status in (401, 402, 403, 407) or (300 <= status < 400 and "location" in headers):
        raise _made(AuthFailed, status, headers, host, now)
    if status >= 500 or status in (408, 425):
        raise _made(Unsure if write else Unavailable, status, headers, host, now)
    raise _made(Rejected if 400 <= status < 500 else Unavailable, status, headers, host, now)


_SENTENCES: Mapping[type[PlatformError], str] = {
    Unavailable: "{host} answered {status}; it will be asked again.",
    AuthFailed: "{host} answered {status}: it does not accept our credentials or settings.",
    Rejected: "{host} answered {status}: it refuses this request.",
    Unsure: "{host} answered {status}: the message may have been taken.",
}


def _made(
    kind: type[PlatformError], status: int, headers: Mapping[str, str], host: str, now: datetime
) -> PlatformError:
    if issubclass(kind, RateLimited):
        wait = retry_after(headers, now)
        return kind(f"{host} answered {status}: it asks us to wait {math.ceil(wait.total_seconds())} seconds.", wait)
    if 300 <= status < 400:
        return kind(f"{host} answered {status}, a redirect: the server's address in the settings is out of date.")
    return kind(_SENTENCES[kind].format(host=host, status=status))


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long to wait, from Retry-After or a reset header; 60 s without a usable hint, an hour where it is over a day.

    Dates are compared with the server's own Date where it sends one, because clocks differ. A moment already past is
    no hint: trusting it would make us spin.
    """
    theirs = _their_now(headers, now)
    waits = (_header_wait(headers.get("retry-after", ""), theirs), _reset_wait(headers, theirs))
    found = next((wait for wait in waits if wait is not None and wait > timedelta(0)), WAIT_WITHOUT_HINT)
    return max(_tamed(found), timedelta(seconds=1))


def _tamed(wait: timedelta) -> timedelta:
    return wait if wait <= LONGEST_WAIT else _INSTEAD


def _header_wait(value: str, now: datetime) -> timedelta | None:
    seconds = _number(value)
    if seconds is not None:
        return _span(seconds)
    moment = _moment(value)
    return None if moment is None else moment - now


def _reset_wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """A reset header is a time (X, Mastodon) or seconds still to go (Reddit, the IETF draft)."""
    value = next((headers[name] for name in _RESET if name in headers), "")
    seconds = _number(value)
    if seconds is None:
        moment = _moment(value)
        return None if moment is None else moment - now
    if seconds < 10**8:
        return _span(seconds)
    return _span(seconds - now.timestamp())


def _span(seconds: float) -> timedelta:
    return timedelta(seconds=max(-1e9, min(seconds, 1e9)))


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _moment(value: str) -> datetime | None:
    for read in _READERS:
        try:
            moment = read(value)
        except (ValueError, TypeError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


_READERS: tuple[Callable[[str], datetime], ...] = (parsedate_to_datetime, datetime.fromisoformat)


def _their_now(headers: Mapping[str, str], now: datetime) -> datetime:
    return _moment(headers.get("date", "")) or now


def ahead(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How far the server's clock is ahead of ours; none where it says nothing, or is behind: a cache may answer."""
    return max(_their_now(headers, now) - now, timedelta(0))


def _host(url: str) -> str:
    return httpx.URL(url).host or "the server"
