"""Bringing a database to this version, and refusing what does not fit."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store import alone, events, migrate, restore
from bot.store.db import Database
from tests.conftest import NOW


def test_a_database_that_is_behind_is_refused_with_the_remedy(tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with pytest.raises(migrate.WrongVersion, match="Run: earshot migrate"):
        migrate.check(empty)
    empty.close()


def test_upgrading_twice_changes_nothing(db: Database) -> None:
    assert migrate.upgrade(db) == migrate.newest() == migrate.current(db)
    migrate.check(db)


def test_a_database_of_a_newer_program_is_refused(sqlite: Database) -> None:
    with sqlite.begin() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for start in (migrate.upgrade, migrate.check):
        with pytest.raises(migrate.WrongVersion, match="newer than this program"):
            start(sqlite)


def test_another_program_s_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path / 'shop.sqlite'}")
    with other.engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (id INTEGER)"))
    with pytest.raises(migrate.WrongVersion, match=r"another program's database \(it has a table 'orders'\)"):
        migrate.upgrade(other)
    with other.engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM sqlite_master")).scalars().all() == ["orders"]
    other.close()


@contextmanager
def at_work(db: Database) -> Iterator[None]:
    """Another Earshot has its share of the lock."""
    if db.is_sqlite:
        with open(f"{db.file()}.lock", "a") as held:  # flock(2) tells descriptors apart, not processes
            fcntl.flock(held, fcntl.LOCK_SH)
            yield
        return
    with db.engine.connect() as held:
        held.execute(text("SELECT pg_advisory_lock_shared(:key)"), {"key": alone.LOCK})
        yield
        held.invalidate()


def test_no_table_is_changed_under_an_earshot_at_work(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "_PATIENCE", timedelta(seconds=0.1))
    with db.begin() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '0012'"))
    with at_work(db), pytest.raises(migrate.WrongVersion, match=r"which is at 0012\. Stop it"):
        migrate.upgrade(db)
    assert migrate.current(db) == "0012"


def test_who_waits_for_another_s_upgrade_finds_it_done(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter(["0012", migrate.newest()])
    monkeypatch.setattr(migrate, "current", lambda _db: next(said))
    monkeypatch.setattr(migrate, "_PATIENCE", timedelta(0))
    with at_work(sqlite):
        assert migrate.upgrade(sqlite) == migrate.newest()


def test_the_tables_are_what_the_models_say(db: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext
    from sqlmodel import SQLModel

    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_object": lambda _o, name, *_: name != "vector" and not str(name).startswith("search_")},
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_backup_is_checked_and_a_restore_says_nothing_twice(sqlite: Database, tmp_path: Path) -> None:
    from bot.store import outbox
    from bot.store.tables_house import DeliveryRow

    with sqlite.begin() as session:
        events.add(session, NOW, "test", "it.happened")
        row = DeliveryRow(
            key="new:case:1", kind="new", audience="team", responder="slack", address="#care", created_at=NOW,
            next_try_at=NOW,
        )  # fmt: skip
        outbox.add(session, row)
    file = sqlite.file()
    assert file is not None
    migrate.copy(file, tmp_path / "backup.sqlite")
    kept = restore.put_back(sqlite, tmp_path / "backup.sqlite")
    assert kept.exists()
    again = Database(sqlite.url)
    with again.read() as session:
        assert events.verify(session) is None
        assert outbox.due(session, NOW, "team") == []
    again.close()
