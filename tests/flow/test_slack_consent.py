"""A second person in Slack: asked from the form, agreeing with exactly the bytes the message shows, or refusing."""

from typing import Any

import pytest
from sqlmodel import select

from bot.core import room_words
from bot.core.reply import digest_of
from bot.store import answering
from bot.store.tables_answering import ApprovalRow
from responders.slack.limits import broken
from tests.flow.room import SECOND, Room, hire
from tests.flow.test_slack_modal import SORRY, desk, opened, owed, pressed, replies, sent, words

__all__ = ["desk"]


def asked(desk: Room) -> dict[str, Any]:
    """The message that Slack's room was sent, after Lena asked from her form."""
    hire(desk, "Ruth", role="lead", slack_user="URUTH")
    hire(desk, "Lena", slack_user="ULENA")
    with desk.app.db.begin() as session:
        answering.save(session, "Acme", {"consent": {"severity": "low"}}, 1, desk.clock.now())
    answer = sent(desk, opened(desk, owed(desk)), SORRY)
    assert "A second person must agree with exactly these words" in words(answer["view"])
    assert answer["view"]["submit"]["text"] == "Ask them"
    assert replies(desk) == []
    done = sent(desk, answer["view"], SORRY)
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


def test_a_lead_refuses_in_slack_and_the_draft_stays(desk: Room) -> None:
    button = asked(desk)["buttons"]["consent.refuse"]
    pressed(desk, "consent.refuse", button, "ULENA")
    assert request(desk).state == "open"
    pressed(desk, "consent.refuse", button, "URUTH")
    assert (request(desk).state, request(desk).note, replies(desk)) == (
        "refused",
        "Refused in Slack. Ask there why.",
        [],
    )


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
