"""The only two ways to the database: `begin()` writes, `read()` looks and never waits for a writer."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from bot.clock import SystemClock
from bot.store.asked import COUNTS, REMEMBERED, SHARED
from bot.store.precedence import Precedence
from bot.store.written import WRITTEN

__all__ = ["Database", "DatabaseAway", "DatabaseRefuses", "Session", "TooSlow", "refusal"]

DatabaseAway = SQLAlchemyError  # the name by which others may catch it: only the store speaks SQL
DatabaseRefuses = OperationalError  # full, locked, or gone: not our bug, and over when somebody mends it
WRITER_LOCK = 0xEA25  # PostgreSQL advisory lock: whoever writes holds it to the end of the transaction
SAFE_SQLITE = (
    3,
    51,
    3,
)  # earlier ones can corrupt a WAL reset by two connections: one connection writes and checkpoints

BUSY_S = 30  # so long a writer waits for those of other processes; on a starved machine eight of them need ten
LOOK_AGAIN = timedelta(milliseconds=3)
STEPS = 20_000  # of SQLite's machine between two looks at the time
# A machine without power says no farewell: asked after 30 s of silence, given up after another 30 (libpq's names).
_NOTICED = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
_CLOCK = SystemClock()


class TooSlow(Exception):
    """A question took longer than it may; nothing else is wrong."""


class Database:
    """SQLite or PostgreSQL behind one address. Opening it makes no table: see migrate.py.

    On both one transaction writes at a time: the chain of events needs that, and rows taken in any order cannot block
    one another for ever.
    SQLite: WAL, synchronous FULL, secure_delete, one writing connection (BEGIN IMMEDIATE), readers of their own.
    """

    def __init__(self, url: str, readers: int = 16) -> None:
        self.url = _dialect_of(url)
        self.is_sqlite = self.url.startswith("sqlite")
        if self.is_sqlite:
            self._writer, self._reader = _sqlite_engines(self.url, readers)
        else:
            self._writer = create_engine(
                self.url,
                pool_size=readers,
                max_overflow=8,
                pool_pre_ping=True,
                hide_parameters=True,
                connect_args={name: n for name, n in _NOTICED.items() if name not in make_url(self.url).query},
            )
            event.listen(self._writer, "connect", _set_on(str(make_url(self.url).query.get("options", ""))))
            # Each question of a look is answered as of now anyway: without a transaction it is two round trips less.
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")
        WRITTEN.watch(self._writer)
        self._first = Precedence()
        self._mine = _Mine()
        self._shared: dict[Any, Any] = {}

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One writing transaction: committed at the end, rolled back by an exception.

        What this thread looks at from then on is looked at anew, also inside a look it has open.
        """
        self._mine.look = None
        with self._first.turn(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            if not self.is_sqlite:  # other processes write, too
                session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
            yield session
        WRITTEN.committed()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One look at a consistent state. A look inside a look of the same thread is that same look.

        With connections of their own, as many pages as there are connections could each hold one and wait for ever for
        a second. A generator must not keep a look open while it yields: its next piece may be made by another thread.
        """
        outer = self._mine.look
        if outer is not None:
            yield outer
            return
        looking = Session(
            self._reader,
            expire_on_commit=False,
            autoflush=False,
            info={REMEMBERED: {}, SHARED: self._shared, COUNTS: WRITTEN.counts()},
        )
        with self._first.look(), looking as session:
            self._mine.look = session
            try:
                yield session  # closing it ends the look; a rollback here would empty the rows that were read
            finally:
                self._mine.look = None

    @contextmanager
    def hurried(self, seconds: float) -> Iterator[Session]:
        """A look of its own of which no statement may take longer than that: TooSlow, and the look is over."""
        with self.read() as session:
            connection = session.connection()
            if self.is_sqlite:
                raw: Any = connection.connection.driver_connection
                end = _CLOCK.monotonic() + seconds
                raw.set_progress_handler(lambda: _CLOCK.monotonic() > end, STEPS)
            else:
                connection.execute(text(f"SET statement_timeout = {round(1000 * seconds)}"))
            try:
                yield session
            except OperationalError as error:
                if any(word in str(error.orig).lower() for word in ("interrupted", "statement timeout")):
                    raise TooSlow from error
                raise
            finally:
                if self.is_sqlite:
                    raw.set_progress_handler(None, 0)
                elif not connection.invalidated:
                    connection.execute(text("SET statement_timeout TO DEFAULT"))

    @contextmanager
    def still(self) -> Iterator[Session]:
        """A long look that stays as it was when it began; in `read` PostgreSQL answers each question as of now."""
        with self.read() as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    def behind(self) -> None:
        """The calling thread is a loop's: pages and presses go before it."""
        self._first.behind()

    def serving(self) -> AbstractContextManager[None]:
        """While it is open a person waits for an answer of ours: the loops make room."""
        return self._first.serving()

    def is_wanted(self) -> bool:
        """Whether a person waits for an answer: a loop that has much to write ends its transaction early."""
        return self._first.served()

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations and backups."""
        return self._writer

    def file(self) -> Path | None:
        """The SQLite file, or None."""
        name = make_url(self.url).database if self.is_sqlite else None
        return Path(name) if name else None

    def ping(self) -> None:
        """Raises if the database does not answer."""
        with self.read() as session:
            session.connection().execute(text("SELECT 1"))

    def scrub(self) -> bool:
        """Overwrite what deleted rows left in the files. False if a reader stood in the way."""
        with self._first.turn() if self.is_sqlite else nullcontext():
            raw = self._writer.raw_connection()
            try:
                there: Any = raw.driver_connection
                if self.is_sqlite:
                    return bool(there.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
                there.autocommit = True
                there.execute("VACUUM")  # every table: a new one is not forgotten
                there.autocommit = False
                return True
            finally:
                raw.close()

    def close(self) -> None:
        """Give back all connections."""
        self._writer.dispose()
        self._reader.dispose()


class _Mine(threading.local):
    """What the current thread has open."""

    look: Session | None = None


def refusal(error: Exception) -> str:
    """Why the database took nothing, in a sentence without statement or address."""
    why = str(getattr(error, "orig", None) or error).lower()
    if "full" in why or "no space" in why:
        return "The disk is full."
    if "locked" in why or "busy" in why:
        return "The database is held by another program."
    return "The database does not answer."


def _dialect_of(url: str) -> str:
    """`postgresql://` means psycopg 3. Raises ValueError for anything but SQLite and PostgreSQL."""
    for prefix in ("postgresql+psycopg://", "sqlite:///"):
        if url.startswith(prefix):
            return url
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    raise ValueError("The database address must begin with sqlite:/// or postgresql:// (EARSHOT_DATABASE_URL).")


def _set_on(options: str) -> Callable[[Any, object], None]:
    """What each connection to PostgreSQL is told first, but for what the operator's own options name.

    No question here runs so long that compiling it would pay. A process whose machine lost its power keeps its locks,
    that of who writes among them, until the server notices. Not as options of our own: poolers refuse those.
    """
    ours = {"jit": "off"} | {f"tcp_{name.removeprefix('tcp_')}": str(n) for name, n in _NOTICED.items()}
    told = "; ".join(f"SET {name} = {value}" for name, value in ours.items() if name not in options)

    def tell(raw: Any, _record: object) -> None:
        with raw.cursor() as cursor:
            cursor.execute(told)
        raw.commit()

    return tell


def _sqlite_engines(url: str, readers: int) -> tuple[Engine, Engine]:
    file = Path(make_url(url).database or "earshot.sqlite")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    options: dict[str, Any] = {"check_same_thread": False, "timeout": 10, "isolation_level": None}
    hidden = {"hide_parameters": True}  # an error must not carry a customer's words into the log
    writer = create_engine(
        url, connect_args=options, **hidden, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=60
    )
    reader = create_engine(
        url, connect_args=options, **hidden, poolclass=QueuePool, pool_size=readers, max_overflow=readers
    )
    event.listen(writer, "connect", _prepare_writer)
    event.listen(writer, "connect", lambda *_given: _for_us_alone(file))
    event.listen(writer, "begin", _begin_to_write)
    event.listen(reader, "connect", _prepare_reader)
    event.listen(reader, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return writer, reader


def _begin_to_write(connection: Connection) -> None:
    """Have the file for writing, as soon as no other process does; after BUSY_S of them that is an error.

    SQLite's own patience looks ten times a second: beside a process that writes without a break it waited for 10 s and
    gave up, while that one wrote every 20 ms.
    """
    raw: Any = connection.connection.driver_connection
    until = _CLOCK.monotonic() + BUSY_S
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                busy = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
                if not busy or _CLOCK.monotonic() >= until:
                    raise
            _CLOCK.sleep(LOOK_AGAIN)
    finally:
        raw.execute("PRAGMA busy_timeout=10000")


def _for_us_alone(file: Path) -> None:
    """Customers' words are for this user, whoever made the folder: SQLite gives its other files this one's mode.

    Never by opening it: closing a file lets go of all locks this process has on it, SQLite's too (fcntl(2)).
    """
    for each in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        with suppress(FileNotFoundError):  # the others come and go
            about = each.stat()
            if about.st_mode & 0o077 and about.st_uid == os.geteuid():
                each.chmod(0o600)


def _prepare_writer(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "foreign_keys=ON",
        "busy_timeout=10000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_reader(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("busy_timeout=10000", "query_only=ON", "wal_autocheckpoint=0"):
        connection.execute(f"PRAGMA {pragma}")
