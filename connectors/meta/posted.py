"""A platform of Meta that posts to us: the challenge, the signature, and reading what was stored.

Facts: developers.facebook.com/docs/graph-api/webhooks/getting-started (hub.mode, hub.verify_token, hub.challenge;
X-Hub-Signature-256: sha256= and the HMAC of the raw body under the app's secret; repeats for 36 hours, keeps nothing).
"""

import hmac
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar

from connectors import hooks
from connectors.errors import Rejected
from connectors.hooks import Admitted, Arrival, Challenge, Delivery, Inbox, Read, Refused, Verdict, object_of
from connectors.http import Http
from connectors.meta.graph import Graph, Missing
from connectors.meta.settings import MetaSettings
from connectors.shapes import Odd, line
from connectors.types import Latency, Page, Poison, Post, PostRef, Span, Want
from connectors.walked import raw

_CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_SAW = timedelta(hours=48)  # each post is asked about once a day
_NOT_SIGNED = Refused(401, "This is not signed with this source's app secret.")


class Posted(ABC):
    """What the three connectors share. A subclass says which object it is about and reads one change."""

    platform: ClassVar[str]
    called: ClassVar[str]
    latency: ClassVar[Latency] = Latency.SECONDS
    hooked: ClassVar[bool] = True

    def __init__(self, settings: MetaSettings, base_url: str, http: Http | None, now: Callable[[], datetime] | None):
        self._meta = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._http = http or Http()
        self._graph = Graph(base_url, settings.access_token, self._http, self.called)
        self.inbox: Inbox = hooks.Empty()
        self._lately = ""
        self._saw_at: datetime | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._meta.handle or self._meta.account_id})"

    def admit(self, came: Arrival) -> Verdict:
        """Meta's check of the address, or a signed body."""
        if came.method == "GET":
            return self._challenged(came)
        if not self._signed(came):
            return _NOT_SIGNED
        if object_of(came.body) is None:
            return Refused(400, "The body is no JSON object.")
        return Admitted(f"body:{sha256(came.body).hexdigest()}", came.body)

    def posted(self, want: Want) -> Iterator[Page]:
        """What was posted since the cursor; of the past Meta keeps nothing."""
        now = self._now()
        if want.since is not None or want.until is not None:
            start, end = want.since or now - want.first_look, min(want.until or now, now)
            if start < end:
                yield Page(lost=Span(start, end))
            return
        place = hooks.load(want.cursor)
        while some := self.inbox.after(place.id, hooks.AT_ONCE):
            page = hooks.page_of(hooks.together(map(self._read, some)), place, some[-1].id, now)
            yield page
            place = hooks.load(page.cursor)
        yield hooks.page_of(Read(), place, place.id, now)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """Each in its newest words; what was deleted in `gone`.

        Of a deleted post Meta says the same as of one that the token may not see. So what is missing counts as gone
        only where others could be seen in the last two days; what cannot be read or asked for now is neither.
        """
        posts: list[Post] = []
        missing: list[PostRef] = []
        if self._meta.access_token is None:
            return Page()
        for ref in refs:
            try:
                posts.append(self.looked_up(ref.id, self._now()))
            except Missing:
                missing.append(ref)
            except (Rejected, Odd):
                continue
        if any(self.shows_strangers(post) for post in posts):
            self._saw_at = self._now()
        sees = missing and (self._saw_lately() or self.sees_others({ref.id for ref in missing}))
        return Page(posts=tuple(posts), gone=tuple(missing) if sees else ())

    def shows_strangers(self, post: Post) -> bool:
        """Whether this post, which was looked up, shows that strangers' words can be."""
        return post.author.handle.casefold() != self._meta.handle.casefold()

    def sees_others(self, missing: Collection[str]) -> bool:
        """Whether a stranger's words can be looked up just now: what was heard last can."""
        return bool(self._lately) and self._lately not in missing and self.can_see(self._lately)

    def _saw_lately(self) -> bool:
        return self._saw_at is not None and self._now() - self._saw_at <= _SAW

    def can_see(self, id_: str) -> bool:
        """Whether this post can be looked up."""
        try:
            self.looked_up(id_, self._now())
        except (Rejected, Odd):
            return False
        return True

    @abstractmethod
    def looked_up(self, id_: str, at: datetime) -> Post:
        """One post by its id, `at` if it does not say when. Raises Missing, the other errors, or Odd."""

    @abstractmethod
    def changes(self, told: dict[str, Any], came_at: datetime) -> Iterator[tuple[Any, datetime]]:
        """Each change of a delivery with the time Meta gives it."""

    @abstractmethod
    def change(self, told: Any, at: datetime) -> Post | PostRef | None:
        """A change as a post, as the reference of one that is gone, or None where it is no words. Raises Odd."""

    def _read(self, one: Delivery) -> Read:
        told = object_of(one.body) or {}
        posts: list[Post] = []
        gone: list[PostRef] = []
        poison: list[Poison] = []
        for change, at in self.changes(told, one.came_at):
            try:
                heard = self.change(change, min(at, one.came_at))
            except Odd as why:
                poison.append(Poison(raw(change), f"{self.called}: {why}."))
                continue
            if isinstance(heard, Post):
                posts.append(replace(heard, through=_way(change)))
                self._lately = heard.ref.id
            elif heard is not None:
                gone.append(heard)
        return Read(tuple(posts), tuple(gone), tuple(poison))

    def _challenged(self, came: Arrival) -> Verdict:
        token, wanted = came.query.get("hub.verify_token", ""), self._meta.verify_token
        words = came.query.get("hub.challenge", "")
        known = wanted is not None and hmac.compare_digest(wanted.get_secret_value().encode(), token.encode())
        if not known or came.query.get("hub.mode") != "subscribe" or not _CHALLENGE.fullmatch(words):
            return Refused(403, "This is not the verify token of this source.")
        return Challenge(words)

    def _signed(self, came: Arrival) -> bool:
        secret = self._meta.app_secret
        kind, _, mark = came.headers.get("x-hub-signature-256", "").partition("=")
        known = secret.get_secret_value().encode() if secret is not None else b""
        return kind == "sha256" and hooks.signed([known], came.body, [mark])

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()


def entries(told: dict[str, Any], called: str, came_at: datetime) -> Iterator[tuple[Any, datetime]]:
    """The changes of a Page's or an Instagram account's delivery: {"object", "entry": [{"time", "changes"}]}."""
    if told.get("object") != called or not isinstance(told.get("entry"), list):
        yield told, came_at
        return
    for entry in told["entry"]:
        listed = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(listed, list):
            continue  # messages and the like: not what was subscribed to
        for change in listed:
            yield change, second(entry.get("time")) or came_at


def _way(change: Any) -> str:
    """Which of the subscribed fields a change came by, as it is written down."""
    return f"hook {line(change.get('field'))}".strip() if isinstance(change, dict) else "hook"


def second(value: Any) -> datetime | None:
    """Unix seconds (Meta mixes in milliseconds) as UTC; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**14:
        return None
    return datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC)
