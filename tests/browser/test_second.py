"""The second step on a phone, by keyboard, without scripts, light and dark: axe finds nothing, nothing is too wide."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from bot.core import second
from bot.store import people
from tests.browser.house import House
from tests.browser.looks import faults, too_wide
from tests.web.conftest import HASH, PASSWORD

Open = Callable[..., Page]


@pytest.mark.parametrize(("theme", "scripts"), [("light", True), ("dark", False)])
def test_a_phone_sets_it_up_and_signs_in_with_it_by_keyboard(
    house: House, open_page: Open, theme: str, scripts: bool
) -> None:
    lena = house.person("lena", "agent")
    with house.app.db.begin() as session:
        people.set_password(session, lena.id or 0, HASH)
    page = open_page(lena, color_scheme=theme, java_script_enabled=scripts, viewport={"width": 390, "height": 844})

    def look(where: str) -> None:
        assert (faults(page, where) if scripts else {}) == {}
        assert (too_wide(page, where) if scripts else {}) == {}

    page.goto(f"{house.address}/me/second")
    look("off")
    page.get_by_label("Your password").fill(PASSWORD)
    page.keyboard.press("Enter")
    secret = second.bytes_of(page.get_by_label("The key for your app").input_value())
    assert page.get_by_role("img", name="QR code of the key below").is_visible()
    look("setting up")
    steps = second.step_at(house.app.clock.now())
    page.get_by_label("The six digits it shows now").fill(second.code_at(secret, steps))
    page.keyboard.press("Enter")
    spare = page.locator("#once").inner_text().split()
    assert len(spare) == 10
    look("codes")
    page.goto(f"{house.address}/me/second")
    look("on")
    page.goto(f"{house.address}/me")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_label("E-mail").fill("lena")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Six digits from your app").fill("000000")
    page.keyboard.press("Enter")
    assert page.get_by_role("alert").inner_text().startswith("That code is not right")
    look("code")
    page.get_by_label("Six digits from your app").fill(spare[4])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{house.address}/")
