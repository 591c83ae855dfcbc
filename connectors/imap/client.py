"""A mailbox over imaplib, through checked addresses, with an end to every wait and to every answer's size.

Facts: RFC 3501 (EXAMINE, UID SEARCH, UID FETCH, UIDVALIDITY), RFC 2595 (STARTTLS).
"""

import imaplib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from time import struct_time
from typing import Any

from connectors.addresses import dial
from connectors.errors import AuthFailed, Rejected, Unavailable
from connectors.imap.parse import Mail
from connectors.imap.settings import Settings

PATIENCE_S = 20.0  # for each step
DEADLINE_S = 45.0  # for all of it (P-33)
MOST_BYTES = 64_000_000
AT_ONCE = 20
_VALIDITY = re.compile(rb"[0-9]{1,10}")
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Mailbox:
    """Opened for reading only: nothing in it is marked, moved or deleted."""

    def __init__(self, settings: Settings, *, private_ok: bool, context: ssl.SSLContext | None = None) -> None:
        self._settings, self._private_ok = settings, private_ok
        self._context = context or ssl.create_default_context()

    @contextmanager
    def opened(self) -> Iterator["Folder"]:
        """The folder. Raises connectors.errors; whatever fails inside becomes one of them."""
        host = self._settings.host
        sock = dial(host, self._settings.port, timeout_s=PATIENCE_S, private_ok=self._private_ok)
        with _translated(host):
            session = _Session(sock, host, self._context if self._settings.security == "tls" else None)
            try:
                self._sign_in(session)
                yield Folder(session, self._examine(session), self._settings)
            finally:
                session.hang_up()

    def _sign_in(self, session: "_Session") -> None:
        settings = self._settings
        if settings.password is None:
            raise AuthFailed("The mailbox needs a password.")
        if settings.security == "starttls":
            session.starttls(self._context)
        try:
            session.login(settings.user, settings.password.get_secret_value())
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            # The server's own words may quote what was typed: they are not passed on.
            raise AuthFailed(f"{settings.host} refuses our sign-in: check user and password.") from None

    def _examine(self, session: "_Session") -> int:
        folder = self._settings.folder.replace("\\", "\\\\").replace('"', '\\"')
        kind, _ = session.select(f'"{folder}"', readonly=True)
        if kind != "OK":
            raise Rejected(f"{self._settings.host} has no folder {self._settings.folder!r} that we may read.")
        _, told = session.response("UIDVALIDITY")
        found = _VALIDITY.search(told[0] or b"") if told else None
        if found is None:
            raise Unavailable(f"{self._settings.host} did not say which mails its numbers mean.")
        return int(found[0])


class Folder:
    """One folder, for as long as it is open."""

    def __init__(self, session: "_Session", validity: int, settings: Settings) -> None:
        self._session, self.validity, self._settings = session, validity, settings

    def behind(self, uid: int) -> list[int]:
        """Mails with a higher number, in order. (`n:*` names the last mail even if its number is lower.)"""
        return [found for found in self._search(f"UID {uid + 1}:*") if found > uid]

    def between(self, since: datetime, until: datetime) -> list[int]:
        """Mails that came on these days: IMAP searches by whole days, in the server's zone."""
        return self._search(f"SINCE {_day(since.date())} BEFORE {_day(until.date(), 2)}")

    def mails(self, uids: Sequence[int]) -> Iterator[Mail]:
        """These mails, each as far as it may be read."""
        longest = self._settings.max_kb * 1024
        for at in range(0, len(uids), AT_ONCE):
            some = ",".join(map(str, uids[at : at + AT_ONCE]))
            kind, told = self._session.uid("FETCH", some, f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{longest}>)")
            if kind != "OK":
                raise Unavailable(f"{self._settings.host} did not give the mails it named.")
            yield from (mail for mail in map(_mail, _whole(told)) if mail is not None)

    def _search(self, what: str) -> list[int]:
        kind, told = self._session.uid("SEARCH", what)
        if kind != "OK":
            raise Unavailable(f"{self._settings.host} did not say which mails there are.")
        words = b" ".join(each for each in told if isinstance(each, bytes)).split()
        if not all(word.isdigit() and len(word) <= 10 for word in words):
            raise Unavailable(f"{self._settings.host} answered a search with something that is no number.")
        return sorted({int(word) for word in words})


class _Session(imaplib.IMAP4):
    """imaplib over a socket that is connected already, that reads no more and waits no longer than it should."""

    def __init__(self, sock: socket.socket, host: str, context: ssl.SSLContext | None) -> None:
        self._taken = 0
        self.sock = sock
        self._alarm = threading.Timer(DEADLINE_S, self._cut)
        self._alarm.daemon = True
        self._alarm.start()
        try:
            if context is not None:
                self.sock = context.wrap_socket(sock, server_hostname=host)
            super().__init__(host, timeout=PATIENCE_S)
        except BaseException:
            self.hang_up()
            raise

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self.sock

    def hang_up(self) -> None:
        """Close without a word; safe to call twice."""
        self._alarm.cancel()
        if (file := getattr(self, "file", None)) is not None:
            file.close()
        self.sock.close()

    def _cut(self) -> None:
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is closed already: that was the purpose

    def read(self, size: int) -> bytes:
        if size > MOST_BYTES:
            raise self.abort("more than may be read at once")
        return self._counted(super().read(size))

    def readline(self) -> bytes:
        return self._counted(super().readline())

    def _counted(self, piece: bytes) -> bytes:
        self._taken += len(piece)
        if self._taken > MOST_BYTES:
            raise self.abort("more than may be read at once")
        return piece


@contextmanager
def _translated(host: str) -> Iterator[None]:
    """imaplib's and the socket's exceptions become ours."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise AuthFailed(f"{host} shows a certificate that cannot be trusted: mend it, or name it right.") from error
    except (imaplib.IMAP4.abort, OSError, ValueError) as error:
        raise Unavailable(f"{host} broke off, or did not answer in time.") from error
    except imaplib.IMAP4.error as error:
        raise Unavailable(f"{host} answered in a way that is not IMAP.") from error


def _whole(told: list[Any]) -> list[tuple[bytes, bytes]]:
    """imaplib gives a mail as (what it is, its bytes) and the rest of its line apart."""
    found: list[tuple[bytes, bytes]] = []
    for each in told:
        if isinstance(each, tuple) and len(each) >= 2:
            found.append((bytes(each[0]), bytes(each[1])))
        elif isinstance(each, bytes) and found:
            found[-1] = (found[-1][0] + b" " + each, found[-1][1])
    return found


def _mail(told: tuple[bytes, bytes]) -> Mail | None:
    about, raw = told
    uid, size = _UID.search(about), _SIZE.search(about)
    if uid is None:
        return None  # something the server says of another mail, unasked
    came = imaplib.Internaldate2tuple(about)
    at = datetime.fromtimestamp(_seconds(came), UTC) if came is not None else None
    if at is None:
        raise Unavailable("The mail server did not say when a mail came.")
    return Mail(int(uid[1]), at, raw, size is None or len(raw) >= int(size[1]))


def _seconds(came: struct_time) -> float:
    """imaplib tells the time on this machine's wall; back to seconds since 1970."""
    return time.mktime(came)


def _day(day: date, later: int = 0) -> str:
    moved = date.fromordinal(day.toordinal() + later)
    return f"{moved.day}-{_MONTHS[moved.month - 1]}-{moved.year}"
