"""What a source would no longer have heard: the posts it tells are those that are missing when they never come."""

from dataclasses import replace
from datetime import timedelta

from bot.clock import HandClock
from bot.core import unheard
from bot.store.db import Database
from bot.web import dropping
from config.settings import Settings
from tests.conftest import NOW
from tests.flow.path import ACME, laid, page
from tests.flow.test_rehearse import live, outcome, stream

BOTH, ONE = {"servers": ["a.test", "b.test"]}, {"servers": ["a.test"]}


def test_the_posts_that_would_be_missing_are_those_that_are(db: Database, clock: HandClock, settings: Settings) -> None:
    posts = [replace(one, through=f"{'ab'[at % 2]}.test/public") for at, one in enumerate(stream(5, 30))]
    path = laid(db, clock, settings, since=NOW - timedelta(days=30))
    path.hear(page(*posts))
    told = dropping.tried(path.app, "memory", "mastodon", BOTH, ONE, None)
    less = unheard.between("memory", "mastodon", BOTH, ONE)
    left = [one for one in posts if not less.had("memory", one.url, one.through)]
    before, after = outcome(path.app, ACME, NOW)["heard"], live(clock, settings, ACME, left)["heard"]
    assert {row.native_id for row in told.posts} == before - after
    ((name, missing, in_cases),) = told.brands
    assert (name, missing) == ("Acme", len(told.posts))
    assert 5 < in_cases <= missing < told.looked_at
    assert (told.cut, told.doubted, told.unknown) == (False, 0, ())
    assert dropping.tried(path.app, "memory", "mastodon", BOTH, ONE, ["Borealis"]).looked_at == 0


def test_what_nobody_wrote_down_and_what_is_left_out_is_said(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    path = laid(sqlite, clock, settings, since=NOW - timedelta(days=30))
    path.hear(page(*stream(5, 20)))
    told = dropping.tried(path.app, "memory", "mastodon", BOTH, ONE | {"bots": True}, None)
    assert (told.posts, told.unknown, told.doubted) == ([], ("bots",), told.looked_at)
    assert told.doubted_until == NOW


def test_a_changed_filter_of_x_misses_the_posts_that_do_not_fit_it(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    ways = ("(acme) -is:retweet", "mentions", "")
    posts = [replace(one, through=ways[at % 3], language=("en", "de")[at % 2]) for at, one in enumerate(stream(5, 30))]
    path = laid(db, clock, settings, since=NOW - timedelta(days=30))
    path.hear(page(*posts))
    told = dropping.tried(path.app, "memory", "x", {}, {"query_filter": "-is:retweet lang:en has:geo"}, None)
    left = [one for one in posts if (one.through, one.language) != (ways[0], "de")]
    before, after = outcome(path.app, ACME, NOW)["heard"], live(clock, settings, ACME, left)["heard"]
    assert {row.native_id for row in told.posts} == before - after
    assert told.posts
    assert 0 < told.doubted < told.looked_at
    assert told.unknown == ("query_filter has:geo",)
