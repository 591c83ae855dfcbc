"""What could not be handled: kept with its bytes, shown, replayable."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from bot.store.tables_house import QuarantineRow


def add(session: Session, source: str, step: str, raw: bytes, why: str, now: datetime, ref: str = "") -> bool:
    """Put something aside, once per source, step, reference and bytes. False if it is there already."""
    same = select(QuarantineRow.id).where(
        QuarantineRow.source == source, QuarantineRow.step == step, QuarantineRow.ref == ref, QuarantineRow.raw == raw
    )
    if session.exec(same.limit(1)).first() is not None:
        return False
    session.add(QuarantineRow(source=source, step=step, ref=ref, raw=raw, why=why[:2_000], at=now))
    session.flush()
    return True


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
