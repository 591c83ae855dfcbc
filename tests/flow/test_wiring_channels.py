"""From settings to channels: what is named is opened, what cannot be is said, and Socket Mode has its loop."""

from pathlib import Path
from typing import Any

import pytest

from bot import wire
from bot.cli.serve import runner_of
from bot.clock import HandClock
from bot.readers.words import Words
from bot.store import notices
from bot.store.routing import Way
from config.load import BadSettings, load

ENV = {
    "EARSHOT_TEAMS__ROOMS__CARE": "https://teams.example/canary-1",
    "EARSHOT_DISCORD__ROOMS__CARE": "https://discord.example/canary-2",
    "EARSHOT_PAGERDUTY__SERVICES__NIGHT": "canary-3",
    "EARSHOT_NTFY__TOPICS": "acme-care, acme-night",
    "EARSHOT_HOOKS__TARGETS__CRM__URL": "https://crm.example/canary-4",
    "EARSHOT_HOOKS__TARGETS__CRM__SECRET": "canary-5-of-sixteen-and-more",
    "EARSHOT_SLACK__BOT_TOKEN": "xoxb-canary-6",
    "EARSHOT_SLACK__APP_TOKEN": "xapp-canary-7",
    "EARSHOT_SLACK__ROOM": "#care",
}


def built(tmp_path: Path, clock: HandClock, **env: str) -> Any:
    return wire.build(load(ENV | env | {"EARSHOT_HOME": str(tmp_path)}).settings, clock=clock, reader=Words())


def test_the_environment_alone_opens_every_channel_and_socket_mode(tmp_path: Path, clock: HandClock) -> None:
    app = built(tmp_path, clock)
    team = ("slack", "teams", "discord", "pagerduty", "ntfy", "hook")
    assert {name: app.responders[name].audience for name in team} == dict.fromkeys(team, "team")
    assert notices.ways(app.settings) == (Way("slack", "#care"),)
    assert notices.second_ways(app.settings) == (Way("teams", "care"),)
    assert len(notices.every_way(app.settings)) == 7
    assert "canary" not in repr(app.settings) + "".join(repr(app.responders[name]) for name in team)
    runner = runner_of(app)
    assert "slack" in [loop.name for loop in runner.loops]
    assert "slack" not in [loop.name for loop in runner_of(app, listen=False).loops]
    for end in runner.ends:
        end()
    for name in team:
        app.responders[name].close()
    app.db.close()


def test_a_channel_that_cannot_be_is_said_with_the_name_of_its_setting(tmp_path: Path, clock: HandClock) -> None:
    with pytest.raises(BadSettings, match="`hooks`: The secret of the webhook crm is too short") as raised:
        built(tmp_path, clock, EARSHOT_HOOKS__TARGETS__CRM__SECRET="canary")
    assert "canary" not in str(raised.value)


def test_without_slack_the_first_room_people_read_is_the_usual_one(tmp_path: Path) -> None:
    rooms = {"EARSHOT_HOME": str(tmp_path), "EARSHOT_DISCORD__ROOMS__A": "https://d.example/1",
             "EARSHOT_HOOKS__TARGETS__CRM__URL": "https://crm.example/",
             "EARSHOT_HOOKS__TARGETS__CRM__SECRET": "x" * 20}  # fmt: skip
    settings = load(rooms).settings
    assert notices.ways(settings) == (Way("discord", "a"),)
    assert notices.second_ways(settings) == ()
