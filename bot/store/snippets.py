"""Raw material for answers: snippets with gaps to fill, and facts of a brand."""

from datetime import datetime

from sqlmodel import Session, col, select

from bot.store import events
from bot.store.asked import kept
from bot.store.tables_answering import SnippetRow

MOST = 200


@kept(SnippetRow)
def of_brand(session: Session, brand: str, kind: str = "") -> list[SnippetRow]:
    """A brand's material, what is used most on top."""
    found = select(SnippetRow).where(SnippetRow.brand == brand)
    found = found.where(SnippetRow.kind == kind) if kind else found
    return list(session.exec(found.order_by(col(SnippetRow.used).desc(), col(SnippetRow.name)).limit(MOST)).all())


def get(session: Session, snippet_id: int) -> SnippetRow | None:
    """One of them."""
    return session.get(SnippetRow, snippet_id)


def save(session: Session, brand: str, kind: str, name: str, text: str, tag: str, by: int, now: datetime) -> SnippetRow:
    """Add one, or change the one of that name."""
    same = select(SnippetRow).where(SnippetRow.brand == brand, SnippetRow.kind == kind, SnippetRow.name == name)
    row = session.exec(same).first() or SnippetRow(brand=brand, kind=kind, name=name, text=text, by=by, changed_at=now)
    row.text, row.tag, row.by, row.changed_at = text, tag, by, now
    session.add(row)
    session.flush()
    events.add(session, now, f"account:{by}", "snippet.saved", f"brand:{brand}", brand, snippet=row.id, kind=kind)
    return row


def drop(session: Session, row: SnippetRow, by: int, now: datetime) -> None:
    """Take one away."""
    key, brand = row.id, row.brand
    session.delete(row)
    session.flush()
    events.add(session, now, f"account:{by}", "snippet.dropped", f"brand:{brand}", brand, snippet=key)
