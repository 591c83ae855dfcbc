"""The make-it-right budget and the promises in replies, from the words to the ledger."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import HandClock
from bot.core import goodwill
from bot.steps import answer as desk
from bot.steps.answer import Asked, Beyond, Done, Given, Letter, Queued, Refused, Stopped
from bot.store import answering, approvals, cases, gestures, promises
from bot.store.db import Database
from bot.store.tables_answering import GestureRow, PromiseRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from responders import memory as spoken
from tests.conftest import NOW
from tests.counts import times
from tests.flow.path import Path, laid, page, post

LATE = "Acme charged me twice and nobody answers my mails."
LENA, OTIS, RUTH = 1, 2, 3
SEVENTY = "Hello Ada, the second charge was ours and I refund you €70 for it. Lena"


def path_on(db: Database, clock: HandClock, settings: Settings, cases_: int = 1) -> Path:
    made = laid(db, clock, settings, responders={"memory": spoken.Memory(now=clock.now)})
    with db.begin() as session:
        for key, login, role in ((LENA, "lena", "agent"), (OTIS, "otis", "agent"), (RUTH, "ruth", "lead")):
            session.add(
                AccountRow(id=key, login=login, name=login.title(), role=role, password_hash="", created_at=NOW)
            )
    said = [post(str(at), LATE, NOW - timedelta(minutes=20 + at), who=f"ada{at}") for at in range(cases_)]
    made.hear(page(*said))
    return made


@pytest.fixture
def path(sqlite: Database, clock: HandClock, settings: Settings) -> Path:
    return path_on(sqlite, clock, settings)


def key_of(path: Path) -> int:
    return path.cases()[0].id or 0


def give(path: Path, amount: str = "40", by: int = LENA, token: str = "t1", **more: bool) -> object:
    return desk.give(path.app, key_of(path), by, amount, "refund", "charged twice", token=token, **more)


def ledger(path: Path) -> list[GestureRow]:
    with path.app.db.read() as session:
        return gestures.of_case(session, key_of(path))


def owed(path: Path) -> list[PromiseRow]:
    with path.app.db.read() as session:
        return promises.of_case(session, key_of(path))


def test_inside_the_budget_nobody_is_asked(path: Path) -> None:
    assert isinstance(give(path, "39,50"), Given)
    (row,) = ledger(path)
    assert (row.cents, row.state, row.because, row.month) == (3950, "promised", "charged twice", "2026-11")
    with path.app.db.read() as session:
        case = cases.get(session, key_of(path))
        assert case is not None
        assert gestures.left(session, case, LENA, NOW).cents == 10_000 - 3950


def test_beyond_it_one_press_asks_the_lead_and_nobody_says_yes_to_their_own(path: Path) -> None:
    beyond = give(path, "168")
    assert isinstance(beyond, Beyond)
    assert (beyond.left, beyond.wanted) == (10_000, 16_800)
    assert "€168 is over the €100" in beyond.why
    assert ledger(path) == []
    asked = give(path, "168", ask=True)
    assert isinstance(asked, Given)
    assert asked.asked
    assert isinstance(desk.decide_gesture(path.app, asked.gesture_id, LENA, True), Refused)
    assert isinstance(desk.decide_gesture(path.app, asked.gesture_id, OTIS, True), Refused)
    assert isinstance(desk.decide_gesture(path.app, asked.gesture_id, RUTH, False), Refused), "no needs a note"
    assert isinstance(desk.decide_gesture(path.app, asked.gesture_id, RUTH, True), Done)
    (row,) = ledger(path)
    assert (row.state, row.decided_by) == ("promised", RUTH)


def test_promised_then_given_then_confirmed_and_no_further(path: Path) -> None:
    done = give(path)
    assert isinstance(done, Given)
    assert isinstance(desk.move_on(path.app, done.gesture_id, LENA), Done)
    assert isinstance(desk.move_on(path.app, done.gesture_id, OTIS), Done)
    assert isinstance(desk.move_on(path.app, done.gesture_id, OTIS), Refused)
    assert isinstance(desk.call_off(path.app, done.gesture_id, LENA), Refused)
    (row,) = ledger(path)
    assert (row.state, row.given_by, row.confirmed_by) == ("confirmed", LENA, OTIS)


def test_calling_it_off_frees_the_money(path: Path) -> None:
    done = give(path, "100")
    assert isinstance(done, Given)
    assert isinstance(give(path, "1", token="t2", again=True), Beyond)
    assert isinstance(desk.call_off(path.app, done.gesture_id, LENA), Done)
    assert isinstance(give(path, "100", token="t3"), Given)


def test_a_second_press_of_one_form_gives_once(path: Path) -> None:
    first, second = give(path), give(path)
    assert first == second
    assert len(ledger(path)) == 1


def test_what_is_no_amount_is_refused(path: Path) -> None:
    for amount in ("", "none", "-5", "0", "1e9", "nan", "inf", "1.000.000,00", "12;DROP"):
        assert isinstance(give(path, amount), Refused), amount
    assert ledger(path) == []


def test_of_two_who_give_to_one_customer_the_second_is_told(db: Database, clock: HandClock, settings: Settings) -> None:
    path = path_on(db, clock, settings)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda by: give(path, by=by, token=f"t{by}"), (LENA, OTIS)))
    assert sorted(type(one).__name__ for one in done) == ["Given", "Refused"]
    (told,) = [one for one in done if isinstance(one, Refused)]
    assert "gave them €40" in told.why
    assert len(ledger(path)) == 1


@pytest.mark.parametrize("_time", range(times("budgets", 1)))
def test_ten_who_spend_the_last_of_it_never_overspend(
    db: Database, clock: HandClock, settings: Settings, _time: int
) -> None:
    path = path_on(db, clock, settings)
    with path.app.db.begin() as session:
        answering.save(session, "Acme", {"purse": {"case": 1000, "customer": 1000, "agent": 100}}, RUTH, NOW)
    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(lambda n: give(path, "20", token=f"t{n}", again=True), range(10)))
    assert sum(isinstance(one, Given) for one in done) == 5
    assert sum(isinstance(one, Beyond) for one in done) == 5
    assert sum(row.cents for row in ledger(path)) == 10_000


def test_the_money_in_a_reply_is_written_in_the_ledger_with_it_and_undone_with_it(path: Path) -> None:
    done = desk.answer(path.app, key_of(path), LENA, SEVENTY)
    assert isinstance(done, Queued)
    (row,) = ledger(path)
    assert (row.cents, row.state, row.reply_id) == (7_000, "promised", done.reply_id)
    assert isinstance(desk.call_off(path.app, row.id or 0, LENA), Refused), "the customer was told of it"
    assert desk.undo(path.app, done.reply_id, LENA)
    (row,) = ledger(path)
    assert row.state == "withdrawn"


def test_a_gesture_that_is_written_down_already_is_not_counted_twice(path: Path) -> None:
    assert isinstance(give(path, "70"), Given)
    assert isinstance(desk.answer(path.app, key_of(path), LENA, SEVENTY), Queued)
    assert [row.cents for row in ledger(path)] == [7_000]


def test_of_two_replies_that_spend_the_last_of_it_one_is_stopped(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    path = path_on(db, clock, settings, cases_=2)
    with path.app.db.begin() as session:
        answering.save(session, "Acme", {"purse": {"brand": 100}}, RUTH, NOW)
    keys = [case.id or 0 for case in path.cases()]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda at: desk.answer(path.app, keys[at], (LENA, OTIS)[at], SEVENTY), (0, 1)))
    assert sorted(type(one).__name__ for one in done) == ["Queued", "Stopped"]
    (stopped,) = [one for one in done if isinstance(one, Stopped)]
    assert "budget" in {one.rule for one in stopped.breaches}
    with path.app.db.read() as session:
        assert gestures.by_agent(session, "Acme", "2026-11") in ({LENA: (0, 7_000)}, {OTIS: (0, 7_000)})


def test_words_beyond_the_budget_go_to_the_lead_with_one_press(path: Path, clock: HandClock) -> None:
    text = "Hello Ada, the second charge was ours and I refund you €168 for it. Lena"
    assert isinstance(desk.answer(path.app, key_of(path), LENA, text), Stopped)
    done = desk.ask(path.app, key_of(path), LENA, Letter(text))
    assert isinstance(done, Asked)
    with path.app.db.read() as session:
        (variant,) = approvals.variants(session, done.approval_id)
    assert isinstance(desk.agree(path.app, done.approval_id, RUTH, variant.id or 0, variant.digest), Queued)
    (row,) = ledger(path)
    assert (row.cents, row.by, row.decided_by) == (16_800, LENA, RUTH)
    from bot.steps.deliver import deliver_customer

    clock.move(timedelta(seconds=21))
    deliver_customer(path.app)
    with path.app.db.read() as session:
        (reply,) = cases.replies(session, key_of(path))
    assert reply.state == "sent"


PROMISED = "Hello Ada, I will write to you here by Thursday, and you will have the money within 24 hours. Lena"


def test_a_promise_in_a_reply_becomes_due_and_one_key_confirms_it(path: Path) -> None:
    text = "Hello Ada, I will write to you here by Thursday. Lena"
    at = text.index("by Thursday")
    letter = Letter(text, keeps=(f"{at}-{at + len('by Thursday')}",))
    assert isinstance(desk.answer(path.app, key_of(path), LENA, text, letter=letter), Queued)
    (row,) = owed(path)
    assert (row.words, row.state, row.by) == ("by Thursday", "open", LENA)
    assert row.due_at == datetime(2026, 11, 5, 23, 59, tzinfo=UTC)
    with path.app.db.read() as session:
        case = cases.get(session, key_of(path))
    assert case is not None
    assert case.promised_at == row.due_at


def test_a_promise_nobody_confirmed_is_due_all_the_same(path: Path) -> None:
    assert isinstance(desk.answer(path.app, key_of(path), LENA, "I will write to you by Thursday, Ada."), Queued)
    (row,) = owed(path)
    assert row.state == "proposed"
    assert isinstance(desk.confirm_promise(path.app, row.id or 0, LENA), Done)
    assert isinstance(desk.drop_promise(path.app, row.id or 0, LENA), Refused)
    assert isinstance(desk.keep_promise(path.app, row.id or 0, OTIS), Done)
    assert isinstance(desk.keep_promise(path.app, row.id or 0, OTIS), Refused)
    with path.app.db.read() as session:
        case = cases.get(session, key_of(path))
    assert case is not None
    assert case.promised_at is None


def test_words_that_are_no_promise_are_dropped_with_one_key(path: Path) -> None:
    text = "I will write to you by Thursday, Ada."
    at = text.index("by Thursday")
    letter = Letter(text, drops=(f"{at}-{at + 11}",))
    assert isinstance(desk.answer(path.app, key_of(path), LENA, text, letter=letter), Queued)
    assert owed(path) == []


def test_a_reply_that_is_taken_back_promises_nothing(path: Path) -> None:
    done = desk.answer(path.app, key_of(path), LENA, "I will write to you by Thursday, Ada.")
    assert isinstance(done, Queued)
    assert len(owed(path)) == 1
    assert desk.undo(path.app, done.reply_id, LENA)
    assert owed(path) == []


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("84", 8_400), ("84.5", 8_450), ("€ 84,50", 8_450), (" 0.01 ", 1), ("1 000", 100_000), ("$5", 500)],
)
def test_amounts_are_read_as_people_type_them(typed: str, cents: int) -> None:
    assert goodwill.read_amount(typed) == cents


def test_the_tightest_limit_binds_and_is_named() -> None:
    purse = goodwill.Purse()
    here = goodwill.left(purse, goodwill.Spent(case=2_000, customer=9_000, agent=0, brand=0))
    assert (here.cents, here.limit) == (1_000, "customer")
    assert goodwill.left(purse, goodwill.Spent(customer=20_000)).cents == 0
    assert "€10 of it is left" in goodwill.why_beyond(5_000, here, purse)
    whole = goodwill.left(purse, goodwill.Spent())
    assert goodwill.why_beyond(12_000, whole, purse) == "€120 is over the €100 for one case."
