"""The queue's filter by keyboard: chosen, live, acted on, taken off; and its page without scripts."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from bot.steps.answer.material import save_material
from bot.store import cases
from bot.store.snippets import Does
from tests.browser.house import House
from tests.web.seed import BRAND

Open = Callable[..., Page]


def test_a_filter_is_chosen_lives_bounds_a_bulk_act_and_is_taken_off(house: House, open_page: Open) -> None:
    house.seed.case("bag lost on the way", "Ada Marlow", ago=20, platform="reddit")
    house.seed.case("charged twice", "Otis Fenn", ago=10, platform="mastodon")
    late = house.seed.case("nobody answers", "Bo Lindgren", ago=90, platform="bluesky")
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("b")
    expect(page.locator("#by-platform")).to_be_focused()
    page.keyboard.type("Reddit")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show these").press("Enter")
    expect(page.locator("#waiting")).to_have_text("1 of 3 waiting")
    expect(page.locator("#outside")).to_contain_text("Outside this filter: 1 late.")
    house.seed.case("the same again", "Marta Quill", ago=1, platform="reddit")
    house.seed.case("not for this list", "Nadia Orr", ago=1, platform="mastodon")
    expect(page.locator("#waiting")).to_have_text("2 of 5 waiting")
    expect(page.locator("#fresh")).to_contain_text("1 new")
    page.keyboard.press(".")
    expect(page.locator(".row")).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.click("[data-bulk=all]")
    expect(page.locator("#bulk b")).to_have_text("2 chosen")
    page.fill("#bulk-tag", "bags")
    page.click("[data-bulk=tag]")
    expect(page.locator("#bulk-told")).to_contain_text("2 cases tagged.")
    with house.app.db.read() as session:
        assert [cases.tags(session, key) for key in range(1, 6)] == [["bags"], [], [], ["bags"], []]
    page.get_by_label("Take off the filter Platform: Reddit").press("Enter")
    expect(page.locator("#waiting")).to_have_text("5 waiting")
    page.goto(f"{house.address}/?q=is:late")
    page.locator(".row-link").press("Enter")
    expect(page).to_have_url(f"{house.address}/cases/{late}?q=is%3Alate")
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{house.address}/?q=is%3Alate&at={late}")


def test_without_scripts_the_filter_is_a_page(house: House, open_page: Open) -> None:
    house.seed.case("bag lost", "Ada Marlow", ago=20, platform="reddit")
    house.seed.case("charged twice", "Otis Fenn", ago=10, platform="mastodon")
    page = open_page(house.person("lena"), java_script_enabled=False, viewport={"width": 390, "height": 800})
    page.goto(house.address)
    page.locator("#filter summary").click()
    page.get_by_text("Choose what is shown").click()
    page.select_option("#by-platform", "mastodon")
    page.get_by_role("button", name="Show these").click()
    expect(page.locator("#waiting")).to_have_text("1 of 2 waiting")
    expect(page.locator(".row-link")).to_have_text("Otis Fenn")


def test_a_macro_chosen_from_the_list_of_actions_is_shown_before_it_is_pressed(house: House, open_page: Open) -> None:
    lead = house.person("ruth", "lead")
    key = house.seed.case("bag lost", "Ada Marlow", ago=20)
    save_material(house.app, BRAND, lead.id or 0, "macro", "Not today", "", Does(tag="bags", snooze="3h"))
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("Control+k")
    page.keyboard.type("not today")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Not today")).to_be_focused()
    expect(page.locator(".does")).to_contain_text("tag bags")
    with house.app.db.read() as session:
        assert cases.tags(session, key) == []
    page.keyboard.press("Enter")
    expect(page.locator("#read-head .told.good")).to_contain_text("Tagged and snoozed.")
    expect(page.locator(".row")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator("#read-head .told.good")).to_contain_text("Taken back.")
    expect(page.locator(".row")).to_have_count(1)
