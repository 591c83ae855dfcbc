"""A platform that takes replies, or loses its answer, or refuses: for the tests of answering customers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.app import App
from bot.clock import HandClock
from bot.steps.deliver import deliver_customer
from bot.store import cases
from bot.store.db import Database
from bot.store.tables import CaseRow, ReplyRow, SourceRow
from bot.store.tables_house import AccountRow, DeliveryRow
from config.settings import Settings
from connectors.errors import AuthFailed, RateLimited, Rejected, Unavailable, Unsure
from connectors.types import Latency, Page, Post, PostRef
from responders.types import Message, Receipt
from tests.conftest import app_on
from tests.flow.room import new_case

TEXT = "Sorry about the parcel. We are looking into it now and will write back here."


@dataclass
class Platform:
    """Keeps its own log of what it really posted. `mood` names what goes wrong at the next send.

    ok · lost (posted, answer lost) · silent (not posted, answer lost) · away · busy (429) · no (refused) · who
    (sign-in refused) · bug (posts, then breaks in our own code).
    """

    clock: HandClock
    name: str = "mastodon"
    audience: str = "customer"
    longest: int = 500
    mood: str = "ok"
    finds: bool = True
    posts: dict[str, str] = field(default_factory=dict)
    sends: int = 0
    looks: int = 0
    during: Callable[[], None] = lambda: None

    def send(self, message: Message) -> Receipt:
        self.sends += 1
        self.during()
        errors = {
            "away": Unavailable("away"),
            "busy": RateLimited("wait", timedelta(seconds=60)),
            "no": Rejected("The thread is locked."),
            "who": AuthFailed("signed out"),
            "silent": Unsure("lost"),
        }
        if self.mood in errors:
            raise errors[self.mood]
        self.posts[f"{message.key}#{self.sends}"] = message.text
        if self.mood == "lost":
            raise Unsure("lost")
        if self.mood == "bug":
            raise KeyError("id")
        return Receipt(f"r{self.sends}", f"https://social.example/r{self.sends}", self.clock.now())

    def find(self, message: Message) -> Receipt | None:
        self.looks += 1
        if self.mood == "away":
            raise Unavailable("away")
        known = [key for key, text in self.posts.items() if text == message.text]
        return Receipt(known[0], f"https://social.example/{known[0]}", self.clock.now()) if known else None

    def close(self) -> None:
        """Nothing is open."""


class Blind(Platform):
    """A platform that cannot be searched for our own reply."""

    find = None  # type: ignore[assignment]


@dataclass
class Watch:
    """A connector that can be asked about posts again."""

    platform: str = "mastodon"
    latency: Latency = Latency.SECONDS
    gone: set[PostRef] = field(default_factory=set)
    changed: dict[PostRef, Post] = field(default_factory=dict)
    thread: tuple[Post, ...] = ()
    trouble: Exception | None = None
    asked: int = 0

    def fetch(self, _want: Any) -> Any:
        return iter(())

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        there = tuple(self.changed[ref] for ref in refs if ref in self.changed)
        return Page(posts=there, gone=tuple(ref for ref in refs if ref in self.gone))

    def conversation(self, _ref: PostRef) -> Page:
        return Page(posts=self.thread)

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Desk:
    """One case, one agent, one approved reply, and the loop that sends it."""

    app: App
    clock: HandClock
    platform: Platform
    watch: Watch
    agent: int
    case_id: int

    def approve(self, text: str = TEXT, wait: timedelta = timedelta(seconds=20)) -> int:
        """A person approved these words; they leave after the seconds of undo."""
        now = self.clock.now()
        with self.app.db.begin() as session:
            from bot.store import mentions, outbox

            ((mention, post),) = mentions.of_case(session, self.case_id)
            reply = ReplyRow(case_id=self.case_id, mention_id=mention.id or 0, how="here", platform="mastodon",
                             text=text, approved_by=self.agent, approved_at=now)  # fmt: skip
            session.add(reply)
            session.flush()
            outbox.add(session, DeliveryRow(
                key=f"reply:{reply.id}", kind="reply", audience="customer", responder="mastodon",
                address=post.native_id, text=text, brand="Acme", case_id=self.case_id, reply_id=reply.id,
                created_at=now, next_try_at=now + wait,
            ))  # fmt: skip
            return reply.id or 0

    def run(self, span: timedelta, step: timedelta = timedelta(seconds=5)) -> None:
        """Let time pass with the sender at work."""
        until = self.clock.now() + span
        while self.clock.now() <= until:
            for _ in range(10):
                if not deliver_customer(self.app):
                    break
            self.clock.move(step)

    def reply(self, reply_id: int) -> ReplyRow:
        """The reply as it is stored."""
        with self.app.db.read() as session:
            found = cases.reply(session, reply_id)
        assert found is not None
        return found

    def case(self) -> CaseRow:
        """The case as it is stored."""
        with self.app.db.read() as session:
            found = cases.get(session, self.case_id)
        assert found is not None
        return found

    def change(self, act: Callable[[Any], None]) -> None:
        """Something happens in the database."""
        with self.app.db.begin() as session:
            act(session)


def desk_on(db: Database, clock: HandClock, settings: Settings, platform: Platform | None = None) -> Desk:
    """A desk with a complaint of half an hour ago."""
    platform, watch = platform or Platform(clock), Watch()
    app = app_on(db, clock, settings, responders={"mastodon": platform}, connector_of=lambda _source: watch)
    now = clock.now()
    with db.begin() as session:
        session.add(SourceRow(name="memory", connector="memory", started_at=now, next_poll_at=now))
        account = AccountRow(login="lena", name="Lena", role="agent", password_hash="x", created_at=now)
        session.add(account)
        case = new_case(session, 1, now, spoke=now - timedelta(minutes=30))
        session.flush()
        return Desk(app, clock, platform, watch, account.id or 0, case.id or 0)
