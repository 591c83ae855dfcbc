"""Slack's signature over the raw bytes of a request (docs.slack.dev/authentication/verifying-requests-from-slack).

slack_sdk's own verifier raises on odd timestamps and decodes the body first; a press with a broken signature must be
refused, never become an error (P-20).
"""

import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

LONGEST_AGE_S = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


def is_signed(secrets: Iterable[str], timestamp: str, signature: str, body: bytes, now: datetime) -> bool:
    """Whether one of these secrets signed exactly these bytes, at most five minutes from `now`, past or future."""
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        return False
    if abs(now.timestamp() - int(timestamp)) > LONGEST_AGE_S:
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    made = ["v0=" + hmac.new(secret.encode(), signed, sha256).hexdigest() for secret in secrets if secret]
    return any([hmac.compare_digest(one, signature) for one in made])


def secrets_of(written: str) -> tuple[str, ...]:
    """The secrets in a setting: one, or two with a comma while the old one is being replaced."""
    return tuple(piece.strip() for piece in written.split(",") if piece.strip())
