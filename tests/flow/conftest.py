"""Fixtures of the flow tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.clock import HandClock
from bot.store.db import Database
from tests.fakes.slack import slack
from tests.flow.room import Letters, Room, app_of


@pytest.fixture
def room(sqlite: Database, clock: HandClock, tmp_path: Path) -> Iterator[Room]:
    """A Slack room with a bot token, and mail as the second way."""
    with slack() as fake:
        letters = Letters()
        app = app_of(sqlite, clock, fake, letters, tmp_path)
        room = Room(app, clock, fake, letters)
        yield room
        for responder in (app.responders["slack"], *room.opened):
            responder.close()
