"""From the link on the console to an account, a brand and its sources."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot import wire
from bot.app import App
from bot.clock import HandClock
from bot.store import brands, events, people, sources
from bot.web import preview
from connectors.errors import Unavailable
from connectors.types import Author, Page, Post, PostRef
from tests.web.conftest import NOON, PASSWORD, Browser

Visit = Callable[[], Browser]
FORM = {"brand": "Acme", "login": "lena@acme.example", "called": "Lena Moor", "password": PASSWORD}


def first_path(app: App) -> str:
    with app.db.begin() as session:
        token = people.first_link(session, app.clock.now())
    assert token is not None
    return f"/first/{token}"


def test_without_an_account_every_page_says_where_the_link_is(visit: Visit) -> None:
    browser = visit()
    assert browser.get("/login").headers["location"] == "/first"
    assert "printed a link" in browser.get("/first").text


def test_the_link_leads_to_an_account_a_brand_and_sources(app: App, visit: Visit) -> None:
    browser, path = visit(), first_path(app)
    browser.get(path)
    answer = browser.post(path, FORM | {"handles": "@acme, mastodon:@acme@social.example", "minutes": "30"})
    assert answer.headers["location"] == "/"
    with app.db.read() as session:
        brand = brands.get(session, "Acme")
        assert [row.name for row in sources.all_of(session)] == ["bluesky", "hackernews", "mastodon"]
        assert [(row.login, row.role) for row in people.all_of(session)] == [("lena@acme.example", "operator")]
        assert "account.created" in [row.what for row in events.newest(session)]
    assert brand is not None
    assert brand.handles == {"any": ("acme",), "mastodon": ("acme@social.example",)}
    assert brand.policy == {"window_minutes": 30}
    assert browser.get("/me").status_code == 200


def test_feeds_become_sources_of_their_own(app: App, visit: Visit) -> None:
    browser, path = visit(), first_path(app)
    browser.get(path)
    wrong = browser.post(path, FORM | {"feeds": "ftp://forum.example/x"})
    assert wrong.status_code == 422
    assert "is no address of a feed" in wrong.text
    browser.post(path, FORM | {"feeds": "https://forum.example/latest.rss\nhttps://blog.example/feed"})
    with app.db.read() as session:
        feeds = {row.name: row.options for row in sources.all_of(session) if row.connector == "rss"}
    assert feeds == {"rss": {"url": "https://forum.example/latest.rss"}, "rss-2": {"url": "https://blog.example/feed"}}


def test_the_link_works_once(app: App, visit: Visit) -> None:
    path = first_path(app)
    first, second = visit(), visit()
    first.get(path)
    second.get(path)
    assert first.post(path, FORM).status_code == 303
    assert second.post(path, FORM | {"login": "eve@evil.test"}).status_code == 404
    assert visit().get(path).status_code == 404


def test_the_link_dies_after_half_an_hour(app: App, visit: Visit, clock: HandClock) -> None:
    path = first_path(app)
    clock.move(timedelta(minutes=30))
    assert visit().get(path).status_code == 404


def test_a_second_start_kills_the_first_link(app: App, visit: Visit) -> None:
    old, new = first_path(app), first_path(app)
    assert visit().get(old).status_code == 404
    assert visit().get(new).status_code == 200


def test_no_link_is_made_once_somebody_has_an_account(app: App, visit: Visit) -> None:
    path = first_path(app)
    browser = visit()
    browser.get(path)
    browser.post(path, FORM)
    with app.db.begin() as session:
        assert people.first_link(session, NOON) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "short"}, "12 characters"),
        ({"password": "Acme20262026"}, "guessers try first"),
        ({"login": "lena"}, "e-mail"),
        ({"called": " "}, "Write your name"),
        ({"brand": "  "}, "name"),
        ({"minutes": "soon"}, "write a number"),
        ({"minutes": "-5"}, "window_minutes"),
        ({"excluded": "!!!"}, "no letter or digit"),
    ],
)
def test_a_form_that_does_not_fit_says_why_and_keeps_what_was_typed(
    app: App, visit: Visit, change: dict[str, str], said: str
) -> None:
    browser, path = visit(), first_path(app)
    browser.get(path)
    answer = browser.post(path, FORM | {"names": "Acme Corp"} | change)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Acme Corp"' in answer.text
    assert PASSWORD not in answer.text
    with app.db.read() as session:
        assert people.count(session) == 0


def test_with_a_brand_named_on_the_command_line_only_the_account_is_asked(app: App, visit: Visit) -> None:
    with app.db.begin() as session:
        brands.save(session, brands.parsed('{"name": "Acme"}'), "flag", NOON, "earshot")
    browser, path = visit(), first_path(app)
    assert 'name="brand"' not in browser.get(path).text
    assert browser.post(path, {k: v for k, v in FORM.items() if k != "brand"}).status_code == 303


class Platform:
    """A connector that has these posts, or fails."""

    def __init__(self, posts: tuple[Post, ...] = (), error: Exception | None = None) -> None:
        self._posts, self._error = posts, error

    def fetch(self, want: Any) -> Iterator[Page]:
        if self._error is not None:
            raise self._error
        yield Page(posts=self._posts)

    def close(self) -> None:
        pass


def said(id: str, text: str, handle: str = "ada", hours: float = 1) -> Post:
    at = NOON - timedelta(hours=hours)
    return Post(PostRef("mastodon", id), f"https://m.example/{id}", Author(handle, handle), text, at)


@pytest.fixture
def platforms(monkeypatch: pytest.MonkeyPatch) -> dict[str, Platform]:
    there = {name: Platform() for name in preview.ASKED}
    monkeypatch.setattr(wire, "connector_from", lambda name, *_rest: there[name])
    return there


def test_the_preview_shows_posts_escaped_and_keeps_nothing(
    app: App, visit: Visit, platforms: dict[str, Platform]
) -> None:
    platforms["mastodon"] = Platform((said("1", "<script>alert(1)</script> Acme lost my bag"), said("2", "no name")))
    browser, path = visit(), first_path(app)
    browser.get(path)
    answer = browser.post(f"{path}/preview", {"brand": "Acme"}, headers={"hx-request": "true"})
    assert "You would have heard 1 post " in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "<script" not in answer.text
    assert '<mark class="us">Acme</mark>' in answer.text
    with app.db.read() as session:
        assert brands.all_of(session) == []


def test_without_scripts_the_preview_is_a_whole_page_with_the_form_kept(
    app: App, visit: Visit, platforms: dict[str, Platform]
) -> None:
    browser, path = visit(), first_path(app)
    browser.get(path)
    answer = browser.post(f"{path}/preview", {"brand": "Acme", "names": "Acmee"})
    assert "Nobody said it" in answer.text
    assert 'value="Acmee"' in answer.text


def test_no_network_is_said_and_does_not_stop_anybody(app: App, visit: Visit, platforms: dict[str, Platform]) -> None:
    for name in platforms:
        platforms[name] = Platform(error=Unavailable("no route to host"))
    browser, path = visit(), first_path(app)
    browser.get(path)
    answer = browser.post(f"{path}/preview", {"brand": "Acme"})
    assert "No platform answered" in answer.text
    assert "no route to host" in answer.text
    assert browser.post(path, FORM).status_code == 303


def test_one_deaf_platform_is_named_beside_what_the_others_heard(app: App, platforms: dict[str, Platform]) -> None:
    platforms["mastodon"] = Platform((said("1", "Acme lost my bag"),))
    platforms["bluesky"] = Platform(error=Unavailable("busy"))
    heard = preview.preview(app, brands.parsed('{"name": "Acme"}'))
    assert heard.ours == heard.untagged == 1
    assert heard.silent == {"bluesky": "busy"}
    assert not heard.deaf


def test_our_own_posts_and_old_ones_are_no_preview(app: App, platforms: dict[str, Platform]) -> None:
    platforms["mastodon"] = Platform((said("1", "Acme says hi", "acme"), said("2", "Acme!", hours=25)))
    heard = preview.preview(app, brands.parsed('{"name": "Acme", "handles": {"any": ["acme"]}}'))
    assert heard.heard == ()


def test_judging_examples_teach_the_brand(app: App, visit: Visit) -> None:
    browser, path = visit(), first_path(app)
    browser.get(path)
    browser.post(path, FORM | {"not_us": ["acme is a Greek word"], "us": ["Acme lost my bag"]})
    with app.db.read() as session:
        brand = brands.get(session, "Acme")
    assert brand is not None
    assert brand.not_us == ("acme is a Greek word",)
    assert brand.us == ("Acme lost my bag",)
