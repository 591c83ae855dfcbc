"""The numbers in the rail: what waits on each page, behind the wall of brands, and true on a page that stays open."""

import re
from collections.abc import Callable

import pytest

from bot.app import App
from bot.store import incidents
from bot.store.tables_incidents import IncidentRow
from tests.web.conftest import Browser, hire
from tests.web.seed import BRAND, Seed, enter

Visit = Callable[[], Browser]


@pytest.fixture
def seed(app: App) -> Seed:
    return Seed(app)


def sitting(app: App, visit: Visit, name: str, role: str = "agent", brands: tuple[str, ...] = ()) -> Browser:
    browser = visit()
    enter(app, browser, hire(app, name, role, brands))
    return browser


def waiting(page: str) -> dict[str, str]:
    """The number on each page of the rail that has one."""
    found = re.findall(r'data-badge="([^"]+)">([\d,]+)', page)
    return dict(found)


def rise(app: App, brand: str = BRAND) -> None:
    now = app.clock.now()
    row = IncidentRow(
        brand=brand, title="cards", state="open", origin="theme", runs=[], started_at=now, proposed_at=now
    )
    with app.db.begin() as session:
        incidents.add(session, row, now, "earshot")


def test_the_rail_counts_what_waits_wherever_one_is(app: App, visit: Visit, seed: Seed) -> None:
    lena, ruth = sitting(app, visit, "lena"), sitting(app, visit, "ruth", "lead")
    assert waiting(lena.get("/search").text) == {}, "nothing waits, no noughts"
    key = seed.case("Northwind Air charged me twice")
    seed.case("Northwind Air lost my bag", "Otis Fenn")
    lena.post(f"/cases/{key}/claim")
    lena.post(f"/cases/{key}/ask", {"text": "Sorry, Ada. Both charges are ours; one goes back.", "from": "case"})
    rise(app)
    assert waiting(lena.get("/search").text) == {"/": "2", "/mine": "1", "/incidents": "1"}, (
        "her own asking is not hers"
    )
    assert waiting(ruth.get("/customers").text) == {"/": "2", "/incidents": "1", "/approvals": "1"}
    more = {"amount": "168", "kind": "refund", "because": "charged twice", "token": "t", "ask": "yes"}
    lena.post(f"/cases/{key}/give", more)
    assert waiting(ruth.get("/customers").text)["/approvals"] == "2", "money waits there too"
    assert "/approvals" not in waiting(sitting(app, visit, "otis").get("/search").text), "an agent decides on none"


def test_a_phones_tabs_count_too_and_more_counts_what_is_behind_it(app: App, visit: Visit, seed: Seed) -> None:
    lena, ruth = sitting(app, visit, "lena"), sitting(app, visit, "ruth", "lead")
    key = seed.case("Northwind Air charged me twice")
    lena.post(f"/cases/{key}/claim")
    lena.post(f"/cases/{key}/ask", {"text": "Sorry, Ada. Both charges are ours; one goes back.", "from": "case"})
    tabs = ruth.get("/").text.split('<nav class="tabs"')[1].split("</nav>")[0]
    assert waiting(tabs) == {"/": "1", "/approvals": "1"}
    assert re.search(r'href="/me"[^>]*>(?:(?!</a>).)*data-badge="/approvals">1', tabs, re.S), (
        "approvals lie behind More"
    )


def test_what_lies_behind_the_wall_is_not_counted(app: App, visit: Visit, seed: Seed) -> None:
    seed.case("Northwind Air charged me twice")
    rise(app)
    other = sitting(app, visit, "vera", "lead", ("Elsewhere",))
    assert waiting(other.get("/search").text) == {}


def test_a_page_that_stays_open_is_told_the_new_numbers(app: App, visit: Visit, seed: Seed) -> None:
    lena = sitting(app, visit, "lena")
    seed.case("Northwind Air charged me twice")
    rise(app)
    assert waiting(lena.get("/live/now").text) == {"/": "1", "/incidents": "1"}
