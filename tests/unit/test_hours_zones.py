"""Zones come from the pinned rules, and days begin where the wall clock first shows them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.zones import day_start, steady, utc, zone


def test_an_unknown_zone_is_refused_with_the_nearest_names():
    with pytest.raises(ValueError, match="Did you mean Europe/Berlin"):
        zone("Europe/Berln")


@pytest.mark.parametrize("name", ["", "../etc/passwd", "localtime", "right/UTC", "UTC+2", "/usr/share/zoneinfo/UTC"])
def test_a_name_that_is_not_an_iana_zone_opens_no_file(name):
    with pytest.raises(ValueError, match="is not a time zone"):
        zone(name)


@pytest.mark.parametrize(
    ("tz", "day", "start"),
    [
        ("Europe/Madrid", "2025-03-30", "2025-03-29T23:00:00+00:00"),
        ("Africa/Cairo", "2025-04-25", "2025-04-24T22:00:00+00:00"),  # midnight is skipped: the day starts at 01:00
        ("America/Havana", "2025-11-02", "2025-11-02T04:00:00+00:00"),  # midnight comes twice: the first one
    ],
)
def test_a_day_starts_at_its_first_moment(tz, day, start):
    begins = day_start(date.fromisoformat(day), zone(tz))
    assert begins == datetime.fromisoformat(start)
    assert begins.astimezone(zone(tz)).date().isoformat() == day
    assert (begins - timedelta(seconds=1)).astimezone(zone(tz)).date().isoformat() < day


def test_time_is_cut_exactly_where_the_offset_changes():
    start = datetime(2025, 3, 29, 12, 0, 0, 7, tzinfo=UTC)
    pieces = list(steady(zone("Europe/Madrid"), start, start + timedelta(days=1)))
    changes = datetime(2025, 3, 30, 1, tzinfo=UTC)
    assert [(a, b) for a, b, _ in pieces] == [(start, changes), (changes, start + timedelta(days=1))]
    assert [offset for _, _, offset in pieces] == [timedelta(hours=1), timedelta(hours=2)]


def test_a_cut_within_the_same_second_as_the_change_is_found():
    changes = datetime(2025, 3, 30, 1, tzinfo=UTC)
    little = timedelta(milliseconds=300)
    pieces = list(steady(zone("Europe/Madrid"), changes - little, changes + little))
    assert [(a, b) for a, b, _ in pieces] == [(changes - little, changes), (changes, changes + little)]


def test_aware_times_become_utc_and_naive_ones_are_refused():
    assert utc(datetime.fromisoformat("2025-06-01T12:00+02:00"), "x") == datetime(2025, 6, 1, 10, tzinfo=UTC)
    with pytest.raises(ValueError, match="heard_at has no time zone"):
        utc(datetime(2025, 6, 1), "heard_at")
