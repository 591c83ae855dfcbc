"""Who is on call is called by a way of their own too, where they chose one; nobody else is, and a claim ends it."""

from datetime import timedelta
from typing import Any

import pytest

from bot.store import calling, cases, workers
from bot.store.tables_house import SessionRow
from bot.store.tables_telling import RotaRow
from tests.flow.room import HOUR, MINUTE, SECOND, Room, hire

DM = "ULENA"


def chosen(room: Room, account: int, **ways: str) -> None:
    with room.app.db.begin() as session:
        workers.change(session, account, calls=ways)


def calls(room: Room) -> list[tuple[str, str, str, str]]:
    found = [row for row in room.rows() if row.key.startswith(calling.PREFIX)]
    return sorted((row.kind, row.responder, row.address, row.state) for row in found)


def test_who_is_called_is_called_in_private_and_by_mail_too(room: Room) -> None:
    lena = hire(room, "Lena", slack_user=DM)
    hire(room, "Ann", slack_user="UANN")
    chosen(room, lena, slack=calling.LINKED, email="lena@acme.example")
    room.open_case(1)
    room.run(16 * MINUTE, 30 * SECOND)
    assert calls(room) == [("escalation1", "email", "lena@acme.example", "sent"), ("escalation1", "slack", DM, "sent")]
    (mail,) = [letter for letter in room.letters.sent if letter.address == "lena@acme.example"]
    assert "15 minutes, and nobody has it." in mail.text
    assert [post.room for post in room.slack.posts].count(DM) == 1
    assert len(room.slack.posts) == 3  # the room had the case and the call as ever


def test_who_chose_nothing_or_is_away_is_called_in_the_room_alone(room: Room) -> None:
    lena = hire(room, "Lena", role="lead", slack_user=DM)
    chosen(room, lena, slack=calling.LINKED)
    with room.app.db.begin() as session:
        workers.change(session, lena, away_since=room.clock.now())
    hire(room, "Ruth", role="lead", slack_user="URUTH")
    room.open_case(1)
    room.run(31 * MINUTE, 30 * SECOND)
    assert calls(room) == []
    assert len(room.slack.posts) == 3


def test_a_call_in_private_follows_its_case_once_somebody_has_it(room: Room) -> None:
    lena, ann = hire(room, "Lena", slack_user=DM), hire(room, "Ann", slack_user="UANN")
    chosen(room, lena, slack=calling.LINKED)
    case_id = room.open_case(1)
    room.run(16 * MINUTE, 30 * SECOND)
    assert "nobody has it" in private(room)
    room.change(case_id, state="claimed", holder=ann, lease_until=room.clock.now() + HOUR)
    room.run(5 * SECOND)
    assert "Ann has it" in private(room)
    assert "nobody has it" not in private(room)
    before = len(room.slack.calls)
    room.run(5 * SECOND)
    assert len(room.slack.calls) == before


def private(room: Room) -> str:
    """What Lena's own conversation with Earshot shows now."""
    (mine,) = [post for post in room.slack.messages.values() if post.room == DM]
    return mine.all_text


def test_a_claim_takes_a_call_back_that_has_not_left(room: Room) -> None:
    lena = hire(room, "Lena", role="lead", slack_user=DM)
    chosen(room, lena, slack=calling.LINKED)
    case_id = room.open_case(1)
    room.clock.move(16 * MINUTE)
    with room.app.db.begin() as session:
        case = cases.get(session, case_id)
        assert case is not None
        assert calling.queue_many(session, room.app.settings, [(case, "escalation1")], room.clock.now())
        assert not calling.queue_many(session, room.app.settings, [(case, "escalation1")], room.clock.now())
    room.change(case_id, state="claimed", holder=lena, lease_until=room.clock.now() + HOUR)
    room.run(2 * MINUTE, 10 * SECOND)
    assert calls(room) == [("escalation1", "slack", DM, "withdrawn")]


def test_a_case_an_incident_speaks_for_calls_nobody_by_itself(room: Room) -> None:
    now = room.clock.now()
    ann, ben, eva = (hire(room, name, slack_user=f"U{name.upper()}") for name in ("Ann", "Ben", "Eva"))
    hire(room, "Far", slack_user="UFAR", brands=["Other"])
    with room.app.db.begin() as session:
        assert calling.group_mention(session, "Acme", now) == calling.HERE
        session.add(RotaRow(name="days", people=[ann], starts_on="2026-01-05", changed_at=now))
        for who in (ben, eva):
            seen = now + 45 * MINUTE
            session.add(SessionRow(hash=f"h{who}", account_id=who, csrf="c", created_at=now, seen_at=seen))
        workers.change(session, eva, away_since=now)
    room.open_case(1)
    room.run(51 * MINUTE, 30 * SECOND)
    assert room.texts()[-1].startswith("<@UANN> <@UBEN> At risk, and nobody has it.")


def test_an_unlinked_account_cannot_be_called_in_slack(room: Room) -> None:
    lena = hire(room, "Lena", role="lead")
    chosen(room, lena, slack=calling.LINKED)
    room.open_case(1)
    room.run(16 * MINUTE, timedelta(seconds=30))
    assert calls(room) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((True, "", ""), {"slack": calling.LINKED}),
        ((False, " lena@acme.example ", "quiet-otter-71"), {"email": "lena@acme.example", "ntfy": "quiet-otter-71"}),
        ((False, "lena@acme.example\r\nBcc: all@acme.example", ""), None),
        ((False, "lena@acme.example, ruth@acme.example", ""), None),
        ((False, "", "short"), None),
        ((False, "", "no/slashes/here"), None),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(given: Any, kept: dict[str, str] | None) -> None:
    chosen, wrong = calling.fitting(*given)
    assert (chosen, bool(wrong)) == (kept or {}, kept is None)
