"""A customer who writes again, words sent in private with a public last sentence, promises whose time passes."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.clock import HandClock
from bot.core.changed import difference
from bot.steps import answer as desk
from bot.steps.answer import Done, Letter, Queued, Refused, Stopped
from bot.steps.deliver import deliver_customer
from bot.steps.promise import watch_promises
from bot.store import cases, events, merges, outbox, pauses, promises
from bot.store.db import Database
from bot.store.tables import CaseRow, ReplyRow
from bot.store.tables_answering import PromiseRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from responders import memory as spoken
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post

GRAVE = "Acme Parcels I am furious, this is urgent, worst company ever, my medicine is lost, emergency, help now!!!"
LENA = 1


@pytest.fixture
def path(sqlite: Database, clock: HandClock, settings: Settings) -> Path:
    made = laid(sqlite, clock, settings, responders={"memory": spoken.Memory(now=clock.now)})
    with sqlite.begin() as session:
        session.add(AccountRow(id=LENA, login="lena", name="Lena", role="agent", password_hash="", created_at=NOW))
    return made


def said(path: Path) -> list[tuple[str, str]]:
    return [(one.visibility, one.text) for one in path.app.responders["memory"].said]  # type: ignore[attr-defined]


def writes(path: Path, text: str, ago: int, thread: str = "1") -> None:
    at = path.app.clock.now() - timedelta(minutes=ago)
    path.hear(page(post("2", text, at, thread=thread)))


def what(path: Path, case: CaseRow) -> list[str]:
    with path.app.db.read() as session:
        return [event.what for event in events.of(session, f"case:{case.id}")]


def test_a_later_worse_message_makes_the_case_worse_and_moves_no_clock_where_nothing_stricter_is_promised(
    path: Path,
) -> None:
    path.hear(page(post("1", "Acme Parcels is late with my order, please check.", NOW - timedelta(minutes=30))))
    before = path.case()
    writes(path, GRAVE, 5)
    after = path.case()
    assert cases.Severity(after.severity) != cases.Severity(before.severity)
    assert after.weight > before.weight
    assert (after.due_at, after.spoke_at) == (before.due_at, before.spoke_at)
    assert "case.worse" in what(path, after)


def test_a_milder_message_leaves_it_as_bad_as_it_is(path: Path) -> None:
    path.hear(page(post("1", GRAVE, NOW - timedelta(minutes=30))))
    before = path.case().severity
    path.hear(
        page(post("2", "Acme Parcels has not answered, the order is late.", NOW - timedelta(minutes=5), thread="1"))
    )
    assert path.case().severity == before


def test_a_snoozed_customer_who_writes_elsewhere_wakes_the_case_and_opens_no_second(path: Path) -> None:
    path.hear(page(post("1", GRAVE, NOW - timedelta(minutes=30))))
    key = path.case().id or 0
    assert isinstance(desk.snooze(path.app, key, LENA, NOW + timedelta(days=2)), Done)
    path.hear(
        page(post("2", "Acme Parcels, still nothing, my order is lost!", NOW - timedelta(minutes=1), thread="other"))
    )
    only = path.case()
    assert (only.id, only.state, only.snoozed_until) == (key, "new", None)


def test_their_next_word_starts_our_clock_again(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", GRAVE, NOW - timedelta(minutes=30))))
    key = path.case().id or 0
    assert isinstance(desk.pause_clock(path.app, key, LENA), Refused)
    assert isinstance(
        desk.answer(path.app, key, LENA, "Hello Ada, which of the two parcels is it that is lost?"), Queued
    )
    clock.move(timedelta(seconds=21))
    assert deliver_customer(path.app)
    assert isinstance(desk.pause_clock(path.app, key, LENA), Done)
    assert isinstance(desk.pause_clock(path.app, key, LENA), Refused)
    clock.move(timedelta(hours=1))
    path.hear(
        page(post("2", "Acme Parcels: the one with my medicine!", clock.now() - timedelta(minutes=1), thread="1"))
    )
    with path.app.db.read() as session:
        (row,) = pauses.of_case(session, key)
    assert row.ended_by == "customer"
    assert row.to_at == clock.now() - timedelta(minutes=1)


PRIVATE = Letter("Hello Ada, please tell me the order number here.", "private", "We wrote to you in private, Ada. Lena")


def test_in_private_first_and_then_the_last_sentence_in_public(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", GRAVE, NOW - timedelta(minutes=30))))
    key = path.case().id or 0
    assert isinstance(desk.answer(path.app, key, LENA, PRIVATE.text, "private", letter=PRIVATE), Queued)
    clock.move(timedelta(seconds=30))
    for _ in range(4):
        deliver_customer(path.app)
        clock.move(timedelta(seconds=5))
    assert said(path) == [("private", PRIVATE.text), ("public", PRIVATE.closing)]
    with path.app.db.read() as session:
        assert [row.state for row in cases.replies(session, key)] == ["sent", "sent"]


def test_undo_takes_both_back(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", GRAVE, NOW - timedelta(minutes=30))))
    key = path.case().id or 0
    done = desk.answer(path.app, key, LENA, PRIVATE.text, "private", letter=PRIVATE)
    assert isinstance(done, Queued)
    assert desk.undo(path.app, done.reply_id, LENA)
    clock.move(timedelta(minutes=1))
    while deliver_customer(path.app):
        pass
    assert said(path) == []
    with path.app.db.read() as session:
        assert {row.state for row in outbox.of_case(session, key) if row.kind == "reply"} == {"withdrawn"}


def test_the_public_sentence_is_held_to_the_boundaries_of_the_public(path: Path) -> None:
    path.hear(page(post("1", GRAVE, NOW - timedelta(minutes=30))))
    key = path.case().id or 0
    asks = Letter(PRIVATE.text, "private", "Please send us your order number here.")
    assert isinstance(desk.answer(path.app, key, LENA, asks.text, "private", letter=asks), Stopped)
    public = Letter("Hello Ada, I am looking at it.", "public", "We wrote to you in private.")
    assert isinstance(desk.answer(path.app, key, LENA, public.text, letter=public), Refused)


def test_a_promise_whose_time_passed_is_broken_once_and_owed_until_kept(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", GRAVE, NOW - timedelta(minutes=30))))
    key = path.case().id or 0
    assert isinstance(desk.answer(path.app, key, LENA, "Hello Ada, you will hear from me within 2 hours."), Queued)
    assert not watch_promises(path.app)
    clock.move(timedelta(hours=3))
    assert watch_promises(path.app)
    assert not watch_promises(path.app)
    with path.app.db.read() as session:
        (row,) = promises.of_case(session, key)
        assert row.broken_at == clock.now()
        assert promises.counts(session, None) == {"open": 0, "kept": 0, "late": 0, "broken": 1}
        case = cases.get(session, key)
        assert case is not None
        assert cases.place(case, clock.now()).why.startswith("a promise, broken 1 hour ago")
        assert [one.id for one in cases.sections(session, None, clock.now()).next] == [key]
    assert isinstance(desk.keep_promise(path.app, row.id or 0, LENA), Done)
    with path.app.db.read() as session:
        assert promises.counts(session, None)["late"] == 1


def test_a_reply_that_was_deleted_again_is_no_answer(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", GRAVE, NOW - timedelta(minutes=30))))
    key, due = path.case().id or 0, path.case().due_at
    done = desk.answer(path.app, key, LENA, "Hello Ada, I refund you €20 and you hear from me by Thursday.")
    assert isinstance(done, Queued)
    assert isinstance(desk.withdraw(path.app, done.reply_id, LENA), Refused), "it has not left yet"
    clock.move(timedelta(seconds=21))
    deliver_customer(path.app)
    assert isinstance(desk.withdraw(path.app, done.reply_id, LENA), Done)
    case = path.case()
    assert (case.answered_at, case.first_answered_at, case.due_at, case.promised_at) == (None, None, due, None)
    with path.app.db.read() as session:
        reply = session.get(ReplyRow, done.reply_id)
    assert reply is not None
    assert reply.state == "taken_back"


def test_what_changed_is_shown_with_a_few_words_around_it() -> None:
    before, after = "the old view from my room is ugly and loud", "the old view from my suite is ugly and loud"
    assert difference(before, after) == "the old view from my [−room−] [+suite+] is ugly and loud"
    assert difference(before, before) == ""
    assert len(difference("a " * 5_000, "b " * 5_000)) <= 600


def test_the_room_is_told_who_asks_and_what_broke_once_and_without_customers_words(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    slack = settings.slack.model_copy(update={"webhook_url": SecretStr("https://slack.test/h")})
    made = laid(sqlite, clock, settings.model_copy(update={"slack": slack}), responders={"memory": spoken.Memory()})
    with sqlite.begin() as session:
        for key, name, role in ((LENA, "Lena <!channel>", "agent"), (2, "Ruth", "lead")):
            session.add(AccountRow(id=key, login=name, name=name, role=role, password_hash="", created_at=NOW))
    made.hear(page(post("1", GRAVE, NOW - timedelta(minutes=30))))
    key = made.case().id or 0
    asked = desk.ask(made.app, key, LENA, Letter("Hello Ada, I look at it now and write within 2 hours."))
    assert isinstance(asked, desk.Asked), asked
    beyond = desk.give(made.app, key, LENA, "500", "refund", "lost", token="t", ask=True)
    assert isinstance(beyond, desk.Given), beyond
    with sqlite.read() as session:
        told = [row.text for row in outbox.due(session, clock.now(), "team") if row.kind == "ask"]
    assert len(told) == 2
    assert all("30 minutes left" in one and "/approvals" in one and "furious" not in one for one in told)
    assert not any("<!channel>" in one for one in told)


def test_a_promise_goes_with_its_case_into_another_and_back(path: Path) -> None:
    path.hear(
        page(post("1", GRAVE, NOW - timedelta(minutes=30)), post("9", GRAVE, NOW - timedelta(minutes=20), who="bo"))
    )
    one, other = sorted(case.id or 0 for case in path.cases())
    with path.app.db.begin() as session:
        due = NOW + timedelta(hours=2)
        session.add(PromiseRow(brand="Acme", case_id=one, by=LENA, words="in 2 hours", due_at=due, made_at=NOW))
        session.flush()
        went = merges.carry_all(session, one, other)
    with path.app.db.begin() as session:
        assert [cases.get(session, key).promised_at for key in (one, other)] == [None, due]  # type: ignore[union-attr]
        merges.carry_back(session, went, one, other)
    with path.app.db.read() as session:
        assert [cases.get(session, key).promised_at for key in (one, other)] == [due, None]  # type: ignore[union-attr]
