"""A proposal told in another one's thread: whose chain calls people, and what is pressed below it in Slack."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import HandClock
from bot.steps import declare, same_cause, watch
from bot.store import auditing, cases, events, incident_calls, incident_page, incidents
from bot.store.db import Database
from bot.store.tables_house import AccountRow
from responders.slack.limits import broken
from tests.fakes.slack import Posted
from tests.flow.crisis import SECOND, Crisis, complaint, crisis
from tests.flow.test_incident_calls import ann, calls, press, staffed
from tests.flow.test_incidents import rows

MINUTE = timedelta(minutes=1)
INVOICE = ("Acme Parcels invoice is wrong, terrible, I am angry", "wrong invoice from Acme Parcels, worst service")


@pytest.fixture
def acme(sqlite: Database, clock: HandClock, tmp_path: Path) -> Iterator[Crisis]:
    with crisis(sqlite, clock, tmp_path) as made:
        yield staffed(made)


def both(made: Crisis) -> tuple[int, int]:
    """Card payments, and six minutes later invoices as a line in their thread."""
    made.say(*made.everybody(12))
    made.run(6 * MINUTE, 2 * MINUTE)
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
    acme.run(32 * MINUTE, 8 * MINUTE)
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


def line_in_room(made: Crisis) -> Posted:
    """How the line of the second one reads in the room now."""
    (also,) = [one for one in made.slack.messages.values() if one.thread and "invoice" in one.text]
    assert broken(also.blocks) == []
    return also


def buttons(message: Posted) -> dict[str, str]:
    return {one["action_id"]: one.get("value", "") for one in message.blocks[-1]["elements"]}


def people(made: Crisis) -> None:
    with made.app.db.begin() as session:
        for login, role, brands in (("far", "lead", ["Other"]), ("eve", "viewer", None)):
            session.add(AccountRow(login=login, name=login.title(), role=role, brands=brands or [], password_hash="x",
                                   slack_user=f"U{login.upper()}", created_at=made.clock.now()))  # fmt: skip


def test_the_same_pressed_below_it_joins_it_and_the_line_says_who_and_how_to_undo_it(acme: Crisis) -> None:
    host, line = both(acme)
    people(acme)
    first = acme.slack.messages[next(one.ts for one in acme.slack.posts if "Perhaps" in one.text)]
    pressed = buttons(line_in_room(acme))
    assert [*pressed] == ["incident.same", "incident.open", "incident.apart", "incident.dismiss"]
    broadcast = [call.said["reply_broadcast"] for call in acme.slack.calls if call.said.get("thread_ts") == first.ts]
    assert broadcast == [False]  # a line of the thread, and not another message of the room
    for user in ("UFAR", "UEVE", "USTRANGER"):
        press(acme, pressed["incident.same"], user, "incident.same")
    for wrong in (f"beside:4711:{line}", f"incident:{line}", f"beside:{line}:{line}", f"beside:{host}:4711"):
        press(acme, wrong, "UANN", "incident.same")
    assert [row.state for row in rows(acme)] == ["proposed", "proposed"]
    press(acme, pressed["incident.same"], "UANN", "incident.same")
    assert [row.state for row in rows(acme)] == ["proposed", "joined"]
    acme.run(24 * SECOND, 2 * SECOND)
    said = line_in_room(acme)
    assert "“wrong invoice” at Acme: the same as" in said.text
    assert "Ann said so" in said.text
    assert "12 cases" in said.text
    assert "Part again" in said.all_text
    assert buttons(said) == {"incident.part": f"incident:{line}", "incident.open": "incident"}
    assert said.blocks[-1]["elements"][1]["url"].endswith(f"/incidents/{line}")
    assert not [one for one in acme.slack.posts if "is the same as" in one.text]  # the line says it, once
    for user, what in (("ULENA", "incident.same"), ("UANN", "incident.apart")):  # an old message, pressed again
        press(acme, pressed[what], user, what)
    assert [row.state for row in rows(acme)] == ["proposed", "joined"]
    acme.run(4 * SECOND, 2 * SECOND)
    assert any("Ann said that it is the same" in str(call.said) for call in acme.slack.whispers)
    press(acme, f"incident:{line}", "ULENA", "incident.part")
    assert [row.state for row in rows(acme)] == ["proposed", "proposed"]
    acme.run(4 * SECOND, 2 * SECOND)
    assert buttons(line_in_room(acme)) == pressed


def test_not_the_same_pressed_below_it_gives_it_a_message_and_calls_of_its_own(acme: Crisis) -> None:
    _host, line = both(acme)
    people(acme)
    pressed = buttons(line_in_room(acme))
    for user in ("UFAR", "UEVE", "USTRANGER"):
        press(acme, pressed["incident.apart"], user, "incident.apart")
    assert rows(acme)[1].told_in is not None
    for _ in range(2):
        press(acme, pressed["incident.apart"], "UANN", "incident.apart")
    assert rows(acme)[1].told_in is None
    acme.run(14 * SECOND, 2 * SECOND)
    said = line_in_room(acme)
    assert "“wrong invoice” at Acme: not the same as" in said.text
    assert "Ann said so" in said.text
    (own,) = [one for one in acme.slack.posts if "Perhaps an incident: “wrong invoice”" in one.text]
    assert (own.thread, "<!here>" in own.text) == ("", False)
    acme.run(16 * MINUTE, 8 * MINUTE)
    acme.run(2 * SECOND, SECOND)
    assert sorted(titles(calls(acme))) == ["card", "invoice"]
    press(acme, pressed["incident.same"], "UANN", "incident.same")  # who changes their mind may
    assert rows(acme)[1].state == "joined"
    with acme.app.db.read() as session:
        happened = [one.what for one in incident_page.timeline(session, rows(acme)[1])]
        assert happened.count("incident.apart") == 1
        assert events.verify(session) is None
    assert line


def test_the_first_joined_into_a_line_of_its_own_leaves_that_one_told_by_itself(acme: Crisis) -> None:
    host, line = both(acme)
    assert same_cause.join(acme.app, host, line, acme.lead) == ""
    assert rows(acme)[1].told_in is None
    acme.run(14 * SECOND, 2 * SECOND)
    assert [one.thread for one in acme.slack.posts if "“wrong invoice” at Acme. " in one.text] == [""]
    with acme.app.db.read() as session:
        assert [one.row.id for one in incident_calls.alone(session)] == [line]


def test_a_third_one_stays_silent_when_the_first_is_joined_into_another_one(acme: Crisis) -> None:
    host, line = both(acme)
    made, _why = declare.declare(acme.app, acme.lead, "Acme", "Everything is down", "")
    assert same_cause.join(acme.app, host, made, acme.lead) == ""
    with acme.app.db.read() as session:
        assert incident_calls.alone(session) == []  # a person opened the one that stands for both
    assert declare.move(acme.app, made, acme.lead, "dismissed") == ""
    assert rows(acme)[1].told_in is None
    with acme.app.db.read() as session:
        assert [one.row.id for one in incident_calls.alone(session)] == [line]


def test_a_line_is_answered_on_either_engine_and_hostile_names_stay_words(
    db: Database, clock: HandClock, tmp_path: Path
) -> None:
    with crisis(db, clock, tmp_path) as made:
        staffed(made).say(*made.everybody(9))
        made.run(6 * MINUTE, 2 * MINUTE)
        hostile = "Acme Parcels <!channel> <https://evil.test|invoice> & *wrong* invoice <@U1>, terrible, I am angry"
        made.say(*(complaint(n, clock.now(), (hostile,), "i") for n in range(9)))
        made.run(2 * SECOND, SECOND)
        also = next(one for one in made.slack.messages.values() if one.thread)
        assert broken(also.blocks) == []
        assert not re.search(r"<[!@#h]", also.all_text.replace("<!date", ""))
        assert same_cause.same(made.app, 2, 1, made.lead) == ""
        made.run(4 * SECOND, 2 * SECOND)
        assert same_cause.part(made.app, 2, made.lead) == ""
        assert same_cause.apart(made.app, 2, made.lead) == ""
        made.run(4 * SECOND, 2 * SECOND)
        assert "not the same as" in made.slack.messages[also.ts].text


def test_what_begins_with_it_of_a_sudden_is_taken_for_the_same_until_a_person_parts_them(acme: Crisis) -> None:
    acme.say(*acme.everybody(12))
    acme.run(2 * SECOND, SECOND)
    acme.say(*(complaint(n, acme.clock.now(), INVOICE, "i") for n in range(12)))
    acme.run(10 * SECOND, 2 * SECOND)
    assert [(row.state, row.told_in) for row in rows(acme)] == [("proposed", None), ("joined", 1)]
    assert len(cases_of(acme, 1)) == 24
    assert len([one for one in acme.slack.posts if not one.thread and "incident" in one.text]) == 1
    said = line_in_room(acme)
    assert "Also 12 cases that say “wrong invoice” at Acme. Taken for the same as" in said.text
    assert [*buttons(said)] == ["incident.apart", "incident.open"]
    with acme.app.db.read() as session:
        assert [one.row.id for one in incident_calls.alone(session)] == [1]
        who = {one.actor for one in incident_page.timeline(session, rows(acme)[1]) if one.what == "incident.same"}
    assert who == {"earshot"}
    press(acme, buttons(said)["incident.apart"], "UANN", "incident.apart")
    assert [(row.state, row.told_in) for row in rows(acme)] == [("proposed", None), ("proposed", None)]
    assert (len(cases_of(acme, 1)), len(cases_of(acme, 2))) == (12, 12)
    acme.run(10 * SECOND, 2 * SECOND)
    assert "not the same as" in line_in_room(acme).text
    doorbell = (
        "Acme Parcels doorbell camera is dead, awful",
        "my doorbell from Acme Parcels is dead, terrible service",
    )
    acme.say(*(complaint(n, acme.clock.now(), doorbell, "d") for n in range(12)))
    assert rows(acme)[2].state == "proposed"  # who was wrong once asks from now on


def cases_of(made: Crisis, incident_id: int) -> list[int]:
    with made.app.db.read() as session:
        return incidents.member_ids(session, incident_id)
