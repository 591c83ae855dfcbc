"""Correcting and auditing by keys in a real browser, and what axe-core says of the pages."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page

from bot.core.brand import Brand
from bot.steps import audit
from bot.store import brands, cases
from bot.store.tables import MentionRow, PostRow, ReadingRow
from tests.browser.house import House
from tests.browser.looks import faults, in_both_themes, too_wide
from tests.web.seed import BRAND

Open = Callable[..., Page]
GALE = "The northwind blows over the old lighthouse, ferries cancelled and the harbour road closed"


def discard(house: House, number: int) -> None:
    """A post nobody was shown, just below the bar."""
    at = house.app.clock.now() - timedelta(minutes=5)
    with house.app.db.begin() as session:
        post = PostRow(platform="rss", native_id=f"d{number}", source="rss", text=f"Northwind Air took {number}",
                       author_handle="bo", created_at=at, heard_at=at, next_try_at=at, matched_at=at)  # fmt: skip
        session.add(post)
        session.flush()
        row = MentionRow(post_id=post.id, brand=BRAND, platform="rss", tagged=False, relevance=0.9, created_at=at,
                         heard_at=at, next_try_at=at, read_at=at, triaged_at=at, verdict="calm",
                         complaint=0.25)  # fmt: skip
        session.add(row)
        session.flush()
        read = ReadingRow(mention_id=row.id, reader="words", version="1", negative=0.3, neutral=0.6, positive=0.1,
                          complaint=0.25, urgency=0.1, read_at=at)  # fmt: skip
        session.add(read)
        session.flush()
        row.reading_id = read.id


def test_one_key_corrects_and_the_pages_have_nothing_for_axe(house: House, open_page: Open) -> None:
    with house.app.db.begin() as session:
        brand = Brand(name=BRAND, names=("Northwind",))
        brands.save(session, brand, "web", house.app.clock.now(), "test")
    first, like = house.seed.case(GALE, "Tom Gale"), house.seed.case(f"{GALE} again", "Mia Storm")
    toned = house.seed.case("Northwind Air, great, another delay", "Ada Marlow")
    for number in range(3):
        discard(house, number)
    audit.draw(house.app, brand)
    page = open_page(house.person("ruth", "admin"))

    page.goto(f"{house.address}/cases/{toned}")
    page.keyboard.press("i")
    page.locator("button:focus", has_text="Neutral").wait_for()
    page.keyboard.press("Enter")
    page.locator("#read-head").get_by_text("are read as neutral in tone").wait_for()
    page.keyboard.press("u")
    page.locator("#read-head").get_by_text("Back in the queue").wait_for()

    page.goto(f"{house.address}/cases/{first}")
    page.keyboard.press("d")
    page.locator("#read-head").get_by_text("1 case like it left the queue too").wait_for()
    with house.app.db.read() as session:
        assert [row.resolved_how for key in (first, like) if (row := cases.get(session, key))] == ["not_complaint"] * 2

    page.goto(f"{house.address}/audit/missed")
    said = [page.locator(".drawn .said").inner_text()]
    page.keyboard.press("n")
    page.get_by_text("Post 2 of 3").wait_for()
    said.append(page.locator(".drawn .said").inner_text())
    page.keyboard.press("y")
    page.get_by_text("Queue from 0.25 instead of 0.3").wait_for()
    found = faults(page, "judged")
    page.keyboard.press("j")
    page.get_by_text("Post 3 of 3").wait_for()
    assert len({*said, page.locator(".drawn .said").inner_text()}) == 3

    for path in ("/audit/missed", f"/brands/{BRAND}/corrections", f"/brands/{BRAND}/bar?n=20"):
        page.goto(f"{house.address}{path}")
        found |= in_both_themes(page, path) | too_wide(page, path)
    assert found == {}
