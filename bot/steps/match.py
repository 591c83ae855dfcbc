"""Posts → mentions: which brand a post names, where, and whether it is about us."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from bot.app import App
from bot.core.display import one_line
from bot.core.likeness import Subjects, alike
from bot.core.likeness import said as subjects_of
from bot.core.matching import Match, Matcher, said_to_us
from bot.core.priority import Bars
from bot.readers.words import urgent_at_a_glance
from bot.store import brands, examples, mentions, posts, quarantine, search, sources, stock
from bot.store.db import Session
from bot.store.tables import MentionRow, PostRow

BATCH = 200
TRIES = 3
FIRST, BESIDE = timedelta(hours=2), timedelta(hours=1)
"""So much sooner than heard a mention stands in the readers' line while more comes than can be read (P-35): words of
danger and of being stuck, and what comes from beside the flood."""
FLOOD = 0.25  # of those at the head of the line: a source with so much of it is what the others must not wait behind
ONCE_MISSED = 0.75
"""Relevance of a post like one that a person, in the audit, said to be about us: words alone had it below the floor."""


def match_some(app: App, limit: int = BATCH) -> int:
    """Look at posts nobody has looked at. Returns how many."""
    now = app.clock.now()
    with app.db.read() as session:
        due = posts.due_for_match(session, now, limit)
        if not due:
            return 0
        matcher = matcher_of(brands.definitions(session))
        whose = {row.name: str(row.options.get("brand", "")) for row in sources.all_of(session)}
        line = mentions.line(session, limit)
    found, stuck = _look(matcher, due, whose)
    found = _lifted(app, found, due)
    looked_at = len(due)
    app.hold("match:before commit")
    with app.db.begin() as session:
        still = posts.still_due(session, [_id(row) for row in due], now)
        due = [row for row in due if _id(row) in still]
        found = {key: value for key, value in found.items() if key in still}
        ahead = _ahead(due, line) if len(line) == limit else {}
        _write(session, app, {key: value for key, value in found.items() if value}, due, ahead)
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


def _lifted(app: App, found: dict[int, tuple[Match, ...]], due: list[PostRow]) -> dict[int, tuple[Match, ...]]:
    """What names a brand too faintly, but is like a post a person found among the discarded, is about the brand."""
    faint = {match.brand for matches in found.values() for match in matches if not match.matched}
    known = _missed(app, faint) if faint else {}
    if not known:
        return found
    words = {_id(row): f"{row.title} {row.text}" for row in due}
    return {key: tuple(_lift(match, words[key], known.get(match.brand)) for match in found[key]) for key in found}


_Missed = tuple[tuple[str, ...], list[tuple[Subjects, str]]]  # the brand's names; what was found, by subjects


def _missed(app: App, names: set[str]) -> dict[str, _Missed]:
    with app.db.read() as session:
        every = {brand.name: brand for brand in brands.all_of(session) if brand.name in names and not brand.competitor}
        if app.shown is None:
            said = examples.missed(session, sorted(every))
        else:
            said = {name: app.shown[name].missed for name in every if name in app.shown}
    called = {name: tuple(every[name].called()) for name in said}
    return {name: (called[name], [(subjects_of(one[0], called[name]), one[0]) for one in said[name]]) for name in said}


def _lift(match: Match, words: str, known: _Missed | None) -> Match:
    if match.matched or known is None:
        return match
    names, missed = known
    about = subjects_of(words, names)
    likeness, like = max(((alike(one, about), text) for one, text in missed), default=(0.0, ""))
    if not likeness:
        return match
    why = f"{match.why}; like a post you found among the discarded: “{one_line(like, 48)}”"
    return replace(match, relevant=ONCE_MISSED, why=why)


def _id(row: PostRow) -> int:
    assert row.id is not None
    return row.id


def _ahead(due: list[PostRow], line: Sequence[str]) -> dict[int, timedelta]:
    """Who stands how far ahead in the readers' line. `line`: whose posts stand at its head."""
    flooding = {name for name, many in Counter(line).items() if many >= FLOOD * len(line)}
    found: dict[int, timedelta] = {}
    for row in due:
        if urgent_at_a_glance(f"{row.title}\n{row.text}".strip(), row.language) >= Bars().urgent:
            found[_id(row)] = FIRST
        elif row.source not in flooding:
            found[_id(row)] = BESIDE
    return found


def _write(
    session: Session, app: App, found: dict[int, tuple[Match, ...]], due: list[PostRow], ahead: Mapping[int, timedelta]
) -> None:
    by_id = {_id(row): row for row in due}
    known = mentions.of_posts(session, [_id(row) for row in due if row.edited_at is not None])
    fresh: list[dict[str, Any]] = []
    for post_id, matches in found.items():
        for match in matches:
            old = known.get((post_id, match.brand))
            if old is None:
                fresh.append(_mention(by_id[post_id], match, app, ahead.get(post_id, timedelta())))
            else:
                _again(session, old, match, app)
    stock.add_mentions(session, fresh, by_id, app.clock.now())
    for (post_id, _brand), old in known.items():  # words changed: search and readers must see the new ones
        search.index(session, "post", post_id, old.brand, stock.said(by_id[post_id]), old.case_id)


def _mention(post: PostRow, match: Match, app: App, ahead: timedelta) -> dict[str, Any]:
    about_us = match.matched
    now = app.clock.now()
    return {
        "post_id": _id(post),
        "brand": match.brand,
        "platform": post.platform,
        "spans": [list(span) for span in match.spans],
        "tagged": match.tagged,
        "relevance": match.relevant,
        "why": match.why,
        "created_at": post.created_at,
        "heard_at": post.heard_at,
        "history": post.history,
        "next_try_at": now - ahead,
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
