"""One post's path in a test: a platform in memory, a brand, and the steps called until nothing is due."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core.brand import Brand
from bot.steps import confirm, forget, listen, match, read, recheck, recover, triage
from bot.store import brands, cases, sources
from bot.store.tables import CaseRow, SourceRow
from connectors.memory import Memory
from connectors.types import Author, Page, Post, PostRef
from tests.conftest import NOW, app_on

ACME = Brand(name="Acme", names=("Acme Parcels",), handles={"any": ("acme_care",)}, context="We deliver parcels.")
HOUR = timedelta(hours=1)


def post(key: str, text: str, at: datetime = NOW, who: str = "ada", **more: Any) -> Post:
    """A post on the platform in memory."""
    author = Author(id=f"id-{who}", handle=who, name=who.title(), followers=more.pop("followers", 120))
    ref = PostRef("memory", key)
    return Post(
        ref=ref, url=f"https://memory.test/{key}", author=author, text=text, created_at=at, answer_to=key, **more
    )


def page(*posts: Post, **more: Any) -> Page:
    return Page(posts=posts, **more)


@dataclass
class Path:
    """An app whose one source is a platform in memory that listens since a day ago."""

    app: App
    platform: Memory = field(default_factory=Memory)

    def hear(self, *pages: Page) -> None:
        """The platform offers these pages; the source is polled and everything that follows is done."""
        self.platform.add(*pages)
        with self.app.db.begin() as session:
            sources.note(session, "memory", next_poll_at=self.app.clock.now())
        while listen.poll_one(self.app):
            pass
        self.work()

    def work(self) -> None:
        """Every step that has something due, until none has."""
        steps: tuple[Callable[[App], int], ...] = (
            match.match_some, read.read_some, triage.triage_some, confirm.confirm_some, forget.forget_some,
            recover.recover_some,
        )  # fmt: skip
        for _round in range(50):
            if not sum(step(self.app) for step in steps):
                return
        raise AssertionError("the steps never came to rest")

    def cases(self) -> list[CaseRow]:
        with self.app.db.read() as session:
            parts = cases.sections(session, None, self.app.clock.now())
        return [*parts.next, *parts.late, *parts.window, *parts.waiting, *parts.snoozed, *parts.delight]

    def case(self) -> CaseRow:
        (only,) = self.cases()
        return only


def asked_again(app: App) -> int:
    """Every source is asked once what became of its posts. About how many it was."""
    with app.db.read() as session:
        hearing = sources.listening(session)
    return sum(recheck.ask_about(app, source) for source in hearing)


def laid(db: Any, clock: Any, settings: Any, brand: Brand = ACME, since: datetime | None = None, **parts: Any) -> Path:
    """A path on this database."""
    platform = parts.pop("platform", None) or Memory()
    app = app_on(db, clock, settings, **({"connector_of": lambda _source: platform} | parts))
    with app.db.begin() as session:
        brands.save(session, brand, "test", clock.now(), "test")
        started = since or clock.now() - timedelta(days=1)
        row = SourceRow(name="memory", connector="memory", started_at=started, next_poll_at=clock.now())
        sources.save(session, row)
    return Path(app, platform)
