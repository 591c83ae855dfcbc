"""The team's clock and its calendars: opening hours, pauses with evidence, holidays, tiers."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.brand import Brand
from bot.core.holidays import BadCalendar, days_of
from bot.core.hours import Hours
from bot.core.promised import due_sooner, policy_of, promise_of, running
from bot.core.team_clock import Pause, TeamClock, asks

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOURS = Hours.parse("UTC", {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})
HOUR = timedelta(hours=1)


def clock(*pauses: Pause, hours: float = 8, ended: datetime | None = None) -> TeamClock:
    return TeamClock(MONDAY, HOUR * hours, HOURS, pauses, ended)


def test_nights_do_not_count_for_us() -> None:
    one = clock()
    assert one.used(MONDAY + 20 * HOUR) == 8 * HOUR
    assert one.due_at(MONDAY) == MONDAY + 8 * HOUR
    assert clock(hours=9).due_at(MONDAY) == MONDAY + 25 * HOUR


def test_a_pause_stops_it_and_the_customers_word_starts_it_again() -> None:
    paused = clock(Pause(MONDAY + HOUR))
    assert paused.standing(MONDAY + 3 * HOUR) == "paused"
    assert paused.used(MONDAY + 3 * HOUR) == HOUR
    assert paused.due_at(MONDAY + 3 * HOUR) is None
    again = clock(Pause(MONDAY + HOUR, MONDAY + 3 * HOUR))
    assert again.due_at(MONDAY) == MONDAY + 26 * HOUR
    assert again.used(MONDAY + 4 * HOUR) == 2 * HOUR


def test_a_pause_over_a_closed_night_changes_nothing() -> None:
    night = Pause(MONDAY + 8 * HOUR, MONDAY + 24 * HOUR)
    assert clock(night, hours=10).due_at(MONDAY) == clock(hours=10).due_at(MONDAY)


def test_pauses_that_overlap_count_once() -> None:
    twice = clock(Pause(MONDAY + HOUR, MONDAY + 3 * HOUR), Pause(MONDAY + 2 * HOUR, MONDAY + 3 * HOUR))
    assert twice.used(MONDAY + 4 * HOUR) == 2 * HOUR


def test_no_pause_can_raise_what_was_missed_already() -> None:
    missed = clock(Pause(MONDAY + 9 * HOUR), hours=4)
    assert missed.standing(MONDAY + 9 * HOUR) == "late"
    assert clock(hours=4, ended=MONDAY + 5 * HOUR).standing(MONDAY + 30 * HOUR) == "missed"
    assert clock(hours=4, ended=MONDAY + 4 * HOUR).standing(MONDAY + 30 * HOUR) == "kept"


def test_the_arithmetic_is_told() -> None:
    told = clock(Pause(MONDAY + HOUR, MONDAY + 2 * HOUR)).explain(MONDAY + 3 * HOUR)
    assert told[0] == "Runs in opening hours; promised 8 hours, used 2 hours."
    assert "Paused from Monday 2 November 2026 10:00" in told[1]
    assert told[-1].startswith("Due Tuesday 3 November 2026")


@pytest.mark.parametrize("text", ["Which flight?", "Bitte schicken Sie uns ein Bild.", "¿Cuál es?", "号码是什么？"])
def test_a_question_is_evidence(text: str) -> None:
    assert asks(text)
    assert not asks("We are looking into it.")


def ics(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\nUID:{at}\r\n{event}\r\nEND:VEVENT\r\n" for at, event in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}END:VCALENDAR\r\n".encode()


def days(*events: str) -> dict[str, str]:
    return days_of(ics(*events), date(2026, 1, 1), date(2027, 12, 31))


def test_whole_days_are_holidays_and_meetings_are_not() -> None:
    found = days(
        "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Christmas",
        "DTSTART:20261112T120000Z\r\nDTEND:20261112T130000Z\r\nSUMMARY:Lunch",
        "DTSTART;VALUE=DATE:20261111\r\nSTATUS:CANCELLED",
        "DTSTART:20261120T000000\r\nDTEND:20261121T000000\r\nSUMMARY:Works outing",
    )
    assert found == {"2026-11-20": "Works outing", "2026-12-25": "Christmas", "2026-12-26": "Christmas"}


def test_a_day_that_comes_every_year_comes_every_year() -> None:
    assert list(days("DTSTART;VALUE=DATE:20200501\r\nRRULE:FREQ=YEARLY")) == ["2026-05-01", "2027-05-01"]


@pytest.mark.parametrize("content", [b"nothing", b"BEGIN:VCALENDAR", b"\xff\xfe\x00", b"x" * 2_000_001])
def test_what_is_no_calendar_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(BadCalendar, match=r"\.$"):
        days_of(content, date(2026, 1, 1), date(2027, 12, 31))


def test_a_calendar_that_closes_every_day_for_years_is_refused() -> None:
    with pytest.raises(BadCalendar, match="thousand days"):
        days_of(ics("DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=DAILY"), date(2026, 1, 1), date(2029, 12, 31))


OPEN = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
POLICY = {
    "window_minutes": 60, "clock": "business", "hours": OPEN, "holidays": ["2026-12-24"],
    "next": {"window_minutes": 120}, "resolution": {"window_minutes": 960},
    "severity": {"critical": {"window_minutes": 30, "resolution": {"window_minutes": 240}}},
    "tier": {"gold": {"window_minutes": 20, "next": {"window_minutes": 15}}},
}  # fmt: skip
BRAND = Brand(name="Acme", policy=POLICY)


@pytest.mark.parametrize(
    ("severity", "tier", "part", "minutes"),
    [
        ("normal", "", "first", 60), ("critical", "", "first", 30), ("critical", "gold", "first", 20),
        ("normal", "gold", "first", 20), ("normal", "", "next", 120), ("normal", "gold", "next", 15),
        ("normal", "", "resolution", 960), ("critical", "", "resolution", 240), ("normal", "silver", "first", 60),
    ],
)  # fmt: skip
def test_the_stricter_of_severity_and_tier_holds(severity: str, tier: str, part: str, minutes: float) -> None:
    assert policy_of(BRAND, severity, part, tier)[0].window_minutes == minutes


def test_calendars_join_the_holidays_and_stay_on_the_case() -> None:
    policy, kept = policy_of(BRAND, "normal", "first", "", ("2026-12-25",))
    assert policy.hours is not None
    assert kept["holidays"] == ["2026-12-24", "2026-12-25"]
    assert date(2026, 12, 25) in policy.hours.holidays


def test_what_is_not_promised_is_not_counted() -> None:
    assert promise_of(Brand(name="Acme"), "normal", "resolution") is None
    assert policy_of(Brand(name="Acme"), "normal", "next")[0].window_minutes == 60


def test_a_wrong_rule_in_a_tier_is_named() -> None:
    with pytest.raises(ValueError, match=r"tier\.gold\.next"):
        policy_of(Brand(name="Acme", policy={"tier": {"gold": {"next": {"window_minutes": -1}}}}), "normal")


SPOKE = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@given(st.integers(1, 300), st.lists(st.tuples(st.integers(1, 300), st.integers(-60, 400)), max_size=5), st.booleans())
def test_a_due_time_never_moves_later_whatever_is_promised_and_from_when(
    minutes: int, moves: list[tuple[int, int]], office: bool
) -> None:
    raw = {"window_minutes": minutes} | ({"clock": "business", "hours": OPEN} if office else {})
    case = SimpleNamespace(policy=raw, spoke_at=SPOKE, heard_at=SPOKE, answered_at=None, first_spoke_at=SPOKE,
                           first_answered_at=None)  # fmt: skip
    first = running(case).due_at
    for target, after in moves:
        before = running(case).due_at
        changes = due_sooner(case, raw | {"window_minutes": target}, SPOKE + timedelta(minutes=after), "x")
        case.policy = changes.get("policy", case.policy)
        now = running(case)
        assert now.due_at <= before
        assert now.due_at == changes.get("due_at", before)
        assert now.sooner is None or now.sooner.was_due == first
