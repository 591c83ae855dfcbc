"""Times in words, and moments behind buttons."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.web import snooze, words

NOON = datetime(2026, 10, 13, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0.5, "under 1 min"),
        (1, "under 1 min"),
        (1.1, "2 min left"),
        (33, "33 min left"),
        (60, "1 h left"),
        (68, "1 h 8 min left"),
        (47 * 60 + 59, "47 h 59 min left"),
        (72 * 60 + 5, "3 days left"),
        (0, "1 min late"),
        (-12, "12 min late"),
        (-60 * 24 * 300, "300 days late"),
    ],
)
def test_a_running_clock_says_minutes_never_seconds(minutes: float, said: str) -> None:
    assert words.left(NOON + timedelta(minutes=minutes), NOON) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOON, "14:00"),
        (NOON - timedelta(days=1), "Mon 14:00"),
        (datetime(2026, 9, 2, 8, 5, tzinfo=UTC), "2 Sep 10:05"),
        (datetime(2024, 9, 2, 8, 5, tzinfo=UTC), "2 Sep 2024"),
    ],
)
def test_a_moment_is_told_on_the_teams_wall(at: datetime, said: str) -> None:
    assert words.wall(at, "Europe/Berlin", NOON) == said


def test_what_was_seconds_ago_says_seconds() -> None:
    assert words.ago(NOON - timedelta(seconds=12), NOON) == "12 s ago"
    assert words.ago(NOON - timedelta(minutes=4, seconds=30), NOON) == "4 min ago"


def test_platforms_are_named_as_people_write_them() -> None:
    assert [words.platform(name) for name in ("x", "hackernews", "mastodon")] == ["X", "Hacker News", "Mastodon"]


def test_tomorrow_means_nine_on_the_teams_wall_also_over_a_clock_change() -> None:
    before_change = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)  # Europe/Berlin leaves summer time on 25 October
    assert snooze.until("tomorrow", before_change, "Europe/Berlin") == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)
    assert snooze.until("tomorrow", NOON, "Europe/Berlin") == datetime(2026, 10, 14, 7, 0, tzinfo=UTC)


def test_monday_is_never_today() -> None:
    monday = datetime(2026, 10, 12, 5, 0, tzinfo=UTC)
    assert snooze.until("monday", monday, "UTC") == datetime(2026, 10, 19, 9, 0, tzinfo=UTC)
    assert snooze.until("monday", NOON, "UTC") == datetime(2026, 10, 19, 9, 0, tzinfo=UTC)


def test_a_button_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        snooze.until("forever", NOON, "UTC")


def test_a_wall_time_is_the_newest_past_one() -> None:
    assert snooze.earlier("11:30", NOON, "UTC") == NOON - timedelta(minutes=30)
    assert snooze.earlier("12:30", NOON, "UTC") == NOON - timedelta(hours=23, minutes=30)


@pytest.mark.parametrize("said", ["", "25:00", "12:60", "noon", "12", "-1:00"])
def test_what_is_no_wall_time_is_refused(said: str) -> None:
    with pytest.raises(ValueError):
        snooze.earlier(said, NOON, "UTC")
