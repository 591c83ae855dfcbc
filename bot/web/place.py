"""Which queue a page is of: its part, its filter, its saved view. Every form and every link of the queue and of a case
carries it behind its address, so that an act leads back to where it was made, with scripts or without.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import Request

LONGEST = 300  # characters of a filter
MOST_ROWS = 100  # of a part on one page
PART_OF = {"theirs": "waiting", "snoozed": "snoozed", "delight": "delight"}
_NAMED = ("view", "q", "kept", "rows")
_BELOW = ("/cases/", "/replies/", "/approvals/", "/merges/", "/gestures/", "/promises/", "/sending/")
_WHOLE = ("/", "/mine", "/next", "/me/shift")
_CASE = re.compile(r"/cases/([0-9]{1,15})(?:/.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A queue: the part shown, its filter as a question or the saved view that has it, and how many rows a part has
    where more were asked for. `kept` and `rows`: 0 for none."""

    view: str = "everyone"
    question: str = ""
    kept: int = 0
    rows: int = 0

    @property
    def under(self) -> str:
        """All of it as a query, to stand behind any address: "?view=mine&q=untagged"; empty for the whole queue."""
        view = {"view": self.view} if self.view != "everyone" else {}
        return _query(view | self._rest())

    def at(self, case_id: int = 0) -> str:
        """The queue's own address, with this case beside it."""
        view = {"view": self.view} if self.view in PART_OF else {}
        case = {"at": case_id} if case_id else {}
        return f"{'/mine' if self.view == 'mine' else '/'}{_query(view | self._rest() | case)}"

    def case(self, case_id: int, said: str = "") -> str:
        """The page of a case in this queue. `said`: what was just done, by its code."""
        under = self.under
        return f"/cases/{case_id}{under}{('&' if under else '?') + f'said={said}' if said else ''}"

    def _rest(self) -> dict[str, object]:
        q, rows = ("" if self.kept else self.question), self.rows
        return {key: told for key, told in (("kept", self.kept), ("q", q), ("rows", rows)) if told}


WHOLE = Place()


def of(request: Request) -> Place:
    """The queue that a request is about. Its own address names it; for a press or a fragment the page it was made on
    does, where the browser names that. Anything else is the whole queue."""
    own = _of(request.url.path, request.url.query)
    if own != WHOLE or request.url.path in ("/", "/mine"):
        return own
    page = request.headers.get("hx-current-url", "")
    if request.method != "GET":
        page = page or request.headers.get("referer", "")
    try:
        named = urlsplit(page)
    except ValueError:  # a stranger's program may send anything
        return WHOLE
    return _of(named.path, named.query)


def page(request: Request, where: str) -> str:
    """The page on which a button of the frame was pressed, as the form names it: a case, My page, or else the queue."""
    here = of(request)
    found = _CASE.fullmatch(where)
    return here.case(int(found[1])) if found else "/me" if where == "/me" else here.at()


def _of(path: str, query: str) -> Place:
    if path not in _WHOLE and not path.startswith(_BELOW):
        return WHOLE
    said = parse_qs(query[:2_000])
    view, asked, kept, rows = (said.get(key, [""])[0] for key in _NAMED)
    view = "mine" if path == "/mine" else view if view in (*PART_OF, "mine") else "everyone"
    return Place(view, asked[:LONGEST], _number(kept), min(_number(rows), MOST_ROWS))


def _number(told: str) -> int:
    return int(told) if told.isdecimal() and told.isascii() and len(told) < 16 else 0


def _query(named: dict[str, object]) -> str:
    return f"?{urlencode(named)}" if named else ""


def address(view: str, asked: str = "") -> str:
    """Where a part of the queue stands under this filter."""
    return Place(view, asked).at()
