"""What every test may ask for: a clock moved by hand, a fresh database on either engine, an app around it."""

import gc
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from bot.app import App
from bot.clock import HandClock
from bot.readers.words import Words
from bot.store import migrate
from bot.store.db import Database
from config.settings import Settings

NOW = datetime(2026, 11, 4, 14, 0, tzinfo=UTC)


def pytest_configure() -> None:
    """What collecting makes stays to the end: nothing of it is looked through on the way."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Garbage is collected between files: in the middle of a test, a gigabyte of it stands still for seconds."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def tidy() -> Iterator[None]:
    """What the tests of a file leave behind goes with it; what stays is not looked through again."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture
def clock() -> HandClock:
    """Wednesday, 4 November 2026, 14:00 UTC, until a test moves it."""
    return HandClock(NOW)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL of our own, started for this run and thrown away after it."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL binaries: install Debian's postgresql or the pgserver wheel")
    folder = Path(tempfile.mkdtemp(prefix="earshot-pg-"))
    owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if owner:
        shutil.chown(folder, "postgres")
    run: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    cluster = str(folder / "data")
    subprocess.run([*owner, f"{binaries}/initdb", "-D", cluster, "-U", "earshot", "-A", "trust", "-E", "UTF8"], **run)
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
    subprocess.run([*owner, f"{binaries}/pg_ctl", "-D", cluster, "-o", options, "-w", "start"], **run)
    try:
        yield f"postgresql+psycopg://earshot@/{{name}}?host={folder}"
    finally:
        subprocess.run([*owner, f"{binaries}/pg_ctl", "-D", cluster, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> str | None:
    """Debian's, else those of the pgserver wheel (which run as any user but root)."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found and (os.geteuid() != 0 or _is_user("postgres")):
        return str(found[-1].parent)
    try:
        import pgserver
    except ImportError:
        return None
    return str(Path(pgserver.__file__).parent / "pginstall/bin") if os.geteuid() != 0 else None


def _is_user(name: str) -> bool:
    import pwd

    return any(entry.pw_name == name for entry in pwd.getpwall())


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database at this version, made once and copied for each test."""
    file = tmp_path_factory.mktemp("empty") / "earshot.sqlite"
    made = Database(f"sqlite:///{file}")
    migrate.upgrade(made)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    made.close()
    return file


@pytest.fixture(scope="session")
def empty_postgres(postgres: str) -> str:
    """The name of a PostgreSQL database at this version, made once and copied for each test."""
    made = Database(new_postgres(postgres))
    migrate.upgrade(made)
    made.close()
    return str(make_url(made.url).database)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def db(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database at this version; each test that asks for it runs on both engines."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite")
        return
    address = request.getfixturevalue("postgres")
    database = Database(new_postgres(address, request.getfixturevalue("empty_postgres")), readers=4)
    yield database
    database.close()


def new_postgres(address: str, like: str = "template1") -> str:
    """The address of a new database on this run's PostgreSQL; without any table unless it is like another."""
    name = f"t{os.urandom(6).hex()}"
    engine = create_engine(address.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
    engine.dispose()
    return address.format(name=name)


@pytest.fixture
def sqlite(tmp_path: Path, empty_database: Path) -> Iterator[Database]:
    """An empty SQLite database, for tests in which the engine does not matter."""
    shutil.copy(empty_database, tmp_path / "earshot.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    yield database
    database.close()


def app_on(database: Database, clock: HandClock, settings: Settings, **parts: Any) -> App:
    """An app with the word reader and nothing that reaches out, unless a test gives it."""
    given: dict[str, Any] = {"reader": Words(), "connector_of": _nowhere, "responders": {}} | parts
    return App(settings=settings, db=database, clock=clock, **given)


def _nowhere(source: Any) -> Any:
    raise ValueError(f"this test gave no connector for {source.name}")


@pytest.fixture
def app(db: Database, clock: HandClock, settings: Settings) -> App:
    return app_on(db, clock, settings)
