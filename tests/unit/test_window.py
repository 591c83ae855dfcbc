"""The response window: its states, warnings and what it says of itself."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.hours import DAYS, Hours
from bot.core.policy import Policy
from bot.core.window import State, Warn, Window

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
SPOKE = datetime(2025, 6, 6, 14, 30, tzinfo=UTC)  # a Friday
OFFICE = Hours.parse("UTC", {day: [["09:00", "15:00"]] for day in DAYS[:5]})
MONDAY = datetime(2025, 6, 9, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (timedelta(), State.OPEN),
        (45 * MINUTE - SECOND, State.OPEN),
        (45 * MINUTE, State.SOON),
        (HOUR - SECOND, State.SOON),
        (HOUR, State.LATE),
        (timedelta(days=400), State.LATE),
    ],
)
def test_an_unanswered_window_goes_from_open_to_soon_to_late(after, state):
    assert Window(SPOKE, HOUR).state(SPOKE + after) == state


@pytest.mark.parametrize(("after", "state"), [(HOUR, State.KEPT), (HOUR + SECOND, State.MISSED), (-MINUTE, State.KEPT)])
def test_an_answered_window_is_kept_or_missed_whatever_the_time(after, state):
    window = Window(SPOKE, HOUR, answered_at=SPOKE + after)
    assert window.state(SPOKE) == window.state(SPOKE + timedelta(days=9)) == state


def test_business_hours_stop_the_clock_over_the_weekend():
    window = Window(SPOKE, HOUR, OFFICE)
    assert window.due_at == MONDAY
    assert window.soon_at == datetime(2025, 6, 9, 9, 15, tzinfo=UTC)
    assert window.state(datetime(2025, 6, 8, tzinfo=UTC)) == State.OPEN
    assert window.left(datetime(2025, 6, 8, tzinfo=UTC)) == 30 * MINUTE


def test_what_is_left_runs_down_to_the_due_time_and_then_counts_the_customers_wait():
    window = Window(SPOKE, HOUR)
    assert window.left(SPOKE + 51 * MINUTE) == 9 * MINUTE
    assert window.left(SPOKE + HOUR) == timedelta()
    assert window.left(SPOKE + 72 * MINUTE) == -12 * MINUTE


def test_a_late_business_window_counts_the_night_because_the_customer_does():
    window = Window(SPOKE, HOUR, OFFICE)
    assert window.left(MONDAY + 12 * HOUR) == -12 * HOUR


def test_the_customers_own_clock_never_pauses():
    assert Window(SPOKE, HOUR, OFFICE).waited(MONDAY) == MONDAY - SPOKE
    assert Window(SPOKE, HOUR, answered_at=SPOKE + 41 * MINUTE).waited(MONDAY) == 41 * MINUTE


def test_an_outage_of_ours_does_not_move_the_due_time():
    heard_late = Window(SPOKE, HOUR, heard_at=SPOKE + 6 * HOUR)
    assert heard_late.due_at == SPOKE + HOUR
    assert heard_late.overdue_on_arrival
    assert not heard_late.late_arrival
    assert heard_late.warning(SPOKE + 6 * HOUR).name == Warn.OVER


@pytest.mark.parametrize(("ahead", "doubted"), [(300, False), (301, True), (86_400 * 900, True)])
def test_a_post_dated_far_in_our_future_counts_from_when_we_heard_it(ahead, doubted):
    window = Window(SPOKE + ahead * SECOND, HOUR, heard_at=SPOKE)
    assert window.doubted is doubted
    assert window.due_at == (SPOKE if doubted else SPOKE + ahead * SECOND) + HOUR


def test_a_post_slightly_ahead_of_our_clock_shows_no_negative_age_and_no_more_than_its_window():
    window = Window(SPOKE + 180 * SECOND, HOUR, heard_at=SPOKE)
    assert window.waited(SPOKE) == timedelta()
    assert window.left(SPOKE) == HOUR
    assert Window(SPOKE + 180 * SECOND, HOUR, OFFICE, heard_at=SPOKE).left(SPOKE) == HOUR


@pytest.mark.parametrize(("heard", "late"), [(25 * HOUR, False), (25 * HOUR + SECOND, True)])
def test_a_late_arrival_is_older_than_its_window_and_a_day(heard, late):
    assert Window(SPOKE, HOUR, heard_at=SPOKE + heard).late_arrival is late


def test_a_late_arrival_pages_nobody():
    old = Window(SPOKE, HOUR, heard_at=SPOKE + timedelta(days=30))
    assert old.warnings() == ()
    assert old.warning(SPOKE + timedelta(days=30)) is None
    assert old.look_at(SPOKE + timedelta(days=30)) is None
    assert old.state(SPOKE + timedelta(days=30)) == State.LATE


def test_a_weekend_of_closed_doors_does_not_make_a_late_arrival():
    assert not Window(SPOKE, HOUR, OFFICE, heard_at=MONDAY - MINUTE).late_arrival


def test_each_warning_has_its_moment():
    assert [(warning.name, warning.at) for warning in Window(SPOKE, HOUR).warnings()] == [
        (Warn.HALF, SPOKE + 30 * MINUTE),
        (Warn.LAST, SPOKE + 50 * MINUTE),
        (Warn.OVER, SPOKE + HOUR),
    ]


def test_warnings_of_business_hours_come_while_somebody_is_there():
    assert [warning.at for warning in Window(SPOKE, HOUR, OFFICE).warnings()] == [
        datetime(2025, 6, 6, 15, tzinfo=UTC),
        datetime(2025, 6, 9, 9, 20, tzinfo=UTC),
        MONDAY,
    ]


def test_a_window_of_ten_minutes_has_no_warning_at_its_very_start():
    names = [warning.name for warning in Window(SPOKE, 10 * MINUTE).warnings()]
    assert names == [Warn.HALF, Warn.OVER]


def test_a_quarter_hour_warns_of_ten_minutes_before_its_half():
    names = [warning.name for warning in Window(SPOKE, 15 * MINUTE).warnings()]
    assert names == [Warn.LAST, Warn.HALF, Warn.OVER]


def test_after_an_outage_only_the_worst_warning_is_told():
    window = Window(SPOKE, HOUR)
    assert window.warning(SPOKE) is None
    assert window.warning(SPOKE + 55 * MINUTE).name == Warn.LAST
    assert window.warning(SPOKE + 9 * HOUR).name == Warn.OVER


def test_an_answered_window_warns_of_nothing_and_changes_no_more():
    window = Window(SPOKE, HOUR, answered_at=SPOKE + MINUTE)
    assert window.warnings() == ()
    assert window.changes_at(SPOKE) is None
    assert window.look_at(SPOKE) is None


def test_the_next_look_is_the_next_warning_or_change():
    window, looks, now = Window(SPOKE, HOUR), [], SPOKE
    while (look := window.look_at(now)) is not None:
        looks.append((look - SPOKE) // MINUTE)
        now = look
    assert looks == [30, 45, 50, 60]


@settings(max_examples=60, deadline=None)
@given(
    target=st.integers(1, 3000),
    start=st.integers(0, 20_000),
    now=st.integers(-100, 20_000),
    business=st.booleans(),
)
def test_the_state_holds_until_it_changes_and_then_differs(target, start, now, business):
    window = Window(SPOKE + start * MINUTE, target * MINUTE, OFFICE if business else None)
    asked = SPOKE + now * MINUTE
    change = window.changes_at(asked)
    if change is None:
        assert window.state(asked) == State.LATE
        return
    assert change > asked
    assert window.state(change - timedelta.resolution) == window.state(asked)
    assert window.state(change) != window.state(asked)


@settings(max_examples=60, deadline=None)
@given(
    target=st.integers(1, 3000), steps=st.lists(st.integers(0, 3000), min_size=2, max_size=5), business=st.booleans()
)
def test_what_is_left_never_grows(target, steps, business):
    window = Window(SPOKE, target * MINUTE, OFFICE if business else None)
    left = [window.left(SPOKE + sum(steps[: n + 1]) * MINUTE) for n in range(len(steps))]
    assert left == sorted(left, reverse=True)


def test_times_of_other_zones_are_turned_into_utc():
    spoke = datetime.fromisoformat("2025-06-06T16:30:00+02:00")
    assert Window(spoke, HOUR) == Window(SPOKE, HOUR)
    assert Window(spoke, HOUR).due_at.tzinfo is UTC


def test_a_naive_time_is_refused_by_name():
    with pytest.raises(ValueError, match="answered_at has no time zone"):
        Window(SPOKE, HOUR, answered_at=datetime(2025, 6, 6))


def test_a_promise_of_nothing_is_refused():
    with pytest.raises(ValueError, match="longer than nothing"):
        Window(SPOKE, timedelta())


def test_a_window_comes_from_a_policy():
    policy = Policy.parse({"window_minutes": 90, "tz": "Asia/Tokyo"})
    assert Window.of(policy, SPOKE, SPOKE, None) == Window(SPOKE, 90 * MINUTE, None, None, SPOKE, "Asia/Tokyo")


def test_explain_prints_the_sum():
    policy = Policy.parse(
        {
            "tz": "Europe/Oslo",
            "clock": "business",
            "window_minutes": 60,
            "hours": {day: [["08:00", "16:00"]] for day in DAYS[:5]},
            "holidays": ["2025-06-09"],
        }
    )
    window = Window.of(policy, datetime(2025, 6, 6, 13, 30, 5, tzinfo=UTC), datetime(2025, 6, 6, 13, 33, 5, tzinfo=UTC))
    assert window.explain() == [
        "Posted Friday 6 June 2025 at 15:30:05 in Europe/Oslo (2025-06-06T13:30:05Z).",
        "Heard 3 minutes later; the count starts at the post.",
        "Promised: 1 hour of opening hours (Mon–Fri 08:00–16:00, Europe/Oslo).",
        "Closed from Friday 6 June 2025 16:00 to Tuesday 10 June 2025 08:00: not counted.",
        "2025-06-09 is a holiday: not counted.",
        "Due Tuesday 10 June 2025 at 08:30:05 in Europe/Oslo (2025-06-10T06:30:05Z).",
    ]


def test_explain_says_when_a_post_cannot_be_from_the_future():
    sentences = Window(SPOKE + 2 * HOUR, HOUR, heard_at=SPOKE).explain()
    assert "is 2 hours ahead of ours and cannot be true." in sentences[1]
    assert sentences[2] == "Counted from when we heard it."


@pytest.mark.parametrize(
    ("heard", "says"),
    [
        (timedelta(days=9), "It was over for more than a day when we heard it: a late arrival, nobody is paged."),
        (2 * HOUR, "It was already due when we heard it."),
        (-3 * MINUTE, "Heard 3 minutes earlier, by our clock; the count starts at the post."),
    ],
)
def test_explain_says_how_late_we_heard(heard, says):
    assert says in Window(SPOKE, HOUR, heard_at=SPOKE + heard).explain()


def test_explain_says_when_the_clocks_change():
    nights = Hours.parse("America/Halifax", {day: [["00:00", "06:00"]] for day in DAYS})
    window = Window(datetime(2025, 3, 9, 4, tzinfo=UTC), 5 * HOUR, nights, tz="America/Halifax")
    assert "The clocks in America/Halifax go forward by 1 hour on Sunday 9 March 2025." in window.explain()


def test_explain_stays_short_for_a_long_wait():
    one_hour_a_week = Hours.parse("UTC", {"wed": [["12:00", "13:00"]]})
    sentences = Window(SPOKE, 30 * HOUR, one_hour_a_week).explain()
    assert "Closed 25 more times before it is due: not counted." in sentences
    assert len(sentences) < 12
