"""Answers that looks share: never older than the last write of this process, and shared by all until then."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from bot.clock import HandClock
from bot.store import asked, cases, events, parts, people, switches
from bot.store.asked import LARGE_FOR, kept, until_news, until_news_of_each, while_nothing_happens
from bot.store.db import Database, Session, TooSlow
from bot.store.tables import NoteRow, TagRow
from bot.store.tables_house import SettingRow
from bot.store.written import Written
from tests.conftest import NOW
from tests.flow.room import new_case
from tests.statements import statements

ASKED = list[str]()


@kept(SettingRow)
def _number(session: Session) -> int:
    ASKED.append("number")
    return int(switches.get(session, "number").get("is", 0))


@until_news(SettingRow)
def _told(session: Session) -> int:
    ASKED.append("told")
    return int(switches.get(session, "number").get("is", 0))


@until_news_of_each(TagRow)
def _squares(session: Session, numbers: Sequence[int]) -> dict[int, int]:
    ASKED.append(",".join(map(str, numbers)))
    return {number: number * number for number in numbers if number < 10}


@pytest.fixture(autouse=True)
def nobody_asked() -> None:
    ASKED.clear()


def _looked(db: Database) -> int:
    with db.read() as session:
        return _number(session)


def _set(db: Database, number: int) -> None:
    with db.begin() as session:
        switches.put(session, "number", {"is": number}, NOW)


def test_what_seldom_changes_is_asked_once_until_somebody_writes_to_its_table(db: Database) -> None:
    _set(db, 7)
    assert [_looked(db) for _ in range(9)] == [7] * 9
    assert len(ASKED) == 1
    with db.begin() as session:
        people.create(session, "lena", "Lena", "agent", [], "-", NOW)
    assert (_looked(db), len(ASKED)) == (7, 1), "another table"
    _set(db, 8)
    assert [_looked(db), _looked(db)] == [8, 8]
    assert len(ASKED) == 2


def test_who_writes_asks_anew_and_sees_what_it_wrote(db: Database) -> None:
    _set(db, 1)
    assert _looked(db) == 1
    with db.begin() as session:
        switches.put(session, "number", {"is": 2}, NOW)
        assert _number(session) == 2
    assert _looked(db) == 2


def test_a_look_that_began_before_a_write_leaves_nothing_old_behind(db: Database) -> None:
    _set(db, 1)
    with db.read() as session:
        session.connection().exec_driver_sql("SELECT 1 FROM setting").all()  # on SQLite its state is fixed from here on
        writer = Thread(target=_set, args=(db, 2))
        writer.start()
        writer.join(10)
        _number(session)
    assert _looked(db) == 2


def test_what_a_rolled_back_writer_saw_is_kept_by_nobody(db: Database) -> None:
    _set(db, 1)
    with suppress(ZeroDivisionError), db.begin() as session:
        switches.put(session, "number", {"is": 2}, NOW)
        raise ZeroDivisionError
    assert _looked(db) == 1


def test_a_kill_switch_that_another_process_threw_counts_at_once(db: Database) -> None:
    with db.read() as session:
        assert switches.sending_is_on(session)
    other = Database(db.url)
    with other.begin() as session:
        row = SettingRow(key="sending", content={"paused": True}, changed_at=NOW)
        session.add(row)
    other.close()
    with db.read() as session:
        assert not switches.sending_is_on(session)


def test_what_another_process_writes_is_seen_after_two_seconds(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = HandClock(NOW)
    monkeypatch.setattr("bot.store.asked._CLOCK", clock)
    assert _looked(db) == 0
    monkeypatch.setattr("bot.store.db.WRITTEN", Written())  # what is written from here on nobody here counts
    assert _looked(db) == 0
    _set(db, 5)
    monkeypatch.setattr("bot.store.db.WRITTEN", Written())
    assert _looked(db) == 0
    clock.move(timedelta(seconds=asked.KEPT_S))
    assert _looked(db) == 5


def _happens(db: Database, what: str) -> None:
    """As in another process: nobody here counts what it writes."""
    with db.begin() as session:
        events.add(session, NOW, "account:1", what, "case:1", "Acme")


def test_what_open_pages_are_told_of_is_asked_anew_when_another_process_says_that_something_happened(
    db: Database,
) -> None:
    def look() -> int:
        with db.read() as session:
            return _told(session)

    _happens(db, "case.opened")
    assert (look(), look(), ASKED) == (0, 0, ["told"])
    _happens(db, "mention.heard")
    _happens(db, "mention.read")
    assert (look(), ASKED) == (0, ["told"]), "what was heard and read shows on no page"
    _happens(db, "case.claimed")
    _happens(db, "mention.heard")
    assert (look(), look(), ASKED) == (0, 0, ["told"] * 2)
    _set(db, 4)
    assert (look(), look(), ASKED) == (4, 4, ["told"] * 3), "and when this one writes to its table"


def test_of_many_only_what_nobody_has_asked_for_since_is_asked(db: Database) -> None:
    def look(*numbers: int) -> dict[int, int]:
        with db.read() as session:
            return _squares(session, numbers)

    _happens(db, "case.opened")
    assert look(1, 2, 30) == {1: 1, 2: 4}
    assert look(2, 30, 3) == {2: 4, 3: 9}
    assert ASKED == ["1,2,30", "3"], "that there is none is known, too"
    _happens(db, "case.claimed")
    assert look(3, 2) == {3: 9, 2: 4}
    assert ASKED[2:] == ["3,2"]
    with db.begin() as session:
        assert _squares(session, (3,)) == {3: 9}
    assert ASKED[3:] == ["3"], "who writes asks anew"


def test_a_large_answer_is_shared_for_three_seconds_whatever_happens(db: Database) -> None:
    answers = iter(range(10))

    def look(after: timedelta) -> int:
        with db.read() as session:
            return while_nothing_happens(session, "all", NOW + after, lambda: next(answers), lambda found: found == 0)

    assert look(timedelta()) == 0
    assert look(LARGE_FOR - timedelta(seconds=1)) == 0
    assert look(LARGE_FOR) == 1
    assert look(LARGE_FOR + timedelta(seconds=1)) == 2, "a small one is asked anew each second"


def test_what_a_case_has_none_of_is_not_asked_for_within_the_look(db: Database) -> None:
    with db.read() as session, statements(db) as told:
        parts.look_over(session, 1)
        before = len(told)
        assert cases.notes(session, 1) == []
        assert cases.draft(session, 1) is None
        assert cases.recoveries(session, 1) == []
        assert len(told) == before
        assert cases.notes(session, 2) == []
        assert cases.recoveries(session, 1, 2) == []
        assert len(told) == before + 2, "of another case nothing is known"


def test_what_a_case_has_is_found(db: Database) -> None:
    with db.begin() as session:
        case = new_case(session, 1, NOW).id or 0
        session.add(NoteRow(case_id=case, by=1, text="a note", at=NOW))
        session.add(TagRow(case_id=case, tag="parcel"))
    with db.read() as session:
        parts.look_over(session, case)
        assert [note.text for note in cases.notes(session, case)] == ["a note"]
        assert cases.tags(session, case) == ["parcel"]
        assert cases.replies(session, case) == []


def test_a_question_that_takes_too_long_is_given_up_and_the_next_look_goes_on(db: Database) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 400000000) SELECT count(*) FROM n"
    with pytest.raises(TooSlow), db.hurried(0.05) as session:
        session.connection().exec_driver_sql(endless).scalar()
    with db.read() as session:
        found = session.connection().exec_driver_sql(endless.replace("400000000", "200000")).scalar()
    assert found == 200_000, "the deadline was of that look only"


@pytest.mark.postgres
def test_postgresql_compiles_no_question_before_it_answers(postgres: str) -> None:
    address = postgres.format(name="postgres")
    for url, jit in ((address, "off"), (f"{address}&options=-c%20jit%3Don", "on")):
        opened = Database(url)
        with opened.read() as session:
            assert session.connection().exec_driver_sql("SHOW jit").scalar() == jit
            raw: Any = session.connection().connection.driver_connection
            assert bool(raw.info.options) is ("options" in url), "a pooler such as PgBouncer refuses options of ours"
        opened.close()


@pytest.mark.postgres
def test_postgresql_is_told_to_notice_a_machine_that_lost_its_power(postgres: str) -> None:
    told = "SELECT count(*) FROM pg_settings WHERE name ~ '^tcp_(keepalives|user)' AND source = 'session'"
    address = postgres.format(name="postgres")
    for url, n in ((address, 4), (f"{address}&options=-c%20tcp_user_timeout%3D9000&keepalives_idle=9", 3)):
        opened = Database(url)
        with opened.read() as session:
            assert session.connection().exec_driver_sql(told).scalar() == n, "what the operator says goes before"
            raw: Any = session.connection().connection.driver_connection
            assert raw.info.get_parameters()["keepalives_idle"] == ("9" if "idle" in url else "30")
        opened.close()


def test_in_a_long_queue_a_press_is_seen_at_once_and_the_rest_keeps_its_order(db: Database) -> None:
    with db.begin() as session:
        made = [new_case(session, number, NOW).id or 0 for number in range(1, 10)]
    with db.read() as session:
        first = [row.id for row in cases.owed(session, None, NOW, 2).window]
    with db.read() as session, statements(db) as told:
        again = [row.id for row in cases.owed(session, None, NOW + timedelta(seconds=1), 2).window]
        assert not any("UNION ALL" in one for one in told), "nothing happened: the order is the one of a second ago"
    assert first == again == made[:2]
    with db.begin() as session:
        row = cases.get(session, made[0])
        assert row is not None
        assert cases.move(session, row, state="resolved")
        events.add(session, NOW, "account:1", "case.resolved", f"case:{made[0]}", "Acme")
    with db.read() as session:
        assert [row.id for row in cases.owed(session, None, NOW + timedelta(seconds=1), 2).window] == made[1:3]
    with db.begin() as session:
        newest = new_case(session, 99, NOW, severity="critical", weight=4.0).id or 0
        events.add(session, NOW, "earshot", "case.opened", f"case:{newest}", "Acme")
    with db.read() as session:
        assert cases.owed(session, None, NOW + timedelta(seconds=2), 2).window[0].id == newest
