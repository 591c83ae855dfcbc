"""Passwords: argon2id (RFC 9106), and which ones are refused."""

import threading
import unicodedata
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot import ids

SHORTEST, LONGEST_BYTES = 12, 1024
# 19 MiB, two passes: the least OWASP allows, so that many log-ins at once do not take the machine's memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = threading.Semaphore(4)
COMMON = frozenset((Path(__file__).parent / "common_words.txt").read_text(encoding="utf-8").split())
_LEET = str.maketrans("013457@$!", "oieastasi")


def hashed(password: str) -> str:
    """How a password is stored."""
    with _AT_ONCE:
        return _HASHER.hash(_bytes(password))


def fits(stored: str | None, password: str) -> bool:
    """Is it the right one? Takes as long without a stored hash: nobody learns which names exist."""
    too_long = len(_bytes(password)) > LONGEST_BYTES
    try:
        with _AT_ONCE:
            _HASHER.verify(stored or _nobodys(), b"" if too_long else _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None and not too_long


def problem(password: str, *, about: tuple[str, ...] = ()) -> str:
    """Why a new password is refused, in one sentence; empty if it is fine. `about`: names a guesser would try."""
    if len(password) < SHORTEST:
        return f"Use {SHORTEST} characters or more; a short sentence is fine."
    if len(_bytes(password)) > LONGEST_BYTES:
        return f"Use at most {LONGEST_BYTES:,} bytes."
    folded = unicodedata.normalize("NFKC", password).casefold()
    if len(set(folded)) < 5:
        return "That repeats too few characters; a short sentence is better."
    if _is_row(folded):
        return "That is a row of keys or digits, among the first that are tried."
    if _core(folded) in COMMON | _names(about) or _core(folded) == "":
        return "That is a word guessers try first, with digits or signs around it. Add words of your own."
    return ""


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _core(folded: str) -> str:
    """What is left without digits and signs at the ends, look-alike digits read as letters, repeats dropped."""
    core = folded.strip("0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
    core = "".join(letter for letter in core.translate(_LEET) if letter.isalpha())
    for size in range(1, len(core) // 2 + 1):
        if core == (core[:size] * len(core))[: len(core)] and len(core) % size == 0:
            return core[:size]
    return core


def _names(about: tuple[str, ...]) -> frozenset[str]:
    parts = [part for name in about for part in (name, *name.replace("@", " ").replace(".", " ").split())]
    return frozenset("".join(c for c in part.casefold() if c.isalpha()) for part in parts) - {""}


def _is_row(folded: str) -> bool:
    rows = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "01234567890123456789", "1q2w3e4r5t6z7u8i9o0p")
    return any(folded in row or folded in row[::-1] for row in rows)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _HASHER.hash(ids.token())
