"""A real Chromium against a real server on loopback. Skipped with a plain message where there is no Chromium."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bot.store.tables_house import AccountRow
from tests.browser.house import CHROMIUM, FLAGS, House, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the browser."""
    there = Path(CHROMIUM).exists()
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not there:
                item.add_marker(pytest.mark.skip(reason=f"no Chromium at {CHROMIUM} (apt-get install chromium)"))


@pytest.fixture
def house(tmp_path: Path, empty_database: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """One with the usual settings; a test may ask for others by parametrizing it indirectly."""
    shutil.copy(empty_database, tmp_path / "earshot.sqlite")
    with running(tmp_path, **getattr(request, "param", {})) as house:
        yield house


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(house: House, chrome: Browser) -> Iterator[Callable[..., Page]]:
    """A page of a person; what the browser complained of is an error of the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(account: AccountRow, **options: Any) -> Page:
        context = chrome.new_context(**({"viewport": {"width": 1440, "height": 900}} | options))
        context.set_default_timeout(8_000)
        contexts.append(context)
        page = house.enter(context, account)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said.text) else None)
        page.on("dialog", lambda dialog: (complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def _is_complaint(text: str) -> bool:
    return "Content Security Policy" in text or "Uncaught" in text or "TypeError" in text
