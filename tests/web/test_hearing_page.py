"""What the sources page and the queue's band say of hearing: the share, the costs, the cap, what a connector notes."""

from collections.abc import Callable
from datetime import timedelta

from bot.app import App
from bot.store import clocks, gaps, sources
from bot.store.tables import SourceRow
from bot.store.tables_hearing import CostRow
from tests.web.conftest import NOON, Browser, hire

HOUR = timedelta(hours=1)


def heard(app: App, **more: object) -> None:
    with app.db.begin() as session:
        row = SourceRow(name="x", connector="x", started_at=NOON - 24 * HOUR, next_poll_at=NOON, polled_at=NOON,
                        heard_at=NOON, spent=31.2, **more)  # fmt: skip
        sources.save(session, row)
        gaps.cover(session, "x", NOON - 24 * HOUR, NOON)
        for query, dollars in (("acme <b>", 22.4), ("parcels", 8.8)):
            session.add(CostRow(source="x", query=query, day="2026-10-13", dollars=dollars, posts=10))


def page(visit: Callable[[], Browser], path: str) -> str:
    browser = visit()
    browser.log_in("ann")
    return browser.get(path).text


def test_the_page_says_the_share_the_costs_and_who_waits(app: App, visit: Callable[[], Browser]) -> None:
    heard(app, monthly_cap=40.0, notice="It has moved <i>for good</i>.")
    hire(app, "ann", "admin")
    text = page(visit, "/sources")
    assert "The last 24 hours: heard 100%" in text
    assert "cap $40.00" in text
    assert "$31.20" in text
    assert "acme &lt;b&gt; · waits, to stay under the cap" in text
    assert "It has moved &lt;i&gt;for good&lt;/i&gt;." in text
    assert "To stay under the monthly cap, 1 of 2 queries wait; the rest is read as ever." in text


def test_near_its_cap_a_source_says_what_still_runs(app: App, visit: Callable[[], Browser]) -> None:
    heard(app, monthly_cap=33.0)
    with app.db.begin() as session:
        session.add(CostRow(source="x", query="", day="2026-10-13", dollars=1.0, posts=10))
    hire(app, "ann", "admin")
    text = page(visit, "/sources")
    assert "· Saving" in text
    assert (
        "The monthly cap is nearly reached: only your own account&#39;s timelines are read until the new month" in text
    )
    assert "cap $33.00: nearly reached" in text


def test_who_sees_some_brands_only_sees_no_costs(app: App, visit: Callable[[], Browser]) -> None:
    heard(app)
    hire(app, "ann", "admin", ("Acme",))
    assert "What hearing costs" not in page(visit, "/sources")


def test_the_queue_says_what_was_lost_and_that_the_clock_was_ahead(app: App, visit: Callable[[], Browser]) -> None:
    heard(app)
    with app.db.begin() as session:
        gaps.open_gap(session, "x", NOON - 5 * HOUR, NOON - 4 * HOUR, "beyond", NOON, "lost")
        clocks.was_ahead(session, "x", NOON + HOUR, NOON)
    hire(app, "ann")
    text = page(visit, "/")
    assert "Heard 95.8% of the last 24 hours." in text
    assert "1 h of x lost for good" in text
    assert "The clock was ahead" in text


def test_a_cap_is_set_with_the_source_and_must_be_a_number(app: App, visit: Callable[[], Browser]) -> None:
    heard(app)
    hire(app, "ann", "admin")
    browser = visit()
    browser.log_in("ann")
    assert 'name="monthly_cap"' in browser.get("/sources/x").text
    form = {"act": "save", "anyway": "yes", "every_s": "60", "source_name": "x"}
    assert browser.post("/sources/x", form | {"monthly_cap": "much"}).status_code == 422
    assert browser.post("/sources/x", form | {"monthly_cap": "$25.50"}).status_code == 303
    with app.db.read() as session:
        row = sources.get(session, "x")
    assert row is not None
    assert row.monthly_cap == 25.5
