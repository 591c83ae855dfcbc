"""Replies through whatever can happen to them, in any order: none is posted twice or believed what it is not."""

import random
import sys
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from bot.clock import HandClock
from bot.steps import deliver
from bot.steps.deliver import deliver_customer
from bot.store import outbox, switches
from bot.store.db import Database
from config.settings import Settings
from tests.counts import times
from tests.flow.platform import Desk, desk_on

POINTS = ("reply:approved, attempt not committed", "reply:attempt committed", "reply:answer read", "reply:remembered")
MOODS = ("ok", "ok", "lost", "silent", "away", "busy", "no", "who", "bug")


class Killed(BaseException):
    """The process is gone."""


def _crash(desk: Desk, chance: random.Random) -> None:
    """The process dies at a point, and another one takes up what it left."""
    at = chance.choice(POINTS)

    def dies(here: str) -> None:
        if here == at:
            raise Killed

    with suppress(Killed):
        deliver_customer(replace(desk.app, hold=dies))
    desk.clock.move(timedelta(seconds=chance.choice((1, 5, 200))))
    deliver.resume(desk.app)


def _sleep(desk: Desk, chance: random.Random) -> None:
    """A worker stands still at a point, longer than it may."""
    at, minutes = chance.choice(POINTS), chance.choice((1, 3, 10))

    def sleeps(here: str) -> None:
        if here == at:
            desk.clock.move(timedelta(minutes=minutes))

    deliver_customer(replace(desk.app, hold=sleeps))


def _crowd(desk: Desk, chance: random.Random) -> None:
    """Several workers in the same moment."""
    threads = [threading.Thread(target=deliver_customer, args=(desk.app,)) for _ in range(chance.randint(2, 4))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _pause(desk: Desk, chance: random.Random) -> None:
    """Sending is paused, and after a while it goes on."""
    for paused in (True, False):
        content = {"paused": paused}
        desk.change(lambda session, content=content: switches.put(session, "sending", content, desk.clock.now()))
        desk.run(timedelta(seconds=chance.randint(1, 40)), timedelta(seconds=10))


def _wait(desk: Desk, chance: random.Random) -> None:
    """Time passes; the platform is in some mood."""
    desk.platform.mood = chance.choice(MOODS)
    desk.run(timedelta(seconds=chance.choice((5, 30, 120))), timedelta(seconds=10))


ACTS = (_crash, _crash, _sleep, _crowd, _pause, _wait, _wait)


def _story(desk: Desk, chance: random.Random, text: str) -> str:
    """One approved reply and what happens to it; returns how it ended."""
    desk.platform.mood = chance.choice(MOODS)
    reply_id = desk.approve(text, wait=timedelta(seconds=chance.choice((0, 20))))
    for _act in range(chance.randint(2, 5)):
        chance.choice(ACTS)(desk, chance)
        if chance.random() < 0.1:
            desk.change(lambda session: outbox.move(session, f"reply:{reply_id}", "waiting", "withdrawn"))
    desk.platform.mood = "ok"
    desk.run(timedelta(minutes=8), timedelta(seconds=30))
    return desk.reply(reply_id).state


def test_whatever_happens_to_a_reply_it_is_posted_once_at_most(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    desk, chance, ends = desk_on(sqlite, clock, settings), random.Random(20261124), Counter[str]()
    for number in range(times("replies", 12)):
        text = f"Sorry about parcel {number}. We are looking into it now and will write back here."
        state = _story(desk, chance, text)
        posted = list(desk.platform.posts.values()).count(text)
        assert posted <= 1, f"story {number}: posted {posted} times"
        assert not posted or state in ("sent", "unsure"), f"story {number}: on the platform, and believed {state}"
        assert posted or state != "sent", f"story {number}: believed sent, and not on the platform"
        ends[state] += 1
    sys.stderr.write(f"{sum(ends.values())} replies, {len(desk.platform.posts)} posted, 0 twice: {dict(ends)}\n")
    assert ends["sent"] > 2
