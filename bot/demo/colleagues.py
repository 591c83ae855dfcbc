"""The invented colleagues of the demo: they answer a few customers before you come, by the same steps as you will.

Only ever on the stage: `at_work` refuses an app one of whose responders could reach a customer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread

import structlog

from bot.app import App
from bot.demo import script
from bot.demo.stage import NATIVE_ONLY, Speaker
from bot.steps import answer, topics
from bot.store import answering, mentions, people, posts
from bot.store.db import Session

PAUSE = timedelta(seconds=1)
PATIENCE = timedelta(minutes=3)
CAUGHT_UP = (timedelta(hours=12), timedelta(hours=11), timedelta(minutes=8))  # posts before, answered from, and every
SETTINGS: dict[str, dict[str, object]] = {
    "consent": {"first_replies": 3},
    "purse": {"currency": "EUR", "case": "100", "customer": "150", "agent": "500", "brand": "5000"},
}


@dataclass(frozen=True, slots=True)
class Act:
    """What one of them does with the case of one post: say `text`, with these beside it."""

    post: str
    who: str
    text: str
    note: str = ""
    tag: str = ""
    give: tuple[str, str, str] | None = None  # amount, kind, because
    asks: bool = False  # a second person must agree first
    resolves: bool = False


ACTS = (
    Act(
        "p148",
        "lena",
        "Tim, belt 4 has stopped for good. Your bags come on belt 7; a colleague in a blue coat is there. Lena",
        resolves=True,
    ),
    Act(
        "p150",
        "otis",
        "Stella, I found you in Gdansk and I am asking for a seat. I will write to you here within two hours. Otis",
        note="The duty manager in Gdansk looks for a seat on the 21:40.",
        tag="stranded",
    ),
    Act(
        "p151",
        "lena",
        "I am sorry, all five of you. Dinner is on us: a voucher of €60 waits at the desk of gate 12. Lena",
        give=("60", "voucher", "five people, no dinner, the desk is closed"),
        tag="stranded",
    ),
    Act(
        "p153",
        "otis",
        "You are right, two hours without a word is not good enough. NW602 is cancelled. Where do you need to be? Otis",
        tag="stranded",
    ),
    Act(
        "p159",
        "ruth",
        "Ivy, the app is right and the board is wrong: NW602 is cancelled. I am sorry. Are you travelling alone? Ruth",
        asks=True,
    ),
)


def arrive(session: Session, password_hash: str, now: datetime) -> None:
    """Their accounts, which nobody can sign in to, and what the brand set for its answers."""
    names = (("lena", "Lena Moor", "lead"), ("otis", "Otis Fenn", "lead"), ("ruth", "Ruth Adair", "agent"))
    for login, name, role in names:
        people.create(session, login, name, role, [], password_hash, now)
    answering.save(session, script.NORTHWIND.name, SETTINGS, 0, now)


def team(session: Session) -> dict[str, int]:
    """Everybody's account by log-in name."""
    return {row.login: row.id or 0 for row in people.all_of(session)}


def at_work(app: App, who: dict[str, int]) -> Thread:
    """Let them work until all is done or the patience ends. ValueError for an app that is no stage."""
    if not all(isinstance(responder, Speaker) for responder in app.responders.values()):
        raise ValueError("The colleagues of the demo only speak on its stage.")
    thread = Thread(target=_work, args=(app, who), name="colleagues", daemon=True)
    thread.start()
    return thread


def _work(app: App, who: dict[str, int]) -> None:
    left, until = list(ACTS), app.clock.now() + PATIENCE
    while app.clock.now() < until:
        left = perform(app, who, left)
        if not left and not catch_up(app, who) and topics.find_new(app):  # by the clock topics came in an hour
            return
        app.clock.sleep(PAUSE)


def catch_up(app: App, who: dict[str, int]) -> int:
    """What Lena and Otis answered last night where Earshot cannot post, one after another. Returns how many now."""
    started, done = app.clock.now() - CAUGHT_UP[1], 0
    with app.db.read() as session:
        cases = [_case_of(session, line.id) for line in _where_they_had_to_go()]
    for number, case_id in enumerate(key for key in cases if key is not None):
        at = started + number // 2 * CAUGHT_UP[2]
        by = who[("lena", "otis")[number % 2]]
        done += isinstance(answer.said_elsewhere(app, case_id, by, at), answer.Done)
    return done


def _where_they_had_to_go() -> list[script.Line]:
    first = CAUGHT_UP[0].total_seconds() / 60
    return [line for line in script.lines() if line.on in NATIVE_ONLY and line.at > first and not line.after_reply_to]


def perform(app: App, who: dict[str, int], acts: Sequence[Act]) -> list[Act]:
    """Do what can be done now. Returns what has to wait, because its post is not read yet."""
    return [act for act in acts if not _done(app, who[act.who], act)]


def _done(app: App, by: int, act: Act) -> bool:
    with app.db.read() as session:
        case_id = _case_of(session, act.post)
    if case_id is None:
        return False
    said: list[object] = [answer.claim(app, case_id, by)]
    if act.note:
        said.append(answer.note(app, case_id, by, act.note))
    if act.tag:
        said.append(answer.tag(app, case_id, by, act.tag))
    if act.give:
        said.append(answer.give(app, case_id, by, *act.give, token=f"demo-{act.post}"))
    said.append(_say(app, case_id, by, act))
    if act.resolves:
        said.append(answer.resolve(app, case_id, by, "solved"))
    for outcome in said:
        if isinstance(outcome, answer.Refused | answer.Stopped | answer.Taken | answer.Beyond):
            structlog.get_logger("earshot.demo").warning("not played", post=act.post, why=type(outcome).__name__)
    return True


def _say(app: App, case_id: int, by: int, act: Act) -> object:
    if act.asks:
        return answer.ask(app, case_id, by, answer.Letter(act.text))
    return answer.answer(app, case_id, by, act.text)


def _case_of(session: Session, post: str) -> int | None:
    """The case of a post of the script, once it is read and queued."""
    row = posts.by_ref(session, script.platforms()[post], post)
    if row is None:
        return None
    mention = mentions.of_posts(session, [row.id or 0]).get((row.id or 0, script.NORTHWIND.name))
    return mention.case_id if mention is not None else None
