"""A second database in memory for trying rules: the past copied in, what came of it read out, no trace left."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TypeVar

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from bot import ids
from bot.core.brand import Brand
from bot.core.unheard import Unheard, ways_of
from bot.store import brands, cases, migrate, recalibrating
from bot.store.db import Database
from bot.store.posts import OWN
from bot.store.tables import CaseRow, CustomerRow, HandleRow, MentionRow, PostRow, ReadingRow, SourceRow
from bot.store.tables_answering import CalendarRow
from bot.store.tables_corrections import CorrectionRow
from bot.store.tables_house import BrandRow, EventRow, SettingRow

Row = TypeVar("Row", bound=SQLModel)
MANY_BRANDS = 20  # beyond that only the changed brand is rehearsed: a matcher for a thousand takes seconds to build
CHUNK = 400
KEPT_FOR_OTHERS = 4  # one in so many is a post that named another brand or none: a new name is only found in those


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader once made of a text."""

    text: str
    reading: ReadingRow


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back the posts go that are run again: those that named the brand or are ours (`own`), and the others.

    Each is counted, and said since when it is whole (UTC); `cut`: older ones of it were left out.
    """

    own: int = 0
    own_from: datetime | None = None
    own_cut: bool = False
    others: int = 0
    others_from: datetime | None = None
    others_cut: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What is copied: posts (ours included) and how far back they go, readings, sources, closed days, customers, how
    likelihoods are corrected, corrections, brands."""

    posts: list[PostRow]
    reach: Reach
    read: list[Read]
    around: list[SourceRow | CalendarRow | CustomerRow | HandleRow | SettingRow]
    corrections: list[tuple[CorrectionRow, PostRow]]
    brands: list[Brand]
    answered: dict[int, datetime]

    def closed_otherwise(self, added: CalendarRow | None, dropped: int | None) -> "Past":
        """The same past with one calendar of closed days more, or without one."""
        kept = [row for row in self.around if not (isinstance(row, CalendarRow) and row.id == dropped)]
        return replace(self, around=[*kept, *([added] if added is not None else [])])

    def without(self, unheard: Sequence[Unheard]) -> "Past":
        """The same past as it would have been heard without these sources, places and ways."""
        ways = ways_of(self.posts)
        kept = [post for post in self.posts if not any(one.took(post, ways) for one in unheard)]
        return replace(self, posts=kept)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules make of the past, as posts' ids. `heard`: named the brand; `queued`: in a case that is owed an
    answer; `paged`: opened a case the team is told of; `late`: opened one whose time ran out unanswered; `due`: when
    the first answer to the case was owed that a post opened."""

    heard: frozenset[int]
    queued: frozenset[int]
    paged: frozenset[int]
    late: frozenset[int]
    due: Mapping[int, datetime]


def past(session: Session, brand: str, since: datetime, limit: int) -> Past:
    """At most `limit` posts heard since then that still have words, and all that judging them again needs."""
    posts, reach = _chosen(session, brand, since, limit)
    ids_ = [row.id for row in posts if row.id is not None]
    theirs = select(CorrectionRow, PostRow).where(CorrectionRow.brand == brand, PostRow.id == CorrectionRow.post_id)
    theirs = theirs.where(col(CorrectionRow.revoked_at).is_(None), col(CorrectionRow.gone_at).is_(None))
    every = brands.all_of(session)
    return Past(
        posts,
        reach,
        _readings(session, {row.id or 0: row for row in posts}),
        [
            *session.exec(select(SourceRow)),
            *session.exec(select(CalendarRow)),
            *_people(session, brand, posts),
            *recalibrating.rows(session),
        ],
        [(row, post) for row, post in session.exec(theirs)],
        every if len(every) <= MANY_BRANDS else [each for each in every if each.name == brand],
        _answered(session, brand, ids_),
    )


def _chosen(session: Session, brand: str, since: datetime, limit: int) -> tuple[list[PostRow], Reach]:
    """The brand's own posts first, the newest of them; of the others the newest, for which a part is always kept.

    In a house of many brands the newest posts of all may hold none of the one that changes.
    """
    named = select(MentionRow.post_id).where(MentionRow.brand == brand)
    theirs = col(PostRow.id).in_(named) | col(PostRow.flags).like(f"{OWN}%")
    found = select(PostRow).where(col(PostRow.heard_at) >= since, col(PostRow.gone_at).is_(None))
    newest = col(PostRow.id).desc()
    own = session.exec(found.where(theirs).order_by(newest).limit(limit + 1)).all()
    room = max(limit - len(own), limit // KEPT_FOR_OTHERS)
    others = session.exec(found.where(~theirs).order_by(newest).limit(room + 1)).all()
    some = others[:room]
    mine = own[: limit - len(some)]
    reach = Reach(
        len(mine), min((row.heard_at for row in mine), default=None), len(own) > len(mine),
        len(some), min((row.heard_at for row in some), default=None), len(others) > len(some),
    )  # fmt: skip
    return sorted([*mine, *some], key=lambda row: row.id or 0), reach


def how_many(session: Session, since: datetime, limit: int) -> int:
    """How many posts since then still have words, at most `limit`."""
    found = select(PostRow.id).where(col(PostRow.heard_at) >= since, col(PostRow.gone_at).is_(None))
    return len(session.exec(found.order_by(col(PostRow.id).desc()).limit(limit)).all())


def stands(session: Session) -> tuple[int, int]:
    """Where the store stands: every post heard, and every change of anything else, moves one of the two."""
    posts, said = (session.exec(select(func.max(key))).one() for key in (col(PostRow.id), col(EventRow.id)))
    return posts or 0, said or 0


def _people(session: Session, brand: str, posts: Sequence[PostRow]) -> list[CustomerRow | HandleRow]:
    """The customers behind the posts: joined accounts are one person there too, and tiers have their windows."""
    authors = sorted({row.author_id for row in posts})
    handles: list[HandleRow] = []
    for at in range(0, len(authors), CHUNK):
        mine = select(HandleRow).where(HandleRow.brand == brand, col(HandleRow.author_id).in_(authors[at : at + CHUNK]))
        handles += session.exec(mine).all()
    keys = sorted({row.customer_id for row in handles})
    customers: list[CustomerRow] = []
    for at in range(0, len(keys), CHUNK):
        customers += session.exec(select(CustomerRow).where(col(CustomerRow.id).in_(keys[at : at + CHUNK]))).all()
    return [*customers, *handles]


def _readings(session: Session, by_id: dict[int, PostRow]) -> list[Read]:
    read = []
    keys = list(by_id)
    for at in range(0, len(keys), CHUNK):
        found = select(MentionRow.post_id, ReadingRow).where(
            ReadingRow.id == MentionRow.reading_id, col(MentionRow.post_id).in_(keys[at : at + CHUNK])
        )
        for key, reading in session.exec(found):
            post = by_id[key]
            read.append(Read(f"{post.title}\n{post.text}".strip(), reading))
    return read


def _answered(session: Session, brand: str, post_ids: Sequence[int]) -> dict[int, datetime]:
    """When our first answer to each post's case really came."""
    answered: dict[int, datetime] = {}
    for at in range(0, len(post_ids), CHUNK):
        found = select(MentionRow.post_id, CaseRow.first_answered_at).where(
            MentionRow.brand == brand, CaseRow.id == MentionRow.case_id, col(CaseRow.first_answered_at).is_not(None),
            col(MentionRow.post_id).in_(post_ids[at : at + CHUNK]),
        )  # fmt: skip
        answered |= {key: moment for key, moment in session.exec(found) if moment is not None}
    return answered


@contextmanager
def stage() -> Iterator[Database]:
    """An empty database at this version, in memory only; gone at the end."""
    db = _in_memory()
    try:
        with db.engine.connect() as connection:
            here = connection.connection.driver_connection
            assert isinstance(here, sqlite3.Connection)
            _empty().backup(here)
        yield db
    finally:
        db.close()


@cache
def _empty() -> sqlite3.Connection:
    """The tables of this version without a row: made once, for the migrations take longer than a rehearsal."""
    made = sqlite3.connect(":memory:", check_same_thread=False)
    db = _in_memory()
    migrate.upgrade(db)
    with db.engine.connect() as connection:
        there = connection.connection.driver_connection
        assert isinstance(there, sqlite3.Connection)
        there.backup(made)
    db.close()
    return made


def _in_memory() -> Database:
    return Database(f"sqlite:///file:rehearsal-{ids.token(8)}?mode=memory&cache=shared&uri=true", readers=1)


def lay(session: Session, then: Past, changed: Brand, now: datetime) -> None:
    """Copy the past onto a stage, every post due to be judged by the changed brand."""
    for brand in [changed, *(each for each in then.brands if each.name != changed.name)]:
        definition = brand.model_dump(mode="json", exclude_defaults=True) | {"name": brand.name}
        session.add(BrandRow(name=brand.name, definition=definition, changed_at=now))
    here = {row.id for row in then.posts}
    judged = {"matched_at": None, "next_try_at": now, "tries": 0}
    rows = [_copy(row, **judged) for row in then.posts]
    rows += [_copy(post, matched_at=now) for post in {post.id: post for _row, post in then.corrections}.values()
             if post.id not in here]  # fmt: skip
    session.add_all([*rows, *(_copy(row) for row in then.around)])
    session.flush()
    session.add_all([_copy(row, case_id=None) for row, _post in then.corrections])


def _copy(row: Row, **changes: object) -> Row:
    return type(row)(**(row.model_dump() | changes))


def outcome(session: Session, brand: str, then: Past, now: datetime) -> Outcome:
    """What came of the past on a stage; `late` counts with the answers that were really given."""
    told = select(MentionRow).where(MentionRow.brand == brand)
    heard = {row.post_id: row for row in session.exec(told) if row.verdict != "not_us" or row.verdict_by}
    every = {
        row.id: row for row in session.exec(select(CaseRow).where(CaseRow.brand == brand, CaseRow.section == "care"))
    }
    queued = {key: every[row.case_id] for key, row in heard.items() if row.case_id in every}
    first: dict[int, int] = {}
    for key in sorted(queued):
        first.setdefault(queued[key].id or 0, key)
    answers: dict[int, datetime] = {}
    for key, case in queued.items():
        if (real := then.answered.get(key)) is not None:
            answers[case.id or 0] = min(real, answers.get(case.id or 0, real))
    openers = {key: queued[key] for key in first.values()}
    return Outcome(
        heard=frozenset(heard),
        queued=frozenset(queued),
        paged=frozenset(key for key, case in openers.items() if case.look_at is not None),
        late=frozenset(key for key, case in openers.items() if _late(case, answers.get(case.id or 0), now)),
        due={key: cases.first_window(case).due_at for key, case in openers.items()},
    )


def _late(case: CaseRow, real: datetime | None, now: datetime) -> bool:
    answered = min((at for at in (case.first_answered_at, real) if at is not None), default=None)
    return (answered or now) > cases.first_window(case).due_at
