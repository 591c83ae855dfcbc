"""A case that turns out worse is due sooner: by the customer's later words, by a person's judgement, by their tier."""

import re
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.clock import HandClock
from bot.core.brand import Brand
from bot.core.promised import due_sooner
from bot.core.recount import Changed
from bot.steps import answer as desk
from bot.steps.answer import Done, Refused
from bot.steps.answer.customer import described
from bot.steps.answer.merging import Merged, merge
from bot.store import cases, events, outbox, recount
from bot.store.db import Database
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow
from bot.web import two_clocks
from config.settings import Settings
from tests.conftest import NOW
from tests.flow.path import ACME, Path, laid, page, post

GRAVE = "Acme Parcels I am furious, this is urgent, worst company ever, my medicine is lost, emergency, help now!!!"
MILD = "Acme Parcels is late with my order, please check."
MINUTE = timedelta(minutes=1)
LENA = 1
STRICT: dict[str, object] = {
    "window_minutes": 60,
    "severity": {"high": {"window_minutes": 20}, "critical": {"window_minutes": 10}},
    "tier": {"vip": {"window_minutes": 40}},
}


def path_of(db: Database, clock: HandClock, settings: Settings, brand: Brand) -> Path:
    slack = settings.slack.model_copy(update={"webhook_url": SecretStr("https://slack.test/h")})
    made = laid(db, clock, settings.model_copy(update={"slack": slack}), brand)
    with db.begin() as session:
        session.add(AccountRow(id=LENA, login="lena", name="Lena", role="agent", password_hash="", created_at=NOW))
    return made


def to_resolve(path: Path) -> timedelta:
    """How long the case's page says that resolving it may take."""
    with path.app.db.read() as session:
        both = two_clocks.of(session, path.case(), path.app.clock.now(), "UTC")["both"]
    promised = next(one for one in both if one.name == "Resolved").ours
    hours = re.search(r"of (\d+) (h|days?)", promised)
    assert hours is not None, promised
    return timedelta(**{"hours" if hours[2] == "h" else "days": int(hours[1])})


def test_the_time_to_resolve_stays_the_strictest_until_a_person_lets_go(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    grave = {"window_minutes": 10, "resolution": {"window_minutes": 240}}
    policy = {"window_minutes": 60, "resolution": {"window_minutes": 2880}, "severity": {"critical": grave}}
    path = path_of(sqlite, clock, settings, ACME.model_copy(update={"policy": policy}))
    path.hear(page(post("1", MILD, NOW - 5 * MINUTE)))
    key = path.case().id or 0
    assert to_resolve(path) == timedelta(days=2)
    assert isinstance(desk.grade(path.app, key, LENA, "critical", more_time=True), Done)
    assert to_resolve(path) == timedelta(hours=4)
    assert isinstance(desk.grade(path.app, key, LENA, "low"), Done)
    assert to_resolve(path) == timedelta(hours=4)
    assert isinstance(desk.grade(path.app, key, LENA, "high"), Done)
    assert isinstance(desk.grade(path.app, key, LENA, "low", more_time=True), Done)
    assert to_resolve(path) == timedelta(days=2)
    with path.app.db.read() as session:
        told = [events.facts_of(row).get("more_time") for row in events.of(session, f"case:{key}")]
    assert told.count(True) == 1, "only with a milder one is anything let go of"
    assert isinstance(desk.grade(path.app, key, LENA, "critical"), Done)
    assert to_resolve(path) == timedelta(hours=4)


@pytest.fixture
def path(sqlite: Database, clock: HandClock, settings: Settings) -> Path:
    return path_of(sqlite, clock, settings, ACME.model_copy(update={"policy": STRICT}))


def log(path: Path, case: CaseRow) -> list[str]:
    with path.app.db.read() as session:
        return [event.what for event in events.of(session, f"case:{case.id}")]


def said(path: Path) -> list[str]:
    with path.app.db.read() as session:
        return [row.kind for row in outbox.due(session, path.app.clock.now(), "team")]


def recounted(path: Path, case: CaseRow) -> list[Changed]:
    with path.app.db.read() as session:
        (kept,), changed = recount.kept(session, [case.id or 0])
    assert kept.due_at == case.first_due_at
    return changed


def test_worse_words_are_due_by_their_own_time_and_the_case_says_why(path: Path) -> None:
    path.hear(page(post("1", MILD, NOW - 30 * MINUTE)))
    before = path.case()
    assert before.due_at == NOW + 30 * MINUTE
    path.hear(page(post("2", GRAVE, NOW - 2 * MINUTE, thread="1")))
    after = path.case()
    promised = STRICT["severity"][after.severity]["window_minutes"]  # type: ignore[index]
    due = NOW - 2 * MINUTE + promised * MINUTE
    assert (after.due_at, after.first_due_at, after.spoke_at) == (due, due, before.spoke_at)
    window = cases.window(after)
    assert (window.due_at, window.soon_at) == (due, after.at_risk_at)
    assert window.waited(NOW) == 30 * MINUTE, "the customer's own clock still runs from their first post"
    told = " ".join(window.explain())
    assert "Until then due" in told
    assert f"A later message was {after.severity}: the stricter promise counts from" in told
    assert log(path, after).count("case.due_sooner") == 1
    assert recounted(path, after) == []


def test_worse_words_that_would_be_due_later_move_nothing(path: Path) -> None:
    path.hear(page(post("1", MILD, NOW - 59 * MINUTE)))
    before = path.case()
    path.hear(page(post("2", GRAVE, NOW, thread="1")))
    after = path.case()
    assert after.severity != before.severity
    assert (after.due_at, after.policy) == (before.due_at, before.policy)
    assert "case.due_sooner" not in log(path, after)


def test_a_person_who_finds_it_graver_makes_it_due_sooner_and_the_room_hears(path: Path) -> None:
    path.hear(page(post("1", MILD, NOW - 17 * MINUTE)))
    case = path.case()
    key = case.id or 0
    assert "at_risk" not in said(path)
    assert isinstance(desk.grade(path.app, key, LENA, "high"), Done)
    graver = path.case()
    assert graver.due_at == NOW + 3 * MINUTE
    assert said(path).count("at_risk") == 1
    assert isinstance(desk.grade(path.app, key, LENA, "low"), Done)
    milder = path.case()
    assert (milder.severity, milder.due_at, milder.policy) == ("low", graver.due_at, graver.policy)
    assert isinstance(desk.grade(path.app, key, LENA, "critical"), Done)
    assert path.case().due_at == NOW - 7 * MINUTE
    assert said(path).count("late") == 1
    window = cases.window(path.case())
    assert window.sooner is not None
    assert window.sooner.was_due == case.due_at, "what was promised first stays in the sum"
    assert "counts from the post." in " ".join(window.explain())
    assert log(path, case).count("case.graded") == 3
    assert log(path, case).count("case.due_sooner") == 2
    assert recounted(path, path.case()) == []


def test_what_is_no_severity_or_the_same_is_refused(path: Path) -> None:
    path.hear(page(post("1", MILD, NOW)))
    case = path.case()
    assert isinstance(desk.grade(path.app, case.id or 0, LENA, "dire"), Refused)
    assert isinstance(desk.grade(path.app, case.id or 0, LENA, case.severity), Refused)
    assert isinstance(desk.grade(path.app, 999, LENA, "high"), Refused)


def test_a_tier_given_to_a_customer_holds_for_the_case_in_which_they_wait(path: Path) -> None:
    path.hear(page(post("1", MILD, NOW - 5 * MINUTE)))
    case = path.case()
    assert isinstance(described(path.app, case.customer_id, LENA, name="", tier="vip", note=""), Done)
    assert path.case().due_at == NOW + 35 * MINUTE
    assert isinstance(described(path.app, case.customer_id, LENA, name="", tier="", note=""), Done)
    assert path.case().due_at == NOW + 35 * MINUTE
    assert said(path).count("at_risk") == 0


def test_what_is_answered_stays_as_it_was_measured(path: Path) -> None:
    path.hear(page(post("1", MILD, NOW - 50 * MINUTE)))
    case = path.case()
    with path.app.db.begin() as session:
        cases.answered(session, case, NOW, "elsewhere", NOW)
    assert isinstance(desk.grade(path.app, case.id or 0, LENA, "critical"), Done)
    with path.app.db.read() as session:
        after = cases.get(session, case.id or 0)
    assert after is not None
    assert (after.due_at, after.first_due_at) == (case.due_at, case.first_due_at)
    assert due_sooner(after, {"window_minutes": 1}, NOW - 50 * MINUTE, "x") == {}


def test_a_merge_keeps_what_was_due_first_and_splitting_puts_it_back(path: Path) -> None:
    path.hear(page(post("1", MILD, NOW - 20 * MINUTE)))
    old = path.case()
    path.hear(page(post("9", GRAVE, NOW - MINUTE, who="bo")))
    young = next(case for case in path.cases() if case.id != old.id)
    assert young.due_at < old.due_at
    with path.app.db.begin() as session:
        cases.move(session, young, customer_id=old.customer_id)
    done = merge(path.app, young.id or 0, old.id or 0, LENA)
    assert isinstance(done, Merged), done
    both = path.case()
    assert (both.id, both.spoke_at, both.due_at) == (old.id, old.spoke_at, young.due_at)
    assert cases.window(both).due_at == young.due_at
    assert "A case merged with it was due sooner" in " ".join(cases.window(both).explain())


def test_a_window_that_begins_anew_is_counted_by_its_own_promise_alone(path: Path) -> None:
    path.hear(page(post("1", MILD, NOW - 30 * MINUTE)))
    path.hear(page(post("2", GRAVE, NOW - 2 * MINUTE, thread="1")))
    case = path.case()
    with path.app.db.begin() as session:
        cases.answered(session, case, NOW, "elsewhere", NOW)
    path.app.clock.move(timedelta(hours=1))  # type: ignore[attr-defined]
    now = path.app.clock.now()
    path.hear(page(post("3", GRAVE, now, thread="1")))
    again = path.case()
    window = cases.window(again)
    assert window.sooner is None
    assert (window.starts_at, window.due_at) == (now, again.due_at)
    first = cases.first_window(again)
    assert (first.due_at, first.sooner is None) == (case.first_due_at, False), "the first one keeps its own promise"


def test_opening_hours_count_from_the_worse_words_too(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    shut = {
        "window_minutes": 600, "clock": "business", "hours": {day: [["00:00", "23:00"]] for day in days},
        "severity": {"high": {"window_minutes": 30}, "critical": {"window_minutes": 30}},
    }  # fmt: skip
    path = path_of(sqlite, clock, settings, ACME.model_copy(update={"policy": shut}))
    path.hear(page(post("1", MILD, NOW - 30 * MINUTE)))
    path.hear(page(post("2", GRAVE, NOW - 2 * MINUTE, thread="1")))
    window = cases.window(path.case())
    assert window.due_at == NOW + 28 * MINUTE
    assert window.left(NOW) == 28 * MINUTE
