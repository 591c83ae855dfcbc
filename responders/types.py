"""How a message leaves: the contract every responder meets, towards the customer or the team."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from pydantic import BaseModel

from connectors.errors import AuthFailed

Audience = Literal["customer", "team"]


class PlaceGone(AuthFailed):
    """The one room or thread that this was for takes nothing, or is not there: another one may."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent, to whom, and the key that makes a repeat harmless.

    `address` is opaque to all but the responder: a post's `answer_to`, a Slack channel, a mail address. `text` is the
    exact text a person approved (customer) or plain text of the notice (team). `blocks` is Block Kit or another
    structured form for those who take it. `after` is the earliest moment our message can exist, for `find`. `facts` are
    plain values for programs that read it (kind, case, brand, state, severity, link …), never needed by a person.
    `aside`: a line of a thread that calls nobody, which the room itself need not show.
    """

    key: str
    address: str
    text: str
    subject: str = ""
    html: str = ""
    blocks: tuple[dict[str, Any], ...] = ()
    visibility: Literal["public", "private"] = "public"
    language: str | None = None
    after: datetime | None = None
    attachments: tuple["Attachment", ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a mail: name, media type, bytes; `cid` when the HTML shows it inline."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    cid: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform says of a message it took: its id there, where to see it, and the platform's own time."""

    id: str
    url: str = ""
    sent_at: datetime | None = None


@runtime_checkable
class Responder(Protocol):
    """Speaks on one platform or to the team. One attempt a call; no retry inside; raises only connectors.errors."""

    name: ClassVar[str]
    audience: ClassVar[Audience]
    longest: ClassVar[int]
    Settings: ClassVar[type[BaseModel]]

    def send(self, message: Message) -> Receipt:
        """Send once. Raises Unsure when it may have been taken and the answer was lost."""
        ...

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        ...


@runtime_checkable
class Finds(Protocol):
    """Can look on the platform whether this message is there: after Unsure, and to confirm native replies."""

    def find(self, message: Message) -> Receipt | None: ...


@runtime_checkable
class Recalls(Protocol):
    """Can say which of our messages a room shows since then, by their keys: asked before a lost one is said again.

    Raises Rejected where it may not look there: the message is then repeated once, marked.
    """

    def said(self, address: str, after: datetime) -> Mapping[str, Receipt]: ...


@runtime_checkable
class Updates(Protocol):
    """Can change a message in place."""

    def update(self, receipt: Receipt, message: Message) -> Receipt: ...


@runtime_checkable
class TriesRooms(Protocol):
    """Can try one of its rooms so that nobody there notices, and say in a sentence what it found. For the doctor."""

    def try_room(self, address: str) -> str: ...


@runtime_checkable
class Withdraws(Protocol):
    """Can take a sent message back."""

    def withdraw(self, receipt: Receipt) -> None: ...
