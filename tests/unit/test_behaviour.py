from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.behaviour import Habits, bare, habits

NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("day", "least", "most"),
    [
        (Habits(5, 5, 5), 0.0, 0.0),
        (Habits(40, 1, 2), 0.0, 0.6),  # an angry customer, ten ways an hour
        (Habits(30, 30, 0), 0.0, 0.6),  # the same complaint again and again is still an opinion
        (Habits(50, 3, 50), 0.5, 0.85),  # a news account
        (Habits(10, 10, 10), 0.9, 1.0),
        (Habits(40, 36, 40), 0.95, 1.0),
    ],
)
def test_only_fast_repetition_with_links_is_a_machine(day: Habits, least: float, most: float) -> None:
    assert least <= day.machine <= most


@given(st.integers(0, 500), st.floats(0, 1), st.floats(0, 1))
def test_it_is_a_share_whatever_the_day(posts: int, same: float, links: float) -> None:
    assert 0 <= Habits(posts, int(posts * same), int(posts * links)).machine <= 1


def test_a_day_is_counted_up_to_the_post_and_no_further() -> None:
    heard = [(NOON - at * MINUTE * 60, "Buy now https://x.test/1") for at in range(-3, 30)]
    assert habits(heard, NOON) == Habits(24, 24, 24)
    assert habits([], NOON).machine == 0


def test_other_links_handles_and_numbers_are_the_same_words() -> None:
    assert bare("Win 100 $ now @ada https://x.test/a?b=1") == bare("WIN 250 $ now @otis http://y.test/2")
    assert bare("my parcel is late") != bare("my parcel is lost")


def test_the_words_are_the_figures() -> None:
    assert Habits(40, 36, 40).words == "40 posts in a day, 36 in the same words, 40 with a link"


def test_one_post_repeats_nothing() -> None:
    assert habits([(NOON, "once"), (NOON, "twice")], NOON).same == 0
