"""A platform that lives in memory: for tests, drills and the demo. It says what it is told to say, page by page."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event, Lock
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from connectors.errors import PlatformError, Unavailable
from connectors.types import Closed, Here, Latency, Native, Page, Post, PostRef, Route, Span, Want


class MemorySettings(BaseModel):
    """Nothing to set: the test holds the connector itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Memory:
    """Plays a script: pages to hear, errors to raise in their place. The cursor counts the pages already heard.

    `add` and `fail` extend the script at any time, from any thread. An error is raised once and then forgotten, so the
    next poll goes on behind it. `stream` waits for what is added. Posts put into `gone` or `changed` answer `recheck`.
    """

    platform: ClassVar[str] = "memory"
    Settings: ClassVar[type[BaseModel]] = MemorySettings
    latency: ClassVar[Latency] = Latency.SECONDS

    def __init__(
        self,
        settings: MemorySettings | None = None,
        *,
        script: Sequence[Page | PlatformError] = (),
        route: Route | None = None,
    ) -> None:
        self.settings = settings or MemorySettings()
        self.wants: list[Want] = []
        self.closed = 0
        self.gone: set[PostRef] = set()
        self.changed: dict[PostRef, Post] = {}
        self._route = route or Closed("This platform lives in memory.")
        self._script: list[Page | PlatformError] = list(script)
        self._lock = Lock()
        self._more = Event()

    def add(self, *pages: Page) -> None:
        """More to hear."""
        with self._lock:
            self._script.extend(pages)
        self._more.set()

    def say(self, *posts: Post) -> None:
        """One more page with these posts, covering their time."""
        times = [post.created_at for post in posts]
        self.add(Page(posts=posts, covered=Span(min(times), max(times)) if times else None))

    def fail(self, *errors: PlatformError) -> None:
        """Raise these, one a read, at this point of the script."""
        with self._lock:
            self._script.extend(errors)
        self._more.set()

    def fetch(self, want: Want) -> Iterator[Page]:
        """The pages not yet heard. A backfill (`since`, `until`) hears all pages and keeps what lies inside."""
        self.wants.append(want)
        at = _place(want.cursor)
        while (step := self._step(at)) is not None:
            at += 1
            yield _inside(replace(step, cursor=json.dumps({"page": at})), want)

    def stream(self, want: Want, stop: Event) -> Iterator[Page]:
        """The pages not yet heard, then each as it is added, until `stop`."""
        at = _place(want.cursor)
        while not stop.is_set():
            self._more.clear()
            for page in self.fetch(replace(want, cursor=json.dumps({"page": at}))):
                at += 1
                yield page
            self._more.wait(0.02)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """What was put into `gone` and `changed`."""
        changed = tuple(self.changed[ref] for ref in refs if ref in self.changed)
        return Page(posts=changed, gone=tuple(ref for ref in refs if ref in self.gone))

    def conversation(self, ref: PostRef) -> Page:
        """Every post of the same thread, oldest first."""
        every = [post for page in self._pages() for post in page.posts]
        threads = {post.thread for post in every if post.ref == ref and post.thread}
        told = [post for post in every if post.thread in threads or post.ref == ref]
        return Page(posts=tuple(sorted(told, key=lambda post: post.created_at)))

    def route(self, post: Post) -> Here | Native | Closed:
        """The route given at the start."""
        return self._route

    def probe(self) -> str:
        """Always well."""
        return "The platform in memory answers."

    def close(self) -> None:
        """Counts how often it was closed."""
        self.closed += 1

    def _pages(self) -> list[Page]:
        with self._lock:
            return [step for step in self._script if isinstance(step, Page)]

    def _step(self, at: int) -> Page | None:
        with self._lock:
            if at >= len(self._script):
                return None
            step = self._script[at]
            if isinstance(step, Page):
                return step
            del self._script[at]
        raise step


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(json.loads(cursor)["page"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable("The cursor is not one of this connector's.") from error


def _inside(page: Page, want: Want) -> Page:
    since = want.since or datetime.min.replace(tzinfo=UTC)
    until = want.until or datetime.max.replace(tzinfo=UTC)
    return replace(page, posts=tuple(post for post in page.posts if since <= post.created_at < until))
