"""What suggestions of spellings are made from, and those nobody wants."""

from datetime import datetime

from sqlmodel import Session, col, select

from bot.core.folding import fold
from bot.core.spellings import Said
from bot.store import events
from bot.store.tables import MentionRow, PostRow
from bot.store.tables_corrections import RefusedRow

MOST_NAMED, MOST_OTHERS = 1_500, 1_500  # posts looked at: those that name the brand, and those that do not


def heard(session: Session, brand: str, since: datetime) -> list[Said]:
    """The newest posts since then that name the brand, and the newest that do not: a slip may be why."""
    named = select(MentionRow.post_id).where(MentionRow.brand == brand, col(MentionRow.created_at) >= since)
    ids = list(session.exec(named.order_by(col(MentionRow.id).desc()).limit(MOST_NAMED)).all())
    rows: list[PostRow] = []
    for at in range(0, len(ids), 400):
        rows += session.exec(select(PostRow).where(col(PostRow.id).in_(ids[at : at + 400]))).all()
    every = select(MentionRow.post_id).where(MentionRow.brand == brand)
    others = select(PostRow).where(col(PostRow.heard_at) >= since, col(PostRow.id).not_in(every))
    rows += session.exec(others.order_by(col(PostRow.id).desc()).limit(MOST_OTHERS)).all()
    theirs = [row for row in rows if row.gone_at is None and not row.flags.startswith("own")]
    return [Said(f"{row.platform}:{row.author_id}", f"{row.title} {row.text}".strip()) for row in theirs]


def refused(session: Session, brand: str) -> set[str]:
    """Forms nobody wants for this brand, folded."""
    return set(session.exec(select(RefusedRow.form).where(RefusedRow.brand == brand)))


def refuse(session: Session, brand: str, form: str, by: int, now: datetime) -> None:
    """This form is not suggested again."""
    key = fold(form).strip()[:200]
    if session.get(RefusedRow, (brand, key)) is None:
        session.add(RefusedRow(brand=brand, form=key, by=by, at=now))
        events.add(session, now, f"account:{by}", "spelling.refused", f"brand:{brand}", brand)
