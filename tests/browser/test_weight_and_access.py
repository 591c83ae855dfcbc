"""What the first look at the queue weighs on the wire, and that axe-core finds nothing, in light and dark."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from bot.store.tables import SourceRow
from bot.store.tables_answering import SnippetRow
from bot.store.tables_desk import HookRow
from bot.store.tables_house import DeliveryRow
from bot.store.tables_telling import OverrideRow, QuietRow, RotaRow, RouteRow
from tests.browser.house import House
from tests.web.seed import BRAND

Open = Callable[..., Page]
LIGHTEST = 150_000  # bytes of a first load: page, styles, scripts, icon
SAID = "Northwind lost my violin on the way to Oslo and nobody answers the line, this is the third time"


def full(house: House) -> None:
    """Every section of the queue with more rows than it shows, and one of each thing a case can have."""
    for number in range(30):
        for ago in (50, 70, 10):
            house.seed.case(f"{SAID} {number}", f"Ada Marlow {number}", ago=ago, term="Northwind", tags=("bags",))


def test_the_first_look_at_a_full_queue_is_light(house: House, open_page: Open) -> None:
    full(house)
    page = open_page(house.person("lena"))
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: dict[str, int] = {}
    names: dict[str, str] = {}
    session.on("Network.responseReceived", lambda e: names.update({e["requestId"]: e["response"]["url"]}))
    session.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: int(e["encodedDataLength"])}))
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(house.address)
    page.wait_for_timeout(800)
    weighed = {names.get(key, key): size for key, size in sizes.items()}
    assert sum(weighed.values()) <= LIGHTEST, weighed
    assert sum(weighed.values()) > 20_000, "this measured nothing"
    assert page.locator(".row").count() == 75
    assert all(answer.url.startswith(house.address) for answer in answers)  # nothing from anywhere else


def telling(house: House, by: int) -> None:
    """A rule, a quiet hour, a rota with a swap, hooks in and out with what they were told, material, a question."""
    now = house.app.clock.now()
    day = timedelta(days=1)
    with house.app.db.begin() as session:
        session.add(RouteRow(position=1, name="Billing", responder="ntfy", address="night", changed_at=now))
        session.add(QuietRow(why="The yearly fair", from_at=now - day, until_at=now + day, by=by, created_at=now))
        rota = RotaRow(name="Nights", starts_on=now.date().isoformat(), people=[by], changed_at=now)
        session.add(rota)
        session.flush()
        swap = OverrideRow(rota_id=rota.id or 0, account_id=by, from_at=now, until_at=now + day, created_at=now)
        session.add(swap)
        url = f"https://desk.test/{'in' * 40}"
        hook = HookRow(name="Desk", url=url, whats=["case.opened"], secret="", by=by, at=now)
        session.add(hook)
        session.flush()
        session.add(DeliveryRow(
            key=f"hook:{hook.id}:1", kind="hook", audience="hook", responder="webhook", address=str(hook.id),
            text='{"type": "case.opened", "subject": "case:1"}', state="refused", error="It answered 500.", tries=12,
            created_at=now, next_try_at=now,
        ))  # fmt: skip
        session.add(DeliveryRow(
            key="new:case:1", kind="new", audience="team", responder="slack", address="#care", case_id=1, tries=3,
            state="refused", error="channel_is_archived " * 3, created_at=now, next_try_at=now,
        ))  # fmt: skip
        session.add(SnippetRow(brand=BRAND, name="Late bags", text="What we know", tag="bags", by=by, changed_at=now))
        session.add(SourceRow(name="reviews", connector="webhook", every_s=60, started_at=now, next_poll_at=now))


LOUD = {"slack": {"bot_token": "xoxb-1", "room": "#care"}, "ntfy": {"topics": ["night"]}}


@pytest.mark.parametrize("house", [LOUD], indirect=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(house: House, open_page: Open, theme: str) -> None:
    full(house)
    boss = house.person("lena", "admin")
    page = open_page(boss, color_scheme=theme, reduced_motion="reduce")
    house.seed.note(1, boss.id or 0, "@lena, ring the depot")
    telling(house, boss.id or 0)
    now = house.app.clock.now()
    house.seed.case(SAID, "Bo Lindgren", ago=40, state="waiting", answered_at=now, first_answered_at=now)
    found: dict[str, Any] = {}
    for path in (
        "/", "/cases/1", "/customers", "/customers/1", "/customers/1/erase", "/search", "/search?q=is:open", "/me",
        "/shifts", "/calls", "/people", "/brands", "/audit", "/channels", "/oncall", "/webhooks", "/approvals",
        "/goodwill", "/material", "/drills", "/?view=theirs", "/search?q=violin", "/sources", "/incidents",
    ):  # fmt: skip
        answer = page.goto(house.address + path)
        assert answer is not None
        assert answer.status == 200, path
        if path == "/cases/1":
            for menu in page.locator("details.menu > summary").all():
                if menu.is_visible():
                    menu.click()
                    found |= faults(page, f"{path} {menu.inner_text()}")
        found |= faults(page, path)
        found |= too_wide(page, path)
    page.context.clear_cookies()
    page.goto(f"{house.address}/login")
    found |= faults(page, "/login")
    assert found == {}


def faults(page: Page, where: str) -> dict[str, Any]:
    """What axe-core objects to, by rule, with the elements."""
    told = Axe().run(page).response["violations"]
    return {f"{where}: {one['id']}": [node["html"][:160] for node in one["nodes"][:3]] for one in told}


def too_wide(page: Page, where: str) -> dict[str, Any]:
    """By how many pixels a phone of 390 would scroll sideways."""
    usual = page.viewport_size or {"width": 1440, "height": 900}
    page.set_viewport_size({"width": 390, "height": 844})
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.set_viewport_size(usual)
    return {f"{where} at 390 px": f"{over} px too wide"} if over > 0 else {}
