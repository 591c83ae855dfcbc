"""What is taken away on the newer platforms is learnt by asking again and hidden, and its words leave every row."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.steps import forget, listen, match, read, triage
from bot.store import brands, sources
from bot.store.db import Database
from bot.store.tables import SourceRow
from config.settings import Settings
from connectors.http import Http
from connectors.types import Connector
from tests.conftest import NOW, app_on
from tests.fakes import stages
from tests.fakes.stages import Stage
from tests.fakes.wire import Wire
from tests.flow.path import asked_again

WORD = "quuxzanzibar"  # stands nowhere but in the customer's words
LATE = f"Acme charged me twice, {WORD}, and nobody answers my mails."

STAGES = {name: stage for name, stage in stages.STAGES.items() if hasattr(stage.kind, "recheck")}
"""Those that can be asked what became of a post."""


def opened(stage: Stage, fake: Any, clock: HandClock) -> Connector:
    fake.now = clock.now
    settings = stage.kind.Settings(**stage.settings(fake.url))  # type: ignore[attr-defined]
    return stage.kind(settings, http=Http(transport=Wire(fake), now=clock.now), now=clock.now)


def hear(app: App) -> None:
    while listen.poll_one(app):
        pass
    for step in (match.match_some, read.read_some, triage.triage_some):
        step(app)


def still_told(database: Database) -> list[str]:
    """The platforms whose customer's words stand in a row of posts or mentions."""
    with database.read() as session:
        rows = session.connection().execute(
            text(
                "SELECT p.platform, p.text, p.title, p.answer_to, m.why FROM post p JOIN mention m ON m.post_id = p.id"
            )
        )
        return sorted(row[0] for row in rows if WORD in str(row))


@pytest.fixture
def fakes() -> dict[str, Any]:
    return {name: stage.fake() for name, stage in STAGES.items()}


@pytest.fixture
def app(fakes: dict[str, Any], sqlite: Database, clock: HandClock, settings: Settings) -> App:
    """Each platform has two sources: one heard a customer, the other (another app, forum, server) cannot see them."""
    heard: dict[str, Connector] = {}
    for name, stage in STAGES.items():
        stage.write(fakes[name], LATE, NOW - timedelta(minutes=20))
        heard[f"{name}-2"] = opened(stage, fakes[name], clock)
        heard[f"{name}-1"] = opened(stage, stage.fake(), clock)
    app = app_on(sqlite, clock, settings, connector_of=lambda source: heard[source.name])
    with app.db.begin() as session:
        brands.save(session, Brand(name="Acme"), "test", NOW, "test")
        for name in heard:
            row = SourceRow(name=name, connector=name[:-2], started_at=NOW - timedelta(days=1), next_poll_at=NOW)
            sources.save(session, row)
    hear(app)
    return app


def test_what_is_gone_leaves_within_a_day_and_what_another_account_cannot_see_is_not_gone(
    app: App, fakes: dict[str, Any], clock: HandClock
) -> None:
    everywhere = sorted(STAGES)
    assert still_told(app.db) == everywhere
    assert asked_again(app) == 0
    clock.move(timedelta(hours=24, minutes=1))
    assert asked_again(app) == len(STAGES)
    assert forget.forget_some(app) == 0
    assert still_told(app.db) == everywhere
    for name, stage in STAGES.items():
        stage.forget(fakes[name])
    clock.move(timedelta(hours=24, minutes=1))
    assert asked_again(app) == len(STAGES)
    assert forget.forget_some(app) == len(STAGES)
    assert still_told(app.db) == []
