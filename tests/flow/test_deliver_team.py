"""Telling the team: each case once, in the order of need, at a bearable pace, through every kind of trouble."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from pydantic import SecretStr

from bot.steps.forget import forget_some
from bot.store import calling, mentions, notices, workers
from config.settings import Mail
from config.settings import Slack as SlackSettings
from responders.slack.responder import Slack
from tests.counts import times
from tests.flow.room import HOUR, MINUTE, SECOND, Room, hire


def test_a_new_case_is_posted_once_with_its_buttons(room: Room) -> None:
    case_id = room.open_case(1)
    room.run(5 * SECOND)
    (post,) = room.slack.posts
    assert post.room == "C0CARE"
    assert post.text.startswith("Ada 1 on Mastodon, untagged, due 15:00.")
    assert f"https://earshot.acme.example/cases/{case_id}" in post.all_text
    assert "case.claim" in post.all_text
    assert [row.state for row in room.rows("new")] == ["sent"]


def test_a_claim_changes_the_message_in_place(room: Room) -> None:
    lena = hire(room, "Lena")
    case_id = room.open_case(1)
    room.run(3 * SECOND)
    room.change(case_id, state="claimed", holder=lena, lease_until=room.clock.now() + 10 * MINUTE)
    room.run(3 * SECOND)
    assert len(room.slack.posts) == 1
    (shown,) = room.slack.messages.values()
    assert shown.text.startswith("Lena has it.")
    assert "case.release" in shown.all_text


def test_a_change_nobody_could_see_edits_nothing(room: Room) -> None:
    case_id = room.open_case(1)
    room.run(3 * SECOND)
    room.change(case_id, assigned_to=None)
    room.run(3 * SECOND)
    assert "chat.update" not in [call.method for call in room.slack.calls]


def test_a_message_deleted_in_slack_is_followed_no_longer(room: Room) -> None:
    case_id = room.open_case(1)
    room.run(3 * SECOND)
    room.slack.messages.clear()
    room.change(case_id, state="resolved")
    room.run(10 * SECOND)
    assert [call.method for call in room.slack.calls].count("chat.update") == 1


def test_at_most_one_message_a_second_reaches_a_room(room: Room) -> None:
    for number in range(8):
        room.open_case(number)
    room.run(20 * SECOND, timedelta(milliseconds=250))
    times = [post.at for post in room.slack.posts]
    assert len(times) == 8
    assert min(later - earlier for earlier, later in pairwise(times)) >= 1.0


def test_many_at_once_go_together_and_each_is_numbered(room: Room) -> None:
    ids = room.open_many(range(40))
    room.run(2 * MINUTE)
    assert len(room.slack.posts) == 1
    text = room.slack.posts[0].all_text
    assert "40 cases at once." in text
    named = {int(word) for word in _numbers(text)}
    assert set(ids) <= named


def test_five_thousand_in_ten_minutes_make_at_most_fifteen_messages(room: Room) -> None:
    opened = iter(range(0, 5_000, 84))

    def some(_now: object) -> None:
        if (first := next(opened, None)) is not None:
            room.open_many(range(first, min(first + 84, 5_000)))

    until = room.clock.now() + 10 * MINUTE
    room.run(11 * MINUTE, 10 * SECOND, some)
    assert len([post for post in room.slack.posts if post.at < until.timestamp()]) <= 15
    states = [row.state for row in room.rows("new")]
    assert (len(states), set(states)) == (5_000, {"sent"})


def test_after_six_hours_away_the_team_hears_all_in_few_messages(room: Room) -> None:
    room.slack.mood = lambda _call: "down"
    ids: list[int] = []

    def one_more(_now: object) -> None:
        ids.append(room.open_case(len(ids)))

    room.run(6 * HOUR - 2 * MINUTE, 2 * MINUTE, one_more)
    answered = ids[:20]
    for case_id in answered:
        room.change(case_id, state="waiting", answered_at=room.clock.now())
    assert not room.slack.posts
    room.slack.mood = lambda _call: "ok"
    back = room.clock.now()
    room.run(2 * MINUTE, 5 * SECOND)
    room.run(HOUR, 20 * SECOND)
    posts = room.slack.posts
    assert len(ids) == 180
    assert posts[0].at - back.timestamp() <= 60
    assert len([post for post in posts if post.at < (back + HOUR).timestamp()]) <= 20
    assert "Slack was away from 14:00" in posts[0].text
    told = {int(number) for post in posts for number in _numbers(post.all_text)}
    assert set(ids[20:]) <= told
    assert not set(answered) & {int(number) for number in _numbers(posts[0].all_text)}
    assert f"#{ids[20]} " in posts[0].text  # the most overdue first


def test_two_thousand_held_alerts_are_all_counted(room: Room) -> None:
    room.slack.mood = lambda _call: "503"
    ids = room.open_many(range(times("alerts", 2_000)))
    room.run(7 * MINUTE, 30 * SECOND)
    room.slack.mood = lambda _call: "ok"
    back = room.clock.now()
    room.run(3 * MINUTE, 5 * SECOND)
    assert room.slack.posts[0].at - back.timestamp() <= 60
    assert f"{len(ids):,} cases still wait" in room.slack.posts[0].text
    assert {row.state for row in room.rows("new")} == {"sent"}
    assert len(room.slack.posts) <= 3


def test_every_answer_lost_makes_at_most_two_copies_and_the_second_is_marked(room: Room) -> None:
    lost = iter(["lost"] * 6)
    room.slack.mood = lambda call: next(lost, "ok") if call.method == "chat.postMessage" else "ok"
    ids = [room.open_case(number) for number in range(5)]
    room.run(5 * MINUTE, 2 * SECOND)
    for number in range(5):
        copies = [text for text in room.texts() if f"Ada {number} " in text]
        assert 1 <= len(copies) <= 2
        assert [text.startswith("Repeat: ") for text in copies] == [False, True][: len(copies)]
    assert len(ids) == 5


def test_slack_asking_for_patience_is_given_it_and_nothing_is_lost(room: Room) -> None:
    calls = iter(range(1_000))
    room.slack.mood = lambda call: "429:30" if call.method == "chat.postMessage" and next(calls) % 5 == 4 else "ok"
    asked: list[float] = []
    ids = []

    def one_a_second(_now: object) -> None:
        if len(ids) < 100:
            ids.append(room.open_case(len(ids)))

    room.run(8 * MINUTE, SECOND, one_a_second)
    told = {int(number) for post in room.slack.posts for number in _numbers(post.all_text)}
    assert set(ids) <= told
    assert len(room.slack.posts) <= 100
    assert not asked


def test_a_long_wait_asked_for_by_slack_sends_a_mail_within_two_minutes(room: Room) -> None:
    room.slack.mood = lambda _call: "429:3600"
    started = room.clock.now()
    ids = [room.open_case(number) for number in range(10)]
    room.run(2 * MINUTE)
    assert len(room.slack.calls) == 1
    (letter,) = room.letters.sent
    assert all(f"/cases/{case_id}" in letter.text for case_id in ids)
    room.slack.mood = lambda _call: "ok"
    room.run(HOUR, 20 * SECOND)
    told = {int(number) for post in room.slack.posts for number in _numbers(post.all_text)}
    assert set(ids) <= told
    assert started < room.clock.now()


def test_a_revoked_token_is_told_by_mail_and_tried_seldom(room: Room) -> None:
    room.slack.mood = lambda _call: "error:invalid_auth"
    ids = [room.open_case(number) for number in range(5)]
    room.run(HOUR, 10 * SECOND)
    assert len(room.slack.calls) <= 12
    assert "Slack says invalid_auth" in room.letters.sent[0].text
    assert {row.state for row in room.rows("new")} == {"waiting"}
    assert len(ids) == 5


def test_an_archived_room_is_told_by_mail_and_nothing_is_lost(room: Room) -> None:
    room.slack.mood = lambda _call: "error:is_archived"
    ids = [room.open_case(number) for number in range(5)]
    room.run(5 * MINUTE, 5 * SECOND)
    told = " ".join(letter.text for letter in room.letters.sent)
    assert all(f"/cases/{case_id}" in told for case_id in ids)
    room.slack.mood = lambda _call: "ok"
    room.run(15 * MINUTE, 10 * SECOND)
    assert {row.state for row in room.rows("new")} <= {"sent", "withdrawn"}


def test_what_waits_besides_cases_goes_by_mail_however_much_it_is(room: Room) -> None:
    now = room.clock.now()
    with room.app.db.begin() as session:
        for number in range(60):
            notices.queue_plain(session, room.app.settings, f"promise:{number}", "promise", "It is owed.", {}, now)
    room.slack.mood = lambda _call: "down"
    room.run(3 * MINUTE, 10 * SECOND)
    assert len([row for row in room.rows("promise") if row.responder == "email"]) == 60


def test_a_message_slack_refuses_goes_by_mail_and_holds_up_nobody(room: Room) -> None:
    room.slack.mood = lambda call: "error:invalid_blocks" if "Ada 0" in str(call.said) else "ok"
    for number in range(4):
        room.open_case(number)
    room.run(20 * SECOND)
    assert len(room.slack.posts) == 3
    (letter,) = room.letters.sent
    assert "Ada 0" in letter.text


def test_a_deleted_post_is_not_told(room: Room) -> None:
    room.slack.mood = lambda _call: "down"
    case_id = room.open_case(1)
    room.run(MINUTE, 10 * SECOND)
    with room.app.db.begin() as session:
        for _mention, post in mentions.of_case(session, case_id):
            post.gone_at, post.text = room.clock.now(), ""
            session.add(post)
    room.slack.mood = lambda _call: "ok"
    room.run(2 * MINUTE, 5 * SECOND)
    assert not room.slack.posts


def test_a_purged_posts_words_leave_the_message_in_slack_too(room: Room) -> None:
    case_id = room.open_case(1, words="They lost my wheelchair")
    room.run(3 * SECOND)
    assert "wheelchair" in room.slack.posts[0].all_text
    with room.app.db.begin() as session:
        for _mention, post in mentions.of_case(session, case_id):
            post.gone_at = room.clock.now()
            session.add(post)
    assert forget_some(room.app) == 1
    room.run(3 * SECOND)
    (shown,) = room.slack.messages.values()
    assert shown.text.startswith("Gone.")
    assert "wheelchair" not in shown.all_text
    assert "Ada" not in shown.all_text


def purge(room: Room, case_id: int) -> list[str]:
    """Its posts are deleted at their platform; every word that the team's rooms show after that."""
    with room.app.db.begin() as session:
        for _mention, post in mentions.of_case(session, case_id):
            post.gone_at = room.clock.now()
            session.add(post)
    assert forget_some(room.app) == 1
    room.run(20 * SECOND)
    return [post.all_text for post in room.slack.messages.values()]


def test_a_purged_posts_words_leave_what_rang_of_it_too(room: Room) -> None:
    lena = hire(room, "Lena", role="lead", slack_user="ULENA")
    with room.app.db.begin() as session:
        workers.change(session, lena, calls={"slack": calling.LINKED})
    case_id, other = room.open_case(1, words="They lost my wheelchair"), room.open_case(2)
    room.run(65 * MINUTE, 30 * SECOND)
    rang = [post for post in room.slack.messages.values() if "wheelchair" in post.all_text]
    assert len(rang) == 9  # in the room and in private: new, three calls twice, at risk, late
    told = purge(room, case_id)
    assert len(told) > 7
    assert not [text for text in told if "wheelchair" in text or "Ada 1" in text]
    assert [text for text in told if "Ada 2" in text]
    assert {row.state for row in room.rows() if row.case_id in (case_id, other)} <= {"sent", "withdrawn"}
    calls = len(room.slack.calls)
    room.run(10 * SECOND)
    assert len(room.slack.calls) == calls


def test_a_purged_posts_words_leave_a_joint_message_too_and_a_deleted_one_is_let_go(room: Room) -> None:
    room.slack.mood = lambda _call: "503"
    (case_id, *_others) = room.open_many(range(1, 9))
    room.run(6 * MINUTE, 30 * SECOND)
    room.slack.mood = lambda _call: "ok"
    room.run(2 * MINUTE, 5 * SECOND)
    assert any("Ada 1 " in post.all_text for post in room.slack.messages.values())
    assert not any("Ada 1 " in text for text in purge(room, case_id))
    room.slack.messages.clear()
    purge(room, case_id + 1)
    assert {row.state for row in room.rows("summary")} == {"sent"}


def test_flapping_loses_nothing_and_repeats_little(room: Room) -> None:
    ids: list[int] = []
    room.slack.mood = lambda _call: "down" if (room.clock.now().second // 30) % 2 else "ok"

    def now_and_then(_now: object) -> None:
        if len(ids) < 60 and room.clock.now().second % 36 == 0:
            ids.append(room.open_case(len(ids)))

    room.run(20 * MINUTE, 3 * SECOND, now_and_then)
    room.slack.mood = lambda _call: "ok"
    room.run(2 * MINUTE, 3 * SECOND)
    for number in range(len(ids)):
        assert [text for text in room.texts() if f"Ada {number} " in text] or any(
            str(ids[number]) in _numbers(post.all_text) for post in room.slack.posts
        )
    copies = [text.removeprefix("Repeat: ") for text in room.texts() if "untagged, due" in text]
    assert len(copies) - len(set(copies)) <= len(ids) * 2 // 100


def _numbers(text: str) -> list[str]:
    """Every case number in a message, runs spelled out."""
    import re

    found: list[str] = re.findall(r"/cases/(\d+)", text)
    for first, last in re.findall(r"#(\d+)(?:–#(\d+))?", text):
        found += [str(number) for number in range(int(first), int(last or first) + 1)]
    return found


def test_a_webhook_posts_what_rings_and_edits_nothing(room: Room) -> None:
    by_webhook(room)
    case_id = room.open_case(1)
    room.run(51 * MINUTE, 30 * SECOND)
    room.change(case_id, state="resolved")
    room.run(20 * SECOND)
    assert [post.room for post in room.slack.posts] == ["webhook"] * 5  # new, three calls, at risk
    assert {call.method for call in room.slack.calls} == {"webhook"}


def test_a_webhook_that_was_away_names_also_what_may_have_been_lost(room: Room) -> None:
    by_webhook(room)
    room.slack.mood = lambda _call: "500"
    ids = [room.open_case(number) for number in range(6)]
    room.run(20 * MINUTE, 5 * SECOND)
    assert "unsure" in {row.state for row in room.rows("new")}
    room.slack.mood = lambda _call: "ok"
    room.run(3 * MINUTE, 5 * SECOND)
    told = {int(number) for number in _numbers(room.slack.posts[0].all_text)}
    assert set(ids) <= told
    assert "Slack was away" in room.slack.posts[0].text


def test_mails_are_never_threaded_nor_edited(room: Room) -> None:
    mail_only(room)
    room.open_case(1)
    room.run(61 * MINUTE, 30 * SECOND)
    assert len(room.letters.sent) == 6  # new, three calls, at risk, late
    assert {letter.address for letter in room.letters.sent} == {"lead@acme.example"}


def test_personal_data_is_masked_before_it_leaves(room: Room) -> None:
    room.open_case(1, words="Call me on +49 170 1234567, ada@example.org")
    room.run(3 * SECOND)
    said = room.slack.posts[0].all_text
    assert "1234567" not in said
    assert "ada@example.org" not in said


def test_a_message_whose_words_cannot_be_made_holds_up_nobody(room: Room) -> None:
    broken = room.open_case(1)
    room.change(broken, policy={"window_minutes": -1})
    room.open_case(2)
    room.run(MINUTE, 2 * SECOND)
    assert [text.split(" on ")[0] for text in room.texts()] == ["Ada 2"]
    states = {row.case_id: row.state for row in room.rows("new")}
    assert states[broken] == "refused"


def test_a_broken_case_among_many_is_numbered_with_the_rest(room: Room) -> None:
    ids = room.open_many(range(30))
    room.change(ids[0], policy={"window_minutes": -1})
    room.run(10 * SECOND)
    told = {int(number) for post in room.slack.posts for number in _numbers(post.all_text)}
    assert set(ids) <= told


def by_webhook(room: Room) -> None:
    """The same room, spoken to through an incoming webhook."""
    slack = SlackSettings(webhook_url=SecretStr(room.slack.webhook), room="#care")
    settings = room.app.settings.model_copy(update={"slack": slack, "mail": Mail()})
    responder = Slack(slack)
    room.opened.append(responder)
    room.app = replace(room.app, settings=settings, responders={"slack": responder})


def mail_only(room: Room) -> None:
    """No Slack at all."""
    settings = room.app.settings.model_copy(update={"slack": SlackSettings()})
    room.app = replace(room.app, settings=settings, responders={"email": room.letters})


def test_in_a_flood_the_gravest_is_named_first_after_what_is_almost_late(room: Room) -> None:
    for number in range(20):
        room.open_case(number)
    grave = room.open_case(20, weight=9.0, spoke=room.clock.now() + MINUTE)
    almost = room.open_case(21, spoke=room.clock.now() - 50 * MINUTE)
    room.run(5 * SECOND)
    (flood,) = [post for post in room.slack.posts if "22 cases at once" in post.text]
    named = [block["accessory"]["value"].partition(":")[0] for block in flood.blocks if "accessory" in block]
    assert named[:2] == [str(almost), str(grave)]
