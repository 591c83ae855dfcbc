"""Corrections and what followed from them. Their words are the posts' own: a deleted post ends its correction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, update
from sqlmodel import Session, col, select

from bot.core.brand import Brand
from bot.core.corrections import Rule, Rules
from bot.core.likeness import Subjects, said
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_corrections import AsideRow, CorrectionRow

MOST_RULES = 500  # of a brand: the newest; older ones are listed and no longer act
MOST_WAITING = 3_000  # open cases of a brand that one press looks at, those whose customers wrote last
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open case that nobody has answered, and what each of its messages says (subjects, tagged)."""

    case: CaseRow
    messages: tuple[tuple[Subjects, bool], ...]


def waiting(session: Session, brand: Brand, parts: Sequence[str], but: int | None) -> list[Waiting]:
    """A brand's open, unanswered cases with what their customers said."""
    found = select(CaseRow).where(
        CaseRow.brand == brand.name, col(CaseRow.part).in_(list(parts)), col(CaseRow.answered_at).is_(None),
        col(CaseRow.id) != (but or 0),
    )  # fmt: skip
    cases = {
        row.id: row for row in session.exec(found.order_by(col(CaseRow.words_at).desc()).limit(MOST_WAITING)) if row.id
    }
    told: dict[int, list[tuple[Subjects, bool]]] = {}
    ids, names = list(cases), brand.called()
    for at in range(0, len(ids), CHUNK):
        words = select(MentionRow.case_id, MentionRow.tagged, PostRow.title, PostRow.text).join(PostRow)
        for key, tagged, title, text in session.exec(words.where(col(MentionRow.case_id).in_(ids[at : at + CHUNK]))):
            told.setdefault(key or 0, []).append((said(f"{title} {text}", names), tagged))
    return [Waiting(cases[key], tuple(messages)) for key, messages in told.items()]


def put(
    session: Session, correction_id: int, mention: MentionRow, now: datetime, state: str, before: dict[str, object],
    *, why: str = "", direct: bool = False, case_id: int | None = None,
) -> None:  # fmt: skip
    """Write down what a correction did to one mention; done again, the newest counts."""
    same = select(AsideRow).where(AsideRow.correction_id == correction_id, AsideRow.mention_id == mention.id)
    row = session.exec(same).first() or AsideRow(correction_id=correction_id, mention_id=mention.id or 0, at=now)
    row.state, row.before, row.why, row.direct, row.at = state, before, why, direct, now
    row.case_id = case_id if case_id is not None else mention.case_id
    session.add(row)


def asides(session: Session, correction_id: int, state: str = "aside") -> list[tuple[AsideRow, MentionRow]]:
    """What a correction did that is in this state, with the mentions."""
    found = (
        select(AsideRow, MentionRow)
        .where(AsideRow.correction_id == correction_id, AsideRow.state == state)
        .where(MentionRow.id == AsideRow.mention_id)
    )
    return [(row, mention) for row, mention in session.exec(found.order_by(col(AsideRow.id)))]


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
