"""Corrections and what followed from them. Their words are the posts' own: a deleted post ends its correction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, update
from sqlmodel import Session, col, select

from bot.core.brand import Brand
from bot.core.corrections import Rule, Rules, holds, likeliest
from bot.core.likeness import may_be_alike, said
from bot.store.tables import CaseRow, MentionRow, PostRow, ReadingRow
from bot.store.tables_corrections import AsideRow, CorrectionRow

MOST_RULES = 500  # of a brand: the newest; older ones are listed and no longer act
MOST_WAITING = 5_000  # messages of open cases that one press looks at, of those whose customers wrote last
CHUNK = 400
LISTED = 200
SHOWN = 20  # posts behind one correction that its page shows


def words_of(post: PostRow) -> str:
    """What is compared of a post: its title and text."""
    return f"{post.title} {post.text}"


def add(
    session: Session, brand: str, kind: str, mention: MentionRow, by: int, now: datetime, *, tone: str = ""
) -> CorrectionRow:
    """Write down a correction of one post; the same one of the same post is not written twice."""
    same = select(CorrectionRow).where(
        CorrectionRow.post_id == mention.post_id, CorrectionRow.brand == brand, CorrectionRow.kind == kind,
        CorrectionRow.tone == tone, *_in_force(),
    )  # fmt: skip
    if (found := session.exec(same).first()) is not None:
        return found
    row = CorrectionRow(
        brand=brand, kind=kind, tone=tone, post_id=mention.post_id, case_id=mention.case_id, tagged=mention.tagged,
        by=by, at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _in_force() -> tuple[ColumnElement[bool], ...]:
    return col(CorrectionRow.revoked_at).is_(None), col(CorrectionRow.gone_at).is_(None)


def get(session: Session, correction_id: int) -> CorrectionRow | None:
    """One correction."""
    return session.get(CorrectionRow, correction_id)


def rule_of(session: Session, row: CorrectionRow, brand: Brand) -> Rule | None:
    """A correction as a rule; None when its post has no words (any more)."""
    post = session.get(PostRow, row.post_id)
    return _rule(row, post, brand) if post is not None else None


def _rule(row: CorrectionRow, post: PostRow, brand: Brand) -> Rule | None:
    about = said(words_of(post), brand.called())
    return Rule(row.id or 0, row.brand, row.kind, about, row.tagged, row.tone) if about else None


def rules(session: Session, brands: Iterable[Brand]) -> Rules:
    """What is in force for these brands."""
    made: list[Rule] = []
    for brand in brands:
        found = (
            select(CorrectionRow, PostRow)
            .where(CorrectionRow.brand == brand.name, PostRow.id == CorrectionRow.post_id, *_in_force())
            .where(col(PostRow.gone_at).is_(None))
        )
        rows = session.exec(found.order_by(col(CorrectionRow.id).desc()).limit(MOST_RULES))
        made += [rule for row, post in rows if (rule := _rule(row, post, brand)) is not None]
    return Rules(made)


def brands_with(session: Session, names: Sequence[str]) -> set[str]:
    """Which of these brands have a correction in force."""
    found = select(CorrectionRow.brand).where(col(CorrectionRow.brand).in_(list(names)), *_in_force()).distinct()
    return set(session.exec(found))


def waiting_like(
    session: Session,
    brand: Brand,
    rule: Rule,
    parts: Sequence[str],
    but: int | None,
    among: Sequence[int] | None = None,
) -> list[int]:
    """A brand's open, unanswered cases (of `among`) all of whose messages are like the rule's; the newest first."""
    found = (
        select(MentionRow.case_id, MentionRow.tagged, PostRow.title, PostRow.text)
        .where(MentionRow.case_id == CaseRow.id, PostRow.id == MentionRow.post_id, CaseRow.brand == brand.name)
        .where(col(CaseRow.part).in_(list(parts)), col(CaseRow.answered_at).is_(None), col(CaseRow.id) != (but or 0))
    )
    if among is not None:
        found = found.where(col(CaseRow.id).in_(list(among)))
    names, like = brand.called(), dict[int, bool]()
    for key, tagged, title, text in session.exec(found.order_by(col(CaseRow.words_at).desc()).limit(MOST_WAITING)):
        words = f"{title} {text}"
        is_like = may_be_alike(rule.said, words) and holds(rule, said(words, names), tagged)
        like[key or 0] = like.get(key or 0, True) and is_like
    return [key for key, is_like in like.items() if is_like]


def unfinished(session: Session, brand: str = "", but: int | None = None) -> CorrectionRow | None:
    """The oldest correction that has not reached, or not given back, every case yet. `brand`: a revoked one of it."""
    found = select(CorrectionRow).where(CorrectionRow.left > 0)
    if brand:
        found = found.where(CorrectionRow.brand == brand, col(CorrectionRow.revoked_at).is_not(None))
    return session.exec(
        found.where(col(CorrectionRow.id) != (but or 0)).order_by(col(CorrectionRow.id)).limit(1)
    ).first()


def messages(session: Session, case_ids: Sequence[int]) -> dict[int, list[MentionRow]]:
    """The messages of these cases, in a few queries."""
    found: dict[int, list[MentionRow]] = {key: [] for key in case_ids}
    for at in range(0, len(case_ids), CHUNK):
        some = select(MentionRow).where(col(MentionRow.case_id).in_(case_ids[at : at + CHUNK]))
        for row in session.exec(some.order_by(col(MentionRow.id))):
            found[row.case_id or 0].append(row)
    return found


def cases_of(session: Session, case_ids: Sequence[int]) -> dict[int, CaseRow]:
    """These cases by id, in a few queries."""
    found: dict[int, CaseRow] = {}
    for at in range(0, len(case_ids), CHUNK):
        rows = session.exec(select(CaseRow).where(col(CaseRow.id).in_(case_ids[at : at + CHUNK])))
        found |= {row.id: row for row in rows if row.id is not None}
    return found


def earlier(session: Session, correction_id: int) -> dict[int, AsideRow]:
    """What a correction did before, by mention."""
    found = select(AsideRow).where(AsideRow.correction_id == correction_id)
    return {row.mention_id: row for row in session.exec(found)}


def put(
    session: Session, correction_id: int, mention: MentionRow, now: datetime, state: str, before: dict[str, object],
    *, why: str = "", direct: bool = False, known: Mapping[int, AsideRow] | None = None,
) -> None:  # fmt: skip
    """Write down what a correction did to one mention; done again, the newest counts. `known` are `earlier` ones."""
    if known is None:
        same = select(AsideRow).where(AsideRow.correction_id == correction_id, AsideRow.mention_id == mention.id)
        row = session.exec(same).first()
    else:
        row = known.get(mention.id or 0)
    row = row or AsideRow(correction_id=correction_id, mention_id=mention.id or 0, at=now)
    row.state, row.before, row.why, row.direct, row.at = state, before, why, direct, now
    row.case_id = mention.case_id
    session.add(row)


def asides(
    session: Session, correction_id: int, state: str = "aside", limit: int | None = None
) -> list[tuple[AsideRow, MentionRow]]:
    """What a correction did that is in this state, with the mentions; its own post first."""
    found = (
        select(AsideRow, MentionRow)
        .where(AsideRow.correction_id == correction_id, AsideRow.state == state)
        .where(MentionRow.id == AsideRow.mention_id)
    )
    ordered = found.order_by(col(AsideRow.direct).desc(), col(AsideRow.id)).limit(limit)
    return [(row, mention) for row, mention in session.exec(ordered)]


def still_aside(session: Session, correction_id: int) -> int:
    """How many posts a correction still holds."""
    held = select(func.count()).select_from(AsideRow)
    return int(session.exec(held.where(AsideRow.correction_id == correction_id, AsideRow.state == "aside")).one())


def tones(session: Session, told: Sequence[MentionRow]) -> dict[int, str | None]:
    """The tone of each mention: what the newest tone correction that holds over it says, else the reader's own."""
    found: dict[int, str | None] = {}
    keys = [mention.id or 0 for mention in told]
    for at in range(0, len(keys), CHUNK):
        some = keys[at : at + CHUNK]
        read = select(MentionRow.id, ReadingRow).where(ReadingRow.id == MentionRow.reading_id)
        for key, row in session.exec(read.where(col(MentionRow.id).in_(some))):
            found[key or 0] = likeliest(row.negative, row.neutral, row.positive)
        held = select(AsideRow.mention_id, CorrectionRow.tone).where(
            AsideRow.state == "aside", CorrectionRow.id == AsideRow.correction_id, CorrectionRow.kind == "tone"
        )
        held = held.where(col(AsideRow.mention_id).in_(some), col(CorrectionRow.revoked_at).is_(None))
        found |= dict(session.exec(held.order_by(col(CorrectionRow.id))).all())
    return {key: found.get(key) for key in keys}


def of_case(session: Session, case_id: int) -> CorrectionRow | None:
    """The correction in force that was made at this case, the newest."""
    found = select(CorrectionRow).where(CorrectionRow.case_id == case_id, *_in_force())
    return session.exec(found.order_by(col(CorrectionRow.id).desc()).limit(1)).first()


def over_case(session: Session, case_id: int, kind: str) -> list[AsideRow]:
    """What corrections of a kind hold over a case, its own included."""
    found = select(AsideRow).where(AsideRow.case_id == case_id, AsideRow.state == "aside")
    found = found.where(CorrectionRow.id == AsideRow.correction_id, CorrectionRow.kind == kind)
    return list(session.exec(found.order_by(col(AsideRow.id))).all())


@dataclass(frozen=True, slots=True)
class Listed:
    """A correction as its page lists it. Counts are of cases or loose posts other than its own."""

    row: CorrectionRow
    post: PostRow | None
    aside: int
    back: int
    kept: int


def of_brand(session: Session, brand: str, limit: int = LISTED) -> list[Listed]:
    """A brand's corrections, those in force first, each newest first."""
    found = select(CorrectionRow, PostRow).where(CorrectionRow.brand == brand, PostRow.id == CorrectionRow.post_id)
    ended = col(CorrectionRow.revoked_at).is_not(None) | col(CorrectionRow.gone_at).is_not(None)
    rows = list(session.exec(found.order_by(ended, col(CorrectionRow.id).desc()).limit(limit)).all())
    counts: dict[tuple[int, str], int] = {}
    ids = [row.id for row, _post in rows if row.id is not None]
    tally = select(AsideRow.correction_id, AsideRow.state, func.count()).where(
        col(AsideRow.correction_id).in_(ids), col(AsideRow.direct).is_(False)
    )
    for key, state, many in session.exec(tally.group_by(col(AsideRow.correction_id), col(AsideRow.state))):
        counts[(key, state)] = int(many)
    return [
        Listed(row, post, *(counts.get((row.id or 0, state), 0) for state in ("aside", "back", "kept")))
        for row, post in rows
    ]


def behind(session: Session, correction_id: int, limit: int = SHOWN) -> list[tuple[AsideRow, PostRow]]:
    """The posts that followed from a correction, the newest first, its own left out."""
    found = (
        select(AsideRow, PostRow)
        .where(AsideRow.correction_id == correction_id, col(AsideRow.direct).is_(False))
        .where(MentionRow.id == AsideRow.mention_id, PostRow.id == MentionRow.post_id)
    )
    return [(row, post) for row, post in session.exec(found.order_by(col(AsideRow.id).desc()).limit(limit))]


def bury(session: Session, post_ids: Sequence[int], now: datetime) -> None:
    """The posts' words go: corrections made from them act no more."""
    theirs = update(CorrectionRow).where(col(CorrectionRow.post_id).in_(post_ids), col(CorrectionRow.gone_at).is_(None))
    session.connection().execute(theirs.values(gone_at=now))
