"""Which queue one works through: its part, its filter, its view, kept by every form and link of it without scripts."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest

from bot.app import App
from bot.store import workers
from tests.web.conftest import Browser, hire
from tests.web.seed import BRAND, Seed, enter

Visit = Callable[[], Browser]
FRAME = ("/logout", "/views")  # what has nothing to come back to
QUEUES = (
    ("/?q=platform%3Areddit", "?q=platform%3Areddit", "Queue"),
    ("/mine?q=-tag%3Aspam", "?view=mine&q=-tag%3Aspam", "Mine"),
    ("/?view=delight", "?view=delight", "Queue"),
    ("/?view=snoozed&rows=50", "?view=snoozed&rows=50", "Queue"),
    ("/?kept=1", "?kept=1", "Reddit & co"),
)


@pytest.fixture
def seed(app: App) -> Seed:
    made = Seed(app)
    made.brand(names=(BRAND,))
    later = app.clock.now() + timedelta(hours=1)
    made.case("charged twice", "Otis Fenn", ago=5, platform="reddit", assigned_to=1, tags=("billing",))
    made.case("thank you all", "Ada Marlow", ago=9, platform="reddit", section="delight")
    made.case("asleep", "Bo Lindgren", ago=50, platform="reddit", state="snoozed", snoozed_until=later)
    made.case("gate B14 is closed", "Marta Quill", ago=20, platform="reddit", assigned_to=1)
    made.case("bag lost", "Nadia Orr", ago=50)
    return made


@pytest.fixture
def lena(app: App, seed: Seed, visit: Visit) -> Browser:
    browser = visit()
    enter(app, browser, hire(app, "lena"))
    browser.get("/")
    browser.post("/views", {"q": "platform:reddit", "name": "Reddit & co"})
    return browser


def forms(page: str) -> list[str]:
    found = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page)
    found += re.findall(r'formaction="([^"]*)"', page)
    return [unescape(one) for one in found if not one.startswith(FRAME)]


def rows(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'class="row-link" href="([^"]*)"', page)]


@pytest.mark.parametrize(("where", "under", "called"), QUEUES)
def test_every_form_and_row_of_a_queue_and_of_its_cases_carries_it(
    lena: Browser, where: str, under: str, called: str
) -> None:
    page = lena.get(where).text
    assert rows(page), where
    assert [one for one in (*forms(page), *rows(page)) if not one.endswith(under)] == []
    lena.post(rows(page)[0].replace("?", "/claim?"))
    case = lena.get(rows(page)[0]).text
    assert len(forms(case)) > 15, "all that can be done with a case"
    assert 'id="letter"' in case, "the answer box too"
    assert [one for one in forms(case) if not one.endswith(under)] == []
    back = re.search(r'<a href="([^"]*)" data-back>.*?</svg>([^<]*)</a>', case)
    assert back is not None
    assert (re.sub(r"[?&]at=\d+", "", unescape(back[1])), unescape(back[2])) == (where, called)


def test_a_press_without_scripts_or_referrer_leads_back_to_its_queue(lena: Browser) -> None:
    page = lena.get("/?q=platform%3Areddit&view=snoozed").text
    note = next(one for one in forms(page) if "/note" in one)
    done = lena.post(note, {"text": "who is this?", "from": "queue"})
    assert done.headers["location"] == "/?view=snoozed&q=platform%3Areddit&at=3"
    refused = lena.post(next(one for one in forms(page) if "/tag" in one), {"tag": "", "from": "queue"})
    assert refused.status_code == 409
    assert 'href="/?view=snoozed&amp;q=platform%3Areddit&amp;at=3" data-back' in refused.text
    alone = lena.post(note, {"text": "and once more", "from": "case"})
    assert alone.headers["location"] == "/cases/3?view=snoozed&q=platform%3Areddit&said=noted"


def test_next_and_previous_walk_through_the_part_one_came_from(lena: Browser) -> None:
    mine = lena.get("/cases/4?view=mine").text
    assert "1 of 2" in mine
    assert 'href="/cases/1?view=mine"' in mine
    assert "1 of 1" in lena.get("/cases/2?view=delight").text
    assert "1 of 1" in lena.get("/cases/3?view=snoozed").text
    assert "of 3" in lena.get("/cases/1").text, "kind words are not among those who wait"


def test_the_frame_leads_back_to_where_it_was_pressed(lena: Browser) -> None:
    for where, back in (
        ("/", "/?q=tag%3Abilling"),
        ("/cases/1", "/cases/1?q=tag%3Abilling"),
        ("/cases/1/note", "/cases/1?q=tag%3Abilling"),
        ("/me", "/me"),
        ("/incidents", "/?q=tag%3Abilling"),
        ("//evil.example", "/?q=tag%3Abilling"),
    ):
        assert lena.post("/me/shift?q=tag%3Abilling", {"gone": "yes", "where": where}).headers["location"] == back
    paused = lena.post("/sending/pause?q=tag%3Abilling", {"why": "drill", "where": "/"})
    assert paused.headers["location"] == "/?q=tag%3Abilling"


def test_who_goes_on_from_a_case_page_stays_in_its_filter_and_part(app: App, seed: Seed, lena: Browser) -> None:
    with app.db.begin() as session:
        workers.change(session, 1, goes_on=True)
    seed.case("bless you", "Ama Lowry", ago=2, section="delight")
    done = lena.post("/cases/4/resolve?q=platform%3Areddit", {"from": "case"})
    assert done.headers["location"] == "/cases/1?q=platform%3Areddit&said=resolved"
    kind = lena.post("/cases/2/resolve?view=delight", {"from": "queue"})
    assert kind.headers["location"] == "/?view=delight&at=6", "not to a complaint: that list has none"
    last = lena.post("/cases/1/resolve?view=mine", {"from": "queue"})
    assert last.headers["location"] == "/mine?at=1", "case 5 waits too, but is nobody's"
