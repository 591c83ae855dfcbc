"""Slack that takes its time over each request holds up nobody else: no transaction is open, nothing is lost."""

import threading

from bot.cli.serve import runner_of
from bot.clock import HandClock
from bot.steps.deliver import deliver_team
from bot.steps.deliver.team import ROOMS_AT_ONCE
from bot.store import events, notices, outbox
from bot.store.db import Database
from bot.store.tables_house import DeliveryRow
from config.settings import Settings
from connectors.transport import waited_s
from tests.conftest import app_on
from tests.fakes.slack import Call
from tests.flow.platform import Platform
from tests.flow.room import MINUTE, SECOND, Room


def test_while_slack_takes_its_time_the_rest_writes_and_every_case_is_told(room: Room) -> None:
    written: list[str] = []

    def slow(call: Call) -> str:
        """Twenty-five seconds of the clock pass inside each request, and somebody else writes meanwhile."""
        room.clock.move(25 * SECOND)
        with room.app.db.begin() as session:  # waits forever if the sender held the one writing connection
            events.add(session, room.clock.now(), "earshot", "test.meanwhile", "", "", method=call.method)
        written.append(call.method)
        return "ok"

    room.slack.mood = slow
    cases = room.open_many(range(1, 21))
    room.run(20 * MINUTE, 10 * SECOND)
    assert len(written) == len(room.slack.calls) > 0
    told = {row.case_id for row in room.rows() if row.state == "sent" and row.case_id is not None}
    assert told == set(cases)
    assert len(room.slack.posts) < 20 * 5  # joint messages, as for any room that cannot keep up


def test_while_one_room_hangs_the_others_are_served_and_nobody_else_speaks_in_it(room: Room) -> None:
    inside, answers = threading.Event(), threading.Event()

    def hangs(_call: Call) -> str:
        inside.set()
        assert answers.wait(20)
        return "ok"

    room.slack.mood = hangs
    room.open_case(1)
    stuck = threading.Thread(target=deliver_team, args=(room.app,))
    stuck.start()
    try:
        assert inside.wait(20)
        now = room.clock.now()
        (mail,) = notices.mails(room.app.settings)
        with room.app.db.begin() as session:
            outbox.add(session, DeliveryRow(
                key="test:mail", kind="test", audience="team", responder="email", address=mail.address, text="A letter",
                body={"subject": "A letter"}, created_at=now, next_try_at=now,
            ))  # fmt: skip
        room.open_case(2)
        room.clock.move(5 * SECOND)
        while deliver_team(room.app):
            pass
        assert [letter.subject for letter in room.letters.sent] == ["A letter"]
        assert len(room.slack.calls) == 1
    finally:
        answers.set()
        stuck.join(20)
    room.slack.mood = lambda _call: "ok"
    room.run(5 * SECOND)
    assert len(room.slack.posts) == 2


def test_whoever_speaks_with_strangers_leaves_the_seat_while_they_hang(room: Room) -> None:
    leaving = {loop.name for loop in runner_of(room.app).loops if loop.spare and loop.waited_s is waited_s}
    assert leaving == {"listen", "heal", "recheck", "seek", "hooks", "tell", "deliver"}  # bot/run.py: seats


def test_when_the_rooms_of_one_kind_hang_mail_leaves(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    inside, answers, mails = threading.Semaphore(0), threading.Event(), Platform(clock, "email", "team")
    rooms = Platform(clock, "teams", "team")

    def hangs() -> None:
        inside.release()
        assert answers.wait(20)

    rooms.during = hangs
    app = app_on(sqlite, clock, settings, responders={"teams": rooms, "email": mails})
    now = clock.now()
    with sqlite.begin() as session:
        for number in range(12):
            responder = "teams" if number < 11 else "email"
            outbox.add(session, DeliveryRow(
                key=f"test:{number}", kind="test", audience="team", responder=responder, address=f"room{number}",
                text="A letter", body={"subject": "A letter"}, created_at=now, next_try_at=now,
            ))  # fmt: skip
    threads = [threading.Thread(target=deliver_team, args=(app,)) for _ in range(ROOMS_AT_ONCE + 1)]
    try:
        for thread in threads[:-1]:
            thread.start()
        for _ in threads[:-1]:
            assert inside.acquire(timeout=20)
        threads[-1].start()
        threads[-1].join(20)
        assert mails.sends == 1
        assert rooms.sends == ROOMS_AT_ONCE
    finally:
        answers.set()
        for thread in threads:
            thread.join(20)
    while deliver_team(app):
        pass
    assert rooms.sends == 11
