"""A page is left by a link or a press only when the next one can come; else it and its words stay, and it says why."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from bot.store.tables_house import AccountRow
from tests.browser.house import House
from tests.browser.test_adrift import NOTE, gone, note_of

Open = Callable[..., Page]


def test_a_link_and_a_press_keep_the_page_while_nothing_comes(house: House, open_page: Open) -> None:
    house.seed.case("left us at the gate", "Ada Marlow", ago=54)
    page = open_page(house.person("lena", "lead"))
    page.goto(f"{house.address}/customers/1")
    note, told = page.get_by_label("Note, on every case of theirs"), page.locator("#adrift")
    link = page.locator("nav.rail a[href='/customers']")
    page.route("**/*", gone)
    link.click()
    expect(told).to_contain_text("No connection to Earshot, so this page stays open.")
    page.get_by_role("button", name="Close").click()
    note.fill(NOTE)
    note.blur()
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(told).to_contain_text("so this page stays open. What you wrote is still here")
    page.get_by_role("button", name="On shift").click()  # no word is in that form, but this page has some
    expect(told).to_contain_text("No connection to Earshot, so nothing was sent.")
    page.unroute("**/*")
    page.route("**/readyz", lambda route: None)  # it hangs: it takes the question and says nothing
    note.fill("")
    link.click()
    expect(told).to_contain_text("Earshot has not answered yet.")
    page.unroute("**/readyz")
    link.click()
    page.wait_for_url("**/customers")


def test_a_press_that_is_refused_leaves_the_words_where_they_are(house: House, open_page: Open) -> None:
    house.seed.case("left us at the gate", "Ada Marlow", ago=54)
    page = open_page(house.person("lena"))
    page.goto(f"{house.address}/customers/1")
    note, keep = page.get_by_label("Note, on every case of theirs"), page.get_by_role("button", name="Keep", exact=True)
    note.fill(NOTE)
    _role(house, "viewer")
    keep.click()
    expect(page.locator("#adrift")).to_contain_text("Not done. Not allowed. This needs the role “agent”.")
    _role(house, "agent")
    page.route("**/describe", _cut)
    keep.click()
    expect(page.locator("#adrift")).to_contain_text("No answer came: it may be done, or not.")
    expect(note).to_have_value(NOTE)
    assert note_of(house) == ""
    page.unroute("**/describe")
    keep.click()
    page.wait_for_url("**/customers/1?said=*")
    assert note_of(house) == NOTE


def test_a_press_that_makes_a_page_shows_it_and_its_buttons_work(house: House, open_page: Open) -> None:
    page = open_page(house.person("lena"))
    page.goto(f"{house.address}/me")
    page.get_by_label("What it is for").fill("warehouse")
    page.get_by_role("button", name="Make a key").click()
    expect(page.locator("#once")).not_to_have_value("")
    page.locator("body").press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("nav.rail a[href='/customers']").click()
    page.wait_for_url("**/customers")


def test_a_page_that_nobody_looks_at_gives_its_stream_back(house: House, open_page: Open) -> None:
    house.seed.case("left us at the gate", "Ada Marlow", ago=54)
    page = open_page(house.person("lena"))
    streams: list[str] = []
    page.on("request", lambda asked: streams.append("asked") if asked.url.endswith("/live") else None)
    page.on("requestfailed", lambda asked: streams.append("ended") if asked.url.endswith("/live") else None)
    page.goto(house.address)
    hide = "(is) => { Object.defineProperty(document, 'hidden', { value: is, configurable: true }); %s }"
    look = hide % "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(look, True)
    page.evaluate(look, False)
    expect(page.locator(".row")).to_have_count(1)
    assert streams[:3] == ["asked", "ended", "asked"]


def _role(house: House, role: str) -> None:
    with house.app.db.begin() as session:
        row = session.get(AccountRow, 1)
        assert row is not None
        row.role = role


def _cut(route: Route) -> None:
    route.abort("connectionreset")
