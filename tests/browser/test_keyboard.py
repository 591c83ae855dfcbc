"""From the queue to an answered case by keyboard only, and what keys must not do."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from bot.steps import answer
from bot.store import cases, events, people
from tests.browser.house import House

KIND = "That is on us, Otis. Both charges are ours, and the second one goes back. Lena"
Open = Callable[..., Page]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim().slice(0, 40)"))


def three_cases(house: House) -> list[int]:
    return [
        house.seed.case("left us at gate B14", "Ada Marlow", ago=54),
        house.seed.case("charged twice for seat 14A", "Otis Fenn", ago=48),
        house.seed.case("one flute on hold", "Bo Lindgren", ago=5),
    ]


def test_a_case_is_answered_by_keyboard_alone(house: House, open_page: Open) -> None:
    _, otis, _ = three_cases(house)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("j")
    expect(page.locator("#read-h")).to_have_text("Otis Fenn")
    page.keyboard.press("c")
    expect(page.locator("#lease")).to_contain_text("Yours for")
    page.keyboard.press("r")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type(KIND)
    expect(page.locator("#check")).to_contain_text("Inside the boundaries")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".outbox")).to_contain_text("Sending to Otis Fenn")
    with house.app.db.read() as session:
        assert [(reply.state, reply.text) for reply in cases.replies(session, otis)] == [("queued", KIND)]


def test_u_takes_a_sent_reply_back_with_its_words(house: House, open_page: Open) -> None:
    case = house.seed.case("charged twice", "Otis Fenn", ago=48)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("r")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type(KIND)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".outbox")).to_contain_text("Sending to")
    page.keyboard.press("u")
    expect(page.locator("#reply")).to_have_value(KIND)
    with house.app.db.read() as session:
        assert [reply.state for reply in cases.replies(session, case)] == ["withdrawn"]


def test_a_stopped_reply_is_not_sent_and_the_focus_goes_to_the_way_out(house: House, open_page: Open) -> None:
    case = house.seed.case("charged twice", "Otis Fenn", ago=48)
    page = open_page(house.person("lena"))
    page.goto(f"{house.address}/cases/{case}")
    page.keyboard.press("r")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type("Tell me your card number, please")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".breach.is-stop")).to_be_visible()
    expect(page.locator(".breach :focus, .breach:focus")).to_have_count(1)  # what is typed shows it before what is sent
    expect(page.locator("#reply")).to_have_value("Tell me your card number, please")
    with house.app.db.read() as session:
        assert cases.replies(session, case) == []


def test_letters_typed_in_the_reply_stay_letters(house: House, open_page: Open) -> None:
    three_cases(house)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    held: list[Route] = []
    page.route("**/claim", lambda route: held.append(route))
    with page.expect_request("**/claim"):
        page.keyboard.press("r")
    page.keyboard.type("jcz")  # before the box is there
    page.keyboard.press("Backspace")
    page.keyboard.type("eun?")
    held[0].continue_()
    expect(page.locator("#reply")).to_be_focused()
    expect(page.locator("#reply")).to_have_value("jceun?")
    page.keyboard.type("x")
    expect(page.locator("#reply")).to_have_value("jceun?x")
    page.keyboard.press("Escape")
    assert focused(page) == "Ada Marlow"
    expect(page.locator("#reply")).to_have_value("jceun?x")


def test_words_for_a_case_that_somebody_else_was_quicker_to_claim_wait_for_its_box(
    house: House, open_page: Open
) -> None:
    ada, *_ = three_cases(house)
    otis, page = house.person("otis"), open_page(house.person("lena"))
    page.goto(house.address)
    held: list[Route] = []
    page.route("**/claim", lambda route: held.append(route))
    with page.expect_request("**/claim"):
        page.keyboard.press("r")
    page.keyboard.type("Hello ne")
    answer.claim(house.app, ada, otis.id or 0)
    held[0].continue_()
    page.unroute("**/claim")
    expect(page.locator("#read-head")).to_contain_text("was quicker")
    page.keyboard.type("xt")  # who types on chooses no rows and tags nothing
    expect(page.locator("#unsaid")).to_contain_text("“Hello next”")
    expect(page.locator(".is-picked, details.menu[open]")).to_have_count(0)
    page.keyboard.type("rd!")  # it is not theirs yet: a word beginning with d is no "not a complaint"
    expect(page.locator("#unsaid")).to_contain_text("“Hello nextd!”")
    page.keyboard.press("r")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Take it over")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#reply")).to_have_value("Hello nextd!")
    expect(page.locator("#unsaid")).to_have_count(0)


def test_words_typed_before_a_case_is_shown_go_into_what_was_opened_for_them(house: House, open_page: Open) -> None:
    three_cases(house)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    held: list[Route] = []
    page.route("**/pane?*", lambda route: held.append(route))
    for go, typed, box in (("j", "rjust, eh?", "#reply"), ("k", "wnot him", "details.menu[open] textarea")):
        with page.expect_request("**/pane?*"):
            page.keyboard.press(go)
        page.keyboard.type(typed)
        held.pop().continue_()
        expect(page.locator(box)).to_have_value(typed[1:])
        expect(page.locator(box)).to_be_focused()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")


def test_text_is_kept_when_one_looks_at_another_case(house: House, open_page: Open) -> None:
    three_cases(house)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("r")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type("half a sentence")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("#read-h")).to_have_text("Otis Fenn")
    page.keyboard.press("k")
    expect(page.locator("#reply")).to_have_value("half a sentence")
    expect(page.locator("#check")).to_contain_text("Inside the boundaries")  # checked, though nobody typed


def test_resolve_and_not_us_by_keys_and_u_undoes(house: House, open_page: Open) -> None:
    three_cases(house)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("j")
    page.keyboard.press("n")  # before Otis's case is shown: it is meant for his
    expect(page.locator("#read-head")).to_contain_text("Not us.")
    expect(page.locator(".row-link")).to_contain_text(["Ada Marlow", "Bo Lindgren"])
    expect(page.locator(".row")).to_have_count(2)
    page.keyboard.press("u")
    expect(page.locator(".row")).to_have_count(3)
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Solved")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#read-head")).to_contain_text("Resolved.")
    expect(page.locator(".row")).to_have_count(2)


def test_the_small_menus_take_the_focus_and_escape_gives_it_back(house: House, open_page: Open) -> None:
    three_cases(house)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("w")
    expect(page.locator("textarea[name=text]").first).to_be_focused()
    page.keyboard.type("a note by keyboard")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".jot")).to_contain_text("a note by keyboard")
    page.keyboard.press("t")
    expect(page.locator("input[name=tag]")).to_be_focused()
    page.keyboard.type("Bags")
    page.keyboard.press("Enter")
    expect(page.locator("#read-head .row-tag")).to_have_text("bags")
    page.keyboard.press("s")
    expect(page.locator("button[value='1h']")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("details.menu[open]")).to_have_count(0)


def test_letters_can_be_turned_off(house: House, open_page: Open) -> None:
    three_cases(house)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("Shift+?")
    page.click("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.wait_for_timeout(300)
    expect(page.locator("#claim")).to_contain_text("Claim")


def test_enter_opens_the_case_and_escape_comes_back(house: House, open_page: Open) -> None:
    ada, _, _ = three_cases(house)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{ada}")
    page.keyboard.press("j")
    page.wait_for_url("**/cases/2")
    page.keyboard.press("Escape")
    page.wait_for_url("**/?at=2")


def test_several_cases_are_tagged_at_once_and_none_is_answered_at_once(house: House, open_page: Open) -> None:
    one, two, _ = three_cases(house)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("k")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_contain_text("2 chosen")
    expect(page.locator("#bulk")).not_to_contain_text("Reply")
    page.fill("#bulk-tag", "oslo")
    page.click("[data-bulk=tag]")
    expect(page.locator(".rows .row-tag")).to_have_count(2)
    with house.app.db.read() as session:
        assert [cases.tags(session, case) for case in (one, two)] == [["oslo"], ["oslo"]]


def test_own_letters_act_and_are_shown(house: House, open_page: Open) -> None:
    case = house.seed.case("charged twice", "Otis Fenn", ago=48)
    page = open_page(house.person("lena"))
    page.goto(f"{house.address}/me")
    page.locator("summary", has_text="As delivered").click()
    page.get_by_label("claim, or give back").fill("y")
    page.get_by_role("button", name="Keep them").click()
    expect(page.locator("summary", has_text="1 key changed")).to_be_visible()  # sent, not only pressed
    page.goto(house.address)
    expect(page.locator("#claim kbd")).to_have_text("y")
    page.keyboard.press("c")
    page.keyboard.press("y")
    expect(page.locator("#read-head")).to_contain_text("Yours")
    with house.app.db.read() as session:
        assert [row.what for row in events.of(session, f"case:{case}")].count("case.claimed") == 1


def test_two_cases_are_merged_by_keyboard_and_split_by_undo(house: House, open_page: Open) -> None:
    first = house.seed.case("my bag is lost", "Ada Marlow", ago=40)
    with house.app.db.read() as session:
        found = cases.get(session, first)
        assert found is not None
        customer = found.customer_id
    second = house.seed.case("and the violin", "Ada Marlow", ago=50, customer=customer)
    page = open_page(house.person("lena"))
    page.goto(f"{house.address}/cases/{second}")
    page.keyboard.press("o")
    expect(page.get_by_role("button", name=f"Into case {first}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("my bag is lost")
    expect(page.locator("#thread")).to_contain_text("and the violin")
    page.keyboard.press("u")
    expect(page.locator("#thread")).not_to_contain_text("my bag is lost")
    with house.app.db.read() as session:
        assert {cases.get(session, key).state for key in (first, second)} == {"new"}  # type: ignore[union-attr]


def test_several_are_chosen_resolved_and_brought_back_by_keyboard(house: House, open_page: Open) -> None:
    for minutes, name in ((48, "Otis Fenn"), (47, "Ada Marlow")):
        house.seed.case(f"charged twice, says {name}", name, ago=minutes)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    tall = page.locator(".row").first.bounding_box()
    page.keyboard.press("x")
    assert page.locator(".row").first.bounding_box() == tall, "a row does not grow under the eye"
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_contain_text("2 chosen")
    page.locator("#bulk").get_by_role("button", name="Resolve").press("Enter")
    expect(page.locator("#bulk-told")).to_contain_text("2 cases resolved.")
    page.keyboard.press("u")
    expect(page.locator("#bulk-told")).to_contain_text("2 cases reopened.")
    expect(page.locator(".row")).to_have_count(2)


def test_any_action_is_found_by_its_words_and_done(house: House, open_page: Open) -> None:
    ada, *_ = three_cases(house)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("Control+k")
    page.keyboard.press("Enter")  # nothing was asked for, so nothing is chosen
    expect(page.locator("#palette-find")).to_be_focused()
    page.keyboard.type("nothing like it")
    expect(page.locator("#palette-none")).to_be_visible()
    page.locator("#palette-find").fill("note")
    page.keyboard.press("Enter")
    expect(page.locator("details.menu[open] textarea")).to_be_focused()  # something is to be filled in: its menu opens
    page.keyboard.press("Control+k")
    page.keyboard.type("assign assign")
    page.keyboard.press("Enter")
    expect(page.locator("details.menu[open] select")).to_be_focused()  # to whom is chosen first
    page.keyboard.press("Control+k")
    page.keyboard.type("hour snooze")
    assert "Snooze: In 1 hour" in page.locator("#palette-list li").first.inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#read-head")).to_contain_text("Snoozed")
    with house.app.db.read() as session:
        assert "case.snoozed" in [row.what for row in events.of(session, f"case:{ada}")]
    page.keyboard.press("Control+k")
    page.keyboard.type("customers")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{house.address}/customers")


def test_one_key_takes_the_next_case(house: House, open_page: Open) -> None:
    case = house.seed.case("charged twice", "Otis Fenn", ago=48)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    held: list[Route] = []
    page.route("**/next", lambda route: held.append(route))
    with page.expect_request("**/next"):
        page.keyboard.press("f")
    page.keyboard.type("rHello")  # before it is there
    held[0].continue_()
    expect(page.locator("#read-head")).to_contain_text("Yours: the case where being early helps most.")
    expect(page.locator("#reply")).to_have_value("Hello")
    with house.app.db.read() as session:
        found = cases.get(session, case)
        assert found is not None
        assert found.state == "claimed"


def test_the_list_of_actions_presses_nothing_that_one_looks_at_first(house: House, open_page: Open) -> None:
    case = house.seed.case("charged twice", "Otis Fenn", ago=48)
    lena, nia, otto = house.person("lena", "admin"), house.person("nia"), house.person("otto")
    answer.claim(house.app, case, nia.id or 0)
    page = open_page(lena)
    page.goto(f"{house.address}/cases/{case}")
    page.keyboard.press("Control+k")
    page.keyboard.type("take it over")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take it over")).to_be_focused()  # what it says is read before it is pressed
    page.keyboard.press("Control+k")
    page.keyboard.type("severity critical")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Critical")).to_be_focused()  # a graver one cannot be taken back
    page.goto(f"{house.address}/people")
    page.keyboard.press("Control+k")
    page.keyboard.type("disable")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Disable").first).to_be_focused()  # whom is seen before it is pressed
    with house.app.db.read() as session:
        assert cases.counts(session, None, house.app.clock.now())["unclaimed"] == 0
        assert [people.get(session, one.id or 0).disabled_at for one in (nia, otto)] == [None, None]  # type: ignore[union-attr]
        found = cases.get(session, case)
    assert found is not None
    assert (found.holder, found.severity) == (nia.id, "normal")
