"""After an outage of a stream nothing is missing but what the ledger calls lost. All plays: `tests.bench outages`."""

from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.store.db import Database
from config.settings import Settings
from tests.fault.streams import DAY, HOUR, OnBluesky, OnBlueskySigned, OnBlueskyV2, OnMastodon, Play, played

WHOLE = [
    Play(OnBluesky, "silent", HOUR), Play(OnBlueskyV2, "503", HOUR), Play(OnBlueskySigned, "ours", DAY),
    Play(OnMastodon, "ours", DAY), Play(OnMastodon, "cut", HOUR), Play(OnMastodon, "short pages", HOUR),
]  # fmt: skip


@pytest.mark.parametrize("play", WHOLE, ids=lambda play: play.name)
def test_what_a_stream_did_not_bring_is_read_again_and_nothing_is_missing(
    play: Play, sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    balance = played(play, sqlite, clock, settings)
    assert balance.offered > 10
    assert (balance.missed, balance.lost) == (0, timedelta())


@pytest.mark.parametrize("world", [OnBluesky, OnBlueskyV2], ids=lambda world: world.__name__)
def test_beyond_the_look_back_of_a_stream_exactly_what_it_forgot_is_told_as_lost(
    world: type[OnBluesky], sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    balance = played(Play(world, "ours", 7 * DAY), sqlite, clock, settings)
    assert 7 * DAY - timedelta(hours=37) < balance.lost < 7 * DAY - timedelta(hours=35)
    assert 2000 < balance.missed < balance.offered - 600
