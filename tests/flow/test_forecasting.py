"""From the queue to the sentence in its head: measured, played, kept for each wall."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.app import App
from bot.clock import HandClock
from bot.steps.forecasting import look_ahead
from bot.store import cases, events, forecasts, paces
from bot.store.tables import CaseRow, CustomerRow
from bot.store.tables_house import AccountRow
from bot.web import forecasts as said
from tests.conftest import NOW


def _fill(app: App, brand: str = "Acme", answered: int = 30, waiting: int = 8) -> None:
    with app.db.begin() as session:
        session.add(CustomerRow(id=1, brand=brand, first_heard_at=NOW))
        session.add(AccountRow(id=1, login="lena", name="Lena", password_hash="", created_at=NOW))
        session.add(AccountRow(id=2, login="far", name="Far", brands=["Other"], password_hash="", created_at=NOW))
        session.flush()
        for at in range(answered):
            done = NOW - timedelta(minutes=10 * (at + 1))
            session.add(_case(brand, done - timedelta(minutes=30), answered_at=done, answered_by=1, state="waiting"))
        for at in range(waiting):
            session.add(_case(brand, NOW - timedelta(minutes=50 - at)))


def _case(brand: str, spoke: object, **more: object) -> CaseRow:
    due = spoke + timedelta(minutes=60)  # type: ignore[operator]
    row = CaseRow(
        brand=brand, customer_id=1, platform="memory", thread="t", opened_at=spoke, spoke_at=spoke, heard_at=spoke,
        due_at=due, at_risk_at=due - timedelta(minutes=15), first_spoke_at=spoke, first_due_at=due, words_at=spoke,
        **more,
    )  # fmt: skip
    row.part = cases.part_of(row.state, row.section, row.answered_at)
    return row


def test_what_an_answer_takes_is_measured_between_two_answers_of_one_person(app: App) -> None:
    _fill(app)
    with app.db.read() as session:
        pace = paces.pace(session, None, NOW)
        assert (pace.mean, pace.n) == (10.0, 29)
        assert paces.agents(session, None, NOW) == 1
        assert [one.left for _, one in paces.waiting(session, None, NOW)][:3] == [10.0, 11.0, 12.0]


def test_the_head_of_the_queue_says_who_will_be_missed_and_what_would_help(app: App, clock: HandClock) -> None:
    _fill(app)
    assert look_ahead(app)
    with app.db.read() as session:
        kept = forecasts.get(session, None, NOW)
        told = said.told(session, None, NOW, "UTC")
    assert kept["misses"] >= 4
    assert told is not None
    assert told["lead"].startswith("8 waiting, 1 agent: you will miss")
    assert "keep" in told["advice"]
    assert len(told["first"]) == 4
    clock.move(timedelta(minutes=5))
    with app.db.read() as session:
        assert said.told(session, None, clock.now(), "UTC") is None, "an old forecast is not shown"


def test_each_wall_has_a_forecast_of_its_own(app: App) -> None:
    _fill(app)
    look_ahead(app)
    with app.db.read() as session:
        assert forecasts.get(session, ["Other"], NOW).get("waiting") is None
        assert said.told(session, ["Other"], NOW, "UTC") is None


def test_with_too_few_answers_nothing_is_said(app: App) -> None:
    _fill(app, answered=5)
    assert not look_ahead(app)
    with app.db.read() as session:
        assert said.told(session, None, NOW, "UTC") is None


def _happened(app: App, case_id: int, what: str, when: datetime, facts: dict[str, object]) -> None:
    with app.db.begin() as session:
        events.add_many(session, when, "account:1", [(what, f"case:{case_id}", "Acme", facts)])


def test_each_hour_what_it_said_is_held_against_what_came(app: App, clock: HandClock) -> None:
    _fill(app)
    look_ahead(app)
    clock.move(timedelta(minutes=5))
    look_ahead(app)
    with app.db.read() as session:
        (first,) = events.of(session, "forecast:all")
        assert len(events.facts_of(first)["cases"]) == 8  # type: ignore[arg-type]
        assert "counted from now on" in said_words(forecasts.get(session, None, clock.now()), clock)
    for case_id, minutes in ((31, 5), (32, 5), (33, 70)):
        answered = NOW + timedelta(minutes=minutes)
        _happened(app, case_id, "case.answered", NOW + timedelta(minutes=80), {"at": answered})
    _happened(app, 34, "case.resolved", NOW + timedelta(minutes=2), {})
    clock.move(timedelta(minutes=84))
    look_ahead(app)
    with app.db.read() as session:
        assert forecasts.record(session, None) is None, "answers given elsewhere may still be found"
    clock.move(timedelta(minutes=2))
    look_ahead(app)
    look_ahead(app)
    with app.db.read() as session:
        whats = [row.what for row in events.of(session, "forecast:all")]
        assert whats.count("forecast.came") == 1
        found = forecasts.record(session, None)
        assert found is not None
        assert (found.hours, found.answers) == (1, 7)
        row = next(one for one in events.of(session, "forecast:all") if one.what == "forecast.came")
        told = events.facts_of(row)
        assert (told["n"], told["missed"]) == (7, 5)
        again = forecasts.hour_of(session, first, first.at + timedelta(minutes=90))
        assert again is not None
        assert (again.n, again.missed, round(again.squares, 4)) == (told["n"], told["missed"], told["squares"])
        assert found.brier == pytest.approx(again.squares / 7, abs=1e-4)
        assert events.verify(session) is None
        words = said_words(forecasts.get(session, None, clock.now()), clock)
    assert f"It was right in {found.right} of 1 hour:" in words
    assert f"Brier score {found.brier:.2f} over 7 answers" in words


def test_each_wall_keeps_a_record_of_its_own(app: App) -> None:
    _fill(app)
    look_ahead(app)
    with app.db.read() as session:
        keys = {row.subject for row in events.newest(session) if row.what == "forecast.said"}
    assert keys == {"forecast:all"}, "behind the other wall nobody waits"


def said_words(kept: dict[str, Any], clock: HandClock) -> str:
    return " ".join(said.sum_of(kept, clock.now(), "UTC"))
