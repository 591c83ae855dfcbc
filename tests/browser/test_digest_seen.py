"""The digest as it is seen: its mail and its page at the widths of mail programs and phones, in light and dark."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from bot.core.beside import Act, Surge, Thrown, Trouble
from bot.core.misread import Measured, Misread
from bot.core.themes import Quote
from bot.digest import paint, render
from bot.digest.document import Document
from tests.unit.week_documents import AFTER, BASE, MONDAY, full

Look = Literal["light", "dark"]
LONG = "Kraftfahrzeughaftpflichtversicherung" * 3
OUTSIDE = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 0.5 || box.left < -0.5) && !one.closest(".sr")
    && getComputedStyle(one).visibility !== "hidden";
}).map((one) => `${one.tagName}.${one.className.baseVal ?? one.className} ${one.textContent.slice(0, 40)}`)"""
SHOWN = """() => [...document.images].filter((one) => one.getBoundingClientRect().width).map((one) =>
  ({alt: one.alt, name: one.parentElement.className, there: one.complete && one.naturalWidth > 0}))"""
CONTRAST = """() => { const look = (name) => getComputedStyle(document.querySelector(name));
  return [look("h1").color, look("body").backgroundColor]; }"""


def whole() -> Document:
    """A week with something in every part, and words that fit nowhere."""
    misread = Misread({"sentiment": Measured(2000, 0.756, 0.734, 0.776)}, toned=3, decided=90)
    quote = Quote("7", f"where is my {LONG}", "mastodon", MONDAY)
    posts = {"calm": ("1", "2"), "not-us": ("3",), "not-complaint": (), "looked-at": ("1",), "missed": ()}
    trouble = Trouble(1, f"Vouchers of {LONG}", "fixed", MONDAY, AFTER, 31, 29, 2)
    act = Act(1, "Lena", "She went back twice.", quote, "We found it.", quote)
    rose = Surge(
        7, "Lumo", f"complaints about {LONG}", 60.0, 5.0, timedelta(minutes=15), "high", {}, (LONG,), MONDAY, 1
    )
    thrown = Thrown(2, 1, 0, None, posts)
    return replace(full(), misread=misread, troubles=(trouble,), act=act, thrown=thrown, surges=(rose,))


@pytest.fixture
def sheet(chrome: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An empty page of a look and a width; nothing is fetched from anywhere."""
    look, wide = request.param
    context = chrome.new_context(viewport={"width": wide, "height": 900}, color_scheme=look, offline=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("sheet", [("light", 640), ("dark", 640), ("dark", 375)], indirect=True, ids=str)
def test_the_mail_fits_its_window_and_shows_the_pictures_of_its_look(
    sheet: Page, request: pytest.FixtureRequest
) -> None:
    look = request.node.callspec.params["sheet"][0]
    document = whole()
    _subject, mail, _plain, _files = render.email(document, BASE)
    sheet.set_content(paint.within(mail, paint.painted(render.pictures(document))))
    assert sheet.evaluate(OUTSIDE) == []
    assert sheet.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shown = sheet.evaluate(SHOWN)
    assert [(one["name"], one["there"]) for one in shown] == [(look, True)] * 3
    assert [one["alt"].split(":")[0] for one in shown] == ["Complaints a day", "Answered in time", "Share of voice"]
    assert sheet.evaluate(CONTRAST) == LIGHT_AND_DARK[look]
    assert sheet.get_by_text("Read by the built-in reader (1). The tone is read rightly in 76%").is_visible()


LIGHT_AND_DARK: dict[str, list[str]] = {
    "light": ["rgb(23, 28, 32)", "rgb(243, 245, 246)"],
    "dark": ["rgb(232, 235, 237)", "rgb(17, 20, 22)"],
}  # as bot/digest/styles.py has them: words on their ground


@pytest.mark.parametrize("sheet", [("light", 375), ("dark", 640)], indirect=True, ids=str)
def test_the_page_fits_its_window_and_says_in_words_what_its_pictures_show(sheet: Page) -> None:
    sheet.set_content(render.html(whole(), BASE))
    assert sheet.evaluate("document.documentElement.scrollWidth <= innerWidth"), sheet.evaluate(OUTSIDE)
    charts = sheet.locator("svg[role=img]")
    assert charts.count() >= 4
    assert all(sheet.locator("svg[role=img] > title").nth(n).text_content() for n in range(charts.count()))
    assert sheet.locator("h1").is_visible()
