"""How many of the complaints of one cause an incident takes, and whose: `python -m tests.bench grouping`.

Three causes at a time, each told by twenty people in their own words over twenty minutes, between fifteen complaints
about anything else. They go through the whole path: heard, read, a case each, the watch of incidents once a minute.
BENCH_DATA names a folder whose airline/val.jsonl has real complaints with a labelled `reason`: then three reasons are
the causes, and the rest is the noise. Beside it, in the same run and on the same cases: near-duplicates only (a case
belongs where it is alike, core/likeness.py, to one that does; from eight by five people on).
"""

import json
import os
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

from sqlmodel import col, select

from bot.clock import HandClock
from bot.core.incidents import LEAST_ALIKE, LEAST_AUTHORS
from bot.core.likeness import alike, said
from bot.store import incidents, migrate
from bot.store.db import Database
from bot.store.tables import MentionRow, PostRow
from bot.store.tables_incidents import IncidentRow
from tests.flow.crisis import Crisis, crisis
from tests.flow.path import post

MINUTE = timedelta(minutes=1)
EACH, NOISE, OVER = 20, 15, 20  # people a cause, other complaints, minutes
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
BRAND = "Acme Parcels"
TAILS = (
    "this is terrible", "I am so angry", "worst service ever", "and nobody answers", "awful, please fix it",
    "I want my money back", "unacceptable", "third time I complain",
)  # fmt: skip
CAUSES = {
    "payment": (
        ("my card payment", "the payment by card", "paying with my card", "card payments", "my payment"),
        ("failed again", "was declined at checkout", "does not go through", "keeps failing", "is refused"),
    ),
    "tracking": (
        ("the tracking page", "your tracking link", "tracking my parcel", "the parcel tracking", "tracking"),
        ("shows an error", "is down since this morning", "has been down for hours", "gives a blank page", "is broken"),
    ),
    "locker": (
        ("the locker door", "my parcel locker", "locker 12 at the station", "the locker", "your lockers"),
        ("does not open", "won't open with my code", "is stuck", "ate my code and stays shut", "will not open"),
    ),
    "app": (
        ("the app", "your new app", "the android app", "the update of the app", "the app since the update"),
        ("crashes at login", "logs me out and crashes", "crashed again", "keeps crashing", "closes when I log in"),
    ),
    "customs": (
        ("the customs fee", "customs charges", "a customs bill", "the fee for customs", "customs"),
        ("was charged twice", "appeared twice on my bill", "is wrong, I paid already", "billed me two times",
         "charged again after I paid"),
    ),
    "courier": (
        ("the courier", "your courier", "the delivery van", "a courier", "the driver"),
        ("said nobody was home, I was home", "left a card and ran", "never rang the bell", "did not ring, I was home",
         "claims I was not home"),
    ),
}  # fmt: skip
OTHERS = (
    "left my box in the rain, it is ruined", "threw the vase over a fence and broke it", "lost my passport",
    "sends me spam every morning", "hung up on me when I asked for a manager", "will not cancel my subscription",
    "gave my present to the neighbour I hate", "wants a photo of my face, no way", "changed the opening times silently",
    "was rude to my grandmother", "put the wrong name on my invoice", "charges extra for stairs now",
    "delivered an empty carton", "smells of smoke, the whole parcel", "has a chat robot that understands nothing",
    "dropped my piano", "needs six weeks for a claim form", "blocked the road with two vans",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """One complaint of a stream: when, in whose words, and its cause, "" if it is about anything else."""

    minute: float
    text: str
    cause: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was put together: its members' numbers in the stream, and when it was proposed, in minutes."""

    members: frozenset[int]
    minute: float


def written(causes: Sequence[str], seed: int) -> list[Heard]:
    """A stream of our own texts."""
    chance = random.Random(seed)
    made = []
    for cause in causes:
        ways = list(product(*CAUSES[cause], TAILS))
        chance.shuffle(ways)
        made += [Heard(chance.uniform(0, OVER), f"{BRAND}: {a} {b}, {tail}", cause) for a, b, tail in ways[:EACH]]
    others = chance.sample(OTHERS, NOISE)
    made += [Heard(chance.uniform(0, OVER), f"{BRAND} {text}, {chance.choice(TAILS)}", "") for text in others]
    return sorted(made, key=lambda one: (one.minute, one.text))


def real(file: Path, causes: Sequence[str], seed: int) -> list[Heard]:
    """A stream of real complaints: so many of each labelled reason, the others of any other reason."""
    chance = random.Random(seed)
    by_reason: dict[str, list[str]] = defaultdict(list)
    with file.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["label"] == "negative" and row["reason"]:
                by_reason[row["reason"]].append(row["text"].replace("@", ""))
    others = [text for reason, texts in sorted(by_reason.items()) if reason not in causes for text in texts]
    chosen = [(cause, text) for cause in causes for text in chance.sample(by_reason[cause], EACH)]
    chosen += [("", text) for text in chance.sample(others, NOISE)]
    made = [Heard(chance.uniform(0, OVER), f"{BRAND} {text}", cause) for cause, text in chosen]
    return sorted(made, key=lambda one: (one.minute, one.text))


def ours(stream: Sequence[Heard]) -> tuple[list[Group], set[int]]:
    """The incidents the product makes of it, and which of the stream became cases."""
    with tempfile.TemporaryDirectory() as home:
        db = Database(f"sqlite:///{home}/earshot.sqlite")
        migrate.upgrade(db)
        clock = HandClock(START)
        with crisis(db, clock, Path(home)) as made:
            _play(made, clock, stream)
            return _read(made)


def _play(made: Crisis, clock: HandClock, stream: Sequence[Heard]) -> None:
    for minute in range(OVER + 3):
        now = clock.now()
        due = [(at, one) for at, one in enumerate(stream) if minute - 1 <= one.minute < minute]
        made.say(*(post(f"s{at}", one.text, now, who=f"s{at}") for at, one in due))
        clock.move(MINUTE)


def _read(made: Crisis) -> tuple[list[Group], set[int]]:
    with made.app.db.read() as session:
        spoke = select(MentionRow.case_id, PostRow.author_id).join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
        numbers = {case: int(author.removeprefix("id-s")) for case, author in session.exec(spoke) if case is not None}
        found = [
            Group(
                frozenset(numbers[case] for case in incidents.member_ids(session, row.id or 0)),
                (row.proposed_at - START) / MINUTE,
            )
            for row in session.exec(select(IncidentRow))
        ]
    return found, set(numbers.values())


def near_duplicates(stream: Sequence[Heard], heard: set[int]) -> list[Group]:
    """The same cases put together by likeness alone, as they come."""
    words = {at: said(stream[at].text, [BRAND]) for at in sorted(heard)}
    groups: list[set[int]] = []
    since: dict[int, float] = {}
    for at, mine in words.items():
        near = [group for group in groups if any(alike(mine, words[other]) for other in group)]
        joined = {at}.union(*near)
        groups = [group for group in groups if group not in near] + [joined]
        if len(joined) >= max(LEAST_ALIKE, LEAST_AUTHORS):
            since.setdefault(min(joined), stream[at].minute)
    return [Group(frozenset(group), since[min(group)]) for group in groups if min(group) in since]


@dataclass(frozen=True, slots=True)
class Score:
    """Of so many complaints of a cause how many were put together, how many strangers with them, the delays in minutes
    from a cause's first complaint, and how many groups there were for how many causes."""

    expected: int
    found: int
    false: int
    delays: tuple[float, ...]
    groups: int
    causes: int


def score(stream: Sequence[Heard], groups: Sequence[Group]) -> Score:
    """A group is of the cause that most of its members have; a cause's members in its groups are found."""
    found, false = 0, 0
    first: dict[str, float] = {}
    for group in groups:
        held = Counter(stream[at].cause for at in group.members)
        cause, many = max(((cause, n) for cause, n in held.items() if cause), key=lambda pair: pair[1], default=("", 0))
        found, false = found + many, false + len(group.members) - many
        if cause:
            first[cause] = min(group.minute, first.get(cause, group.minute))
    causes = sorted({one.cause for one in stream if one.cause})
    delays = [
        first[cause] - min(one.minute for one in stream if one.cause == cause) for cause in causes if cause in first
    ]
    return Score(sum(bool(one.cause) for one in stream), found, false, tuple(delays), len(groups), len(causes))


def streams() -> Iterator[tuple[str, list[Heard]]]:
    """Own words, and real ones where a folder is named."""
    names = list(CAUSES)
    for seed in range(3):
        for causes in (names[:3], names[3:]):
            yield "own words", written(causes, seed)
    file = Path(os.environ.get("BENCH_DATA", "")) / "airline" / "val.jsonl"
    if os.environ.get("BENCH_DATA") and file.exists():
        for seed in range(3):
            yield "real words", real(file, ("Lost Luggage", "Cancelled Flight", "Damaged Luggage"), seed)


def report() -> None:
    """Print found of expected, strangers, delays and groups of both, by kind of stream."""
    told: dict[tuple[str, str], list[Score]] = defaultdict(list)
    heard_of: Counter[str] = Counter()
    began = time.process_time()
    for kind, stream in streams():
        groups, heard = ours(stream)
        heard_of[kind] += sum(bool(stream[at].cause) for at in heard)
        told[kind, "incidents"].append(score(stream, groups))
        told[kind, "near-duplicates only"].append(score(stream, near_duplicates(stream, heard)))
    for (kind, way), scores in told.items():
        delays = sorted(delay for one in scores for delay in one.delays)
        expected, found = sum(one.expected for one in scores), sum(one.found for one in scores)
        middle = f"{delays[len(delays) // 2]:.1f} min (longest {delays[-1]:.1f})" if delays else "none"
        print(
            f"{kind}, {way}: {found} of {expected} found ({heard_of[kind]} of them read as complaints), "
            f"{sum(one.false for one in scores)} strangers; delay to the proposal {middle}; "
            f"{sum(one.groups for one in scores)} groups for {sum(one.causes for one in scores)} causes"
        )
    print(f"{time.process_time() - began:.0f} s of CPU")
