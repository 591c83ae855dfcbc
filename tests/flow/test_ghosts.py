"""An account that is deleted while its posts stay: what it was called leaves every row, and the case goes on."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.clock import HandClock
from bot.store import search
from bot.store.db import Database
from config.settings import Settings
from connectors.types import Author, Post
from tests.flow.path import Path, laid, page, post

WHO = "quuxada"


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return laid(db, clock, settings)


def by(told: Post, id_: str, handle: str, name: str = "") -> Post:
    return replace(told, author=Author(id_, handle, name))


LOST = post("1", "Acme lost my parcel and nobody answers")
TWICE = post("2", "Acme charged me twice")


def rows(path: Path) -> str:
    """Everything that names somebody."""
    with path.app.db.read() as session:
        told = [
            session.connection().execute(text(f"SELECT * FROM {table}")).all()
            for table in ("post", "handle", "customer", "search")
        ]
    return str(told)


def test_a_deleted_accounts_name_leaves_with_its_last_post_that_shows_it(path: Path) -> None:
    path.hear(page(by(LOST, "7", WHO, f"{WHO} Lovelace"), by(TWICE, "7", WHO)))
    customer = path.cases()[0].customer_id
    path.hear(page(by(LOST, "ghost", "ghost")))
    assert WHO in rows(path)  # the other post still shows the account
    path.hear(page(by(TWICE, "ghost", "ghost")))
    assert WHO not in rows(path)
    assert {case.customer_id for case in path.cases()} == {customer}
    with path.app.db.read() as session:
        assert search.find(session, WHO) == []
        assert search.find(session, "ghost lost") != []


def test_who_renames_themselves_is_found_and_shown_by_the_new_name(path: Path) -> None:
    path.hear(page(by(LOST, "7", WHO, "Ada")))
    path.hear(page(by(LOST, "7", "countess", "")))
    with path.app.db.read() as session:
        assert search.find(session, WHO) == []
        assert len(search.find(session, "countess Ada")) == 1


def test_another_servers_number_for_the_same_person_changes_nothing(path: Path) -> None:
    path.hear(page(by(LOST, "7", WHO, "Ada")))
    before = rows(path)
    path.hear(page(by(LOST, "8", "other", "Other")))
    assert rows(path) == before
