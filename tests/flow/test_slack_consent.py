"""A second person in Slack: asked from the form, agreeing with exactly the bytes the message shows, or refusing."""

from typing import Any

import pytest
from sqlmodel import select

from bot.core import room_words
from bot.core.reply import digest_of
from bot.steps import answer
from bot.store import answering
from bot.store.tables_answering import ApprovalRow
from bot.web import slack_view
from responders.slack.limits import broken, broken_view
from tests.flow.room import MINUTE, SECOND, Room, hire
from tests.flow.test_slack_modal import SORRY, desk, opened, owed, pressed, replies, sent, words

__all__ = ["desk"]


def asked(desk: Room) -> dict[str, Any]:
    """The message that Slack's room was sent, after Lena asked from her form."""
    hire(desk, "Ruth", role="lead", slack_user="URUTH")
    hire(desk, "Lena", slack_user="ULENA")
    with desk.app.db.begin() as session:
        answering.save(session, "Acme", {"consent": {"severity": "low"}}, 1, desk.clock.now())
    first = sent(desk, opened(desk, owed(desk)), SORRY)
    assert "A second person must agree with exactly these words" in words(first["view"])
    assert first["view"]["submit"]["text"] == "Ask them"
    assert replies(desk) == []
    done = sent(desk, first["view"], SORRY)
    assert "Ruth can agree" in words(done["view"])
    desk.run(10 * SECOND)
    (post,) = [post for post in desk.slack.posts if "asks for a second person" in post.text]
    return {"blocks": post.blocks, "buttons": {one["action_id"]: one["value"] for one in post.blocks[-1]["elements"]}}


def request(desk: Room) -> ApprovalRow:
    with desk.app.db.read() as session:
        return session.exec(select(ApprovalRow)).one()


def test_a_lead_agrees_in_slack_with_the_words_shown_and_they_leave(desk: Room) -> None:
    message = asked(desk)
    assert message["blocks"][1]["text"] == {"type": "plain_text", "text": SORRY, "emoji": False}
    button = message["buttons"]["consent.agree"]
    assert digest_of(SORRY) in button
    pressed(desk, "consent.agree", button, "ULENA")
    assert (request(desk).state, replies(desk)) == ("open", [])  # nobody agrees with their own words
    pressed(desk, "consent.agree", button, "USTRANGER")
    pressed(desk, "consent.agree", button.replace(digest_of(SORRY), digest_of("other words")), "URUTH")
    assert request(desk).state == "open"
    pressed(desk, "consent.agree", button, "URUTH")
    (reply,) = replies(desk)
    assert (reply.text, reply.written_by, reply.approved_by, reply.state) == (SORRY, 2, 1, "queued")
    pressed(desk, "consent.agree", button, "URUTH")
    assert len(replies(desk)) == 1


def refused(desk: Room, view: dict[str, Any], why: str, user: str = "URUTH") -> str:
    """What the form says when it is sent: its title, or why it was not taken."""
    said = sent(desk, view, why, user)
    return str(said["view"]["title"]["text"] if "view" in said else said["errors"][slack_view.FIELD])


def shown(desk: Room) -> str:
    """The question as the room shows it now."""
    desk.run(3 * SECOND)
    (now,) = [post for post in desk.slack.messages.values() if "for a second person" in post.text]
    assert broken(now.blocks) == []
    return now.all_text


def test_a_lead_refuses_in_slack_and_says_why_and_the_draft_stays(desk: Room) -> None:
    button = asked(desk)["buttons"]["consent.refuse"]
    before = len(desk.slack.views)
    pressed(desk, "consent.refuse", button, "ULENA")  # she asked herself: no form
    assert len(desk.slack.views) == before
    pressed(desk, "consent.refuse", button, "URUTH")
    assert request(desk).state == "open"
    view = desk.slack.views[-1]
    assert broken_view(view) == []
    assert (len(desk.slack.views), view["title"]["text"]) == (before + 1, "Refuse these words")
    assert "Say why" in refused(desk, view, "  ")
    assert "You asked yourself" in refused(desk, view, "I like them", "ULENA")
    assert "does not know you" in refused(desk, view, "no", "USTRANGER")
    assert request(desk).state == "open"
    assert refused(desk, view, "Say <!channel> *when*, not soon") == "Refused"
    assert (request(desk).state, request(desk).note) == ("refused", "Say <!channel> *when*, not soon")
    assert "decided in this moment" in refused(desk, view, "And again")
    assert replies(desk) == []
    text = shown(desk)
    assert "Ruth refused at" in text
    assert "<!channel>" not in text
    assert "consent.agree" not in text
    assert "not soon" in text


def test_the_question_shows_who_agreed_and_has_no_buttons_left(desk: Room) -> None:
    message = asked(desk)
    pressed(desk, "consent.agree", message["buttons"]["consent.agree"], "URUTH")
    text = shown(desk)
    assert "Lena asked for a second person. Ruth agreed at" in text
    assert "consent." not in text
    assert SORRY not in text
    (row,) = [row for row in desk.rows("ask") if row.responder == "slack"]
    assert SORRY not in str(row.body)  # nor does the outbox keep them
    edits = [call for call in desk.slack.calls if call.method == "chat.update"]
    desk.run(5 * SECOND)
    assert [call for call in desk.slack.calls if call.method == "chat.update"] == edits


def test_a_question_that_is_taken_back_says_so(desk: Room) -> None:
    asked(desk)
    assert isinstance(answer.take_back_question(desk.app, request(desk).id or 0, 2), answer.Done)
    assert "Lena took the question back at" in shown(desk)


def test_a_question_overtaken_by_the_customer_says_so(desk: Room) -> None:
    button = asked(desk)["buttons"]["consent.agree"]
    desk.change(1, words_at=desk.clock.now())
    pressed(desk, "consent.agree", button, "URUTH")
    assert request(desk).state == "overtaken"
    assert "wrote again before anybody decided" in shown(desk)


def test_a_question_decided_before_it_could_be_said_is_never_said(desk: Room) -> None:
    desk.slack.mood = lambda _call: "down"
    hire(desk, "Ruth", role="lead", slack_user="URUTH")
    lena = hire(desk, "Lena")
    case_id = owed(desk)
    with desk.app.db.begin() as session:
        answering.save(session, "Acme", {"consent": {"severity": "low"}}, 1, desk.clock.now())
    done = answer.ask(desk.app, case_id, lena, answer.Letter(SORRY, "public"))
    assert isinstance(done, answer.Asked)
    answer.take_back_question(desk.app, done.approval_id, lena)
    desk.slack.mood = lambda _call: "ok"
    desk.run(MINUTE)
    assert not [text for text in desk.texts() if "second person" in text]
    assert [row.state for row in desk.rows("ask") if row.responder == "slack"] == ["withdrawn"]


def test_a_question_deleted_in_the_room_is_let_go(desk: Room) -> None:
    message = asked(desk)
    desk.slack.messages.clear()
    pressed(desk, "consent.agree", message["buttons"]["consent.agree"], "URUTH")
    desk.run(5 * SECOND)
    tried = [call for call in desk.slack.calls if call.method == "chat.update" and "second person" in str(call.said)]
    assert len(tried) == 1


@pytest.mark.parametrize(
    ("text", "mask", "whole"),
    [
        (SORRY, True, True),
        ("Write to ada@acme.example", False, False),  # Slack makes a link of it
        ("Call 0044 20 7946 0958 now", True, False),
        ("Call 0044 20 7946 0958 now", False, True),
        ("a < b", False, False),
        ("hid\u200bden", False, False),
        ("x" * 2_000, False, False),
        (" ", False, False),
    ],
)
def test_one_agrees_in_slack_only_where_every_sign_is_shown(text: str, mask: bool, whole: bool) -> None:
    _text, body = room_words.put_before(("Lena asks", {}), text, "1:1:x:1", "https://e.test/approvals", mask)
    built: Any = body["blocks"]
    assert broken(built) == []
    assert any(one["type"] == "actions" and len(one["elements"]) == 3 for one in built) == whole
