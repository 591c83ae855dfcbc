"""Bring the database to this version: SQLite by itself after a verified backup, PostgreSQL when told to."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.store.db import Database


class WrongVersion(RuntimeError):
    """The database and the program do not fit. The message says which and what to do."""


def current(db: Database) -> str | None:
    """The database's revision, None when it is empty."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision this program needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise WrongVersion("No migration is installed with this program: reinstall it.")
    return head


def upgrade(db: Database) -> str:
    """Bring the database to `newest()`. Raises WrongVersion when the database is newer than the program."""
    before = current(db)
    if before == newest():
        return before
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if before is not None and before not in known:
        raise WrongVersion(
            f"The database is at {before}, newer than this program. Install that version of Earshot again."
        )
    saved = _backed_up(db) if before is not None else None
    try:
        with db.engine.begin() as connection:
            _drop_leftovers(connection)
            _run(connection)
    except Exception as error:
        hint = f" The database was saved first: earshot restore {saved}" if saved else ""
        raise WrongVersion(
            f"The upgrade stopped and was rolled back: {getattr(error, 'orig', error)}.{hint}"
        ) from error
    return newest()


def check(db: Database) -> None:
    """Refuse to start on a database that is behind. Raises WrongVersion."""
    if current(db) != newest():
        raise WrongVersion("The database is behind this version of Earshot. Run: earshot migrate")


def _run(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _drop_leftovers(connection: Connection) -> None:
    """A batch migration killed half-way leaves a temporary table that would stop the next try."""
    if connection.dialect.name != "sqlite":
        return
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE name LIKE '_alembic_tmp_%'")).scalars().all()
    for name in names:
        connection.exec_driver_sql(f'DROP TABLE "{name}"')


def _backed_up(db: Database) -> Path | None:
    """A verified copy beside the SQLite file, or None on PostgreSQL (whose operators have their own)."""
    file = db.file()
    if file is None:
        return None
    target = file.with_name(f"{file.stem}-before-{newest()}.sqlite")
    copy(file, target)
    return target


def copy(source: Path, target: Path) -> None:
    """An online copy of a SQLite database, checked. Raises WrongVersion when the copy is not sound."""
    with sqlite3.connect(source) as here, sqlite3.connect(target) as there:
        here.backup(there, pages=2_000)
    here.close()
    verdict = there.execute("PRAGMA integrity_check").fetchone()[0]
    there.close()
    target.chmod(0o600)
    if verdict != "ok":
        raise WrongVersion(f"The copy {target} is not sound ({verdict}): is the disk full?")
