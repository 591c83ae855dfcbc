"""The last round each loop finished."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from bot.store.asked import kept
from bot.store.tables_house import HeartbeatRow


def beat(session: Session, loop: str, now: datetime, every_s: float, note: str = "") -> None:
    """A loop finished a round."""
    session.merge(HeartbeatRow(loop=loop, at=now, every_s=every_s, note=note))


def beat_all(session: Session, rounds: Mapping[str, tuple[datetime, float]]) -> None:
    """These loops finished a round: when each did, and how often it should (seconds)."""
    engine = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    adding = engine.insert(HeartbeatRow)
    new = {"at": adding.excluded.at, "every_s": adding.excluded.every_s, "note": adding.excluded.note}
    rows = [{"loop": loop, "at": at, "every_s": every_s, "note": ""} for loop, (at, every_s) in sorted(rounds.items())]
    session.connection().execute(adding.on_conflict_do_update(index_elements=["loop"], set_=new), rows)


def clear(session: Session) -> None:
    """A process starts: loops of another machine beat again within seconds."""
    session.connection().execute(delete(HeartbeatRow))


@kept(HeartbeatRow)
def all_of(session: Session) -> list[HeartbeatRow]:
    """Every loop that ever beat."""
    return list(session.exec(select(HeartbeatRow)).all())


def silent(session: Session, now: datetime) -> list[HeartbeatRow]:
    """Loops that have not finished a round in three of their intervals (at least 15 s)."""
    return [row for row in all_of(session) if (now - row.at).total_seconds() > max(15.0, 3 * row.every_s)]
