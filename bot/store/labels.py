"""What the tags in the log are called. The log keeps numbers, so that the words can leave with the person they name.

Events written before there were numbers hold the words themselves; those are emptied where the words must go.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, delete, or_, select

from bot.store import events
from bot.store.tables_desk import LabelRow, MergeRow
from bot.store.tables_house import EventRow

WHATS = ("tag.added", "tag.removed")


def named(session: Session, case_id: int, words: str) -> int:
    """The number by which the log names this tag of this case."""
    found = select(LabelRow).where(LabelRow.case_id == case_id, LabelRow.words == words).limit(1)
    row = session.exec(found).first()
    if row is None:
        row = LabelRow(case_id=case_id, words=words)
        session.add(row)
        session.flush()
    return row.id or 0


def words(session: Session, number: int) -> str:
    """What the tag of this number is called; empty where its words are gone."""
    row = session.get(LabelRow, number)
    return row.words if row is not None else ""


def of(session: Session, rows: Iterable[EventRow]) -> dict[int, str]:
    """The words of the tags that these events put on or took off, by event; none where the words are gone."""
    told = {row.id or 0: events.facts_of(row) for row in rows if row.what in WHATS}
    numbers = {facts["label"] for facts in told.values() if isinstance(facts.get("label"), int)}
    rows_of = select(LabelRow).where(col(LabelRow.id).in_(numbers))
    words: dict[object, str] = {label.id: label.words for label in session.exec(rows_of)} if numbers else {}
    called = {key: words.get(facts.get("label"), facts.get("tag", "")) for key, facts in told.items()}
    return {key: str(said) for key, said in called.items() if said}


def forget(session: Session, case_ids: Sequence[int], now: datetime, keeps: Callable[[str], bool]) -> None:
    """Words of these cases' tags leave the log, unless `keeps` says that they may stay."""
    for label in session.exec(select(LabelRow).where(col(LabelRow.case_id).in_(case_ids))).all():
        if not keeps(label.words):
            session.connection().execute(delete(LabelRow).where(col(LabelRow.id) == label.id))
    either = or_(col(MergeRow.from_case).in_(case_ids), col(MergeRow.into_case).in_(case_ids))
    for merge in session.exec(select(MergeRow).where(either)).all():
        went = merge.before.get("went", {})
        if went.get("tag"):
            merge.before = merge.before | {"went": went | {"tag": [tag for tag in went["tag"] if keeps(tag)]}}
            session.add(merge)
    mine = col(EventRow.subject).in_([f"case:{key}" for key in case_ids]), col(EventRow.what).in_(WHATS)
    old = [(row, events.facts_of(row).get("tag")) for row in session.exec(select(EventRow).where(*mine)).all()]
    events.empty(session, [row for row, tag in old if isinstance(tag, str) and not keeps(tag)], now)
