"""Whether this process is the only Earshot at work on its database: then what is half done was left by a dead one."""

import fcntl
import os

from sqlalchemy import text

from bot.store.db import Database

LOCK = 0xEA26  # PostgreSQL advisory lock, held as long as the process that took it lives
_held: dict[str, object] = {}  # a lock ends with what holds it, so that is kept to the end of the process


def is_alone(db: Database) -> bool:
    """Take the database's lock, or find that another live process has it. Safe to ask again."""
    if db.url not in _held:
        holder = _of_file(db) if db.is_sqlite else _of_server(db)
        if holder is None:
            return False
        _held[db.url] = holder
    return True


def leave(db: Database) -> None:
    """Give the lock back: the next process may take up what is left."""
    holder = _held.pop(db.url, None)
    if isinstance(holder, int):
        os.close(holder)
    elif holder is not None:
        holder.close()  # type: ignore[attr-defined]


def _of_file(db: Database) -> int | None:
    """The kernel frees it when the process dies, however it dies."""
    path = db.file()
    if path is None:
        return None
    handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _of_server(db: Database) -> object | None:
    connection = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}).scalar():
        return connection
    connection.close()
    return None
