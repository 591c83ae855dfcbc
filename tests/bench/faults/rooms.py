"""slack_outbound.jsonl: outages and storms of Slack, with the loops of alerts and telling on a hand-held clock."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import HandClock
from bot.store import channels, mentions
from tests.bench.faults.databases import fresh
from tests.bench.faults.rows import Fate, lines
from tests.conftest import NOW
from tests.fakes.slack import Call, slack
from tests.flow.room import HOUR, MINUTE, SECOND, Letters, Room, app_of

_NUMBERS = re.compile(r"/cases/(\d+)|#(\d+)(?:–#(\d+))?")
Row = dict[str, Any]


@contextmanager
def room_of() -> Iterator[Room]:
    """A room that told one case already, so that its app knows whether it may look there."""
    with tempfile.TemporaryDirectory() as place, slack() as fake:
        fake.may_look, letters, clock, db = True, Letters(), HandClock(NOW), fresh(Path(place))
        room = Room(app=app_of(db, clock, fake, letters, Path(place)), clock=clock, slack=fake, letters=letters)
        first = room.open_case(9999)
        room.run(3 * SECOND)
        room.change(first, state="waiting", answered_at=clock.now())  # else it is told again meanwhile
        room.run(3 * SECOND)
        fake.posts.clear()
        yield room
        db.close()


def told(room: Room) -> dict[int, list[float]]:
    """When each case was named in the room."""
    at: dict[int, list[float]] = {}
    for post in room.slack.posts:
        for case in _named(post.all_text):
            at.setdefault(case, []).append(post.at)
    return at


def _named(text: str) -> set[int]:
    found: set[int] = set()
    for case, first, last in _NUMBERS.findall(text):
        found |= {int(case)} if case else set(range(int(first), int(last or first) + 1))
    return found


def feed(room: Room, row: Row, step: timedelta) -> tuple[list[int], datetime]:
    """The row's load, evenly over its time. The cases, and when it began."""
    many, load, start = row["load"]["mentions"], row["load"], room.clock.now()
    span = load.get("over_s") or load["every_s"] * many
    made: list[int] = []

    def due(now: datetime) -> None:
        wanted = min(many, int((now - start).total_seconds() / span * many + 1e-6) + 1)
        if wanted > len(made):
            made.extend(room.open_many(range(len(made), wanted)))

    room.run(timedelta(seconds=span) - step, step, due)
    return made, start


def _until(start: datetime, seconds: float) -> Callable[[Room], Callable[[Call], str]]:
    return lambda room: lambda _call: "down" if (room.clock.now() - start).total_seconds() < seconds else "ok"


def away(row: Row) -> list[str]:
    """001, 002: six hours without Slack; everything is told when it is back, in few messages."""
    with room_of() as room:
        start = room.clock.now()
        room.slack.mood = _until(start, 6 * 3600)(room)
        storm = row["load"]["mentions"] > 1000
        cases, _ = feed(room, row, 5 * MINUTE if storm else 2 * MINUTE)
        answered = cases[:20] if not storm else []
        for case in answered:
            room.change(case, state="waiting", answered_at=room.clock.now())
        back = (start + 6 * HOUR).timestamp()
        room.run(start + 6 * HOUR + 3 * MINUTE - room.clock.now(), 10 * SECOND)
        room.run(HOUR, MINUTE if storm else 20 * SECOND)
        posts = [post for post in room.slack.posts if post.at < back + 3600]
        named = told(room)
        size = sum(file.stat().st_size for file in room.app.settings.home.glob("e.sqlite*")) / 1e6
    wrong = [] if storm or set(cases) - set(answered) <= set(named) else [f"{len(set(cases) - set(named))} never told"]
    wrong += (
        [f"{len(posts)} messages in the first hour"] if len(posts) > row["expect"]["messages_after_return_max"] else []
    )
    wrong += [f"first after {posts[0].at - back:.0f} s"] if not storm and posts[0].at - back > 60 else []
    wrong += ["what was answered meanwhile is told"] if set(answered) & set(named) else []
    return wrong + ([f"{size:.0f} MB"] if size > row["expect"].get("outbox_mb_max", size) else [])


def limited(row: Row) -> list[str]:
    """003: every fifth message is refused for thirty seconds; nobody asks inside them, nothing is lost."""
    with room_of() as room:
        rests, inside, count = list[datetime](), [0], [0]

        def mood(call: Call) -> str:
            if call.method != "chat.postMessage":
                return "ok"
            now, count[0] = room.clock.now(), count[0] + 1
            inside[0] += bool(rests and now - rests[-1] < 30 * SECOND)
            if count[0] % 5:
                return "ok"
            rests.append(now)
            return "429:30"

        room.slack.mood = mood
        cases, _ = feed(room, row, SECOND)
        room.run(8 * MINUTE, SECOND)
        lost, many = set(cases) - set(told(room)), len(room.slack.posts)
    wrong = [f"{len(lost)} lost"] if lost else []
    wrong += [f"{inside[0]} asked inside the rest"] if inside[0] else []
    return wrong + ([f"{many} messages"] if many > row["expect"]["messages_max"] else [])


def long_rest(row: Row) -> list[str]:
    """004: an hour's rest: the second way is told within two minutes, and the page says so."""
    with room_of() as room:
        moods = iter(["429:3600"])
        room.slack.mood = lambda _call: next(moods, "ok")
        cases, _ = feed(room, row, 6 * SECOND)
        room.run(2 * MINUTE, 5 * SECOND)
        mails = len(room.letters.sent)
        with room.app.db.read() as session:
            banner = bool(channels.troubled(session))
        room.run(HOUR, 20 * SECOND)
        by_mail = {case for letter in room.letters.sent for case in _named(letter.text)}
        lost = set(cases) - set(told(room)) - by_mail
    wrong = [] if mails else ["nobody was told another way"]
    return wrong + ([] if banner else ["the page says nothing"]) + ([f"{len(lost)} lost"] if lost else [])


def flapping(row: Row) -> list[str]:
    """005: half a minute up, half a minute down, for two hours."""
    with room_of() as room:
        start = room.clock.now()
        room.slack.mood = lambda _call: "down" if int((room.clock.now() - start).total_seconds() // 30) % 2 else "ok"
        cases, _ = feed(room, row, 6 * SECOND)
        room.slack.mood = lambda _call: "ok"
        room.run(3 * MINUTE, 3 * SECOND)
        lost = set(cases) - set(told(room))
        repeats = sum(post.text.startswith("Repeat: ") for post in room.slack.posts)
    most = row["expect"]["duplicates_max_pct"] / 100 * len(cases)
    return ([f"{len(lost)} lost"] if lost else []) + ([f"{repeats} repeats"] if repeats > most else [])


def lost_answers(row: Row) -> list[str]:
    """006: each message is taken and its answer lost, twenty times."""
    with room_of() as room:
        moods = iter(["lost"] * 20)
        room.slack.mood = lambda call: next(moods, "ok") if call.method == "chat.postMessage" else "ok"
        cases, _ = feed(room, row, 10 * SECOND)
        room.run(10 * MINUTE, 5 * SECOND)
        at = told(room)
    most = max((len(times) for case, times in at.items() if case in cases), default=0)
    lost = set(cases) - set(at)
    return ([f"{len(lost)} lost"] if lost else []) + ([f"one was told {most} times"] if most > 2 else [])


def refused(row: Row) -> list[str]:
    """008, 009: the token is revoked, or the room archived: another way tells, few tries are made, all is kept."""
    with room_of() as room:
        code, calls = row["slack_script"][0][0].split()[1], len(room.slack.calls)
        room.slack.mood = lambda _call: f"error:{code}"
        cases, start = feed(room, row, 12 * SECOND)
        first: list[datetime] = []
        room.run(HOUR, 10 * SECOND, lambda now: first.append(now) if room.letters.sent and not first else None)
        tries = len(room.slack.calls) - calls
        by_mail = {case for letter in room.letters.sent for case in _named(letter.text)}
    late = (first[0] - start).total_seconds() if first else 1e9
    wrong = (
        [f"told another way after {late:.0f} s"]
        if late > row["expect"].get("operator_told_by_other_way_within_s", 600)
        else []
    )
    wrong += [f"{tries} tries in the hour"] if tries > row["expect"].get("attempts_per_h_max", tries) else []
    return wrong + ([f"{len(set(cases) - by_mail)} not by mail"] if set(cases) - by_mail else [])


def repeated(_row: Row) -> list[str]:
    """010: nobody takes it: told again after a quarter and after half an hour."""
    with room_of() as room:
        room.open_case(1)
        start = room.clock.now().timestamp()
        room.run(32 * MINUTE, 5 * SECOND)
        at = [(post.at - start) / 60 for post in room.slack.posts]
    good = len(at) >= 3 and any(15 <= one <= 16 for one in at) and any(30 <= one <= 31 for one in at)
    return [] if good else [f"told after {[round(one, 1) for one in at]} minutes"]


def storm(row: Row) -> list[str]:
    """012: five thousand in ten minutes about one thing, and one about another."""
    with room_of() as room:
        odd: list[tuple[int, datetime]] = []
        many, start = row["load"]["mentions"], room.clock.now()
        made: list[int] = []

        def due(now: datetime) -> None:
            wanted = min(many, int((now - start).total_seconds() / 600 * many) + 1)
            made.extend(room.open_many(range(len(made), wanted)) if wanted > len(made) else [])
            if not odd and len(made) > many / 2:
                words = "Unrelated: gas leak at your depot, urgent"
                odd.append((room.open_case(99999, words=words, severity="critical"), now))

        room.run(10 * MINUTE, 5 * SECOND, due)
        posts = [post for post in room.slack.posts if post.at < start.timestamp() + 600]
        room.run(2 * MINUTE, 5 * SECOND)
        after = min(told(room).get(odd[0][0], [1e12])) - odd[0][1].timestamp()
    wrong = [f"{len(posts)} messages in ten minutes"] if len(posts) > row["expect"]["messages_in_10_min_max"] else []
    return wrong + ([f"the other one after {after:.0f} s"] if after > 60 else [])


def gone_meanwhile(_row: Row) -> list[str]:
    """013: what was deleted before it could be told is not told."""
    with room_of() as room:
        room.slack.mood = lambda _call: "down"
        case = room.open_case(1)
        room.run(5 * MINUTE, 10 * SECOND)
        with room.app.db.begin() as session:
            for _mention, post in mentions.of_case(session, case):
                post.gone_at = room.clock.now()
                session.add(post)
        room.run(5 * MINUTE, 10 * SECOND)
        room.slack.mood = lambda _call: "ok"
        room.run(10 * MINUTE, 5 * SECOND)
        many = len(room.slack.posts)
    return [f"{many} messages"] if many else []


PLAYS: dict[str, Callable[[Row], list[str]]] = {
    "slackout-001": away, "slackout-002": away, "slackout-003": limited, "slackout-004": long_rest,
    "slackout-005": flapping, "slackout-006": lost_answers, "slackout-008": refused, "slackout-009": refused,
    "slackout-010": repeated, "slackout-012": storm, "slackout-013": gone_meanwhile,
}  # fmt: skip
WHY = {
    "slackout-007": "25 s a request in real time: tests/flow/test_slow_slack.py holds that nothing else waits",
    "slackout-011": "tests/flow/test_alert.py::test_a_claim_stops_the_calls_at_once",
    "slackout-014": "tests/flow/test_erasing.py::test_the_team_rooms_messages_are_written_anew_without_words",
}


def play(folder: Path) -> Iterator[Fate]:
    """Each row in a room of its own; `BENCH_ROWS` chooses by a part of the id."""
    for row in lines(folder, "slack_outbound"):
        if os.environ.get("BENCH_ROWS", "") not in row["id"]:
            continue
        if row["id"] in PLAYS:
            yield Fate(row["id"], tuple(PLAYS[row["id"]](row)))
        else:
            yield Fate(row["id"], unplayable=WHY.get(row["id"], "nothing of ours plays this"))
