"""What would be heard: asked of the platforms that need no credentials, judged by the matcher. Nothing is stored."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot import wire
from bot.app import App
from bot.core.brand import Brand
from bot.core.matching import LIKELY, Matcher, said_to_us
from bot.core.wanting import is_own, trial_of
from bot.readers.types import ReaderUnavailable
from connectors.errors import PlatformError
from connectors.types import Page, Post

LIMIT = timedelta(seconds=5)
PAST = timedelta(hours=24)
MOST_POSTS = 60  # per platform
ASKED: dict[str, dict[str, Any]] = {
    "hackernews": {},
    "mastodon": {},
    "bluesky": {"first_replay_minutes": 1, "profiles": False, "quiet_s": 2},
}
Sources = Mapping[str, tuple[str, Mapping[str, Any]]]
_TURNS = threading.Semaphore(2)  # two previews at once: it is a page anyone with the link can reload


@dataclass(frozen=True, slots=True)
class Heard:
    """A post that names the brand: is it about us, why, and how likely it is a complaint (None: no reader)."""

    post: Post
    about_us: bool
    why: str
    relevant: float
    tagged: bool
    spans: tuple[tuple[int, int, str], ...]
    complaint: float | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What was heard, newest first; which platforms answered; and what kept others from it, in words."""

    heard: tuple[Heard, ...] = ()
    answered: tuple[str, ...] = ()
    silent: dict[str, str] = field(default_factory=dict)
    busy: bool = False

    @property
    def ours(self) -> int:
        """How many are about us."""
        return sum(1 for each in self.heard if each.about_us)

    @property
    def complaints(self) -> int:
        """How many of ours are more likely a complaint than not."""
        return sum(1 for each in self.heard if each.about_us and (each.complaint or 0) >= LIKELY)

    @property
    def untagged(self) -> int:
        """How many of ours nobody would have been told of."""
        return sum(1 for each in self.heard if each.about_us and not each.tagged)

    @property
    def deaf(self) -> bool:
        """Did no platform answer at all? Then it is the network, not the name."""
        return not self.answered and bool(self.silent)


class _Asked:
    """What the asking threads have brought so far."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.posts: dict[str, list[Post]] = {}
        self.silent: dict[str, str] = {}


def preview(app: App, brand: Brand, feeds: Sequence[str] = (), limit: timedelta = LIMIT) -> Preview:
    """What the platforms that need no credentials, and these feeds, say of a brand."""
    asked: dict[str, tuple[str, Mapping[str, Any]]] = {name: (name, options) for name, options in ASKED.items()}
    asked |= {(urlsplit(feed).hostname or feed): ("rss", {"url": feed}) for feed in feeds}
    return look(app, [brand], asked, limit)


def look(app: App, brands: Sequence[Brand], asked_of: Sources, limit: timedelta) -> Preview:
    """Ask every source at once and give up on the slow ones after `limit`. Never raises for a platform's failure.

    `asked_of`: label → (connector, options).
    """
    if not _TURNS.acquire(timeout=limit.total_seconds()):
        return Preview(busy=True)
    try:
        asked = _ask_all(app, brands, asked_of, limit)
    finally:
        _TURNS.release()
    with asked.lock:
        posts = [post for several in asked.posts.values() for post in several]
        answered, silent = tuple(asked.posts), dict(asked.silent)
    for name in asked_of:
        if name not in answered:
            silent.setdefault(name, "did not answer in time")
    return Preview(judged(app, brands, posts), answered, silent)


def judged(app: App, brands: Sequence[Brand], posts: Iterable[Post]) -> tuple[Heard, ...]:
    """Those of the posts that name a brand, newest first, each with its reason."""
    matcher, ours = Matcher(brands), is_own(brands)
    found: list[Heard] = []
    seen: set[str] = set()
    for post in sorted(posts, key=lambda each: each.created_at, reverse=True):
        key = f"{post.ref.platform}:{post.ref.id}"
        if key in seen or ours(post):
            continue
        seen.add(key)
        author = post.author
        matches = matcher.match(
            post.text, title=post.title, author_handle=author.handle, author_name=author.name,
            platform=post.ref.platform,
        )  # fmt: skip
        for match in said_to_us(matcher, matches, "") if post.to_us else matches:
            if match.matched:
                likely = match.relevant >= LIKELY
                found.append(Heard(post, likely, match.why, match.relevant, match.tagged, match.spans))
    return _read(app, found)


def _read(app: App, found: list[Heard]) -> tuple[Heard, ...]:
    texts = [f"{each.post.title}\n{each.post.text}".strip() for each in found]
    try:
        verdicts = app.reader.read(texts) if texts else []
    except ReaderUnavailable:  # the page then shows no score, as the queue would order by age
        return tuple(found)
    return tuple(
        Heard(one.post, one.about_us, one.why, one.relevant, one.tagged, one.spans, verdict.complaint)
        for one, verdict in zip(found, verdicts, strict=True)
    )


def _ask_all(app: App, brands: Sequence[Brand], asked_of: Sources, limit: timedelta) -> _Asked:
    asked = _Asked()
    threads = [
        # daemon: a platform that drips bytes must not keep the program from stopping
        threading.Thread(
            target=_ask, args=(app, brands, name, asked_of[name], asked), name=f"preview:{name}", daemon=True
        )
        for name in asked_of
    ]
    for thread in threads:
        thread.start()
    until = app.clock.monotonic() + limit.total_seconds()
    for thread in threads:
        thread.join(max(0.0, until - app.clock.monotonic()))
    asked.stop.set()
    return asked


def _ask(app: App, brands: Sequence[Brand], label: str, source: tuple[str, Mapping[str, Any]], asked: _Asked) -> None:
    try:
        connector = wire.connector_from(*source, app.settings, app.clock)
        try:
            _collect(connector.fetch(trial_of(brands, PAST)), label, app.clock.now() - PAST, asked)
        finally:
            connector.close()
    except (PlatformError, ValueError) as error:
        with asked.lock:
            asked.silent[label] = str(error)


def _collect(pages: Iterable[Page], label: str, since: datetime, asked: _Asked) -> None:
    for page in pages:
        with asked.lock:
            if asked.stop.is_set():
                return
            posts = asked.posts.setdefault(label, [])
            posts.extend(post for post in page.posts if post.created_at >= since)
            if len(posts) >= MOST_POSTS:
                return
    with asked.lock:
        if not asked.stop.is_set():
            asked.posts.setdefault(label, [])
