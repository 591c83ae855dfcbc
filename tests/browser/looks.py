"""What one sees wrong with a page: axe-core's objections, a page too wide, words cut off, targets too small."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
_RUN = """(rules) => axe.run(rules ? {runOnly: rules} : {}).then((told) =>
  told.violations.map((one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160))]))"""
COLOURS = ["color-contrast", "link-in-text-block"]  # all that another theme can change

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def faults(page: Page, where: str, rules: list[str] | None = None) -> dict[str, Any]:
    """What axe-core objects to, by rule, with the elements; of all its rules or of these."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    return {f"{where}: {rule}": nodes for rule, nodes in page.evaluate(_RUN, rules)}


def too_wide(page: Page, where: str) -> dict[str, Any]:
    """By how many pixels a phone of 390 would scroll sideways."""
    usual = page.viewport_size or {"width": 1440, "height": 900}
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    over = page.evaluate(WIDER)
    page.set_viewport_size(usual)
    return {f"{where} at 390 px": f"{over} px too wide"} if over > 0 else {}


def in_both_themes(page: Page, where: str) -> dict[str, Any]:
    """What axe-core objects to by day, and what of it another theme changes by night. The page is loaded once."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = faults(page, f"{where}, light")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return found | faults(page, f"{where}, dark", COLOURS)


# What a thumb presses: its own box, or that of the label around it. A link in a sentence is as high as the sentence.
_SMALL = """(least) => [...document.querySelectorAll(`main button, main a.btn, main summary, main select, main textarea,
    main input:not([type=hidden]), .top button, .top a.btn, .top summary, .tabs a, .dock a, .dock button, .views a`)]
  .filter((one) => one.checkVisibility() && !one.closest("[hidden], dialog:not([open]), .skip"))
  .map((one) => [one, (one.closest("label") || one).getBoundingClientRect()])
  .filter(([, box]) => box.width && box.height && box.height < least - 0.5)
  .map(([one, box]) => `${one.tagName} ${(one.textContent.trim() || one.name || "").slice(0, 30)} ${box.height}`)"""
THUMB = 44  # pixels that a thumb hits


def small(page: Page, where: str, least: int = THUMB) -> dict[str, Any]:
    """What is lower than a thumb needs."""
    found = page.evaluate(_SMALL, least)
    return {f"{where}: too small": found} if found else {}
