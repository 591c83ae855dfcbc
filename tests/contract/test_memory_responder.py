"""The responder in memory behaves as the real ones do: tests lean on it."""

from datetime import UTC, datetime

import pytest

from connectors.errors import PlatformError, RateLimited, Unavailable, Unsure
from responders.memory import Memory
from responders.types import Finds, Message, Receipt, Responder, Updates, Withdraws

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


def hello(key: str = "k1", text: str = "hello") -> Message:
    return Message(key=key, address="a", text=text)


def memory() -> Memory:
    return Memory(now=lambda: NOW)


def test_it_has_every_power() -> None:
    assert all(isinstance(memory(), power) for power in (Responder, Finds, Updates, Withdraws))


def test_the_same_key_again_is_harmless() -> None:
    responder = memory()
    assert responder.send(hello()) == responder.send(hello()) == Receipt("m1", "https://memory.test/m1", NOW)
    assert [message.key for message in responder.said] == ["k1"]
    assert [call.verb for call in responder.calls] == ["send", "send"]


@pytest.mark.parametrize(
    ("when", "error", "said"),
    [
        ("before", Unavailable("away"), 0),
        ("after", RateLimited("slow", NOW - NOW), 1),
        ("unsure", None, 1),
        ("unsure not sent", None, 0),
    ],
)
def test_it_fails_once_as_it_is_told(when: str, error: PlatformError | None, said: int) -> None:
    responder = memory()
    responder.fail(when, error)  # type: ignore[arg-type]
    with pytest.raises(type(error) if error else Unsure):
        responder.send(hello())
    assert len(responder.said) == said
    assert (responder.find(hello()) is not None) == bool(said)
    responder.send(hello())
    assert len(responder.said) == 1


def test_what_was_said_can_be_changed_and_taken_back() -> None:
    responder = memory()
    receipt = responder.send(hello())
    responder.update(receipt, hello(text="goodbye"))
    assert [message.text for message in responder.said] == ["goodbye"]
    responder.withdraw(receipt)
    assert responder.said == []
    assert responder.find(hello()) is None
    assert responder.send(hello("k2")).id != receipt.id
