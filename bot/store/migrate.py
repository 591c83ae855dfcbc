"""Bring the database to this version: SQLite by itself after a verified backup, PostgreSQL when told to."""

import re
import sqlite3
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.store import alone
from bot.store.db import WRITER_LOCK, Database

if TYPE_CHECKING:
    from alembic.config import Config  # 10 MB that a database of this version does not need

_FOLDER = Path(__file__).parent / "migrations"
_PATIENCE = timedelta(seconds=10)  # another start may be about the same upgrade
_REVISION = re.compile(r"^revision = ['\"](\w+)['\"]$", re.MULTILINE)


class WrongVersion(RuntimeError):
    """The database and the program do not fit. The message says which and what to do."""


def current(db: Database) -> str | None:
    """The database's revision, None when it is empty."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def newest() -> str:
    """The revision this program needs."""
    return _revisions()[-1]


@cache
def _revisions() -> tuple[str, ...]:
    """Every revision, oldest first: one chain, in the order of the files' names. Raises WrongVersion if there is none.

    Each start asks, and alembic is loaded only for what is to be changed.
    """
    texts = (file.read_text("utf-8") for file in sorted((_FOLDER / "versions").glob("[0-9]*.py")))
    found = tuple(told[1] for each in texts if (told := _REVISION.search(each)) is not None)
    if not found:
        raise WrongVersion("No migration is installed with this program: reinstall it.")
    return found


def upgrade(db: Database) -> str:
    """Bring the database to `newest()`.

    Raises WrongVersion when the database is newer than the program, or another Earshot is at work on it: an older one
    would go on writing what it knows of the tables, and this one could not go back.
    """
    before = current(db)
    if before == newest():
        return before
    if before is None:
        _ours(db)
        return _upgraded(db, before)
    _known(before)
    with alone.undisturbed(db, _PATIENCE) as ours:
        if current(db) == newest():  # another start was about the same, and is done
            return newest()
        if not ours:
            raise WrongVersion(
                f"Another Earshot is at work on this database, which is at {before}. Stop it, then start this one."
            )
        return _upgraded(db, before)


def _ours(db: Database) -> None:
    """Refuse a SQLite file that holds another program's tables: a wrong path must not fill it with ours.

    On PostgreSQL extensions put tables of their own into a database that is new.
    """
    there = inspect(db.engine).get_table_names() if db.is_sqlite else []
    if there and "alembic_version" not in there:  # ours makes that one first
        raise WrongVersion(
            f"{db.file()} is another program's database (it has a table {there[0][:60]!r}). Nothing was changed. "
            "Name another file in EARSHOT_DATABASE_URL, or another folder in EARSHOT_HOME."
        )


def _known(revision: str | None) -> None:
    if revision is not None and revision not in _revisions():
        raise WrongVersion(
            f"The database is at {revision}, newer than this program. Install that version of Earshot again."
        )


def _upgraded(db: Database, before: str | None) -> str:
    saved = _backed_up(db) if before is not None else None
    try:
        with db.engine.begin() as connection:
            if not db.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
            _drop_leftovers(connection)
            _run(connection)
    except Exception as error:
        hint = f" The database was saved first: earshot restore {saved}" if saved else ""
        raise WrongVersion(
            f"The upgrade stopped and was rolled back: {getattr(error, 'orig', error)}.{hint}"
        ) from error
    return newest()


def check(db: Database) -> None:
    """Refuse to start on a database that is behind or ahead. Raises WrongVersion."""
    there = current(db)
    _known(there)
    if there != newest():
        raise WrongVersion("The database is behind this version of Earshot. Run: earshot migrate")


def _run(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
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
    """An online copy of a SQLite database, checked. Raises WrongVersion when the copy is not sound.

    In one piece: between two SQLite begins anew whenever somebody has written, and under load it would never end. A log
    that is read keeps no writer waiting.
    """
    with sqlite3.connect(source) as here, sqlite3.connect(target) as there:
        here.backup(there)
    here.close()
    verdict = there.execute("PRAGMA integrity_check").fetchone()[0]
    there.close()
    target.chmod(0o600)
    if verdict != "ok":
        raise WrongVersion(f"The copy {target} is not sound ({verdict}): is the disk full?")
