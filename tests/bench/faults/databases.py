"""An empty database for each case: made once and copied, since Alembic upgrades one at a time."""

import tempfile
from functools import cache
from pathlib import Path

from bot.store import migrate
from bot.store.db import Database


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/empty.sqlite")
        migrate.upgrade(db)
        db.close()
        return (Path(folder) / "empty.sqlite").read_bytes()


def fresh(place: Path) -> Database:
    """A database of this version in the folder. The first call makes the one that all copy: not in many threads."""
    (place / "e.sqlite").write_bytes(_empty())
    return Database(f"sqlite:///{place / 'e.sqlite'}")
