"""Numbers for rows that are to be written many at once.

SQLite tells the number of a new row only for one row a statement, and each statement costs more than the row does. Who
has the turn to write is alone there: the numbers after the highest are theirs.
"""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, SQLModel, select


def next_ids(session: Session, table: type[SQLModel], many: int) -> Sequence[int]:
    """The numbers of so many rows that are added to `table` now; empty on PostgreSQL, which gives them itself."""
    if not many or session.get_bind().dialect.name != "sqlite":
        return ()
    highest = session.exec(select(func.max(table.id))).one()  # type: ignore[attr-defined]
    return range((highest or 0) + 1, (highest or 0) + 1 + many)
