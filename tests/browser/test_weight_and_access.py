"""What the first look at the queue weighs on the wire, and that axe-core finds nothing, in light and dark."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from tests.browser.house import House

Open = Callable[..., Page]
LIGHTEST = 150_000  # bytes of a first load: page, styles, scripts, icon
SAID = "Northwind lost my violin on the way to Oslo and nobody answers the line, this is the third time"


def full(house: House) -> None:
    """Every section of the queue with more rows than it shows, and one of each thing a case can have."""
    for number in range(30):
        for ago in (50, 70, 10):
            house.seed.case(f"{SAID} {number}", f"Ada Marlow {number}", ago=ago, term="Northwind", tags=("bags",))


def test_the_first_look_at_a_full_queue_is_light(house: House, open_page: Open) -> None:
    full(house)
    page = open_page(house.person("lena"))
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: dict[str, int] = {}
    names: dict[str, str] = {}
    session.on("Network.responseReceived", lambda e: names.update({e["requestId"]: e["response"]["url"]}))
    session.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: int(e["encodedDataLength"])}))
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(house.address)
    page.wait_for_timeout(800)
    weighed = {names.get(key, key): size for key, size in sizes.items()}
    assert sum(weighed.values()) <= LIGHTEST, weighed
    assert sum(weighed.values()) > 20_000, "this measured nothing"
    assert page.locator(".row").count() == 75
    assert all(answer.url.startswith(house.address) for answer in answers)  # nothing from anywhere else


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(house: House, open_page: Open, theme: str) -> None:
    full(house)
    boss = house.person("lena", "admin")
    page = open_page(boss, color_scheme=theme, reduced_motion="reduce")
    house.seed.note(1, boss.id or 0, "@lena, ring the depot")
    found: dict[str, Any] = {}
    for path in (
        "/", "/cases/1", "/customers", "/customers/1", "/customers/1/erase", "/search", "/search?q=is:open", "/me",
        "/shifts", "/calls", "/people", "/brands", "/audit",
    ):  # fmt: skip
        answer = page.goto(house.address + path)
        assert answer is not None
        assert answer.status == 200, path
        if path == "/cases/1":
            for menu in page.locator("details.menu > summary").all():
                if menu.is_visible():
                    menu.click()
                    found |= faults(page, f"{path} {menu.inner_text()}")
        found |= faults(page, path)
    page.context.clear_cookies()
    page.goto(f"{house.address}/login")
    found |= faults(page, "/login")
    assert found == {}


def faults(page: Page, where: str) -> dict[str, Any]:
    """What axe-core objects to, by rule, with the elements."""
    told = Axe().run(page).response["violations"]
    return {f"{where}: {one['id']}": [node["html"][:160] for node in one["nodes"][:3]] for one in told}
