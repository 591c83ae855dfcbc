"""Many people at one case: one has it, the others are told who."""

import threading
from collections import Counter
from datetime import timedelta

from bot.app import App
from bot.clock import HandClock
from bot.steps import answer, forget
from bot.steps.alert import alert_some
from bot.store import cases
from bot.store.db import Database
from bot.store.tables import PostRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from tests.conftest import app_on
from tests.counts import times
from tests.flow.room import new_case


def team(app: App, number: int) -> list[int]:
    with app.db.begin() as session:
        about = {"role": "agent", "password_hash": "x", "created_at": app.clock.now()}
        rows = [AccountRow(login=f"p{n}", name=f"Person {n}", **about) for n in range(number)]
        session.add_all(rows)
        session.flush()
        return [row.id or 0 for row in rows]


def opened(app: App, number: int) -> int:
    with app.db.begin() as session:
        return new_case(session, number, app.clock.now()).id or 0


def at_once(app: App, case_id: int, people: list[int]) -> list[object]:
    """They all press in the same moment."""
    gate, found = threading.Barrier(len(people)), []

    def press(person: int) -> None:
        gate.wait()
        found.append(answer.claim(app, case_id, person))

    threads = [threading.Thread(target=press, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_two_who_press_at_once_one_gets_the_case(db: Database, clock: HandClock, settings: Settings) -> None:
    app = app_on(db, clock, settings)
    people = team(app, 2)
    for number in range(times("claims", 25)):
        case_id = opened(app, number)
        found = at_once(app, case_id, people)
        assert Counter(type(each).__name__ for each in found) == {"Claimed": 1, "Taken": 1}
        (taken,) = (each for each in found if isinstance(each, answer.Taken))
        with app.db.read() as session:
            case = cases.get(session, case_id)
        assert case is not None
        assert (taken.by, case.fence) == (case.holder, 1)


def test_of_fifty_who_press_at_once_one_gets_the_case(db: Database, clock: HandClock, settings: Settings) -> None:
    app = app_on(db, clock, settings)
    people = team(app, 50)
    for number in range(times("crowds", 1)):
        found = at_once(app, opened(app, number), people)
        assert Counter(type(each).__name__ for each in found) == {"Claimed": 1, "Taken": 49}


def test_a_claim_in_the_second_its_lease_ends_leaves_one_holder(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    app = app_on(db, clock, settings)
    first, second = team(app, 2)
    for number in range(times("sweeps", 10)):
        case_id = opened(app, number)
        held = answer.claim(app, case_id, first)
        assert isinstance(held, answer.Claimed)
        clock.move(held.until - clock.now())  # set there it would have leapt, and nothing ends while that is doubted
        sweep = threading.Thread(target=alert_some, args=(app,))
        sweep.start()
        told = answer.claim(app, case_id, second)
        sweep.join()
        with app.db.read() as session:
            case = cases.get(session, case_id)
        assert case is not None
        assert case.holder == (second if isinstance(told, answer.Claimed) else None)
        clock.move(timedelta(hours=1))


def test_claiming_a_post_while_it_is_deleted_leaves_no_words(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    app = app_on(db, clock, settings)
    (person,) = team(app, 1)
    for number in range(times("purges", 10)):
        case_id = opened(app, number)
        with db.begin() as session:
            post = session.get(PostRow, number + 1)
            assert post is not None
            post.gone_at = clock.now()
        purge = threading.Thread(target=forget.forget_some, args=(app,))
        purge.start()
        answer.claim(app, case_id, person)
        purge.join()
        forget.forget_some(app)
        with db.read() as session:
            gone = session.get(PostRow, number + 1)
        assert gone is not None
        assert (gone.text, gone.author_handle) == ("", "")
