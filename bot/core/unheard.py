"""What a source hears no longer once its settings are others. Pure.

Which of the past's posts came from a dropped place is told by their addresses (reddit.com/r/NAME/…,
github.com/OWNER/NAME/…), or by what was written down of how they came: the search, server or listing that brought a
post first (`PostRow.query`); of X also by what a changed filter asks for, of Stack Exchange by a question's tags. Posts
from before that was written down, and settings that neither tells, are named as not known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import escape
from typing import Any, Protocol
from urllib.parse import urlsplit

from connectors.x.filtering import Clause, Every, Said, conditions, is_idle

PLACES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "reddit": (("subreddits", "ours"), "/r/{}/"),
    "github": (("repositories",), "/{}/"),
}
"""By connector: the settings that list places, and how the address of a post from one begins after its host."""


LISTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "mastodon": (("servers",), ("https://mastodon.social",), "{}/*"),
    "lemmy": (("communities", "ours"), (), "{} *"),
    "stackexchange": (("sites",), ("stackoverflow",), "{} *"),
    "youtube": (("videos",), (), "video {}"),
}
"""By connector: settings that list places, what they are if not set, and how what comes from one is written down."""

SWITCHES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "mastodon": {"public": ("*/public",)},
    "reddit": {"search": ("search",), "comments": ("comments",)},
    "bluesky": {"stream": ("stream",)},
    "threads": {"search": ("search",)},
    "github": {"search": ("search *", "discussions *"), "discussions": ("* discussions", "discussions *")},
    "lemmy": {"search": ("search *",)},
    "stackexchange": {"search": ("* search *",), "below": ("* answers", "* comments")},
    "x": {"mentions": ("mentions",), "own_posts": ("own posts",)},
}
"""By connector: settings that are on unless switched off, and how what comes by each is written down."""

WHOLE: Mapping[str, tuple[str, ...]] = {
    "rss": ("url",), "imap": ("host", "user", "folder"), "discourse": ("base_url",), "lemmy": ("base_url",),
    "googleplay": ("package",), "appstore": ("app_id",), "file": ("path",),
}  # fmt: skip
"""By connector: the settings that say which one place the whole source reads; another value is another place."""


IDLE: Mapping[str, tuple[str, ...]] = {
    "x": ("stream", "tier", "authors", "price_post", "price_author", "price_owned"),
}
"""By connector: settings that make a post come sooner, dearer or with less beside it, but never not at all."""


OWNED = ("mentions", "own posts", "conversation")
"""How posts come that no search of X found."""

JUDGED: Mapping[str, tuple[str, ...]] = {"x": ("query_filter",), "stackexchange": ("tags",)}
"""By connector: settings that each stored post is held against."""


class Row(Said, Protocol):
    """A stored post."""

    @property
    def source(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def native_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Unheard:
    """What of one source is heard no longer: all of it, posts whose address begins with one of these paths, or those
    that came in one of these ways (patterns with `*`).

    `filtered`: what a search asks for besides, which what it found must be now. `tags`: those that are still listened
    to, None if nothing of them changed: a question stays with one of them, and what is said below it with the question.
    `unknown` are the settings that change too, and whose part in what was heard nobody kept.
    """

    source: str
    whole: bool = False
    paths: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    filtered: tuple[Clause, ...] = ()
    tags: tuple[str, ...] | None = None

    @property
    def tells(self) -> bool:
        """Whether stored posts show something of the change."""
        return self.whole or bool(self.paths or self.ways or self.filtered) or self.tags is not None

    def took(self, row: Row, ways: Mapping[str, str]) -> bool | None:
        """Whether this post would not have come; None where nobody knows. `ways` is `ways_of` the posts around it."""
        if self.had(row.source, row.url, row.query):
            return True
        if row.source != self.source or self.whole:
            return False
        known = [self._filtered_out(row), self._untagged(row.query, ways.get(row.thread or "", ""))]
        return True if True in known else None if None in known or self.doubts(row.source, row.query) else False

    def _filtered_out(self, row: Row) -> bool | None:
        """A search's post has its query written down; own timelines are read whole, and so may what has nothing."""
        if row.query in OWNED:
            return False
        fits = Every(self.filtered).holds(row)
        return None if fits is None or (not fits and not row.query) else not fits

    def _untagged(self, way: str, above: str) -> bool | None:
        if self.tags is None:
            return False
        listing, *own = way.split()[1:] or [""]
        if listing in ("answers", "comments"):
            return self._untagged(above, "") if self.tags else True
        if listing != "tags":
            return None if not way else False
        return not set(own) & set(self.tags) if own or not self.tags else None

    def had(self, source: str, url: str, way: str = "") -> bool:
        """Whether a post of that source and address, that came in this way, would not have come."""
        if source != self.source:
            return False
        if self.whole or f"{urlsplit(url).path}/".casefold().startswith(self.paths):
            return True
        return any(fnmatchcase(way.casefold(), each) for each in self.ways)

    def doubts(self, source: str, way: str) -> bool:
        """Whether it is not known of a post of that source if it would have come: its way was not written down."""
        return source == self.source and bool(self.ways) and not self.whole and not way


def whole(source: str) -> Unheard:
    """A source that is gone or switched off."""
    return Unheard(source, whole=True)


def between(source: str, connector: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Unheard:
    """What is heard no longer when the options of a source become others; places that are added bring nothing back."""
    if any(before.get(key) != after.get(key) for key in WHOLE.get(connector, ())):
        return whole(source)
    fields, form = PLACES.get(connector, ((), ""))
    listed, usual, way = LISTS.get(connector, ((), (), ""))
    switches = SWITCHES.get(connector, {})
    ways = [way.format(escape(place)) for place in _gone(before, after, listed, usual)]
    ways += [each for key in switches if before.get(key, True) and not after.get(key, True) for each in switches[key]]
    filtered, odd = _narrower(before, after) if connector == "x" else ((), ())
    tags = _tags(before, after) if connector == "stackexchange" else None
    told = {*fields, *listed, *switches, *IDLE.get(connector, ()), *JUDGED.get(connector, ())}
    other = sorted(key for key in before.keys() | after.keys() if key not in told and before.get(key) != after.get(key))
    paths = tuple(form.format(place) for place in _gone(before, after, fields))
    return Unheard(source, paths=paths, ways=tuple(ways), unknown=(*odd, *other), filtered=filtered, tags=tags)


def ways_of(rows: Iterable[Row]) -> dict[str, str]:
    """How each of these posts came, by its platform's id: what is said below a question goes with the question."""
    return {row.native_id: row.query for row in rows}


def _narrower(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[tuple[Clause, ...], tuple[str, ...]]:
    """What X's search asks for that it did not ask for before, and what of the change no stored post tells."""
    was, will = (conditions(str(each.get("query_filter", "-is:retweet"))) for each in (before, after))
    new = [part for part in will if part not in was]
    unknown = [f"query_filter {part}" for part in new if not part.told]
    unknown += [f"query_filter without {part}" for part in was if part not in will and not is_idle(part)]
    return tuple(part for part in new if part.told), tuple(unknown)


def _tags(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The tags still listened to, if one is dropped; None if not."""
    was, will = (tuple(str(tag).lower().strip("[]") for tag in each.get("tags") or ()) for each in (before, after))
    return will if set(was) - set(will) else None


def _gone(
    before: Mapping[str, Any], after: Mapping[str, Any], fields: tuple[str, ...], usual: tuple[str, ...] = ()
) -> list[str]:
    """Places that were named in any of these settings and are in none of them now."""
    left = {place for field in fields for place in _named(after, field, usual)}
    return sorted({place for field in fields for place in _named(before, field, usual)} - left)


def _named(options: Mapping[str, Any], field: str, usual: tuple[str, ...]) -> list[str]:
    named = options.get(field) or usual
    return [str(place).strip().strip("/").rpartition("://")[2].removeprefix("r/").casefold() for place in named]
