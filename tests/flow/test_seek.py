"""An answer given in the platform's own reply box is found where nothing brings it: below the post it answers."""

from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.steps import answer as desk
from bot.steps.confirm import confirm_some
from bot.steps.seek import BILLED, LOOKS, Seeker
from bot.store import cases, sources
from bot.store.db import Database
from bot.store.tables import ReplyRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from connectors.errors import Unavailable
from connectors.memory import Memory
from connectors.types import Native, Page, PostRef
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post

LATE = "Acme charged me twice and nobody answers my mails."
SORRY = "Hello Ada, I am looking for the second charge now and will write to you here."
MINUTE = timedelta(minutes=1)


class Thread(Memory):
    """A platform in memory that brings nothing by itself, and can be asked about a conversation."""

    def __init__(self) -> None:
        super().__init__(route=Native("https://memory.test/p1", "No account of ours is set."))
        self.below: Page | Exception = Page()
        self.asked = 0

    def conversation(self, ref: PostRef) -> Page:
        self.asked += 1
        if isinstance(self.below, Exception):
            raise self.below
        return self.below


@pytest.fixture
def thread() -> Thread:
    return Thread()


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings, thread: Thread) -> Path:
    path = laid(db, clock, settings, platform=thread)
    with db.begin() as session:
        session.add(AccountRow(id=1, login="lena", name="Lena", password_hash="", created_at=NOW))
    path.hear(page(post("p1", LATE, NOW - 9 * MINUTE)))
    done = desk.hand_over(path.app, path.case().id or 0, 1, SORRY)
    assert isinstance(done, desk.Handed), done
    return path


def sought(path: Path, seeker: Seeker) -> None:
    while seeker.seek_one(path.app):
        pass
    confirm_some(path.app)


def reply(path: Path) -> ReplyRow:
    with path.app.db.read() as session:
        (only,) = cases.replies(session, 1)
        return only


def test_it_is_found_a_minute_later_and_the_clock_stops_at_its_real_time(
    path: Path, thread: Thread, clock: HandClock
) -> None:
    seeker = Seeker()
    sought(path, seeker)
    assert thread.asked == 0, "nobody has had the time to press the button"
    above, strangers = PostRef("memory", "p1"), post("9", "Same here!", NOW, "kim")
    thread.below = page(strangers, post("8", SORRY, NOW + MINUTE / 2, "acme_care", in_reply_to=above))
    clock.move(MINUTE)
    sought(path, seeker)
    assert (reply(path).state, reply(path).receipt_id, reply(path).sent_at) == ("sent", "8", NOW + MINUTE / 2)
    assert path.case().answered_at == NOW + MINUTE / 2
    clock.move(timedelta(days=1))
    sought(path, seeker)
    assert thread.asked == 1, "what was found is not looked for"


def test_it_is_looked_for_less_and_less_often_for_a_day_and_seldom_where_each_look_costs(
    path: Path, thread: Thread, clock: HandClock
) -> None:
    def asked_within_two_days(seeker: Seeker) -> int:
        before = thread.asked
        for _ in range(2 * 24 * 4):
            clock.move(15 * MINUTE)
            sought(path, seeker)
        return thread.asked - before

    assert asked_within_two_days(Seeker()) == len([at for at in LOOKS if at >= 15 * MINUTE])
    with path.app.db.begin() as session:
        sources.note(session, "memory", spent=0.01)
        session.merge(reply(path)).approved_at = clock.now()
    assert asked_within_two_days(Seeker()) == len([at for at in BILLED if at >= 15 * MINUTE])


def test_a_platform_that_is_away_is_asked_again_at_the_next_time(path: Path, thread: Thread, clock: HandClock) -> None:
    seeker = Seeker()
    thread.below = Unavailable("away")
    clock.move(MINUTE)
    sought(path, seeker)
    assert (thread.asked, reply(path).state) == (1, "looking")
    thread.below = page(post("8", SORRY, NOW + MINUTE, "acme_care", in_reply_to=PostRef("memory", "p1")))
    clock.move(3 * MINUTE)
    sought(path, seeker)
    assert reply(path).state == "sent"
