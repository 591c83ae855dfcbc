"""How what we tell other programs is signed: the Standard Webhooks scheme, HMAC-SHA256 over id, time and body."""

import base64
import hmac
from datetime import datetime
from hashlib import sha256

PREFIX = "whsec_"


def headers(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """`webhook-id`, `webhook-timestamp` (seconds), `webhook-signature` ("v1,…") for exactly this body."""
    stamp = str(int(at.timestamp()))
    signed = f"{message_id}.{stamp}.".encode() + body
    mac = hmac.new(key_of(secret), signed, sha256).digest()
    signature = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": signature}


def key_of(secret: str) -> bytes:
    """The bytes behind a secret as it is shown: whsec_ and base64. Raises ValueError for anything else."""
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def secret_of(noise: bytes) -> str:
    """Random bytes as the secret that a person copies into the other program."""
    return PREFIX + base64.b64encode(noise).decode()
