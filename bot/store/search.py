"""Full-text search over posts, notes and replies: one interface, FTS5 or tsvector underneath."""

import re
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, text
from sqlmodel import Session, col, select

from bot.store.tables_house import SearchRow


@dataclass(frozen=True, slots=True)
class Hit:
    """One found thing: its kind (post, note, reply), its id, its brand and its case."""

    kind: str
    ref: int
    brand: str
    case_id: int | None


def index(session: Session, kind: str, ref: int, brand: str, words: str, case_id: int | None = None) -> None:
    """Make something findable, or change what it is found by."""
    same = select(SearchRow).where(SearchRow.kind == kind, SearchRow.ref == ref, SearchRow.brand == brand)
    row = session.exec(same).first() or SearchRow(kind=kind, ref=ref, brand=brand, words=words, case_id=case_id)
    row.words, row.case_id = words, case_id if case_id is not None else row.case_id
    session.add(row)


def forget(session: Session, kind: str, refs: list[int]) -> None:
    """Make things unfindable. Their words leave the index's pages with `merge`."""
    session.connection().execute(delete(SearchRow).where(col(SearchRow.kind) == kind, col(SearchRow.ref).in_(refs)))


def merge(session: Session) -> None:
    """Take deleted words out of the index's pages. Before SQLite 3.42 only a full merge does; that reads all of it."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().execute(text("INSERT INTO search_fts(search_fts) VALUES ('optimize')"))


def find(session: Session, question: str, brands: list[str] | None = None, limit: int = 50) -> list[Hit]:
    """Newest first, everything that holds all the words; "words in quotes" stay together. `brands` None: all."""
    pieces = [piece for pair in re.findall(r'"([^"]+)"|(\S+)', question) for piece in pair if piece]
    pieces = [clean for clean in (" ".join(re.findall(r"\w+", piece)) for piece in pieces) if clean][:12]
    if not pieces:
        return []
    dialect = session.get_bind().dialect.name
    where = _SQLITE if dialect == "sqlite" else _POSTGRESQL
    values: dict[str, object] = {
        "limit": limit,
        "words": _sqlite_words(pieces) if dialect == "sqlite" else _pg_words(pieces),
    }
    wall = ""
    if brands is not None:
        wall, values["brands"] = "AND s.brand IN :brands", brands
    statement = text(f"{where} {wall} ORDER BY s.id DESC LIMIT :limit")
    if brands is not None:
        statement = statement.bindparams(bindparam("brands", expanding=True))
    return [Hit(*row) for row in session.connection().execute(statement, values)]


_SQLITE = (
    "SELECT s.kind, s.ref, s.brand, s.case_id FROM search_fts f JOIN search s ON s.id = f.rowid"
    " WHERE search_fts MATCH :words"
)
_POSTGRESQL = "SELECT s.kind, s.ref, s.brand, s.case_id FROM search s WHERE s.vector @@ to_tsquery('simple', :words)"


def _sqlite_words(pieces: list[str]) -> str:
    return " ".join(f'"{piece}"' if " " in piece else f'"{piece}"*' for piece in pieces)


def _pg_words(pieces: list[str]) -> str:
    return " & ".join("(" + " <-> ".join(piece.split()) + ")" if " " in piece else f"{piece}:*" for piece in pieces)
