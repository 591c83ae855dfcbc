"""A wall clock that jumps purges nothing and repeats nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from bot.steps import forget
from bot.store.tables import PostRow
from tests.flow.room import HOUR, MINUTE, Room

YEARS = timedelta(days=3650)


def words_left(room: Room) -> int:
    with room.app.db.read() as session:
        return sum(bool(row.text) for row in session.exec(select(PostRow)).all())


@pytest.mark.parametrize("jump", [YEARS, -YEARS, HOUR, -HOUR])
def test_a_jump_and_back_purges_nothing(room: Room, jump: timedelta) -> None:
    for number in range(5):
        room.open_case(number)
    room.run(MINUTE)
    before = room.clock.now()
    room.clock.set(before + jump)
    forget.retain(room.app)
    forget.forget_some(room.app)
    room.turn()
    forget.retain(room.app)
    room.clock.set(before + MINUTE)
    forget.retain(room.app)
    assert words_left(room) == 5


@pytest.mark.parametrize("jump", [-HOUR, -YEARS])
def test_after_a_jump_back_no_alert_is_said_again(room: Room, jump: timedelta) -> None:
    for number in range(5):
        room.open_case(number)
    room.run(MINUTE)
    said = len(room.slack.posts)
    room.clock.set(room.clock.now() + jump)
    room.run(MINUTE)
    assert len(room.slack.posts) == said


def test_a_jump_of_ten_years_says_each_case_late_once_and_not_again_on_the_way_back(room: Room) -> None:
    for number in range(5):
        room.open_case(number)
    room.run(MINUTE)
    before = room.clock.now()
    room.clock.set(before + YEARS)
    room.run(5 * MINUTE)
    ahead = len(room.slack.posts)
    assert ahead <= 5 + 5
    room.clock.set(before + 2 * MINUTE)
    room.run(5 * MINUTE)
    assert len(room.slack.posts) == ahead


def test_a_clock_of_1970_loses_no_words(room: Room) -> None:
    room.open_case(1)
    room.clock.set(datetime(1970, 1, 1, tzinfo=UTC))
    forget.retain(room.app)
    forget.forget_some(room.app)
    room.turn()
    assert words_left(room) == 1
