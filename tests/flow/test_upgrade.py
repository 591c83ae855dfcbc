"""From a database that 0.1.0 wrote to this version: nothing is lost, wherever it is interrupted."""

import gzip
import multiprocessing
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import event

from bot.core.spikes import Episode
from bot.store import events, migrate, search, spikes
from bot.store.db import Database
from tests.conftest import new_postgres
from tests.counts import times

STORED = Path(__file__).parents[1] / "answers" / "versions" / "0.1.0.sqlite.gz"
OURS = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_fts%' AND name NOT LIKE 'sqlite_%'"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The invented week as 0.1.0 stored it: drafts, claims, a reply on its way, one nobody knows the fate of."""
    target = tmp_path / "earshot.sqlite"
    target.write_bytes(gzip.decompress(STORED.read_bytes()))
    return target


def rows_of(file: Path, columns: dict[str, list[str]] | None = None) -> dict[str, list[Any]]:
    """Every row of every table, in the columns given or all there are."""
    with sqlite3.connect(file) as there:
        names = [name for (name,) in there.execute(OURS) if name != "alembic_version"]
        wanted = columns or {name: [c[1] for c in there.execute(f'PRAGMA table_info("{name}")')] for name in names}
        found = {
            name: sorted(map(repr, there.execute(f'SELECT {", ".join(map(quoted, of))} FROM "{name}"')))
            for name, of in wanted.items()
        }
    there.close()
    return found


def columns_of(file: Path) -> dict[str, list[str]]:
    with sqlite3.connect(file) as there:
        names = [name for (name,) in there.execute(OURS) if name != "alembic_version"]
        found = {name: [c[1] for c in there.execute(f'PRAGMA table_info("{name}")')] for name in names}
    there.close()
    return found


def quoted(name: str) -> str:
    return f'"{name}"'


def sound(file: Path) -> None:
    with sqlite3.connect(file) as there:
        assert there.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert there.execute("PRAGMA foreign_key_check").fetchall() == []
        assert there.execute("SELECT name FROM sqlite_master WHERE name LIKE '_alembic_tmp_%'").fetchall() == []
    there.close()


def version_of(file: Path) -> str:
    with sqlite3.connect(file) as there:
        found: str = there.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    there.close()
    return found


def upgraded(file: Path) -> None:
    db = Database(f"sqlite:///{file}")
    try:
        assert migrate.upgrade(db) == migrate.newest()
        with db.read() as session:
            assert events.verify(session) is None
    finally:
        db.close()


def test_every_row_of_the_last_version_is_there_after_the_upgrade(file: Path) -> None:
    before, columns = rows_of(file), columns_of(file)
    upgraded(file)
    sound(file)
    assert rows_of(file, columns) == before
    assert version_of(file) == migrate.newest()


PATH = {"post": ("id",), "mention": ("id", "post_id"), "reading": ("id", "mention_id")}
"""What is multiplied, and which of its columns are numbers to shift."""


def grown(file: Path, copies: int) -> list[int]:
    """Its posts, mentions and readings so many times more, each copy with ids of its own. How many there are."""
    with sqlite3.connect(file) as there:
        shift = {name: there.execute(f"SELECT max(id) FROM {name}").fetchone()[0] for name in PATH}
        shift |= {"post_id": shift["post"], "mention_id": shift["mention"]}
        for copy in range(1, copies + 1):
            for name, keys in PATH.items():
                own = {key: f"{key} + {copy * shift[name if key == 'id' else key]}" for key in keys}
                own |= {"native_id": f"native_id || '-{copy}'"} if name == "post" else {}
                columns = [row[1] for row in there.execute(f"PRAGMA table_info({name})")]
                taken = ", ".join(own.get(column, quoted(column)) for column in columns)
                of = f"INSERT INTO {name} ({', '.join(map(quoted, columns))}) SELECT {taken} FROM {name}"
                there.execute(f"{of} WHERE id <= {shift[name]}")
        found = [there.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in PATH]
    there.close()
    return found


def test_a_larger_database_is_upgraded_whole(file: Path) -> None:
    before = grown(file, times("weeks", 3))
    started = time.process_time()
    upgraded(file)
    sys.stderr.write(f"{before} posts, mentions and readings: {time.process_time() - started:.1f} s of CPU\n")
    assert grown(file, 0) == before
    sound(file)


def test_what_was_heard_is_still_found_after_the_upgrade(file: Path) -> None:
    upgraded(file)
    db = Database(f"sqlite:///{file}")
    with db.read() as session:
        assert search.find(session, "cello", brands=None, limit=5)
    db.close()


def test_a_verified_copy_of_the_old_database_stands_beside_it(file: Path) -> None:
    before = rows_of(file)
    upgraded(file)
    (kept,) = file.parent.glob("*-before-*.sqlite")
    assert rows_of(kept) == before
    assert kept.stat().st_mode & 0o077 == 0


def statements_of(file: Path, folder: Path) -> int:
    """How many statements the upgrade is made of."""
    trial = folder / "trial.sqlite"
    trial.write_bytes(file.read_bytes())
    db, seen = Database(f"sqlite:///{trial}"), [0]

    @event.listens_for(db.engine, "before_cursor_execute")
    def count(*_: object) -> None:
        seen[0] += 1

    migrate.upgrade(db)
    db.close()
    return seen[0]


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_an_upgrade_that_fails_at_any_statement_leaves_the_old_version_whole(
    file: Path, tmp_path: Path, part: float
) -> None:
    before, stops_at = rows_of(file), int(statements_of(file, tmp_path) * part)
    db, seen = Database(f"sqlite:///{file}"), [0]

    @event.listens_for(db.engine, "before_cursor_execute")
    def fail(*_: object) -> None:
        seen[0] += 1
        if seen[0] == stops_at:
            raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(migrate.WrongVersion, match=r"rolled back: disk I/O error. .* earshot restore"):
        migrate.upgrade(db)
    db.close()
    sound(file)
    assert version_of(file) == "0001"
    assert rows_of(file) == before
    upgraded(file)


def _killed_at(file: Path, stops_at: int) -> None:
    db, seen = Database(f"sqlite:///{file}"), [0]

    @event.listens_for(db.engine, "before_cursor_execute")
    def kill(*_: object) -> None:
        seen[0] += 1
        if seen[0] == stops_at:
            os.kill(os.getpid(), signal.SIGKILL)

    migrate.upgrade(db)


def test_an_upgrade_killed_in_the_middle_is_finished_by_the_next_start(file: Path, tmp_path: Path) -> None:
    before, columns = rows_of(file), columns_of(file)
    half = statements_of(file, tmp_path) // 2
    child = multiprocessing.get_context("spawn").Process(target=_killed_at, args=(file, half))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    upgraded(file)
    sound(file)
    assert rows_of(file, columns) == before


def test_two_processes_that_upgrade_at_once_do_it_once(file: Path) -> None:
    before, columns, failed = rows_of(file), columns_of(file), list[Exception]()

    def run() -> None:
        try:
            upgraded(file)
        except Exception as error:
            failed.append(error)

    both = [threading.Thread(target=run) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert failed == []
    sound(file)
    assert rows_of(file, columns) == before


def test_a_full_disk_stops_the_upgrade_and_the_old_data_stays_readable(file: Path) -> None:
    before = rows_of(file)
    db = Database(f"sqlite:///{file}")

    @event.listens_for(db.engine, "connect")
    def no_page_more(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(migrate.WrongVersion, match="full"):
        migrate.upgrade(db)
    db.close()
    assert rows_of(file) == before
    upgraded(file)


def _told(value: Any) -> Any:
    """A value as SQLite keeps it, for PostgreSQL."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


@pytest.fixture
def old_postgres(request: pytest.FixtureRequest, file: Path) -> Iterator[Database]:
    """The same rows in PostgreSQL at the first version."""
    db = Database(new_postgres(request.getfixturevalue("postgres")), readers=4)
    with db.engine.begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    here = sa.create_engine(f"sqlite:///{file}")
    tables = sa.MetaData()
    with here.connect() as source, db.engine.begin() as target:
        tables.reflect(source, only=list(columns_of(file)))
        there = sa.MetaData()
        there.reflect(target)
        for table in there.sorted_tables:
            if table.name in tables.tables and table.name != "search":
                rows = [
                    {key: _told(value) for key, value in row.items()}
                    for row in source.execute(tables.tables[table.name].select()).mappings()
                ]
                if rows:
                    target.execute(table.insert(), rows)
    here.dispose()
    yield db
    db.close()


@pytest.mark.postgres
def test_on_postgresql_too_every_row_is_there_after_the_upgrade(old_postgres: Database, file: Path) -> None:
    assert migrate.upgrade(old_postgres) == migrate.newest()
    with old_postgres.read() as session:
        for name, rows in rows_of(file).items():
            if name != "search":
                count = session.connection().execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar()
                assert (name, count) == (name, len(rows))
        assert events.verify(session) is None


def _remembers_its_record(db: Database) -> None:
    record_at = datetime(2026, 9, 7, 8, tzinfo=UTC)
    with db.engine.begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
        row = {"brand": "Acme", "series": "mentions", "record": 9.5, "record_at": record_at, "looked_at": record_at}
        told = sa.Table("spike_memory", sa.MetaData(), autoload_with=connection)
        stored = {
            key: value.replace(tzinfo=None) if isinstance(value, datetime) else value for key, value in row.items()
        }
        connection.execute(told.insert(), [stored if connection.dialect.name == "sqlite" else row])
    migrate.upgrade(db)
    with db.read() as session:
        assert spikes.memory(session, "Acme", "mentions") == (Episode(record_at, 9.5, 9.5),)


def test_the_record_of_a_series_becomes_its_first_episode(file: Path) -> None:
    db = Database(f"sqlite:///{file}")
    _remembers_its_record(db)
    db.close()


@pytest.mark.postgres
def test_on_postgresql_too_the_record_becomes_the_first_episode(old_postgres: Database) -> None:
    _remembers_its_record(old_postgres)
