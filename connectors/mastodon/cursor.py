"""Where reading resumes: for each timeline its last id and until when it was read to its end."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

_KEPT = 300


@dataclass(frozen=True, slots=True)
class Place:
    """One timeline. `heard_until`: it was read to its end then. `pace`: posts a second when last looked at."""

    last_id: str = ""
    heard_until: datetime | None = None
    pace: float = 0.0


@dataclass(frozen=True, slots=True)
class Places:
    """All timelines of a source, by "host/name", and marks of the posts last given, oldest first."""

    lanes: dict[str, Place] = field(default_factory=dict)
    seen: tuple[str, ...] = ()

    def written(self) -> str:
        """As a page carries it."""
        lanes = {
            name: [place.last_id, place.heard_until.timestamp() if place.heard_until else None, round(place.pace, 3)]
            for name, place in self.lanes.items()
        }
        return json.dumps({"lanes": lanes, "seen": self.seen[-_KEPT:]}, separators=(",", ":"))

    def moved(self, name: str, place: Place) -> "Places":
        """With one timeline further on."""
        return replace(self, lanes={**self.lanes, name: place})


def read(cursor: str | None) -> Places:
    """A cursor as `written`; None is the very start. Raises ValueError for anything else."""
    if cursor is None:
        return Places()
    try:
        thing = json.loads(cursor)
        lanes = {
            str(name): Place(str(last), None if heard is None else datetime.fromtimestamp(heard, UTC), float(pace))
            for name, (last, heard, pace) in thing["lanes"].items()
        }
        return Places(lanes, tuple(str(mark) for mark in thing["seen"]))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise ValueError("this is not a Mastodon cursor") from error


def mark(uri: str, edited_at: datetime | None) -> str:
    """One version of one post in twelve letters; an edit has another."""
    version = edited_at.isoformat() if edited_at else ""
    return hashlib.sha256(f"{uri} {version}".encode("utf-8", "replace")).hexdigest()[:12]
