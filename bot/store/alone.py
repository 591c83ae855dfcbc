"""Whether another Earshot is at work on a database: each holds a share of its lock, and who gets the whole is alone.

Versions up to 0013 held the whole all their life, one of several processes only; both sides understand the other.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import SystemClock
from bot.store.db import Database

LOCK = 0xEA26  # PostgreSQL advisory lock, held as long as the process that took it lives
_CLOCK = SystemClock()
_LOOK_S = 0.2


class _Lock(Protocol):
    def whole(self) -> bool:
        """Nobody else has any of it. Never waits."""

    def share(self) -> None:
        """Ours beside others' shares, if nobody has the whole. Never waits."""

    def close(self) -> None:
        """Let go of it."""


_held: dict[str, _Lock] = {}  # a lock ends with what holds it, so that is kept to the end of the process
_guard = threading.RLock()


def is_alone(db: Database) -> bool:
    """Whether nobody else is at work; from now on this process is, so that nobody else is alone. Safe to ask again."""
    with _guard:
        lock = _lock_of(db)
        first = lock.whole()
        lock.share()
        return first


def stay(db: Database) -> None:
    """A process at work keeps its share: it is taken anew after the server that knew of it was started anew."""
    with _guard:
        if db.url in _held:
            _held[db.url].share()


@contextmanager
def undisturbed(db: Database, within: timedelta = timedelta(0)) -> Iterator[bool]:
    """While it is open nobody else is at work, nor begins; False if somebody still was after waiting so long."""
    with _guard:  # of several threads one after the other: they have one lock
        worked, lock, left = db.url in _held, _lock_of(db), within.total_seconds()
        while not (ours := lock.whole()) and left > 0:
            left -= _LOOK_S
            _CLOCK.sleep(timedelta(seconds=_LOOK_S))
        try:
            yield ours
        finally:
            if worked:
                lock.share()
            else:
                leave(db)


def leave(db: Database) -> None:
    """Give our share back: the next process may take up what is left."""
    with _guard:
        lock = _held.pop(db.url, None)
    if lock is not None:
        lock.close()


def _lock_of(db: Database) -> _Lock:
    if db.url not in _held:
        _held[db.url] = _OfFile(db) if db.is_sqlite else _OfServer(db)
    return _held[db.url]


class _OfFile:
    """flock(2) on a file beside the database: the kernel frees it when the process dies, however it dies.

    The kernel turns a share into the whole, and back, by letting go of it first. So whoever asks for the whole holds
    the turn from before that until it is a share again: meanwhile nobody else can get the whole.
    """

    def __init__(self, db: Database) -> None:
        self._handle, self._turn = _opened(db, "lock"), _opened(db, "lock-turn")
        self._is_shared = False

    def whole(self) -> bool:
        if not _taken(self._turn, fcntl.LOCK_EX):
            return False
        if _taken(self._handle, fcntl.LOCK_EX):
            return True
        if self._is_shared:
            self._is_shared = _taken(self._handle, fcntl.LOCK_SH)
        _taken(self._turn, fcntl.LOCK_UN)
        return False

    def share(self) -> None:
        self._is_shared = _taken(self._handle, fcntl.LOCK_SH)
        _taken(self._turn, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._handle)
        os.close(self._turn)


def _opened(db: Database, ending: str) -> int:
    file = db.file()
    handle = os.open(f"{file}.{ending}", os.O_RDWR | os.O_CREAT, 0o600)
    if file is not None and file.exists() and os.geteuid() == 0:
        of = file.stat()  # after `sudo earshot migrate` it must open for the service, as SQLite's own files do
        os.fchown(handle, of.st_uid, of.st_gid)
    return handle


def _taken(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError:  # another has it, or this file system has no locks: then nobody knows whether we are alone
        return False
    return True


class _OfServer:
    """An advisory lock: it ends with the connection that holds it."""

    def __init__(self, db: Database) -> None:
        self._db, self._there = db, _connected(db)
        self._is_whole = self._is_shared = False

    def whole(self) -> bool:
        self._is_whole = self._is_whole or self._asked("pg_try_advisory_lock(:key)")
        return self._is_whole

    def share(self) -> None:
        try:
            self._asked(":key > 0")
        except SQLAlchemyError:  # what it knew went with the connection
            self.close()
            self._there, self._is_whole, self._is_shared = _connected(self._db), False, False
        self._is_shared = self._is_shared or self._asked("pg_try_advisory_lock_shared(:key)")
        if self._is_whole:
            self._is_whole = not self._asked("pg_advisory_unlock(:key)")

    def _asked(self, what: str) -> bool:
        return bool(self._there.execute(text(f"SELECT {what}"), {"key": LOCK}).scalar())

    def close(self) -> None:
        if not self._there.closed:  # as it is where the server was still away when we came back
            self._there.invalidate()  # given back to the pool it would keep the lock
        self._there.close()


def _connected(db: Database) -> Connection:
    return db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
