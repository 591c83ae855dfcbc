"""Deletions, retention, erasure: words go everywhere they are; figures and a tombstone stay."""

from datetime import datetime, timedelta

from bot.app import App
from bot.store import brands, erase, events, people, posts, sources, steady
from bot.store.db import Session
from bot.store.tables import PostRow, SourceRow
from connectors.errors import PlatformError
from connectors.types import PostRef, Rechecks

BATCH = 200
RECHECK = timedelta(hours=24)
RECHECKED_AT_ONCE = 40
UNMENTIONED = timedelta(days=7)
LOG_INS = timedelta(days=30)  # kept so long after their end: a person may ask where they were signed in


def forget_some(app: App) -> int:
    """Purge posts that are gone at their platform. Returns how many."""
    now = app.clock.now()
    with app.db.begin() as session:
        gone = erase.gone_with_words(session, BATCH)
        _purge(session, gone, now, "post.purged")
    return len(gone)


def _purge(session: Session, rows: list[PostRow], now: datetime, what: str) -> None:
    if not rows:
        return
    ids = [row.id for row in rows if row.id is not None]
    erase.words_about(session, ids)
    erase.untidy(session, now)
    brands.unlearn(session, [row.text for row in rows], now)
    posts.bury(session, rows, now)
    events.add_many(session, now, "earshot", [(what, f"post:{key}", "", {}) for key in ids])


def recheck_some(app: App) -> int:
    """Ask platforms about stored posts not looked at for a day. Returns how many were asked about."""
    now = app.clock.now()
    asked = 0
    with app.db.read() as session:
        listening = sources.listening(session)
    for source in listening:
        try:
            connector = app.connector_of(source)
        except ValueError:
            continue  # its settings are broken: the listen step says so; the other sources' posts are asked about
        if not isinstance(connector, Rechecks):
            continue
        with app.db.read() as session:
            rows = posts.recheckable(session, connector.platform, now - RECHECK, RECHECKED_AT_ONCE)
        if rows:
            asked += _ask(app, source, connector, rows)
    return asked


def _ask(app: App, source: SourceRow, connector: Rechecks, rows: list[PostRow]) -> int:
    refs = {PostRef(row.platform, row.native_id): row.id for row in rows}
    try:
        page = connector.recheck(list(refs))
    except PlatformError:
        return 0  # the listen step tells of a platform's trouble; the posts stay due here
    now = app.clock.now()
    with app.db.begin() as session:
        found = posts.by_ids(session, [key for key in refs.values() if key is not None])
        for row in found.values():
            row.rechecked_at = now
            if PostRef(row.platform, row.native_id) in page.gone:
                row.gone_at = row.gone_at or now
            session.add(row)
        session.flush()
        posts.keep(session, source, [post for post in page.posts if post.ref in refs], now, lambda _post: False)
    app.wake.ring("forget", "match")
    return len(rows)


def retain(app: App) -> int:
    """After the retention period words go and numbers stay. Refused while the clock cannot be trusted."""
    now, kept = app.clock.now(), timedelta(days=app.settings.retention_days)
    with app.db.begin() as session:
        if not steady.is_steady(session, now):
            return 0  # the clock leapt, or we slept: the next look decides (P-57)
        if erase.aside_before(session, now - kept) + posts.drop_unmentioned(session, now - UNMENTIONED):
            erase.untidy(session, now)
        people.tidy(session, now - LOG_INS)
    retired = 0
    while batch := _retired(app, now, kept):
        retired += batch
    return retired


def _retired(app: App, now: datetime, kept: timedelta) -> int:
    with app.db.begin() as session:
        rows = erase.older_than(session, now - kept, BATCH)
        _purge(session, rows, now, "post.retired")
    return len(rows)


def scrub(app: App) -> bool:
    """Take the bytes of forgotten words out of the database's files (P-59: a search of the raw file finds none)."""
    return erase.scrub(app.db, app.clock.now())
