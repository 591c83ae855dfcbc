"""Nobody takes an incident: its chain runs once for all its cases, and stops as soon as somebody has it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.clock import HandClock
from bot.steps import answer, declare, watch
from bot.store import auditing, calling, events, incident_calls, incidents, workers
from bot.store.db import Database
from bot.store.tables import PostRow
from bot.store.tables_house import AccountRow, DeliveryRow
from bot.store.tables_incidents import IncidentRow
from bot.web import slack_acts
from config.settings import Mail
from responders.slack.limits import broken
from tests.fakes.slack import Posted
from tests.flow.crisis import Crisis, crisis
from tests.flow.room import Letters
from tests.flow.test_incidents import cases, outbox, rows

MINUTE = timedelta(minutes=1)
STEPS = (15, 30, 45)


@pytest.fixture
def acme(sqlite: Database, clock: HandClock, tmp_path: Path) -> Iterator[Crisis]:
    with crisis(sqlite, clock, tmp_path) as made:
        yield staffed(made)


def staffed(made: Crisis) -> Crisis:
    """Lena leads and is called in Slack; Ann is an agent and is called in Slack as well."""
    with made.app.db.begin() as session:
        lena = session.get(AccountRow, made.lead)
        assert lena is not None
        ann = AccountRow(login="ann", name="Ann", role="agent", password_hash="x", slack_user="UANN",
                         created_at=made.clock.now())  # fmt: skip
        lena.slack_user = "ULENA"
        session.add_all([lena, ann])
        session.flush()
        for who in (lena.id, ann.id):
            workers.change(session, who or 0, calls={"slack": calling.LINKED})
    return made


def ann(made: Crisis) -> int:
    with made.app.db.read() as session:
        return made.lead + 1 if session.get(AccountRow, made.lead + 1) is not None else 0


def calls(made: Crisis) -> list[Posted]:
    """What called people for the incident in the room, in order."""
    return [post for post in made.slack.posts if "nobody has the incident" in post.text and post.room[0] != "U"]


def private(made: Crisis, user: str) -> list[Posted]:
    return [post for post in made.slack.messages.values() if post.room == user]


def test_one_chain_runs_for_all_cases_of_an_incident_that_nobody_takes(acme: Crisis) -> None:
    acme.say(*acme.everybody(40))
    acme.run(75 * MINUTE, 5 * MINUTE)
    (incident,) = rows(acme)
    first, second, third = calls(acme)
    assert "<@UANN>" in first.text
    assert "15 minutes, and nobody has the incident" in first.text
    assert "<@ULENA>" in second.text
    assert "<@UANN>" in third.text
    assert "<!here>" in third.text
    assert {one.thread for one in calls(acme)} == {acme.slack.posts[0].ts}
    assert all(broken(one.blocks) == [] for one in calls(acme))
    told = sorted(row.key.split(":")[3] + " " + row.address for row in outbox(acme) if row.key.startswith("call:"))
    assert told == ["step1 UANN", "step2 ULENA", "step3 UANN", "step3 ULENA"]  # one call a step, not one a case
    in_room = [post for post in acme.slack.posts if post.room[0] != "U"]
    assert len(in_room) == 1 + incident.updates
    with acme.app.db.read() as session:
        said = [events.facts_of(one) for one in events.newest(session, 500) if one.what == "incident.escalated"]
        assert events.verify(session) is None
    assert sorted(one["step"] for one in said) == [1, 2, 3]


@pytest.mark.parametrize("how", ["claims a case", "leads it", "says that it is one", "dismisses it"])
def test_who_takes_it_stops_the_calls_at_once_and_those_that_stand_say_so(acme: Crisis, how: str) -> None:
    acme.say(*acme.everybody(12))
    acme.run(16 * MINUTE, 4 * MINUTE)
    (incident,) = rows(acme)
    key = incident.id or 0
    assert len(calls(acme)) == 1
    match how:
        case "claims a case":
            assert isinstance(answer.claim(acme.app, cases(acme)[5].id or 0, ann(acme)), answer.Claimed)
        case "leads it":
            assert declare.lead(acme.app, key, ann(acme)) == ""
        case "says that it is one":
            assert declare.move(acme.app, key, acme.lead, "open") == ""
        case _:
            assert declare.move(acme.app, key, acme.lead, "dismissed") == ""
    acme.run(5 * MINUTE)
    mine, *_cases_of_their_own = private(acme, "UANN")
    assert "This call is over." in mine.all_text
    assert "This call is over." in acme.slack.messages[calls(acme)[0].ts].all_text
    if how == "claims a case":
        assert isinstance(answer.give_back(acme.app, cases(acme)[5].id or 0, ann(acme)), answer.Done)
        acme.run(20 * MINUTE, 4 * MINUTE)
        assert len(calls(acme)) == 2  # nobody has it again
        return
    acme.run(40 * MINUTE, 8 * MINUTE)
    assert len(calls(acme)) == 1


def test_a_call_that_has_not_left_is_taken_back_once_somebody_has_it(acme: Crisis) -> None:
    acme.say(*acme.everybody(12))
    acme.clock.move(16 * MINUTE)
    with acme.app.db.begin() as session:
        ((one, step),) = incident_calls.due(session, acme.clock.now())
        incident_calls.call(session, acme.app.settings, one, step, acme.clock.now())
        assert incident_calls.due(session, acme.clock.now()) == []
    assert declare.lead(acme.app, 1, acme.lead) == ""
    acme.run(2 * MINUTE)
    assert {row.state for row in outbox(acme) if ":step1:" in row.key} == {"withdrawn"}
    assert calls(acme) == []


def test_a_step_for_an_incident_that_is_late_is_noticed_and_said_another_way(acme: Crisis) -> None:
    letters = Letters()
    mail = Mail(host="mail.example", sender="bot@acme.example", to=("lead@acme.example",))
    settings = acme.app.settings.model_copy(update={"mail": mail})
    acme.app = replace(acme.app, settings=settings, responders=acme.app.responders | {"email": letters})
    acme.say(*acme.everybody(12))
    for minute in range(19):  # the loop that calls hangs, the auditor does not
        watch.look(acme.app)
        assert minute > 16 or late(acme) == []
        acme.clock.move(MINUTE)
    assert late(acme) == ["incident:1"]
    acme.run(MINUTE)
    assert [one.subject for one in letters.sent] == ["Nobody was called for incident 1 and all its cases in time."]
    acme.run(20 * MINUTE, 4 * MINUTE)
    watch.look(acme.app)
    assert late(acme) == ["incident:1"]  # the next step was called in time


def late(made: Crisis) -> list[str]:
    with made.app.db.read() as session:
        return [event.subject for event in events.newest(session, 500) if event.what == auditing.WHAT]


def test_its_calls_reach_the_second_way_while_the_room_takes_nothing(acme: Crisis) -> None:
    letters = Letters()
    mail = Mail(host="mail.example", sender="bot@acme.example", to=("lead@acme.example",))
    settings = acme.app.settings.model_copy(update={"mail": mail})
    acme.app = replace(acme.app, settings=settings, responders=acme.app.responders | {"email": letters})
    acme.say(*acme.everybody(12))
    acme.run(2 * MINUTE)
    acme.slack.mood = lambda _call: "429:3600"
    acme.run(18 * MINUTE, MINUTE)
    (call,) = [one for one in letters.sent if "nobody has the incident" in one.subject]
    assert call.address == "lead@acme.example"


def test_whoever_is_called_may_lead_it_from_slack_and_who_is_no_colleague_of_the_brand_may_not(acme: Crisis) -> None:
    acme.say(*acme.everybody(12))
    acme.run(16 * MINUTE, 4 * MINUTE)
    (lead,) = [one for one in calls(acme)[0].blocks[-1]["elements"] if one["action_id"] == "incident.lead"]
    with acme.app.db.begin() as session:
        session.add(AccountRow(login="far", name="Far", role="lead", brands=["Other"], password_hash="x",
                               slack_user="UFAR", created_at=acme.clock.now()))  # fmt: skip
        session.add(AccountRow(login="eve", name="Eve", role="viewer", password_hash="x", slack_user="UEVE",
                               created_at=acme.clock.now()))  # fmt: skip
    for user in ("UFAR", "UEVE", "USTRANGER"):
        press(acme, lead["value"], user)
        assert rows(acme)[0].led_by is None
    press(acme, lead["value"], "UANN")
    assert rows(acme)[0].led_by == ann(acme)
    press(acme, lead["value"], "ULENA")  # an old message takes it from nobody
    assert rows(acme)[0].led_by == ann(acme)
    acme.run(5 * MINUTE)
    message = acme.slack.messages[acme.slack.posts[0].ts]
    assert "Ann leads it." in message.text
    assert "incident.lead" not in str(message.blocks)


def test_its_message_says_what_three_customers_say_and_how_far_it_is_heard_until_it_ends(acme: Crisis) -> None:
    acme.say(*acme.everybody(12))
    acme.run(2 * MINUTE)
    (message,) = acme.slack.messages.values()
    assert broken(message.blocks) == []
    shown = str(message.blocks)
    assert "> Acme Parcels card payment failed again, this is terrible, I want my money back (c0)" in shown
    assert message.blocks[1]["text"]["text"].count("> ") == 3
    assert "*Only natively:* 12 of 12" in shown
    assert "*Could have seen it:* about 1,266 followers" in shown
    assert "money back" not in message.text  # the notification's line
    assert not [row.key for row in outbox(acme) if row.kind == "incident" and "money back" in f"{row.text}{row.body}"]
    with acme.app.db.begin() as session:
        (post,) = session.exec(select(PostRow).where(PostRow.native_id == "c0")).all()
        post.gone_at = acme.clock.now()
        session.add(post)
    acme.run(timedelta(seconds=4), timedelta(seconds=2))
    assert "(c0)" not in acme.slack.messages[message.ts].all_text
    assert "(c3)" in acme.slack.messages[message.ts].all_text
    assert declare.move(acme.app, 1, acme.lead, "fixed") == ""
    with acme.app.db.begin() as session:
        row = incidents.get(session, 1)
        assert row is not None
        assert incidents.move(session, row, state="closed", ended_at=acme.clock.now())
    acme.run(3 * MINUTE)
    assert "card payment failed at" not in acme.slack.messages[message.ts].all_text


def press(made: Crisis, value: str, user: str, action: str = "incident.lead") -> None:
    made.clock.move(timedelta(seconds=1))
    slack_acts.interaction(made.app, {
        "type": "block_actions", "user": {"id": user}, "team": {"id": "T1"}, "channel": {"id": "C0CARE"},
        "trigger_id": f"t{made.clock.now()}{user}", "actions": [{"action_id": action, "value": value}],
    })  # fmt: skip


def test_a_chain_is_called_and_stopped_on_either_engine(db: Database, clock: HandClock, tmp_path: Path) -> None:
    with crisis(db, clock, tmp_path) as made:
        staffed(made).say(*made.everybody(9))
        made.run(16 * MINUTE, 4 * MINUTE)
        with db.read() as session:
            (one,) = incident_calls.alone(session)
            assert (one.row.called, one.row.state) == (1, "proposed")
            assert incident_calls.said(session, one.row, 1)
        assert declare.lead(made.app, 1, made.lead) == ""
        with db.read() as session:
            assert incident_calls.alone(session) == []
            row = incidents.get(session, 1)
            assert isinstance(row, IncidentRow)
            assert all(isinstance(each, DeliveryRow) for each in incident_calls.said(session, row, 1))
