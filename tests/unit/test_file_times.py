"""Times as files write them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.file.times import is_zoned, moment

TEN = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        "2026-05-04T10:00:00Z",
        "2026-05-04T12:00:00+02:00",
        "2026-05-04 12:00:00 +0200",
        "2026-05-04 10:00:00",
        "2026-05-04 10:00",
        "2026/5/4 10:00:00 UTC",
        "2026-05-04T12:00+02",
        "Mon May 04 10:00:00 +0000 2026",
        "Mon, 04 May 2026 12:00:00 +0200",
        "Fri, 04 May 2026 10:00:00 GMT",
        "04.05.2026 10:00",
        "05/04/2026 10:00:00",
        "05/04/2026 10:00 AM",
        "1777888800",
        "1777888800.0",
        1777888800,
        1777888800.0,
        1777888800000,
        "1777888800000",
        1777888800000000,
    ],
)
def test_one_moment_in_many_hands(told: Any) -> None:
    assert moment(told) == TEN


@pytest.mark.parametrize(
    "told",
    [
        None,
        "",
        "soon",
        "never",
        "42",
        42,
        True,
        ["2026"],
        {},
        float("nan"),
        float("inf"),
        "2026-02-30T10:00:00Z",
        "2026-W19-1T10:00:00Z",
        "2026-05-04T10:00:00-24:30",
        "2026-05-04T25:00:00Z",
        "2026-03-08T02:30:00[America/New_York]",
        "10000-01-01T00:00:00Z",
        "13/13/2026",
        "9" * 5000,
        "0001-01-01T00:00:00+23:00",
    ],
)
def test_what_names_no_moment_is_none(told: Any) -> None:
    assert moment(told) is None


def test_parts_and_edges() -> None:
    assert moment("2026-05-04T10:00:00,5Z") == TEN + timedelta(milliseconds=500)
    assert moment("2026-05-04T09:59:60Z") == TEN
    assert moment("2026-05-04") == TEN - timedelta(hours=10)
    assert moment("31/10/2017 10:00 pm") == datetime(2017, 10, 31, 22, tzinfo=UTC)
    assert moment("2026-05-04 12:00", ZoneInfo("Europe/Berlin")) == TEN
    assert moment("9999-12-31T23:59:59Z") == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_time_says_its_zone_or_it_was_assumed() -> None:
    assert is_zoned("2026-05-04T10:00:00Z")
    assert is_zoned("Mon May 04 10:00:00 +0000 2026")
    assert is_zoned(1777888800)
    assert not is_zoned("2026-05-04T10:00:00")
    assert not is_zoned("04.05.2026 10:00")
