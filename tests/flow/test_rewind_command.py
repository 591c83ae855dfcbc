"""`earshot rewind FILE`: a changed earshot.toml is tried on the past, and what it predicts is what it brings."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlmodel import select
from typer.testing import CliRunner, Result

from bot.cli import rewinding, setup
from bot.clock import HandClock
from bot.core import unheard
from bot.store.db import Database
from bot.store.tables import PostRow, SourceRow
from bot.web import rehearse
from config.settings import Settings
from connectors.types import Post
from tests.conftest import NOW
from tests.flow.path import ACME, laid, page
from tests.flow.path import Path as Way
from tests.flow.test_rehearse import live, named, outcome, stream

HOURS = 'clock = "business"\nwindow_minutes = 60\n[brands.Acme.policy.hours]\n'
FILE = """
[brands.Acme]
names = ["Acme Parcels"]
context = "We deliver parcels."
handles = { any = ["acme_care"] }
[sources.memory]
connector = "reddit"
subreddits = ["parcels"%s]
"""


def placed(posts: Sequence[Post]) -> list[Post]:
    """The same posts, every other one said in another place."""
    where = ("parcels", "cities")
    return [replace(one, url=f"https://www.reddit.com/r/{where[at % 2]}/{at}/") for at, one in enumerate(posts)]


@pytest.mark.parametrize("gone", ["a place", "the source"])
def test_without_a_place_or_a_source_the_predicted_sets_are_the_actual_ones(
    gone: str, sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    posts = placed(stream(11, 30))
    path = laid(sqlite, clock, settings, since=NOW - timedelta(days=30))
    path.hear(page(*posts))
    cities = unheard.between("memory", "reddit", {"subreddits": ["parcels", "Cities"]}, {"subreddits": ["parcels"]})
    less = {"a place": cities, "the source": unheard.whole("memory")}[gone]
    (told,) = rehearse.rehearse_many(path.app, ACME, [ACME], otherwise=lambda then: then.without([less]))
    left = [one for one in posts if not less.had("memory", one.url)]
    assert named(told, told.after) == live(clock, settings, ACME, left)
    assert named(told, told.before) == outcome(path.app, ACME, NOW)
    assert len(told.fewer("heard")) > 5
    assert len(left) == {"a place": 15, "the source": 0}[gone]


@pytest.fixture
def way(sqlite: Database, clock: HandClock, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Way:
    """An app whose brand and source stand in earshot.toml, with what it heard."""
    path = laid(sqlite, clock, settings, since=NOW - timedelta(days=30))
    path.hear(page(*placed(stream(3, 20))))
    with sqlite.begin() as session:
        row = session.get(SourceRow, "memory")
        assert row is not None
        row.origin, row.connector, row.options = "file", "reddit", {"subreddits": ["parcels", "cities"]}
    monkeypatch.setattr(setup, "app_now", lambda: path.app)
    monkeypatch.setattr(sqlite, "close", lambda: None)
    return path


def run(tmp_path: Path, content: str, *words: str) -> Result:
    file = tmp_path / "changed.toml"
    file.write_text(content)
    program = typer.Typer()
    rewinding.register(program)
    program.command("other")(lambda: None)
    return CliRunner().invoke(program, ["rewind", str(file), *words])


def told(found: Result) -> dict[str, Any]:
    assert found.exit_code == 0, found.output
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


def test_a_file_without_a_subreddit_says_which_posts_it_would_not_have_heard(way: Way, tmp_path: Path) -> None:
    acme = told(run(tmp_path, FILE % "", "--json"))["brands"]["Acme"]
    assert acme["heard_fewer"]
    assert acme["heard_more"] == []
    assert all("/r/cities/" in one["url"] for one in acme["heard_fewer"])
    words = run(tmp_path, FILE % "").stdout
    assert f"heard: 0 more, {len(acme['heard_fewer'])} fewer" in words
    assert "    - " in words


def test_a_server_that_is_dropped_takes_what_it_brought_and_what_was_not_written_down_is_counted(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    posts = [replace(one, through=f"{'ab'[at % 2]}.test/public") for at, one in enumerate(stream(11, 24))]
    posts[0] = replace(posts[0], through="")
    path = laid(sqlite, clock, settings, since=NOW - timedelta(days=30))
    path.hear(page(*posts))
    less = unheard.between("memory", "mastodon", {"servers": ["https://a.test", "b.test"]}, {"servers": ["b.test"]})
    (told,) = rehearse.rehearse_many(path.app, ACME, [ACME], otherwise=lambda then: then.without([less]))
    left = [one for one in posts if not less.had("memory", one.url, one.through)]
    assert named(told, told.after) == live(clock, settings, ACME, left)
    assert len(left) == 13
    assert {post.query for post in told.posts.values()} == {"", "a.test/public", "b.test/public"}
    doubt = rewinding._doubted(less, [told])
    assert doubt["posts"] == 1
    assert rewinding._doubted(unheard.whole("memory"), [told]) == {}


def test_a_hostile_address_moves_nothing_on_the_screen(way: Way, tmp_path: Path) -> None:
    with way.app.db.begin() as session:
        for row in session.exec(select(PostRow)):
            row.url += "\x1b[2J\x07"
            session.add(row)
    words = run(tmp_path, FILE % "").stdout
    assert "/r/cities/" in words
    assert not {"\x1b", "\x07"} & set(words)


def test_opening_hours_in_the_file_say_which_answers_would_have_been_owed_at_another_time(
    way: Way, tmp_path: Path
) -> None:
    hours = FILE % ', "cities"' + "[brands.Acme.policy]\n" + HOURS + 'mon = [["09:00", "10:00"]]\n'
    acme = told(run(tmp_path, hours, "--json"))["brands"]["Acme"]
    assert acme["due"]
    assert all(one["was"] != one["will"] for one in acme["due"])
    assert acme["heard_fewer"] == []
    assert f"owed an answer at another time: {len(acme['due'])}" in run(tmp_path, hours).stdout


def test_a_file_that_changes_nothing_says_so_and_what_is_not_known_is_said(way: Way, tmp_path: Path) -> None:
    same = FILE % ', "cities"'
    assert run(tmp_path, same).stdout == "Nothing in this file is other than what is in use.\n"
    assert "memory: most_pages would change too" in run(tmp_path, same + "most_pages = 3\n").stdout
    assert "it is not known if they would still have come" in run(tmp_path, same + "search = false\n").stdout
    unwritten = told(run(tmp_path, same + "search = false\n", "--json"))["unwritten"]["memory"]
    assert unwritten["posts"] > 0
    assert unwritten["until"].startswith("20")


def test_the_command_says_how_many_posts_were_run_again_and_since_when(
    way: Way, tmp_path: Path, clock: HandClock
) -> None:
    acme = told(run(tmp_path, FILE % "", "--json"))["brands"]["Acme"]
    assert acme["own"] + acme["others"] == acme["posts"] > 0
    assert acme["own_since"] == acme["others_since"] == acme["since"]
    assert "that named the brand or are yours" in run(tmp_path, FILE % "").stdout
    clock.move(timedelta(days=2))
    assert told(run(tmp_path, FILE % "", "--json", "--days", "1"))["brands"]["Acme"]["posts"] == 0


def test_a_file_that_is_not_there_or_is_wrong_is_a_sentence(way: Way, tmp_path: Path) -> None:
    program = typer.Typer()
    rewinding.register(program)
    program.command("other")(lambda: None)
    missing = CliRunner().invoke(program, ["rewind", str(tmp_path / "none.toml")])
    assert (missing.exit_code, "there is no file" in missing.stderr) == (2, True)
    assert "not valid TOML" in str(run(tmp_path, "[brands").exception)
