"""A database as large as one likes, by a few statements: mentions of the last 90 days, every tenth an open case."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.core.brand import Brand
from bot.store import brands, migrate, people, sources
from bot.store.db import Database
from bot.store.tables import SourceRow
from bot.web import passwords

PASSWORD = "nine green lanterns hum"
_COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)"
_AT = "strftime('%Y-%m-%d %H:%M:%S', {}, 'unixepoch') || '.000000'"
_STATEMENTS = (
    "INSERT INTO customer (id, brand, name, note, tier, first_heard_at)"
    f" {_COUNT} SELECT i, 'Acme', 'Customer ' || i, '', '', {{start}} FROM n WHERE i <= :people",
    "INSERT INTO post (id, platform, native_id, source, url, author_id, author_handle, author_name, followers, text,"
    " title, created_at, clock, kind, heard_at, history, flags, matched_at, next_try_at, tries, language)"
    f" {_COUNT} SELECT i, 'mastodon', 'p' || i, 'seed', 'https://m.test/' || i, 'a' || (i % :people), 'user' || (i %"
    " :people), 'User ' || (i % :people), i % 5000, 'Acme lost my parcel number ' || i || ' and nobody answers the"
    " line, this is the third time I have to write about it', '', {at}, 'server', 'post', {at}, 1 = 0, '', {at}, {at},"
    " 0, 'en' FROM n",
    'INSERT INTO "case" (id, brand, customer_id, platform, thread, state, section, opened_at, spoke_at, heard_at,'
    " due_at, at_risk_at, policy, first_spoke_at, first_due_at, history, late_arrival, answered_how, resolved_how,"
    " fence, told, severity, part, weight, facts, why, words_at, followers, complaint, sentiment, version)"
    f" {_COUNT} SELECT i, 'Acme', 1 + i % :people, 'mastodon', 'p' || (i * 5), CASE WHEN i % 2 = 0 THEN 'resolved' WHEN"
    " i % 20 = 1 THEN 'waiting' WHEN i % 200 = 3 THEN 'snoozed' ELSE 'new' END, CASE WHEN i % 40 = 7 THEN 'delight'"
    " ELSE 'care' END, {spoke}, {spoke}, {spoke}, {due}, {risk}, '{{\"window_minutes\": 60}}', {spoke}, {due}, 1 = 0,"
    " 1 = 0, '', '', 0, '', CASE WHEN i % 7 = 0 THEN 'high' ELSE 'normal' END, CASE WHEN i % 2 = 0 THEN 'closed'"
    " WHEN i % 20 = 1 THEN 'waiting' WHEN i % 200 = 3 THEN 'snoozed' WHEN i % 40 = 7 THEN 'delight' ELSE 'owed' END,"
    " 1.0 + (i % 90) / 10.0, '{{}}', 'A complaint, nobody tagged you', {spoke}, i % 5000, 0.9, 'negative', 1 FROM n"
    " WHERE i <= :cases",
    "INSERT INTO mention (id, post_id, brand, platform, spans, tagged, relevance, why, created_at, heard_at, history,"
    " read_at, triaged_at, next_try_at, tries, verdict, verdict_by, customer_id, case_id, sentiment, complaint)"
    f" {_COUNT} SELECT i, i, 'Acme', 'mastodon', '[[0, 4, \"Acme\"]]', i % 3 = 0, 1.0, 'named', {{at}}, {{at}}, 1 = 0,"
    " {at}, {at}, {at}, 0, CASE WHEN i % 5 = 0 THEN 'open' ELSE 'calm' END, '', 1 + i % :people, CASE WHEN i % 5 = 0"
    " THEN i / 5 END, 'negative', 0.9 FROM n",
    "INSERT INTO event (at, actor, what, subject, brand, facts, previous, hash)"
    f" {_COUNT} SELECT {{at}}, 'earshot', 'mention.heard', 'post:' || i, 'Acme', '{{{{}}}}', '', '' FROM n",
)


def seeded(folder: Path, mentions: int, now: datetime | None = None, url: str = "") -> Database:
    """A database (SQLite in the folder, or at `url`) with so many mentions and a fifth as many cases, half of them
    open; login lena."""
    now = now or datetime.now(UTC)
    db = Database(url or f"sqlite:///{folder / 'earshot.sqlite'}")
    migrate.upgrade(db)
    with db.begin() as session:
        brands.save(session, Brand(name="Acme", names=("Acme",)), "bench", now, "bench")
        row = SourceRow(name="seed", connector="mastodon", started_at=now - timedelta(days=90), next_poll_at=now,
                        polled_at=now, heard_at=now)  # fmt: skip
        sources.save(session, row)
        people.create(session, "lena", "Lena", "admin", [], passwords.hashed(PASSWORD), now)
    values: dict[str, Any] = {"many": mentions, "people": max(1, mentions // 3), "cases": mentions // 5}
    for statement in _STATEMENTS:
        with db.begin() as session:
            session.connection().execute(text(_worded(statement, now, mentions, db.is_sqlite)), values)
    if not db.is_sqlite:
        _count_on(db)
    with db.begin() as session:
        session.connection().execute(text("ANALYZE"))
    return db


def _count_on(db: Database) -> None:
    """PostgreSQL goes on counting from the rows that brought their own ids."""
    with db.begin() as session:
        for table in ("customer", "post", "case", "mention"):
            last = f'(SELECT max(id) FROM "{table}")'
            session.connection().execute(text(f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), {last})"))


def _worded(statement: str, now: datetime, mentions: int, sqlite: bool = True) -> str:
    """Posts are spread evenly over 90 days; the cases' newest are due in the next hour."""
    end, days = int(now.timestamp()), 90 * 86_400
    at = f"({end - days} + i * {days}.0 / {mentions})"
    spoke = f"({end} - 50 * 60 + (i % 100) * 30 - (i % 3) * 86400 * (i % 30))"
    when = _AT if sqlite else "to_timestamp({})"
    words = {
        "start": f"'{now - timedelta(days=90):%Y-%m-%d %H:%M:%S}.000000'",
        "at": when.format(f"CAST({at} AS INTEGER)"),
        "spoke": when.format(spoke),
        "due": when.format(f"{spoke} + 3600"),
        "risk": when.format(f"{spoke} + 2700"),
    }
    return statement.format(**words)
