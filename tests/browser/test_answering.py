"""Beyond the budget to the lead and out, with two keyboards and no pointer."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from bot.store import cases
from tests.browser.house import House

Open = Callable[..., Page]
BEYOND = "That is on us, Otis. I refund you €168 and you will have it by Thursday. Lena"


def test_beyond_the_budget_the_lead_is_asked_and_agrees_by_keyboard_alone(house: House, open_page: Open) -> None:
    key = house.seed.case("charged twice for seat 14A", "Otis Fenn", ago=48)
    lena, ruth = open_page(house.person("lena")), open_page(house.person("ruth", "lead"))
    lena.goto(f"{house.address}/cases/{key}")
    lena.keyboard.press("c")
    expect(lena.locator("#lease")).to_contain_text("Yours for")
    lena.keyboard.press("r")
    lena.keyboard.type(BEYOND)
    expect(lena.locator("#breaches")).to_contain_text("“by Thursday” is a promise.")
    lena.keyboard.press("Control+Enter")
    expect(lena.locator('button[formaction$="/ask"]')).to_be_focused()
    lena.keyboard.press("Enter")
    expect(lena.locator("#question")).to_contain_text("Lena asks Ruth")
    ruth.goto(f"{house.address}/approvals")
    expect(ruth.locator(".wording")).to_contain_text(BEYOND)
    ruth.get_by_label("Why not").fill("Say when")
    ruth.keyboard.press("Enter")
    expect(lena.locator("#question")).to_contain_text("Say when")  # the open page hears of it
    lena.keyboard.press("r")
    lena.keyboard.press("Control+Enter")
    expect(lena.locator('button[formaction$="/ask"]')).to_be_focused()
    lena.keyboard.press("Enter")
    expect(lena.locator("#question")).to_contain_text("Lena asks Ruth")
    ruth.goto(f"{house.address}/approvals")
    ruth.keyboard.press("y")
    expect(ruth.locator(".told.good")).to_contain_text("Agreed.")
    with house.app.db.read() as session:
        (reply,) = cases.replies(session, key)
    assert (reply.text, reply.state) == (BEYOND, "queued")
    expect(lena.locator("#question .consent")).to_have_count(0)


def test_material_goes_where_one_writes_and_its_gap_is_chosen(house: House, open_page: Open) -> None:
    from bot.steps.answer.material import save_material
    from bot.store.snippets import Does
    from tests.web.seed import BRAND

    key = house.seed.case("charged twice for seat 14A", "Otis Fenn", ago=48)
    lead = house.person("ruth", "lead")
    words = "Hello {{customer}}, {{what we saw}}."
    save_material(house.app, BRAND, lead.id or 0, "snippet", "double", words, Does(tag="billing"))
    page = open_page(house.person("lena"))
    page.goto(f"{house.address}/cases/{key}")
    page.keyboard.press("c")
    expect(page.locator("#lease")).to_contain_text("Yours for")
    page.locator("#material button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#reply")).to_have_value("Hello Otis, {{what we saw}}.")
    assert page.evaluate("getSelection().toString()") == "{{what we saw}}"
    expect(page.locator("#read-head .told")).to_contain_text("Tagged.")
    expect(page.locator("#reply")).to_have_value("Hello Otis, {{what we saw}}.")
    page.keyboard.type("the second charge")
    expect(page.locator("#reply")).to_have_value("Hello Otis, the second charge.")
