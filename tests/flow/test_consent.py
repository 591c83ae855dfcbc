"""A second person: asked with exact words, agreeing with those and no others."""

from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.steps import answer as desk
from bot.steps.answer import Asked, Done, Letter, Queued, Refused, Stopped
from bot.steps.deliver import deliver_customer
from bot.store import answering, approvals, cases, events, outbox
from bot.store.db import Database
from bot.store.tables_answering import VariantRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from responders import memory as spoken
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post

LATE = "Acme charged me twice and nobody answers my mails."
SORRY = "Hello Ada, I am looking for the second charge now and will write to you here."
OTHER = "Hello Ada, the second charge is found and I am asking the bank about it."
LENA, OTIS, RUTH, TOMAS = 1, 2, 3, 5


@pytest.fixture
def path(sqlite: Database, clock: HandClock, settings: Settings) -> Path:
    return path_on(sqlite, clock, settings)


@pytest.fixture
def either(db: Database, clock: HandClock, settings: Settings) -> Path:
    """On both engines, where it matters who is first."""
    return path_on(db, clock, settings)


def path_on(db: Database, clock: HandClock, settings: Settings) -> Path:
    made = laid(db, clock, settings, responders={"memory": spoken.Memory(now=clock.now)})
    with db.begin() as session:
        for key, login, role in ((LENA, "lena", "agent"), (OTIS, "otis", "agent"), (RUTH, "ruth", "lead")):
            session.add(
                AccountRow(id=key, login=login, name=login.title(), role=role, password_hash="", created_at=NOW)
            )
        answering.save(session, "Acme", {"consent": {"severity": "low"}}, RUTH, NOW)
    made.hear(page(post("1", LATE, NOW - timedelta(minutes=20))))
    return made


def key_of(path: Path) -> int:
    return path.case().id or 0


def asked(path: Path, text: str = SORRY) -> tuple[int, VariantRow]:
    done = desk.ask(path.app, key_of(path), LENA, Letter(text))
    assert isinstance(done, Asked), done
    assert done.who == ("Ruth",)
    return done.approval_id, variants(path, done.approval_id)[0]


def variants(path: Path, approval_id: int) -> list[VariantRow]:
    with path.app.db.read() as session:
        return approvals.variants(session, approval_id)


def sent(path: Path) -> list[str]:
    return [message.text for message in path.app.responders["memory"].said]  # type: ignore[attr-defined]


def test_where_the_brand_asks_for_it_an_agent_cannot_send_alone(path: Path) -> None:
    stopped = desk.answer(path.app, key_of(path), LENA, SORRY)
    assert isinstance(stopped, Stopped)
    assert [(one.rule, one.severity) for one in stopped.breaches if one.severity != "note"] == [
        ("consent", "second_person")
    ]
    assert any(one.rule == "consent" for one in desk.check(path.app, key_of(path), LENA, SORRY))


def test_what_the_lead_saw_is_what_is_sent(path: Path, clock: HandClock) -> None:
    approval, variant = asked(path)
    done = desk.agree(path.app, approval, RUTH, variant.id or 0, variant.digest, "Good.")
    assert isinstance(done, Queued)
    clock.move(timedelta(seconds=21))
    assert deliver_customer(path.app)
    assert sent(path) == [SORRY]
    with path.app.db.read() as session:
        (reply,) = cases.replies(session, key_of(path))
        case = cases.get(session, key_of(path))
        told = [event.what for event in events.of(session, f"case:{key_of(path)}")]
    assert (reply.written_by, reply.approved_by, reply.state) == (LENA, RUTH, "sent")
    assert case is not None
    assert case.answered_by == LENA
    assert {"approval.asked", "approval.agreed", "reply.approved", "reply.sent"} <= set(told)


def test_nobody_agrees_with_their_own_words(path: Path) -> None:
    approval, variant = asked(path)
    refused = desk.agree(path.app, approval, LENA, variant.id or 0, variant.digest)
    assert isinstance(refused, Refused)
    assert "own words" in refused.why
    agent = desk.agree(path.app, approval, OTIS, variant.id or 0, variant.digest)
    assert isinstance(agent, Refused)
    assert "leads" in agent.why


def test_a_lead_who_asks_needs_another_lead(path: Path) -> None:
    assert isinstance(desk.ask(path.app, key_of(path), RUTH, Letter(SORRY)), Refused)
    with path.app.db.begin() as session:
        session.add(AccountRow(id=TOMAS, login="tomas", name="Tomás", role="lead", password_hash="", created_at=NOW))
    done = desk.ask(path.app, key_of(path), RUTH, Letter(SORRY))
    assert isinstance(done, Asked)
    variant = variants(path, done.approval_id)[0]
    assert isinstance(desk.agree(path.app, done.approval_id, RUTH, variant.id or 0, variant.digest), Refused)
    assert isinstance(desk.agree(path.app, done.approval_id, TOMAS, variant.id or 0, variant.digest), Queued)


def test_other_bytes_than_those_shown_are_refused(path: Path) -> None:
    approval, variant = asked(path)
    assert isinstance(desk.agree(path.app, approval, RUTH, variant.id or 0, "0" * 64), Refused)
    with path.app.db.begin() as session:
        row = session.get(VariantRow, variant.id)
        assert row is not None
        row.text = OTHER
        session.add(row)
    assert isinstance(desk.agree(path.app, approval, RUTH, variant.id or 0, variant.digest), Refused)


def test_words_changed_after_the_consent_do_not_leave(path: Path, clock: HandClock) -> None:
    approval, variant = asked(path)
    done = desk.agree(path.app, approval, RUTH, variant.id or 0, variant.digest)
    assert isinstance(done, Queued)
    with path.app.db.begin() as session:
        reply = cases.reply(session, done.reply_id)
        assert reply is not None
        reply.text = OTHER
        session.add(reply)
        for row in outbox.of_case(session, reply.case_id):
            row.text = OTHER
            session.add(row)
    clock.move(timedelta(seconds=21))
    deliver_customer(path.app)
    assert sent(path) == []
    with path.app.db.read() as session:
        reply = cases.reply(session, done.reply_id)
    assert reply is not None
    assert reply.state == "held"
    assert "other words" in reply.why


def test_the_lead_chooses_among_wordings_and_may_offer_one(path: Path) -> None:
    approval, variant = asked(path)
    assert isinstance(desk.add_wording(path.app, approval, RUTH, OTHER), Done)
    theirs = variants(path, approval)[1]
    own = desk.agree(path.app, approval, RUTH, theirs.id or 0, theirs.digest)
    assert isinstance(own, Refused), "a lead does not agree with the lead's own wording"
    assert isinstance(desk.agree(path.app, approval, LENA, theirs.id or 0, theirs.digest), Queued)
    assert variant.digest != theirs.digest


def test_the_same_wording_twice_and_a_sixth_one_are_refused(path: Path) -> None:
    approval, _ = asked(path)
    assert isinstance(desk.add_wording(path.app, approval, LENA, SORRY), Refused)
    for number in range(4):
        assert isinstance(desk.add_wording(path.app, approval, LENA, f"{SORRY} Lena the {number}th"), Done)
    assert isinstance(desk.add_wording(path.app, approval, LENA, OTHER), Refused)


def test_a_refusal_needs_a_note_and_leaves_the_draft(path: Path) -> None:
    desk.save_draft(path.app, key_of(path), LENA, SORRY)
    approval, _ = asked(path)
    assert isinstance(desk.refuse(path.app, approval, RUTH, "  "), Refused)
    assert isinstance(desk.refuse(path.app, approval, OTIS, "no"), Refused)
    assert isinstance(desk.refuse(path.app, approval, RUTH, "Say which charge."), Done)
    with path.app.db.read() as session:
        row = approvals.newest_of(session, key_of(path))
        draft = cases.draft(session, key_of(path))
    assert row is not None
    assert (row.state, row.note, row.decided_by) == ("refused", "Say which charge.", RUTH)
    assert draft is not None
    assert draft.text == SORRY


def test_while_a_question_is_open_nothing_else_leaves_and_taking_it_back_frees_the_box(path: Path) -> None:
    approval, _ = asked(path)
    assert isinstance(desk.ask(path.app, key_of(path), LENA, Letter(OTHER)), Refused)
    with path.app.db.begin() as session:
        answering.save(session, "Acme", {}, RUTH, NOW)
    assert isinstance(desk.answer(path.app, key_of(path), LENA, SORRY), Refused)
    assert isinstance(desk.take_back_question(path.app, approval, OTIS), Refused)
    assert isinstance(desk.take_back_question(path.app, approval, LENA), Done)
    assert isinstance(desk.answer(path.app, key_of(path), LENA, SORRY), Queued)


def test_a_customer_who_wrote_again_ends_the_question(path: Path, clock: HandClock) -> None:
    approval, variant = asked(path)
    path.hear(
        page(post("2", "And now the Acme Parcels hotline hung up on me!", NOW - timedelta(minutes=1), thread="1"))
    )
    done = desk.agree(path.app, approval, RUTH, variant.id or 0, variant.digest)
    assert isinstance(done, Refused)
    assert "written again" in done.why
    with path.app.db.read() as session:
        row = approvals.get(session, approval)
    assert row is not None
    assert row.state == "overtaken"


def test_no_consent_lifts_a_stop(path: Path) -> None:
    stopped = desk.ask(path.app, key_of(path), LENA, Letter("Send me your card number here and I look at it now."))
    assert isinstance(stopped, Stopped)


def test_two_leads_at_once_queue_it_once(either: Path) -> None:
    path = either
    approval, variant = asked(path)
    with path.app.db.begin() as session:
        session.add(AccountRow(id=TOMAS, login="tomas", name="Tomás", role="lead", password_hash="", created_at=NOW))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda by: desk.agree(path.app, approval, by, variant.id or 0, variant.digest), (3, 5)))
    assert sorted(type(one).__name__ for one in done) == ["Queued", "Refused"]


def test_a_new_agent_is_read_along_until_enough_replies_arrived(path: Path, clock: HandClock) -> None:
    with path.app.db.begin() as session:
        answering.save(session, "Acme", {"consent": {"first_replies": 1}}, RUTH, NOW)
    approval, variant = asked(path)
    assert isinstance(desk.agree(path.app, approval, RUTH, variant.id or 0, variant.digest), Queued)
    clock.move(timedelta(seconds=21))
    deliver_customer(path.app)
    clock.move(timedelta(seconds=30))
    path.hear(page(post("2", "It is still there, Acme Parcels!", clock.now() - timedelta(seconds=10), thread="1")))
    assert isinstance(desk.answer(path.app, key_of(path), LENA, OTHER), Queued)
