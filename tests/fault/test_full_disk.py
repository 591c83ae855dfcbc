"""Each commit of a post's path fails once, as on a full disk: nothing is acknowledged early, lost or doubled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.app import App
from bot.clock import HandClock
from bot.steps import alert, confirm, deliver, listen, match, read, recover, triage
from bot.store import events, sources
from bot.store.db import Database, DatabaseRefuses, Session
from config.settings import Settings
from tests.flow.path import laid, page, post

STEPS: tuple[Callable[[App], Any], ...] = (
    listen.poll_one, match.match_some, read.read_some, triage.triage_some, confirm.confirm_some, alert.alert_some,
    deliver.deliver_team, recover.recover_some,
)  # fmt: skip
POSTS = [
    post("1", "Acme Parcels lost my parcel and nobody answers."),
    post("2", "@acme_care where is it? Third mail, no answer.", who="bo"),
    post("3", "Acme Parcels is fine I suppose", who="cy"),
]


class FullAt:
    """The n-th transaction cannot be committed; every other can. n = 0: none fails."""

    def __init__(self, db: Database, number: int) -> None:
        self.number, self.seen, self._begin = number, 0, db.begin

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        self.seen += 1
        fails = self.seen == self.number
        with self._begin() as session:
            yield session
            if fails:
                raise DatabaseRefuses("COMMIT", {}, Exception("database or disk is full"))


def outcome(db: Database, clock: HandClock, settings: Settings, full_at: int) -> tuple[dict[str, Any], int]:
    """What the database holds after the path was walked until nothing moves, and how many transactions that took."""
    path = laid(db, clock, settings)
    path.platform.add(page(*POSTS[:2], cursor="a"), page(POSTS[2], cursor="b"))
    full = FullAt(db, full_at)
    db.begin = full  # type: ignore[method-assign]
    refused = 0
    for _round in range(12):
        for step in STEPS:
            try:
                step(path.app)
            except DatabaseRefuses:  # as the runner does: the loop waits and tries again
                refused += 1
        clock.move(timedelta(seconds=40))
    assert refused <= 1
    return told(db), full.seen


def told(db: Database) -> dict[str, Any]:
    with db.read() as session:
        row = sources.get(session, "memory")
        assert row is not None
        assert events.verify(session) is None
        count = {
            name: session.connection().exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()
            for name in ("post", "mention", "reading", "case", "customer", "notice", "search")
        }
        posts = session.connection().exec_driver_sql("SELECT native_id FROM post ORDER BY native_id").scalars().all()
    return {"cursor": row.cursor, "posts": posts, **count}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], int]:
    """The path without any failure."""
    return walk(tmp_path_factory, 0)


def walk(tmp_path_factory: pytest.TempPathFactory, full_at: int) -> tuple[dict[str, Any], int]:
    from bot.store import migrate
    from tests.conftest import NOW

    folder = tmp_path_factory.mktemp("full")
    db = Database(f"sqlite:///{folder / 'earshot.sqlite'}")
    migrate.upgrade(db)
    try:
        return outcome(db, HandClock(NOW), Settings(home=folder), full_at)
    finally:
        db.close()


def test_a_full_disk_at_any_commit_of_the_path_loses_and_doubles_nothing(
    whole: tuple[dict[str, Any], int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    wanted, transactions = whole
    assert wanted["post"] == 3
    assert wanted["case"] >= 2
    walked = {number: walk(tmp_path_factory, number)[0] for number in range(1, min(transactions, 24) + 1)}
    assert {number: found for number, found in walked.items() if found != wanted} == {}
