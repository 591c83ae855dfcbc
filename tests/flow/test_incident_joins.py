"""Two incidents that a person says are one: where their cases, messages, calls and new complaints go, and back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.clock import HandClock
from bot.core.week import Week
from bot.steps import declare, digest, same_cause
from bot.steps.verify import verify
from bot.store import incident_calls, incident_joins, incident_page, incidents
from bot.store.db import Database
from bot.store.tables_house import EventRow
from bot.store.tables_incidents import IncidentCaseRow
from tests.flow.crisis import SECOND, Crisis, complaint, crisis
from tests.flow.test_incident_calls import calls, staffed
from tests.flow.test_incidents import cases, outbox, rows

MINUTE = timedelta(minutes=1)
INVOICE = ("Acme Parcels invoice is wrong, terrible, I am angry", "wrong invoice from Acme Parcels, worst service")
DOORBELL = ("Acme Parcels doorbell camera is dead, awful", "my doorbell from Acme Parcels is dead, terrible service")


@pytest.fixture
def acme(sqlite: Database, clock: HandClock, tmp_path: Path) -> Iterator[Crisis]:
    with crisis(sqlite, clock, tmp_path) as made:
        yield made


def both(acme: Crisis) -> tuple[int, int]:
    """Card payments and invoices, each with an incident of twelve, told half an hour apart."""
    acme.say(*acme.everybody(12))
    acme.clock.move(31 * MINUTE)
    acme.say(*(complaint(n, acme.clock.now(), INVOICE, "i") for n in range(12)))
    acme.run(2 * SECOND, SECOND)
    kept, joined = (row.id or 0 for row in rows(acme))
    return kept, joined


def inside(acme: Crisis, incident_id: int) -> list[int]:
    with acme.app.db.read() as session:
        return incidents.member_ids(session, incident_id)


def clocks(acme: Crisis) -> list[tuple[object, ...]]:
    return [(one.id, one.due_at, one.holder, one.answered_at, one.state) for one in cases(acme)]


def test_its_cases_go_over_with_their_clocks_and_what_says_its_words_follows(acme: Crisis) -> None:
    kept, joined = both(acme)
    before, ours, theirs = clocks(acme), inside(acme, kept), inside(acme, joined)
    assert same_cause.join(acme.app, joined, kept, acme.lead) == ""
    assert clocks(acme) == before
    assert (inside(acme, kept), inside(acme, joined)) == (sorted(ours + theirs), [])
    acme.say(complaint(50, acme.clock.now(), INVOICE, "i"))
    assert len(inside(acme, kept)) == 25
    assert [row.state for row in rows(acme)] == ["proposed", "joined"]
    acme.say(*(complaint(n, acme.clock.now(), ("Acme Parcels sent an invoice thrice, awful",), "j") for n in range(9)))
    assert len(rows(acme)) == 2  # another wording of what was joined widens the one that stays
    with acme.app.db.read() as session:
        assert len({one.incident_id for one in session.exec(select(IncidentCaseRow)) if one.left_at is None}) == 1


def test_the_rooms_message_says_where_it_went_and_the_thread_of_the_one_that_stays_hears_it(acme: Crisis) -> None:
    kept, joined = both(acme)
    first, second = (one for one in acme.slack.posts if "Perhaps an incident" in one.text)
    assert same_cause.join(acme.app, joined, kept, acme.lead) == ""
    acme.run(2 * MINUTE)
    stands = acme.slack.messages[second.ts].text
    assert "The same as another" in stands
    assert "which has its 12 cases" in stands
    (line,) = (one for one in acme.slack.posts if "is the same as" in one.text)
    assert (line.thread, "<!here>" in line.text) == (first.ts, False)
    assert "24 cases" in acme.slack.messages[first.ts].text
    assert same_cause.part(acme.app, joined, acme.lead) == ""
    acme.run(2 * MINUTE)
    assert "Perhaps an incident" in acme.slack.messages[second.ts].text
    assert "12 cases" in acme.slack.messages[second.ts].text
    assert [one.thread for one in acme.slack.posts if "no longer joined" in one.text] == [first.ts]


def test_its_calls_stop_and_say_so_and_begin_again_when_it_is_parted(acme: Crisis) -> None:
    staffed(acme)
    kept, joined = both(acme)
    acme.run(16 * MINUTE, MINUTE)
    (called,) = (one for one in calls(acme) if "invoice" in one.text)
    assert same_cause.join(acme.app, joined, kept, acme.lead) == ""
    acme.run(20 * MINUTE, MINUTE)
    assert "This call is over." in acme.slack.messages[called.ts].text
    assert "which has its 12 cases" in acme.slack.messages[called.ts].text
    with acme.app.db.read() as session:
        assert [one.row.id for one in incident_calls.alone(session)] == [kept]
    assert same_cause.part(acme.app, joined, acme.lead) == ""
    with acme.app.db.read() as session:
        assert [one.row.id for one in incident_calls.alone(session)] == [kept, joined]


def test_parted_everything_is_as_it_was_but_what_a_person_changed_since(acme: Crisis) -> None:
    kept, joined = both(acme)
    assert declare.state(acme.app, joined, acme.lead, "We look into the invoices.") == ""
    assert declare.lead(acme.app, joined, acme.lead) == ""
    assert declare.move(acme.app, joined, acme.lead, "open") == ""
    ours, theirs = inside(acme, kept), inside(acme, joined)
    assert same_cause.join(acme.app, joined, kept, acme.lead) == ""
    now_is = rows(acme)[0]
    assert (now_is.state, now_is.led_by, now_is.statement) == ("open", acme.lead, "We look into the invoices.")
    assert declare.settle(acme.app, kept, acme.lead, theirs[0], "told by phone") == ""
    assert declare.take_out(acme.app, kept, acme.lead, theirs[1]) == ""
    assert same_cause.part(acme.app, joined, acme.lead) == ""
    first, second = rows(acme)
    assert (first.state, first.led_by, first.statement) == ("proposed", None, "")
    assert (second.state, second.led_by, second.ended_at) == ("open", acme.lead, None)
    assert (inside(acme, kept), inside(acme, joined)) == (ours, [theirs[0], *theirs[2:]])
    with acme.app.db.read() as session:
        row = session.get(IncidentCaseRow, (joined, theirs[0]))
        assert row is not None
        assert row.settled_why == "told by phone"


def test_what_cannot_be_joined_says_why(acme: Crisis) -> None:
    kept, joined = both(acme)
    assert "already" in same_cause.join(acme.app, kept, kept, acme.lead)
    assert same_cause.join(acme.app, joined, kept, acme.lead) == ""
    assert "joined already" in same_cause.join(acme.app, joined, kept, acme.lead)
    assert "not joined" in same_cause.part(acme.app, kept, acme.lead)
    assert declare.move(acme.app, kept, acme.lead, "fixed") == ""
    assert "open that one again first" in same_cause.part(acme.app, joined, acme.lead)
    assert same_cause.join(acme.app, 99, kept, acme.lead) == same_cause.GONE


def test_a_dismissed_one_lets_go_of_what_the_joined_one_held_back(acme: Crisis) -> None:
    kept, joined = both(acme)
    held = [row.key for row in outbox(acme) if row.error == incident_joins.held(joined)]
    assert held
    assert same_cause.join(acme.app, joined, kept, acme.lead) == ""
    assert declare.move(acme.app, kept, acme.lead, "dismissed") == ""
    assert {row.state for row in outbox(acme) if row.key in held} == {"waiting"}


def test_joined_and_parted_on_either_engine_and_the_digest_counts_again(
    db: Database, clock: HandClock, tmp_path: Path
) -> None:
    with crisis(db, clock, tmp_path) as acme:
        kept, joined = both(acme)
        assert same_cause.join(acme.app, joined, kept, acme.lead) == ""
        document = digest.build(acme.app, "Acme", Week.of(clock.now(), "UTC"))
        assert [one.title for one in document.troubles] == [rows(acme)[0].title]
        assert verify(acme.app, document).holds
        with db.read() as session:
            row = incidents.get(session, kept)
            assert row is not None
            assert "incident.took" in [one.what for one in incident_page.timeline(session, row)]
        assert same_cause.part(acme.app, joined, acme.lead) == ""
        assert verify(acme.app, digest.build(acme.app, "Acme", Week.of(clock.now(), "UTC"))).holds
        with db.read() as session:
            told = [
                one.what
                for one in session.exec(
                    select(EventRow).where(EventRow.subject == f"incident:{joined}").order_by(col(EventRow.id))
                )
            ]
        assert told[-2:] == ["incident.same", "incident.parted"]
