"""axe-core finds nothing on any page, light and dark, on a desk and on a phone; and would find what once was wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.everything import LOUD, SAID, addresses, common, full, telling
from tests.browser.house import House
from tests.browser.looks import AXE, COLOURS, PHONE, faults, in_both_themes, too_wide

Open = Callable[..., Page]
MAIN = ("/", "/cases/1", "/search?q=violin", "/customers/1", "/incidents/1", "/approvals", "/sources", "/me")
ONCE = ".row.is-done { opacity: .62 }"  # a row that is done was too pale to read until 0.3


@pytest.mark.parametrize("house", [LOUD], indirect=True)
def test_axe_finds_nothing_on_any_page(house: House, open_page: Open) -> None:
    full(house, (50,))
    for ago in (70, 10):
        house.seed.case(SAID, "Otis Fenn", ago=ago, tags=("bags",))
    boss = house.person("lena", "admin")
    page = open_page(boss)
    page.context.add_init_script(path=AXE)  # half a megabyte that crosses once, not once a page
    house.seed.note(1, boss.id or 0, "@lena, ring the depot")
    telling(house, boss.id or 0)
    now = house.app.clock.now()
    house.seed.case(SAID, "Bo Lindgren", ago=40, state="waiting", answered_at=now, first_answered_at=now)
    common(house, boss.id or 0)
    found: dict[str, Any] = {}
    for path in addresses(house):
        answer = page.goto(house.address + path)
        assert answer is not None
        assert answer.status == 200, path
        found |= in_both_themes(page, path) | too_wide(page, path)
        if path == "/cases/1":
            for menu in page.locator("details.menu > summary").all():
                if menu.is_visible():
                    menu.click()
                    found |= in_both_themes(page, f"{path} {menu.inner_text()}")
    page.goto(f"{house.address}/no/such/page")
    found |= in_both_themes(page, "an unknown page")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for path in MAIN:
        page.goto(house.address + path)
        found |= in_both_themes(page, f"{path} on a phone")
    page.context.clear_cookies()
    page.goto(f"{house.address}/login")
    found |= in_both_themes(page, "/login on a phone")
    assert found == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_would_find_a_row_that_is_too_pale(house: House, open_page: Open, theme: str) -> None:
    now = house.app.clock.now()
    house.seed.case(SAID, "Bo Lindgren", ago=40, state="waiting", answered_at=now, first_answered_at=now)
    page = open_page(house.person("lena"), color_scheme=theme)

    def as_it_was(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=f"{answer.text()}\n{ONCE}")

    page.route("**/queue.css*", as_it_was)
    page.goto(f"{house.address}/?view=theirs")
    (told,) = faults(page, theme, COLOURS)
    assert "color-contrast" in told
