"""What a source hears no longer once its settings are others. Pure.

Which of the past's posts came from a dropped place is known only where their addresses say it; of the rest we say that
it is not known. Addresses: reddit.com/r/NAME/…, github.com/OWNER/NAME/….
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PLACES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "reddit": (("subreddits", "ours"), "/r/{}/"),
    "github": (("repositories",), "/{}/"),
}
"""By connector: the settings that list places, and how the address of a post from one begins after its host."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """What of one source is heard no longer: all of it, or posts whose address begins with one of these paths.

    `unknown` are the settings that change too, and whose part in what was heard nobody kept.
    """

    source: str
    whole: bool = False
    paths: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def had(self, source: str, url: str) -> bool:
        """Whether a post of that source and address would not have come."""
        if source != self.source:
            return False
        return self.whole or f"{urlsplit(url).path}/".casefold().startswith(self.paths)


def whole(source: str) -> Unheard:
    """A source that is gone or switched off."""
    return Unheard(source, whole=True)


def between(source: str, connector: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Unheard:
    """What is heard no longer when the options of a source become others; places that are added bring nothing back."""
    fields, form = PLACES.get(connector, ((), ""))
    left = {place for field in fields for place in _named(after, field)}
    gone = sorted({place for field in fields for place in _named(before, field)} - left)
    other = sorted(
        key for key in before.keys() | after.keys() if key not in fields and before.get(key) != after.get(key)
    )
    return Unheard(source, paths=tuple(form.format(place) for place in gone), unknown=tuple(other))


def _named(options: Mapping[str, Any], field: str) -> list[str]:
    return [str(place).strip().strip("/").removeprefix("r/").casefold() for place in options.get(field) or ()]
