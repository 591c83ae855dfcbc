"""E-mail: a folder of a mailbox, for an alert address or the support desk's."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.http import Http
from connectors.imap.client import Folder, Mailbox
from connectors.imap.cursor import Place, load
from connectors.imap.parse import Mail, Odd, post
from connectors.imap.settings import Settings as ImapSettings
from connectors.types import Latency, Page, Poison, Post, Span, Want

AT_ONCE = 50  # mails on a page
_OVERLAP = timedelta(days=1)  # read again when the server numbers its mails anew


class Imap:
    """Reads one folder of a mailbox, and changes nothing in it. Answers go out through the mail settings."""

    platform: ClassVar[str] = "imap"
    Settings: ClassVar[type[ImapSettings]] = ImapSettings
    latency: ClassVar[Latency] = Latency.MINUTES

    def __init__(
        self,
        settings: ImapSettings,
        *,
        http: Http | None = None,
        now: Callable[[], datetime] | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._http = http
        self._mailbox = Mailbox(settings, private_ok=http.private_ok if http else False, context=context)

    def __repr__(self) -> str:
        return f"Imap({self._settings.host}, {self._settings.folder})"

    @property
    def keeps(self) -> timedelta | None:
        """How long a mail's words stay: it was written to us, and nobody tells what became of it elsewhere."""
        return timedelta(days=self._settings.keep_days) or None

    def fetch(self, want: Want) -> Iterator[Page]:
        """The mails behind the cursor, oldest first; or those between `since` and `until`."""
        now = self._now()
        place = load(want.cursor)
        again = want.since is not None or want.until is not None
        with self._mailbox.opened() as folder:
            resumed = not again and place is not None and place.validity == folder.validity
            if resumed and place is not None:
                uids, start, end = folder.behind(place.uid), place.moment, now
            else:
                start, end = self._span(want, place, now)
                uids = folder.between(start, end) if start < end else []
            some, more = uids[: self._settings.most], len(uids) > self._settings.most
            if again:
                yield self._past(folder, uids, (start, end))
                return
            behind = place.uid if resumed and place is not None else None
            yield from self._pages(folder, some, (start, now), behind, more=more)

    def probe(self) -> str:
        """Sign in and count."""
        with self._mailbox.opened() as folder:
            number = len(folder.behind(0))
        return f"signed in as {self._settings.user}; {self._settings.folder} holds {number} mails"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        if self._http is not None:
            self._http.close()

    def _span(self, want: Want, place: Place | None, now: datetime) -> tuple[datetime, datetime]:
        if want.since is not None or want.until is not None:
            return want.since or now - want.first_look, min(want.until or now, now)
        return (place.moment - _OVERLAP if place is not None else now - want.first_look), now

    def _pages(
        self, folder: Folder, uids: list[int], span: tuple[datetime, datetime], behind: int | None, *, more: bool
    ) -> Iterator[Page]:
        """A page for every fifty mails. With more left than may be read at a time, the next read goes on there."""
        start, now = span
        begun = int(start.timestamp())
        for number in range(0, len(uids), AT_ONCE):
            some = uids[number : number + AT_ONCE]
            posts, poison = _read(folder.mails(some))
            kept = posts if behind is not None else [each for each in posts if each.created_at >= start]
            yield Page(tuple(_sorted(kept)), Place(folder.validity, some[-1], begun).dump(), poison=tuple(poison))
        last = uids[-1] if uids else behind if behind is not None else _newest(folder)
        end = Place(folder.validity, last, begun if more else int(now.timestamp()))
        yield Page(cursor=end.dump(), covered=Span(start, start) if more else Span(min(start, now), now))

    def _past(self, folder: Folder, uids: list[int], span: tuple[datetime, datetime]) -> Page:
        start, end = span
        posts, poison = _read(folder.mails(uids))
        inside = [each for each in posts if start <= each.created_at < end]
        return Page(tuple(_sorted(inside)), poison=tuple(poison), covered=Span(start, end) if start < end else None)


def _newest(folder: Folder) -> int:
    """Where no mail was of interest: what comes next is behind the folder's newest."""
    known = folder.behind(0)
    return known[-1] if known else 0


def _read(mails: Iterator[Mail]) -> tuple[list[Post], list[Poison]]:
    posts: dict[str, Post] = {}
    poison: list[Poison] = []
    for mail in mails:
        try:
            heard = post(mail)
        except Odd as why:
            poison.append(Poison(mail.raw, f"Mail: {why}."))
            continue
        posts.setdefault(heard.ref.id, heard)
    return list(posts.values()), poison


def _sorted(posts: list[Post]) -> list[Post]:
    return sorted(posts, key=lambda each: (each.created_at, each.ref.id))
