"""The last word of a case's one message is its customer's: better, unchanged or worse, as they say it in public."""

from datetime import timedelta
from typing import Any

import pytest

from bot.steps.recover import recover_some
from bot.store import cases, recoveries
from bot.store.db import Session
from bot.store.tables import MentionRow, PostRow
from tests.flow.room import MINUTE, SECOND, Room, hire

DAY = timedelta(days=1)


def answered(room: Room) -> int:
    lena = hire(room, "Lena")
    case_id = room.open_case(1, sentiment="negative", complaint=0.9)
    room.run(2 * SECOND)
    with room.app.db.begin() as session:
        case = cases.get(session, case_id)
        assert case is not None
        assert cases.answered(session, case, room.clock.now(), "native", room.clock.now(), lena)
    room.run(2 * SECOND)
    return case_id


def says(room: Room, case_id: int, text: str, **read: Any) -> None:
    """The customer is heard again, in public, and what that means is judged."""
    now = room.clock.now()
    with room.app.db.begin() as session:
        customer = _customer(session, case_id)
        post = PostRow(
            platform="mastodon", native_id=f"again-{now}", source="memory", author_id="a1", author_name="Ada 1",
            text=text, created_at=now, heard_at=now, next_try_at=now, matched_at=now,
        )  # fmt: skip
        session.add(post)
        session.flush()
        session.add(MentionRow(
            post_id=post.id or 0, brand="Acme", platform="mastodon", tagged=True, relevance=1.0, created_at=now,
            heard_at=now, read_at=now, triaged_at=now, next_try_at=now, customer_id=customer, **read,
        ))  # fmt: skip
        recoveries.spoke(session, customer, now, now)
    assert recover_some(room.app) == 1
    room.clock.move(MINUTE - timedelta(seconds=now.second))
    room.run(10 * SECOND)


def _customer(session: Session, case_id: int) -> int:
    case = cases.get(session, case_id)
    assert case is not None
    return case.customer_id


def shown(room: Room) -> str:
    (post,) = room.slack.messages.values()
    return post.all_text


def test_the_message_of_a_case_ends_with_what_its_customer_says(room: Room) -> None:
    case_id = answered(room)
    assert "Kept. Lena answered" in shown(room)
    room.clock.move(3 * DAY)
    says(room, case_id, "Acme found my parcel, thank you so much!", sentiment="positive", complaint=0.02)
    assert "Recovered. Lena answered" in shown(room)
    edits = len(room.slack.calls)
    room.run(5 * SECOND)
    assert len(room.slack.calls) == edits  # said once
    room.clock.move(26 * DAY)
    says(room, case_id, "Never again Acme, it is lost once more", sentiment="negative", complaint=0.95)
    assert "Worse." in shown(room) or "Unchanged." in shown(room)
    assert len(room.slack.posts) == 1  # in place: nobody was rung for


@pytest.mark.parametrize("text", ["sent you a message"])
def test_a_neutral_word_is_unchanged_and_silence_says_nothing(room: Room, text: str) -> None:
    case_id = answered(room)
    assert recover_some(room.app) == 1
    room.run(2 * SECOND)
    assert "Kept. Lena answered" in shown(room)
    room.clock.move(DAY)
    says(room, case_id, text, sentiment="neutral", complaint=0.1)
    assert "Unchanged. Lena answered" in shown(room)
