"""What could not be handled: kept with its bytes, shown, replayable."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from bot.store.tables_house import QuarantineRow


def add(session: Session, source: str, step: str, raw: bytes, why: str, now: datetime, ref: str = "") -> bool:
    """Put something aside, once per source, step, reference and bytes. False if it is there already."""
    return add_many(session, source, step, [(ref, raw, why)], now) > 0


def add_many(session: Session, source: str, step: str, odd: Sequence[tuple[str, bytes, str]], now: datetime) -> int:
    """Put (reference, bytes, why) aside, each once, all by one look at what is there. How many were new."""
    if not odd:
        return 0
    alike = select(QuarantineRow.ref, QuarantineRow.raw).where(
        QuarantineRow.source == source, QuarantineRow.step == step,
        col(QuarantineRow.raw).in_({raw for _ref, raw, _why in odd}),
    )  # fmt: skip
    there = {(ref, raw) for ref, raw in session.exec(alike)}
    fresh = dict[tuple[str, bytes], str]()
    for ref, raw, why in odd:
        if (ref, raw) not in there:
            fresh.setdefault((ref, raw), why[:2_000])
    session.add_all(
        QuarantineRow(source=source, step=step, ref=ref, raw=raw, why=why, at=now) for (ref, raw), why in fresh.items()
    )
    session.flush()
    return len(fresh)


def forget(session: Session, source: str, refs: Sequence[str]) -> None:
    """Take out the bytes of what the platform has deleted meanwhile, by the platform's own ids."""
    mine = update(QuarantineRow).where(col(QuarantineRow.source) == source, col(QuarantineRow.ref).in_(refs))
    session.connection().execute(mine.values(raw=b"", why="it was deleted"))


def open_ones(session: Session, limit: int = 100) -> list[QuarantineRow]:
    """What a person should look at, newest first."""
    found = select(QuarantineRow).where(QuarantineRow.state == "open").order_by(col(QuarantineRow.id).desc())
    return list(session.exec(found.limit(limit)).all())


def count(session: Session, source: str | None = None) -> int:
    """How many are open."""
    found = select(func.count()).select_from(QuarantineRow).where(QuarantineRow.state == "open")
    return int(session.exec(found if source is None else found.where(QuarantineRow.source == source)).one())


def count_of_step(session: Session, source: str, step: str) -> int:
    """How many things of a source one step ever put aside, whatever became of them."""
    found = select(func.count()).select_from(QuarantineRow)
    return int(session.exec(found.where(QuarantineRow.source == source, QuarantineRow.step == step)).one())
