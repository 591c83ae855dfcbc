"""Answering from Slack: a form under the same boundaries and the same approval as the page, by the linked person."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.core.notices import CaseNotice
from bot.steps.deliver import deliver_customer
from bot.store import cases, events, mentions
from bot.store.tables import DraftRow, ReplyRow
from bot.web import slack_acts, slack_view
from bot.web.composer import Shown, Ways
from responders import memory
from responders.slack.limits import broken_view
from tests.flow.room import MINUTE, SECOND, Room, hire

SORRY = "Hello Ada, I am looking for your parcel now and will write to you here."
PRIVATE = "Please tell me your card number 4111 1111 1111 1111 here."


@pytest.fixture
def desk(room: Room) -> Room:
    """A room whose cases can be answered on a platform in memory."""
    responders = {**room.app.responders, "mastodon": memory.Memory()}
    return replace(room, app=replace(room.app, responders=responders))


def owed(desk: Room, number: int = 1, **changes: Any) -> int:
    case_id = desk.open_case(number, language="en", **changes)
    with desk.app.db.begin() as session:
        for _mention, post in mentions.of_case(session, case_id):
            post.answer_to, post.url = f"to-{case_id}", "https://mastodon.test/@ada/1"
            session.add(post)
    return case_id


def pressed(desk: Room, action: str, value: str, user: str = "ULENA", **more: Any) -> dict[str, Any] | None:
    desk.clock.move(SECOND)
    payload = {"type": "block_actions", "user": {"id": user}, "team": {"id": "T1"}, "channel": {"id": "C0CARE"},
               "trigger_id": f"t{desk.clock.now()}", "actions": [{"action_id": action, "value": value}]}  # fmt: skip
    return slack_acts.interaction(desk.app, payload | more)


def opened(desk: Room, case_id: int, user: str = "ULENA") -> dict[str, Any]:
    before = len(desk.slack.views)
    pressed(desk, "case.reply", f"{case_id}:1", user)
    assert len(desk.slack.views) == before + 1
    return desk.slack.views[-1]


def filled(view: dict[str, Any], text: str) -> dict[str, Any]:
    values = {slack_view.FIELD: {slack_view.WORDS_ACTION: {"type": "plain_text_input", "value": text}}}
    return view | {"id": "V1", "hash": "h1", "state": {"values": values}}


def typed(desk: Room, view: dict[str, Any], text: str, user: str = "ULENA") -> None:
    pressed(desk, slack_view.WORDS_ACTION, text, user, view=filled(view, text))


def sent(desk: Room, view: dict[str, Any], text: str, user: str = "ULENA", team: str = "T1") -> dict[str, Any]:
    desk.clock.move(SECOND)
    payload = {"type": "view_submission", "user": {"id": user}, "team": {"id": team}, "view": filled(view, text),
               "trigger_id": f"t{desk.clock.now()}"}  # fmt: skip
    answer = slack_acts.interaction(desk.app, payload)
    assert answer is not None
    return answer


def replies(desk: Room) -> list[ReplyRow]:
    with desk.app.db.read() as session:
        return list(session.exec(select(ReplyRow)).all())


def words(view: dict[str, Any]) -> str:
    return "\n".join(str(block.get("text", block.get("elements", ""))) for block in view["blocks"])


def test_the_form_claims_the_case_and_says_where_the_answer_goes(desk: Room) -> None:
    lena, case_id = hire(desk, "Lena", slack_user="ULENA"), owed(desk)
    view = opened(desk, case_id)
    assert broken_view(view) == []
    assert view["title"]["text"] == "Answer Ada 1"
    assert "Acme lost my parcel 1" in words(view)
    assert "Public, on Mastodon." in words(view)
    assert "never leaves Slack" in words(view)
    with desk.app.db.read() as session:
        case = cases.get(session, case_id)
    assert case is not None
    assert (case.state, case.holder) == ("claimed", lena)


def test_a_sent_form_waits_the_seconds_of_undo_and_then_leaves_once(desk: Room) -> None:
    lena, case_id = hire(desk, "Lena", slack_user="ULENA"), owed(desk)
    answer = sent(desk, opened(desk, case_id), SORRY)
    assert answer["response_action"] == "update"
    assert broken_view(answer["view"]) == []
    assert "In the outbox" in words(answer["view"])
    (reply,) = replies(desk)
    assert (reply.text, reply.approved_by, reply.state) == (SORRY, lena, "queued")
    desk.clock.move(30 * SECOND)
    while deliver_customer(desk.app):
        pass
    spoken = desk.app.responders["mastodon"]
    assert isinstance(spoken, memory.Memory)
    assert [message.text for message in spoken.said] == [SORRY]
    with desk.app.db.read() as session:
        what = [event.actor for event in events.of(session, f"case:{case_id}") if event.what == "slack.answered"]
    assert what == [f"slack:ULENA→account:{lena}"]


def test_undo_in_the_form_takes_it_back(desk: Room) -> None:
    hire(desk, "Lena", slack_user="ULENA")
    case_id = owed(desk)
    answer = sent(desk, opened(desk, case_id), SORRY)
    button = answer["view"]["blocks"][1]["elements"][0]
    pressed(desk, button["action_id"], button["value"], view=answer["view"] | {"id": "V1", "hash": "h"})
    assert [reply.state for reply in replies(desk)] == ["withdrawn"]
    assert "Taken back" in words(desk.slack.views[-1])
    desk.clock.move(MINUTE)
    assert not deliver_customer(desk.app)


def test_a_boundary_stops_the_form_and_says_why_with_the_words_still_there(desk: Room) -> None:
    hire(desk, "Lena", slack_user="ULENA")
    answer = sent(desk, opened(desk, owed(desk)), PRIVATE)
    assert answer["response_action"] == "update"
    assert "Stops it." in words(answer["view"])
    box = next(block for block in answer["view"]["blocks"] if block.get("block_id") == slack_view.FIELD)
    assert box["element"]["initial_value"] == PRIVATE
    assert replies(desk) == []


def test_while_they_type_the_boundaries_show_and_the_draft_is_kept(desk: Room) -> None:
    lena, case_id = hire(desk, "Lena", slack_user="ULENA"), owed(desk)
    view = opened(desk, case_id)
    typed(desk, view, PRIVATE)
    shown = desk.slack.views[-1]
    assert "Stops it." in words(shown)
    with desk.app.db.read() as session:
        draft = cases.draft(session, case_id)
    assert draft is not None
    assert (draft.text, draft.by) == (PRIVATE, lena)
    drawn = len(desk.slack.views)
    typed(desk, shown, PRIVATE + " Please.")
    assert len(desk.slack.views) == drawn  # nothing new to say: who types is not disturbed
    typed(desk, shown, SORRY)
    assert "Stops it." not in words(desk.slack.views[-1])


def test_the_draft_is_in_the_form_when_it_is_opened_again(desk: Room) -> None:
    hire(desk, "Lena", slack_user="ULENA")
    case_id = owed(desk)
    typed(desk, opened(desk, case_id), SORRY)
    box = next(block for block in opened(desk, case_id)["blocks"] if block.get("block_id") == slack_view.FIELD)
    assert box["element"]["initial_value"] == SORRY


def test_a_customer_who_wrote_meanwhile_is_read_first(desk: Room) -> None:
    hire(desk, "Lena", slack_user="ULENA")
    case_id = owed(desk)
    view = opened(desk, case_id)
    desk.change(case_id, words_at=desk.clock.now() + SECOND)
    assert "wrote again" in sent(desk, view, SORRY)["errors"][slack_view.FIELD]
    assert replies(desk) == []


def test_a_draft_somebody_else_changed_is_not_overwritten(desk: Room) -> None:
    from bot.steps.answer import save_draft

    hire(desk, "Lena", slack_user="ULENA")
    otis, case_id = hire(desk, "Otis", slack_user="UOTIS"), owed(desk)
    view = opened(desk, case_id)
    desk.change(case_id, holder=otis, lease_until=desk.clock.now() + MINUTE)
    save_draft(desk.app, case_id, otis, "Otis writes this.")
    assert "Somebody else changed" in sent(desk, view, SORRY)["errors"][slack_view.FIELD]
    assert replies(desk) == []


def test_who_comes_second_is_told_who_has_it_and_sees_no_form(desk: Room) -> None:
    hire(desk, "Lena", slack_user="ULENA")
    hire(desk, "Otis", slack_user="UOTIS")
    case_id = owed(desk)
    opened(desk, case_id)
    pressed(desk, "case.reply", f"{case_id}:1", "UOTIS")
    assert len(desk.slack.views) == 1
    desk.run(4 * SECOND)
    assert "Lena has it." in [whisper.said["text"] for whisper in desk.slack.whispers]


@pytest.mark.parametrize(
    ("role", "brands", "said"),
    [("viewer", [], "can read cases"), ("agent", ["Other"], "not there, or not yours"), ("agent", [], "")],
)
def test_a_form_is_only_as_good_as_the_right_of_who_sends_it(
    desk: Room, role: str, brands: list[str], said: str
) -> None:
    hire(desk, "Lena", slack_user="ULENA")
    view = opened(desk, owed(desk))
    with desk.app.db.begin() as session:
        from bot.store import people

        account = people.by_slack(session, "ULENA")
        assert account is not None
        people.change(session, account.id or 0, role=role, brands=brands)
    answer = sent(desk, view, SORRY)
    assert said in answer.get("errors", {}).get(slack_view.FIELD, "")
    assert len(replies(desk)) == (0 if said else 1)


def test_a_stranger_and_another_workspace_send_nothing(desk: Room) -> None:
    hire(desk, "Lena", slack_user="ULENA")
    case_id = owed(desk)
    view = opened(desk, case_id)
    desk.run(3 * SECOND)  # the first message tells us our workspace
    assert "does not know you" in sent(desk, view, SORRY, user="UNOBODY")["errors"][slack_view.FIELD]
    assert "does not know you" in sent(desk, view, SORRY, team="T2")["errors"][slack_view.FIELD]
    assert replies(desk) == []


def test_the_same_form_sent_twice_answers_once(desk: Room) -> None:
    hire(desk, "Lena", slack_user="ULENA")
    view = opened(desk, owed(desk))
    payload = {"type": "view_submission", "user": {"id": "ULENA"}, "team": {"id": "T1"}, "trigger_id": "t",
               "view": filled(view, SORRY)}  # fmt: skip
    assert slack_acts.interaction(desk.app, payload) is not None
    assert slack_acts.interaction(desk.app, payload) is None
    again = sent(desk, view, SORRY)
    assert "already on its way" in again["errors"][slack_view.FIELD]
    assert len(replies(desk)) == 1


def test_what_can_only_be_answered_natively_is_handed_over(desk: Room) -> None:
    hire(desk, "Lena", slack_user="ULENA")
    case_id = desk.open_case(1, platform="x", language="en")
    with desk.app.db.begin() as session:
        for _mention, post in mentions.of_case(session, case_id):
            post.platform, post.native_id, post.url = "x", "17", "https://x.com/ada/status/17"
            session.add(post)
    view = opened(desk, case_id)
    assert view["submit"]["text"] == "Check and open"
    answer = sent(desk, view, SORRY)
    assert broken_view(answer["view"]) == []
    link = answer["view"]["blocks"][1]["elements"][0]["url"]
    assert link.startswith("https://x.com/intent/")
    assert [reply.state for reply in replies(desk)] == ["looking"]


def test_a_form_slack_refuses_is_said_and_changes_nothing_else(desk: Room) -> None:
    hire(desk, "Lena", slack_user="ULENA")
    case_id = owed(desk)
    desk.slack.mood = lambda call: "error:expired_trigger_id" if call.method == "views.open" else "ok"
    pressed(desk, "case.reply", f"{case_id}:1")
    desk.run(4 * SECOND)
    assert "could not be opened" in desk.slack.whispers[-1].said["text"]


@pytest.mark.parametrize("metadata", ["", "x", "1", "-1:x", "99999999999999999999:x", ":", "1٢:x"])
def test_a_form_we_never_made_does_nothing(desk: Room, metadata: str) -> None:
    hire(desk, "Lena", slack_user="ULENA")
    view = {"type": "modal", "callback_id": slack_view.CALLBACK, "private_metadata": metadata, "blocks": []}
    payload = {"type": "view_submission", "user": {"id": "ULENA"}, "team": {"id": "T1"}, "view": filled(view, SORRY)}
    answer = slack_acts.interaction(desk.app, payload)
    assert answer is None or answer["response_action"] == "errors"
    assert replies(desk) == []


HOSTILE = st.text(
    st.one_of(st.sampled_from("<>&@#!|*_~`:\n\r\t\u202e\u200b"), st.characters(codec="utf-8")), max_size=400
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words_=HOSTILE, name=HOSTILE, text=HOSTILE, why=HOSTILE)
def test_no_words_break_the_form_or_call_anybody(words_: str, name: str, text: str, why: str) -> None:
    from tests.unit.test_notices import CASE

    case: CaseNotice = replace(CASE, words=words_, customer=name)
    for kind in ("here", "native"):
        ways = Ways(kind, why, why, "X", 280, private=True)
        stops = [Shown("rule", True, why, why, (why, why))] * 9
        view = slack_view.form(case, ways, "1:x", text, stops, why)
        assert broken_view(view) == []
        for block in view["blocks"]:
            said = str(block.get("text", {}).get("text", "")) + "".join(
                str(element.get("text", "")) for element in block.get("elements", ())
            )
            assert not any(bad in said for bad in ("<!", "<@", "<#", "<http"))


def test_a_draft_longer_than_the_form_is_not_cut(desk: Room) -> None:
    lena = hire(desk, "Lena", slack_user="ULENA")
    case_id = owed(desk)
    long = "I looked for your parcel. " * 200
    with desk.app.db.begin() as session:
        session.add(DraftRow(case_id=case_id, by=lena, text=long, changed_at=desk.clock.now()))
    pressed(desk, "case.reply", f"{case_id}:1")
    desk.run(3 * SECOND)
    assert desk.slack.views == []
    assert "longer than a form" in str(desk.slack.whispers[-1].said)
    with desk.app.db.read() as session:
        draft = cases.draft(session, case_id)
        assert draft is not None
        assert draft.text == long
