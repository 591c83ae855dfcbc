"""The second step at sign-in: codes by time (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, what every app can do).

Pure: the secret's bytes and `now` come in, a step or None goes out. Which step was taken last is the store's to know.
"""

import base64
import hmac
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SIZE = 20  # bytes of a secret: as many as SHA-1 gives (RFC 4226, R6)
STEP_S = 30
LEEWAY = 1  # steps a phone's clock may be off, each way
DIGITS = 6
RECOVERY_CODES = 10
RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
RECOVERY_SIZE = 10  # 49 bits; guessing is throttled and the hash is argon2id


def step_at(now: datetime) -> int:
    """Which 30 seconds `now` lies in, counted from 1970."""
    return int(now.timestamp()) // STEP_S


def code_at(secret: bytes, step: int) -> str:
    """The six digits of one step."""
    return _totp(secret).generate(step * STEP_S).decode()


def step_of(secret: bytes, code: str, now: datetime, after: int) -> int | None:
    """The step whose code this is, one before and one after now included; None when it is wrong or not after `after`.

    Every candidate is compared, so that the time taken tells nothing.
    """
    here = step_at(now)
    steps = range(here - LEEWAY, here + LEEWAY + 1)
    fitting = [step for step in steps if hmac.compare_digest(code_at(secret, step).encode(), code.encode())]
    return next((step for step in fitting if step > after), None)


def plain(typed: str) -> str:
    """What somebody typed, without the blanks and dashes that codes are shown with."""
    return "".join(typed.split()).replace("-", "").casefold()[:40]


def is_by_time(code: str) -> bool:
    """Six digits: from the app. Anything else can only be a recovery code."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def number_of(code: str) -> int | None:
    """Which of the ten recovery codes a plain one claims to be: its first character; None for what is none."""
    fits = len(code) == RECOVERY_SIZE + 1 and code[0].isascii() and code[0].isdigit()
    return int(code[0]) if fits else None


def recovery_shown(code: str) -> str:
    """A plain recovery code as people read it: 3-abcde-fghjk."""
    half = 1 + RECOVERY_SIZE // 2
    return f"{code[0]}-{code[1:half]}-{code[half:]}"


def words_of(secret: bytes) -> str:
    """The secret for typing: base32 in fours."""
    words = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(words[at : at + 4] for at in range(0, len(words), 4))


def bytes_of(words: str) -> bytes:
    """The secret behind its words. ValueError for words that are none."""
    packed = "".join(words.split())
    return base64.b32decode(packed + "=" * (-len(packed) % 8))


def address(secret: bytes, login: str, place: str) -> str:
    """The otpauth address in the QR code: `place` is what the app calls this Earshot."""
    return _totp(secret).get_provisioning_uri(login, place)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303  (HMAC-SHA-1: what every app speaks, RFC 6238)
