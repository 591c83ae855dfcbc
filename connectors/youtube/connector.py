"""YouTube: comments under our own videos, under videos we watch, and a rationed search for videos that name us."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.errors import Unavailable
from connectors.http import Http
from connectors.lanes import Bounds, Lane, Told, bounds_of, swept
from connectors.shapes import rows
from connectors.types import Here, Latency, Native, Page, Post, PostRef, Route, Want
from connectors.walked import Place, Walk, load, moment
from connectors.youtube.client import MOST_IDS, Client
from connectors.youtube.older import AT_ONCE, Older
from connectors.youtube.parse import NAME, VIDEO, comments, threads, videos, whole
from connectors.youtube.settings import Settings as YouTubeSettings

_REMEMBERED = timedelta(days=2)
_DAY_S = 86_400
_SEARCH_BACK_S = 10_800  # a new video is found late
_BY_HAND = "No consent of the channel's owner is set, so the answer is given on YouTube itself."


class YouTube:
    """Comments under your channel's videos, and videos that name you. Needs a Google API key; a consent to answer."""

    platform: ClassVar[str] = "youtube"
    Settings: ClassVar[type[YouTubeSettings]] = YouTubeSettings
    latency: ClassVar[Latency] = Latency.MINUTES
    every_s: ClassVar[int] = 300

    def __init__(
        self, settings: YouTubeSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._client = Client(settings, http or Http(), self._now)
        self._searched_at = 0
        self._older: Older | None = None

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was said since the cursor, or between `since` and `until`; a search only when its turn has come."""
        now, place = self._now(), load(want.cursor)
        bounds = bounds_of(want, place, now, _REMEMBERED)
        if place is not None:
            self._client.resume(place.turns.get("day", 0), place.turns.get("units", 0))
        older = self._older = self._rounds(bounds, place)
        lanes = self._lanes(want, bounds, place)
        if older is not None:
            bounds = replace(bounds, known=max(_REMEMBERED, now - moment(older.round.since)))
            lanes.append(Lane("older", older.ask, bounds.start, AT_ONCE + 1, lambda _: False, True, platform=NAME))
        for page in swept(lanes, bounds, want, now, rate=lambda: self._client.rate, with_more=self._counted):
            yield page if older is None else replace(page, notice=older.notice)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The comments and videos as they are now; deleted and hidden ones in `gone`."""
        posts: list[Post] = []
        gone: list[PostRef] = []
        found = [ref.id for ref in refs if ref.platform == self.platform]
        for ids, look in (
            ([id_ for id_ in found if not id_.startswith(VIDEO)], self._comments),
            ([id_ for id_ in found if id_.startswith(VIDEO)], self._videos),
        ):
            for at in range(0, len(ids), MOST_IDS):
                some = ids[at : at + MOST_IDS]
                here = {post.ref.id: post for post in look(some)}
                posts += [post for id_, post in here.items() if id_ in some]
                gone += [PostRef(self.platform, id_) for id_ in some if id_ not in here]
        return Page(posts=tuple(posts), gone=tuple(gone))

    def conversation(self, ref: PostRef) -> Page:
        """The comment that began the thread, and the replies to it, oldest first."""
        if ref.id.startswith(VIDEO):
            return Page()
        told = threads(self._client.thread(ref.id.partition(".")[0]), self._settings.channel_id)
        if not told.posts:
            return Page(gone=(ref,))
        return Page(posts=tuple(sorted(told.posts, key=lambda post: post.created_at)), poison=told.poison)

    def route(self, post: Post) -> Route:
        """A comment: here with the owner's consent. A video, or without consent: on YouTube itself."""
        if post.ref.id.startswith(VIDEO):
            return Native(post.url, "This is a video: the answer is a comment under it, on YouTube itself.")
        return Here("youtube") if self._settings.account else Native(post.url, _BY_HAND)

    def probe(self) -> str:
        """Try the key. Says whose channel it is, and what the settings leave out."""
        may = "answers as the channel" if self._settings.account else "listens; answers are given on YouTube itself"
        if not self._settings.channel_id:
            self._client.videos(["jNQXAC9IVRw"])
            return f"the key is good and {may}; no channel is set, so only videos are watched and searched"
        items = rows(self._client.channel(self._settings.channel_id), "items", "YouTube")
        if not items:
            raise Unavailable("YouTube knows no channel with this ID.")
        snippet = items[0].get("snippet") if isinstance(items[0], dict) else None
        title = snippet.get("title") if isinstance(snippet, dict) else ""
        return f"the channel “{str(title)[:80]}”: {may}"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()

    def _lanes(self, want: Want, bounds: Bounds, place: Place | None) -> list[Lane]:
        settings = self._settings
        floor, most = bounds.floor(settings.overlap_s), bounds.pages(settings.most_pages)
        lanes: list[Lane] = []
        about = {"allThreadsRelatedToChannelId": settings.channel_id, "textFormat": "plainText"}
        if settings.channel_id:
            ask = functools.partial(self._threads, about, bounds.tag(place, "channel"))
            lanes.append(Lane("channel", ask, floor, most, lambda post: not post.by_us, platform="YouTube"))
        for video_id in settings.videos:
            ask = functools.partial(self._threads, {"videoId": video_id, "textFormat": "plainText"}, "")
            lanes.append(Lane(f"video {video_id}", ask, floor, most, lambda _post: False, platform="YouTube"))
        return lanes + self._search(want, bounds, place)

    def _rounds(self, bounds: Bounds, place: Place | None) -> Older | None:
        """The look for replies under older comments, where its turn has come. It claims nothing as heard."""
        if place is None or not bounds.resumed or bounds.until is not None:
            return None
        older = Older(self._client, self._settings, self._now, place)
        return older if older.due else None

    def _search(self, want: Want, bounds: Bounds, place: Place | None) -> list[Lane]:
        """The search, if its turn has come: the day's searches are spread over the day."""
        query, now = query_of(want), int(self._now().timestamp())
        last = max(self._searched_at, place.turns.get("search", 0) if place else 0)
        a_day = self._settings.searches_a_day
        if not query or not a_day or (bounds.resumed and now - last < _DAY_S / a_day):
            return []
        self._searched_at = now
        floor = min(bounds.start, datetime.fromtimestamp(last, UTC)) if bounds.resumed and last else bounds.start
        floor -= timedelta(seconds=_SEARCH_BACK_S if bounds.resumed else 0)
        ask = functools.partial(self._found, query, floor)
        return [Lane("search", ask, floor, 1, lambda _post: False, best_effort=True, platform="YouTube", turn=now)]

    def _threads(self, about: Mapping[str, str], tag: str, token: str) -> Told:
        answer = self._client.threads(about, token, "" if token else tag)
        if answer.status == 304:
            return Told(same=True, tag=tag)
        return Told() if answer.status == 403 else threads(answer.json(), self._settings.channel_id)

    def _found(self, query: str, floor: datetime, token: str) -> Told:
        return videos(self._client.search(query, floor, token))

    def _counted(self, walk: Walk) -> Walk:
        used = replace(walk, turns={**walk.turns, "day": self._client.day, "units": self._client.units})
        if self._older is None:
            return used
        at = self._older.round
        return replace(used, tags={**used.tags, **at.tags}, turns={**used.turns, **at.turns}, counts=at.counts)

    def _comments(self, ids: Sequence[str]) -> Sequence[Post]:
        return whole(comments(self._client.comments(ids), self._settings.channel_id)).posts

    def _videos(self, ids: Sequence[str]) -> Sequence[Post]:
        return whole(videos(self._client.videos([id_.removeprefix(VIDEO) for id_ in ids]))).posts


def query_of(want: Want) -> str:
    """All names in one question: phrases in quotes, any of them."""
    names = (*want.terms, *(tag.lstrip("#") for tag in want.hashtags))
    clean = dict.fromkeys(" ".join(name.replace('"', " ").replace("|", " ").casefold().split()) for name in names)
    return "|".join(f'"{name}"' for name in clean if name)[:500]
