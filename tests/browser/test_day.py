"""A day of fifty cases by keyboard alone: taken, answered, snoozed, handed on, asked about; no pointer, no lost word.

`make day` walks it and prints what it took; docs/performance.md keeps the last figures.
"""

from collections import Counter
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from bot.store import approvals, cases
from bot.store.tables import CaseRow
from tests.browser.house import House

Open = Callable[..., Page]
NAMES = (
    *("Ada", "Bo", "Cal", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jana", "Kai", "Lia", "Max", "Nora", "Ole"),
    *("Pia", "Quin", "Rosa", "Sam", "Tova", "Ugo", "Vera", "Wim", "Xena", "Yann", "Zoe", "Alba", "Bent", "Cleo"),
    *("Dirk", "Elin", "Finn", "Gerda", "Hugo", "Ines", "Jon", "Kira", "Lars", "Mila", "Nils", "Olga", "Paul", "Rita"),
    *("Sven", "Tess", "Udo", "Vito", "Wera", "Yves", "Zita"),
)
TROUBLES = (
    "charged me twice for seat", "lost the bag with my tent, row", "left us at the gate for hours, flight",
    "answers no mail of mine since booking", "put my child eleven rows away, seat",
    "cancelled the way back and kept the money of",
)  # fmt: skip
MISTAKEN = (
    "The northwind howls over the old lighthouse, ferries stay in",
    "Reading a fable tonight: the northwind and the sun",
    "Our boat is called Northwind, she is for sale", "Northwind chess club wins the league of the county",
    "A northwind of nine knots, cold enough for the last apples",
)  # fmt: skip
WORDS = (
    "your second charge goes back today", "the tent is in Oslo and flies to you tonight", "a bus waits at door four",
    "we found your mails under an old address", "you sit together now, in row nine", "the way back is paid again",
    "the crew has your jacket at desk two", "your pram was put on the wrong belt", "row six has the room you paid for",
    "our map was wrong and is mended", "the child’s meal is ordered by hand now", "a colleague at the gate knows you",
    "the voucher was typed with a wrong letter", "your dog’s box is heated, we asked", "the name is spelt right again",
    "the train ticket counts on our plane too", "we moved you to the early flight", "the flute is off the hotline",
    "your wheelchair is in the cabin", "the app shows the true gate since noon", "seat and invoice agree now",
    "both bags are on one tag", "the fee for the violin is gone", "the lounge lets your father in",
    "the refund left us on Tuesday", "we rang the hotel, the room is yours", "the visa desk has your scan",
)  # fmt: skip
DEEDS = ("answer",) * 27 + ("snooze",) * 6 + ("not us",) * 5 + ("hand on",) * 6 + ("ask",) * 3 + ("resolve",) * 3


class Day:
    """Lena at her desk: what she presses is counted, and what she wrote is remembered."""

    def __init__(self, house: House, page: Page) -> None:
        self.house, self.page, self.keys = house, page, 0
        self.wrote: dict[int, str] = {}
        self.did: Counter[str] = Counter()

    def press(self, *keys: str) -> None:
        """Press these, one after the other."""
        for key in keys:
            self.keys += 1
            self.page.keyboard.press(key)

    def write(self, words: str) -> None:
        """Type them where the focus is."""
        self.keys += len(words)
        self.page.keyboard.type(words)

    def take(self) -> int:
        """The next case; its number."""
        before = self.page.locator("#read").get_attribute("data-case") or ""
        self.press("f")
        expect(self.page.locator("#read-head")).to_contain_text("Yours: the case where being early helps most.")
        expect(self.page.locator("#read")).not_to_have_attribute("data-case", before if self.did else "")
        shown = self.page.locator("#read").get_attribute("data-case")
        assert shown is not None
        return int(shown)

    def answer(self, case: int, name: str, words: str) -> None:
        """Write, look at another case and come back, send."""
        self.press("r")
        expect(self.page.locator("#reply")).to_be_focused()
        half = len(words) // 2
        self.write(words[:half])
        if case % 9 == 0:  # the customer writes on meanwhile: it is read before anything is sent
            self.house.seed.says(case, "and one thing more")
            expect(self.page.locator("#newmsg")).to_contain_text("They wrote again")
        self.write(words[half:])
        if case % 9 == 0:
            self.press("Control+Enter")
            expect(self.page.locator(".thread")).to_contain_text("and one thing more")
        self.press("Control+Enter")
        expect(self.page.locator("#outbox")).to_contain_text(f"Sending to {name}")
        self.wrote[case] = words

    def ask(self, case: int, name: str) -> None:
        """Beyond what she may give: a lead is asked."""
        words = f"That is on us, {name}. I refund you €{160 + case} for all of it. Lena"
        self.press("r")
        expect(self.page.locator("#reply")).to_be_focused()
        self.write(words)
        self.press("Control+Enter")
        expect(self.page.locator('button[formaction$="/ask"]')).to_be_focused()
        self.press("Enter")
        expect(self.page.locator("#question")).to_contain_text("Lena asks")
        self.wrote[case] = words

    def hand_on(self, case: int, name: str) -> None:
        """With a note, to Ruth."""
        self.press("w")
        expect(self.page.locator("details.menu[open] textarea")).to_be_focused()
        self.write(f"{name} is of your town, please ring")
        self.press("Control+Enter")
        expect(self.page.locator(".jot")).to_contain_text(f"{name} is of your town, please ring")
        self.press("a")
        expect(self.page.locator("details.menu[open] select")).to_be_focused()
        self.press("ArrowDown", "Tab", "Enter")
        expect(self.page.locator("#read-head .told")).to_contain_text("Assigned.")

    def settle(self, letter: str, told: str) -> None:
        """One letter, and the first thing it offers."""
        self.press(letter)
        if letter != "n":
            expect(self.page.locator("details.menu[open] button").first).to_be_focused()
            self.press("Enter")
        expect(self.page.locator("#read-head")).to_contain_text(told)

    def work(self, case: int, name: str, deed: str, words: str) -> None:
        """One case, as it comes."""
        if deed == "answer":
            self.answer(case, name, f"Hello {name}, {words}. Lena")
        elif deed == "ask":
            self.ask(case, name)
        elif deed == "hand on":
            self.hand_on(case, name)
        else:
            self.settle({"snooze": "s", "not us": "n", "resolve": "e"}[deed],
                        {"snooze": "Snoozed", "not us": "Not us.", "resolve": "Resolved."}[deed])  # fmt: skip
        self.did[deed] += 1


@pytest.mark.slow
def test_fifty_cases_are_worked_by_keyboard_alone(
    house: House, open_page: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    plan: dict[int, tuple[str, str]] = {}
    for number, (name, deed) in enumerate(zip(NAMES, DEEDS, strict=True)):
        said = f"Northwind Air {TROUBLES[number % 6]} {number + 3}{'ABCD'[number % 4]}"
        text = MISTAKEN[DEEDS[:number].count("not us")] if deed == "not us" else said
        plan[house.seed.case(text, name, ago=5 + number, promised=600)] = (name, deed)
    house.seed.case("one more who waits at the end of the day", "Last One", ago=1, promised=600)
    lena, ruth = house.person("lena"), house.person("ruth", "lead")
    page, boss = open_page(lena), open_page(ruth)
    for one in (page, boss):
        one.add_init_script("""for (const what of ["pointerdown", "mousedown", "touchstart"])
          addEventListener(what, () => { window.pointed = (window.pointed || 0) + 1; }, true)""")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/live" not in request.url else None)
    page.goto(house.address)
    day, words = Day(house, page), iter(WORDS)
    began = house.app.clock.monotonic()
    for _ in range(50):
        case = day.take()
        name, deed = plan.pop(case)
        day.work(case, name, deed, next(words) if deed == "answer" else "")
        assert page.evaluate("document.activeElement !== document.body"), f"after {deed} the focus is lost"
    took = house.app.clock.monotonic() - began
    boss.goto(f"{house.address}/approvals")
    for left in (2, 1, 0):
        boss.keyboard.press("y")
        expect(boss.locator(".told.good")).to_contain_text("Agreed.")
        expect(boss.locator("article.approval")).to_have_count(left)
    assert plan == {}
    with house.app.db.read() as session:
        sent = {case: [reply.text for reply in cases.replies(session, case)] for case in day.wrote}
        assert sent == {case: [text] for case, text in day.wrote.items()}  # each word once, and in the right case
        states = Counter(session.get(CaseRow, case).state for case in range(1, 51))  # type: ignore[union-attr]
        assert approvals.waiting(session, None) == []
    assert [one.evaluate("window.pointed || 0") for one in (page, boss)] == [0, 0]
    assert states["snoozed"] == 6
    with capsys.disabled():
        print(f"\n50 cases ({', '.join(f'{many} {deed}' for deed, many in day.did.items())}): {day.keys:,} keys, "
              f"{len(asked) / 50:.1f} requests a case, {sum(map(len, day.wrote.values())):,} letters sent, "
              f"0 lost, 0 pointer events, {took / 50:.1f} s a case as typed by a machine.")  # fmt: skip
