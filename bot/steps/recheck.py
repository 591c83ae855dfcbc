"""Stored posts → their platforms, asked what became of them: edited, deleted, gone with their account."""

import threading
from collections.abc import Collection
from datetime import datetime, timedelta

from bot.app import App
from bot.core.spending import LOOKS
from bot.store import costs, fading, posts, quotas, reach, sources, vanished
from bot.store.db import Session
from bot.store.tables import PostRow, SourceRow
from connectors.errors import PlatformError, RateLimited
from connectors.types import PostRef, Rechecks, Visits

OPEN = timedelta(minutes=15)  # who waits for us is asked about so often where asking is free: does it spread?
RECHECK = timedelta(hours=23)  # what is deleted there is gone here within 24 hours: an hour is left to ask and purge
AT_ONCE = 40
WAITING_AT_ONCE = 10  # some platforms answer for one post at a time
PAGES_AT_ONCE = 10  # each is a request to somebody's web site
ROUND_S = 60.0


class Rounds:
    """Whose posts are asked about next: each source once in a round, one conversation at a time with each.

    Several threads take turns, so a platform that hangs keeps only its own posts waiting.
    """

    def __init__(self, round_s: float = ROUND_S) -> None:
        self._round_s = round_s
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._next: dict[str, float] = {}

    def ask_one(self, app: App) -> bool:
        """Ask about the posts of the source whose turn it is. True if there was one."""
        with app.db.read() as session:
            hearing = sources.listening(session)
        source = self._take(app.clock.monotonic(), hearing)
        if source is None:
            return False
        try:
            ask_about(app, source)
        finally:
            with self._lock:
                self._busy.discard(source.name)
        return True

    def _take(self, now: float, hearing: list[SourceRow]) -> SourceRow | None:
        """Those that are well before those that failed lately, and of these who has waited longest."""
        with self._lock:
            due = [row for row in hearing if row.name not in self._busy and self._next.setdefault(row.name, now) <= now]
            source = min(due, key=lambda row: (row.failures > 0, self._next[row.name]), default=None)
            if source is not None:
                self._busy.add(source.name)
                self._next[source.name] = now + self._round_s
            return source


def ask_about(app: App, source: SourceRow) -> int:
    """Ask a source's platform about stored posts not looked at for a day, or of cases that wait. Returns how many."""
    try:
        connector = app.connector_of(source)
    except ValueError:
        return 0  # its settings are broken: the listen step says so
    if isinstance(connector, Rechecks):
        with app.db.read() as session:
            rows = _due(app, session, source, connector.platform)
        return _ask(app, source, connector, rows) if rows else 0
    return _visit(app, source, connector, connector.platform) if isinstance(connector, Visits) else 0


def _due(app: App, session: Session, source: SourceRow, platform: str) -> list[PostRow]:
    now = app.clock.now()
    waits = source.monthly_cap > 0 and LOOKS in costs.spending(session, source, now).resting()
    if waits or not quotas.spare(session, source.name, now):
        return []
    due = posts.recheckable(session, platform, now - RECHECK, AT_ONCE, _others(session, source))
    is_free = not source.spent and not source.monthly_cap
    if is_free and len(due) < AT_ONCE:
        known = {row.id for row in due}
        waiting = reach.to_ask_about(
            session, platform, source.name, now - OPEN, min(WAITING_AT_ONCE, AT_ONCE - len(due))
        )
        due += [row for row in waiting if row.id not in known]
    return due


def _others(session: Session, source: SourceRow) -> list[str]:
    """Another app's key, another forum, another server: what this one cannot see of theirs is not gone."""
    same = (row.name for row in sources.listening(session) if row.connector == source.connector)
    return [name for name in same if name != source.name]


def _visit(app: App, source: SourceRow, connector: Visits, platform: str) -> int:
    """Look at the posts' own pages, where nothing else tells of deletions. What nobody can tell of is marked."""
    now = app.clock.now()
    with app.db.read() as session:
        if not quotas.spare(session, source.name, now):
            return 0
        rows = posts.recheckable(session, platform, now - RECHECK, PAGES_AT_ONCE, _others(session, source))
        nobodys = fading.shared(session, source.name, {row.url for row in rows})
    refs = {PostRef(row.platform, row.native_id): row for row in rows}
    try:
        told = connector.visit({ref: row.url for ref, row in refs.items() if row.url not in nobodys}) if rows else {}
    except RateLimited as error:
        _rests(app, source, error)
        return 0
    except PlatformError:
        return 0  # the posts stay due
    seen = {**dict.fromkeys((ref for ref, row in refs.items() if row.url in nobodys), None), **told}
    now = app.clock.now()
    with app.db.begin() as session:
        found = posts.by_ids(session, [refs[ref].id or 0 for ref in seen if ref in refs])
        for row in found.values():
            fading.mark(row, seen[PostRef(row.platform, row.native_id)] is None)
        _note(session, list(found.values()), {ref for ref, here in seen.items() if here is False}, now)
        posts.back(session, [row for row in found.values() if seen[PostRef(row.platform, row.native_id)]])
    app.wake.ring("forget", "match")
    return len(found)


def _rests(app: App, source: SourceRow, error: RateLimited) -> None:
    now = app.clock.now()
    with app.db.begin() as session:
        quotas.told_to_rest(session, source.name, now + error.retry_after, now)


def _note(session: Session, rows: list[PostRow], gone: Collection[PostRef], now: datetime) -> None:
    """These were asked about: `gone` of them are not there."""
    ref_of = {row.id: PostRef(row.platform, row.native_id) for row in rows}
    again = [row for row in rows if row.gone_at is not None]
    for row in rows:
        row.rechecked_at = now
        if ref_of[row.id] in gone:
            row.gone_at = row.gone_at or now
        session.add(row)
    session.flush()
    posts.still_gone(session, [row for row in again if ref_of[row.id] in gone], now)


def _ask(app: App, source: SourceRow, connector: Rechecks, rows: list[PostRow]) -> int:
    refs = {PostRef(row.platform, row.native_id): row.id for row in rows}
    try:
        page = connector.recheck(list(refs))
    except RateLimited as error:
        _rests(app, source, error)
        return 0
    except PlatformError:
        return 0  # the listen step tells of a platform's trouble; the posts stay due here
    now = app.clock.now()
    with app.db.begin() as session:
        found = posts.by_ids(session, [key for key in refs.values() if key is not None])
        _note(session, list(found.values()), page.gone, now)
        costs.look(session, source.name, page.cost, now)
        vanished.hide(session, page.gone_authors, now)
        lost = [found[key] for ref, key in refs.items() if ref in page.gone and key in found]
        vanished.doubt(session, lost, now)
        there = [post for post in page.posts if post.ref in refs]
        posts.back(session, [found[key] for ref, key in refs.items() if ref not in page.gone and key in found])
        posts.keep(session, source, there, now, lambda _post: False)
    app.wake.ring("forget", "match")
    return len(rows)
