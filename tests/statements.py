"""What a database is asked while something is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from bot.store.db import Database


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """Every statement that this database is given from here on, by whomever; many rows in one are one."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    engines = {engine.pool: engine for engine in (db._reader, db._writer)}.values()  # one pool, one engine
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
