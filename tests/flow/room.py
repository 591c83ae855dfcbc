"""A room in a fake Slack, cases that wait, and a clock moved by hand: for the tests of telling the team."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from pydantic import SecretStr
from sqlalchemy import func, insert
from sqlmodel import select

from bot.app import App
from bot.clock import HandClock
from bot.core.window import Window
from bot.steps.alert import alert_some
from bot.steps.deliver import deliver_team
from bot.store import cases, notices
from bot.store.db import Database
from bot.store.tables import CaseRow, CustomerRow, MentionRow, PostRow
from bot.store.tables_house import AccountRow, DeliveryRow
from config.settings import Mail, Settings
from config.settings import Slack as SlackSettings
from connectors.errors import PlatformError
from responders.slack.responder import Slack
from responders.types import Message, Receipt
from tests.conftest import app_on
from tests.fakes.slack import FakeSlack

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@dataclass
class Letters:
    """A mail responder that keeps what it is given."""

    name: str = "email"
    audience: str = "team"
    longest: int = 1_000_000
    sent: list[Message] = field(default_factory=list)
    trouble: PlatformError | None = None

    def send(self, message: Message) -> Receipt:
        if self.trouble is not None:
            raise self.trouble
        self.sent.append(message)
        return Receipt(f"<{len(self.sent)}@acme.example>")

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Room:
    """The app, its fake Slack and its mail, driven in steps of the clock."""

    app: App
    clock: HandClock
    slack: FakeSlack
    letters: Letters
    opened: list[Slack] = field(default_factory=list)

    def open_case(self, number: int = 0, **changes: Any) -> int:
        """A complaint that is owed an answer, as triage leaves it. `spoke` and `words` are its customer's."""
        now = self.clock.now()
        with self.app.db.begin() as session:
            case = new_case(session, number, now, **changes)
            if not case.history and not case.late_arrival:
                notices.queue_many(session, self.app.settings, [(case, "new")], now)
            return case.id or 0

    def open_many(self, numbers: range) -> list[int]:
        """Many at the same moment."""
        now = self.clock.now()
        with self.app.db.begin() as session:
            rows = new_cases(session, numbers, now)
            notices.queue_many(session, self.app.settings, [(row, "new") for row in rows], now)
            return [row.id or 0 for row in rows]

    def change(self, case_id: int, **changes: Any) -> None:
        """Somebody acts on a case."""
        with self.app.db.begin() as session:
            case = cases.get(session, case_id)
            assert case is not None
            assert cases.move(session, case, **changes)
        self.app.wake.ring("alert")

    def run(self, span: timedelta, step: timedelta = SECOND, each: Callable[[datetime], None] | None = None) -> None:
        """Let time pass, with the loops of alerts and telling at work."""
        until = self.clock.now() + span
        while self.clock.now() <= until:
            if each is not None:
                each(self.clock.now())
            self.turn()
            self.clock.move(step)

    def turn(self) -> None:
        """One round of both loops, until neither has anything to do at this moment."""
        for _ in range(400):
            if not alert_some(self.app):
                break
        for _ in range(50):
            if not deliver_team(self.app):
                break

    def restarted(self) -> "Room":
        """The same database under a new process."""
        app = app_of(self.app.db, self.clock, self.slack, self.letters, self.app.settings.home)
        self.opened.append(cast(Slack, app.responders["slack"]))
        return replace(self, app=app)

    def rows(self, kind: str | None = None) -> list[DeliveryRow]:
        """The outbox of the team."""
        with self.app.db.read() as session:
            every = session.exec(select(DeliveryRow)).all()
        return [row for row in every if kind in (None, row.kind)]

    def texts(self) -> list[str]:
        """What Slack's room was sent, in order."""
        return [post.text for post in self.slack.posts]


def new_case(session: Any, number: int, now: datetime, **changes: Any) -> CaseRow:
    """Rows of one complaint."""
    spoke, words = changes.pop("spoke", now), changes.pop("words", f"Acme lost my parcel {number}")
    author = changes.pop("author", f"Ada {number}")
    customer = CustomerRow(brand="Acme", first_heard_at=spoke)
    session.add(customer)
    session.flush()
    post = PostRow(
        platform="mastodon", native_id=f"p{number}-{spoke.timestamp()}-{customer.id}", source="memory",
        author_id=f"a{number}", author_handle=f"ada{number}", author_name=author, text=words, created_at=spoke,
        heard_at=now, next_try_at=now, matched_at=now,
    )  # fmt: skip
    session.add(post)
    window = Window(spoke, timedelta(minutes=changes.pop("minutes", 60)), heard_at=now)
    policy = {"window_minutes": window.target.total_seconds() / 60}
    made: dict[str, Any] = {
        "brand": "Acme", "customer_id": customer.id, "platform": "mastodon", "thread": post.native_id,
        "opened_at": now, "spoke_at": spoke, "heard_at": now, "due_at": window.due_at, "at_risk_at": window.soon_at,
        "first_spoke_at": spoke, "first_due_at": window.due_at, "policy": policy, "look_at": now, "words_at": spoke,
        "why": "a complaint",
    }  # fmt: skip
    case = CaseRow(**(made | changes))
    session.add(case)
    session.flush()
    session.add(MentionRow(
        post_id=post.id or 0, brand="Acme", platform="mastodon", tagged=False, relevance=1.0, created_at=spoke,
        heard_at=now, read_at=now, triaged_at=now, next_try_at=now, customer_id=customer.id, case_id=case.id,
    ))  # fmt: skip
    session.flush()
    return case


def new_cases(session: Any, numbers: range, now: datetime) -> list[CaseRow]:
    """Rows of many complaints of one moment, written quickly."""
    first = int(session.exec(select(func.coalesce(func.max(CaseRow.id), 0))).one()) + 1
    pattern = new_case(session, numbers[0], now)
    (mention,) = session.exec(select(MentionRow).where(MentionRow.case_id == pattern.id)).all()
    post, customer = session.get(PostRow, mention.post_id), session.get(CustomerRow, pattern.customer_id)
    for row, changes in (
        (customer, lambda _n: {}),
        (post, lambda n: {"native_id": f"many-{n}", "author_id": f"a{n}", "author_name": f"Ada {n}"}),
        (pattern, lambda n: {"thread": f"many-{n}", "customer_id": customer.id + n - numbers[0]}),
        (mention, lambda n: {"post_id": post.id + n - numbers[0], "case_id": pattern.id + n - numbers[0],
                             "customer_id": customer.id + n - numbers[0]}),
    ):  # fmt: skip
        like = row.model_dump()
        copies = [like | {"id": row.id + n - numbers[0]} | changes(n) for n in numbers[1:]]
        if copies:
            session.connection().execute(insert(type(row)), copies)
    found = session.exec(select(CaseRow).where(CaseRow.id >= first).order_by(CaseRow.id)).all()
    return list(found)


def hire(room: Room, name: str, role: str = "agent", slack_user: str = "", brands: list[str] | None = None) -> int:
    """Somebody who works here."""
    with room.app.db.begin() as session:
        row = AccountRow(login=name.lower(), name=name, role=role, brands=brands or [], password_hash="x",
                         slack_user=slack_user, created_at=room.clock.now())  # fmt: skip
        session.add(row)
        session.flush()
        return row.id or 0


def app_of(db: Database, clock: HandClock, fake: FakeSlack, letters: Letters, home: Any, mail: bool = True) -> App:
    """An app that tells Slack by bot token, with mail as its second way."""
    slack = SlackSettings(bot_token=SecretStr("xoxb-test"), room="#care", base_url=fake.url)
    to = Mail(host="mail.example", sender="bot@acme.example", to=("lead@acme.example",)) if mail else Mail()
    settings = Settings(home=home, slack=slack, mail=to, public_url="https://earshot.acme.example")
    fake.clock = lambda: clock.now().timestamp()
    responders = {"slack": Slack(slack)} | ({"email": letters} if mail else {})
    return app_on(db, clock, settings, responders=responders)
