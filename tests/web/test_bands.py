"""What the queue says above everything else: not heard, not moving, not told, no room left."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from bot.app import App
from bot.clock import HandClock
from bot.store import channels, heartbeats, sources
from bot.store.db import DatabaseRefuses
from bot.web import bands
from tests.web.conftest import NOON, Browser, hire
from tests.web.seed import BRAND, Seed, enter


@pytest.fixture
def queue(app: App, visit: Callable[[], Browser]) -> Browser:
    seed, browser = Seed(app), visit()
    seed.brand(names=(BRAND,))
    seed.source("bluesky")
    seed.source("mastodon")
    enter(app, browser, hire(app, "lena"))
    return browser


def fail(app: App, name: str, state: str = "waiting") -> None:
    with app.db.begin() as session:
        sources.note(session, name, state=state, error="The name could not be looked up.", error_since=NOON)


def test_without_a_network_the_queue_says_that_no_platform_answers(app: App, queue: Browser) -> None:
    fail(app, "bluesky")
    fail(app, "mastodon")
    page = queue.get("/").text
    assert "No platform answers since" in page
    assert "tries again by itself" in page


def test_one_platform_that_answers_ends_the_warning(app: App, queue: Browser) -> None:
    fail(app, "bluesky")
    assert "No platform answers" not in queue.get("/").text


def test_a_stopped_source_is_named_and_asks_for_a_person(app: App, queue: Browser) -> None:
    fail(app, "bluesky", state="stopped")
    page = queue.get("/").text
    assert "bluesky is not heard since" in page
    assert "Somebody must mend it" in page


def beat(app: App, loop: str, at: datetime) -> None:
    with app.db.begin() as session:
        heartbeats.beat(session, loop, at, 10.0)


def test_a_loop_that_stands_still_is_named_with_its_time(app: App, queue: Browser) -> None:
    beat(app, "match", NOON - timedelta(minutes=5))
    beat(app, "tell", NOON)
    page = queue.get("/").text
    assert "New posts are not sorted into the queue" in page
    assert "The team is not told" not in page


def test_when_everything_stands_still_the_page_says_since_when_it_is_old(app: App, queue: Browser) -> None:
    for loop in (*bands.STANDS_STILL, "listen-2"):
        beat(app, loop, NOON - timedelta(minutes=5))
    page = queue.get("/").text
    assert "Nothing has moved since" in page
    assert "New posts are not sorted" not in page


def test_every_other_page_says_too_that_earshot_stands_still(app: App, queue: Browser) -> None:
    beat(app, "match", NOON)
    assert "stands still" not in queue.get("/customers").text
    beat(app, "match", NOON - timedelta(minutes=5))
    assert "stands still" not in queue.get("/").text  # its bands say more
    for path in ("/customers", "/weeks", "/me"):
        assert "Earshot stands still</b> since" in queue.get(path).text, path


def test_a_room_that_takes_nothing_is_named(app: App, queue: Browser) -> None:
    with app.db.begin() as session:
        away = channels.get(session, "slack", "#care").failed(NOON - timedelta(minutes=9), "", True, timedelta(hours=1))
        channels.put(session, away, NOON)
    assert "Slack takes no messages since" in queue.get("/").text


def test_a_disk_about_to_be_full_is_said_before_it_is(
    app: App, queue: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=40 * 1024 * 1024))
    assert "40 MB are left on the disk." in queue.get("/").text


def fill(app: App) -> None:
    """From now on the database takes no page more, as on a full disk."""
    with app.db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


def test_on_a_full_disk_pages_are_read_and_a_press_says_that_it_did_not_count(
    app: App, queue: Browser, clock: HandClock
) -> None:
    seed = Seed(app)
    case = seed.case("Acme lost my bag")
    fill(app)
    clock.move(timedelta(minutes=10))
    assert queue.get("/").status_code == 200
    assert queue.get(f"/cases/{case}").status_code == 200
    answer = queue.post(f"/cases/{case}/note", {"text": "x" * 9_000})
    assert answer.status_code == 503
    assert "The disk is full. Nothing was changed and nothing was sent." in answer.text


def test_while_the_database_takes_nothing_at_all_the_queue_is_still_read(
    app: App, queue: Browser, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise DatabaseRefuses("", {}, Exception("database or disk is full"))

    clock.move(timedelta(minutes=10))
    monkeypatch.setattr(app.db, "begin", refuse)
    assert queue.get("/").status_code == 200
    assert queue.get("/sources").status_code == 200


@pytest.mark.parametrize(
    ("said", "pieces"),
    [
        (
            "The first customer: 3 min left. See Approvals.",
            ("The first customer: 3 min left. See ", "Approvals", "/approvals"),
        ),
        ("Somebody must mend it; see Sources.", ("Somebody must mend it; see ", "Sources", "/sources")),
        ("Nobody can see it.", ("Nobody can see it.", "", "")),
        ("Ask the three wise", ("Ask the three wise", "", "")),
    ],
)
def test_a_band_links_the_page_it_sends_one_to_and_nothing_else(said: str, pieces: tuple[str, str, str]) -> None:
    assert bands.Band("soon", "i-info", "Look.", said).pieces == pieces
