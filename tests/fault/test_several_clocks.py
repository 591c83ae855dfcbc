"""Several processes whose hour strikes at once: what is due is done once, and nothing is said of what was put aside."""

import threading
from collections.abc import Callable
from datetime import timedelta

from sqlmodel import select

from bot.app import App
from bot.clock import HandClock
from bot.core.masking import masked
from bot.steps import answer
from bot.steps.alert import alert_some
from bot.store import cases, outgoing
from bot.store.db import Database
from bot.store.tables_house import EventRow
from config.settings import Settings
from tests.conftest import app_on
from tests.fault.test_claims import opened, team


def at_once(*works: Callable[[], object]) -> None:
    """All of these in the same moment."""
    gate, wrong = threading.Barrier(len(works)), []

    def one(work: Callable[[], object]) -> None:
        gate.wait()
        try:
            work()
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def warned(app: App, case_id: int) -> list[str]:
    """What the log says of this case's deadline."""
    with app.db.read() as session:
        found = select(EventRow.what).where(EventRow.subject == f"case:{case_id}").order_by(EventRow.id)  # type: ignore[arg-type]
        kinds = ("case.half_gone", "case.at_risk", "case.late")
        return [what for what in session.exec(found) if what in kinds]


def until_due(app: App, case_id: int) -> timedelta:
    """How far the second is at which a warning is due."""
    with app.db.read() as session:
        case = cases.get(session, case_id)
    assert case is not None
    assert case.look_at is not None
    return case.look_at - app.clock.now()


def test_of_three_schedulers_each_warning_is_given_once(db: Database, clock: HandClock, settings: Settings) -> None:
    apps = [app_on(db, clock, settings) for _ in range(3)]
    case_id = opened(apps[0], 1)
    for _ in range(5):
        at_once(*[lambda app=app: alert_some(app) for app in apps])
        clock.move(timedelta(minutes=15))
    assert warned(apps[0], case_id) == ["case.half_gone", "case.late"]


def test_a_snooze_in_the_second_of_the_warning_leaves_one_warning_or_none(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    app = app_on(db, clock, settings)
    (person,) = team(app, 1)
    for number in range(8):
        case_id = opened(app, number)
        alert_some(app)
        clock.move(until_due(app, case_id))
        until = clock.now() + timedelta(days=1)
        at_once(lambda: alert_some(app), lambda key=case_id, end=until: answer.snooze(app, key, person, end))  # type: ignore[misc]
        assert len(warned(app, case_id)) <= 1
        with app.db.read() as session:
            case = cases.get(session, case_id)
        assert case is not None
        assert case.state == "snoozed"
        clock.move(timedelta(minutes=1))
        before = warned(app, case_id)
        alert_some(app)
        assert warned(app, case_id) == before


def test_an_export_shows_one_moment_whatever_is_heard_meanwhile(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    app = app_on(db, clock, settings)
    for number in range(3):
        opened(app, number)
    with db.still() as session:
        rows = outgoing.cases(session, masked)
        next(rows)
        opened(app, 4)  # does not wait for the export
        assert len(list(rows)) == 2
        assert len(list(outgoing.cases(session, masked))) == 3
    with db.read() as session:
        assert len(list(outgoing.cases(session, masked))) == 4
