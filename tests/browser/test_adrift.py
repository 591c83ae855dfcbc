"""What happens to words that somebody writes when Earshot is gone, they are signed out, or something breaks."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from bot import ids
from bot.store import cases, people
from bot.store.tables import CustomerRow
from bot.store.tables_house import AccountRow
from bot.web.app import error_page
from tests.browser.house import House

Open = Callable[..., Page]
KIND = "That is on us, Otis. Both charges are ours, and the second one goes back. Lena"
NOTE = "Prefers to be called after six; the violin is her mother’s."


def gone(route: Route) -> None:
    route.abort("connectionrefused")


def sign_in(house: House, page: Page, account: AccountRow) -> None:
    """As in another tab of the same browser: a new log-in, its cookie in place of the old one."""
    token = ids.token()
    with house.app.db.begin() as session:
        people.open_session(session, account.id or 0, ids.digest_of(token), ids.token(), house.app.clock.now())
    page.context.add_cookies([{"name": "earshot", "value": token, "url": house.address}])


def note_of(house: House) -> str:
    with house.app.db.read() as session:
        row = session.get(CustomerRow, 1)
        assert row is not None
        return row.note


def test_words_in_a_form_outlive_a_server_that_is_gone_and_a_log_in_that_ended(house: House, open_page: Open) -> None:
    house.seed.case("left us at the gate", "Ada Marlow", ago=54)
    lena, priya = house.person("lena"), house.person("priya")
    page = open_page(lena)
    page.goto(f"{house.address}/customers/1")
    note, keep = page.get_by_label("Note, on every case of theirs"), page.get_by_role("button", name="Keep", exact=True)
    note.fill(NOTE)
    page.route("**/*", gone)
    keep.press("Enter")
    expect(page.locator("#adrift")).to_contain_text("No connection to Earshot, so nothing was sent.")
    expect(note).to_have_value(NOTE)
    page.unroute("**/*")
    page.context.clear_cookies()
    keep.press("Enter")
    expect(page.locator("#adrift")).to_contain_text("You are signed out")
    expect(page.locator("#adrift a")).to_have_attribute("href", "/login")
    sign_in(house, page, priya)
    keep.press("Enter")
    expect(page.locator("#adrift")).to_contain_text("Somebody else is signed in here now")
    expect(note).to_have_value(NOTE)
    assert note_of(house) == ""
    sign_in(house, page, lena)
    keep.press("Enter")
    page.wait_for_url("**/customers/1?said=*")
    assert note_of(house) == NOTE
    expect(page.locator("#adrift")).to_have_count(0)


def test_an_answer_outlives_them_too_and_is_sent_once_somebody_is_there(house: House, open_page: Open) -> None:
    case = house.seed.case("charged twice", "Otis Fenn", ago=48)
    lena = house.person("lena")
    page = open_page(lena)
    page.goto(f"{house.address}/cases/{case}")
    for of_itself in ("**/live/**", "**/here"):  # what the page asks by itself would find out first
        page.route(of_itself, gone)
    page.keyboard.press("r")
    expect(page.locator("#reply")).to_be_focused()
    page.route("**/*", gone)
    page.keyboard.type(KIND)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#adrift")).to_contain_text("no connection")
    page.unroute("**/*")
    page.context.clear_cookies()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#adrift")).to_contain_text("You are signed out")
    sign_in(house, page, lena)
    expect(page.locator("#reply")).to_have_value(KIND)
    page.locator("#reply").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".outbox")).to_contain_text("Sending to Otis Fenn")
    with house.app.db.read() as session:
        assert [reply.text for reply in cases.replies(session, case)] == [KIND]


def test_what_broke_and_what_is_not_allowed_is_said_in_sight(house: House, open_page: Open) -> None:
    first = house.seed.case("charged twice", "Otis Fenn", ago=48)
    house.seed.case("left us at the gate", "Ada Marlow", ago=40)
    broken = bytes(error_page(house.app, 500, "", "k3Yz").body).decode()
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.route("**/claim", lambda route: route.fulfill(status=500, content_type="text/html", body=broken))
    page.keyboard.press("c")
    expect(page.locator("#adrift")).to_contain_text("Not done. Something broke.")
    expect(page.locator("#adrift")).to_contain_text("k3Yz")
    page.get_by_role("button", name="Close").press("Enter")
    expect(page.locator("#adrift")).to_have_count(0)
    page.route("**/pane?*", lambda route: route.fulfill(status=500, content_type="text/html", body=broken))
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#adrift")).to_contain_text("This case did not load.")
    page.unroute("**/claim")
    page.goto(f"{house.address}/cases/{first}")
    with house.app.db.begin() as session:
        lena = session.get(AccountRow, 1)
        assert lena is not None
        lena.role = "viewer"
    page.keyboard.press("c")
    expect(page.locator("#adrift")).to_contain_text("This needs the role “agent”.")
