"""What tests of answering share: a fake platform on a real socket, a customer's post, how its next answer breaks."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from connectors.http import Http
from connectors.types import Connector, Post, Want
from responders.testing import How
from responders.types import Message, Responder
from tests.fakes.server import FakeServer

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
_HOW: dict[str, tuple[str, bool]] = {
    "lost": ("drop", True), "dropped": ("drop", False), "cut": ("truncate", True), "html": ("html", False),
}  # fmt: skip


class Breakable:
    """A fake platform whose next answer can break. `part` and `method`: what is asked when something is published."""

    part: ClassVar[str] = ""
    method: ClassVar[str] = "POST"
    fake: Any

    def responder(self, url: str = "") -> Responder:
        """The responder, signed in; by another address where `url` names one."""
        raise NotImplementedError

    def make(self) -> Responder:
        return self.responder()

    def unreachable(self) -> Responder:
        return self.responder("http://127.0.0.1:9")

    def asked(self) -> int:
        return len(self.fake.log)

    def break_next(self, how: How, status: int = 500, headers: Mapping[str, str] | None = None) -> None:
        kind, after = _HOW.get(how, ("status", False))
        self.fake.fail_next(self.part, how=kind, after=after, status=status, headers=headers, method=self.method)


class Answering(Breakable):
    """Subclasses say how the platform is faked, heard and answered."""

    now: datetime = NOW

    def faked(self) -> FakeServer:
        """The platform, with a customer's post on it."""
        raise NotImplementedError

    def ear(self, url: str) -> Connector:
        """The connector that hears it."""
        raise NotImplementedError

    def mouth(self, url: str, http: Http) -> Responder:
        """The responder, signed in."""
        raise NotImplementedError

    def published(self) -> list[str]:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def platform(self) -> Iterator[None]:
        self.now = NOW
        with self.faked() as self.fake:
            self.address = self.heard()[0].answer_to or ""
            with self.fake.lock:
                self.fake.log.clear()
            yield

    def clock(self) -> datetime:
        return self.now

    def heard(self) -> list[Post]:
        ear = self.ear(self.fake.url)
        found = [post for page in ear.fetch(Want(terms=("broke",))) for post in page.posts]
        ear.close()
        return found

    def responder(self, url: str = "") -> Responder:
        return self.mouth(url or self.fake.url, Http(private_ok=True, deadline_s=1, now=self.clock))

    def message(self, key: str, text: str) -> Message:
        return Message(key=key, address=self.address, text=text, after=NOW - timedelta(minutes=1))
