"""What stands in the rooms says what is so: settled questions, calls that are over, words deleted or rewritten."""

from datetime import timedelta

from sqlmodel import select

from bot.steps import answer
from bot.steps.answer import Beyond, Done, Given
from bot.steps.forget import forget_some
from bot.store import incidents, notices, promises, retold
from bot.store.tables import MentionRow, PostRow, SourceRow
from bot.store.tables_answering import PromiseRow
from bot.store.tables_house import BrandRow
from bot.store.tables_incidents import IncidentRow
from tests.conftest import NOW
from tests.flow.room import HOUR, MINUTE, SECOND, Room, hire, new_case
from tests.flow.test_slack_incident import proposed


def now_says(room: Room, word: str) -> list[str]:
    """What the messages say now whose first words held this one."""
    there = [post.ts for post in room.slack.posts if word in post.all_text]
    return [room.slack.messages[ts].all_text for ts in there]


def asked(room: Room, lena: int) -> int:
    case_id = room.open_case(1)
    beyond = answer.give(room.app, case_id, lena, "500", "refund", "lost", token="t", ask=True)
    assert isinstance(beyond, Given), (beyond, Beyond)
    room.run(5 * SECOND)
    return beyond.gesture_id


def test_a_question_for_money_says_who_agreed_whatever_becomes_of_it(room: Room) -> None:
    lena, ruth = hire(room, "Lena"), hire(room, "Ruth", role="lead")
    gesture = asked(room, lena)
    assert isinstance(answer.decide_gesture(room.app, gesture, ruth, yes=True), Done)
    assert isinstance(answer.move_on(room.app, gesture, ruth), Done)
    room.run(5 * SECOND)
    (text,) = now_says(room, "asks to give more")
    assert "Lena asked to give more than the budget. Ruth agreed at 14:00." in text
    edits = len(room.slack.calls)
    room.run(10 * SECOND)
    assert len(room.slack.calls) == edits


def test_a_question_for_money_that_was_refused_or_called_off_says_so(room: Room) -> None:
    lena, ruth = hire(room, "Lena"), hire(room, "Ruth", role="lead")
    gesture = asked(room, lena)
    assert isinstance(answer.decide_gesture(room.app, gesture, ruth, yes=False, note="A <!here> voucher"), Done)
    case_id = room.open_case(2)
    second = answer.give(room.app, case_id, lena, "600", "refund", "lost", token="t2", ask=True)
    assert isinstance(second, Given)
    room.run(5 * SECOND)
    assert isinstance(answer.call_off(room.app, second.gesture_id, lena), Done)
    room.run(5 * SECOND)
    refused, off = now_says(room, "asks to give more")
    assert "Ruth refused at 14:00: A &lt;!here&gt; voucher" in refused
    assert "It was called off at" in off


def test_a_question_for_money_settled_before_it_could_be_said_is_not_said(room: Room) -> None:
    room.slack.mood = lambda _call: "down"
    lena, ruth = hire(room, "Lena"), hire(room, "Ruth", role="lead")
    gesture = asked(room, lena)
    assert isinstance(answer.decide_gesture(room.app, gesture, ruth, yes=True), Done)
    room.slack.mood = lambda _call: "ok"
    room.run(MINUTE, 5 * SECOND)
    assert not now_says(room, "asks to give more")


def test_a_broken_promise_that_is_kept_after_all_says_so(room: Room) -> None:
    lena, case_id = hire(room, "Lena"), room.open_case(1)
    now = room.clock.now()
    with room.app.db.begin() as session:
        row = PromiseRow(brand="Acme", case_id=case_id, by=lena, words="today", due_at=now, made_at=now, broken_at=now)
        session.add(row)
        session.flush()
        number = row.id or 0
        notices.queue_plain(session, room.app.settings, f"promise:{number}", "promise", "It is owed.", {}, now)
    room.run(3 * SECOND)
    with room.app.db.begin() as session:
        assert promises.settle(session, number, "kept", lena, room.clock.now())
    room.run(3 * SECOND)
    (text,) = now_says(room, "It is owed.")
    assert f"A promise on case {case_id} was broken. Lena kept it at 14:00." in text


def test_calls_are_over_once_somebody_has_it_and_never_edited_again(room: Room) -> None:
    lena, case_id = hire(room, "Lena"), room.open_case(1)
    room.run(52 * MINUTE, 2 * MINUTE)
    calls = [post for post in room.slack.posts if post.thread]
    assert len(calls) == 4  # three steps and "at risk"
    assert all("case.claim" in room.slack.messages[post.ts].all_text for post in calls)
    room.change(case_id, state="claimed", holder=lena, lease_until=room.clock.now() + 10 * MINUTE)
    room.run(8 * SECOND)
    for post in calls:
        text = room.slack.messages[post.ts].all_text
        assert "This call is over." in text
        assert "Lena has it since 14:5" in text
        assert "case.claim" not in text
    before = len(room.slack.calls)
    room.change(case_id, state="waiting", answered_at=room.clock.now(), answered_by=lena)
    room.run(8 * SECOND)
    assert len(room.slack.calls) == before + 1  # the case's own message


def writes_again(room: Room, case_id: int, words: str) -> int:
    """A second message of the same customer; the number of its post."""
    with room.app.db.begin() as session:
        other = new_case(session, 7, room.clock.now() + SECOND, words=words)
        (mention,) = session.exec(select(MentionRow).where(MentionRow.case_id == other.id)).all()
        mention.case_id = case_id
        session.add(mention)
        session.delete(other)
        return mention.post_id


def test_the_newest_of_several_posts_deleted_leaves_its_words_nowhere_in_the_room(room: Room) -> None:
    case_id = room.open_case(1, words="Where is my parcel?")
    newer = writes_again(room, case_id, "My wheelchair is in it")
    room.run(52 * MINUTE, 2 * MINUTE)
    assert len(now_says(room, "wheelchair")) == 5
    with room.app.db.begin() as session:
        row = session.get(PostRow, newer)
        assert row is not None
        row.gone_at = room.clock.now()
    assert forget_some(room.app) == 1
    room.run(10 * SECOND)
    texts = now_says(room, "wheelchair")
    assert len(texts) == 5
    assert not [text for text in texts if "wheelchair" in text]
    assert all("Where is my parcel?" in text and "case.claim" in text for text in texts)  # nobody has it yet


def test_a_post_that_is_rewritten_reads_so_in_the_room(room: Room) -> None:
    case_id = room.open_case(1, words="Call me on my number, Acme")
    room.run(3 * SECOND)
    with room.app.db.begin() as session:
        (row,) = session.exec(select(PostRow)).all()
        row.text = "Write to me, Acme"
        retold.edited(session, row.id)
    room.run(3 * SECOND)
    (text,) = now_says(room, "my number")
    assert "Write to me" in text
    assert "my number" not in text
    assert case_id


def test_an_incident_goes_on_being_edited_after_somebody_deleted_a_post(room: Room) -> None:
    proposed(room)
    case_id = room.open_case(1)
    room.run(3 * SECOND)
    with room.app.db.begin() as session:
        for row in session.exec(select(PostRow)):
            row.gone_at = room.clock.now()
    assert forget_some(room.app) == 1
    with room.app.db.begin() as session:
        (incident,) = session.exec(select(IncidentRow)).all()
        assert incidents.move(session, incident, state="open")
    room.run(70 * SECOND, 10 * SECOND)
    (text,) = now_says(room, "Perhaps an incident")
    assert text.startswith("Incident: “cards are declined”")
    assert case_id


def test_a_source_that_is_heard_again_takes_its_warning_back(room: Room) -> None:
    since = room.clock.now() - timedelta(hours=1)
    with room.app.db.begin() as session:
        row = SourceRow(
            name="mastodon", connector="mastodon", state="waiting", error_since=since, error="It answers nothing.",
            failures=9, started_at=NOW, next_poll_at=NOW,
        )  # fmt: skip
        session.add(row)
        session.flush()
        assert notices.queue_source(session, room.app.settings, row, room.clock.now())
    room.run(3 * SECOND)
    with room.app.db.begin() as session:
        retold.heard_again(session, "mastodon", since)
    room.run(3 * SECOND)
    (text,) = now_says(room, "is not heard since")
    assert "mastodon is heard again since 14:00." in text
    with room.app.db.begin() as session:
        retold.heard_again(session, "mastodon", since - timedelta(days=1))
    edits = len(room.slack.calls)
    room.run(3 * SECOND)
    assert len(room.slack.calls) == edits


def test_where_several_brands_share_a_room_each_message_names_its_own(room: Room) -> None:
    with room.app.db.begin() as session:
        for name in ("Acme", "Smith & <Sons>"):
            session.add(BrandRow(name=name, definition={"name": name}, changed_at=NOW))
    room.open_case(1)
    room.open_case(2, brand="Smith & <Sons>")
    room.run(5 * SECOND)
    first, second = (post.all_text for post in room.slack.posts)
    assert "Ada 1 on Mastodon for Acme, untagged" in first
    assert "Ada 2 on Mastodon for Smith &amp; &lt;Sons&gt;, untagged" in second
    assert "<Sons>" not in second


def test_a_room_archived_under_an_edit_catches_up_the_most_overdue_first_when_it_is_back(room: Room) -> None:
    lena = hire(room, "Lena")
    ids = [room.open_case(number, minutes=minutes) for number, minutes in enumerate((240, 60, 120))]
    room.run(6 * SECOND)
    room.slack.mood = lambda call: "error:is_archived" if call.method == "chat.update" else "ok"
    for case_id in ids:
        room.change(case_id, state="claimed", holder=lena, lease_until=room.clock.now() + 2 * HOUR)
    room.run(MINUTE, 5 * SECOND)
    assert not [text for text in now_says(room, "untagged") if "Lena has it" in text]
    room.slack.mood = lambda _call: "error:token_revoked"
    room.run(14 * MINUTE, MINUTE)
    room.slack.mood = lambda _call: "ok"
    before = len(room.slack.calls)
    room.run(11 * MINUTE, 10 * SECOND)
    by_need = [post.ts for post in room.slack.posts]  # they were posted so, too
    edits = [call.said["ts"] for call in room.slack.calls[before:] if call.method == "chat.update"]
    assert edits == by_need[:3]
    assert all("Lena has it." in room.slack.messages[post.ts].text for post in room.slack.posts[:3])
