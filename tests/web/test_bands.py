"""What the queue says above everything else when nothing can be heard."""

from collections.abc import Callable

import pytest

from bot.app import App
from bot.store import sources
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
