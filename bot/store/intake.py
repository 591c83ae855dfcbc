"""One page into the store: posts, the cursor after them, what was covered and what was not, in one transaction."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.store import clocks, costs, events, gaps, posts, quarantine, quotas, sources, vanished
from bot.store.posts import Kept
from bot.store.tables import PostRow, SourceRow
from connectors.text import storable
from connectors.types import Page, Post, PostRef

SLACK = timedelta(seconds=90)  # two reads never touch to the second; less than this is not a gap
BREATH = 100  # posts stored in one transaction: a press waits for the whole of it


class Overtaken(Exception):
    """Somebody else moved this source's cursor meanwhile: start again from theirs."""


def parts(page: Page) -> Iterator[Page]:
    """A flood in one page is stored in several breaths, so that nobody else waits long to write.

    Only the last one moves the cursor and claims what was heard: a crash between them repeats the page.
    """
    some, odd = page.posts, page.poison
    while len(some) > BREATH:
        yield Page(posts=some[:BREATH])
        some = some[BREATH:]
    while len(odd) > BREATH:
        yield Page(poison=odd[:BREATH])
        odd = odd[BREATH:]
    yield replace(page, posts=some, poison=odd)


def keep_page(
    session: Session,
    source: SourceRow,
    page: Page,
    now: datetime,
    is_own: Callable[[Post], bool],
    *,
    healing: bool = False,
) -> Kept:
    """Store a page; `healing` leaves the cursor. Raises Overtaken when the cursor is no longer `source.cursor`."""
    kept = posts.keep(session, source, page.posts, now, is_own)
    odd = [(posts.key_of(it.ref or ""), it.raw, storable(it.why)) for it in page.poison]
    aside = quarantine.add_many(session, source.name, "listen", odd, now)
    hidden = _hide(session, source, page.gone, now) + vanished.hide(session, page.gone_authors, now)
    vanished.back(session, page.back_authors)
    _account(session, source, page, now)
    _pay(session, source, page, now)
    quotas.note(session, source.name, page.rate, now, one_read=not healing)
    after = source.cursor if healing or page.cursor is None else storable(page.cursor)
    counts = {"seen": len(page.posts) + len(page.poison), "kept": kept.new, "known": kept.known + kept.changed}
    counts["known"] += len(odd) - aside
    counts["filtered"] = kept.filtered
    if not sources.advance(session, source.name, source.cursor, after, counts):
        raise Overtaken(source.name)
    if kept.new or kept.changed or hidden or page.poison:
        heard = {"new": kept.new, "edited": kept.changed, "gone": hidden, "poison": len(page.poison)}
        events.add_many(session, now, "earshot", [("source.heard", f"source:{source.name}", "", heard)])
    source.cursor = after if after is not None else source.cursor
    return replace(kept, hidden=hidden)


def _hide(session: Session, source: SourceRow, gone: tuple[PostRef, ...], now: datetime) -> int:
    """Deleted posts are hidden at once; the forget step takes their words out everywhere. Returns how many we had.

    Some streams tell of every deletion on the network: nearly none of them is of a post of ours.
    """
    hidden = 0
    for platform in {ref.platform for ref in gone}:
        ids = [posts.key_of(ref.id) for ref in gone if ref.platform == platform]
        for at in range(0, len(ids), posts.CHUNK):
            some = ids[at : at + posts.CHUNK]
            quarantine.forget(session, source.name, some)
            same = col(PostRow.platform) == platform, col(PostRow.native_id).in_(some)
            for row in session.exec(select(PostRow).where(*same, col(PostRow.gone_at).is_(None))):
                row.gone_at = now
                session.add(row)
                hidden += 1
    return hidden


def _account(session: Session, source: SourceRow, page: Page, now: datetime) -> None:
    """Write down what this page lets us claim as heard, and open gaps for what it does not."""
    ahead = gaps.unclaim(session, source.name, now)
    if ahead is not None:
        clocks.was_ahead(session, source.name, ahead, now)
    before = gaps.heard_until(session, source.name)
    if page.lost is not None:
        gaps.open_gap(
            session, source.name, page.lost.start, page.lost.end, "beyond the platform's look-back", now, "lost"
        )
    start = page.covered.start if page.covered else min((post.created_at for post in page.posts), default=None)
    if page.truncated and start is not None:
        gaps.open_gap(session, source.name, before or source.started_at, start, "more than one read could fetch", now)
    elif page.covered is not None and before is not None and page.covered.start > before + SLACK and page.lost is None:
        gaps.open_gap(session, source.name, before, page.covered.start, gaps.NOT_LISTENING, now)
    if page.covered is not None:
        end = min(page.covered.end, now)
        gaps.cover(session, source.name, page.covered.start, end)
        if not page.truncated and page.lost is None:
            gaps.healed_by(session, source.name, page.covered.start, end, now)
    if page.notice is not None and page.notice != source.notice:
        source.notice = storable(page.notice)[:500]
        sources.note(session, source.name, notice=source.notice)


def _pay(session: Session, source: SourceRow, page: Page, now: datetime) -> None:
    """What the page cost, by query; a heal costs as much as an everyday read."""
    if page.cost:
        sources.note(session, source.name, spent=source.spent + float(page.cost))
        source.spent += float(page.cost)
    if page.cost or page.bills:
        costs.add(session, source.name, page, now)
    for bill in page.bills:
        costs.found_by(session, page, bill)
