"""A crisis for tests: an app with a fake Slack, a platform in memory, and many customers who say the same thing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path as Folder

from bot.app import App
from bot.clock import HandClock
from bot.steps import alert, incidents
from bot.steps.deliver import deliver_team
from bot.store import brands, sources
from bot.store.db import Database
from bot.store.tables import SourceRow
from bot.store.tables_house import AccountRow
from connectors.memory import Memory
from connectors.types import Post
from tests.fakes.slack import FakeSlack, slack
from tests.flow.path import ACME, Path, page, post
from tests.flow.room import Letters, app_of

SECOND = timedelta(seconds=1)
WAYS_TO_SAY_IT = (
    "Acme Parcels card payment failed again, this is terrible, I want my money back",
    "my card payment failed at Acme Parcels and nobody answers, worst service",
    "@acme_care card payment failed three times, awful, please fix it",
    "Acme Parcels is broken: the card payment failed and they still charged me",
    "Why does the card payment fail at Acme Parcels? Card payment failed twice, I am angry",
)
OTHERS = (
    "Acme Parcels left my box in the rain, it is ruined, terrible",
    "Acme Parcels driver threw the parcel over the fence and broke it, awful service",
    "The locker of Acme Parcels does not open, I am angry, worst ever",
    "Acme Parcels lost my passport, this is terrible and nobody answers",
)


@dataclass
class Crisis:
    """The app in the middle of it."""

    app: App
    clock: HandClock
    slack: FakeSlack
    path: Path
    lead: int

    def say(self, *posts: Post) -> None:
        """These posts are heard, and every step of ours is done."""
        self.path.hear(page(*posts))
        self.turn()

    def turn(self) -> None:
        """One round of the loops that watch and tell."""
        incidents.gather(self.app)
        for _ in range(400):
            if not alert.alert_some(self.app):
                break
        for _ in range(20):
            if not deliver_team(self.app):
                break

    def run(self, span: timedelta, step: timedelta = 30 * SECOND) -> None:
        """Time passes."""
        until = self.clock.now() + span
        while self.clock.now() < until:
            self.clock.move(step)
            self.turn()

    def everybody(self, number: int, first: int = 0) -> list[Post]:
        """That many customers with the same trouble."""
        now = self.clock.now()
        return [complaint(n, now) for n in range(first, first + number)]


def complaint(number: int, at: datetime, words: tuple[str, ...] = WAYS_TO_SAY_IT, mark: str = "c") -> Post:
    """One customer's own words."""
    text = f"{words[number % len(words)]} ({mark}{number})"
    return post(f"{mark}{number}", text, at, who=f"{mark}{number}", followers=100 + number)


@contextmanager
def crisis(db: Database, clock: HandClock, home: Folder) -> Iterator[Crisis]:
    """The app, a lead, and a day of quiet before."""
    with slack() as fake:
        platform = Memory()
        app = replace(app_of(db, clock, fake, Letters(), home, mail=False), connector_of=lambda _source: platform)
        with app.db.begin() as session:
            brands.save(session, ACME, "test", clock.now(), "test")
            row = SourceRow(name="memory", connector="memory", started_at=clock.now() - timedelta(days=1),
                            next_poll_at=clock.now())  # fmt: skip
            sources.save(session, row)
            person = AccountRow(login="lena", name="Lena", role="lead", password_hash="x", created_at=clock.now())
            session.add(person)
            session.flush()
            lead = person.id or 0
        yield Crisis(app, clock, fake, Path(app, platform), lead)
        app.responders["slack"].close()
