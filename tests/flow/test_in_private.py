"""To the customer alone: where the platform takes it, once, looked up when unsure; elsewhere the case says why not."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.steps import answer as desk
from bot.steps.answer import Letter, Queued, Refused
from bot.steps.deliver import deliver_customer
from bot.steps.deliver.unknown import look_for_one
from bot.store import cases
from bot.store.db import Database
from bot.store.tables import ReplyRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from connectors.facebook.settings import Settings as FacebookSettings
from connectors.http import Http
from connectors.types import PostRef
from responders import privately
from responders.facebook import Facebook
from tests.conftest import NOW
from tests.fakes.meta import OURS, TOKEN, FakeMeta
from tests.flow.path import Path, laid, page, post

LENA = 1
ASKS = "Hello Ada, please tell me your order number here, then I look for it at once."
LETTER = Letter(ASKS, "private", "We wrote to you in private, Ada. Lena")
COMMENT = json.dumps({"comment": "1", "media": "7", "mention": "-"})
MENTION = json.dumps({"comment": "-", "media": "7", "mention": "yes"})


@pytest.fixture
def meta(clock: HandClock) -> Iterator[FakeMeta]:
    with FakeMeta(now=clock.now) as fake:
        yield fake


@pytest.fixture
def path(sqlite: Database, clock: HandClock, settings: Settings, meta: FakeMeta) -> Iterator[Path]:
    ours = FacebookSettings.model_validate({"access_token": TOKEN, "account_id": OURS, "base_url": meta.url})
    mouth = Facebook(ours, http=Http(private_ok=True, deadline_s=1, now=clock.now), now=clock.now)
    made = laid(sqlite, clock, settings, responders={"facebook": mouth})
    with sqlite.begin() as session:
        session.add(AccountRow(id=LENA, login="lena", name="Lena", role="agent", password_hash="", created_at=NOW))
    said = post("7_1", "Acme Parcels lost my parcel, I want it back!", NOW - timedelta(minutes=5))
    made.hear(page(replace(said, ref=PostRef("facebook", "7_1"), answer_to=json.dumps({"id": "7_1"}))))
    yield made
    mouth.close()


def replies(path: Path) -> list[ReplyRow]:
    with path.app.db.read() as session:
        return cases.replies(session, path.case().id or 0)


def send(path: Path, letter: Letter = LETTER) -> Queued | Refused:
    done = desk.answer(path.app, path.case().id or 0, LENA, letter.text, letter.visibility, letter=letter)
    assert isinstance(done, Queued | Refused), done
    return done


def deliver(path: Path, clock: HandClock) -> None:
    clock.move(timedelta(seconds=21))
    for _ in range(4):
        deliver_customer(path.app)
        clock.move(timedelta(seconds=5))


def test_the_comments_author_gets_it_alone_and_the_thread_its_last_sentence(
    path: Path, clock: HandClock, meta: FakeMeta
) -> None:
    assert isinstance(send(path), Queued)
    deliver(path, clock)
    assert [(one["to"], one["message"]) for one in meta.whispers] == [("7_1", ASKS)]
    assert [one["text"] for one in meta.replies] == [LETTER.closing]
    assert [(row.visibility, row.state) for row in replies(path)] == [("private", "sent"), ("public", "sent")]
    assert replies(path)[0].receipt_id == "message:m_7000"
    assert path.case().answered_at is not None


def test_a_second_one_to_the_same_comment_is_refused_before_anybody_types(
    path: Path, clock: HandClock, meta: FakeMeta
) -> None:
    send(path, Letter(ASKS, "private"))
    deliver(path, clock)
    again = send(path, Letter("Hello Ada, one more thing I need to know.", "private"))
    assert isinstance(again, Refused)
    assert "all the platform takes" in again.why
    assert len(meta.whispers) == 1


def test_a_lost_answer_is_looked_up_in_the_conversation_and_never_sent_twice(
    path: Path, clock: HandClock, meta: FakeMeta
) -> None:
    meta.fail_next("/messages", how="drop", after=True, method="POST")
    send(path, Letter(ASKS, "private"))
    clock.move(timedelta(seconds=21))
    deliver_customer(path.app)
    assert [row.state for row in replies(path)] == ["unsure"]
    clock.move(timedelta(seconds=10))
    assert look_for_one(path.app, "facebook")
    assert [(row.state, row.receipt_id) for row in replies(path)] == [("sent", "message:m_7000")]
    assert sum(one.path.endswith("/messages") for one in meta.log) == 1


def test_after_seven_days_the_platform_takes_none_and_the_case_says_so(path: Path, clock: HandClock) -> None:
    clock.move(timedelta(days=8))
    late = send(path, Letter(ASKS, "private"))
    assert isinstance(late, Refused)
    assert "seven days" in late.why


def test_a_private_message_is_held_to_the_length_of_private_messages(path: Path) -> None:
    key = path.case().id or 0
    long = "We are sorry. " * 200
    told = {one.rule for one in desk.check(path.app, key, LENA, long, "private")}
    assert told - {one.rule for one in desk.check(path.app, key, LENA, long, "public")} == {"length"}


@pytest.mark.parametrize(
    ("platform", "address", "days", "sent", "says"),
    [
        ("mastodon", "{}", 99, True, ""),
        ("facebook", "{}", 7, False, ""),
        ("facebook", "{}", 8, False, privately.LATE),
        ("facebook", "{}", 1, True, privately.SPENT),
        ("instagram", COMMENT, 1, False, ""),
        ("instagram", MENTION, 1, False, privately.ELSEWHERE),
        ("x", "{}", 1, False, privately.WHY["x"]),
        ("reddit", None, 1, False, privately.WHY["reddit"]),
        ("bluesky", "{}", 99, True, ""),
        ("hackernews", "", 1, False, privately.NONE),
    ],
)
def test_each_platform_says_why_or_takes_it(
    platform: str, address: str | None, days: int, sent: bool, says: str
) -> None:
    assert privately.why_not(platform, address, NOW - timedelta(days=days), sent, NOW) == says
