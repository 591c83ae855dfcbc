"""Opening hours against a counter that walks minute by minute and looks at the wall clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.hours import DAYS, Hours, NeverOpen
from bot.core.zones import zone

OFFICE = {day: [["09:00", "17:00"]] for day in DAYS[:5]}
MINUTE = timedelta(minutes=1)

# Zones that change by an hour, by half an hour, at midnight, by two hours, never; odd offsets; both hemispheres.
ZONES = (
    "America/New_York",
    "Europe/Lisbon",
    "Australia/Lord_Howe",
    "America/Asuncion",
    "Africa/Cairo",
    "Asia/Beirut",
    "Antarctica/Troll",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Africa/Casablanca",
)
CHANGES = (
    "2025-03-09",
    "2025-03-30",
    "2025-04-06",
    "2025-04-25",
    "2025-10-05",
    "2025-10-26",
    "2025-11-02",
    "2025-07-01",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def open_minutes(hours: dict[str, list[list[str]]], tz: str, holidays: list[str], start: datetime, minutes: int) -> int:
    """How many of these minutes begin while the wall clock shows opening hours: the slow, plain way."""
    return sum(shows_open(hours, holidays, (start + k * MINUTE).astimezone(zone(tz))) for k in range(minutes))


def shows_open(hours: dict[str, list[list[str]]], holidays: list[str], wall: datetime) -> bool:
    shown, today, yesterday = f"{wall:%H:%M}", DAYS[wall.weekday()], DAYS[wall.weekday() - 1]
    if wall.date().isoformat() in holidays:
        return False
    same_day = any(a <= shown < b or (b <= a <= shown) for a, b in hours.get(today, []))
    after_midnight = any(b <= a and shown < b for a, b in hours.get(yesterday, []))
    return same_day or after_midnight


clock_times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 45, 59]))
openings = st.tuples(clock_times, clock_times).filter(lambda span: span[0] != span[1]).map(list)
weeks = st.dictionaries(st.sampled_from(DAYS), st.lists(openings, min_size=1, max_size=3), min_size=4, max_size=7)
near_changes = st.builds(
    lambda day, minutes: at(day + "T00:00+00:00") + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-2000, 2000),
)


@settings(max_examples=60, deadline=None)
@given(hours=weeks, tz=st.sampled_from(ZONES), start=near_changes, minutes=st.integers(1, 3000))
def test_hours_count_what_a_person_watching_the_wall_clock_counts(hours, tz, start, minutes):
    holidays = [(start + timedelta(days=1)).date().isoformat()]
    counted = Hours.parse(tz, hours, holidays).counted(start, start + minutes * MINUTE)
    assert counted == 60 * open_minutes(hours, tz, holidays, start, minutes)


@settings(max_examples=60, deadline=None)
@given(hours=weeks, tz=st.sampled_from(ZONES), start=near_changes, seconds=st.integers(1, 200_000))
def test_adding_then_counting_gives_back_what_was_added(hours, tz, start, seconds):
    shop = Hours.parse(tz, hours)
    end = shop.add(start, seconds)
    assert shop.counted(start, end) == seconds
    assert shop.counted(start, end - timedelta(seconds=1)) == seconds - 1  # no earlier moment will do


@settings(max_examples=40, deadline=None)
@given(hours=weeks, tz=st.sampled_from(ZONES), start=near_changes, minutes=st.integers(0, 5000))
def test_open_and_closed_stretches_make_the_whole(hours, tz, start, minutes):
    shop, end = Hours.parse(tz, hours), start + minutes * MINUTE
    closed = sum(((opens - shut) for shut, opens in shop.closed(start, end)), timedelta())
    assert closed.total_seconds() + shop.counted(start, end) == minutes * 60


@pytest.mark.parametrize(
    ("hours", "tz", "start", "seconds", "end"),
    [
        pytest.param(OFFICE, "Europe/Berlin", "2025-06-06T16:30+02:00", 3600, "2025-06-09T09:30+02:00", id="weekend"),
        pytest.param(
            OFFICE, "Europe/Berlin", "2025-06-06T16:00+02:00", 3600, "2025-06-06T17:00+02:00", id="to the bell"
        ),
        pytest.param(
            OFFICE, "Europe/Berlin", "2025-06-07T12:00+02:00", 1, "2025-06-09T09:00:01+02:00", id="one second"
        ),
        pytest.param(
            {day: [["22:00", "06:00"]] for day in DAYS},
            "Europe/Paris",
            "2025-03-29T22:00+01:00",
            7 * 3600,
            "2025-03-30T06:00+02:00",
            id="the short night has seven hours",
        ),
        pytest.param(
            {day: [["22:00", "06:00"]] for day in DAYS},
            "Europe/Paris",
            "2025-10-25T22:00+02:00",
            9 * 3600,
            "2025-10-26T06:00+01:00",
            id="the long night has nine",
        ),
        pytest.param(
            {day: [["00:00", "24:00"]] for day in DAYS},
            "Australia/Lord_Howe",
            "2025-10-05T00:00+10:30",
            23.5 * 3600,
            "2025-10-06T00:00+11:00",
            id="half an hour is skipped",
        ),
        pytest.param(
            {"sun": [["00:00", "01:00"]]},
            "Africa/Cairo",  # on Friday 2025-04-25 midnight is skipped there: no matter for Sunday
            "2025-04-25T00:00+02:00",
            3600,
            "2025-04-27T01:00+03:00",
            id="a week with a skipped midnight",
        ),
        pytest.param(
            {"fri": [["00:00", "02:00"]]},
            "Africa/Cairo",
            "2025-04-24T12:00+02:00",
            3600,
            "2025-04-25T02:00+03:00",
            id="an opening that starts in a skipped midnight is shorter",
        ),
    ],
)
def test_adding_opening_time(hours, tz, start, seconds, end):
    assert Hours.parse(tz, hours).add(at(start), seconds) == at(end)


def test_a_half_past_one_opening_shows_twice_when_the_clocks_go_back():
    shop = Hours.parse("America/New_York", {"sun": [["01:30", "02:00"]]})
    day = at("2025-11-02T00:00-04:00")
    assert shop.counted(day, day + timedelta(days=1)) == 3600
    assert list(shop.stretches(day, day + timedelta(days=1))) == [
        (at("2025-11-02T01:30-04:00"), at("2025-11-02T02:00-04:00")),
        (at("2025-11-02T01:30-05:00"), at("2025-11-02T02:00-05:00")),
    ]


def test_lunch_does_not_count():
    shop = Hours.parse("UTC", {"mon": [["09:00", "12:30"], ["13:15", "17:30"]]})
    assert shop.add(at("2025-06-02T12:00+00:00"), 3600) == at("2025-06-02T13:45+00:00")
    assert shop.closed(at("2025-06-02T12:00+00:00"), at("2025-06-02T14:00+00:00")) == [
        (at("2025-06-02T12:30+00:00"), at("2025-06-02T13:15+00:00"))
    ]


def test_a_holiday_closes_its_local_date_and_no_other():
    nights = Hours.parse("Asia/Tokyo", {day: [["20:00", "04:00"]] for day in DAYS}, ["2025-05-05"])
    evening_before, morning_after = at("2025-05-04T20:00+09:00"), at("2025-05-06T04:00+09:00")
    assert nights.counted(evening_before, morning_after) == 8 * 3600
    assert nights.is_open(at("2025-05-04T23:59:59+09:00"))
    assert not nights.is_open(at("2025-05-05T00:00+09:00"))
    assert not nights.is_open(at("2025-05-05T23:00+09:00"))
    assert nights.is_open(at("2025-05-06T00:00+09:00"))


def test_openings_that_overlap_count_once():
    shop = Hours.parse("UTC", {"mon": [["09:00", "12:00"], ["11:00", "13:00"], ["13:00", "14:00"]]})
    assert shop.week[0] == ((9 * 3600, 14 * 3600),)
    assert shop.seconds_a_week == 5 * 3600


def test_a_night_opening_runs_into_the_next_day_even_from_sunday_to_monday():
    shop = Hours.parse("UTC", {"sun": [["22:00", "02:00"]]})
    assert shop.week[6] == ((22 * 3600, 24 * 3600),)
    assert shop.week[0] == ((0, 2 * 3600),)


def test_microseconds_of_a_post_are_kept():
    shop = Hours.parse("UTC", OFFICE)
    assert shop.add(at("2025-06-02T16:59:59.250000+00:00"), 60) == at("2025-06-03T09:00:59.250000+00:00")


def test_nothing_to_add_changes_nothing_even_while_closed():
    sunday = at("2025-06-01T03:00+00:00")
    assert Hours.parse("UTC", OFFICE).add(sunday, 0) == sunday


def test_hours_that_never_open_say_so():
    with pytest.raises(NeverOpen, match="never open"):
        Hours.parse("UTC", {}).add(at("2025-06-01T03:00+00:00"), 60)


def test_hours_that_open_too_seldom_say_so():
    seldom = Hours.parse("UTC", {"mon": [["09:00", "09:01"]]})
    with pytest.raises(NeverOpen, match="20 years"):
        seldom.add(at("2025-06-01T03:00+00:00"), 400_000)


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:00:00+00:00"])
def test_the_edges_of_the_calendar_are_refused_in_words(edge):
    with pytest.raises(NeverOpen, match="calendar"):
        Hours.parse("America/New_York", OFFICE).add(at(edge), 3600 * 50)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        Hours.parse("UTC", OFFICE).add(datetime(2025, 6, 1), 60)


@pytest.mark.parametrize(
    ("hours", "holidays", "says"),
    [
        ({"mo": [["09:00", "17:00"]]}, [], r"policy\.hours: 'mo' is not a day; write one of mon, tue"),
        ({"mon": "09:00-17:00"}, [], r"policy\.hours\.mon: write a list"),
        ({"mon": [["09:00"]]}, [], r"policy\.hours\.mon\[0\]: an opening is a pair"),
        ({"mon": [["9", "17:00"]]}, [], r"policy\.hours\.mon\[0\]: '9' is not a time of day; write HH:MM"),
        ({"mon": [["09:00", "24:30"]]}, [], r"'24:30' is not a time of day"),
        ({"mon": [["09:00", 17]]}, [], r"17 is not a time of day"),
        ({"mon": [["09:00", "17:00"], ["18:00", "18:00"]]}, [], r"mon\[1\]: 18:00–18:00 is empty; a whole day is"),
        ({"mon": [["24:00", "06:00"]]}, [], r"is empty"),
        (OFFICE, ["25.12.2025"], r"policy\.holidays\[0\]: '25\.12\.2025' is not a date; write YYYY-MM-DD"),
        (OFFICE, "2025-12-25", r"policy\.holidays: write a list of dates"),
    ],
)
def test_bad_hours_name_the_place_and_the_remedy(hours, holidays, says):
    with pytest.raises(ValueError, match=says):
        Hours.parse("UTC", hours, holidays)


def test_long_day_names_and_toml_dates_are_understood():
    christmas = datetime(2025, 12, 25, tzinfo=UTC).date()
    shop = Hours.parse("UTC", {"Monday": [["09:00", "17:00:30"]]}, [christmas])
    assert shop.seconds_a_week == 8 * 3600 + 30
    assert christmas in shop.holidays


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (OFFICE, "Mon–Fri 09:00–17:00"),
        ({**OFFICE, "sat": [["10:00", "13:00"]]}, "Mon–Fri 09:00–17:00, Sat 10:00–13:00"),
        ({"mon": [["09:00", "12:30"], ["13:15", "17:30"]]}, "Mon 09:00–12:30 and 13:15–17:30"),
        ({day: [["00:00", "24:00"]] for day in DAYS}, "Mon–Sun 00:00–24:00"),
        ({}, "never open"),
    ],
)
def test_hours_describe_themselves(hours, words):
    assert Hours.parse("UTC", hours).describe() == words
