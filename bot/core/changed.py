"""What changed between two wordings of a post, in a form one reads at a glance. Pure."""

from difflib import SequenceMatcher
from itertools import chain

LONGEST = 600
MOST_WORDS = 400
AROUND = 3


def difference(before: str, after: str) -> str:
    """The changed stretches with a few words around them: "… the [−old −] [+new +] room …"; "" if nothing changed."""
    old, new = before.split()[:MOST_WORDS], after.split()[:MOST_WORDS]
    if old == new:
        return ""
    pieces: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(_kept(old[a:b]))
            continue
        pieces += [f"[−{' '.join(old[a:b])}−]"] if a < b else []
        pieces += [f"[+{' '.join(new[c:d])}+]"] if c < d else []
    return " ".join(chain(piece for piece in pieces if piece))[:LONGEST]


def _kept(words: list[str]) -> str:
    """The same words on both sides: only those next to a change are worth reading."""
    if len(words) <= 2 * AROUND:
        return " ".join(words)
    return f"{' '.join(words[:AROUND])} … {' '.join(words[-AROUND:])}"
