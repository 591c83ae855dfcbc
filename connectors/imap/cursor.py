"""Where reading a folder resumes: UIDs count only within one UIDVALIDITY (RFC 3501, 2.3.1.1)."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Place:
    """`uid`: the last mail read in the folder of this `validity`; `at`: when (Unix time)."""

    validity: int = 0
    uid: int = 0
    at: int = 0

    def dump(self) -> str:
        """As the opaque cursor."""
        return json.dumps({"validity": self.validity, "uid": self.uid, "at": self.at}, separators=(",", ":"))

    @property
    def moment(self) -> datetime:
        """When it was read."""
        return datetime.fromtimestamp(self.at, UTC)


def load(cursor: str | None) -> Place | None:
    """The place a cursor names; None for none, or for one that is not ours."""
    try:
        told = json.loads(cursor or "")
        return Place(int(told["validity"]), int(told["uid"]), int(told["at"]))
    except (ValueError, TypeError, KeyError):
        return None
