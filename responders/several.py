"""Several accounts of one platform, each for its own places: an app, a forum, a server."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.errors import Rejected
from responders.replies import Replies
from responders.types import Audience, Message, Receipt, Responder


class Several:
    """Whoever can reach an address speaks there; an address nobody can reach is refused with the first one's reason."""

    name: ClassVar[str]
    audience: ClassVar[Audience] = "customer"
    longest: ClassVar[int]
    Settings: ClassVar[type[BaseModel]]

    def __init__(self, ones: Sequence[Replies]) -> None:
        self._ones = tuple(ones)

    def __repr__(self) -> str:
        return f"Several({', '.join(map(repr, self._ones))})"

    def send(self, message: Message) -> Receipt:
        """Send once, by the account that can."""
        return self._one(message.address).send(message)

    def find(self, message: Message) -> Receipt | None:
        """Look for the answer where that account would have given it. Never sends."""
        return self._one(message.address).find(message)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        for one in self._ones:
            one.close()

    def _one(self, address: str) -> Replies:
        refusals: list[Rejected] = []
        for one in self._ones:
            try:
                one.reach(address)
            except Rejected as why:
                refusals.append(why)
            else:
                return one
        raise refusals[0]


class SeveralTakenBack(Several):
    """The same, where each account can take its answers back."""

    def withdraw(self, receipt: Receipt) -> None:
        """Take an answer back, by the account that gave it."""
        whose = [one for one in self._ones if one.wrote(receipt)]
        if not whose:
            raise Rejected("None of our accounts gave this answer.")
        whose[0].withdraw(receipt)  # type: ignore[attr-defined]


def together(ones: Sequence[Responder]) -> Responder:
    """One responder for all these accounts; the first of them where they cannot tell their places apart."""
    known = [one for one in ones if isinstance(one, Replies)]
    if len(ones) < 2 or len(known) < len(ones):
        return ones[0]
    kind = SeveralTakenBack if all(hasattr(one, "withdraw") for one in known) else Several
    told = {"name": known[0].name, "longest": min(one.longest for one in known), "Settings": known[0].Settings}
    named: type[Several] = type(kind.__name__, (kind,), told)
    return named(known)
