"""A crisis as it is written, and the platform and rooms that play it. Nothing of it reaches outside the process.

One post a line, `at` in minutes from the beginning; `owed` says that this customer needs an answer.
"""

import json
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.resources import files
from math import isfinite
from operator import itemgetter
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from bot.core import blocks
from bot.core.brand import Brand
from bot.demo.stage import NATIVE_ONLY, StageSettings
from connectors.types import Author, Here, Latency, Native, Page, Post, PostRef, Route, Span, Want
from responders.types import Audience, Message, Receipt, Responder

SHIPPED = "outage-friday"
SHIPPED_ABOUT = "Northwind Air"
_OURS = re.compile(r"@northwindair\b|\bNorthwind(?: Air)?\b")  # the wind is written small, and stays the wind
LONGEST = 24 * 60  # minutes
MOST = 20_000
FORBIDDEN = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")


class Egress(RuntimeError):
    """Something in the drill wanted to reach out of the process. It was stopped."""


def sealed() -> None:
    """From here on no connection can be opened and no name looked up in this process; it cannot be undone."""
    sys.addaudithook(_stop)


def _stop(event: str, args: tuple[Any, ...]) -> None:
    if event in FORBIDDEN and not (event == "socket.connect" and _is_unix(args)):
        raise Egress(f"a drill opens no connection ({event})")


def _is_unix(args: tuple[Any, ...]) -> bool:
    return len(args) > 1 and isinstance(args[1], str | bytes)


@dataclass(frozen=True, slots=True)
class Line:
    """One post of a crisis."""

    id: str
    at: float
    on: str
    who: str
    text: str
    owed: bool = True
    name: str = ""
    followers: int = 0
    language: str | None = None

    def post(self, start: datetime, speed: float) -> Post:
        """The post as its platform would tell it."""
        return Post(
            ref=PostRef(self.on, self.id),
            url=f"https://{self.on}.example/{self.who}/{self.id}",
            author=Author(f"{self.on}:{self.who}", self.who, self.name or self.who, self.followers),
            text=self.text,
            created_at=start + timedelta(minutes=self.at) / speed,
            language=self.language,
            answer_to=self.id,
        )


def lines_of(text: str, name: str) -> tuple[Line, ...]:
    """A script, in its order. ValueError names the line that is wrong."""
    found = [_line(number, raw, name) for number, raw in enumerate(text.splitlines(), 1) if raw.strip()]
    if not found:
        raise ValueError(f"{name}: there is no post in it.")
    if len(found) > MOST:
        raise ValueError(f"{name}: {len(found):,} posts are too many; at most {MOST:,}.")
    if len({line.id for line in found}) < len(found):
        raise ValueError(f"{name}: two posts have the same id.")
    return tuple(sorted(found, key=lambda line: (line.at, line.id)))


def _line(number: int, raw: str, name: str) -> Line:
    try:
        values: dict[str, Any] = json.loads(raw)
        line = Line(**values)
        named = all(type(values[key]) is str and values[key] for key in ("id", "on", "who", "text"))
        if (
            not named
            or not isfinite(line.at)
            or not 0 <= line.at <= LONGEST
            or type(values.get("owed", True)) is not bool
        ):
            raise ValueError("id, on, who and text are words; at is minutes from 0 to a day; owed is true or false")
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name}, line {number}: {error}") from None
    return line


def load(where: str) -> tuple[str, tuple[Line, ...]]:
    """A crisis by its file, or the shipped one by its name: what it is called and its posts."""
    if where == SHIPPED:
        return SHIPPED, lines_of(files("bot.demo").joinpath(f"{SHIPPED}.jsonl").read_text("utf-8"), SHIPPED)
    file = Path(where)
    if not file.is_file():
        raise ValueError(f"There is no file {where}. A crisis of ours is called {SHIPPED}.")
    return file.stem, lines_of(file.read_text("utf-8", "replace"), file.name)


def about(script: Sequence[Line], brand: Brand) -> tuple[Line, ...]:
    """A script of ours as if it were about this brand, whose routes, chain and promise then hold.

    ValueError where nothing in it names ours.
    """
    name, handle = (brand.names or (brand.name,))[0], min(brand.accounts(), default="")

    def said(found: re.Match[str]) -> str:
        return f"@{handle}" if found[0].startswith("@") and handle else name

    made = tuple(replace(line, text=_OURS.sub(said, line.text)) for line in script)
    if made == tuple(script):
        raise ValueError(f"Nothing in it names {SHIPPED_ABOUT}: it is played about the brands it names.")
    return made


@dataclass
class Play:
    """A platform that plays a script from `start` on, `speed` times as fast as written."""

    script: Sequence[Line]
    start: datetime
    speed: float
    now: Callable[[], datetime]
    platform: ClassVar[str] = "drill"
    Settings: ClassVar[type[BaseModel]] = StageSettings
    latency: ClassVar[Latency] = Latency.SECONDS

    @property
    def end(self) -> datetime:
        """When the last post is written."""
        return self.start + timedelta(minutes=max(line.at for line in self.script)) / self.speed

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was written since the cursor."""
        done, now = int(want.cursor or 0), self.now()
        posts = [line.post(self.start, self.speed) for line in self.script[done:]]
        due = tuple(post for post in posts if post.created_at <= now)
        since = posts[0].created_at if posts else now
        yield Page(due, cursor=str(done + len(due)), covered=Span(min(since, now), now))

    def route(self, post: Post) -> Route:
        """As the platforms really are."""
        if post.ref.platform in NATIVE_ONLY:
            return Native(post.url, NATIVE_ONLY[post.ref.platform])
        return Here(post.ref.platform)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """Nobody deletes anything in a drill."""
        return Page()

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Told:
    """One message that a room was told, as it reads now: where, when, in a thread or not, and how often it changed."""

    room: str
    at: datetime
    message: Message
    thread: bool = False
    edits: int = 0

    def as_facts(self, by: str, start: datetime, names: Mapping[str, str]) -> dict[str, Any]:
        """As plain values, `by` the name of its responder."""
        return {
            "after_s": round((self.at - start).total_seconds()),
            "by": by,
            "room": names.get(self.room, self.room),
            "thread": self.thread,
            "edits": self.edits,
            "brand": str(self.message.facts.get("brand", "")),
            "text": blocks.aloud(self.message.text, self.message.blocks, names),
        }


@dataclass
class Pretend:
    """A room of the team, or a platform's answers, that keeps what it is told and passes nothing on."""

    name: str
    now: Callable[[], datetime]
    audience: Audience = "team"
    longest: int = 40_000
    Settings: ClassVar[type[BaseModel]] = StageSettings
    sent: dict[str, Receipt] = field(default_factory=dict)
    kept: dict[str, Told] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def said(self) -> list[Message]:
        """Every message, the first first, as it reads now."""
        return [one.message for one in list(self.kept.values())]

    def send(self, message: Message) -> Receipt:
        """Keep it; the same key twice is kept once."""
        room, _, thread = message.address.partition("@") if self.name == "slack" else (message.address, "", "")
        with self._lock:
            if message.key not in self.sent:
                number = f"{room}:{len(self.kept) + 1:06}.{self.name}"
                self.kept[number] = Told(room, self.now(), message, bool(thread))
                self.sent[message.key] = Receipt(number, sent_at=self.now())
            return self.sent[message.key]

    def find(self, message: Message) -> Receipt | None:
        """What was kept under this key."""
        return self.sent.get(message.key)

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """An edit rings nobody, so it is no message; what is kept reads as it does now."""
        with self._lock:
            there = self.kept.get(receipt.id)
            if there is not None:
                facts = message.facts or there.message.facts  # an edit says what reads otherwise, not whose it is
                there.message, there.edits = replace(message, facts=facts), there.edits + 1
        return receipt

    def told(self, start: datetime, names: Mapping[str, str]) -> list[dict[str, Any]]:
        """What was said, as plain values for a debrief, in seconds after the start. `names`: people by member id."""
        with self._lock:
            every = list(self.kept.values())
        return [one.as_facts(self.name, start, names) for one in every]

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Rooms(dict[str, Responder]):
    """The team's rooms and the platforms of a drill that began at `start`."""

    start: datetime

    def told(self, names: Mapping[str, str]) -> list[dict[str, Any]]:
        """What the team was told, in its order. `names`: people by their member id."""
        rooms = [room for room in self.values() if isinstance(room, Pretend) and room.audience == "team"]
        return sorted((one for room in rooms for one in room.told(self.start, names)), key=itemgetter("after_s"))
