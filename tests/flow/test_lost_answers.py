"""A message to the room whose answer was lost is looked up there before it is said again: one post a case, not five."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.store import cases, lost, mentions, migrate, outbox, restore, retold
from bot.store.db import Database
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow
from tests.conftest import NOW
from tests.fakes.slack import Call
from tests.flow.room import HOUR, MINUTE, SECOND, Room
from tests.flow.test_deliver_team import _numbers, by_webhook

CARE = Way("slack", "#care")


def losing(times: int, method: str = "chat.postMessage") -> Callable[[Call], str]:
    """Acts, then loses its answer, so many times."""
    left = iter(["lost"] * times)
    return lambda call: next(left, "ok") if call.method == method else "ok"


def told(room: Room, case_id: int) -> int:
    """How many posts name a case."""
    return sum(str(case_id) in _numbers(post.all_text) for post in room.slack.posts)


def twenty_in_200_s(room: Room) -> list[int]:
    ids: list[int] = []

    def every_ten(_now: object) -> None:
        if len(ids) < 20:
            ids.append(room.open_case(len(ids)))

    room.run(200 * SECOND, 10 * SECOND, every_ten)
    room.run(5 * MINUTE, 20 * SECOND)
    return ids


def test_twenty_lost_answers_make_one_post_a_case_where_the_room_can_be_read(room: Room) -> None:
    room.slack.may_look = True
    room.open_case(99)  # so that the room's id is known
    room.run(3 * SECOND)
    room.slack.mood = losing(20)
    ids = twenty_in_200_s(room)
    assert {told(room, case_id) for case_id in ids} == {1}
    assert {row.state for row in room.rows("new")} == {"sent"}
    assert not room.letters.sent


def test_where_nobody_can_look_no_case_is_posted_a_third_time_and_mail_tells_the_rest(room: Room) -> None:
    room.slack.mood = losing(40)
    ids = twenty_in_200_s(room)
    assert {told(room, case_id) for case_id in ids} <= {1, 2}
    known = {int(number) for letter in room.letters.sent for number in _numbers(letter.text)}
    states = {row.case_id: row.state for row in room.rows("new") if row.responder == "slack"}
    assert {case_id for case_id in ids if states[case_id] == "unsure"} <= known


def test_when_the_probe_s_answers_are_lost_too_it_is_two_posts_at_most(room: Room) -> None:
    left = iter(["lost"] * 20)
    room.slack.mood = lambda _call: next(left, "ok")
    ids = twenty_in_200_s(room)
    room.run(5 * MINUTE, MINUTE)  # before the first step of the chain names them again
    assert {told(room, case_id) for case_id in ids} <= {1, 2}


def test_what_was_found_is_followed_like_any_other(room: Room) -> None:
    room.slack.may_look = True
    room.open_case(1)
    room.run(3 * SECOND)
    room.slack.mood = losing(1)
    case_id = room.open_case(2)
    room.run(SECOND, SECOND)
    assert [row.state for row in room.rows("new")] == ["sent", lost.LOST]
    room.change(case_id, state="resolved")
    room.run(20 * SECOND)
    assert len(room.slack.posts) == 2
    newest = room.slack.messages[room.slack.posts[1].ts]
    assert newest.text.startswith("Resolved.")


def test_what_is_not_there_is_said_unmarked(room: Room) -> None:
    room.slack.may_look = True
    room.open_case(1)
    room.run(3 * SECOND)
    away = iter(["500"])
    room.slack.mood = lambda call: next(away, "ok") if call.method == "chat.postMessage" else "ok"
    room.open_case(2)
    room.run(20 * SECOND)
    assert [text.split(" on ")[0] for text in room.texts()] == ["Ada 1", "Ada 2"]


def test_a_joint_message_is_found_for_all_its_cases_page_after_page(room: Room) -> None:
    room.slack.may_look, room.slack.page = True, 1
    room.open_case(99)
    room.run(3 * SECOND)
    room.slack.mood = losing(1)
    ids = room.open_many(range(40))
    room.run(2 * MINUTE, 5 * SECOND)
    assert [told(room, case_id) for case_id in (ids[0], ids[-1])] == [1, 1]
    assert {row.state for row in room.rows()} == {"sent"}


def test_a_room_that_cannot_be_asked_stays_unspoken_to_until_it_can(room: Room) -> None:
    room.slack.may_look = True
    room.open_case(1)
    room.run(3 * SECOND)
    answers = losing(1)
    room.slack.mood = lambda call: "503" if call.method == "conversations.history" else answers(call)
    case_id = room.open_case(2)
    room.run(2 * MINUTE, 5 * SECOND)
    assert told(room, case_id) == 1
    assert next(row.state for row in room.rows("new") if row.case_id == case_id) == lost.LOST
    assert str(case_id) in " ".join(letter.text for letter in room.letters.sent)  # the second way, within two minutes
    room.slack.mood = lambda _call: "ok"
    room.run(2 * MINUTE, 5 * SECOND)
    assert told(room, case_id) == 1
    assert {row.state for row in room.rows("new")} == {"sent"}


def test_a_process_that_died_over_a_message_is_followed_by_one_that_looks(room: Room) -> None:
    room.slack.may_look = True
    room.open_case(1)
    room.run(3 * SECOND)
    room.slack.mood = losing(1)
    case_id = room.open_case(2)
    room.run(SECOND, SECOND)
    with room.app.db.begin() as session:
        (row,) = lost.of_room(session, CARE)
        row.state = "sending"
        session.add(row)
    room.clock.move(timedelta(minutes=3))
    room.slack.mood = lambda _call: "ok"
    room.run(10 * SECOND)
    assert told(room, case_id) == 1


def test_what_is_lost_while_a_room_is_looked_at_is_not_taken_for_missing(room: Room) -> None:
    room.slack.may_look = True
    first = room.open_case(1)
    room.run(3 * SECOND)
    room.clock.move(12 * MINUTE)  # the look reaches back ten minutes behind the second case's message

    def beside_another_process(call: Call) -> str:
        if call.method == "conversations.history":
            room.slack.mood = lambda _call: "ok"
            with room.app.db.begin() as session:
                (row,) = [one for one in outbox.of_case(session, first) if one.responder == "slack"]
                row.state = lost.LOST
                session.add(row)
        return posting(call)

    posting = losing(1)
    room.slack.mood = beside_another_process
    second = room.open_case(2)
    room.run(MINUTE, 5 * SECOND)
    assert [told(room, case_id) for case_id in (first, second)] == [1, 1]
    assert {row.state for row in room.rows("new")} == {"sent"}


def test_words_deleted_while_nobody_knew_whether_they_stand_there_are_emptied_when_found(room: Room) -> None:
    room.slack.may_look = True
    case_id = room.open_case(1, words="They lost my wheelchair")
    room.run(3 * SECOND)
    with room.app.db.read() as session:
        at_risk = cases.window(cases.get(session, case_id)).due_at - 10 * MINUTE  # type: ignore[arg-type]
    room.clock.move(at_risk - room.clock.now() - 5 * SECOND)
    room.slack.mood = losing(1)
    until = room.clock.now() + HOUR
    while not _lost(room) and room.clock.now() < until:
        room.run(SECOND, SECOND)
    from tests.flow.test_deliver_team import purge

    texts = purge(room, case_id)
    assert not [text for text in texts if "wheelchair" in text]
    with room.app.db.read() as session:
        assert mentions.of_case(session, case_id)


def test_a_lost_message_is_found_while_all_that_was_told_there_is_to_be_rewritten(room: Room) -> None:
    room.slack.may_look = True
    first = room.open_case(1, words="They lost my wheelchair")
    room.run(3 * SECOND)
    room.slack.mood = losing(1)
    case_id = room.open_case(2)
    while not _lost(room):
        room.run(SECOND, SECOND)
    with room.app.db.begin() as session:
        (there,) = outbox.of_case(session, first)
        there.state = retold.EMPTYING
        session.add(there)
    room.run(20 * SECOND)
    assert told(room, case_id) == 1
    assert {row.state for row in room.rows()} == {"sent"}


def _lost(room: Room) -> bool:
    with room.app.db.read() as session:
        return bool(lost.of_room(session, CARE))


def test_a_webhook_cannot_be_read_and_is_repeated_once(room: Room) -> None:
    by_webhook(room)
    room.slack.mood = losing(2, "webhook")
    case_id = room.open_case(1)
    room.run(2 * MINUTE, 5 * SECOND)
    assert told(room, case_id) == 2


def test_a_webhook_without_a_second_way_is_tried_with_what_was_lost_ever_more_rarely(room: Room) -> None:
    by_webhook(room)
    room.slack.mood = lambda _call: "lost"
    case_id = room.open_case(1, minutes=600)
    room.run(14 * MINUTE, 30 * SECOND)  # before the first step of the chain
    assert told(room, case_id) <= 6
    room.slack.mood = lambda _call: "ok"
    room.run(4 * MINUTE, 10 * SECOND)
    assert {row.state for row in room.rows("new")} == {"sent"}


def test_a_webhook_with_mail_beside_it_is_never_told_a_third_time(room: Room) -> None:
    mail = room.app.settings.mail
    by_webhook(room)
    room.app = replace(
        room.app, settings=room.app.settings.model_copy(update={"mail": mail}),
        responders=room.app.responders | {"email": room.letters},
    )  # fmt: skip
    room.slack.mood = losing(20, "webhook")
    ids = twenty_in_200_s(room)
    assert {told(room, case_id) for case_id in ids} <= {0, 1, 2}
    known = {int(number) for letter in room.letters.sent for number in _numbers(letter.text)}
    heard = {case_id for case_id in ids if told(room, case_id)}
    assert set(ids) <= known | heard


def test_a_restored_backup_says_nothing_again_that_was_lost_when_it_was_taken(sqlite: Database, tmp_path: Path) -> None:
    message = DeliveryRow(
        key="new:1", kind="new", audience="team", responder="slack", address="#care", state=lost.LOST,
        created_at=NOW, next_try_at=NOW,
    )  # fmt: skip
    with sqlite.begin() as session:
        outbox.add(session, message)
    file, backup = sqlite.file(), tmp_path / "backup.sqlite"
    assert file is not None
    migrate.copy(file, backup)
    restore.put_back(sqlite, backup)
    again = Database(sqlite.url)
    with again.read() as session:
        assert lost.ways(session) == []
        assert outbox.counts(session) == {("team", "withdrawn"): 1}
    again.close()
