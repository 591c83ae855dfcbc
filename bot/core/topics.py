"""Topics of a brand's posts: found once, then kept. A post is put to the topic whose words it shares; new topics are
only looked for among what fits none.

A topic is a handful of stemmed words with weights, each said by several people, and a name in customers' own words.
How posts are grouped is readers/grouping.py's; here is what a group is worth, what it is called, and who belongs to it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log, sqrt

from bot.core.display import one_line
from bot.core.grams import Gram, clauses, grams_of, words_of
from bot.core.likeness import Subjects, stem, words_in
from bot.core.naming import Spoken, phrase, runs_in
from bot.core.themes import SAYS_MORE

LEAST_POSTS = 6
LEAST_PEOPLE = 3
MOST_WORDS = 24
MOST_NAME = 60
FITS = 0.25
"""The share of its own likeness a post must have in common with a topic; how it was chosen: docs/judging.md."""

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Told:
    """One post as topics see it: its row's id, its author, its subject words, and the text itself for names."""

    id: int
    author: str
    words: Subjects
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """A topic about to be: its posts, its name, its words by weight (squares sum to one) and as people write them."""

    posts: tuple[int, ...]
    name: str
    words: Weights
    written: Mapping[str, str] = field(default_factory=dict)


def best(words: Subjects, topics: Mapping[int, Weights]) -> int:
    """The topic these words fit best, 0 if none; the older of equals."""
    if not words or not topics:
        return 0
    size = sqrt(len(words))
    score, topic = max((sum(weights.get(word, 0.0) for word in words) / size, -key) for key, weights in topics.items())
    return -topic if score >= FITS else 0


def group(mine: Sequence[Told], others: Sequence[Told], dropped: Collection[str] = ()) -> Group | None:
    """A group of posts as a topic; None where too few people share too little. `dropped` are the brand's own names."""
    weights = profile(mine, others)
    fitting = [post for post in mine if weights and best(post.words, {1: weights})]
    if len(fitting) < LEAST_POSTS or len({post.author for post in fitting}) < LEAST_PEOPLE:
        return None
    called = name(fitting, others, dropped)
    written = _written(fitting, weights)
    return Group(tuple(post.id for post in fitting), called, weights, written) if called else None


def made(mine: Sequence[Told], others: Sequence[Told], called: str) -> Group | None:
    """These posts as a topic of this name, because a person wants it; None where no three people share a word."""
    weights = profile(mine, others)
    return Group(tuple(post.id for post in mine), called, weights, _written(mine, weights)) if weights else None


def profile(mine: Sequence[Told], others: Sequence[Told]) -> Weights:
    """The words that set a group apart, each said by several people, by weight."""
    here, there = _people(mine), _people(others)
    weighed: dict[str, float] = {}
    for word, people in here.items():
        inside, outside = len(people), len(there.get(word, ()))
        if inside >= LEAST_PEOPLE:
            share = (inside / (len(mine) + 1)) ** 0.5
            weighed[word] = share * max(0.0, _odds(inside, len(mine)) - _odds(outside, len(others)))
    top = sorted(weighed.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_WORDS]
    length = sqrt(sum(weight * weight for _, weight in top))
    return {word: round(weight / length, 4) for word, weight in top if weight > 0} if length else {}


def name(mine: Sequence[Told], others: Sequence[Told], dropped: Collection[str] = ()) -> str:
    """What customers call it: the phrase that speaks for most of its posts and sets it apart (core/naming.py), as they
    write it; where no phrase does, the run of words that most share and few others use."""
    own = frozenset(word for one in dropped for word in words_of(one))
    people: dict[Gram, set[str]] = defaultdict(set)
    written: dict[Gram, Counter[str]] = defaultdict(Counter)
    for post in mine:
        for gram, words in grams_of(post.text, own).items():
            people[gram].add(post.author)
            written[gram][words] += 1
    outside = Counter(gram for post in others for gram in grams_of(post.text, own) if gram in people)
    apart = {
        gram: max(0.0, _odds(len(who), len(mine)) - _odds(outside[gram], len(others)))
        for gram, who in people.items()
        if len(who) >= LEAST_PEOPLE
    }
    said = [Spoken(post.author, runs_in(clauses(post.text, own))) for post in mine]
    single = {gram[0]: odds for gram, odds in apart.items() if len(gram) == 1}
    if called := phrase((), said, single, people=LEAST_PEOPLE):
        return one_line(called, MOST_NAME)
    worth = {gram: len(people[gram]) * SAYS_MORE[len(gram)] * odds for gram, odds in apart.items()}
    best = max(worth, key=lambda gram: (worth[gram], gram), default=None)
    if best is None or worth[best] <= 0:
        return ""
    return one_line(written[best].most_common(1)[0][0], MOST_NAME)


def _written(posts: Sequence[Told], words: Collection[str]) -> dict[str, str]:
    """Stemmed words as most of these posts write them."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for post in posts:
        for word in words_in(post.text):
            if (short := stem(word)) in words:
                found[short][word] += 1
    return {short: counted.most_common(1)[0][0] for short, counted in found.items()}


def distinct(names: Iterable[str], wanted: str) -> str:
    """A name no other topic has: the wanted one, or the same with a number."""
    taken = {one.casefold() for one in names}
    tries = [wanted, *(f"{wanted} ({number})" for number in range(2, 100))]
    return next((one for one in tries if one.casefold() not in taken), wanted)


def _people(posts: Sequence[Told]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for post in posts:
        for word in post.words:
            found[word].add(post.author)
    return found


def _odds(hits: int, of: int) -> float:
    share = (hits + 0.5) / (of + 1.0)
    return log(share / (1 - min(share, 0.999)))
