"""Gaps → posts: read again what was missed, with the platform's own means; say so when it is lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.app import App
from bot.core.coverage import without
from bot.core.wanting import is_own, want_of
from bot.store import brands, costs, events, gaps, intake, quotas, sources
from bot.store.tables import SourceRow
from bot.store.tables_house import GapRow
from connectors.errors import PlatformError, RateLimited, Rejected, Unavailable
from connectors.types import Page, Post, Span, Want

GIVE_UP = timedelta(hours=36)  # the longest look-back of a platform we hear
AGAIN = timedelta(minutes=5)


def heal_one(app: App) -> bool:
    """Try to close the gap whose turn it is, one of a source at a time. True if there was one."""
    now = app.clock.now()
    with app.db.read() as session:
        if gaps.next_to_heal(session, now, tuple(app.healing.all())) is None:
            return False  # most looks find nothing: they hold up no writer
    with app.db.begin() as session:
        gap = gaps.next_to_heal(session, now, tuple(app.healing.all()))
        if gap is None:
            return False
        gap.next_try_at = now + AGAIN
        session.add(gap)
        source = sources.get(session, gap.source)
        every = brands.all_of(session)
        if source is None or source.state in ("stopped", "off") or not quotas.spare(session, source.name, now):
            return True
        spending = costs.spending(session, source, now, useful=False)
        if spending.tight:
            return True  # reading again costs as well; it waits for the new month or a higher cap
        app.healing.begin(source.name, now)  # inside the one transaction: whoever looks next sees it
    try:
        _heal(app, source, gap, replace(want_of(every, None, timedelta(0)), budget=spending.left), is_own(every))
    finally:
        app.healing.end(source.name)
    return True


def _heal(app: App, source: SourceRow, gap: GapRow, wanted: Want, ours: Callable[[Post], bool]) -> None:
    wanted = replace(wanted, since=gap.from_at, until=gap.to_at)
    try:
        pages = []
        for page in app.connector_of(source).fetch(wanted):
            bare = replace(page, cursor=None, covered=None, truncated=False, lost=None)
            for part in intake.parts(bare):
                with app.db.begin() as session:
                    fresh = sources.get(session, source.name) or source
                    intake.keep_page(session, fresh, part, app.clock.now(), ours, healing=True)
            pages.append(replace(page, posts=(), poison=()))
        missing = _missing(Span(gap.from_at, gap.to_at), pages)
    except (PlatformError, ValueError, intake.Overtaken) as error:
        _not_healed(app, gap, error)
        return
    _close(app, gap, "lost" if missing else "healed", missing)
    app.wake.ring("match")


def _missing(wanted: Span, pages: list[Page]) -> tuple[Span, ...]:
    """What the platform no longer offers. Raises Unavailable when it did not answer at all."""
    if not pages:
        raise Unavailable("the platform offered nothing to read")
    lost = [page.lost for page in pages if page.lost is not None]
    covered = [page.covered for page in pages if page.covered is not None]
    if not covered:
        return (wanted,) if lost or any(page.truncated for page in pages) else ()
    heard = [piece for span in covered for piece in without(span, lost)]
    return tuple(piece for piece in without(wanted, heard) if piece.end - piece.start > intake.SLACK)


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
        if isinstance(error, RateLimited):
            quotas.told_to_rest(session, gap.source, now + wait, now)


def _close(app: App, gap: GapRow, state: str, missing: tuple[Span, ...] = ()) -> None:
    """`missing`: of a lost gap, the stretches that stay unheard; the rest of it was heard after all."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = session.get(GapRow, gap.id)
        if row is None or row.state != "open":
            return
        row.state, row.closed_at, row.next_try_at = state, now, None
        session.add(row)
        if state == "healed" or missing:
            for span in without(Span(row.from_at, row.to_at), missing):
                gaps.cover(session, row.source, span.start, span.end)
        if missing:
            row.from_at, row.to_at = missing[0].start, missing[-1].end
        seconds = int((row.to_at - row.from_at).total_seconds())
        events.add(session, now, "earshot", f"gap.{state}", f"source:{row.source}", gap=row.id, seconds=seconds)
