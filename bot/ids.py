"""The only module that may ask for chance."""

import secrets
from hashlib import sha256


def token(size: int = 32) -> str:
    """A secret of `size` random bytes, URL-safe: for links, sessions, keys."""
    return secrets.token_urlsafe(size)


def noise(size: int) -> bytes:
    """So many random bytes, for keys."""
    return secrets.token_bytes(size)


def word(size: int, letters: str) -> str:
    """So many letters, each chosen by chance: for what people type."""
    return "".join(secrets.choice(letters) for _ in range(size))


def digest_of(secret: str) -> str:
    """How a secret is stored: its SHA-256 in hex."""
    return sha256(secret.encode()).hexdigest()


def jitter(low: float, high: float) -> float:
    """A number between the two, for back-off."""
    return secrets.SystemRandom().uniform(low, high)
