"""Putting a backup in place without saying anything twice and without bringing back who was forgotten."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.store import alone, migrate, posts
from bot.store.db import Database
from connectors.types import PostRef

# Whatever the backup still meant to say was said, or decided otherwise, since it was taken: a person looks first.
_QUIET = (
    "UPDATE delivery SET state = 'withdrawn', error = 'restored from a backup'"
    " WHERE state IN ('waiting', 'sending', 'lost') AND audience = 'team'",
    "UPDATE delivery SET state = 'unsure', error = 'restored from a backup' WHERE state IN ('waiting', 'sending')"
    " AND audience = 'customer'",
    "UPDATE reply SET state = 'unsure', why = 'restored from a backup: look on the platform' WHERE state = 'queued'",
    "UPDATE \"case\" SET look_at = NULL WHERE told <> '' AND answered_at IS NOT NULL",
)


def put_back(db: Database, backup: Path) -> Path:
    """Replace the SQLite database by a backup; tombstones of both are kept. Returns where the old one is.

    Raises WrongVersion when the backup is not sound, ValueError on PostgreSQL and while an Earshot is at work: it would
    write into the file that is taken away, and send what this one was to withdraw.
    """
    file = db.file()
    if file is None:
        raise ValueError("this database is PostgreSQL: restore it with pg_restore.")
    with alone.undisturbed(db) as ours:
        if not ours:
            raise ValueError("an Earshot is at work on this database: stop it first. Nothing was changed.")
        return _replaced(db, file, backup)


def _replaced(db: Database, file: Path, backup: Path) -> Path:
    fresh, kept = file.with_suffix(".restoring"), file.with_name(f"{file.stem}-before-restore.sqlite")
    fresh.unlink(missing_ok=True)
    try:
        migrate.copy(backup, fresh)
        with closing(sqlite3.connect(fresh)) as connection:
            connection.execute("SELECT version_num FROM alembic_version")
    except sqlite3.DatabaseError as error:
        fresh.unlink(missing_ok=True)
        raise ValueError(f"{backup} is no backup of Earshot ({error}). Nothing was changed.") from None
    with sqlite3.connect(fresh) as connection:
        for statement in _QUIET:
            connection.execute(statement)
        sound = file.exists() and _is_sound(file)
        if sound:
            connection.execute("ATTACH DATABASE ? AS old", (str(file),))
            _keep_stones(connection)
            _erase_again(connection)
        _bury_again(connection)
    connection.close()
    if sound:
        migrate.copy(file, kept)
    elif file.exists():  # the very reason to restore: what can be saved of it is for a person to try
        shutil.copyfile(file, kept)
    db.close()
    for leftover in (file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        leftover.unlink(missing_ok=True)
    fresh.replace(file)
    return kept


def _keep_stones(connection: sqlite3.Connection) -> None:
    """What was deleted since the backup, and why; also what was not purged yet and has no tombstone."""
    has_why = "SELECT count(*) FROM pragma_table_info('tombstone', ?) WHERE name = 'why'"
    both = all(connection.execute(has_why, (name,)).fetchone()[0] for name in ("main", "old"))
    columns = "hash, at, why" if both else "hash, at"
    connection.execute(f"INSERT OR IGNORE INTO tombstone ({columns}) SELECT {columns} FROM old.tombstone")  # noqa: S608 ours
    connection.execute(
        "UPDATE post SET gone_at = (SELECT o.gone_at FROM old.post o WHERE o.platform = post.platform AND o.native_id ="
        " post.native_id) WHERE gone_at IS NULL"
    )


def _erase_again(connection: sqlite3.Connection) -> None:
    """Who was erased since the backup does not come back with it: the forget step erases them anew."""
    has = "SELECT count(*) FROM {}sqlite_master WHERE name = 'erased'"
    if not connection.execute(has.format("old.")).fetchone()[0]:
        return  # an older version, in which nobody could be erased
    if connection.execute(has.format("main.")).fetchone()[0]:
        connection.execute("INSERT OR IGNORE INTO erased (hash, at, blocks) SELECT hash, at, blocks FROM old.erased")
    connection.create_function("account_hash", 2, posts.account_hash, deterministic=True)
    connection.execute(
        "UPDATE customer SET forget_at = (SELECT max(at) FROM old.erased) WHERE forget_at IS NULL AND id IN (SELECT"
        " customer_id FROM handle WHERE account_hash(platform, author_id) IN (SELECT hash FROM old.erased))"
    )


def _bury_again(connection: sqlite3.Connection) -> None:
    """What was forgotten since the backup is hidden before anybody looks; the forget step takes its words out again."""
    connection.create_function("tomb", 2, lambda platform, id_: posts.tomb(PostRef(platform, id_)), deterministic=True)
    connection.execute(
        "UPDATE post SET gone_at = (SELECT at FROM tombstone WHERE hash = tomb(platform, native_id))"
        " WHERE gone_at IS NULL AND tomb(platform, native_id) IN (SELECT hash FROM tombstone)"
    )


def _is_sound(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("SELECT count(*) FROM tombstone").fetchone()
    except sqlite3.DatabaseError:  # counted by the caller: the broken file is kept whole, not read
        return False
    return True
