"""Which room hears of a case, when it is quiet, and at what pace a room is told."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.core.hours import Hours
from bot.core.routes import Asked, Quiet, Rule, chosen
from bot.core.storm import Pace, Traffic, turn

NOW = datetime(2026, 11, 4, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CARE, BILLING, NIGHT = ("slack", "#care"), ("slack", "#billing"), ("ntfy", "night")
CASE = Asked("Acme", "high", "pt-BR", "mastodon")
NIGHTS = Hours.parse(
    "Europe/Berlin", {day: [["22:00", "07:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
)


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (Rule(CARE), True),
        (Rule(CARE, brand="Acme"), True),
        (Rule(CARE, brand="Other"), False),
        (Rule(CARE, severities=frozenset({"high", "critical"})), True),
        (Rule(CARE, severities=frozenset({"normal"})), False),
        (Rule(CARE, languages=frozenset({"pt"})), True),
        (Rule(CARE, languages=frozenset({"pt-br"})), True),
        (Rule(CARE, languages=frozenset({"pt-pt"})), False),
        (Rule(CARE, platforms=frozenset({"x"})), False),
        (Rule(CARE, hours=NIGHTS), False),
    ],
)
def test_a_rule_fits_what_it_names(rule: Rule, fits: bool) -> None:
    assert rule.fits(CASE, NOW) is fits


def test_the_first_rule_that_fits_decides_unless_it_goes_on() -> None:
    rules = [Rule(BILLING, severities=frozenset({"high"})), Rule(NIGHT)]
    assert chosen(rules, [CARE], CASE, NOW) == (BILLING,)
    on = [Rule(BILLING, goes_on=True), Rule(BILLING, goes_on=True), Rule(NIGHT), Rule(CARE)]
    assert chosen(on, [CARE], CASE, NOW) == (BILLING, NIGHT)
    assert chosen([Rule(BILLING, brand="Other")], [CARE], CASE, NOW) == (CARE,)
    assert chosen([], [], CASE, NOW) == ()


def test_an_hour_of_the_day_is_the_zones_own() -> None:
    night = [Rule(NIGHT, hours=NIGHTS)]
    assert chosen(night, [CARE], CASE, datetime(2026, 7, 1, 20, 30, tzinfo=UTC)) == (NIGHT,)  # 22:30 CEST
    assert chosen(night, [CARE], CASE, datetime(2026, 12, 1, 20, 30, tzinfo=UTC)) == (CARE,)  # 21:30 CET


def test_quiet_ends_when_its_hours_do_over_midnight_too() -> None:
    quiet = Quiet(hours=NIGHTS)
    assert quiet.until(NOW) is None
    assert quiet.until(datetime(2026, 11, 4, 21, 0, tzinfo=UTC)) == datetime(2026, 11, 5, 6, 0, tzinfo=UTC)
    once = Quiet(from_at=NOW, until_at=NOW + MINUTE)
    assert (once.until(NOW), once.until(NOW + MINUTE)) == (NOW + MINUTE, None)
    assert Quiet().until(NOW) is None


def test_the_first_goes_at_once_and_what_follows_is_gathered() -> None:
    pace = Pace(bundle_s=120)
    assert turn(Traffic(1, pace=pace), NOW).how == "single"
    after = Traffic(3, (NOW,), NOW, pace=pace)
    waiting = turn(after, NOW + 30 * timedelta(seconds=1))
    assert (waiting.how, waiting.until) == ("wait", NOW + 2 * MINUTE)
    assert turn(after, NOW + 2 * MINUTE).how == "together"


@pytest.mark.parametrize("cap", [1, 2, 3, 5, 20, 60])
def test_no_hour_holds_more_than_the_cap_however_much_comes(cap: int) -> None:
    posted: list[datetime] = []
    for second in range(0, 3 * 3600, 5):
        now = NOW + timedelta(seconds=second)
        lately = tuple(at for at in posted if now - at < timedelta(hours=1))
        said = turn(Traffic(50, lately, posted[-1] if posted else None, None, pace=Pace(cap_hour=cap)), now)
        if said.how != "wait":
            posted.append(now)
    for at in posted:
        assert sum(1 for other in posted if at <= other < at + timedelta(hours=1)) <= cap
    assert len(posted) >= 2 * cap
    gaps = [later - earlier for earlier, later in pairwise(posted)]
    assert max(gaps, default=timedelta()) <= timedelta(hours=1)


def test_a_clock_that_went_back_holds_no_bundle_for_ever() -> None:
    ahead = Traffic(2, (NOW + timedelta(days=3650),), NOW + timedelta(days=3650), pace=Pace(bundle_s=120, cap_hour=5))
    assert turn(ahead, NOW).how == "together"
