"""Raw material for answers: snippets with gaps to fill, and facts of a brand."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.ids import digest_of
from bot.store import events
from bot.store.asked import kept
from bot.store.tables_answering import SnippetRow
from bot.store.tables_house import EventRow

MOST = 200
TAKEN, TAKEN_BACK = "macro.taken", "macro.taken_back"


@dataclass(frozen=True, slots=True)
class Does:
    """What a piece does to the case it is taken for, as its columns keep it; empty: nothing."""

    tag: str = ""
    severity: str = ""
    assign: str = ""
    snooze: str = ""

    @property
    def anything(self) -> bool:
        """Does it do anything at all?"""
        return self != Does()


@kept(SnippetRow)
def of_brand(session: Session, brand: str, kind: str = "") -> list[SnippetRow]:
    """A brand's material, what is used most on top."""
    found = select(SnippetRow).where(SnippetRow.brand == brand)
    found = found.where(SnippetRow.kind == kind) if kind else found
    return list(session.exec(found.order_by(col(SnippetRow.used).desc(), col(SnippetRow.name)).limit(MOST)).all())


def get(session: Session, snippet_id: int) -> SnippetRow | None:
    """One of them."""
    return session.get(SnippetRow, snippet_id)


def mark(row: SnippetRow) -> str:
    """By what a page that showed what it does to a case knows later whether it still does that."""
    return digest_of(repr((row.tag, row.severity, row.assign, row.snooze)))[:32]


def save(
    session: Session, brand: str, kind: str, name: str, text: str, does: Does, by: int, now: datetime
) -> SnippetRow:  # fmt: skip
    """Add one, or change the one of that name."""
    same = select(SnippetRow).where(SnippetRow.brand == brand, SnippetRow.kind == kind, SnippetRow.name == name)
    row = session.exec(same).first() or SnippetRow(brand=brand, kind=kind, name=name, text=text, by=by, changed_at=now)
    row.text, row.by, row.changed_at = text, by, now
    row.tag, row.severity, row.assign, row.snooze = does.tag, does.severity, does.assign, does.snooze
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


def last_taken(session: Session, case_id: int, by: int) -> EventRow | None:
    """The last time this person took one that changed this case; None where that was taken back, or there was none."""
    mine = (EventRow.subject == f"case:{case_id}", EventRow.actor == f"account:{by}")
    found = select(EventRow).where(*mine, col(EventRow.what).in_((TAKEN, TAKEN_BACK)))
    row = session.exec(found.order_by(col(EventRow.id).desc()).limit(1)).first()
    return row if row is not None and row.what == TAKEN else None
