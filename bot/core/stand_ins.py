"""Names that reach nobody, for a drill: each room and address of the team has one, the same every time. Pure."""

from hashlib import sha256

NOWHERE = "drill.invalid"
"""A host that cannot exist: RFC 6761 keeps `.invalid` from ever being looked up."""


def address(responder: str, real: str) -> str:
    """What stands in a drill for a room, a mail address, a topic or a target's name; "" stays "" (every room)."""
    if not real:
        return ""
    if responder == "email":
        return f"{real.partition('@')[0]}-{_mark(real)}@{NOWHERE}"
    if responder == "ntfy":  # a topic is its own password
        return f"drill-{_mark(real)}"
    sign, rest = (real[:1], real[1:]) if real[:1] in "#@" else ("", real)
    return f"{sign}drill-{rest}"


def member(account_id: int) -> str:
    """What stands for a person's Slack member id."""
    return f"UDRILL{account_id}"


def calls(account_id: int, real: dict[str, str]) -> dict[str, str]:
    """The ways by which a person is called. Slack's is their account's own, so only that it is chosen is kept."""
    own = {"email": f"account-{account_id}@{NOWHERE}", "ntfy": f"drill-account-{account_id}"}
    return {way: own.get(way, chosen) for way, chosen in real.items() if way in own or way == "slack"}


def _mark(real: str) -> str:
    return sha256(real.encode()).hexdigest()[:8]
