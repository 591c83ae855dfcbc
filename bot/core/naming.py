"""What a theme is called: a short phrase of its own posts, as customers write it. Pure.

The rule. Candidates are two to four words that stand together in a clause of three of the theme's posts by two people
at least, hold the word the theme is counted by, and begin and end in a word that says something ("no answer", "on hold
for hours"; not "hold and the"). Two are the same if the words that say something are the same: "cancelled flight" and
"flight was cancelled", "won't play", "doesn't play" and "not playing". Worth is coverage (the share of the theme's
posts) times specificity (how far its words stand out among the week's complaints, added up). A name of the weeks before
is worth half as much again, so that two that are near do not change places every Monday; what is worth the same goes by
fewer words, then by the alphabet. Below LEAST_COVERAGE no phrase speaks for the theme.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

from bot.core.grams import NO, NOT, UNITS, Gram, bare, folded, says

Said = Mapping[Gram, Sequence[str]]

LEAST_POSTS = 3
LEAST_AUTHORS = 2
LEAST_COVERAGE = 0.15
LEAST_WRITTEN = 2  # posts that write it exactly as it will be shown
EVENNESS = 0.6
"""Coverage counts by this power: a phrase half as common may be the name if it says one and a half times as much."""

STAYS = 1.5
MOST_ODDS = 4.0
SAYS_HOW_LONG = 1.0
SAYS_NOT = 1.5
SAYS_WHERE = 0.25  # "on hold" is how people say it, "hold" is half of it
A_PLACE = 0.2  # of so many of its posts with a word in between
LONGEST = 4
SPELT = {"hr": "hour", "hrs": "hours", "mins": "minutes"}
REACH = 6  # words in a row that are looked at for those that say something
MOST_READ = 400  # posts of one theme; of more, evenly chosen ones

LEADS = frozenset(("on", "over", "out", "under", "off", "too", "still"))
TAILS = frozenset(("up", "off", "out", "back", "down"))


@dataclass(frozen=True, slots=True)
class Spoken:
    """A post as names see it: by whom, and its runs as `runs_in` finds them."""

    author: str
    runs: Said


def phrase(
    key: Gram,
    posts: Sequence[Spoken],
    odds: Mapping[str, float],
    known: Collection[str] = (),
    given: Collection[str] = (),
    people: int = LEAST_AUTHORS,
) -> str:
    """The best phrase around `key` in these posts, as most of them write it; "" if none speaks for them.

    `odds` is how far single folded words stand out, and under `denied` those behind a "not"; `known` are marks
    (`mark_of`) of names of weeks before, `given` marks of names that are given already. `people`: how many must say it.
    """
    posts = posts[:: -(-len(posts) // MOST_READ) or 1]
    told, written = _told(_needed(key), posts)
    shown = {run: _shown(written[run], known) for run, who in told.items() if _enough(who, posts, people)}
    enough = {run: len(told[run]) for run, way in shown.items() if way and _mark(run) not in given}
    enough = {run: n for run, n in enough.items() if any(_odds(word, run, odds) > 0 for word in run)}
    enough = {run: n for run, n in enough.items() if not _says_where_only(run, written[run])}

    def worth(run: Gram) -> tuple[float, int, Gram]:
        says = sum(_says(word, _odds(word, run, odds)) for word in run) * (STAYS if _mark(run) in known else 1.0)
        return round(says * (enough[run] / len(posts)) ** EVENNESS, 6), -len(run), run

    best = max(enough, key=worth, default=None)
    return shown[best] if best is not None else ""


def saying(name: str, posts: Iterable[Spoken]) -> int:
    """How many of these posts say this name, in whichever way it is written."""
    run = _counted(name.split())
    return sum(run in post.runs for post in posts)


def denied(word: str) -> str:
    """The key of a word behind a "not" among the odds."""
    return f"{NO} {bare(word)}"


def mark_of(name: str) -> str:
    """What is kept of a name to know it again: no words, for its customers may ask to be forgotten."""
    return _mark(_counted(name.split()))


def way_of(name: str) -> str:
    """The same of the very words: of the ways to write it ("can't play", "won't play") a name keeps the one it had."""
    return _hash("way", name)


def _mark(run: Gram) -> str:
    return _hash("name", *run)


def _hash(*words: str) -> str:
    return sha256(" ".join(words).encode("utf-8", "replace")).hexdigest()[:16]


def runs_in(clauses: Sequence[Sequence[str]]) -> Said:
    """Every run of a post that may be a name, by the words that say something in it, with the ways it is written.

    `clauses` are lists of words in small letters.
    """
    found: dict[Gram, list[str]] = defaultdict(list)
    for clause in clauses:
        for words in _within(clause):
            counted = _counted(words)
            if 2 <= len(counted) <= LONGEST:
                found[counted].append(_way(words))
    return found


def _within(clause: Sequence[str]) -> Iterator[Sequence[str]]:
    for start, first in enumerate(clause):
        if says(first) or first in LEADS or first in NOT:
            for end in range(start + 2, min(len(clause), start + REACH) + 1):
                last, after = clause[end - 1], clause[end] if end < len(clause) else ""
                if says(last) or last in TAILS or (last.isdecimal() and after not in UNITS):
                    yield clause[start:end]


def _way(words: Sequence[str]) -> str:
    """How it is written, "on hold for 2 hrs" as "on hold for hours": the number is one customer's. "" if too long."""
    shown = [
        _spelt(word, before.isdecimal())
        for before, word, after in zip(("", *words), words, (*words[1:], ""), strict=False)
        if not (word.isdecimal() and after in UNITS)
    ]
    return " ".join(shown) if 2 <= len(shown) <= LONGEST else ""


def _spelt(word: str, counted: bool) -> str:
    spelt = SPELT.get(word, word)
    return f"{spelt}s" if counted and spelt in ("hour", "minute") else spelt


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each word with the one after it, "" at the end."""
    return zip(words, chain(words[1:], ("",)), strict=False)


def _counted(words: Sequence[str]) -> Gram:
    """A run as it is counted: its words that say something, each once, folded, in the order of the alphabet."""
    found: set[str] = set()
    for word, after in _pairs(words):
        if word in NOT:
            found.add(NO)
        elif says(word) or word in LEADS or word in TAILS or (word.isdecimal() and after not in UNITS):
            found.add(UNITS.get(word) or (bare(word) if NO in found else folded(word)))
    return tuple(sorted(found))


def _needed(key: Gram) -> frozenset[str]:
    """Of the words a theme is counted by, those its name must hold."""
    return frozenset(_counted(key))


def _told(needed: frozenset[str], posts: Sequence[Spoken]) -> tuple[dict[Gram, list[str]], dict[Gram, Counter[str]]]:
    """Who says each candidate, an entry a post, and in how many posts it is written in which way."""
    told: dict[Gram, list[str]] = defaultdict(list)
    written: dict[Gram, Counter[str]] = defaultdict(Counter)
    denied = frozenset(map(bare, needed))  # counted by "loading", it may be called "not loading"
    for post in posts:
        for run, ways in post.runs.items():
            if needed.issubset(run) or (NO in run and denied.issubset(run)):
                told[run].append(post.author)
                written[run].update(set(filter(None, ways)))
    return told, written


def _says_where_only(run: Gram, written: Mapping[str, int]) -> bool:
    """ "on my phone", "on the plane": where somebody was, not what went wrong. "on hold" has nothing in between."""
    if len(run) != 2 or not LEADS & set(run):
        return False
    between = sum(posts for way, posts in written.items() if way.count(" ") > 1)
    return between >= A_PLACE * sum(written.values())


def _enough(authors: Sequence[str], posts: Sequence[Spoken], people: int) -> bool:
    least = max(LEAST_POSTS, LEAST_COVERAGE * len(posts))
    return len(authors) >= least and len(set(authors)) >= people


def _shown(written: Counter[str], known: Collection[str]) -> str:
    """The way it was written before, else the way most posts do, the shorter of equals; "" where hardly two agree."""
    often = [way for way, posts in written.items() if posts >= LEAST_WRITTEN or way_of(way) in known]
    return max(often, key=lambda way: (way_of(way) in known, written[way], -len(way), way), default="")


def _odds(word: str, run: Gram, odds: Mapping[str, float]) -> float:
    found = odds.get(word, 0.0)
    return max(found, odds.get(denied(word), 0.0)) if NO in run else found


def _says(word: str, odds: float) -> float:
    if word == NO:
        return SAYS_NOT
    if word in LEADS or word in TAILS:
        return SAYS_WHERE
    return SAYS_HOW_LONG if word in UNITS.values() else min(MOST_ODDS, max(0.0, odds))
