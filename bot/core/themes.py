"""What complaints were about, in the customers' own words.

Runs of one to three words are weighed by their log-odds with an informative prior: this week's complaints against last
week's, and against this week's other mentions (B. Monroe, M. Colaresi, K. Quinn, "Fightin' Words", Political Analysis
16 (2008) 372-403, with posts instead of word tokens, so that nobody counts twice). A run that stands out names a theme;
each complaint belongs to one theme at most. A theme is counted by that run, this week and last, and called by a phrase
around it (core/naming.py).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from math import log, sqrt

from bot.core import naming
from bot.core.grams import Gram, bare, clauses, folded, grams_of, runs, says, words_of
from bot.core.likeness import stem
from bot.core.week import Said

LEAST_POSTS = 3
LEAST_AUTHORS = 2
STANDS_OUT = 1.64  # one-sided 5 %
ORDINARY = 0.08  # a run in so many of the other mentions is how people talk here, not what is wrong
SAYS_MORE = {1: 1.0, 2: 2.0, 3: 2.5}  # "voucher page" tells a reader more than "page"
SAYS_THE_CAUSE = {1: 1.0, 2: 1.3, 3: 1.5}  # of a cause the word that all say counts, less the phrase that some say
PRIOR = 10.0
MOST_SHARED = 12
MOST_CANDIDATES = 400
SAME = 0.6
STAYS = 2.5  # what was a theme before is one again before another that says about as much
UNNAMED = 0.25  # a lone word around which no phrase is common gathers what has little to do with each other
LEAST_ALONE = 5  # posts of a lone word: three that say "trick" tell nobody what to do
ALSO = 0.1
QUOTE_LENGTH = 90
LONGEST_QUOTE = 160

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
    """What several complaints share. `last` counts last week's complaints in the same way, None if unheard of.

    `key` is the run it is counted by, in folded words: a complaint that says the keys of several themes is of the one
    with the lowest `place`. `core` is the longest run around it that most of its posts share. `odds` is the z-score of
    the log-odds that made it stand out; `platform` is where most were posted, "" if nowhere. `also` are up to three
    other runs that come with it (`said` is the key as most write it): "hours" comes with "hold" and "phone". `topic` is
    the brand's own topic that most of its posts are in; it then lends its name. `unlike` of its posts say the key only.
    """

    name: str
    posts: tuple[str, ...]
    last: int | None
    odds: float
    platform: str
    quotes: tuple[Quote, ...]
    also: tuple[str, ...] = ()
    key: str = ""
    core: str = ""
    place: int = 0
    said: str = ""
    topic: str = ""
    unlike: int = 0

    @property
    def runs(self) -> tuple[str, ...]:
        """By what other posts belong to it: its core suffices, of those that come with it two are needed."""
        return (self.core or self.name, *self.also)

    @property
    def beside(self) -> tuple[str, ...]:
        """Of what comes with it, what its name does not say already, each word once; a phrase speaks for itself."""
        if " " in self.name:
            return ()
        told = {stem(word) for word in self.name.split()}
        found: list[str] = []
        for run in self.also:
            fresh = {stem(word) for word in run.split()}
            if not fresh & told:
                found.append(run)
                told |= fresh
        return tuple(found)

    @property
    def counted_by(self) -> str:
        """The word it is counted by where its name says more: "call" of "call back"; "" where it says no more."""
        counted = self.key.split()
        more = [word for word in self.name.split() if says(word) and not {folded(word), bare(word)} & set(counted)]
        return self.said if more or self.unlike else ""

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
    `not_words` (the brand's names) never make a theme. `known` are the marks (`marks_of`) of themes of weeks before:
    what was a theme stays one, under the name it had, unless another says clearly more. What no phrase names is worth
    less.
    """
    table, last = _table(complaints, before, others, not_words, known)
    chosen = _chosen(table, most)
    lasts = _in_turn([last[gram] for gram, _posts in chosen]) if before is not None else [None] * len(chosen)
    found: list[Theme] = []
    for at, (gram, posts) in enumerate(chosen):
        given = {naming.mark_of(theme.name) for theme in found}
        found.append(_theme(table, gram, posts, given, lasts[at], at))
    return tuple(sorted(found, key=lambda theme: (-theme.n, theme.key)))


def by_topic(found: Sequence[Theme], topics: Mapping[str, str]) -> tuple[Theme, ...]:
    """Themes of which more than half the posts are in one topic of the brand are called as that is, week after week.

    `topics` are the names of posts' topics. The largest theme takes a name first; no two themes have one name.
    """
    given = {theme.name.casefold() for theme in found}
    named: list[Theme] = []
    for theme in found:
        counted = Counter(topics[post] for post in theme.posts if topics.get(post))
        name, most = counted.most_common(1)[0] if counted else ("", 0)
        free = name.casefold() == theme.name.casefold() or name.casefold() not in given
        if most * 2 > theme.n and free:
            given.add(name.casefold())
            theme = replace(theme, name=name, topic=name)
        named.append(theme)
    return tuple(named)


def shared(
    complaints: Sequence[Said], before: Sequence[Said], others: Sequence[Said], not_words: Collection[str], least: int
) -> tuple[Theme, ...]:
    """Runs that stand out in at least so many complaints, each with all that say it: what most say first.

    Here nothing is divided: "locker", "locker door" and "parcel locker" may be three of them, of much the same posts.
    """
    table, last = _table(complaints, before, others, not_words, ())
    many = {gram: posts for gram, posts in table.holders.items() if len(posts) >= least}
    worth = {gram: len(many[gram]) * min(table.odds[gram], 4.0) * SAYS_THE_CAUSE[len(gram)] for gram in many}
    best = sorted((gram for gram in many if table.odds[gram] >= STANDS_OUT), key=lambda gram: (worth[gram], gram))
    return tuple(
        _theme(table, gram, sorted(many[gram]), (), len(last[gram]), 0) for gram in best[: -MOST_SHARED - 1 : -1]
    )


def _table(
    complaints: Sequence[Said], before: Sequence[Said] | None, others: Sequence[Said], not_words: Collection[str],
    known: Sequence[str],
) -> "tuple[_Table, defaultdict[Gram, set[int]]]":  # fmt: skip
    """What complaints say and how far each run stands out; and which of those before hold it."""
    dropped = frozenset(folded(word) for name in not_words for word in words_of(name))
    now = {row.post_id: row for row in complaints}
    grams = {post: grams_of(row.text, dropped) for post, row in now.items()}
    holders = _holders(grams, now)
    last, rest = _holding(before or (), dropped, holders), _counted(others, dropped, holders)
    usual = max(LEAST_POSTS, ORDINARY * len(others))
    holders = {gram: posts for gram, posts in holders.items() if rest[gram] < usual and "".join(gram) not in dropped}
    counts = {gram: len(posts) for gram, posts in holders.items()}
    earlier = Counter({gram: len(last[gram]) for gram in counts})
    odds = _odds(counts, len(now), [(earlier, len(before or ())), (rest, len(others))])
    return _Table(now, grams, holders, odds, frozenset(known), dropped), last


class _Table:
    """A week's complaints and what they say, and each post's runs and each run's name once they are asked for."""

    def __init__(
        self,
        rows: Mapping[str, Said],
        grams: Mapping[str, Mapping[Gram, str]],
        holders: Mapping[Gram, set[str]],
        odds: Mapping[Gram, float],
        known: frozenset[str],
        dropped: Collection[str],
    ) -> None:
        self.rows, self.grams, self.holders, self.odds, self.known = rows, grams, holders, odds, known
        self._dropped = dropped
        self._spoken: dict[str, naming.Spoken] = {}
        single = sorted((z, gram[0]) for gram, z in odds.items() if len(gram) == 1)
        self._single = {word: z for z, word in single} | {naming.denied(word): z for z, word in single}

    def name(self, gram: Gram, posts: Iterable[str], given: Collection[str] = ()) -> str:
        """What the theme of these posts is called; "" if no phrase around this run speaks for them."""
        shared = {word: self.odds[gram] / len(gram) for word in gram}
        return naming.phrase(gram, [self._of(post) for post in sorted(posts)], shared | self._single, self.known, given)

    def unlike(self, name: str, posts: Collection[str]) -> int:
        """How many of these posts do not say this name."""
        return len(posts) - naming.saying(name, map(self._of, posts))

    def _of(self, post: str) -> naming.Spoken:
        if post not in self._spoken:
            row = self.rows[post]
            self._spoken[post] = naming.Spoken(row.author or post, naming.runs_in(clauses(row.text, self._dropped)))
        return self._spoken[post]


def _in_turn(holders: Iterable[set[int]]) -> list[int | None]:
    """How many each takes of what those before it left."""
    taken: set[int] = set()
    counts: list[int | None] = []
    for mine in holders:
        counts.append(len(mine - taken))
        taken |= mine
    return counts


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
        found.update({gram for gram, _words, _at in runs(row.text, dropped) if gram in wanted})
    return found


def _holding(rows: Sequence[Said], dropped: Collection[str], wanted: Collection[Gram]) -> defaultdict[Gram, set[int]]:
    """Which of these posts hold each wanted run."""
    found: defaultdict[Gram, set[int]] = defaultdict(set)
    for at, row in enumerate(rows):
        for gram, _words, _at in runs(row.text, dropped):
            if gram in wanted:
                found[gram].add(at)
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


def _chosen(table: _Table, most: int) -> list[tuple[Gram, list[str]]]:
    """The runs that together explain most, each with the posts no earlier one took."""
    unnamed: dict[Gram, float] = {}

    def worth(gram: Gram, posts: Collection[str]) -> tuple[float, int, Gram]:
        stays = STAYS if _mark(gram) in table.known and gram not in unnamed else 1.0
        says = min(table.odds[gram], 4.0) * SAYS_MORE[len(gram)] * unnamed.get(gram, 1.0)
        return stays * len(posts) * says, len(gram), gram

    left = {gram: set(posts) for gram, posts in table.holders.items() if table.odds[gram] >= STANDS_OUT}
    front = sorted(left, key=lambda gram: worth(gram, left[gram]), reverse=True)[:MOST_CANDIDATES]
    left = {gram: left[gram] for gram in front}
    chosen: list[tuple[Gram, list[str]]] = []
    while left and len(chosen) < most:
        best = max(left, key=lambda gram: worth(gram, left[gram]))
        taken = left[best]
        if len(best) == 1 and best not in unnamed and not table.name(best, taken):
            unnamed[best] = UNNAMED
            if len(taken) < LEAST_ALONE:
                del left[best]
            continue
        chosen.append((best, sorted(taken)))
        left = {gram: rest for gram, posts in left.items() if _enough(rest := posts - taken, table.rows)}
    return chosen


def marks_of(theme: Theme) -> tuple[str, ...]:
    """What is kept of a theme to know it again: no words, for its customers may ask to be forgotten."""
    return _mark(tuple(theme.key.split())), naming.mark_of(theme.name), naming.way_of(theme.name)


def _mark(gram: Gram) -> str:
    return sha256(" ".join(gram).encode("utf-8", "replace")).hexdigest()[:16]


def _core(gram: Gram, taken: Collection[str], holders: Mapping[Gram, set[str]]) -> Gram:
    """The longest run around `gram` that most of its posts share: "voucher page" says more than "voucher"."""
    mine = set(taken)
    longer = [one for one in holders if len(one) > len(gram) and set(gram) <= set(one)]
    shared = [one for one in longer if len(holders[one] & mine) >= SAME * len(mine)]
    return max(shared, key=lambda one: (len(one), len(holders[one] & mine), one), default=gram)


def _theme(table: _Table, gram: Gram, posts: list[str], given: Collection[str], last: int | None, place: int) -> Theme:
    rows, grams = table.rows, table.grams
    told = sorted((rows[post] for post in posts), key=lambda row: (row.at, row.post_id))
    core = _core(gram, posts, table.holders)
    written, said = (_written(run, posts, grams) for run in (core, gram))
    phrase = table.name(gram, posts, given)
    name, unlike = phrase or said, table.unlike(phrase, posts) if phrase else 0
    in_order = tuple(row.post_id for row in told)
    also, quotes = _also(core, in_order, grams, table.holders), _quotes(gram, told, name)
    mostly = _mostly(told, rows)
    z, key = table.odds[gram], " ".join(gram)
    return Theme(name, in_order, last, z, mostly, quotes, also, key, written, place, said, unlike=unlike)


def _written(gram: Gram, posts: Iterable[str], grams: Mapping[str, Mapping[Gram, str]]) -> str:
    """A run as most of these posts write it."""
    said = Counter(grams[post][gram] for post in posts if gram in grams[post])
    return max(said, key=lambda words: (said[words], words))


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


def _quotes(gram: Gram, rows: Iterable[Said], name: str, most: int = 2) -> tuple[Quote, ...]:
    """Two quotes by different people: in anger first, then in words of the name, then as long as a spoken sentence."""

    def order(row: Said) -> tuple[bool, bool, int, str]:
        says = name in " ".join(words_of(row.text))
        return row.sentiment != "negative", not says, _off(row.text), row.post_id

    quotes: dict[str, Quote] = {}
    for row in sorted(rows, key=order):
        one = Quote(row.post_id, _cut(row.text, gram), row.platform, row.at)
        if len(quotes) < most and one.text and one.text not in {other.text for other in quotes.values()}:
            quotes.setdefault(row.author or row.post_id, one)
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
