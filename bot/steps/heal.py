"""Gaps → posts: read again what was missed, with the platform's own means; say so when it is lost."""

from dataclasses import replace
from datetime import timedelta

from bot.app import App
from bot.core.wanting import is_own, want_of
from bot.store import brands, events, gaps, intake, sources
from bot.store.tables_house import GapRow
from connectors.errors import PlatformError, RateLimited, Rejected

GIVE_UP = timedelta(hours=36)  # the longest look-back of a platform we hear
AGAIN = timedelta(minutes=5)


def heal_one(app: App) -> bool:
    """Try to close the gap whose turn it is. True if there was one."""
    now = app.clock.now()
    with app.db.begin() as session:
        gap = gaps.next_to_heal(session, now)
        if gap is None:
            return False
        gap.next_try_at = now + AGAIN
        session.add(gap)
        source = sources.get(session, gap.source)
        every = brands.all_of(session)
        if source is None or source.state in ("stopped", "off"):
            return True
    want = want_of(every, None, timedelta(0))
    try:
        connector = app.connector_of(source)
        for page in connector.fetch(replace(want, since=gap.from_at, until=gap.to_at)):
            bare = replace(page, cursor=None, covered=None, truncated=False, lost=None)
            with app.db.begin() as session:
                fresh = sources.get(session, source.name) or source
                intake.keep_page(session, fresh, bare, app.clock.now(), is_own(every), healing=True)
            if page.truncated or page.lost:
                raise Rejected("the platform no longer offers all of it")
    except (PlatformError, ValueError, intake.Overtaken) as error:
        _not_healed(app, gap, error)
        return True
    _close(app, gap, "healed")
    app.wake.ring("match")
    return True


def _not_healed(app: App, gap: GapRow, error: Exception) -> None:
    now = app.clock.now()
    if isinstance(error, Rejected | ValueError) or now - gap.to_at > GIVE_UP:
        _close(app, gap, "lost")
        return
    wait = error.retry_after if isinstance(error, RateLimited) else AGAIN
    with app.db.begin() as session:
        row = session.get(GapRow, gap.id)
        if row is not None and row.state == "open":
            row.next_try_at = now + wait
            session.add(row)


def _close(app: App, gap: GapRow, state: str) -> None:
    now = app.clock.now()
    with app.db.begin() as session:
        row = session.get(GapRow, gap.id)
        if row is None or row.state != "open":
            return
        row.state, row.closed_at, row.next_try_at = state, now, None
        session.add(row)
        if state == "healed":
            gaps.cover(session, row.source, row.from_at, row.to_at)
        seconds = int((row.to_at - row.from_at).total_seconds())
        events.add(session, now, "earshot", f"gap.{state}", f"source:{row.source}", gap=row.id, seconds=seconds)
