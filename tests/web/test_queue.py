"""The queue page: who next, in what order, behind which wall; what may change by itself."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import html5lib
import pytest
from sqlalchemy import event

from bot.app import App
from bot.store import presence
from tests.web.conftest import Browser, hire
from tests.web.seed import BRAND, Seed, enter

Visit = Callable[[], Browser]


@pytest.fixture
def seed(app: App) -> Seed:
    made = Seed(app)
    made.brand(names=(BRAND,))
    made.source("bluesky")
    return made


@pytest.fixture
def lena(app: App, visit: Visit) -> Browser:
    browser = visit()
    enter(app, browser, hire(app, "lena"))
    return browser


def names(page: str) -> list[str]:
    return re.findall(r'class="row-link"[^>]*><bdi>([^<]*)</bdi>', page)


def tree(page: str) -> Any:
    return html5lib.parse(page, treebuilder="etree", namespaceHTMLElements=False)


def test_those_who_can_still_be_kept_stand_before_the_late_and_the_early(seed: Seed, lena: Browser) -> None:
    seed.case("late one", "Marta Quill", ago=70)
    seed.case("early one", "Ama Lowry", ago=5)
    seed.case("at risk", "Otis Fenn", ago=50)
    seed.case("a kind word", "Nadia Orr", ago=5, section="delight")
    page = lena.get("/").text
    assert names(page) == ["Otis Fenn", "Marta Quill", "Ama Lowry", "Nadia Orr"]

    for words in ("Answer next", "Late", "In the window", "Delight", "10 min left", "10 min late", "55 min left"):
        assert words in page


def test_a_row_says_where_who_and_whether_we_were_tagged(seed: Seed, lena: Browser) -> None:
    seed.case("northwind lost it", "Otis Fenn", term="northwind", ago=50, platform="hackernews", tags=("bags",))
    seed.case("@NorthwindAir hello?", "Marta Quill", ago=51, tagged=True)
    page = lena.get("/").text
    assert "Hacker News, untagged" in page
    assert "Bluesky, tagged us" in page
    assert '<span class="us">northwind</span> lost it' in page
    assert '<span class="row-tag">bags</span>' in page


def test_a_claimed_row_names_its_holder(app: App, seed: Seed, lena: Browser) -> None:
    priya = hire(app, "priya")
    seed.case("lost", holder=priya.id, lease_until=app.clock.now() + timedelta(minutes=7), state="claimed")
    assert "Priya has it, 7 min more" in lena.get("/").text


def test_views_hold_what_their_names_say(app: App, seed: Seed, lena: Browser) -> None:
    now = app.clock.now()
    seed.case("answered", "Mila Sato", state="waiting", answered_at=now)
    seed.case("sleeping", "Pale Heron", state="snoozed", snoozed_until=now + timedelta(hours=1))
    seed.case("mine", "Bo Lindgren", assigned_to=1)
    assert names(lena.get("/?view=theirs").text) == ["Mila Sato"]
    assert names(lena.get("/?view=snoozed").text) == ["Pale Heron"]
    assert names(lena.get("/mine").text) == ["Bo Lindgren"]


def test_the_next_hour_is_told_and_drawn(seed: Seed, lena: Browser) -> None:
    seed.case("one", ago=54)
    seed.case("two", ago=10)
    page = lena.get("/").text
    assert "2 answers owed in the next hour." in page
    assert "The first is due in 6 min." in page


def test_an_unheard_stretch_stands_in_the_header(seed: Seed, lena: Browser) -> None:
    seed.gap("x", 30, 23)
    assert "Not heard: x 11:30–11:37" in lena.get("/").text


def test_a_source_that_needs_a_person_is_named_on_the_page(app: App, seed: Seed, lena: Browser) -> None:
    seed.source("x", "x", state="stopped", error_since=app.clock.now() - timedelta(hours=1))
    assert "x is not heard since 11:00." in lena.get("/").text


def test_before_the_first_mention_the_page_says_since_when_it_listens(seed: Seed, lena: Browser) -> None:
    page = lena.get("/").text
    assert "Listening since 12:00." in page
    assert "old posts never ring" in page


def test_an_empty_queue_says_when_something_was_heard_last(app: App, seed: Seed, lena: Browser) -> None:
    seed.case("done", state="resolved", resolved_at=app.clock.now())
    page = lena.get("/").text
    assert "Nobody is waiting." in page
    assert "1 of 1 sources in full" in page


def test_without_a_source_the_page_says_that_nothing_is_heard(lena: Browser) -> None:
    assert "there is no source yet" in lena.get("/").text


def test_a_section_shows_a_few_counts_the_rest_and_shows_more_when_asked(seed: Seed, lena: Browser) -> None:
    for number in range(53):
        seed.case(f"case {number}", f"Person {number}", ago=5)
    page = lena.get("/").text
    assert len(names(page)) == 25
    assert "28 more are not shown" in page
    assert "53 waiting" in page
    assert 'href="/?rows=50#g-window"' in page
    assert len(names(lena.get("/?rows=50").text)) == 50
    assert len(names(lena.get("/?rows=100").text)) == 53
    assert lena.get("/?rows=101").status_code == 422


def test_the_page_asks_the_database_no_more_when_there_is_more(app: App, seed: Seed, lena: Browser) -> None:
    def asked() -> int:
        statements: list[str] = []

        def note(*args: Any) -> None:
            statements.append(args[2])

        with app.db.read() as session:
            engine = session.get_bind()
        app.db._shared.clear()  # nobody asked before
        event.listen(engine, "before_cursor_execute", note)
        lena.get("/")
        event.remove(engine, "before_cursor_execute", note)
        return len(statements)

    seed.case("one", ago=5)
    before = asked()
    for number in range(30):
        seed.case(f"more {number}", ago=5)
    assert asked() <= before <= 60


def test_another_brands_case_is_not_there(app: App, seed: Seed, visit: Visit) -> None:
    walled = hire(app, "walled", brands=("Tern Ferries",))
    other = seed.case("secret words", "Ada Marlow")
    mine = seed.case("ferry late", "Bo Lindgren", brand="Tern Ferries")
    browser = visit()
    enter(app, browser, walled)
    assert names(browser.get("/").text) == ["Bo Lindgren"]
    for path in (f"/cases/{other}", f"/cases/{other}/pane", f"/?at={other}", "/search?q=secret", "/search?q=is:open"):
        assert "secret words" not in browser.get(path).text
    live = browser.get(f"/live/now?ids={other},{mine}&case={other}").text
    assert f'data-row="c{mine}"' in live
    assert f'data-row="c{other}"' not in live
    assert 'id="clock"' not in live


def test_live_news_is_only_of_the_places_asked_for(seed: Seed, lena: Browser) -> None:
    one, two = seed.case("one", ago=50), seed.case("two", ago=20)
    live = lena.get(f"/live/now?ids={two}&newest={one}").text
    assert re.findall(r'data-row="(\w+)"', live) == [f"c{two}"]
    assert 'data-fresh="1"' in live


def test_live_news_never_holds_a_list(seed: Seed, lena: Browser) -> None:
    one = seed.case("one")
    assert "row-link" not in lena.get(f"/live/now?ids={one}&case={one}").text


@pytest.mark.parametrize("ids", ["", "x", "1,,2", "-1", "9" * 30, "1;drop", "١٢"])
def test_live_takes_any_ids_without_falling(seed: Seed, lena: Browser, ids: str) -> None:
    assert lena.get("/live/now", params={"ids": ids}).status_code == 200


def test_who_else_is_here_is_shown_and_fades(app: App, clock: Any, seed: Seed, lena: Browser) -> None:
    priya, case = hire(app, "priya"), seed.case("one")
    with app.db.begin() as session:
        presence.seen(session, case, priya.id or 0, True, clock.now())
    assert "Priya is writing" in lena.get("/").text
    clock.move(timedelta(seconds=25))
    assert "Priya is reading this" in lena.get(f"/live/now?case={case}").text
    clock.move(timedelta(seconds=25))
    assert "Priya" not in lena.get(f"/live/now?case={case}").text


def test_being_somewhere_is_being_nowhere_else(app: App, seed: Seed, lena: Browser) -> None:
    one, two = seed.case("one"), seed.case("two")
    lena.get("/")
    for case in (one, two):
        assert lena.post(f"/cases/{case}/here", {"writing": "yes"}).status_code == 204
    with app.db.read() as session:
        assert list(presence.at_cases(session, [one, two], app.clock.now())) == [two]


def test_the_list_comes_as_a_fragment_when_asked_for(seed: Seed, lena: Browser) -> None:
    seed.case("one")
    page = lena.get("/", headers={"HX-Request": "true"}).text
    assert "row-link" in page
    assert "<html" not in page


def test_nobody_sees_the_queue_without_signing_in(seed: Seed, visit: Visit) -> None:
    seed.case("secret words")
    for path in ("/", "/mine", "/search?q=secret", "/live/now", "/cases/1"):
        answer = visit().get(path)
        assert answer.status_code == 303
        assert "secret words" not in answer.text


HOSTILE = (
    "<script>window.earshotXss=1</script> late again",
    "<img src=https://canary.invalid/p.png onerror=\"window.earshotXss=1\"> late",
    "</textarea></title></style><svg onload=window.earshotXss=1>",
    "{{ 7*7 }} {% raw %} late",
    "\u202egnp.exe \u2066late\u2069 \u200bnorthwind",
    "Z" + "\u0301" * 60 + " late",
    "a" * 90_000,
    "=HYPERLINK(\"https://canary.invalid\")",
    "line one\nline two\n\n" * 500,
    "\x00\x07 bell \x1b[31m red",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_post_is_shown_as_text_and_adds_no_element(seed: Seed, lena: Browser, text: str) -> None:
    case = seed.case(
        "x", "x", post={"text": text, "author_name": text[:300], "title": text[:300], "author_handle": text[:99]}
    )
    for path in (
        "/",
        f"/cases/{case}",
        f"/cases/{case}/pane",
        "/search?q=is:open",
        f"/live/now?ids={case}&case={case}",
    ):
        found = tree(lena.get(path).text)
        assert {one.get("src", "").split("?")[0] for one in found.iter("script")} <= {
            f"/static/{name}"
            for name in (
                "theme.js",
                "htmx.min.js",
                "htmx-sse.min.js",
                "app.js",
                "leave.js",
                "palette.js",
                "answer.js",
                "queue.js",
            )
        }
        assert not list(found.iter("img"))
        assert not [one for one in found.iter() if any(key.startswith("on") or key == "style" for key in one.attrib)]
        for said in (one for one in found.iter() if one.get("class") == "said" or one.tag == "bdi"):
            assert {part.tag for part in said.iter()} <= {"p", "bdi", "span"}


def test_a_script_in_a_post_reads_as_it_was_written(seed: Seed, lena: Browser) -> None:
    case = seed.case("x", post={"text": HOSTILE[0]})
    (said,) = (one for one in tree(lena.get(f"/cases/{case}").text).iter() if one.get("class") == "said")
    assert "".join(said.itertext()) == HOSTILE[0]


def test_a_link_that_is_no_web_address_is_no_link(seed: Seed, lena: Browser) -> None:
    case = seed.case("x", post={"url": "javascript:alert(1)"})
    found = tree(lena.get(f"/cases/{case}").text)
    assert not [one for one in found.iter("a") if one.get("href", "").startswith("javascript")]
