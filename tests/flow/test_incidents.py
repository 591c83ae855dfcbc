"""Many complaints with one cause: one incident, few messages, every customer's own clock."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot.clock import HandClock
from bot.core.week import Said, Week
from bot.demo import crisis as crisis_script
from bot.steps import declare, digest, spikes
from bot.steps.verify import verify
from bot.store import alike, drills, events, incident_page, incidents
from bot.store import spikes as store_spikes
from bot.store.db import Database
from bot.store.tables import CaseRow
from bot.store.tables_house import DeliveryRow
from bot.store.tables_incidents import IncidentCaseRow, IncidentRow
from bot.store.tables_telling import RouteRow
from responders.slack.limits import broken
from tests.flow.crisis import OTHERS, SECOND, Crisis, complaint, crisis
from tests.flow.path import page

MINUTE = timedelta(minutes=1)


@pytest.fixture
def acme(sqlite: Database, clock: HandClock, tmp_path: Path) -> Iterator[Crisis]:
    with crisis(sqlite, clock, tmp_path) as made:
        yield made


def rows(acme: Crisis) -> list[IncidentRow]:
    with acme.app.db.read() as session:
        return list(session.exec(select(IncidentRow).order_by(IncidentRow.id)).all())


def cases(acme: Crisis) -> list[CaseRow]:
    with acme.app.db.read() as session:
        return list(session.exec(select(CaseRow).order_by(CaseRow.id)).all())


def outbox(acme: Crisis) -> list[DeliveryRow]:
    with acme.app.db.read() as session:
        return list(session.exec(select(DeliveryRow)).all())


def test_five_hundred_complaints_in_ten_minutes_are_one_incident_one_message_and_five_hundred_clocks(
    acme: Crisis,
) -> None:
    for number in range(20):
        acme.say(*acme.everybody(25, 25 * number))
        acme.clock.move(30 * SECOND)
    acme.run(5 * MINUTE)
    (incident,) = rows(acme)
    found = cases(acme)
    assert len(found) == 500
    assert len({case.due_at for case in found}) == 20  # each from their own post, an hour later
    assert all(case.due_at == case.spoke_at + timedelta(hours=1) for case in found)
    with acme.app.db.read() as session:
        assert incidents.member_ids(session, incident.id or 0) == [case.id for case in found]
        assert events.verify(session) is None
    assert len(acme.slack.posts) == 1 + incident.updates
    assert incident.updates <= 2
    first, *later = acme.slack.posts
    assert "Perhaps an incident" in first.text
    assert all(one.thread == first.ts for one in later)


def test_what_is_about_something_else_still_rings_by_itself(acme: Crisis) -> None:
    acme.say(*acme.everybody(25))
    acme.say(*(complaint(n, acme.clock.now(), OTHERS, "o") for n in range(3)))
    acme.run(MINUTE, SECOND)
    (incident,) = rows(acme)
    with acme.app.db.read() as session:
        assert len(incidents.member_ids(session, incident.id or 0)) == 25
    assert sum("is ruined" in one.all_text or "passport" in one.all_text or "locker" in one.all_text
               or "fence" in one.all_text for one in acme.slack.posts) == 3  # fmt: skip


def test_a_handful_of_complaints_that_share_nothing_is_no_incident(acme: Crisis) -> None:
    acme.say(*(complaint(n, acme.clock.now(), OTHERS, "o") for n in range(4)))
    assert rows(acme) == []


def test_one_person_who_repeats_themselves_is_no_incident(acme: Crisis) -> None:
    from tests.flow.path import post

    now = acme.clock.now()
    acme.say(*(post(f"r{n}", f"Acme Parcels card payment failed, terrible, answer me {n}", now) for n in range(20)))
    assert rows(acme) == []


def test_a_late_case_of_an_incident_is_a_line_in_its_thread_and_no_alarm_of_its_own(acme: Crisis) -> None:
    acme.say(*acme.everybody(25))
    acme.run(70 * MINUTE)
    (incident,) = rows(acme)
    texts = [one.text for one in acme.slack.posts]
    assert len(texts) == 1 + incident.updates
    assert "25 cases, none answered, all late" in texts[-1]
    late = [row for row in outbox(acme) if row.kind in ("late", "at_risk", "escalation1", "escalation2")]
    assert late == []


def test_dismissed_its_cases_ring_again_and_what_was_held_is_said(acme: Crisis) -> None:
    acme.say(*acme.everybody(25))
    (incident,) = rows(acme)
    before = len(acme.slack.posts)
    assert declare.move(acme.app, incident.id or 0, acme.lead, "dismissed") == ""
    acme.run(5 * MINUTE)
    after = "\n".join(one.all_text for one in acme.slack.posts[before:])
    assert "No incident" in after
    told = {row.case_id for row in outbox(acme) if row.kind == "new" and row.state == "sent"}
    assert told == {case.id for case in cases(acme)}


def test_taken_out_a_case_rings_by_itself_again(acme: Crisis) -> None:
    acme.say(*acme.everybody(12))
    (incident,) = rows(acme)
    mine = cases(acme)[3]
    assert declare.take_out(acme.app, incident.id or 0, acme.lead, mine.id or 0) == ""
    acme.run(2 * SECOND, SECOND)
    told = {row.case_id for row in outbox(acme) if row.kind == "new" and row.state == "sent"}
    assert told == {mine.id}
    assert declare.take_out(acme.app, incident.id or 0, acme.lead, mine.id or 0) != ""


def test_fixed_it_lists_who_is_still_owed_an_answer_and_closes_only_when_nobody_is(acme: Crisis) -> None:
    acme.say(*acme.everybody(10))
    (incident,) = rows(acme)
    key = incident.id or 0
    assert declare.move(acme.app, key, acme.lead, "open") == ""
    assert declare.move(acme.app, key, acme.lead, "fixed") == ""
    with acme.app.db.read() as session:
        row = incidents.get(session, key)
        assert row is not None
        owed = incident_page.owed(session, row)
    assert len(owed) == 10
    assert "10 of its customers" in declare.move(acme.app, key, acme.lead, "closed")
    for one in owed:
        assert declare.settle(acme.app, key, acme.lead, one.case.id or 0, "told on the telephone") == ""
    assert declare.move(acme.app, key, acme.lead, "closed") == ""
    assert rows(acme)[0].state == "closed"


def test_who_did_not_complain_to_us_is_owed_nothing_and_a_merged_case_is_not_counted_twice(acme: Crisis) -> None:
    acme.say(*acme.everybody(10))
    (incident,) = rows(acme)
    with acme.app.db.begin() as session:
        first, second = (session.get(CaseRow, case.id) for case in cases(acme)[:2])
        assert first is not None
        assert second is not None
        first.state, second.state, second.resolved_how = "merged", "resolved", "not_us"
        session.add_all([first, second])
        third = session.get(CaseRow, cases(acme)[2].id)
        assert third is not None
        third.state, third.resolved_how = "resolved", "deleted"  # nobody can answer it any more
        session.add(third)
    assert declare.move(acme.app, incident.id or 0, acme.lead, "fixed") == ""
    with acme.app.db.read() as session:
        row = incidents.get(session, incident.id or 0)
        assert row is not None
        assert len(incident_page.owed(session, row)) == 7


def test_an_incident_is_gathered_told_mended_and_closed_on_either_engine(
    db: Database, clock: HandClock, tmp_path: Path
) -> None:
    with crisis(db, clock, tmp_path) as acme:
        acme.say(*acme.everybody(10))
        spikes.look(acme.app)
        acme.run(61 * MINUTE, 5 * MINUTE)
        (incident,) = rows(acme)
        key = incident.id or 0
        assert declare.note(acme.app, key, acme.lead, "The bank is called.") == ""
        assert declare.move(acme.app, key, acme.lead, "fixed") == ""
        with db.read() as session:
            row = incidents.get(session, key)
            assert row is not None
            shown = incident_page.members(session, row)
            assert (len(shown), incidents.count(session, key, clock.now()).late) == (10, 10)
            assert incident_page.reach(session, row).authors == 10
            assert [one.id for one in incidents.of_brands(session, ["Acme"])] == [key]
            assert incident_page.timeline(session, row)
            assert store_spikes.heard(session, "Acme", clock.now())
        for one in shown:
            assert declare.settle(acme.app, key, acme.lead, one.case.id or 0, "told by phone") == ""
        assert declare.move(acme.app, key, acme.lead, "closed") == ""
        document = digest.build(acme.app, "Acme", Week.of(clock.now(), "UTC"))
        assert [one.title for one in document.troubles] == [incident.title]
        assert verify(acme.app, document).holds


def test_an_answer_before_the_fix_is_owed_another_one_after_it(acme: Crisis) -> None:
    from bot.store import cases as store_cases

    acme.say(*acme.everybody(10))
    (incident,) = rows(acme)
    with acme.app.db.begin() as session:
        case = store_cases.get(session, cases(acme)[0].id or 0)
        assert case is not None
        store_cases.answered(session, case, acme.clock.now(), "native", acme.clock.now())
    acme.clock.move(MINUTE)
    assert declare.move(acme.app, incident.id or 0, acme.lead, "fixed") == ""
    with acme.app.db.read() as session:
        row = incidents.get(session, incident.id or 0)
        assert row is not None
        assert len(incident_page.owed(session, row)) == 10


def test_a_person_declares_an_incident_and_takes_in_what_says_the_same(acme: Crisis) -> None:
    acme.say(*(complaint(n, acme.clock.now(), OTHERS, "o") for n in range(4)))
    made, why = declare.declare(acme.app, acme.lead, "Acme", "Lockers do not open", "locker, lockers")
    assert why == ""
    with acme.app.db.read() as session:
        assert len(incidents.member_ids(session, made)) == 1
    acme.say(complaint(2, acme.clock.now(), OTHERS, "p"))
    with acme.app.db.read() as session:
        assert len(incidents.member_ids(session, made)) == 2
    assert declare.declare(acme.app, acme.lead, "Acme", "  ", "")[0] == 0
    assert declare.declare(acme.app, acme.lead, "Nobody's", "Down", "")[0] == 0


def test_a_case_put_in_by_hand_is_held_back_and_stands_in_one_incident_only(acme: Crisis) -> None:
    acme.path.hear()
    made, _why = declare.declare(acme.app, acme.lead, "Acme", "Rain", "")
    acme.say(complaint(0, acme.clock.now(), OTHERS, "o"))
    (case,) = cases(acme)
    assert declare.put_in(acme.app, made, acme.lead, case.id or 0) == ""
    assert "already" in declare.put_in(acme.app, made, acme.lead, case.id or 0)
    other, _why = declare.declare(acme.app, acme.lead, "Acme", "Snow", "")
    assert "already" in declare.put_in(acme.app, other, acme.lead, case.id or 0)
    assert "no case 999" in declare.put_in(acme.app, made, acme.lead, 999)


def test_two_people_who_act_at_once_do_not_both_win(acme: Crisis) -> None:
    made, _why = declare.declare(acme.app, acme.lead, "Acme", "Rain", "")
    assert declare.move(acme.app, made, acme.lead, "fixed") == ""
    assert "fixed already" in declare.move(acme.app, made, acme.lead, "fixed")
    assert declare.move(acme.app, made, acme.lead, "nonsense") != ""


def test_a_stranger_to_the_brand_finds_no_incident(acme: Crisis) -> None:
    from bot.store.tables_house import AccountRow

    made, _why = declare.declare(acme.app, acme.lead, "Acme", "Rain", "")
    with acme.app.db.begin() as session:
        other = AccountRow(login="max", name="Max", role="lead", brands=["Other"], password_hash="x",
                           created_at=acme.clock.now())  # fmt: skip
        session.add(other)
        session.flush()
        stranger = other.id or 0
    for done in (
        declare.move(acme.app, made, stranger, "fixed"), declare.note(acme.app, made, stranger, "x"),
        declare.state(acme.app, made, stranger, "x"), declare.settle(acme.app, made, stranger, 1, "x"),
    ):  # fmt: skip
        assert done == declare.GONE


def test_the_holding_statement_needs_a_line_of_ones_own_and_no_two_alike(acme: Crisis) -> None:
    acme.say(*acme.everybody(10))
    (incident,) = rows(acme)
    key, first = incident.id or 0, cases(acme)[0].id or 0
    assert declare.state(acme.app, key, acme.lead, "{personal} Card payments fail since two; we are on it.") == ""
    assert "own" in declare.worded(acme.app, key, acme.lead, first, "Hi")[1]
    text, why = declare.worded(acme.app, key, acme.lead, first, "Ada, I see both charges on your order.")
    assert (text, why) == ("Ada, I see both charges on your order. Card payments fail since two; we are on it.", "")
    assert declare.worded(acme.app, key, acme.lead, 999, "Ada, I see both charges.") == ("", declare.GONE)
    with acme.app.db.read() as session:
        (alone,) = incidents.guarded(session, first, "@ada card payments fail since two we are on it!")
        assert alone.severity == "stop"
        assert incidents.guarded(session, first, text) == ()


def test_a_second_wording_of_the_same_cause_widens_the_incident_and_makes_no_second_one(acme: Crisis) -> None:
    acme.say(*acme.everybody(12))
    more = ("Acme Parcels checkout says payment declined, terrible, again and again",)
    acme.say(*(complaint(n, acme.clock.now(), more, "d") for n in range(12)))
    (incident,) = rows(acme)
    with acme.app.db.read() as session:
        joined = session.exec(select(IncidentCaseRow).where(IncidentCaseRow.incident_id == incident.id)).all()
    assert len(joined) == 24


def test_an_incident_is_recorded_as_a_script_without_its_customers_names(acme: Crisis) -> None:
    acme.say(*acme.everybody(10))
    (incident,) = rows(acme)
    with acme.app.db.read() as session:
        lines = drills.recorded(session, incident.id or 0)
        with pytest.raises(ValueError, match="no incident 99"):
            drills.recorded(session, 99)
    played = crisis_script.lines_of("\n".join(json.dumps(line) for line in lines), "recorded")
    assert len(played) == 10
    assert {line.who for line in played} == {f"customer{n}" for n in range(1, 11)}


def test_the_first_few_like_it_are_told_together_before_there_is_an_incident(acme: Crisis) -> None:
    for number in range(5):
        acme.say(*acme.everybody(1, number))
        acme.clock.move(20 * SECOND)
    acme.run(3 * MINUTE)
    assert rows(acme) == []
    first, together = acme.slack.posts
    assert "c0" in first.text
    assert "4 cases at once" in together.text
    assert {row.state for row in outbox(acme) if row.kind == "new"} == {"sent"}


def test_what_is_urgent_does_not_wait_for_the_complaints_that_are_gathered(acme: Crisis) -> None:
    for number in range(3):
        acme.say(*acme.everybody(1, number))
        acme.clock.move(10 * SECOND)
    urgent = "Acme Parcels your van hit a child, the ambulance is here, urgent, terrible"
    acme.say(complaint(50, acme.clock.now(), (urgent,), "u"))
    acme.run(3 * SECOND, SECOND)
    assert ["ambulance" in one.all_text for one in acme.slack.posts] == [False, True]  # the two others wait still


def test_a_second_incident_within_half_an_hour_is_a_line_in_the_firsts_thread(acme: Crisis) -> None:
    """One outage told in many words is proposed in several; a graver one, or a later one, has a message and calls."""
    asked = ("Acme Parcels invoice is wrong, terrible, I am angry", "wrong invoice from Acme Parcels, worst service")
    acme.say(*acme.everybody(12))
    acme.run(6 * MINUTE, 2 * MINUTE)
    acme.say(*(complaint(n, acme.clock.now(), asked, "i") for n in range(12)))
    acme.run(2 * SECOND, SECOND)
    (first,) = (one for one in acme.slack.posts if "Perhaps an incident" in one.text)
    (also,) = (one for one in acme.slack.posts if "Also 12 cases" in one.text)
    assert (also.thread, "<!here>" in first.all_text, "<!here>" in also.all_text) == (first.ts, True, False)
    assert broken(also.blocks) == []
    acme.run(55 * MINUTE, 5 * MINUTE)
    acme.run(5 * SECOND, SECOND)
    of_it = [one for one in acme.slack.posts if "wrong invoice" in one.text]
    assert {one.thread for one in of_it} == {first.ts}  # its calls, what is due, and what else there is to say of it
    assert "Perhaps an incident: “wrong invoice”. 12 cases" in of_it[-1].text
    later = ("Acme Parcels doorbell camera is dead, awful", "my doorbell from Acme Parcels is dead, terrible service")
    acme.say(*(complaint(n, acme.clock.now(), later, "d") for n in range(12)))
    acme.run(3 * SECOND, SECOND)
    third = [one for one in acme.slack.posts if "doorbell" in one.text and "Perhaps an incident" in one.text]
    assert ["<!here>" in one.all_text for one in third] == [True]


def test_a_graver_one_has_a_message_and_one_in_the_thread_of_an_ended_one_gets_its_own(acme: Crisis) -> None:
    asked = ("Acme Parcels invoice is wrong, terrible, I am angry", "wrong invoice from Acme Parcels, worst service")
    acme.say(*acme.everybody(12))
    acme.run(6 * MINUTE, 2 * MINUTE)
    acme.say(*(complaint(n, acme.clock.now(), asked, "i") for n in range(12)))
    later = ("Acme Parcels doorbell camera is dead, awful", "my doorbell from Acme Parcels is dead, terrible service")
    acme.say(*(complaint(n, acme.clock.now(), later, "d") for n in range(40)))
    acme.run(2 * SECOND, SECOND)
    told = [one.text for one in acme.slack.posts if "Perhaps an incident" in one.text]
    assert len(told) == 2
    assert "doorbell" in told[1]
    first, second, grave = rows(acme)
    assert (second.told_in, grave.told_in) == (first.id, None)
    assert declare.move(acme.app, grave.id or 0, acme.lead, "fixed") == ""
    assert declare.move(acme.app, first.id or 0, acme.lead, "dismissed") == ""
    acme.run(5 * SECOND, SECOND)
    own = [one for one in acme.slack.posts if "invoice" in one.text and "Perhaps an incident" in one.text]
    assert [one.thread for one in own] == [""]
    assert rows(acme)[1].told_in is None


def test_a_flood_of_cases_reads_what_others_said_once_and_not_once_for_each(
    acme: Crisis, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    read = alike.complaints

    def counted(session: Session, brand: str, since: datetime, until: datetime) -> list[Said]:
        asked.append(brand)
        return read(session, brand, since, until)

    monkeypatch.setattr(alike, "complaints", counted)
    acme.path.hear(page(*acme.everybody(30, 0)))
    assert len(cases(acme)) == 30
    assert asked == ["Acme", "Acme"]  # the last minutes, and the day before


def test_it_is_told_where_the_brands_routes_say_and_its_first_message_is_edited_in_place(acme: Crisis) -> None:
    with acme.app.db.begin() as session:
        now = acme.clock.now()
        named = {"responder": "slack", "brand": "Acme", "changed_at": now}
        session.add(RouteRow(position=1, name="care", address="#acme", goes_on=True, **named))
        session.add(RouteRow(position=2, name="grave", address="#grave", severities=["critical"], **named))
        session.add(RouteRow(position=3, name="other", address="#other", **named | {"brand": "Other"}))
    acme.say(*acme.everybody(12))
    (incident,) = rows(acme)
    (first,) = acme.slack.posts
    assert first.room == "#acme"
    assert "12 cases" in first.text
    acme.say(*acme.everybody(3, 12))
    assert "12 cases" in acme.slack.messages[first.ts].text  # edited once a minute at most
    acme.run(2 * MINUTE)
    assert "15 cases" in acme.slack.messages[first.ts].text
    assert declare.move(acme.app, incident.id or 0, acme.lead, "dismissed") == ""
    acme.run(2 * MINUTE)
    assert "No incident" in acme.slack.messages[first.ts].text
    assert "<!here>" not in acme.slack.messages[first.ts].text  # an edit calls nobody
    assert {one.room for one in acme.slack.posts} == {"#acme"}
