"""What the responders share whose platforms know no key that makes a repeat harmless.

So what we said there is read before every attempt, and again by whoever is unsure. A subclass knows its platform:
where an answer goes (`reach`), how it is published (`publish`), what we said since (`said`).
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel

from connectors.answers import Answer
from connectors.errors import PlatformError, Rejected, Unavailable, Unsure
from connectors.shapes import Odd
from connectors.text import one_line
from responders.types import Audience, Message, Receipt

CLOCKS_DIFFER = timedelta(minutes=2)
REFUSALS = (400, 404, 409, 410, 413, 422)
"""Statuses by which a platform says that it published nothing, and in its body why."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something our account said: what it answers, its words, and its receipt."""

    parent: str
    text: str
    receipt: Receipt


class Replies(ABC):
    """One answer to one post: looked for, then published once, then taken from what the platform says."""

    audience: ClassVar[Audience] = "customer"
    name: ClassVar[str]
    longest: ClassVar[int]
    Settings: ClassVar[type[BaseModel]]
    called: ClassVar[str]  # the platform's name in sentences

    def send(self, message: Message) -> Receipt:
        """Publish the answer once, unless it is there already. Raises Unsure when it may have been taken."""
        to = self.reach(message.address)
        self._check(message)
        already = self.find(message)
        if already is not None:
            return already
        told = self.publish(to, message.text)
        made = self.made(told, to)
        return made if made is not None else self._taken_somehow(message)

    def find(self, message: Message) -> Receipt | None:
        """Look for the answer among what we said since `message.after`. Never sends."""
        to = self.reach(message.address)
        wanted, parent = same_words(message.text), self.parent(to)
        try:
            for said in self.said(to, message.after):
                if said.parent == parent and same_words(said.text) == wanted:
                    return said.receipt
        except Odd as error:
            raise Unavailable(f"{self.called} told of what we said there in a shape that is none.") from error
        return None

    def wrote(self, receipt: Receipt) -> bool:
        """Whether this account may have given this answer: asked where there are several."""
        return True

    @abstractmethod
    def close(self) -> None:
        """Give back sockets. Safe to call twice."""

    @abstractmethod
    def reach(self, address: str) -> Mapping[str, str]:
        """Where the answer goes, from a post's `answer_to`. Raises Rejected."""

    @abstractmethod
    def parent(self, to: Mapping[str, str]) -> str:
        """What an answer there says it answers."""

    @abstractmethod
    def publish(self, to: Mapping[str, str], text: str) -> Any:
        """One attempt. What the platform said, as JSON; raises Unsure where that cannot be read."""

    @abstractmethod
    def made(self, told: Any, to: Mapping[str, str]) -> Receipt | None:
        """The receipt in what the platform said; None where it is not there."""

    @abstractmethod
    def said(self, to: Mapping[str, str], after: datetime | None) -> Iterable[Said]:
        """What we said there from a little before `after` on."""

    def _check(self, message: Message) -> None:
        if not message.text.strip():
            raise Rejected("The answer is empty.")
        if message.visibility == "private":
            raise Rejected(f"{self.called} takes no private answer here.")
        if len(message.text) > self.longest:
            raise Rejected(f"The answer has {len(message.text)} characters; {self.called} takes {self.longest}.")

    def _taken_somehow(self, message: Message) -> Receipt:
        """The platform said yes and then something we cannot read: what we said there knows which one it is."""
        unreadable = f"{self.called} took the answer, but what it said could not be read."
        try:
            found = self.find(message)
        except PlatformError as error:
            raise Unsure(unreadable) from error
        if found is None:
            raise Unsure(unreadable)
        return found


def same_words(text: str) -> str:
    """A text reduced to what two renderings of it share."""
    return "".join(text.split()).casefold()


def address_of(address: str, names: tuple[str, ...], platform: str) -> dict[str, str]:
    """The parts of an `answer_to`: each of `names`, a text that is not empty. Raises Rejected."""
    try:
        thing = json.loads(address)
        to = {name: thing[name] for name in names}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Rejected(f"This post has no address on {platform} to answer to.") from error
    if not all(isinstance(value, str) and value for value in to.values()):
        raise Rejected(f"This post has no address on {platform} to answer to.")
    return to


def refused(answer: Answer, platform: str, *names: str) -> None:
    """Raise Rejected with the platform's own sentence if this answer is a refusal. `names`: where the sentence is."""
    if answer.status not in REFUSALS:
        return
    because = f" ({answer.status})"
    try:
        said: Any = answer.json()
    except (Unavailable, Unsure):
        said = None  # the status alone has to do
    for name in names:
        said = said.get(name) if isinstance(said, dict) else said[0] if isinstance(said, list) and said else None
        if isinstance(said, list) and said and isinstance(said[0], str):
            said = said[0]
    if isinstance(said, str) and said.strip():
        because = f": {one_line(said)[:200].rstrip('.')}"
    raise Rejected(f"{platform} refuses the answer{because}.")


def since(after: datetime | None, at: datetime | None) -> bool:
    """True for what may have been said after `after`, by clocks that differ."""
    return after is None or at is None or at >= after - CLOCKS_DIFFER
