"""What a browser does with the pages: hostile posts, two people, live places, phones, and no script at all."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, Route, expect

from bot.steps import answer as steps
from bot.store import cases
from tests.browser.house import House

KIND = "That is on us, Otis. Both charges are ours, and the second one goes back. Lena"
Open = Callable[..., Page]
FOREIGN = "iframe, img, .thread script, .thread style, .thread form:not(.act)"
SMALL = """
[...document.querySelectorAll('main button, main a.btn, main summary')]
  .filter(e => e.checkVisibility()).map(e => [e.textContent.trim(), e.getBoundingClientRect()])
  .filter(([, r]) => r.width && r.height < 23.5).map(([t]) => t)
"""
HOSTILE = (
    "<script>window.earshotXss=1;alert('earshot-xss')</script> late again",
    "<img src=https://canary.invalid/p.png onerror=\"window.earshotXss=1;alert(1)\"> late",
    "\"><svg/onload=window.earshotXss=1> late",
    "</textarea></title></style></script><iframe src=https://canary.invalid></iframe>",
    "<style>@import url(https://canary.invalid/x.css); body{display:none}</style>",
    "<a href=\"javascript:window.earshotXss=1\" autofocus onfocus=window.earshotXss=1>late</a>",
    "<form action=https://canary.invalid><input name=q autofocus></form>",
    "[late](javascript:window.earshotXss=1) ![x](https://canary.invalid/i.png) https://canary.invalid/auto",
    "${window.earshotXss=1} {{constructor.constructor('window.earshotXss=1')()}}",
    "<div hx-get=https://canary.invalid hx-trigger=load data-act>late</div>",
    "\u202e\u2066txt.exe\u2069 \u200b\u200d Z" + "\u0301" * 80,
    "a" * 60_000,
)  # fmt: skip


def test_hostile_posts_are_text_and_nothing_more(house: House, open_page: Open) -> None:
    made = []
    for number, text in enumerate(HOSTILE):
        spread = {"text": text, "author_name": text[:200], "title": text[:200], "url": text[:200]}
        made.append(house.seed.case(text, "x", ago=50 - number, post=spread))
    page = open_page(house.person("lena"))
    strangers: list[str] = []
    page.on("request", lambda asked: strangers.append(asked.url) if "127.0.0.1" not in asked.url else None)
    page.goto(house.address)
    page.wait_for_timeout(400)
    for case in made:
        page.goto(f"{house.address}/cases/{case}")
        assert page.evaluate("typeof window.earshotXss") == "undefined"
        assert page.evaluate(f"document.querySelectorAll({FOREIGN!r}).length") == 0
        assert page.evaluate("document.activeElement.closest('.thread') === null")
    page.goto(f"{house.address}/search?q=late")
    assert page.evaluate("typeof window.earshotXss") == "undefined"
    assert strangers == []


def test_what_a_post_says_is_read_as_it_was_written(house: House, open_page: Open) -> None:
    case = house.seed.case("x", post={"text": HOSTILE[0]})
    page = open_page(house.person("lena"))
    page.goto(f"{house.address}/cases/{case}")
    expect(page.locator(".said").first).to_have_text(HOSTILE[0])


def test_of_two_who_press_claim_one_wins_and_the_other_reads_who(house: House, open_page: Open) -> None:
    house.seed.case("charged twice", "Otis Fenn", ago=48)
    lena, priya = open_page(house.person("lena")), open_page(house.person("priya"))
    for page in (lena, priya):
        page.goto(house.address)
        expect(page.locator("#claim")).to_contain_text("Claim")
    priya.keyboard.press("h")  # her page stands still, so she presses without knowing
    lena.keyboard.press("c")
    expect(lena.locator("#lease")).to_contain_text("Yours for")
    priya.keyboard.press("c")
    expect(priya.locator("#read-head .told.warn")).to_contain_text("Lena was quicker and has it for 3 min more.")
    expect(priya.locator("textarea#reply")).to_have_count(0)


def test_the_others_claim_shows_by_itself_and_nothing_moves(house: House, open_page: Open) -> None:
    house.seed.case("charged twice", "Otis Fenn", ago=48)
    house.seed.case("one flute", "Bo Lindgren", ago=5)
    lena, priya = open_page(house.person("lena")), open_page(house.person("priya"))
    lena.goto(house.address)
    priya.goto(house.address)
    tops = "[...document.querySelectorAll('.row')].map(r => Math.round(r.getBoundingClientRect().top))"
    before = priya.evaluate(tops)
    lena.keyboard.press("c")
    expect(priya.locator("#c1-w")).to_contain_text("Lena has it")
    assert priya.evaluate(tops) == before


def test_what_others_do_with_the_case_on_the_screen_changes_its_tools_and_never_the_words_one_writes(
    house: House, open_page: Open
) -> None:
    for number in range(3):
        house.seed.case("gate B14 is closed", f"Ada {number}", ago=10 + number)
    ben = house.person("ben")
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("c")
    page.locator("#reply").fill("Hello Ada, I am")
    expect(page.locator("#claim")).to_have_text("Yours c")
    shown = int(page.locator("#read").get_attribute("data-case") or 0)
    steps.claim(house.app, shown, ben.id or 0, take_over=True)
    expect(page.locator("#tools")).to_contain_text("Take over")
    expect(page.locator("#reply")).to_have_value("Hello Ada, I am")
    steps.resolve(house.app, shown, ben.id or 0)
    expect(page.locator("#tools")).to_contain_text("Reopen")
    page.locator(".row-link").nth(1).click()
    page.keyboard.press("x")
    page.click("[data-bulk=all]")
    house.seed.case("one more", "Bo Lindgren", ago=1)
    page.locator("#fresh").click()
    expect(page.locator("#bulk b")).to_have_text("2 chosen")  # who is resolved is gone, who is new is not chosen
    page.click("[data-bulk=snooze]")
    expect(page.locator("#bulk-told")).to_contain_text("2 cases snoozed.")
    expect(page.locator("#read-head")).to_contain_text("Snoozed until")


def test_what_the_platform_says_late_takes_no_words_away_from_who_lost_the_case_meanwhile(
    house: House, open_page: Open
) -> None:
    house.seed.case("gate B14 is closed", "Ada", ago=10)
    ben = house.person("ben")
    held: list[Route] = []
    page = open_page(house.person("lena"))
    page.route("**/cases/*/ways*", lambda route: held.append(route))
    page.goto(house.address)
    page.keyboard.press("c")
    page.locator("#reply").fill("Hello Ada, I am")
    expect(page.locator("#claim")).to_have_text("Yours c")
    steps.claim(house.app, int(page.locator("#read").get_attribute("data-case") or 0), ben.id or 0, take_over=True)
    expect(page.locator("#tools")).to_contain_text("Take over")
    with page.expect_response("**/ways*"):
        held[0].continue_()
    page.wait_for_timeout(150)
    expect(page.locator("#reply")).to_have_value("Hello Ada, I am")


def test_new_cases_wait_in_their_place_until_asked_for(house: House, open_page: Open) -> None:
    house.seed.case("early", "Ama Lowry", ago=5)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    expect(page.locator("#fresh")).to_be_hidden()
    house.seed.case("urgent", "Ada Marlow", ago=54)
    expect(page.locator("#fresh")).to_contain_text("1 new")
    expect(page.locator(".row")).to_have_count(1)
    page.keyboard.press(".")
    expect(page.locator(".row-link").first).to_have_text("Ada Marlow")
    expect(page.locator("#read-h")).to_have_text("Ama Lowry")
    expect(page.locator("#fresh")).to_be_hidden()


def test_who_comes_first_into_an_empty_list_is_shown_at_once(house: House, open_page: Open) -> None:
    page = open_page(house.person("lena"))
    page.goto(house.address)
    expect(page.locator(".row")).to_have_count(0)
    house.seed.case("urgent", "Ada Marlow", ago=54)
    expect(page.locator(".row-link")).to_have_text("Ada Marlow", timeout=13_000)
    expect(page.locator("#read-h")).to_have_text("Ada Marlow")
    expect(page.locator("#fresh")).to_be_hidden()


def test_held_live_updates_stand_still(house: House, open_page: Open) -> None:
    house.seed.case("early", "Ama Lowry", ago=5)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.keyboard.press("h")
    house.seed.case("urgent", "Ada Marlow", ago=54)
    page.wait_for_timeout(2_000)
    expect(page.locator("#fresh")).to_be_hidden()
    page.keyboard.press("h")
    expect(page.locator("#fresh")).to_contain_text("1 new", timeout=13_000)


def test_a_new_message_is_told_while_writing_and_the_box_is_left_alone(house: House, open_page: Open) -> None:
    case = house.seed.case("charged twice", "Otis Fenn", ago=48)
    page = open_page(house.person("lena"))
    page.goto(f"{house.address}/cases/{case}")
    page.keyboard.press("r")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type(KIND[:40])
    house.seed.says(case, "never mind, they paid it back")
    expect(page.locator("#newmsg")).to_contain_text("They wrote again")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type(KIND[40:])
    expect(page.locator("#send")).to_contain_text("Read it, then send")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".thread")).to_contain_text("never mind")
    expect(page.locator("#reply")).to_have_value(KIND)
    with house.app.db.read() as session:
        assert cases.replies(session, case) == []
    page.keyboard.press("Control+Enter")
    expect(page.locator(".outbox")).to_contain_text("Sending to")


def test_a_colleague_is_seen_writing(house: House, open_page: Open) -> None:
    case = house.seed.case("charged twice", "Otis Fenn", ago=48)
    lena, priya = open_page(house.person("lena")), open_page(house.person("priya"))
    lena.goto(f"{house.address}/cases/{case}")
    priya.goto(f"{house.address}/cases/{case}")
    expect(priya.locator("#presence")).to_contain_text("Lena is reading this", timeout=12_000)


def test_without_script_a_case_is_claimed_answered_and_resolved(house: House, open_page: Open) -> None:
    case = house.seed.case("charged twice", "Otis Fenn", ago=48)
    page = open_page(house.person("lena"), java_script_enabled=False)
    page.goto(house.address)
    page.get_by_role("link", name="Otis Fenn").click()
    page.get_by_role("button", name="Claim and write").click()
    page.get_by_role("textbox", name="Your reply, public").fill("Tell me your card number, please")
    page.locator("#send").click()
    expect(page.locator(".breach.is-stop")).to_be_visible()
    page.get_by_role("textbox", name="Your reply, public").fill(KIND)
    page.locator("#send").click()
    expect(page.locator(".outbox")).to_contain_text("Sending to Otis Fenn")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#reply")).to_have_value(KIND)
    page.locator("summary", has_text="Resolve").click()
    page.get_by_role("button", name="Solved").click()
    expect(page.locator("#read-head")).to_contain_text("Resolved.")
    with house.app.db.read() as session:
        found = cases.get(session, case)
        assert found is not None
        assert found.state == "resolved"


def test_on_a_phone_nothing_is_wider_than_the_screen(house: House, open_page: Open) -> None:
    house.seed.case("northwind lost it", "Ada Marlow" * 6, ago=54, term="northwind", tags=("a-long-label-here",))
    house.seed.case("a" * 4_000, "wren@harbor.example", ago=5)
    phone = {"viewport": {"width": 320, "height": 700}, "has_touch": True}
    page = open_page(house.person("lena"), **phone)
    for path in ("/", "/cases/1", "/cases/2", "/search?q=is:open"):
        page.goto(house.address + path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        small = page.evaluate(SMALL)
        assert small == [], path


def test_on_a_phone_a_case_is_opened_and_claimed(house: House, open_page: Open) -> None:
    house.seed.case("charged twice", "Otis Fenn", ago=48)
    page = open_page(house.person("lena"), viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(house.address)
    page.get_by_role("link", name="Otis Fenn").tap()
    page.wait_for_url("**/cases/1")
    page.locator(".dock a", has_text="Reply").tap()
    expect(page.locator("#reply")).to_be_focused()
    page.locator("#gift summary").tap()
    page.locator("#gift input[name=amount]").fill("168")
    page.locator("#gift input[name=because]").fill("charged twice")
    page.locator("#gift button").tap()
    expect(page.get_by_role("button", name="Ask a lead")).to_be_visible()
    words = page.locator("#read-head .told > span").bounding_box()
    assert words is not None
    assert words["width"] > 200, "the buttons stand below the words, not beside them"


def test_a_click_previews_and_a_second_one_opens(house: House, open_page: Open) -> None:
    house.seed.case("left us", "Ada Marlow", ago=54)
    house.seed.case("charged twice", "Otis Fenn", ago=48)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.locator("#c2").click()
    expect(page.locator("#read-h")).to_have_text("Otis Fenn")
    page.locator("#c2").dblclick()
    page.wait_for_url("**/cases/2")


def test_the_page_says_so_when_the_server_is_gone(house: House, open_page: Open) -> None:
    house.seed.case("charged twice", "Otis Fenn", ago=48)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    page.route("**/live/now*", lambda route: route.abort())
    house.seed.case("another", "Ada Marlow", ago=50)
    expect(page.locator("#status")).to_contain_text("No connection; clocks run on", timeout=13_000)


def test_a_clock_says_the_same_with_and_without_script(house: House, open_page: Open) -> None:
    for minutes in (5.5, 59.5, 72.5, 60 * 30.0, 60 * 24 * 9.0):
        house.seed.case("one", f"P {minutes}", ago=minutes, promised=60)
    lena = house.person("lena")
    said = "[...document.querySelectorAll('.row-time time')].map(t => t.textContent)"
    plain, quick = open_page(lena, java_script_enabled=False), open_page(lena)
    plain.goto(house.address)
    quick.goto(house.address)
    quick.wait_for_timeout(1_200)
    assert plain.locator(".row-time time").all_inner_texts() == quick.evaluate(said)


def test_a_log_out_elsewhere_ends_the_page(house: House, open_page: Open) -> None:
    house.seed.case("charged twice", "Otis Fenn", ago=48)
    page = open_page(house.person("lena"))
    page.goto(house.address)
    other = page.context.new_page()
    other.goto(f"{house.address}/search")
    other.get_by_role("button", name="Sign out").click()
    house.app.clock.sleep(timedelta(milliseconds=100))
    page.wait_for_url("**/login", timeout=15_000)


def test_a_name_in_a_table_opens_whom_it_names(house: House, open_page: Open) -> None:
    for number, name in enumerate(("Ada", "Bo", "Cal")):
        house.seed.case("late again", name, ago=50 - number)
    page = open_page(house.person("lena"))
    page.goto(f"{house.address}/customers")
    page.get_by_role("link", name="Ada").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada")
