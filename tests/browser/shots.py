"""The pictures of the docs, from the real pages: `python -m tests.browser.shots [FOLDER]` (docs/img).

Everything in them is invented. Needs Chromium; says so and exits 1 where there is none.
"""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlmodel import col, select

from bot.core.week import Week
from bot.steps import answer, declare
from bot.store import people, presence
from bot.store.tables import MentionRow, PostRow
from bot.store.tables_house import CoverageRow
from tests.browser.house import CHROMIUM, FLAGS, House, running
from tests.web.seed import BRAND

DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
DRAFT = (
    "Hi Otis, three emails and no answer is on us, and I’m sorry. I see both charges from 2 October. "
    "Send me your card number here and I’ll refund the second one today. Lena"
)
QUIET = (
    ("Ruben Halvard", "mastodon", 22, "Two emails from Northwind Air: “confirmed” and “cancelled”. Same minute"),
    ("Ama Lowry", "bluesky", 20, "wheelchair assistance never came, crew of northwind air 77 pushed me themselves"),
    ("aisleseat", "hackernews", 18, "PSA Northwind Air charges you again if you fix a typo in your own name"),
    ("dmitri", "mastodon", 16, "Is it normal that Northwind Air’s chat closes itself when you type “refund”"),
    ("Bo Lindgren", "bluesky", 12, "third hour on hold with northwind air, the music is a flute. one flute"),
    ("quietlog", "hackernews", 9, "The northwind air seat map leaks other passengers’ names in the JSON"),
    ("Ines Vale", "bluesky", 6, "hey Northwind Air, is the Tromsø flight on or not? board says yes, app says no"),
)


LAST_WEEK = (
    "Northwind Air lost my bag in Oslo and the hotline plays a flute", "refund from northwind air promised, never came",
    "northwind air refund, third month, no answer", "still no bag, Northwind Air, and no call",
    "Northwind Air delayed us five hours without a word", "two hours of delay and no water, northwind air",
    "my bag came broken from Northwind Air", "where is my refund, northwind air",
)  # fmt: skip


def furnish(house: House) -> tuple[int, int, int]:
    """An afternoon of an invented airline: (Lena's account, the first case, the case in the picture)."""
    seed, now = house.seed, house.app.clock.now()
    lena, priya = house.person("lena moor"), house.person("priya nair")
    for source in ("bluesky", "mastodon", "hackernews"):
        read = {"primed_at": now - timedelta(days=9), "polled_at": now, "heard_at": now - timedelta(minutes=6)}
        seed.source(source, source, **read, kept=1_240)
    seed.gap("hackernews", 30, 23)
    with house.app.db.begin() as session:
        for source, heard in (
            ("bluesky", (1440, 0)),
            ("mastodon", (1440, 0)),
            ("hackernews", (1440, 30)),
            ("hackernews", (23, 0)),
        ):
            since, until = (now - timedelta(minutes=ago) for ago in heard)
            session.add(CoverageRow(source=source, from_at=since, to_at=until))
    ada = seed.case(
        "Northwind Air just left 140 of us at gate B14 in Oslo for the night. No hotel, no food, no human. My kid is "
        "asleep on a suitcase and the app says “enjoy your flight”.",
        "Ada Marlow",
        ago=54,
        lag=3,
        platform="mastodon",
        term="Northwind Air",
        severity="critical",
        facts={"cause": "stranded overnight with a child"},
        post={"followers": 41_200, "engagement": 12},
    )
    otis = seed.case(
        "Northwind Air charged me twice for seat 14A. Three emails, no answer. I’m not even angry any more, just tired "
        "of talking to a form.",
        "Otis Fenn",
        ago=48,
        term="Northwind Air",
        tags=("billing",),
        facts={"cause": "charged twice"},
        post={"followers": 640},
    )
    seed.says(otis, "The chat bot told me to clear my cookies. For a bank charge.", 10)
    note = "Both charges are there: 2 October, €84 and €84, one minute apart. Ours, not his bank’s."
    seed.note(otis, priya.id or 0, note, 33)
    seed.case(
        "Booked together, and northwind air put my six-year-old eleven rows away from us. Boarding at 15:05. Who do I "
        "even call",
        "wren@harbor.example",
        ago=46,
        platform="mastodon",
        term="northwind air",
        facts={"cause": "a child seated alone"},
    )
    seed.case(
        "@NorthwindAir you rebooked my mother to a flight that left yesterday. How does that happen",
        "Marta Quill",
        ago=72,
        lag=9,
        term="@NorthwindAir",
        tagged=True,
        facts={"cause": "rebooked into the past"},
        state="claimed",
        holder=priya.id,
        lease_until=now + timedelta(minutes=7),
    )
    seed.case(
        "Update deleted my boarding pass in the queue. At the gate. In front of everyone",
        "Pale Heron",
        ago=90,
        platform="hackernews",
        facts={"cause": "boarding pass lost at the gate"},
    )
    for name, platform, ago, text in QUIET:
        term = next((one for one in ("Northwind Air", "northwind air") if one in text), "")
        seed.case(text, name, ago=ago, platform=platform, term=term, facts={"cause": ""})
    seed.case(
        "cabin crew on Northwind Air 418 sang happy birthday to my dad. what a crew",
        "Nadia Orr",
        ago=25,
        term="Northwind Air",
        section="delight",
        why="a kind word",
    )
    last_week(house, lena.id or 0)
    made, _ = declare.declare(
        house.app, priya.id or 0, BRAND, "Stranded at gate B14 in Oslo", "gate b14, boarding pass"
    )
    declare.lead(house.app, made, priya.id or 0)
    said = "Everybody at B14 gets a room tonight; a bus leaves from door four every twenty minutes. {personal}"
    declare.state(house.app, made, priya.id or 0, said)
    with house.app.db.begin() as session:
        presence.seen(session, ada, priya.id or 0, False, house.app.clock.now())
    return lena.id or 0, ada, otis


def last_week(house: House, by: int) -> None:
    """What the digest tells: a week of answered complaints and a few kind words."""
    now = house.app.clock.now()
    monday = Week.of(now, house.app.settings.zone).before.span.start
    for number in range(56):
        spoke = monday + timedelta(hours=3 * number + number % 3)
        ago, kind = (now - spoke).total_seconds() / 60, number % 9 == 8
        waited = timedelta(minutes=(12, 25, 38, 47, 55, 90)[number % 6])
        text = "Northwind Air crew found my phone, thank you" if kind else LAST_WEEK[number % len(LAST_WEEK)]
        house.seed.case(
            f"{text} ({number})", f"Traveller {number}", ago=ago, term="Northwind Air", tagged=number % 4 == 0,
            state="resolved", answered_at=spoke + waited, first_answered_at=spoke + waited, answered_by=by,
            resolved_at=spoke + waited, resolved_how="solved",
        )  # fmt: skip
    with house.app.db.begin() as session:
        kind_words = select(MentionRow).join(PostRow, col(PostRow.id) == MentionRow.post_id)
        for mention in session.exec(kind_words.where(col(PostRow.text).contains("thank you"))):
            mention.sentiment, mention.complaint = "positive", 0.02


def shoot(house: House, browser: Browser, folder: Path) -> None:
    """The main screens, each by day and by night."""
    lena, _, otis = furnish(house)
    answer.claim(house.app, otis, lena)
    answer.save_draft(house.app, otis, lena, DRAFT)
    week = Week.of(house.app.clock.now(), house.app.settings.zone).before.label
    with house.app.db.read() as session:
        me = people.get(session, lena)
        assert me is not None
        session.expunge(me)

    def page(**options: object) -> Page:
        return house.enter(browser.new_context(**options), me)  # type: ignore[arg-type]

    for scheme in ("light", "dark"):
        desk, phone = page(**DESK, color_scheme=scheme), page(**PHONE, color_scheme=scheme)
        for shown, name, path in (
            (desk, "queue", "/"),
            (desk, "case", f"/cases/{otis}"),
            (desk, "incident", "/incidents/1"),
            (desk, "digest", f"/weeks/Northwind%20Air/{week}"),
            (desk, "sources", "/sources"),
            (phone, "phone", "/"),
            (phone, "phone-case", f"/cases/{otis}"),
        ):
            shown.goto(house.address + path)
            ready(shown, name)
            shown.screenshot(path=folder / f"{name}-{scheme}.png")


def ready(page: Page, name: str) -> None:
    """What comes by itself is there: who is here, and what the boundaries say of the draft."""
    if name == "queue":
        expect(page.locator("#presence")).to_contain_text("Priya")
    if name.endswith("case"):
        expect(page.locator(".breach", has_text="card number")).to_be_visible()


def main() -> int:
    """Write the pictures."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/img")
    if not Path(CHROMIUM).exists():
        print(f"No Chromium at {CHROMIUM}: apt-get install chromium, then again.", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        running(Path(home), zone="Europe/Berlin") as house,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        shoot(house, browser, folder)
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
