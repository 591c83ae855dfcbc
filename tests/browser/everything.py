"""One of each thing that a page can show, and the address of every page: for whoever looks at all of them."""

from datetime import timedelta

from bot.core.brand import Brand
from bot.core.topics import Group
from bot.core.week import Week
from bot.steps import audit, declare, same_cause
from bot.store import drills, spikes, topics
from bot.store.tables import SourceRow
from bot.store.tables_answering import SnippetRow
from bot.store.tables_desk import HookRow
from bot.store.tables_house import DeliveryRow
from bot.store.tables_incidents import SpikeRow
from bot.store.tables_telling import OverrideRow, QuietRow, RotaRow, RouteRow
from tests.browser.house import House
from tests.web.seed import BRAND
from tests.web.test_drills import FACTS

SAID = "Northwind lost my violin on the way to Oslo and nobody answers the line, this is the third time"
LOUD = {"slack": {"bot_token": "xoxb-1", "room": "#care"}, "ntfy": {"topics": ["night"]}}  # settings that tell a team


def full(house: House, sections: tuple[int, ...] = (50, 70, 10)) -> None:
    """Sections of the queue with more rows than they show, and one of each thing a case can have."""
    for number in range(30):
        for ago in sections:
            house.seed.case(f"{SAID} {number}", f"Ada Marlow {number}", ago=ago, term="Northwind", tags=("bags",))


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


def common(house: House, by: int) -> None:
    """A spike, incidents one of which was joined, a topic, a drill that was played, posts drawn for the audit."""
    now, app = house.app.clock.now(), house.app
    with app.db.begin() as session:
        spikes.add(session, SpikeRow(
            brand=BRAND, series="mentions", at=now - timedelta(hours=1), severity="high", size=9.0, seen=60.0,
            expected=5.0, over_s=900, places={"mastodon": 57, "bluesky": 3}, words=["lost my violin"], posts=[1, 2],
        ))  # fmt: skip
        topics.add(session, BRAND, Group((), "late bags", {"bags": 1.0}), now)
        drills.keep(session, "outage-friday", now - timedelta(hours=2), now, dict(FACTS))
    kept, joined = (declare.declare(app, by, BRAND, title, runs)[0] for title, runs in (
        ("Violins are lost", "violin"), ("The line to Oslo is dead", "oslo"),
    ))  # fmt: skip
    declare.declare(app, by, BRAND, "No bus at the airport", "bus")
    assert same_cause.join(app, joined, kept, by) == ""
    declare.state(app, kept, by, "We are looking for every bag of Tuesday’s flight.")
    audit.draw(app, Brand(name=BRAND, names=(BRAND,)))


def addresses(house: House) -> tuple[str, ...]:
    """Every page of somebody who may all, most seen first; of things there are, the first."""
    week = Week.of(house.app.clock.now(), house.app.settings.zone).label
    brand = "Northwind%20Air"
    return (
        "/", "/cases/1", "/mine", "/search", "/search?q=violin", "/search?q=nothing+like+it", "/?view=theirs", "/calls",
        "/?q=tag:bags+untagged", "/?q=tag:bags+platform:x", "/filter?q=tag:bags",
        "/customers", "/customers/1", "/customers/1/erase", "/incidents", "/incidents/1", "/incidents/2", "/spikes/1",
        "/approvals", "/goodwill", "/material", "/weeks", f"/weeks/{brand}/{week}", f"/weeks/{brand}/{week}/story",
        f"/weeks/{brand}/{week}/posts?claim=mentions", "/stories", "/weeks/schedule", "/audit/missed", "/sources",
        "/sources/new", "/sources/new/mastodon", "/sources/reviews", "/sources/reviews/hook", "/brands", "/brands/new",
        f"/brands/{brand}", f"/brands/{brand}/corrections", f"/brands/{brand}/topics", f"/brands/{brand}/bar?n=20",
        f"/answering/{brand}", f"/boundaries/{brand}", "/topics", "/channels", "/oncall", "/shifts", "/people",
        "/webhooks", "/audit", "/drills", "/drills/1", "/me", "/me/second",
    )  # fmt: skip
