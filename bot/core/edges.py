"""Where words begin and end, in every script: is this run of letters a name, or a piece of another word?"""

from typing import Literal

from bot.core.folding import HIDDEN, SEPARATORS, Folded
from bot.core.terms import Term

How = Literal["exact", "plural", "spaced", "split", "camel", "number", "tag"]

# Scripts written without spaces (Unicode blocks, incl. conjoining jamo, which is what folding makes of Hangul).
_NO_SPACES = (
    (0x0E00, 0x0FFF), (0x1000, 0x11FF), (0x1780, 0x17FF), (0x2E80, 0x9FFF), (0xA000, 0xA4CF), (0xA960, 0xA97F),
    (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFF65, 0xFF9F), (0x20000, 0x3FFFF),
)  # fmt: skip
_KINDS_OF_LETTERS = ((0x0590, 0x05FF, 1), (0x0600, 0x08FF, 2), (0x0900, 0x0DFF, 3))

_PREFIXES = {
    "ARABIC": frozenset(("ال", "و", "ب", "ل", "ف", "ك", "وال", "بال", "لل", "فال", "كال", "ولل")),
    "HEBREW": frozenset(("ה", "ו", "ב", "ל", "מ", "ש", "כ", "וה", "שה", "מה", "וב", "ול")),
}
_CYRILLIC_ENDINGS = "а у ом е ы и ои ою ов ам ами ах ем я ю"  # folded: no short i
_ENDINGS = {
    "LATIN": frozenset(("s",)),
    "CYRILLIC": frozenset(_CYRILLIC_ENDINGS.split()),
}
_TAG_HEADS_WORDS = """
boycott team my the love hate no dear hey thanks thankyou cancel delete quit stop never fuck screw bye goodbye
ilove ihate loveyou using shame shameon
"""
_TAG_HEADS = frozenset(_TAG_HEADS_WORDS.split())
_TAG_TAILS_WORDS = """
fail fails failed failure sucks suck sux down outage support help cares care service customerservice scam scams
fraud ripoff issue issues problem problems bug bugs fix fixit app love lover lovers fan fans hate haters team
community official news sale deal deals update boycott gate lies liars theft stole thieves worst strike refund
delay delayed delays cancelled canceled late sos uk us usa de fr es it nl br in eu
"""
_TAG_TAILS = frozenset(_TAG_TAILS_WORDS.split())
_BETWEEN_WORDS = frozenset("-_.'/")
_SHORT = 3
_LONGEST_GAP = 3
_LONG = 8
_FARTHEST = 16


def _class(character: str) -> int:
    code = ord(character)
    if code < 0x0590:
        return 0
    if any(low <= code <= high for low, high in _NO_SPACES):
        return -1
    return next((kind for low, high, kind in _KINDS_OF_LETTERS if low <= code <= high), 0)


def joined(left: str, right: str) -> bool:
    """Do two neighbouring folded characters belong to one word?"""
    if left in SEPARATORS or right in SEPARATORS or left in "&+" or right in "&+":
        return False
    kinds = _class(left), _class(right)
    return kinds[0] == kinds[1] != -1


def _before(folded: Folded, start: int) -> str:
    """What of the same word stands before `start`, at most a few characters; empty at a word's beginning."""
    at = start
    while at > 0 and start - at < _FARTHEST and joined(folded.folded[at - 1], folded.folded[at]):
        at -= 1
    return folded.folded[at:start]


def _after(folded: Folded, end: int) -> str:
    at = end
    while at < len(folded.folded) and at - end < _FARTHEST and joined(folded.folded[at - 1], folded.folded[at]):
        at += 1
    return folded.folded[end:at]


def _stuck(folded: Folded, term: Term, first: int) -> bool:
    """Is this the middle of a word, in a script that glues nothing to the front of a name?"""
    text = folded.folded
    return first > 0 and term.alphabet not in _PREFIXES and joined(text[first - 1], text[first])


def fits(folded: Folded, term: Term, start: int, end: int, *, in_tag: bool = False) -> How | None:
    """How the squeezed stretch [start, end) stands for `term`; None if it is only a piece of something else.

    `start` and `end` count squeezed characters. Every step looks at a bounded stretch: matching stays linear.
    """
    first, last = folded.place(start), folded.place(end - 1) + 1
    if not in_tag and _stuck(folded, term, first):
        return None
    gaps = _gaps(folded, start, end) if last - first != end - start else {}
    inside = _inside(folded, term, gaps, first, last)
    if inside is None:
        return None
    before, after = _before(folded, first), _after(folded, last)
    if not before and not after:
        return inside
    if inside != "exact":
        return None
    if in_tag:
        return _in_tag(folded, term, first, last, before, after)
    return _in_word(folded, term, last, before, after)


def _gaps(folded: Folded, start: int, end: int) -> dict[int, str]:
    """Separators inside the stretch, by the offset they stand before; invisible marks do not count."""
    gaps: dict[int, str] = {}
    for index in range(start + 1, end):
        left, right = folded.place(index - 1) + 1, folded.place(index)
        gap = folded.folded[left:right].replace(HIDDEN, "") if right > left else ""
        if gap:
            gaps[index - start] = gap
    return gaps


def _inside(folded: Folded, term: Term, gaps: dict[int, str], first: int, last: int) -> How | None:
    extra = {offset: gap for offset, gap in gaps.items() if offset not in term.breaks}
    if not extra:
        return "exact" if _all_between(term, gaps) else None
    if len(gaps) == len(term.key) - 1:
        return "spaced" if _spaced(folded, list(gaps.values()), len(term.key), first, last) else None
    return "split" if _split(term, extra) and _all_between(term, gaps) else None


def between_words(gap: str, before: int) -> bool:
    """May this separator stand between two words of one name? A full stop only glued, or after a short `before`."""
    if gap == ". ":
        return before <= _SHORT
    return len(gap) <= _LONGEST_GAP and (gap.isspace() or gap.strip() in _BETWEEN_WORDS)


def _all_between(term: Term, gaps: dict[int, str]) -> bool:
    edges = zip(gaps.items(), [0, *gaps], strict=False)
    return all(between_words(gap, offset - edge) or _own(term, offset, gap) for (offset, gap), edge in edges)


def _own(term: Term, offset: int, gap: str) -> bool:
    """Is this the name's own sign there: the comma of “Earth, Wind & Fire”?"""
    return len(gap) <= _LONGEST_GAP and (offset, "".join(gap.split())) in term.signs


def _spaced(folded: Folded, gaps: list[str], letters: int, first: int, last: int) -> bool:
    """A C M E, a.c.m.e, A-C-M-E: each letter alone, one kind of gap; three letters must stand on their own."""
    if letters < 3 or len(set(gaps)) > 1 or len(gaps[0]) > 2:
        return False
    text, step = folded.folded, len(gaps[0]) + 1
    alone_left = not (first >= step and text[first - len(gaps[0]) : first] == gaps[0] and _lone(text, first - step))
    alone_right = not (text[last : last + len(gaps[0])] == gaps[0] and _lone(text, last + len(gaps[0])))
    return letters > 3 or (alone_left and alone_right)


def _lone(text: str, at: int) -> bool:
    """Is the character at `at` a word of one letter?"""
    if not 0 <= at < len(text) or text[at] in SEPARATORS:
        return False
    left = at > 0 and text[at - 1] not in SEPARATORS
    right = at + 1 < len(text) and text[at + 1] not in SEPARATORS
    return not left and not right


def _split(term: Term, extra: dict[int, str]) -> bool:
    """north-wind for Northwind: one gap more than the name has, and only in a long name, in pieces of three or more."""
    if len(extra) > 1 or len(term.key) < _LONG:
        return False
    offset, gap = next(iter(extra.items()))
    edges = sorted({0, len(term.key), *term.breaks})
    left = max(edge for edge in edges if edge < offset)
    right = min(edge for edge in edges if edge > offset)
    return gap in (" ", "-", "_") and offset - left >= 3 and right - offset >= 3


def _in_word(folded: Folded, term: Term, last: int, before: str, after: str) -> How | None:
    if before and before not in _PREFIXES.get(term.alphabet, ()):
        return None
    if not after:
        return "exact"
    if after in _ENDINGS.get(term.alphabet, ()) and len(term.key) >= 3:
        return "plural"
    if before or len(term.key) < 4:
        return None
    if after.isdigit():
        return "number"
    return "camel" if _hump(folded, last) else None


def _hump(folded: Folded, at: int) -> bool:
    """Does a new capitalised word begin at the folded place `at`, after small letters: the F of AcmeFail?"""
    here = folded.origin(at)
    text = folded.text
    return 0 < here < len(text) and text[here].isupper() and text[here - 1].islower()


def _in_tag(folded: Folded, term: Term, first: int, last: int, before: str, after: str) -> How | None:
    long = len(term.key) >= 6
    head = not before or before in _TAG_HEADS or _hump(folded, first) or (long and not after)
    tail = not after or after in _TAG_TAILS or _hump(folded, last) or after.isdigit() or (long and not before)
    return "tag" if head and tail else None
