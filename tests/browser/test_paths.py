"""The ten paths that an agent walks, each by keyboard alone and each by thumb on a phone of 390 pixels.

One press of a letter is one tap on the button that shows it: what the one hand can do, the other can.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.store import cases
from tests.browser.house import House
from tests.browser.looks import PHONE, WIDER, small

Open = Callable[..., Page]
KIND = "That is on us, Otis. Both charges are ours, and the second one goes back. Lena"
ASKS = "Tell me your card number, please"
BEYOND = "That is on us, Otis. I refund you €168 and you will have it by Thursday. Lena"
# Where the focus is, if it can be seen there: the outline of the thing itself, of what holds it, or of its row.
SEEN = """() => { const at = document.activeElement;
  const drawn = (one, part) => one && getComputedStyle(one, part).outlineStyle !== "none";
  return at !== document.body && (drawn(at) || drawn(at, "::after") || drawn(at.closest(".paper"))); }"""


@dataclass
class Keyboard:
    """Letters, Tab and Enter."""

    page: Page

    def act(self, letter: str) -> None:
        """Do what a letter does."""
        self.page.keyboard.press(letter)

    def choose(self, button: Locator) -> None:
        """Go to it with Tab, as often as it takes, and press it."""
        for _ in range(40):
            if button.evaluate("(one) => one === document.activeElement"):
                assert self.page.evaluate(SEEN), "the focus cannot be seen"
                self.page.keyboard.press("Enter")
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not come to {button}")

    def write(self, box: Locator, words: str) -> None:
        """The box has the focus already; what stands in it is replaced."""
        expect(box).to_be_focused()
        assert self.page.evaluate(SEEN), "the focus cannot be seen"
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(words)

    def send(self) -> None:
        """Send what is written."""
        self.page.keyboard.press("Control+Enter")

    def fits(self, where: str) -> None:
        """The focus is somewhere."""
        assert self.page.evaluate("document.activeElement !== document.body"), f"{where}: the focus is lost"


@dataclass
class Thumb:
    """Taps."""

    page: Page

    def act(self, letter: str) -> None:
        """Tap the button that has this letter."""
        self.page.locator(f'main [aria-keyshortcuts="{letter}"]:visible').first.tap()

    def choose(self, button: Locator) -> None:
        """Tap it."""
        button.tap()

    def write(self, box: Locator, words: str) -> None:
        """Tap into the box and write; what stands in it is replaced."""
        box.tap()
        box.fill(words)

    def send(self) -> None:
        """Send what is written."""
        self.page.locator("#send").tap()

    def fits(self, where: str) -> None:
        """Nothing is wider than the screen, and all of it can be hit."""
        assert self.page.evaluate(WIDER) <= 0, where
        assert small(self.page, where) == {}


Hands = Keyboard | Thumb


def answers_and_takes_back(page: Page, hands: Hands) -> None:
    hands.act("r")
    hands.write(page.locator("#reply"), ASKS)
    hands.send()
    expect(page.locator(".breach :focus")).to_have_count(1)  # a boundary stops it, and the focus is at a way out
    hands.fits("stopped")
    hands.choose(page.locator(".breach.is-stop button").first)
    hands.write(page.locator("#reply"), KIND)
    hands.send()
    expect(page.locator(".outbox")).to_contain_text("Sending to Otis Fenn")
    hands.fits("on its way")
    hands.act("u")
    expect(page.locator("#reply")).to_have_value(KIND)


def asks_a_lead(page: Page, hands: Hands) -> None:
    hands.act("r")
    hands.write(page.locator("#reply"), BEYOND)
    hands.send()
    expect(page.locator('button[formaction$="/ask"]')).to_be_focused()
    hands.choose(page.locator('button[formaction$="/ask"]'))
    expect(page.locator("#question")).to_contain_text("Lena asks")
    hands.fits("asked")
    hands.choose(page.get_by_role("button", name="Take it back and write on"))
    expect(page.locator("#reply")).to_have_value(BEYOND)
    if isinstance(hands, Keyboard):
        page.keyboard.press("Escape")


def makes_it_right(page: Page, hands: Hands) -> None:
    hands.act("m")
    hands.fits("making it right")
    hands.write(page.locator("#gift input[name=amount]"), "20")
    if isinstance(hands, Keyboard):
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
    hands.write(page.locator("#gift input[name=because]"), "charged twice")
    hands.choose(page.get_by_role("button", name="Give it"))
    expect(page.locator("#read-head .told")).to_contain_text("Promised.")


def notes_and_tags(page: Page, hands: Hands) -> None:
    hands.act("w")
    hands.fits("a note")
    hands.write(page.locator("details.menu[open] textarea"), "@ruth, look at this")
    hands.choose(page.get_by_role("button", name="Keep the note"))
    expect(page.locator(".jot")).to_contain_text("look at this")
    hands.act("t")
    hands.write(page.locator("input[name=tag]"), "billing")
    hands.choose(page.get_by_role("button", name="Add", exact=True))
    expect(page.locator("#read-head .row-tag")).to_have_text("billing")
    hands.fits("tagged")


def snoozes_and_wakes(page: Page, hands: Hands) -> None:
    hands.act("s")
    hands.fits("snoozing")
    if isinstance(hands, Keyboard):
        page.keyboard.press("Escape")
        expect(page.locator("details.menu[open]")).to_have_count(0)
        expect(page.locator('summary[aria-keyshortcuts="s"]')).to_be_focused()
        hands.act("s")
    hands.choose(page.locator("button[value='1h']"))
    expect(page.locator("#read-head")).to_contain_text("Snoozed")
    hands.act("s")
    expect(page.locator("#read-head")).not_to_contain_text("Snoozed")
    hands.fits("awake")


def is_not_us_after_all(page: Page, hands: Hands) -> None:
    hands.act("n")
    expect(page.locator("#read-head")).to_contain_text("Not us.")
    hands.fits("not us")
    hands.act("u")
    expect(page.locator("#read-head")).to_contain_text("Back in the queue")


def hands_it_on(page: Page, hands: Hands) -> None:
    hands.act("a")
    page.locator("details.menu[open] select").select_option(label="Ruth")
    hands.fits("assigning")
    hands.choose(page.get_by_role("button", name="Assign", exact=True))
    expect(page.locator("#read-head .told")).to_contain_text("Assigned.")
    hands.act("c")
    expect(page.locator("#lease")).to_contain_text("Yours for")
    hands.act("c")
    expect(page.locator("#claim")).to_contain_text("Claim")
    hands.fits("given back")


def resolves_and_reopens(page: Page, hands: Hands) -> None:
    hands.act("e")
    hands.fits("resolving")
    hands.choose(page.get_by_role("button", name="Solved"))
    expect(page.locator("#read-head")).to_contain_text("Resolved.")
    hands.act("e")
    expect(page.locator('summary[aria-keyshortcuts="e"]')).to_be_visible()
    hands.fits("open again")


PATHS = (
    answers_and_takes_back, asks_a_lead, makes_it_right, notes_and_tags, snoozes_and_wakes, is_not_us_after_all,
    hands_it_on, resolves_and_reopens,
)  # fmt: skip


def searched(page: Page, hands: Hands) -> None:
    if isinstance(hands, Keyboard):
        page.keyboard.press("/")
        page.wait_for_url("**/search")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("charged")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?*")
        page.keyboard.press("Tab")
    else:
        page.locator(".tabs a", has_text="Search").tap()
        page.get_by_role("searchbox").fill("charged")
        page.get_by_role("button", name="Search").tap()
    expect(page.locator(".rows")).to_contain_text("Otis Fenn")
    hands.fits("found")


@pytest.mark.parametrize("hand", [Keyboard, Thumb])
def test_the_paths_of_an_agent_are_walked_with_one_hand(house: House, open_page: Open, hand: type[Hands]) -> None:
    case = house.seed.case("Northwind charged me twice for seat 14A", "Otis Fenn", ago=30, promised=240)
    lena = house.person("lena")
    house.person("ruth", "lead")
    page = open_page(lena, **({"viewport": PHONE, "has_touch": True, "is_mobile": True} if hand is Thumb else {}))
    hands = hand(page)
    page.goto(house.address)
    row = page.get_by_role("link", name="Otis Fenn")
    if isinstance(hands, Keyboard):
        page.keyboard.press("k")
        expect(row).to_be_focused()
        assert page.evaluate(SEEN), "the focus cannot be seen"
        page.keyboard.press("Enter")
    else:
        hands.fits("the queue")
        row.tap()
    page.wait_for_url(f"**/cases/{case}")
    hands.fits("the case") if isinstance(hands, Thumb) else None
    for path in PATHS:
        path(page, hands)
    with house.app.db.read() as session:
        found = cases.get(session, case)
        assert found is not None
        assert (found.state, cases.tags(session, case)) == ("new", ["billing"])
    if isinstance(hands, Keyboard):
        page.keyboard.press("Escape")
    else:
        page.locator("[data-back]").first.tap()
    page.wait_for_url("**/?at=*")
    searched(page, hands)
