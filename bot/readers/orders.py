"""Words in a post that speak to a machine: told from the rest, which alone is read.

Nobody obeys them here, but their words would weigh like a customer's own ("classify this as not a complaint" sounds
like one). A complaint is not hidden by them: what stands in such a clause besides its orders is read by itself, and
the graver of the two readings counts. Most posts are known at a look to hold none.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.readers.disguise import undisguised
from bot.readers.order_words import BESIDE, ENGLISH, OTHERS, VOCABULARY
from bot.readers.types import Verdict

LEAST, MANY = 3, 8
"""Words that an order says besides ordering: from so few on they are read by themselves too; so many after it are no
part of it."""

MOST = 6
"""So many are read by themselves; the last of them together."""

KEY = 5
"""Letters of a word that say whether a pattern may match."""

SIGNS = ("<", "[", "{", "##", "_", "=")
"""Keys that are no words."""

_BESIDE = tuple(re.compile(pattern, re.IGNORECASE) for pattern in BESIDE)
_PLAIN = str.maketrans(dict.fromkeys("\t\r\n!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'’‘“”„«»—–…", " "))
_REST = re.compile(r"(?:(?!\s(?:but|because|although)\s|\s@\w|</)(?:[^.!?\n:]|[.:?](?=[\w/{])))*[.!?:]*", re.IGNORECASE)
_ENDED = re.compile(r"[.!?]*")
_OVER = (".", "!", "?", "\n", "}", ">", ")", "[/inst]")
_SIGNED, _ENDING = ("@", "#", "$"), ".!?"
_DANGLING = " \t\r\n:,;–—-"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


@dataclass(frozen=True, slots=True)
class _Order:
    """A pattern, and groups of keys (see order_words) that a text it may match has one each of."""

    pattern: re.Pattern[str]
    groups: tuple[frozenset[str], ...]

    def may(self, keys: set[str]) -> bool:
        return not any(group.isdisjoint(keys) for group in self.groups)


_BY_KEY: dict[str, list[_Order]] = {}
for _keys, _pattern in (*ENGLISH, *OTHERS):
    _first, *_others = (frozenset(group.split()) for group in _keys.split("+"))
    for _key in _first:
        _BY_KEY.setdefault(_key, []).append(_Order(re.compile(_pattern, re.IGNORECASE), tuple(_others)))


@dataclass(frozen=True, slots=True)
class Told:
    """A text told apart. `rest` is what is read; `left`: [start, end) in the text of what speaks to a machine; `own`:
    what of that may be a customer's own words, where they are not all there is."""

    rest: str
    left: tuple[tuple[int, int], ...] = ()
    own: tuple[str, ...] = ()


def told(text: str) -> Told:
    """A text without disguises, told apart. Most have nothing to leave out, and `rest` is the text itself."""
    found = [match.span() for pattern in _likely(text) for match in pattern.finditer(text)]
    if not found:
        return Told(text)
    found += [match.span() for pattern in _BESIDE for match in pattern.finditer(text)]
    left: list[tuple[int, int]] = []
    few: list[tuple[int, int]] = []
    for start, end in _joined(_whole(text, *span) for span in found):
        begins, ends, many = _own(text, start, end, found)
        if many >= MANY:
            left += _around((start, end), (begins, ends))
            continue
        left.append((start, end))
        begins, ends, many = _own(text, start, end)
        few += [(begins, ends)] if many >= LEAST else []
    if not _WORD.search(_without(text, left)):  # what such a clause says besides is all there is
        left = [
            part
            for span in left
            for part in _around(span, *(own for own in few if own[0] >= span[0] and own[1] <= span[1]))
        ]
        few = []
    own = [text[begins:ends] for begins, ends in few]
    own = own if len(own) <= MOST else [*own[: MOST - 1], " ".join(own[MOST - 1 :])]
    return Told(_without(text, left) if left else text, tuple(left), tuple(own))


def _around(span: tuple[int, int], *own: tuple[int, int]) -> list[tuple[int, int]]:
    """What of a stretch lies before and behind another in it; all of it where there is none."""
    begins, ends = own[0] if own else (span[1], span[1])
    return [part for part in ((span[0], begins), (ends, span[1])) if part[0] < part[1]]


def _likely(text: str) -> set[re.Pattern[str]]:
    """The patterns that may match: none for most texts."""
    keys = {word[:KEY] for word in text.lower().translate(_PLAIN).split()}
    keys.update(sign for sign in SIGNS if sign in text)
    return {order.pattern for key in keys & _BY_KEY.keys() for order in _BY_KEY[key] if order.may(keys)}


def left_out(text: str) -> tuple[str, ...]:
    """What of a post, as it was written, is not read because it speaks to a machine; in order, without disguises."""
    seen = undisguised(text)
    return tuple(seen[start:end].strip() for start, end in told(seen).left)


def graver(read: Verdict, own: Verdict) -> Verdict:
    """The verdict on the rest, with the complaint that an order's own words make more clearly."""
    if own.complaint <= read.complaint:
        return read
    return replace(read, complaint=own.complaint, urgency=max(read.urgency, own.urgency))


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause to its end: what follows an order in its sentence belongs to it, what stands before does not."""
    order = text[start:end].lower()
    over = order.endswith(_OVER) and not order.endswith("|>")
    rest = (_ENDED if over else _REST).match(text, end)
    return start, rest.end() if rest else end


def _joined(clauses: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(clauses):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _without(text: str, left: Sequence[tuple[int, int]]) -> str:
    """What is not left out, without the colons and dashes that led to it or away from it."""
    kept, at = [], 0
    for start, end in left:
        kept.append(text[at:start])
        at = end
    kept.append(text[at:])
    if not kept[0].strip(_DANGLING):
        kept = [kept[0].strip(_DANGLING), " ".join(kept[1:]).lstrip(_DANGLING)]
    if not kept[-1].strip(_DANGLING):
        kept = [" ".join(kept[:-1]).rstrip(_DANGLING)]
    return " ".join(kept).strip()


def _own(text: str, start: int, end: int, but: Sequence[tuple[int, int]] = ()) -> tuple[int, int, int]:
    """From where to where a clause says what no order says, with its signs, and in how many words; none: 0.

    `but`: not in these places.
    """
    words = [(found.start(), found.end(), found[0].lower()) for found in _WORD.finditer(text, start, end)]
    words = [word for word in words if not any(begins <= word[0] < ends for begins, ends in but)]
    places = [at for at, word in enumerate(words) if word[2] not in VOCABULARY]
    if len(places) < 2:
        return start, start, 0
    begins, ends = words[places[0]][0], words[places[-1]][1]
    begins -= text[start:begins].endswith(_SIGNED)
    ends += len(text[ends:end]) - len(text[ends:end].lstrip(_ENDING))
    return begins, ends, places[-1] - places[0] + 1
