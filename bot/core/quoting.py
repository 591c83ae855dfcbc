"""Where our own words repeat a customer's, and how those are taken out when the customer's words must go."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

RUN = 4  # words in a row that are no accident; fewer are common phrases
TAKEN_OUT = "[…]"
SHORTEST_NAME = 3
# Scripts that part no words are read sign by sign.
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|[^\W_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


def without(text: str, sources: Iterable[str], names: Sequence[str] = ()) -> str:
    """`text` with every run of RUN words that stands in a source, and every name, replaced by TAKEN_OUT.

    A source of two or three words is taken out as a whole. Linear in all texts.
    """
    words = list(_words(text))
    gone = [False] * len(words)
    for length, runs in _runs(sources, names).items():
        for at in range(len(words) - length + 1):
            if tuple(word.text for word in words[at : at + length]) in runs:
                gone[at : at + length] = [True] * length
    return _cut(text, words, gone)


def lost(before: str, after: str) -> list[str]:
    """The runs of RUN words of `before` that `after` no longer has; of two or three words the whole. Linear."""
    old, new = ([word.text for word in _words(text)] for text in (before, after))
    length = min(RUN, len(old))
    if length < 2:
        return []
    there = {tuple(new[at : at + length]) for at in range(len(new) - length + 1)}
    runs = (tuple(old[at : at + length]) for at in range(len(old) - length + 1))
    return [" ".join(run) for run in runs if run not in there]


def _words(text: str) -> Iterator[_Word]:
    for found in _WORD.finditer(text):
        yield _Word(found.group().casefold(), found.start(), found.end())


def _runs(sources: Iterable[str], names: Sequence[str]) -> dict[int, set[tuple[str, ...]]]:
    """Runs of words to look for, by their length."""
    runs: dict[int, set[tuple[str, ...]]] = {}
    for source in sources:
        plain = [word.text for word in _words(source)]
        length = min(RUN, len(plain))
        for at in range(len(plain) - length + 1 if length >= 2 else 0):
            runs.setdefault(length, set()).add(tuple(plain[at : at + length]))
    for name in names:
        plain = [word.text for word in _words(name)]
        if plain and len(name.strip()) >= SHORTEST_NAME:
            runs.setdefault(len(plain), set()).add(tuple(plain))
    return runs


def _cut(text: str, words: list[_Word], gone: list[bool]) -> str:
    kept: list[str] = []
    at, last = 0, -2
    for number, (word, out) in enumerate(zip(words, gone, strict=True)):
        if not out:
            continue
        if last == number - 1:
            at = word.end  # the same run goes on: its signs between go too
        else:
            kept += [text[at : word.start], TAKEN_OUT]
            at = word.end
        last = number
    return "".join([*kept, text[at:]])
