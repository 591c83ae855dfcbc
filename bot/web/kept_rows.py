"""Rows of the queue, made once for all who look at it in the same moment: a hundred rows are most of a page's work.

A row is kept under everything it is made of, so a change of any of it makes another row; only its bar, which grows by
the second, may be ten seconds old. The page's script moves it on by itself.
"""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime
from threading import Lock

from bot.store.lists import Face
from bot.store.tables import CaseRow
from bot.web import pane, views
from bot.web.views import Row, Who

BAR_S = 10  # seconds in which the bar stands still
MOST = 2_000  # rows; the one that nobody asked for the longest goes first


class _Kept:
    """The rows, for all threads."""

    def __init__(self) -> None:
        self._lock, self._rows = Lock(), OrderedDict[Hashable, Row]()

    def get(self, key: Hashable) -> Row | None:
        with self._lock:
            found = self._rows.get(key)
            if found is not None:
                self._rows.move_to_end(key)
            return found

    def put(self, key: Hashable, row: Row) -> None:
        with self._lock:
            self._rows[key] = row
            while len(self._rows) > MOST:
                self._rows.popitem(last=False)


_KEPT = _Kept()


def row(
    case: CaseRow, face: Face | None, now: datetime, tz: str, *, holder: Who | None, reach: str, tags: tuple[str, ...]
) -> Row:
    """One line of the queue, as `views.row` makes it."""
    if case.promised_at is not None:  # its reason counts with the time
        return _made(case, face, now, tz, holder, reach, tags)
    key = (_case(case), _face(face), views.standing(case, now), now.timestamp() // BAR_S, tz, holder, reach, tags)
    found = _KEPT.get(key)
    if found is None:
        found = _made(case, face, now, tz, holder, reach, tags)
        _KEPT.put(key, found)
    return found


def _made(
    case: CaseRow, face: Face | None, now: datetime, tz: str, holder: Who | None, reach: str, tags: tuple[str, ...]
) -> Row:
    return views.row(case, face, now, tz, why=pane.reason(case, now), holder=holder, reach=reach, tags=tags)


def _case(case: CaseRow) -> Hashable:
    """What a row shows of a case. Its facts and its policy change with its version only."""
    shown = case.brand, case.platform, case.state, case.part, case.why, case.severity, case.followers
    return case.id, case.version, shown, case.due_at, case.spoke_at, case.heard_at, case.answered_at, case.at_risk_at


def _face(face: Face | None) -> Hashable:
    if face is None:
        return None
    return (face.mention_id, face.text, tuple(map(tuple, face.spans)), face.tagged, face.name, face.handle, face.gone)
