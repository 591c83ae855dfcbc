"""Putting a backup in place without saying anything twice and without bringing back who was forgotten."""

import sqlite3
from pathlib import Path

from bot.store import migrate
from bot.store.db import Database

# Whatever the backup still meant to say was said, or decided otherwise, since it was taken: a person looks first.
_QUIET = (
    "UPDATE delivery SET state = 'withdrawn', error = 'restored from a backup' WHERE state IN ('waiting', 'sending')"
    " AND audience = 'team'",
    "UPDATE delivery SET state = 'unsure', error = 'restored from a backup' WHERE state IN ('waiting', 'sending')"
    " AND audience = 'customer'",
    "UPDATE reply SET state = 'unsure', why = 'restored from a backup: look on the platform' WHERE state = 'queued'",
    "UPDATE \"case\" SET look_at = NULL WHERE told <> '' AND answered_at IS NOT NULL",
)


def put_back(db: Database, backup: Path) -> Path:
    """Replace the SQLite database by a backup; tombstones of both are kept. Returns where the old one is.

    Raises WrongVersion when the backup is not sound, ValueError on PostgreSQL.
    """
    file = db.file()
    if file is None:
        raise ValueError("this database is PostgreSQL: restore it with pg_restore.")
    fresh, kept = file.with_suffix(".restoring"), file.with_name(f"{file.stem}-before-restore.sqlite")
    fresh.unlink(missing_ok=True)
    migrate.copy(backup, fresh)
    with sqlite3.connect(fresh) as connection:
        for statement in _QUIET:
            connection.execute(statement)
        if file.exists():
            connection.execute("ATTACH DATABASE ? AS old", (str(file),))
            connection.execute("INSERT OR IGNORE INTO tombstone SELECT * FROM old.tombstone")
    connection.close()
    if file.exists():
        migrate.copy(file, kept)
    db.close()
    for leftover in (file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        leftover.unlink(missing_ok=True)
    fresh.replace(file)
    return kept
