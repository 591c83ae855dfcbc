"""A channel that lives in memory: for tests, drills and the demo. It logs what it was asked and fails as it is told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from connectors.errors import PlatformError, Unsure
from responders.types import Audience, Message, Receipt


class MemorySettings(BaseModel):
    """Nothing to set: the test holds the responder itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Call:
    """One thing it was asked to do: send, find, update or withdraw."""

    verb: Literal["send", "find", "update", "withdraw"]
    key: str
    message: Message | None = None
    receipt: Receipt | None = None


class Memory:
    """Keeps what it sent by key, so that a repeat is harmless. `said` is what the other side saw, in order.

    `fail` scripts the next failures: "before" raises and sends nothing, "after" sends and then raises, "unsure" sends
    and raises Unsure, "unsure not sent" raises Unsure and sends nothing.
    """

    name: ClassVar[str] = "memory"
    audience: ClassVar[Audience] = "customer"
    longest: ClassVar[int] = 500
    Settings: ClassVar[type[BaseModel]] = MemorySettings

    def __init__(
        self,
        settings: MemorySettings | None = None,
        *,
        name: str = "memory",
        longest: int = 500,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),  # noqa: TID251 tests hand their own clock in
    ) -> None:
        self.settings = settings or MemorySettings()
        self.label = name
        self.limit = longest
        self.calls: list[Call] = []
        self.said: list[Message] = []
        self.withdrawn: list[str] = []
        self.closed = 0
        self._sent: dict[str, Receipt] = {}
        self._script: list[tuple[str, PlatformError]] = []
        self._now = now
        self._lock = Lock()

    def fail(
        self, when: Literal["before", "after", "unsure", "unsure not sent"], error: PlatformError | None = None
    ) -> None:
        """Let the next send fail; call it again for the one after."""
        with self._lock:
            self._script.append((when, error or Unsure("The answer was lost.")))

    def send(self, message: Message) -> Receipt:
        """Take a message, unless the script says otherwise. The same key again gives the same receipt."""
        with self._lock:
            self.calls.append(Call("send", message.key, message))
            when, error = self._script.pop(0) if self._script else ("", None)
            if error is not None and when in ("before", "unsure not sent"):
                raise error
            receipt = self._take(message)
            if error is not None:
                raise error
            return receipt

    def find(self, message: Message) -> Receipt | None:
        """What was sent with this key."""
        with self._lock:
            self.calls.append(Call("find", message.key, message))
            return self._sent.get(message.key)

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Change what was said in place."""
        with self._lock:
            self.calls.append(Call("update", message.key, message, receipt))
            keys = [key for key, sent in self._sent.items() if sent.id == receipt.id]
            self.said = [replace(message, key=one.key) if one.key in keys else one for one in self.said]
            return receipt

    def withdraw(self, receipt: Receipt) -> None:
        """Take back what was said."""
        with self._lock:
            self.calls.append(Call("withdraw", "", None, receipt))
            self.withdrawn.append(receipt.id)
            keys = [key for key, sent in self._sent.items() if sent.id == receipt.id]
            self.said = [one for one in self.said if one.key not in keys]
            for key in keys:
                del self._sent[key]

    def repeats_safely(self, _tried_at: datetime) -> bool:
        """True: the key makes a second attempt harmless."""
        return True

    def close(self) -> None:
        """Count how often it was closed."""
        self.closed += 1

    def _take(self, message: Message) -> Receipt:
        if message.key not in self._sent:
            self.said.append(message)
            number = f"m{len(self.said) + len(self.withdrawn)}"
            self._sent[message.key] = Receipt(number, f"https://memory.test/{number}", self._now())
        return self._sent[message.key]
