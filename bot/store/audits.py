"""What was discarded, what was drawn from it, and what people said of the draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from bot.core.recall import Caught, Stratum
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_corrections import AsideRow, DrawnRow, DrawRow

MOST_SILENCED = 5_000  # posts that name no brand of ours, looked at for one draw
JUDGED = ("not_us", "not_complaint")
CHUNK = 400


@dataclass(frozen=True, slots=True)
class Discarded:
    """A post nobody was shown, and what put it there."""

    mention_id: int
    post_id: int
    source: str
    relevance: float
    tagged: bool
    complaint: float | None
    corrected: bool


def last(session: Session, brand: str) -> DrawRow | None:
    """A brand's newest draw."""
    return session.exec(select(DrawRow).where(DrawRow.brand == brand).order_by(col(DrawRow.id).desc()).limit(1)).first()


def settled_upto(session: Session) -> int:
    """The last mention before the first that nobody has decided on: what is up to it changes no more by itself."""
    waiting = session.exec(select(func.min(MentionRow.id)).where(col(MentionRow.triaged_at).is_(None))).one()
    if waiting is not None:
        return int(waiting) - 1
    return int(session.exec(select(func.max(MentionRow.id))).one() or 0)


def heard_before(session: Session, moment: datetime) -> int:
    """The last mention heard before then."""
    found = select(func.max(MentionRow.id)).where(col(MentionRow.heard_at) < moment)
    return int(session.exec(found).one() or 0)


def _within(brand: str, after: int, upto: int) -> tuple[ColumnElement[bool], ...]:
    mine = col(MentionRow.brand) == brand, col(MentionRow.history).is_(False)
    return (*mine, col(MentionRow.id) > after, col(MentionRow.id) <= upto)


def _by_rule() -> ColumnElement[bool]:
    return col(MentionRow.verdict_by).like("correction:%")


def discarded(session: Session, brand: str, after: int, upto: int) -> list[Discarded]:
    """Mentions in that stretch that were not queued, or were set aside by a rule, and whose words are still here."""
    nobody = or_(col(MentionRow.verdict_by) == "", _by_rule())
    found = (
        select(MentionRow, PostRow.source)
        .where(PostRow.id == MentionRow.post_id, *_within(brand, after, upto), col(PostRow.gone_at).is_(None))
        .where(or_(col(MentionRow.verdict) == "calm", col(MentionRow.verdict).in_(JUDGED) & nobody))
    )
    return [
        Discarded(
            row.id or 0, row.post_id, source, row.relevance, row.tagged, row.complaint,
            row.verdict_by.startswith("correction:"),
        )
        for row, source in session.exec(found)
    ]  # fmt: skip


def unmentioned(session: Session, brand: str, since: datetime, until: datetime) -> list[PostRow]:
    """Posts heard in that stretch that count as no mention of the brand; the newest first, a bounded number."""
    named = select(MentionRow.post_id).where(MentionRow.brand == brand)
    found = select(PostRow).where(
        col(PostRow.heard_at) > since, col(PostRow.heard_at) <= until, col(PostRow.gone_at).is_(None),
        col(PostRow.matched_at).is_not(None), col(PostRow.history).is_(False), col(PostRow.flags).not_like("own%"),
        col(PostRow.id).not_in(named),
    )  # fmt: skip
    return list(session.exec(found.order_by(col(PostRow.id).desc()).limit(MOST_SILENCED)).all())


def keep(session: Session, draw: DrawRow, items: Sequence[DrawnRow]) -> None:
    """Store a draw and what it offers, in this order."""
    session.add(draw)
    session.flush()
    for place, item in enumerate(items):
        item.draw_id, item.place = draw.id or 0, place
    session.add_all(items)
    session.flush()


def item(session: Session, item_id: int) -> tuple[DrawnRow, DrawRow] | None:
    """One drawn post with its draw."""
    found = select(DrawnRow, DrawRow).where(DrawnRow.id == item_id, DrawRow.id == DrawnRow.draw_id)
    return session.exec(found).first()


def newest_open(session: Session, brands: Sequence[str] | None, since: datetime) -> DrawRow | None:
    """The newest draw since then, inside the walls, that still has a post nobody labelled."""
    found = select(DrawRow).where(DrawnRow.draw_id == DrawRow.id, DrawnRow.label == "", col(DrawRow.drawn_at) >= since)
    if brands is not None:
        found = found.where(col(DrawRow.brand).in_(list(brands)))
    return session.exec(found.order_by(col(DrawRow.id).desc()).limit(1)).first()


def offered(session: Session, draw_id: int) -> list[DrawnRow]:
    """What a draw offers, in order."""
    return list(session.exec(select(DrawnRow).where(DrawnRow.draw_id == draw_id).order_by(col(DrawnRow.place))).all())


def misses(session: Session, brand: str, since: datetime, limit: int = 50) -> list[tuple[DrawnRow, PostRow]]:
    """Misses found since then that nobody has decided what to change for; the newest first."""
    found = (
        select(DrawnRow, PostRow)
        .where(DrawRow.id == DrawnRow.draw_id, DrawRow.brand == brand, col(DrawRow.drawn_at) >= since)
        .where(DrawnRow.label == "yes", DrawnRow.offer == "", PostRow.id == DrawnRow.post_id)
    )
    rows = session.exec(found.where(col(PostRow.gone_at).is_(None)).order_by(col(DrawnRow.id).desc()).limit(limit))
    return [(row, post) for row, post in rows]


def labelled_last(session: Session, by: int, since: datetime) -> DrawnRow | None:
    """What this person labelled last, if it was since then."""
    found = select(DrawnRow).where(DrawnRow.labelled_by == by, col(DrawnRow.label).in_(("yes", "no")))
    found = found.where(col(DrawnRow.labelled_at) >= since)
    return session.exec(found.order_by(col(DrawnRow.labelled_at).desc(), col(DrawnRow.id).desc()).limit(1)).first()


def result(session: Session, brand: str, since: datetime) -> tuple[list[Stratum], Caught, int]:
    """What the draws since then that somebody labelled in tell: their strata, what was caught meanwhile, how many."""
    told = select(DrawnRow.draw_id, DrawnRow.stratum, DrawnRow.label, func.count()).where(
        DrawRow.id == DrawnRow.draw_id, DrawRow.brand == brand, col(DrawRow.drawn_at) >= since,
        col(DrawnRow.label).in_(("yes", "no")),
    )  # fmt: skip
    labelled: dict[str, list[int]] = {}
    draws: set[int] = set()
    for draw_id, stratum, label, many in session.exec(
        told.group_by(col(DrawnRow.draw_id), col(DrawnRow.stratum), col(DrawnRow.label))
    ):
        draws.add(draw_id)
        counts = labelled.setdefault(stratum, [0, 0])
        counts[0] += int(many)
        counts[1] += int(many) if label == "yes" else 0
    rows = session.exec(select(DrawRow).where(col(DrawRow.id).in_(sorted(draws)))).all()
    sizes: dict[str, int] = {}
    caught = Caught(0, 0, 0)
    for row in rows:
        for stratum, size in row.sizes.items():
            sizes[stratum] = sizes.get(stratum, 0) + size
        more = decided(session, _within(brand, row.after_id, row.upto_id))
        caught = Caught(caught.queued + more.queued, caught.decided + more.decided, caught.right + more.right)
    parts = [Stratum(name, size, *labelled.get(name, (0, 0))) for name, size in sorted(sizes.items())]
    return parts, caught, len(draws)


def labelled(session: Session, brand: str, since: datetime) -> list[tuple[int, str]]:
    """The posts of the draws since then that somebody labelled, each with its label ("yes": a miss); oldest first."""
    found = select(DrawnRow.post_id, DrawnRow.label).where(
        DrawRow.id == DrawnRow.draw_id, DrawRow.brand == brand, col(DrawRow.drawn_at) >= since,
        col(DrawnRow.label).in_(("yes", "no")),
    )  # fmt: skip
    return [(post, label) for post, label in session.exec(found.order_by(col(DrawnRow.id)))]


def queued(session: Session, brand: str, after: int, upto: int) -> int:
    """How many posts of that stretch were queued."""
    return decided(session, _within(brand, after, upto)).queued


def decided(session: Session, where: Sequence[ColumnElement[bool]]) -> Caught:
    """Queued posts, those people decided on by answering or by saying that we were wrong, those that were right."""
    answered = col(CaseRow.first_answered_at).is_not(None)
    found = select(answered, col(CaseRow.resolved_how), func.count()).where(
        MentionRow.case_id == CaseRow.id, CaseRow.section == "care", ~_by_rule(), *where
    )
    queued = right = wrong = 0
    for was, how, many in session.exec(found.group_by(answered, col(CaseRow.resolved_how))):
        queued += int(many)
        wrong += int(many) if how in JUDGED else 0
        right += int(many) if was and how not in JUDGED else 0
    return Caught(queued, right + wrong, right)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What people did with cases of a stretch: answered, said not us, said no complaint. `toned` of them had a wrong
    tone; `others` were closed otherwise or wait."""

    answered: int
    not_us: int
    not_complaint: int
    toned: int
    others: int


def verdicts(session: Session, brand: str, since: datetime, until: datetime | None = None) -> Verdicts:
    """Cases queued in that stretch by what a person did with them. Those a rule set aside are nobody's word."""
    mine = [col(CaseRow.brand) == brand, col(CaseRow.spoke_at) >= since, col(CaseRow.section) == "care"]
    mine += [col(CaseRow.spoke_at) < until] if until is not None else []
    ruled = select(AsideRow.case_id).where(
        col(AsideRow.direct).is_(False), AsideRow.state == "aside", col(AsideRow.case_id).is_not(None)
    )
    toned = select(AsideRow.case_id).where(col(AsideRow.direct).is_(True), AsideRow.state == "aside")
    answered = col(CaseRow.first_answered_at).is_not(None)
    found = select(answered, col(CaseRow.resolved_how), func.count()).where(
        *mine, col(CaseRow.history).is_(False), ~(col(CaseRow.resolved_how).in_(JUDGED) & col(CaseRow.id).in_(ruled))
    )
    counts = {"answered": 0, "not_us": 0, "not_complaint": 0, "others": 0}
    for was, how, many in session.exec(found.group_by(answered, col(CaseRow.resolved_how))):
        kind = how if how in JUDGED else "answered" if was else "others"
        counts[kind] += int(many)
    put_right = select(func.count()).select_from(CaseRow).where(*mine, col(CaseRow.id).in_(toned))
    put_right = put_right.where(col(CaseRow.resolved_how).not_in(JUDGED))
    return Verdicts(toned=int(session.exec(put_right).one()), **counts)


def chances(session: Session, brand: str, since: datetime) -> list[float]:
    """The complaint probability of every post about a brand written since then that a reader could read."""
    found = select(MentionRow.complaint).where(
        MentionRow.brand == brand, col(MentionRow.created_at) >= since, col(MentionRow.complaint).is_not(None),
        col(MentionRow.relevance) >= 0.5, col(MentionRow.verdict) != "not_us",
    )  # fmt: skip
    return [chance for chance in session.exec(found) if chance is not None]
