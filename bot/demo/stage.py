"""A platform that plays the script, and takes our answers as a real one would. Nothing leaves the machine."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from bot.demo import script
from bot.demo.script import Line
from connectors.types import Here, Latency, Native, Page, Post, PostRef, Route, Span, Want
from responders.types import Audience, Message, Receipt

NATIVE_ONLY = {
    "x": "No account on X is set, so the answer is given on X itself.",
    "hackernews": "Hacker News has no way to post for a program.",
}
PAGE = 50
STEP_S = 0.5
THANKS_AFTER = timedelta(seconds=25)


class StageSettings(BaseModel):
    """Nothing to set."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass
class Stage:
    """Plays what was before the curtain at once, the rest `speed` times as fast as written."""

    now: Callable[[], datetime]
    speed: float
    curtain: datetime
    answered: list[tuple[datetime, Line]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    platform: ClassVar[str] = "demo"
    Settings: ClassVar[type[BaseModel]] = StageSettings
    latency: ClassVar[Latency] = Latency.SECONDS

    def fetch(self, want: Want) -> Iterator[Page]:
        """The week before the curtain."""
        posts = script.past(self.curtain)
        week = Span(self.curtain - timedelta(days=7), self.curtain)
        while batch := tuple(islice(posts, PAGE)):
            yield Page(batch, cursor="past", covered=week)

    def stream(self, want: Want, stop: threading.Event) -> Iterator[Page]:
        """The rest, as it comes."""
        if want.cursor is None:
            yield from self.fetch(want)
        coming, heard = script.to_come(), self.now()
        while not stop.wait(STEP_S):
            now = self.now()
            due = [line for line in coming if self._plays_at(line) <= now]
            coming = [line for line in coming if line not in due]
            posts = [*self._posts(due), *self._thanks(now)]
            yield Page(tuple(posts), cursor="live", covered=Span(heard, now))
            heard = now

    def _plays_at(self, line: Line) -> datetime:
        return self.curtain + timedelta(minutes=-line.at) / self.speed

    def _posts(self, due: list[Line]) -> Iterator[Post]:
        where = script.platforms()
        for line in due:
            yield line.post(self._plays_at(line), where)

    def _thanks(self, now: datetime) -> Iterator[Post]:
        with self._lock:
            due = [pair for pair in self.answered if pair[0] <= now]
            self.answered = [pair for pair in self.answered if pair not in due]
        where = script.platforms()
        for at, line in due:
            yield line.post(at, where)

    def heard_answer(self, post_id: str) -> None:
        """Somebody of us answered: whoever has something to say to that says it soon."""
        line = script.thanks().get(post_id)
        if line is not None:
            with self._lock:
                self.answered.append((self.now() + THANKS_AFTER, line))

    def route(self, post: Post) -> Route:
        """As the platforms really are: some can be answered here, some only on their own page."""
        if post.ref.platform in NATIVE_ONLY:
            return Native(post.url, NATIVE_ONLY[post.ref.platform])
        return Here(post.ref.platform)

    def recheck(self, refs: "list[PostRef]") -> Page:
        """Nobody deletes anything in the play."""
        return Page()

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Speaker:
    """Takes answers for one platform of the stage."""

    stage: Stage
    name: str
    now: Callable[[], datetime]
    audience: ClassVar[Audience] = "customer"
    longest: int = 500
    Settings: ClassVar[type[BaseModel]] = StageSettings
    sent: dict[str, Receipt] = field(default_factory=dict)

    def send(self, message: Message) -> Receipt:
        """Say it on the stage; the same key twice is said once."""
        if message.key not in self.sent:
            receipt = Receipt(f"ours-{len(self.sent) + 1}-{self.name}", sent_at=self.now())
            self.sent[message.key] = receipt
            self.stage.heard_answer(message.address)
        return self.sent[message.key]

    def find(self, message: Message) -> Receipt | None:
        """What was said under this key."""
        return self.sent.get(message.key)

    def close(self) -> None:
        """Nothing is open."""
