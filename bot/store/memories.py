"""What cases were about, as numbers, for finding those like one: per brand, and gone with the words they came from."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlmodel import Session, col, func, select

from bot.core.similar import BAD, GOOD, Like, Vector, nearest, unpacked
from bot.store.parts import if_any
from bot.store.tables import CaseRow, MentionRow, PostRow, RecoveryRow, ReplyRow
from bot.store.tables_answering import MemoryRow

NEWEST = 10_000  # cases a brand remembers at once: 15 MB
KEPT = 4  # brands held in memory
ENDED = {"recovered": GOOD, "worse": BAD}


@dataclass(frozen=True, slots=True)
class Past:
    """A case like this one: what was asked, what was answered, how it ended."""

    case_id: int
    near: float
    text: str
    answer: str
    outcome: str
    resolved_how: str
    at: datetime


_lock = threading.Lock()
_held: OrderedDict[tuple[str, str, str], tuple[str, list[int], Vector]] = OrderedDict()


def untold(session: Session, model: str, limit: int) -> list[tuple[int, str, str]]:
    """Cases without numbers of this model: (case, brand, the words they began with, "" if gone), the newest first."""
    told = (col(MemoryRow.case_id) == col(CaseRow.id)) & (col(MemoryRow.model) == model)
    missing = select(CaseRow.id, CaseRow.brand).join(MemoryRow, told, isouter=True)
    missing = missing.where(col(MemoryRow.case_id).is_(None), CaseRow.state != "merged")
    rows = session.exec(missing.order_by(col(CaseRow.id).desc()).limit(limit)).all()
    ids = [key for key, _ in rows if key is not None]
    said = select(MentionRow.case_id, PostRow.title, PostRow.text).join(
        PostRow, col(PostRow.id) == col(MentionRow.post_id)
    )
    words: dict[int, str] = {}
    for key, title, text in session.exec(said.where(col(MentionRow.case_id).in_(ids)).order_by(col(MentionRow.id))):
        words.setdefault(key or 0, f"{title}\n{text}".strip())
    return [(key or 0, brand, words.get(key or 0, "")) for key, brand in rows]


def put(session: Session, case_id: int, brand: str, model: str, vector: bytes, now: datetime) -> None:
    """Keep a case's numbers; those of another model are replaced."""
    session.merge(MemoryRow(case_id=case_id, brand=brand, model=model, vector=vector, at=now))


def like(session: Session, case: CaseRow, model: str, most: int = 3) -> list[Past]:
    """Answered or resolved cases of the brand that are like this one, with what was said and how it ended."""
    own = _own(session, case.id or 0)
    if own is None or own.model != model:
        return []
    ids, matrix = _all(session, case.brand, model)
    if matrix.shape[1] != len(unpacked(own.vector)):
        return []
    bonus = _endings(session, case.brand)
    found = nearest(unpacked(own.vector), ids, matrix, [bonus.get(key, 0.0) for key in ids], model, most + 8)
    shown = [_past(session, one) for one in found if one.case_id != case.id]
    return [one for one in shown if one is not None and one.case_id != case.id][:most]


@if_any(MemoryRow)
def _own(session: Session, case_id: int) -> MemoryRow | None:
    return session.get(MemoryRow, case_id)


def _all(session: Session, brand: str, model: str) -> tuple[list[int], Vector]:
    """A brand's numbers as one matrix, held until a case is added. A forgotten one has no words left to show."""
    mine = (MemoryRow.brand == brand, MemoryRow.model == model)
    mark = str(session.exec(select(func.max(MemoryRow.case_id)).where(*mine)).one())
    place = (str(session.get_bind().engine.url), brand, model)
    with _lock:
        if place in _held and _held[place][0] == mark:
            _held.move_to_end(place)
            return _held[place][1:]
    rows = session.exec(
        select(MemoryRow.case_id, MemoryRow.vector).where(*mine).order_by(col(MemoryRow.case_id).desc()).limit(NEWEST)
    ).all()
    ids = [key for key, _ in rows]
    matrix = np.stack([unpacked(vector) for _, vector in rows]) if rows else np.zeros((0, 1), np.float32)
    with _lock:
        _held[place] = (mark, ids, matrix)
        while len(_held) > KEPT:
            _held.popitem(last=False)
    return ids, matrix


def _endings(session: Session, brand: str) -> dict[int, float]:
    rows = select(RecoveryRow.case_id, RecoveryRow.outcome).join(CaseRow, col(CaseRow.id) == col(RecoveryRow.case_id))
    ended = rows.where(CaseRow.brand == brand, col(RecoveryRow.outcome).in_(list(ENDED)))
    return {key: ENDED[outcome] for key, outcome in session.exec(ended.limit(NEWEST))}


def _past(session: Session, one: Like) -> Past | None:
    """A case with its answer; None where there is nothing to learn: not answered, or its words are gone."""
    case = session.get(CaseRow, one.case_id)
    answered = select(ReplyRow).where(ReplyRow.case_id == one.case_id, ReplyRow.state == "sent")
    reply = session.exec(answered.order_by(col(ReplyRow.id)).limit(1)).first()
    said = select(PostRow.text).join(MentionRow, col(MentionRow.post_id) == col(PostRow.id))
    text = session.exec(said.where(MentionRow.case_id == one.case_id).order_by(col(MentionRow.id)).limit(1)).first()
    if case is None or reply is None or not text:
        return None
    ended = select(RecoveryRow).where(RecoveryRow.case_id == one.case_id).order_by(col(RecoveryRow.days).desc())
    recovery = session.exec(ended.limit(1)).first()
    outcome = recovery.outcome if recovery is not None else ""
    return Past(one.case_id, one.near, text, reply.text, outcome, case.resolved_how, reply.approved_at)
