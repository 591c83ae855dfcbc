"""Posts → mentions: which brand a post names, where, and whether it is about us."""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from bot.app import App
from bot.core.matching import Match, Matcher, said_to_us
from bot.store import brands, mentions, posts, quarantine, search, sources, stock
from bot.store.db import Session
from bot.store.tables import MentionRow, PostRow

BATCH = 200
TRIES = 3


def match_some(app: App, limit: int = BATCH) -> int:
    """Look at posts nobody has looked at. Returns how many."""
    now = app.clock.now()
    with app.db.read() as session:
        due = posts.due_for_match(session, now, limit)
        matcher = matcher_of(brands.definitions(session))
        whose = {row.name: str(row.options.get("brand", "")) for row in sources.all_of(session)} if due else {}
    if not due:
        return 0
    found, stuck = _look(matcher, due, whose)
    looked_at = len(due)
    app.hold("match:before commit")
    with app.db.begin() as session:
        still = posts.still_due(session, [_id(row) for row in due], now)
        due = [row for row in due if _id(row) in still]
        found = {key: value for key, value in found.items() if key in still}
        _write(session, app, {key: value for key, value in found.items() if value}, due)
        posts.matched(session, list(found), now)
        for row, error in ((row, error) for row, error in stuck if _id(row) in still):
            _put_off(session, app, row, error)
    app.hold("match:after commit")
    app.wake.ring("read")
    return looked_at


@lru_cache(maxsize=4)
def matcher_of(definitions: tuple[str, ...]) -> Matcher:
    """A matcher for these brands, kept until one of them changes."""
    return Matcher([brands.parsed(definition) for definition in definitions])


def _look(
    matcher: Matcher, due: list[PostRow], whose: Mapping[str, str]
) -> tuple[dict[int, tuple[Match, ...]], list[tuple[PostRow, Exception]]]:
    found: dict[int, tuple[Match, ...]] = {}
    stuck: list[tuple[PostRow, Exception]] = []
    for row in due:
        try:
            matches = matcher.match(
                row.text,
                title=row.title,
                author_handle=row.author_handle,
                author_name=row.author_name,
                platform=row.platform,
            )
            ours = posts.TO_US in row.flags.split()
            found[_id(row)] = said_to_us(matcher, matches, whose.get(row.source, "")) if ours else matches
        except Exception as error:  # noqa: BLE001  our bug: this post alone is put off and quarantined, the rest go on
            stuck.append((row, error))
    return found, stuck


def _id(row: PostRow) -> int:
    assert row.id is not None
    return row.id


def _write(session: Session, app: App, found: dict[int, tuple[Match, ...]], due: list[PostRow]) -> None:
    by_id = {_id(row): row for row in due}
    known = mentions.of_posts(session, [_id(row) for row in due if row.edited_at is not None])
    fresh: list[dict[str, Any]] = []
    for post_id, matches in found.items():
        for match in matches:
            old = known.get((post_id, match.brand))
            if old is None:
                fresh.append(_mention(by_id[post_id], match, app))
            else:
                _again(session, old, match, app)
    stock.add_mentions(session, fresh, by_id, app.clock.now())
    for (post_id, _brand), old in known.items():  # words changed: search and readers must see the new ones
        search.index(session, "post", post_id, old.brand, stock.said(by_id[post_id]), old.case_id)


def _mention(post: PostRow, match: Match, app: App) -> dict[str, Any]:
    about_us = match.matched
    now = app.clock.now()
    return {
        "post_id": _id(post),
        "brand": match.brand,
        "platform": post.platform,
        "spans": [list(span) for span in match.spans],
        "tagged": match.tagged,
        "relevance": match.relevant,
        "why": "; ".join((match.why, *match.warnings)),
        "created_at": post.created_at,
        "heard_at": post.heard_at,
        "history": post.history,
        "next_try_at": now,
        "verdict": "open" if about_us else "not_us",
        "read_at": None if about_us else now,
        "triaged_at": None if about_us else now,
    }


def _again(session: Session, old: MentionRow, match: Match, app: App) -> None:
    """An edit: the new words are matched and read anew; a person's verdict and the deadline stay."""
    old.spans, old.why = [list(span) for span in match.spans], match.why
    old.tagged, old.relevance = match.tagged, match.relevant
    if old.verdict in ("open", "calm"):
        old.read_at = old.triaged_at = None
        old.next_try_at, old.verdict = app.clock.now(), "open"
    session.add(old)


def _put_off(session: Session, app: App, row: PostRow, error: Exception) -> None:
    now = app.clock.now()
    row.tries += 1
    row.next_try_at = now + timedelta(seconds=5 * row.tries)
    if row.tries >= TRIES:
        row.matched_at = now
        raw = row.text.encode("utf-8", "replace")[:1_000_000]
        why = f"{type(error).__name__} while matching"
        quarantine.add(session, row.source, "match", raw, why, now, f"post:{row.id}")
    session.merge(row)
