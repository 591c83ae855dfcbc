"""A person's words, names and ids put into every column that can hold them: after erasing and purging none has them.

A table or column that is added later is filled too, and fails here until somebody decides how its words leave.
"""

import importlib
import pkgutil
from typing import Any

import pytest
from sqlalchemy import JSON, DateTime, LargeBinary, String, Table, TypeDecorator, insert, select, update
from sqlmodel import SQLModel

import bot.store
from bot.clock import HandClock
from bot.steps import forget
from bot.store import brands
from bot.store.db import Database, Session
from config.settings import Settings
from connectors.types import Poison, PostRef
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post
from tests.flow.test_erasing import staffed
from tests.flow.test_forgetting import files, rows_with

for found in pkgutil.iter_modules(bot.store.__path__):
    if found.name.startswith("tables"):
        importlib.import_module(f"bot.store.{found.name}")

WORD = "quuxzanzibar"  # stands nowhere but in the customer's words; it is their name too
SAID = f"Acme lost {WORD} violins on the way to Oslo"

# No row of these belongs to a customer, a case or a post.
OURS = {
    "second_step recovery_code": "how people who work here sign in",
    "account session link identity worker hook saved_view ping presence": "people who work here, their log-ins",
    "brand setting source schedule snippet calendar once": "how we are set up; examples are unlearnt (test_forgetting)",
    "route room quiet chain rota rota_override unsubscribed": "who of us hears what",
    "gap coverage cost lease heartbeat topic_run spike_memory draw refused": "counts, times and names of ours",
    "drill": "the script's own invented posts",
    "event": "append-only; ids, counts and codes alone (tests/house)",
    "erased tombstone": "hashes: what keeps them from coming back",
    "topic": "words that three people or more wrote; a name that a person gave is cleaned below",
    "inbox": "emptied once read, within minutes; what was written before an erasure is not kept from it",
}
# Codes, ids and addresses of ours, wherever they stand.
_CODES = """
    brand platform source state kind how part section severity told sentiment language verdict verdict_by visibility
    answered_how resolved_how clock flags query month token currency ended_by model reader version outcome audience
    responder key shown receipt_id boundaries digest stratum label offer tier policy step week series origin tone
    native_id ref"""
CODES = set(_CODES.split())
NOT_THEIRS = {
    "case.facts", "aside.before", "merge.before", "merge.moved", "recovery.mentions", "reading.topics", "spike.posts",
    "spike.places", "notice.address", "theme_name.mark",  # a hash
    "incident_join.moved", "incident_join.before",
}  # fmt: skip
# What several people said stays when one of their posts goes; it loses a person's name when that person is erased.
SAID_BY_MANY = {"incident.title", "incident.runs", "incident.why", "incident_case.why", "spike.words", "tag.tag"}
# Of the person, not of one post: stays while they have other posts; the platform's ids stay to see that it is gone.
THE_PERSONS = {
    "post.in_reply_to", "post.thread", "case.thread", "customer.note", "reply.receipt_url",
    "delivery.address", "delivery.receipt_url", "delivery.error",
}  # fmt: skip


def tables() -> list[Table]:
    ours = {name for names in OURS for name in names.split()}
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in ours]


def words_of(table: Table, but: set[str]) -> dict[str, Any]:
    """Each column of a table that can hold words, full of this person's."""
    made: dict[str, Any] = {}
    for column in table.columns:
        full = f"{table.name}.{column.name}"
        if column.name in CODES or full in NOT_THEIRS or full in but or column.foreign_keys:
            continue
        value = _filled(column.type, full)
        if value is not None:
            made[column.name] = value
    return made


def _filled(kind: Any, full: str) -> Any:
    kind = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    if isinstance(kind, JSON):
        return [SAID] if full in ("mention.spans", "incident.runs", "spike.words") else {"html": [SAID]}
    if isinstance(kind, LargeBinary):
        return SAID.encode()
    named = full.rpartition(".")[2] in ("name", "handle", "author_name", "author_handle")
    return (WORD if named else SAID) if isinstance(kind, String) else None


def fill(session: Session, but: set[str]) -> int:
    """Every row there is gets this person's words; a table without a row gets one that belongs to their case."""
    run, filled = session.connection().execute, 0
    for table in tables():
        words = words_of(table, but)
        if not words and table.name != "correction":  # it holds none and others stand on it
            continue
        whole = all(column.name in words for column in table.primary_key.columns)
        if not whole and run(select(table).limit(1)).first() is not None:
            keys = {column.name for column in table.primary_key.columns}
            changes = {name: value for name, value in words.items() if name not in keys}
            run(update(table).values(**changes)) if changes else None
        else:
            run(insert(table).values(**(_needed(table) | words | SPECIAL.get(table.name, {}))))
        filled += len(words)
    for number, special in enumerate(MESSAGES):
        table = SQLModel.metadata.tables["delivery"]
        told = {"key": f"k{number}", "address": "#room", "text": SAID, "body": {"html": [SAID]}, "error": ""}
        run(insert(table).values(**(_needed(table) | told | special)))
    return filled


SPECIAL: dict[str, dict[str, Any]] = {
    "delivery": {"audience": "customer", "state": "sent", "reply_id": 1},
    "reply": {"state": "queued"},
    "quarantine": {"source": "memory", "ref": "1"},
}
MESSAGES: tuple[dict[str, Any], ...] = (
    {"audience": "team", "state": "sent"},
    {"audience": "team", "state": "sent", "case_id": None},
    {"audience": "team", "state": "waiting", "case_id": None},
    {"audience": "team", "state": "waiting"},
    {"audience": "customer", "state": "waiting", "reply_id": 1},
)


def _needed(table: Table) -> dict[str, Any]:
    """What a row must have: it belongs to the first case, its mention, its customer."""
    made: dict[str, Any] = {}
    for column in table.columns:
        if column.name == "id" or column.name in ("reply_id", "merged_into", "undone_at"):
            continue
        if column.name == "brand":
            made["brand"] = "Acme"
        elif column.foreign_keys or column.name == "case_id":
            made[column.name] = 1
        elif not column.nullable:
            made[column.name] = _plain(column.type)
    return made


def _plain(kind: Any) -> Any:
    kind = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    if isinstance(kind, DateTime):
        return NOW
    if isinstance(kind, JSON):
        return {}
    return b"" if isinstance(kind, LargeBinary) else "open" if isinstance(kind, String) else 0


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return staffed(laid(db, clock, settings))


def full(path: Path, but: frozenset[str] = frozenset()) -> None:
    path.hear(page(post("1", SAID, who=WORD, title=WORD, thread="t"), poison=(Poison(WORD.encode(), "odd", "1"),)))
    with path.app.db.begin() as session:
        taught = brands.get(session, "Acme")
        assert taught is not None
        brands.save(session, taught.model_copy(update={"us": (brands.example_of(SAID),)}), "web", NOW, "account:1")
        assert fill(session, set(but)) >= 50 - len(but)
        session.connection().execute(
            insert(SQLModel.metadata.tables["topic"]).values(
                brand="Acme",
                name=f"Violins of {WORD}",
                named_by="account:1",
                words=[],
                posts=3,
                hidden=False,
                made_at=NOW,
            )
        )
        session.connection().execute(
            insert(SQLModel.metadata.tables["saved_view"]).values(
                name="their cases", question=f"from:{WORD} is:late", sort="", brands=[], by=1, at=NOW
            )
        )


def test_an_erased_person_is_in_no_column_and_in_no_byte_of_the_file(path: Path) -> None:
    full(path)
    assert forget.erase_person(path.app, 1, 1) is not None
    assert " ".join(rows_with(path.app.db, WORD)) == ""
    assert forget.scrub(path.app)
    if path.app.db.is_sqlite:
        assert not any(WORD.encode() in raw.lower() for raw in files(path.app.db))


def test_a_deleted_posts_words_are_in_no_column_and_in_no_byte_of_the_file(path: Path) -> None:
    full(path, frozenset(SAID_BY_MANY | THE_PERSONS | {"topic.name"}))
    with path.app.db.begin() as session:
        session.connection().execute(SQLModel.metadata.tables["topic"].delete())
        session.connection().execute(SQLModel.metadata.tables["saved_view"].delete())
        session.connection().execute(update(SQLModel.metadata.tables["handle"]).values(author_id="7", handle="x"))
    path.hear(page(gone=(PostRef("memory", "1"),)))
    assert " ".join(rows_with(path.app.db, WORD)) == ""
    assert forget.scrub(path.app)
    if path.app.db.is_sqlite:
        assert not any(WORD.encode() in raw.lower() for raw in files(path.app.db))


def test_every_table_is_judged_once() -> None:
    listed = [name for names in OURS for name in names.split()]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(SQLModel.metadata.tables)
