"""How many messages one room gets."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.core.storm import AFTER_OUTAGE, FIRST_HOUR, Traffic, Turn, turn

NOW = datetime(2026, 11, 4, 14, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def posted(*minutes_ago: float) -> tuple[datetime, ...]:
    return tuple(NOW - MINUTE * ago for ago in minutes_ago)


def test_where_nothing_waits_nothing_is_said() -> None:
    assert turn(Traffic(0), NOW) == Turn("wait")


def test_a_few_go_one_by_one() -> None:
    assert turn(Traffic(3), NOW) == Turn("single")


def test_a_second_passes_between_two_messages() -> None:
    last = NOW - timedelta(milliseconds=400)
    assert turn(Traffic(1, last_at=last), NOW) == Turn("wait", last + SECOND)
    assert turn(Traffic(1, last_at=NOW - SECOND), NOW).how == "single"


def test_a_clock_that_went_back_does_not_silence_a_room() -> None:
    assert turn(Traffic(1, last_at=NOW + timedelta(hours=1)), NOW).how == "single"


@pytest.mark.parametrize(("waiting", "recent", "how"), [(10, 0, "single"), (11, 0, "together"), (3, 8, "together")])
def test_above_ten_in_five_minutes_they_go_together(waiting: int, recent: int, how: str) -> None:
    assert turn(Traffic(waiting, posted(*[4] * recent)), NOW).how == how


def test_what_was_said_six_minutes_ago_no_longer_counts() -> None:
    assert turn(Traffic(3, posted(*[6] * 10)), NOW).how == "single"


def test_joint_messages_come_once_a_minute() -> None:
    together_at = NOW - 20 * SECOND
    assert turn(Traffic(50, posted(0.33), together_at=together_at), NOW) == Turn("wait", NOW + 40 * SECOND)
    assert turn(Traffic(50, posted(1), together_at=NOW - MINUTE), NOW).how == "together"


def test_after_an_outage_the_first_message_holds_everything() -> None:
    assert turn(Traffic(1, back_at=NOW), NOW).how == "together"


def test_after_an_outage_an_hour_holds_at_most_twenty_messages_whatever_comes() -> None:
    sent: list[datetime] = []
    waiting, now = 180, NOW
    while now < NOW + FIRST_HOUR:
        waiting += now.second % 20 == 0
        decided = turn(Traffic(waiting, tuple(sent), sent[-1] if sent else None, None, NOW), now)
        if decided.how != "wait":
            sent.append(now)
            waiting = waiting - 1 if decided.how == "single" else 0
        now += SECOND
    assert len(sent) <= AFTER_OUTAGE
    assert max(later - earlier for earlier, later in pairwise(sent)) < timedelta(minutes=6)


def test_an_hour_after_the_outage_all_is_as_before() -> None:
    assert turn(Traffic(2, posted(*range(1, 31)), back_at=NOW - FIRST_HOUR), NOW).how == "single"
