"""The power goes at any commit of a post's path: what was not yet on the disk is gone, or half of it is.

SQLite appends each transaction to its log and waits for the disk (`synchronous=FULL`) before it says that it is done.
A disk that was cut off holds the database, the log up to some commit, and any part of what was written after it. That
commits do wait is not seen from here: it was, system call by system call (docs/performance.md).
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import HandClock
from bot.store import migrate
from bot.store.db import Database
from config.settings import Settings
from connectors.memory import Memory
from tests.conftest import NOW, app_on
from tests.fault.test_full_disk import POSTS, STEPS, told
from tests.flow.path import laid, page

PAGES = (page(*POSTS[:2], cursor="a"), page(POSTS[2], cursor="b"))
SECTOR = 512


def commits_of(log: bytes) -> list[int]:
    """Where each transaction ends in a write-ahead log (sqlite.org/fileformat.html, 4.1)."""
    size = int.from_bytes(log[8:12], "big") + 24
    return [at + size for at in range(32, len(log) - size + 1, size) if any(log[at + 4 : at + 8])]


def torn(log: bytes, cut: int, following: int, in_the_middle: bool) -> bytes:
    """All up to a commit, and of the next transaction all but one sector."""
    if in_the_middle:
        hole = (cut + following) // 2
        return log[:hole] + bytes(SECTOR) + log[hole + SECTOR : following]
    return log[: following - SECTOR]


def walk(db: Database, folder: Path, clock: HandClock) -> dict[str, Any]:
    """Everything is done that is still to do. What the database holds then."""
    platform = Memory(script=PAGES)
    app = app_on(db, clock, Settings(home=folder), connector_of=lambda _source: platform)
    for _round in range(12):
        for step in STEPS:
            step(app)
        clock.move(timedelta(seconds=40))
    return told(db)


@pytest.fixture
def lost_power(sqlite: Database, tmp_path: Path) -> tuple[bytes, bytes, dict[str, Any]]:
    """The database as it was when the path began, its log when it ended, and what it held then."""
    file, clock = sqlite.file(), HandClock(NOW)
    assert file is not None
    laid(sqlite, clock, Settings(home=tmp_path))
    assert sqlite.scrub()  # nothing is left in the log
    with sqlite.engine.connect() as writer:
        writer.connection.driver_connection.execute("PRAGMA wal_autocheckpoint=0")  # type: ignore[union-attr]
    before, held = file.read_bytes(), walk(sqlite, tmp_path, clock)
    return before, file.with_name(f"{file.name}-wal").read_bytes(), held


def test_a_power_cut_at_any_commit_loses_nothing_that_was_done_and_doubles_nothing(
    lost_power: tuple[bytes, bytes, dict[str, Any]], tmp_path: Path
) -> None:
    before, log, wanted = lost_power
    ends = [32, *commits_of(log)]
    assert len(ends) > 15
    assert wanted["post"] == 3
    found: dict[int, Any] = {}
    for number in range(0, len(ends) - 1, 3):
        (there := tmp_path / str(number)).mkdir()
        (there / "earshot.sqlite").write_bytes(before)
        cut = torn(log, ends[number], ends[number + 1], in_the_middle=number % 2 == 1)
        (there / "earshot.sqlite-wal").write_bytes(cut)
        db = Database(f"sqlite:///{there / 'earshot.sqlite'}")
        with db.read() as session:
            assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        migrate.check(db)
        found[number] = walk(db, there, HandClock(NOW + timedelta(minutes=9)))
        db.close()
    assert {number: told for number, told in found.items() if told != wanted} == {}


def test_every_commit_waits_for_the_disk(sqlite: Database) -> None:
    with sqlite.begin() as session:
        assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == 2
    assert sqlite.scrub()
    with sqlite.begin() as session:
        assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == 2
