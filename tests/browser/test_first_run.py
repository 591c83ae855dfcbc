"""A newcomer: the link on the console, one page, the queue; with the keyboard alone and no network."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from bot import wire
from bot.store import brands, people, sources
from connectors.errors import Unavailable
from tests.browser.conftest import House

PASSWORD = "nine green lanterns hum"


@pytest.fixture
def newcomer(house: House, chrome: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A browser at the one-time link of an Earshot that listens for nobody and reaches no platform."""

    def no_network(*_of: object) -> object:
        raise Unavailable("The name could not be looked up.")

    monkeypatch.setattr(wire, "connector_from", no_network)
    with house.app.db.begin() as session:
        for row in [brands.row(session, brand.name) for brand in brands.all_of(session)]:
            session.delete(row)
        token = people.first_link(session, house.app.clock.now())
    context = chrome.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(8_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    page.goto(f"{house.address}/first/{token}")
    yield page
    context.close()
    assert complaints == []


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


def tab_to(page: Page, where: str) -> None:
    for _ in range(40):
        if focused(page) == where:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{where} cannot be reached with Tab; the focus is on {focused(page)}")


def test_from_the_link_to_the_queue_with_the_keyboard_alone(house: House, newcomer: Page) -> None:
    assert focused(newcomer) == "brand"
    newcomer.keyboard.type("Acme")
    newcomer.keyboard.press("Tab")
    newcomer.get_by_text("No platform answered").wait_for()
    for field, words in (("called", "Lena Moor"), ("login", "lena@acme.example"), ("password", PASSWORD)):
        tab_to(newcomer, field)
        newcomer.keyboard.type(words)
    newcomer.keyboard.press("Enter")
    newcomer.wait_for_url(f"{house.address}/")
    with house.app.db.read() as session:
        assert [brand.name for brand in brands.all_of(session)] == ["Acme"]
        assert {row.connector for row in sources.all_of(session)} == {"bluesky", "hackernews", "mastodon"}
    tab_to(newcomer, "Sign out")
    newcomer.keyboard.press("Enter")
    newcomer.wait_for_url(f"{house.address}/login")
    newcomer.go_back()
    newcomer.wait_for_url("**/login**")
    newcomer.locator("#login").fill("lena@acme.example")
    newcomer.locator("#password").fill(PASSWORD)
    newcomer.keyboard.press("Enter")
    newcomer.get_by_role("heading", name="Queue").wait_for()


def test_a_refused_form_keeps_what_was_typed_and_says_why(newcomer: Page) -> None:
    for field, words in (("brand", "Acme"), ("called", "Lena"), ("login", "lena@acme.example")):
        newcomer.locator(f"#{field}").fill(words)
    newcomer.locator("#password").fill("AcmeAcmeAcme")
    newcomer.get_by_role("button", name="Start listening").click()
    newcomer.get_by_role("alert").first.wait_for()
    assert newcomer.locator("#brand").input_value() == "Acme"
    assert newcomer.locator("#password").input_value() == ""
