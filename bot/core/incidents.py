"""When complaints become an incident, who belongs to it, when the team hears more, and what a holding answer needs."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from statistics import fmean

from bot.core.folding import words
from bot.core.grams import NOISE, grams_of, says, words_of
from bot.core.likeness import likeness, stem
from bot.core.themes import Theme, shared
from bot.core.week import Said

LIVE = ("proposed", "open")  # takes cases in, and speaks for them
KNOWN = ("proposed", "open", "fixed")  # its cases do not ring by themselves
JOINED = "joined"  # a person said that it is the same as another one, which has its cases
MOVES: Mapping[str, tuple[str, ...]] = {
    "open": ("proposed",),
    "fixed": ("open", "proposed"),
    "dismissed": ("proposed", "open"),
    "closed": ("fixed",),
    "reopened": ("fixed", "closed", "dismissed"),
}
NEXT: Mapping[str, str] = {"proposed": "open", "open": "fixed", "fixed": "closed"}  # the move one expects
WITHIN = timedelta(minutes=30)
LEAST_ALIKE = 8
LEAST_AUTHORS = 5
ABOVE_USUAL = 4.0
MORE_ALIKE = 1.2
LEAST_OTHERS = 8  # of fewer others nobody can say what is usual
MOST_COMPARED = 60
UPDATE_EVERY = timedelta(minutes=10)
QUIET_UPDATE_EVERY = timedelta(minutes=30)
GREW = 1.5
SOON = timedelta(minutes=10)
SUDDEN, TOGETHER = timedelta(minutes=2), timedelta(minutes=5)
BEGAN = 1  # the second one: somebody always complains in such words before it begins
LEAST_PERSONAL = 4  # words of one's own before or after a holding statement
SLOT = "{personal}"
_HANDLE = re.compile(r"[@＠][\w.-]+(?:@[\w.-]+)?")


@dataclass(frozen=True, slots=True)
class Cause:
    """What complaints share: its name in their words, the words that take others in, the posts, and why."""

    name: str
    runs: tuple[str, ...]
    posts: tuple[str, ...]
    authors: int


def cause_of(
    recent: Sequence[Said], before: Sequence[Said], others: Sequence[Said], names: Collection[str], span: timedelta
) -> Cause | None:
    """The one cause that makes complaints of the last half hour many, or None.

    `before` are complaints of the stretch `span` that ended when the half hour began, `others` mentions that complain
    of nothing. A cause is proposed from eight complaints by five people on, and four times what is usual.
    """
    if len(recent) < LEAST_ALIKE:
        return None
    for theme in shared(recent, before, others, names, LEAST_ALIKE):
        usual, mine = (theme.last or 0) * (WITHIN / span), set(theme.posts)
        authors = len({row.author or row.post_id for row in recent if row.post_id in mine})
        many = theme.n >= max(LEAST_ALIKE, ABOVE_USUAL * usual) and authors >= LEAST_AUTHORS
        if many and _hangs_together(theme, recent, names):
            return Cause(theme.name, theme.runs, theme.posts, authors)
    return None


def _hangs_together(theme: Theme, recent: Sequence[Said], names: Collection[str]) -> bool:
    """Whether those who say a run are more alike besides than they are like the others.

    "Third time I complain" gathers people who have that in common and nothing else.
    """
    own = frozenset(stem(word) for name in (*names, theme.core, theme.key) for word in words_of(name))
    mine = set(theme.posts)
    ours = [_besides(row.text, own) for row in recent if row.post_id in mine][:MOST_COMPARED]
    theirs = [_besides(row.text, own) for row in recent if row.post_id not in mine][:MOST_COMPARED]
    if len(theirs) < LEAST_OTHERS:
        return True
    within = fmean(likeness(one, other) for one, other in combinations(ours, 2))
    return within >= MORE_ALIKE * fmean(likeness(one, other) for one in ours for other in theirs)


def _besides(text: str, own: Collection[str]) -> frozenset[str]:
    found = words_of(NOISE.sub(" ", text))
    return frozenset(stem(word) for word in found if says(word) and len(word) > 2 and stem(word) not in own)


def belongs(text: str, runs: Sequence[str]) -> str:
    """The run by which these words belong to an incident, or "". The first run suffices; of the others it takes two.

    A run of two words is also said the other way round, or with a word between: "crashes the app".
    """
    if not runs or not text:
        return ""
    said = grams_of(text)
    has = [run for run in runs if (gram := _gram(run)) and _says(said, gram)]
    if runs[0] in has:
        return runs[0]
    return " and ".join(has[:2]) if len(has) > 1 else ""


def says_one(text: str, ways: Iterable[Sequence[str]]) -> str:
    """The run by which these words belong to an incident that has several sets of runs, or ""."""
    return next((run for runs in ways if (run := belongs(text, runs))), "")


def _says(said: Collection[tuple[str, ...]], gram: tuple[str, ...]) -> bool:
    if gram in said:
        return True
    return len(gram) == 2 and any(len(one) > 1 and {one[0], one[-1]} == set(gram) for one in said)


def _gram(run: str) -> tuple[str, ...]:
    """The folded key of a run: the longest one in it."""
    return max(grams_of(run), key=len, default=())


def one_burst(first: Sequence[datetime], other: Sequence[datetime]) -> bool:
    """Whether two causes began as one: the first of a sudden, its second to eighth complaint within two minutes, and
    the other one within five minutes of it. When people wrote, in order.

    Words cannot tell that "login is broken" and "session expired" are one outage. That two causes that have nothing to
    do with each other both begin within the same minutes happens too, but seldom; so a person may part them.
    """
    if min(len(first), len(other)) < LEAST_ALIKE:
        return False
    sudden = first[LEAST_ALIKE - 1] - first[BEGAN] <= SUDDEN
    return sudden and abs(other[BEGAN] - first[BEGAN]) <= TOGETHER


@dataclass(frozen=True, slots=True)
class Count:
    """An incident as numbers: its cases, of those without an answer, of those late, and when the next one is due."""

    members: int = 0
    owed: int = 0
    late: int = 0
    due_at: datetime | None = None

    @property
    def answered(self) -> int:
        """Cases that have an answer."""
        return self.members - self.owed


@dataclass(frozen=True, slots=True)
class Told:
    """What the last message to the team said, and when."""

    at: datetime | None
    members: int
    late: int


def update_due(now: datetime, told: Told, count: Count) -> bool:
    """Whether the thread hears more: every ten minutes at most while it grows or customers are late, else thirty."""
    if told.at is None:
        return True
    since = now - told.at
    if since < UPDATE_EVERY:
        return False
    if count.due_at is not None and count.due_at - now <= SOON and told.at < count.due_at - SOON:
        return True
    grew, later = count.members >= GREW * told.members, count.late > told.late
    return grew or later or (since >= QUIET_UPDATE_EVERY and count.members != told.members)


def pressing(count: Count, now: datetime) -> bool:
    """Whether somebody of it is late or will be within ten minutes: the room is called."""
    return count.late > 0 or (count.due_at is not None and count.due_at - now <= SOON)


def holding(frame: str, personal: str) -> str:
    """A holding answer: the frame with the personal line in its place ({personal}), or in front of it.

    ValueError says what is missing. The frame never goes out alone.
    """
    own = " ".join(personal.split())
    if len(words(own)) < LEAST_PERSONAL:
        raise ValueError("Write a line of your own first: what happened to this customer, in at least four words.")
    if not frame.strip():
        raise ValueError("There is no holding statement yet. Write one on the incident's page.")
    if set(words(own)) <= set(words(frame)):
        raise ValueError("That line says only what the statement says. Write what is true of this customer.")
    return frame.replace(SLOT, own) if SLOT in frame else f"{own} {frame.strip()}"


def same_line(personal: str, others: Sequence[str]) -> bool:
    """Whether that very line, but for case and marks, was written to somebody else of this incident."""
    mine = tuple(words(personal))
    return any(_within(mine, tuple(words(other))) for other in others)


def _within(mine: tuple[str, ...], text: tuple[str, ...]) -> bool:
    return any(text[at : at + len(mine)] == mine for at in range(len(text) - len(mine) + 1))


def bare_frame(frame: str, text: str) -> bool:
    """Whether an answer is the holding statement and nothing of one's own: fewer than four other words.

    The statement counts as used when its fixed part stands in the answer, but for case, marks and whom it addresses.
    """
    fixed = tuple(words(frame.replace(SLOT, " ")))
    said = tuple(words(_HANDLE.sub(" ", text)))
    if not fixed or not _within(fixed, said):
        return False
    return len(said) - len(fixed) < LEAST_PERSONAL
