"""What complaints were about, in the customers' own words.

Runs of one to three words are weighed by their log-odds with an informative prior: this week's complaints against last
week's, and against this week's other mentions (B. Monroe, M. Colaresi, K. Quinn, "Fightin' Words", Political Analysis
16 (2008) 372-403, with posts instead of word tokens, so that nobody counts twice). A run that stands out names a theme;
each complaint belongs to one theme at most.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from math import log, sqrt

from bot.core.stopwords import STOP
from bot.core.week import Said

Gram = tuple[str, ...]

LEAST_POSTS = 3
LEAST_AUTHORS = 2
STANDS_OUT = 1.64  # one-sided 5 %
ORDINARY = 0.08  # a run in so many of the other mentions is how people talk here, not what is wrong
SAYS_MORE = {1: 1.0, 2: 2.0, 3: 2.5}  # "voucher page" tells a reader more than "page"
PRIOR = 10.0
LONGEST_GRAM = 3
MOST_CHARACTERS = 2_000
MOST_CANDIDATES = 400
SAME = 0.6
ALSO = 0.1
QUOTE_LENGTH = 90
LONGEST_QUOTE = 160

NOISE = re.compile(r"https?://\S+|www\.\S+|[@＠]\w+|&\w+;|\bRT\b")
CLAUSE = re.compile(r"[.,;:!?…()\[\]\"“”«»\n\r|/—–]+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Quote:
    """A customer's words, as they wrote them (cut with …), and where."""

    post_id: str
    text: str
    platform: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Theme:
    """What several complaints share. `last` counts last week's complaints with the same words, None if unheard of.

    `odds` is the z-score of the log-odds that made it stand out; `platform` is where most were posted, "" if nowhere.
    `also` are up to three other runs that come with it: "hours" comes with "hold" and "phone".
    """

    name: str
    posts: tuple[str, ...]
    last: int | None
    odds: float
    platform: str
    quotes: tuple[Quote, ...]
    also: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """How many complaints."""
        return len(self.posts)


def themes(
    complaints: Sequence[Said],
    before: Sequence[Said] | None = None,
    others: Sequence[Said] = (),
    not_words: Collection[str] = (),
    most: int = 5,
    known: Sequence[str] = (),
) -> tuple[Theme, ...]:
    """The week's themes, largest first.

    `complaints` are this week's, `before` last week's (None: not listened to), `others` this week's other mentions.
    `not_words` (the brand's names) never make a theme. `known` are the marks (`mark_of`) of names of weeks before,
    newest first: a theme most of whose posts hold one of them keeps that name.
    """
    dropped = frozenset(_folded(word) for name in not_words for word in words_of(name))
    now = {row.post_id: row for row in complaints}
    grams = {post: grams_of(row.text, dropped) for post, row in now.items()}
    holders = _holders(grams, now)
    last, rest = _counted(before or (), dropped, holders), _counted(others, dropped, holders)
    usual = max(LEAST_POSTS, ORDINARY * len(others))
    holders = {gram: posts for gram, posts in holders.items() if rest[gram] < usual}
    counts = {gram: len(posts) for gram, posts in holders.items()}
    odds = _odds(counts, len(now), [(last, len(before or ())), (rest, len(others))])
    return tuple(
        _theme(gram, posts, now, grams, holders, last[gram] if before is not None else None, odds[gram])
        for gram, posts in _called(_chosen(holders, odds, now, most), grams, known, holders)
    )


def words_of(text: str) -> list[str]:
    """The words of a text, folded: compatibility forms and case."""
    text = text[:MOST_CHARACTERS]
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _WORD.findall(plain.casefold().replace("’", "'"))


def grams_of(text: str, dropped: Collection[str] = ()) -> dict[Gram, str]:
    """Runs of one to three words within a clause that do not start or end in a word that says nothing.

    Keys are folded so that "bag" and "bags" are one; values are the words as written.
    """
    found: dict[Gram, str] = {}
    for gram, words, at in _runs(text, dropped):
        if gram not in found:
            found[gram] = " ".join(words[at : at + len(gram)])
    return found


def _runs(text: str, dropped: Collection[str]) -> Iterator[tuple[Gram, list[str], int]]:
    """Each run with its clause's words and its place in them. In a busy week this is most of the work."""
    for clause in CLAUSE.split(NOISE.sub("\n", text[:MOST_CHARACTERS])):
        words = words_of(clause)
        known = [_word(word) for word in words]
        for at, (first, empty, alone) in enumerate(known):
            if empty or first in dropped:
                continue
            if alone:
                yield (first,), words, at
            run: Gram = (first,)
            for word, says_nothing, _ in known[at + 1 : at + LONGEST_GRAM]:
                if word in dropped:
                    break
                run = (*run, word)
                if not says_nothing or word.isdecimal():  # "gate 14", "version 2": which one says much
                    yield run, words, at


@lru_cache(maxsize=65_536)
def _word(word: str) -> tuple[str, bool, bool]:
    """A word as it is counted, whether it says nothing, and whether it says something alone."""
    says_nothing = word in STOP or word.isdecimal() or (len(word) == 1 and word.isascii())
    return _folded(word), says_nothing, len(word) > 2 or not word.isascii()


def _folded(word: str) -> str:
    """Without the plural's s, where it is likely one; only for counting, never shown."""
    plural = word.isascii() and len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plural else word


def _holders(grams: Mapping[str, Mapping[Gram, str]], rows: Mapping[str, Said]) -> dict[Gram, set[str]]:
    """Which posts hold a run; only runs of enough posts by enough people."""
    found: dict[Gram, set[str]] = defaultdict(set)
    for post, held in grams.items():
        for gram in held:
            found[gram].add(post)
    return {gram: posts for gram, posts in found.items() if _enough(posts, rows)}


def _counted(rows: Iterable[Said], dropped: Collection[str], wanted: Collection[Gram]) -> Counter[Gram]:
    """In how many of these posts each wanted run is."""
    found: Counter[Gram] = Counter()
    for row in rows:
        found.update({gram for gram, _words, _at in _runs(row.text, dropped) if gram in wanted})
    return found


def _enough(posts: Collection[str], rows: Mapping[str, Said]) -> bool:
    if len(posts) < LEAST_POSTS:
        return False
    return len({rows[post].author or post for post in posts}) >= LEAST_AUTHORS


def _odds(now: Mapping[Gram, int], n: int, grounds: Sequence[tuple[Counter[Gram], int]]) -> dict[Gram, float]:
    """Each run's highest z-score against grounds of ten posts or more; with no such ground, all stand out alike."""
    usable = [(counts, size) for counts, size in grounds if size >= PRIOR]
    if not usable:
        return dict.fromkeys(now, STANDS_OUT)
    return {gram: max(_z(hits, n, counts[gram], size) for counts, size in usable) for gram, hits in now.items()}


def _z(hits: int, n: int, hits_there: int, n_there: int) -> float:
    prior = PRIOR * (hits + hits_there) / (n + n_there) + 0.5
    here, there = hits + prior, hits_there + prior
    delta = log(here / (n + PRIOR + 1 - here)) - log(there / (n_there + PRIOR + 1 - there))
    return delta / sqrt(1 / here + 1 / there)


def _chosen(
    holders: Mapping[Gram, set[str]], odds: Mapping[Gram, float], rows: Mapping[str, Said], most: int
) -> list[tuple[Gram, list[str]]]:
    """The runs that together explain most, each with the posts no earlier one took."""

    def worth(gram: Gram, posts: Collection[str]) -> tuple[float, int, Gram]:
        return len(posts) * min(odds[gram], 4.0) * SAYS_MORE[len(gram)], len(gram), gram

    left = {gram: set(posts) for gram, posts in holders.items() if odds[gram] >= STANDS_OUT}
    front = sorted(left, key=lambda gram: worth(gram, left[gram]), reverse=True)[:MOST_CANDIDATES]
    left = {gram: left[gram] for gram in front}
    chosen: list[tuple[Gram, list[str]]] = []
    while left and len(chosen) < most:
        best = max(left, key=lambda gram: worth(gram, left[gram]))
        taken = left[best]
        name = _best_name(best, taken, holders, left)
        chosen.append((name, sorted(taken)))
        left = {gram: rest for gram, posts in left.items() if _enough(rest := posts - taken, rows)}
    return sorted(chosen, key=lambda theme: (-len(theme[1]), theme[0]))


def _called(
    chosen: Sequence[tuple[Gram, list[str]]],
    grams: Mapping[str, Mapping[Gram, str]],
    known: Sequence[str],
    usable: Collection[Gram],
) -> Iterator[tuple[Gram, list[str]]]:
    """The same, each theme under the name it had before if most of its posts still hold it; a name is given once.

    A run that is not `usable` (two posts hold it, or everybody says it) names nothing, whatever it named before."""
    fresh = {_mark(run) for run, _posts in chosen}
    left = [mark for mark in dict.fromkeys(known) if mark not in fresh]
    for run, posts in chosen:
        was = _held(posts, grams, left, usable) if _mark(run) not in known else None
        if was is not None:
            left.remove(_mark(was))
        yield was or run, posts


def _held(
    posts: Sequence[str], grams: Mapping[str, Mapping[Gram, str]], marks: Sequence[str], usable: Collection[Gram]
) -> Gram | None:
    """The first of these runs that most of the posts hold, and of which each of them has a word."""
    counted = Counter(gram for post in posts for gram in grams[post])
    mostly = {_mark(gram): gram for gram, n in counted.items() if n >= SAME * len(posts) and gram in usable}
    for gram in (mostly[mark] for mark in marks if mark in mostly):
        if all(any(set(gram).intersection(run) for run in grams[post]) for post in posts):
            return gram
    return None


def mark_of(name: str) -> str:
    """What is kept of a theme's name to know it again: no words, for its customers may ask to be forgotten."""
    return _mark(max(grams_of(name), key=len, default=()))


def _mark(gram: Gram) -> str:
    return sha256(" ".join(gram).encode("utf-8", "replace")).hexdigest()[:16]


def _best_name(best: Gram, taken: set[str], holders: Mapping[Gram, set[str]], left: Mapping[Gram, set[str]]) -> Gram:
    """The longest run around `best` that most of its posts share: "voucher page" says more than "voucher"."""
    longer = [gram for gram in left if len(gram) > len(best) and set(best) <= set(gram)]
    shared = [gram for gram in longer if len(holders[gram] & taken) >= SAME * len(taken)]
    return max(shared, key=lambda gram: (len(gram), len(holders[gram] & taken), gram), default=best)


def _theme(
    gram: Gram,
    posts: list[str],
    rows: Mapping[str, Said],
    grams: Mapping[str, Mapping[Gram, str]],
    holders: Mapping[Gram, set[str]],
    last: int | None,
    odds: float,
) -> Theme:
    told = sorted((rows[post] for post in posts), key=lambda row: (row.at, row.post_id))
    said = Counter(grams[post][gram] for post in posts if gram in grams[post])
    name = max(said, key=lambda words: (said[words], words))
    in_order = tuple(row.post_id for row in told)
    also = _also(gram, in_order, grams, holders)
    return Theme(name, in_order, last, odds, _mostly(told, rows), _quotes(gram, told), also)


def _also(
    gram: Gram,
    posts: Sequence[str],
    grams: Mapping[str, Mapping[Gram, str]],
    holders: Mapping[Gram, set[str]],
    most: int = 3,
) -> tuple[str, ...]:
    """Other runs that are clearly more common in these posts than in the other complaints, each word once."""
    least, ours, rest = max(LEAST_POSTS, ALSO * len(posts)), set(posts), len(grams) - len(posts)
    counted = Counter(run for post in posts for run in grams[post])
    odds = {
        run: _z(n, len(posts), len(holders[run] - ours), rest) * SAYS_MORE[len(run)]
        for run, n in counted.items()
        if n >= least and run in holders
    }
    chosen: list[Gram] = [gram]
    for run in sorted(odds, key=lambda run: (-odds[run], run)):
        if len(chosen) <= most and odds[run] >= STANDS_OUT and not any(set(run) & set(other) for other in chosen):
            chosen.append(run)
    said = {run: words for post in posts for run, words in grams[post].items() if run in chosen}
    return tuple(said[run] for run in chosen[1:])


def _mostly(told: Sequence[Said], rows: Mapping[str, Said]) -> str:
    """The platform of more than half of them, unless all complaints are from one."""
    if len({row.platform for row in rows.values()}) < 2:
        return ""
    platform, most = Counter(row.platform for row in told).most_common(1)[0]
    return platform if most * 2 > len(told) else ""


def _quotes(gram: Gram, rows: Iterable[Said], most: int = 2) -> tuple[Quote, ...]:
    """Up to two quotes by different people, in anger first, near the length of a spoken sentence."""
    quotes: dict[str, Quote] = {}
    for row in sorted(rows, key=lambda row: (row.sentiment != "negative", _off(row.text), row.post_id)):
        if len(quotes) < most and row.text.strip():
            quotes.setdefault(row.author or row.post_id, Quote(row.post_id, _cut(row.text, gram), row.platform, row.at))
    return tuple(quotes.values())


def _off(text: str) -> int:
    return abs(len(text) - QUOTE_LENGTH)


def _cut(text: str, gram: Gram) -> str:
    """The whole text if short, else the sentence that holds the run, else its beginning."""
    whole = " ".join(text.split())
    if len(whole) <= LONGEST_QUOTE:
        return whole
    holding = [part for part in _SENTENCE.split(text) if gram in grams_of(part)]
    best = " ".join((holding or [whole])[0].split())
    return best if len(best) <= LONGEST_QUOTE else best[:LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
