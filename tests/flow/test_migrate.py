"""Bringing a database to this version, and refusing what does not fit."""

from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store import events, migrate, restore
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
    with pytest.raises(migrate.WrongVersion, match="newer than this program"):
        migrate.upgrade(sqlite)


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
