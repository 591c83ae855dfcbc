"""Are answers given on the platform itself found? `python -m tests.bench native`.

A platform in memory and 400 cases whose reply was handed over; then agents post as people do: the words as they are,
touched up, with what the platform adds or rewrites, below another post of the conversation, in two parts, twice. One
poll hears them all. Beside them 40 cases that a colleague answered in words of their own while a hand-over was open:
there the clock must stop and a person be asked whose words they are. `alike` prints how alike unrelated answers are.
"""

import random
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path as Folder

from sqlmodel import select

from bot.clock import HandClock
from bot.steps import answer as desk
from bot.steps.confirm import _likeness
from bot.store import cases, migrate
from bot.store.db import Database
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from connectors.types import Post
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post

CASES, COLLEAGUES = 400, 40
WORDS = """parcel depot claim colleague driver door note week order desk label box shop bus train rain bread garden
window table chair river bridge tower lamp paper pencil button jacket coat shoe basket bottle kettle spoon plate
carpet mirror
ladder hammer engine wheel ticket platform station harbour island mountain valley forest meadow apple pear plum cherry
lemon pepper onion carrot potato tomato rice pasta soup salad cheese butter honey sugar coffee tea milk water juice
violin piano trumpet drum guitar flute poem letter story chapter page number colour green yellow orange purple silver"""
ADDED = (" 🙏", " – Lena", "!", " ^LM", "\n\nhttps://acme.test/help")
WAYS = {
    "as it was": 56, "touched up": 16, "the platform's handle and links": 8, "below a later post of theirs": 8,
    "below a post we never heard": 6, "in two parts": 4, "twice": 2,
}  # fmt: skip


def _words(chance: random.Random, name: str) -> str:
    """An answer of its own: what two of them share are the greeting and the end."""
    told = " ".join(chance.sample(WORDS.split(), 18))
    return f"{name}, we found your {told}. Lena"


def _touched(chance: random.Random, text: str) -> str:
    words = text.split()
    at = chance.randrange(2, len(words) - 1)
    match chance.randrange(3):
        case 0:
            words[at] = words[at][:-1] or "a"
        case 1:
            words.insert(at, "really")
        case _:
            del words[at]
    return " ".join(words) + chance.choice(ADDED)


def _posts(chance: random.Random, way: str, number: int, text: str) -> list[Post]:
    """What the agent posts, and what the customer said meanwhile."""
    at, first = NOW + timedelta(minutes=3), post(f"c{number}", "").ref
    ours: Callable[..., Post] = lambda key, words, to, **more: post(
        f"{key}{number}", words, at, "acme_care", in_reply_to=to, thread=f"c{number}", **more
    )
    match way:
        case "touched up":
            return [ours("o", _touched(chance, text), first)]
        case "the platform's handle and links":
            return [ours("o", f"@customer{number} {text} https://t.test/{number:08x}", first)]
        case "below a later post of theirs":
            more = post(f"d{number}", "Acme Parcels, still waiting for an answer", NOW + timedelta(minutes=1),
                        f"customer{number}", in_reply_to=first, thread=f"c{number}")  # fmt: skip
            return [more, ours("o", text, more.ref)]
        case "below a post we never heard":
            return [ours("o", text, post(f"never{number}", "").ref)]
        case "in two parts":
            half = text.index(" ", len(text) * 3 // 4)
            one = ours("o", text[:half], first)
            return [one, ours("p", text[half:], one.ref)]
        case "twice":
            return [ours("o", text, first), ours("p", text, first)]
        case _:
            return [ours("o", text, first)]


def _world(folder: Folder, chance: random.Random) -> tuple[Path, list[tuple[int, str, str]]]:
    db = Database(f"sqlite:///{folder / 'earshot.sqlite'}")
    migrate.upgrade(db)
    path = laid(db, HandClock(NOW), Settings(home=folder))
    with db.begin() as session:
        session.add(AccountRow(id=1, login="lena", name="Lena", password_hash="", created_at=NOW))
    complaint = "Acme Parcels charged me twice for order {} and nobody answers my mails."
    path.hear(
        page(
            *(
                post(f"c{n}", complaint.format(n), NOW - timedelta(minutes=9), f"customer{n}", thread=f"c{n}")
                for n in range(CASES + COLLEAGUES)
            )
        )
    )
    with db.read() as session:
        keys = {case.thread: case.id or 0 for case in session.exec(select(CaseRow))}
    handed = []
    for number in range(CASES + COLLEAGUES):
        key, text = keys[f"c{number}"], _words(chance, f"Ada{number}")
        done = desk.hand_over(path.app, key, 1, text)
        assert isinstance(done, desk.Handed), done
        way = chance.choices(list(WAYS), list(WAYS.values()))[0] if number < CASES else "a colleague"
        handed.append((done.reply_id, way, text))
    return path, handed


def report() -> None:
    """Print how many of each way were found within one poll, by the very words, and what became of the rest."""
    chance = random.Random(11)
    alike = [_likeness(_words(chance, f"Ada{n}"), _words(chance, f"Bo{n}")) for n in range(2000)]
    print(f"   two unrelated answers are alike by {statistics.mean(alike):.0f} %, one in a hundred by more than "
          f"{statistics.quantiles(alike, n=100)[98]:.0f} %")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path, handed = _world(Folder(folder), chance)
        path.app.clock.move(timedelta(minutes=4))  # type: ignore[attr-defined]
        heard: list[Post] = []
        for number, (_, way, text) in enumerate(handed):
            words = _words(chance, f"Bo{number}") if way == "a colleague" else text
            heard += _posts(chance, "as it was" if way == "a colleague" else way, number, words)
        chance.shuffle(heard)
        path.hear(page(*heard))
        found, of = Counter[str](), Counter[str]()
        with path.app.db.read() as session:
            for number, (reply_id, way, _) in enumerate(handed):
                reply = cases.reply(session, reply_id)
                assert reply is not None
                case = cases.get(session, reply.case_id)
                of[way] += 1
                stopped = case is not None and case.answered_at is not None
                mine = reply.state == "sent" and reply.receipt_id in (f"o{number}", f"p{number}")
                found[way] += stopped and (reply.state == "looking" if way == "a colleague" else mine)
        path.app.db.close()
    for way, many in of.items():
        what = "clock stopped, a person asked" if way == "a colleague" else "found within one poll"
        print(f"   {way}: {what} {found[way]} of {many}")
    ours = sum(many for way, many in of.items() if way != "a colleague")
    print(f"   all of ours: {sum(found[way] for way in of if way != 'a colleague')} of {ours}")
