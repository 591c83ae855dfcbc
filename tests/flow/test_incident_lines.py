"""A proposal told in another one's thread: whose chain calls people, and what is pressed below it in Slack."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import HandClock
from bot.steps import declare, watch
from bot.store import auditing, cases, events, incident_calls, incidents
from bot.store.db import Database
from tests.fakes.slack import Posted
from tests.flow.crisis import SECOND, Crisis, complaint, crisis
from tests.flow.test_incident_calls import ann, calls, staffed
from tests.flow.test_incidents import rows

MINUTE = timedelta(minutes=1)
INVOICE = ("Acme Parcels invoice is wrong, terrible, I am angry", "wrong invoice from Acme Parcels, worst service")


@pytest.fixture
def acme(sqlite: Database, clock: HandClock, tmp_path: Path) -> Iterator[Crisis]:
    with crisis(sqlite, clock, tmp_path) as made:
        yield staffed(made)


def both(made: Crisis) -> tuple[int, int]:
    """Card payments, and a minute later invoices as a line in their thread."""
    made.say(*made.everybody(12))
    made.run(2 * SECOND, SECOND)
    made.say(*(complaint(n, made.clock.now(), INVOICE, "i") for n in range(12)))
    made.run(2 * SECOND, SECOND)
    host, line = (row.id or 0 for row in rows(made))
    assert rows(made)[1].told_in == host
    return host, line


def titles(found: list[Posted]) -> list[str]:
    return ["invoice" if "invoice" in one.text else "card" for one in found]


def test_the_chain_of_the_first_stands_for_the_lines_in_its_thread(acme: Crisis) -> None:
    both(acme)
    for _ in range(10):
        acme.run(5 * MINUTE, 5 * MINUTE)
        watch.look(acme.app)
    assert titles(calls(acme)) == ["card", "card", "card"]
    with acme.app.db.read() as session:
        assert auditing.WHAT not in [one.what for one in events.newest(session, 500)]


def test_who_takes_the_first_has_the_lines_too(acme: Crisis) -> None:
    host, _line = both(acme)
    acme.run(16 * MINUTE, 8 * MINUTE)
    assert declare.lead(acme.app, host, ann(acme)) == ""
    acme.run(30 * MINUTE, 10 * MINUTE)
    assert titles(calls(acme)) == ["card"]


def test_a_line_calls_for_itself_once_the_first_was_a_false_alarm_and_its_cases_wait(acme: Crisis) -> None:
    host, line = both(acme)
    acme.run(4 * MINUTE, 2 * MINUTE)
    assert declare.move(acme.app, host, acme.lead, "dismissed") == ""
    with acme.app.db.read() as session:
        assert [one.row.id for one in incident_calls.alone(session)] == [line]
    acme.run(12 * MINUTE, 2 * MINUTE)
    assert titles(calls(acme)) == ["invoice"]


def test_a_line_that_waited_long_behind_a_false_alarm_is_called_for_at_once_and_the_auditor_is_content(
    acme: Crisis,
) -> None:
    host, _line = both(acme)
    acme.run(40 * MINUTE, 10 * MINUTE)
    assert declare.move(acme.app, host, acme.lead, "dismissed") == ""
    acme.run(2 * SECOND, SECOND)
    watch.look(acme.app)
    acme.run(MINUTE, 5 * SECOND)
    watch.look(acme.app)
    assert titles(calls(acme)) == ["card", "card", "invoice"]
    assert "<@ULENA>" in calls(acme)[-1].text
    with acme.app.db.read() as session:
        assert auditing.WHAT not in [one.what for one in events.newest(session, 500)]


def test_a_line_calls_for_itself_where_nobody_waits_in_the_first_and_nobody_has_it(acme: Crisis) -> None:
    host, line = both(acme)
    with acme.app.db.read() as session:
        waiting = incident_calls.alone(session)
    assert [one.row.id for one in waiting] == [host]
    with acme.app.db.begin() as session:
        for number in incidents.member_ids(session, host):
            case = cases.get(session, number)
            assert case is not None
            assert cases.move(session, case, state="resolved", resolved_how="not_us", part="settled")
    with acme.app.db.read() as session:
        assert [one.row.id for one in incident_calls.alone(session)] == [line]
