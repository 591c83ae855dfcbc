"""A backup is taken while Earshot hears and answers, and put back: it ends, it is whole, and nothing is said twice."""

import sqlite3
import threading
from pathlib import Path

from bot.store import events, migrate, restore
from bot.store.db import Database
from tests.conftest import NOW

MOST = 40_000  # transactions: seconds of them


class Crowd:
    """Another connection that commits without a pause: thousands of transactions a second, one row each."""

    def __init__(self, file: Path) -> None:
        self._file, self.written, self.stop = file, 0, threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> "Crowd":
        self._thread.start()
        while not self.written:
            assert not self.stop.wait(0.001)
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self._thread.join()

    def _write(self) -> None:
        there = sqlite3.connect(self._file, isolation_level=None)
        there.execute("PRAGMA synchronous=OFF")
        while not self.stop.is_set() and self.written < MOST:
            there.execute("INSERT INTO filler (words) VALUES ('a')")
            self.written += 1
        there.close()


def heavy(db: Database) -> None:
    """More than was once copied in one piece."""
    with db.begin() as session:
        events.add(session, NOW, "test", "it.happened")
        session.connection().exec_driver_sql("CREATE TABLE filler (id INTEGER PRIMARY KEY, words BLOB)")
        session.connection().exec_driver_sql("INSERT INTO filler VALUES (0, zeroblob(9000000))")


def counted(file: Path) -> tuple[str, int, int]:
    """Whether it is sound, how many rows were written, and the number of the last."""
    with sqlite3.connect(file) as there:
        sound = there.execute("PRAGMA integrity_check").fetchone()[0]
        rows, last = there.execute("SELECT count(*) - 1, max(id) FROM filler").fetchone()
    there.close()
    return sound, rows, last


def test_a_backup_taken_while_others_write_ends_and_is_one_moment(sqlite: Database, tmp_path: Path) -> None:
    heavy(sqlite)
    file, backup = sqlite.file(), tmp_path / "backup.sqlite"
    assert file is not None
    with Crowd(file) as crowd:
        migrate.copy(file, backup)
        assert crowd.written < MOST, "it waited until nobody wrote any more"
    sound, rows, last = counted(backup)
    assert sound == "ok"
    assert rows == last > 0
    restore.put_back(sqlite, backup)
    again = Database(sqlite.url)
    with again.read() as session:
        assert events.verify(session) is None
    again.close()
    assert counted(file) == ("ok", rows, last)
