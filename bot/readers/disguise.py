"""What hides words from a reader and not from a person, taken off; and a post's words without what is hung on them.

Invisible characters, piled-up marks, letters of another alphabet inside a word, wide or styled letters and floods of
emoji. What orders a machine about is told apart in `bot/readers/orders.py`. Linear in the text.
"""

import re
import unicodedata

from bot.core.confusables import LOOKALIKES
from bot.core.folding import invisible
from bot.readers.normalise import shorten

MOST, KEPT = 8, 2
"""More emoji than the first figure are a flood: the first kinds of it, this many, say what all of them say."""

HUNG = 8
"""From so much hung on the ends of a post on, its words are also read without it: a hashtag or handle counts one."""

LINK = 3
"""A link counts so much."""

LONG = 700
"""Characters. What is longer is cut by the model's window, so that its beginning is also read alone."""

NEAR = 2
"""So many hashtags and the like next to the words are read with them: people complain in one."""

LEAST = 3
"""Words of a post that are worth reading alone."""

_END = 140
_PILED = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SIGNS = re.compile(r"([.,_=~*+-])\1{7,}")
_RUNS = tuple(sign * 8 for sign in ".,_=~*+-")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]+"
)
_WORD = re.compile(r"[^\W\d_]+")
_LATIN, _OTHER = re.compile(r"[A-Za-z]"), re.compile(r"[\u0370-\u058f\u13a0-\u13ff\u2c80-\u2cff]")
_LINKS = ("http://", "https://", "www.")


def undisguised(text: str) -> str:
    """A text as a person reads it, cut where it is very long; most come back as they are."""
    if text.isascii():
        text = shorten(text)
    else:
        text = shorten(_UNSEEN.sub("", text))
        hidden = [char for char in set(text) if invisible(char)]
        for char in hidden:
            text = text.replace(char, "")
        text = _in_one_alphabet(_composed(text))
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    if any(map(text.__contains__, _RUNS)):
        text = _SIGNS.sub(r"\1", text)
    return text


def few(text: str) -> str:
    """A text with a flood of emoji as the first kinds of it, each once; others come back as they are."""
    if text.isascii():
        return text
    if sum(unicodedata.category(char) == "So" for char in text) <= MOST:
        return text
    seen: set[str] = set()
    kept = []
    for char in text:
        if unicodedata.category(char) == "So":
            if char in seen or len(seen) >= KEPT:
                continue
            seen.add(char)
        kept.append(char)
    return "".join(kept)


def parts(text: str) -> tuple[str, ...]:
    """What else of a post is read alone: its words where much hangs on its ends, both ends of one too long to be seen.

    None for most. Whoever hangs twenty hashtags on a complaint, or buries it in a story, complains all the same.
    """
    most = text.count("#") + text.count("@") + LINK * (text.count("://") + text.count("www."))
    if len(text) <= LONG and most < HUNG and text.isascii():
        return ()
    tokens = text.split()
    begins = next((at for at, token in enumerate(tokens) if not _hangs(token)), len(tokens))
    ends = next((at for at in range(len(tokens), begins, -1) if not _hangs(tokens[at - 1])), begins)
    words = " ".join(tokens[begins:ends])
    if len(words) > LONG:
        return words[:_END].rpartition(" ")[0], words[-_END:].partition(" ")[2]
    if sum(map(_weight, [*tokens[:begins], *tokens[ends:]])) < HUNG or ends - begins < LEAST:
        return ()
    near = " ".join(tokens[max(0, begins - 1) : ends + NEAR])
    return (words, near)


def _hangs(token: str) -> bool:
    """A hashtag, a handle, a link, or signs of which some are no plain ones."""
    if token[0] in "#@" or token.startswith(_LINKS):
        return True
    return not token.isascii() and not any(map(str.isalnum, token))


def _weight(token: str) -> int:
    return LINK if token.startswith(_LINKS) else 1 if token[0] in "#@" else len(token)


def _composed(text: str) -> str:
    """Wide and styled letters as plain ones; marks stay where a letter with them is one of some alphabet."""
    whole = unicodedata.normalize("NFKC", text)
    return whole if not _PILED.search(whole) else _PILED.sub("", unicodedata.normalize("NFKD", text))


def _in_one_alphabet(text: str) -> str:
    """Latin letters for their look-alikes, in texts where a word mixes both."""
    words = _WORD.findall(text)
    if not any(_LATIN.search(word) and _OTHER.search(word) for word in words):
        return text
    return _WORD.sub(_latin, text)


def _latin(found: re.Match[str]) -> str:
    word = found[0]
    if not _OTHER.search(word) or not all(_LATIN.match(char) or char in LOOKALIKES for char in word):
        return word
    return "".join(LOOKALIKES.get(char, char) if _OTHER.match(char) else char for char in word)
