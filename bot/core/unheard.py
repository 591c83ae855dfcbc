"""What a source hears no longer once its settings are others. Pure.

Which of the past's posts came from a dropped place is told by their addresses (reddit.com/r/NAME/…,
github.com/OWNER/NAME/…), or by what was written down of how they came: the search, server or listing that brought a
post first (`PostRow.query`). Posts from before that was written down, and settings that neither tells, are named as not
known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import escape
from typing import Any
from urllib.parse import urlsplit

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
}
"""By connector: settings that are on unless switched off, and how what comes by each is written down."""

WHOLE: Mapping[str, tuple[str, ...]] = {
    "rss": ("url",), "imap": ("host", "user", "folder"), "discourse": ("base_url",), "lemmy": ("base_url",),
    "googleplay": ("package",), "appstore": ("app_id",), "file": ("path",),
}  # fmt: skip
"""By connector: the settings that say which one place the whole source reads; another value is another place."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """What of one source is heard no longer: all of it, posts whose address begins with one of these paths, or those
    that came in one of these ways (patterns with `*`).

    `unknown` are the settings that change too, and whose part in what was heard nobody kept.
    """

    source: str
    whole: bool = False
    paths: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

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
    told = {*fields, *listed, *switches}
    other = sorted(key for key in before.keys() | after.keys() if key not in told and before.get(key) != after.get(key))
    paths = tuple(form.format(place) for place in _gone(before, after, fields))
    return Unheard(source, paths=paths, ways=tuple(ways), unknown=tuple(other))


def _gone(
    before: Mapping[str, Any], after: Mapping[str, Any], fields: tuple[str, ...], usual: tuple[str, ...] = ()
) -> list[str]:
    """Places that were named in any of these settings and are in none of them now."""
    left = {place for field in fields for place in _named(after, field, usual)}
    return sorted({place for field in fields for place in _named(before, field, usual)} - left)


def _named(options: Mapping[str, Any], field: str, usual: tuple[str, ...]) -> list[str]:
    named = options.get(field) or usual
    return [str(place).strip().strip("/").rpartition("://")[2].removeprefix("r/").casefold() for place in named]
