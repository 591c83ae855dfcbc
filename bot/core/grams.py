"""The words of a text and the runs of them that say something: what themes, topics and incidents are made of. Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache

from bot.core.stopwords import STOP

Gram = tuple[str, ...]

LONGEST_GRAM = 3
MOST_CHARACTERS = 2_000
NOISE = re.compile(r"https?://\S+|www\.\S+|[@＠]\w+|&\w+;|\bRT\b")
CLAUSE = re.compile(r"[.,;:!?…()\[\]\"“”«»\n\r|/—–]+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
_ENDING = re.compile(r"(?<=[a-z]{3})(?:ing|(?<!e)ed?)$")
_TWICE = re.compile(r"(?<=[a-z]{2})([b-df-rt-z])\1$")
LEAST_BARE = 4  # letters: of shorter words nothing is an ending

_NOT = """
not no never without can't cannot cant won't wont doesn't doesnt didn't didnt don't dont isn't isnt wasn't wasnt
couldn't couldnt wouldn't kein keine keinen nicht nie ohne pas sans jamais nunca sin non senza mai não sem
"""
NOT = frozenset(_NOT.split())
NO = "not"
UNITS = {
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "stunde", "stunden", "heure", "heures", "hora", "horas"), "hour"),
    **dict.fromkeys(("minute", "minutes", "min", "mins", "minuten", "minuto", "minutos"), "minute"),
}
_VAGUE = """
issue problem tried work working worked experience happen happened fix fixed customer seriously ridiculous frustrating
disappointed unacceptable
"""
VAGUE = frozenset(_VAGUE.split())
"""Words that complaints are full of whatever they are about: alone they are no theme, beside another they may be."""


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
    for gram, words, at in runs(text, dropped):
        if gram not in found:
            found[gram] = " ".join(words[at : at + len(gram)])
    return found


def runs(text: str, dropped: Collection[str]) -> Iterator[tuple[Gram, list[str], int]]:
    """Each run with its clause's words and its place in them. In a busy week this is most of the work."""
    for clause in CLAUSE.split(NOISE.sub("\n", text[:MOST_CHARACTERS])):
        words = words_of(clause)
        known = [_word(word) for word in words]
        for at, (first, empty, alone) in enumerate(known):
            if (empty and words[at] not in NOT) or first in dropped:
                continue
            if alone and not empty and first not in VAGUE:
                yield (first,), words, at
            denied = words[at] in NOT
            run: Gram = (NO if denied else first,)  # "won't load" is "doesn't load" and "not loading"
            for to in range(at + 1, min(len(words), at + LONGEST_GRAM)):
                word, says_nothing, _alone = known[to]
                if word in dropped:
                    break
                run = (*run, NO if words[to] in NOT else bare(word) if denied else word)
                denied = denied or words[to] in NOT
                if not says_nothing or word.isdecimal():  # "gate 14", "version 2": which one says much
                    yield run, words, at


@lru_cache(maxsize=65_536)
def _word(word: str) -> tuple[str, bool, bool]:
    """A word as it is counted, whether it says nothing, and whether it says something alone."""
    says_nothing = word in UNITS or not says(word)
    return folded(word), says_nothing, len(word) > 2 or not word.isascii()


def folded(word: str) -> str:
    """Without the plural's s, where it is likely one; only for counting, never shown."""
    plural = word.isascii() and len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plural else word


def bare(word: str) -> str:
    """A word behind a "not" without its endings: "work" of "working", "worked" and "works". Only for counting.

    It need be no word ("charg"), only the same for all of its forms, and stay when it is asked for again. Elsewhere
    endings stay: "cancelled" and "cancel", "delayed" and "delays" are different troubles.
    """
    while word.isascii() and len(word) >= LEAST_BARE:
        ended = _TWICE.sub(r"\1", _ENDING.sub("", folded(word)))
        if ended == word:  # only then a bare word is its own bare word
            break
        word = ended
    return word


def says(word: str) -> bool:
    """Whether a word says something beside others: hours do, articles do not."""
    empty = word in STOP or word in NOT or word.isdecimal() or (len(word) == 1 and word.isascii())
    return word in UNITS or not empty


def clauses(text: str, dropped: Collection[str]) -> list[list[str]]:
    """A text's clauses as words; a name of the brand's ends one."""
    found: list[list[str]] = []
    for clause in CLAUSE.split(NOISE.sub("\n", text[:MOST_CHARACTERS])):
        found.append([])
        for word in words_of(clause):
            if folded(word) in dropped:
                found.append([])
            else:
                found[-1].append(word)
    return found
