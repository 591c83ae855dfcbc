"""Full-text search over posts, notes and replies: one interface, FTS5 or tsvector underneath."""

import re
from dataclasses import dataclass
from unicodedata import category, normalize

from sqlalchemy import bindparam, delete, text
from sqlmodel import Session, col, select

from bot.store.tables_house import SearchRow

LONGEST = 20_000  # characters of one thing that search looks at
LONGEST_QUESTION = 300
UNPARTED = (
    ("\u0e00", "\u0eff"),  # Thai, Lao
    ("\u1000", "\u109f"),  # Burmese
    ("\u1780", "\u17ff"),  # Khmer
    ("\u3040", "\u30ff"),  # Japanese
    ("\u3400", "\u9fff"),  # Chinese characters
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One found thing: its kind (post, note, reply), its id, its brand and its case."""

    kind: str
    ref: int
    brand: str
    case_id: int | None


def words_of(text: str) -> str:
    """A text as the index holds it and as questions are put to it: words in one case, parted by single spaces.

    Both engines see the same plain words, so neither's own idea of addresses, hyphens, accents' spelling or upper case
    decides what is found. Scripts that part no words are indexed character by character, and found as phrases.
    """
    spread = [_spread(sign) for sign in normalize("NFC", text[:LONGEST].casefold())]
    return " ".join("".join(spread).split())


def _spread(sign: str) -> str:
    if sign.isascii():
        return sign if sign.isalnum() else " "
    if category(sign).startswith("M"):
        return sign
    if not sign.isalnum():
        return " "
    return f" {sign}" if any(first <= sign <= last for first, last in UNPARTED) else sign


def index(session: Session, kind: str, ref: int, brand: str, text: str, case_id: int | None = None) -> None:
    """Make something findable, or change what it is found by."""
    same = select(SearchRow).where(SearchRow.kind == kind, SearchRow.ref == ref, SearchRow.brand == brand)
    words = words_of(text)
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
    asked = re.findall(r'"([^"]+)"|(\S+)', question[:LONGEST_QUESTION])
    pieces = [(words_of(quoted or loose), not quoted) for quoted, loose in asked]
    pieces = [(words, open_end) for words, open_end in pieces if words][:12]
    if not pieces or brands == []:
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


def _sqlite_words(pieces: list[tuple[str, bool]]) -> str:
    return " ".join(f'"{words}"' + " *" * open_end for words, open_end in pieces)


def _pg_words(pieces: list[tuple[str, bool]]) -> str:
    return " & ".join("(" + " <-> ".join(words.split()) + ":*" * open_end + ")" for words, open_end in pieces)
