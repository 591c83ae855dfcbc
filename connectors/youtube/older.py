"""Replies under older comments. YouTube lists threads by their beginning, so these are looked for in rounds.

A round goes through all threads page by page, over many reads, within its own part of the day's units. Each thread
comes with a few of its replies and their number (commentThreads: `replies` is a subset, `totalReplyCount` is exact);
where not all came along and the number is another than at the last look, the thread's replies are read one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from connectors.errors import Rejected
from connectors.lanes import Told
from connectors.types import Poison, Post
from connectors.walked import Place, moment
from connectors.youtube.client import Client, until_midnight
from connectors.youtube.parse import Thread, comments, counted, threads
from connectors.youtube.settings import Settings

MOST_KNOWN = 1000  # threads with more replies than come along, whose number a cursor has room for
AT_ONCE = 20  # units of one read: the newest comments must not wait for the oldest
_MOST_BELOW = 10  # pages of a hundred replies of one thread
_OFTEN_S = 900  # a small channel's round is over at once: the next one may wait
_SLOW_S = 3600
_BEFORE_S = 86_400
_DAY_S = 86_400.0


@dataclass(slots=True)
class Round:
    """Where the round is. `since`: replies from then on (Unix time) are new to us; `began`: the round itself.

    `at`: which listing, and YouTube's token of the page that comes next; "" between two rounds. `units`: used on `day`
    (in California). `counts`: thread → number of its replies when they were last read.
    """

    since: int
    began: int = 0
    at: str = ""
    day: int = 0
    units: int = 0
    reached: int = 0
    counts: dict[str, int] | None = None

    @property
    def tags(self) -> Mapping[str, str]:
        """What the cursor keeps as words."""
        return {"older": self.at}

    @property
    def turns(self) -> Mapping[str, int]:
        """What the cursor keeps as numbers."""
        named = {"since": self.since, "began": self.began, "day": self.day, "units": self.units}
        return {f"older {name}": number for name, number in named.items()} | {"older reached": self.reached}


class Older:
    """Asks for one page of the round at a time, as a lane does. `notice` is what the operator should know of it."""

    def __init__(self, client: Client, settings: Settings, now: Callable[[], datetime], place: Place) -> None:
        self._client, self._settings, self._now = client, settings, now
        told = {name: place.turns.get(f"older {name}", 0) for name in ("since", "began", "day", "units", "reached")}
        told["since"] = told["since"] or place.until - _BEFORE_S
        if told["day"] != client.day:
            told |= {"day": client.day, "units": 0}
        self.round = Round(**told, at=place.tags.get("older", ""), counts=dict(place.counts))
        self._left = min(AT_ONCE, self._allowed() - self.round.units)
        self.notice: str | None = None

    @property
    def due(self) -> bool:
        """Whether there is anything to look through, and units left for it."""
        rests = not self.round.at and self._second() - self.round.began < _OFTEN_S
        return bool(self._listings()) and self._left > 0 and not rests

    def ask(self, _after: str) -> Told:
        """The next page of the round, with the replies that are new to us; its `after` is "" when this read is over."""
        if not self.round.at:
            self.round.began, self.round.at = self._second(), "0 "
        number, _, token = self.round.at.partition(" ")
        listings = self._listings()
        about = listings[min(int(number), len(listings) - 1)]
        try:
            told, busy = self._page(about, token)
        except Rejected:
            return self._ended(int(number), refused=bool(token))
        posts, odd, whole = self._below(busy)
        if whole and not told.after:
            self._ended(int(number))
        elif whole:
            self.round.at = f"{number} {told.after}"
        found = [
            self._ours(post, about) for post in (*told.posts, *posts) if post.created_at >= moment(self.round.since)
        ]
        on = self.round.at if whole and self._left > 0 else ""
        return replace(told, posts=tuple(found), poison=(*told.poison, *odd), after=on, times=(), tag="")

    def _page(self, about: Mapping[str, str], token: str) -> tuple[Told, Sequence[Thread]]:
        self._spend()
        answer = self._client.threads(about, token)
        if answer.status == 403:
            return Told(), ()
        thing = answer.json()
        told = threads(thing, self._settings.channel_id)
        self.round.reached = int(min([*told.times, self._now()]).timestamp())
        return told, counted(thing)

    def _below(self, busy: Sequence[Thread]) -> tuple[list[Post], list[Poison], bool]:
        """The replies of threads whose number changed. False where the units ended first: the page comes again."""
        posts: list[Post] = []
        odd: list[Poison] = []
        known = self.round.counts if self.round.counts is not None else {}
        for thread in busy:
            key = _key(thread.id)
            before = known.pop(key, None)
            if before != thread.total:
                if self._left <= 0:
                    return posts, odd, False
                told = self._replies(thread)
                posts += told.posts
                odd += told.poison
            known[key] = thread.total
        self.round.counts = dict(list(known.items())[-MOST_KNOWN:])
        return posts, odd, True

    def _replies(self, thread: Thread) -> Told:
        """All replies of one thread; their order is not documented, so none is left out before the last page."""
        told, token = Told(), ""
        for _page in range(_MOST_BELOW):
            self._spend()
            thing = self._client.replies(thread.id, token)
            if thing is None:
                return told
            part = comments(thing, self._settings.channel_id, thread.id, thread.video)
            told = replace(told, posts=told.posts + part.posts, poison=told.poison + part.poison)
            token = part.after
            if not token:
                return told
        self.notice = f"A comment has more than {_MOST_BELOW * 100} replies: not all of them are read."
        return told

    def _ended(self, number: int, refused: bool = False) -> Told:
        """A listing is through; behind the last one the round is."""
        if refused and self.round.reached:
            self.notice = (
                f"YouTube lists comments back to {moment(self.round.reached):%d %B %Y} only: replies to older ones are "
                "not heard."
            )
        if number + 1 < len(self._listings()):
            self.round.at = f"{number + 1} "
            return Told(after=self.round.at if self._left > 0 else "")
        took = self._second() - self.round.began
        slow = (
            f"Replies under older comments are looked for in rounds. The last one took {-(-took // 3600)} hours: so "
            "late such a reply may be heard. More units for it (older_units_a_day) make it faster."
        )
        self.notice = self.notice or (slow if took > _SLOW_S else "")
        self.round.at, self.round.since = "", self.round.began - self._settings.overlap_s
        return Told()

    def _listings(self) -> list[Mapping[str, str]]:
        ours = [("allThreadsRelatedToChannelId", self._settings.channel_id)] if self._settings.channel_id else []
        watched = [("videoId", video) for video in self._settings.videos]
        return [{name: id_, "textFormat": "plainText"} for name, id_ in (*ours, *watched)]

    def _ours(self, post: Post, about: Mapping[str, str]) -> Post:
        return replace(post, to_us="videoId" not in about and not post.by_us)

    def _allowed(self) -> int:
        """What the day so far may have cost: the units are spread over it, so that its evening is heard, too."""
        most = min(self._settings.older_units_a_day, self._settings.units_a_day // 3)
        passed = 1 - until_midnight(self._now()).total_seconds() / _DAY_S
        return int(most * max(0.0, passed))

    def _spend(self) -> None:
        self._left -= 1
        self.round.units += 1

    def _second(self) -> int:
        return int(self._now().timestamp())


def _key(thread: str) -> str:
    """A short stand-in for a thread's id: a cursor has little room."""
    return sha256(thread.encode("utf-8", "replace")).hexdigest()[:8]
