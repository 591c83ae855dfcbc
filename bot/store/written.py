"""How often each table was written to by this process: by it a look knows whether what it kept still holds."""

import re
import threading
from typing import Any

from sqlalchemy import Engine, event

_WRITES = re.compile(r'\s*(?:insert\s+(?:or\s+\w+\s+)?into|update|delete\s+from)\s+"?(\w+)', re.IGNORECASE)
_LOOKS = re.compile(r"\s*(?:select|begin|commit|rollback|savepoint|release|pragma|explain|set|show)\b", re.IGNORECASE)
ALL = ""
"""Counts what changed nobody knows which tables: a migration, a statement of a kind we do not know."""


class Written:
    """Counters of writes, one for the whole process: tests and commands open a database several times."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._mine = _Mine()

    def watch(self, engine: Engine) -> None:
        """Count what goes through this engine."""
        event.listen(engine, "after_cursor_execute", self._executed)

    def counts(self) -> dict[str, int]:
        """How often each table was written to so far. Ask before a look begins: what it sees is at least that new."""
        with self._lock:
            return self._counts.copy()

    def committed(self) -> None:
        """The calling thread's transaction is in the database: who looked before that keeps nothing of it."""
        tables, self._mine.tables = self._mine.tables, frozenset()
        self._count(tables)

    def _executed(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if _LOOKS.match(statement):
            return
        found = _WRITES.match(statement)
        table = found[1].lower() if found is not None else ALL
        self._mine.tables |= {table}
        self._count((table,))

    def _count(self, tables: Any) -> None:
        with self._lock:
            for table in tables:
                self._counts[table] = self._counts.get(table, 0) + 1


class _Mine(threading.local):
    """What the calling thread's transaction wrote to."""

    tables: frozenset[str] = frozenset()


WRITTEN = Written()
