"""The digest's pages: who sees which, what they show, and that they are made once."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import html5lib
import pytest

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.steps import digest
from bot.store import topics
from tests.flow.week_rows import AFTER, HOUR, LUMO, MONDAY, Weeks
from tests.web.conftest import Browser, hire

HOSTILE = '<script>alert(1)</script><b onclick="x">refund & never</b> \u202egnp.exe'
PAGE = "/weeks/Lumo/2026-W41"


@pytest.fixture
def laid(app: App, clock: HandClock) -> Weeks:
    clock.set(AFTER)
    rows = Weeks(app.db)
    rows.brand()
    return rows


@pytest.fixture
def reader(app: App, visit: Callable[[], Browser]) -> Browser:
    hire(app, "mia@acme.example", "viewer")
    browser = visit()
    browser.log_in("mia@acme.example")
    return browser


def busy(laid: Weeks, n: int = 30, text: str = "the refund never came", **facts: Any) -> list[int]:
    return [laid.say(MONDAY + number * HOUR, f"{text} {number}", **facts) for number in range(n)]


def test_a_viewer_reads_the_week(laid, reader):
    busy(laid)
    answer = reader.get(PAGE)
    assert answer.status_code == 200
    assert "refund" in answer.text
    assert "Lumo, week 41, 5–11 October 2026" in answer.text
    assert 'aria-current="page"' in answer.text


def test_nobody_reads_it_without_signing_in(laid, visit):
    answer = visit().get(PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("tail", ["", "/posts?claim=complaints", "/file/csv", "/file/json", "/file/eml"])
def test_a_brand_behind_a_wall_looks_like_one_that_is_not(app, laid, visit, tail):
    busy(laid)
    hire(app, "otto@acme.example", "admin", ("Elsewhere",))
    browser = visit()
    browser.log_in("otto@acme.example")
    hidden, unknown = browser.get(f"{PAGE}{tail}"), browser.get(f"/weeks/Nobody/2026-W41{tail}")
    assert hidden.status_code == unknown.status_code == 404
    assert "refund" not in hidden.text
    assert hidden.text == unknown.text
    assert "Lumo" not in browser.get("/weeks").text


def test_a_competitors_posts_are_nobodys_digest(laid, reader):
    assert reader.get("/weeks/Rival/2026-W41").status_code == 404


def test_the_posts_about_a_competitor_open_but_not_through_a_wall(app, laid, reader, visit):
    busy(laid)
    laid.say(MONDAY, "their parcels come on time", brand="Rival", sentiment="positive")
    opened = reader.get(f"{PAGE}/posts?claim=voice-2")
    assert (opened.status_code, "their parcels come on time" in opened.text) == (200, True)
    assert f'href="{PAGE}/posts?claim=voice-2"' in reader.get(PAGE).text
    hire(app, "otto@acme.example", "admin", ("Lumo",))
    walled = visit()
    walled.log_in("otto@acme.example")
    assert walled.get(f"{PAGE}/posts?claim=voice-1").status_code == 200
    hidden = walled.get(f"{PAGE}/posts?claim=voice-2")
    assert (hidden.status_code, "their parcels" in hidden.text) == (404, False)


@pytest.mark.parametrize("week", ["2026-W54", "yesterday", "2026", "0001-W01", "9999-W52", "2026-W43", "2026-W41%00"])
def test_a_week_that_does_not_exist_is_not_found(laid, reader, week):
    assert reader.get(f"/weeks/Lumo/{week}").status_code == 404


def test_a_brand_with_a_slash_and_a_space_in_its_name_has_pages(app, laid, reader):
    laid.brand(Brand(name="A/B Test & Co"))
    laid.say(MONDAY, brand="A/B Test & Co")
    listed = reader.get("/weeks").text
    assert "/weeks/A%2FB%20Test%20%26%20Co/2026-W41" in listed
    assert reader.get("/weeks/A%2FB%20Test%20%26%20Co/2026-W41").status_code == 200
    assert reader.get("/weeks/A%2FB%20Test%20%26%20Co/2026-W41/posts?claim=mentions").status_code == 200


def test_the_list_has_each_week_with_its_counts_and_says_which_is_not_over(laid, reader, clock):
    assert "Your first digest comes on Monday" in reader.get("/weeks").text
    busy(laid, 5)
    laid.say(MONDAY - timedelta(days=60), complaint=0.1)
    laid.say(AFTER)
    page = reader.get("/weeks").text
    assert page.index("2026-W42") < page.index("2026-W41") < page.index("2026-W32")
    assert page.count("not over yet") == 1


def test_too_few_mentions_say_so_and_nothing_else(laid, reader):
    busy(laid, 9)
    page = reader.get(PAGE).text
    assert "9 mentions, all complaints: too few for figures, few enough to read." in page
    assert "What it was about" not in page
    assert "What we did not hear" in page


def test_a_week_that_still_runs_is_marked(laid, reader, clock):
    clock.set(MONDAY + 3 * HOUR)
    busy(laid, 2)
    assert "This week is not over: figures until Mon 03:00." in reader.get(PAGE).text


def test_the_page_has_no_inline_style_and_a_customer_makes_no_element(laid, reader):
    for number in range(12):
        laid.say(MONDAY + number * HOUR, HOSTILE + str(number), author=f'"><img src=x onerror=y>{number}')
    for path in (PAGE, f"{PAGE}/posts?claim=complaints"):
        page = reader.get(path).text
        tree = html5lib.parse(page, namespaceHTMLElements=False)
        assert not [node for node in tree.iter() if "style" in node.attrib or "onclick" in node.attrib]
        assert not list(tree.iter("img"))
        assert all(script.get("src", "").startswith("/static/") for script in tree.iter("script"))
        assert "\u202e" not in page


def test_every_link_of_the_page_opens_posts(laid, reader):
    for post in busy(laid, 12):
        laid.case(post, MONDAY + 90 * HOUR)
    tree = html5lib.parse(reader.get(PAGE).text, namespaceHTMLElements=False)
    links = {node.get("href") for node in tree.iter("a") if "/posts?claim=" in node.get("href", "")}
    assert len(links) >= 8
    for link in links:
        answer = reader.get(link)
        assert answer.status_code == 200, link
        assert "refund never came" in answer.text, link


def test_the_posts_behind_a_claim_come_fifty_at_once(laid, reader):
    busy(laid, 120)
    first, last = reader.get(f"{PAGE}/posts?claim=complaints"), reader.get(f"{PAGE}/posts?claim=complaints&page=3")
    assert first.text.count("the refund never came") == 50
    assert last.text.count("the refund never came") == 20
    assert "page=2" in first.text
    assert "No post here" in reader.get(f"{PAGE}/posts?claim=complaints&page=9").text


def test_a_post_leads_to_its_case_or_to_its_platform(laid, reader):
    case = laid.case(laid.say(MONDAY))
    laid.say(MONDAY)
    page = reader.get(f"{PAGE}/posts?claim=complaints").text
    assert f'href="/cases/{case}"' in page
    assert 'href="https://mastodon.test/2"' in page


def test_a_deleted_post_is_counted_and_not_shown(laid, reader):
    posts = busy(laid, 12)
    assert "never came 3" in reader.get(f"{PAGE}/posts?claim=complaints").text
    laid.gone(posts[3])
    page = reader.get(f"{PAGE}/posts?claim=complaints").text
    assert "never came 3" not in page
    assert "it still counts" in page
    assert "12 posts" in page


def test_an_unknown_claim_is_not_found(laid, reader):
    assert reader.get(f"{PAGE}/posts?claim=riches").status_code == 404


def test_files_are_attachments(laid, reader):
    busy(laid, 12)
    table, values, mail = (reader.get(f"{PAGE}/file/{form}") for form in ("csv", "json", "eml"))
    assert table.headers["content-disposition"] == 'attachment; filename="earshot-2026-W41.csv"'
    assert "complaints,12,12" in table.text
    assert json.loads(values.text)["headline"]["posts"]
    assert mail.text.startswith("Subject: ")
    assert reader.get(f"{PAGE}/file/exe").status_code == 404


def test_a_digest_is_made_once_until_its_rows_change(app, laid, reader, monkeypatch, clock):
    made = []
    real = digest.build
    monkeypatch.setattr(digest, "build", lambda *args: made.append(args) or real(*args))
    posts = busy(laid, 12)
    for _ in range(3):
        reader.get(PAGE)
        reader.get(f"{PAGE}/posts?claim=complaints")
    assert len(made) == 1
    laid.say(AFTER)  # the next week
    reader.get(PAGE)
    assert len(made) == 1
    laid.say(MONDAY, "late to the table")
    reader.get(PAGE)
    assert len(made) == 2
    laid.brand(LUMO.model_copy(update={"zone": "Asia/Tokyo"}))
    assert "Asia/Tokyo time" in reader.get(PAGE).text
    laid.gone(posts[0])
    reader.get(PAGE)
    assert len(made) == 4


def _complaints(reader: Browser) -> str:
    found = re.search(r"<dt>Complaints</dt><dd><b><a [^>]*>(\d+)</a>", reader.get(PAGE).text)
    assert found is not None
    return found[1]


def test_a_running_weeks_figures_are_at_most_a_minute_old_but_deletions_count_at_once(laid, reader, clock):
    clock.set(MONDAY + 12 * HOUR)
    posts = busy(laid, 12)
    assert _complaints(reader) == "12"
    laid.say(MONDAY)
    assert _complaints(reader) == "12"
    clock.move(timedelta(seconds=61))
    assert _complaints(reader) == "13"
    quoted = reader.get(PAGE).text
    for post in posts:
        laid.gone(post)
    assert "never came" in quoted
    assert "never came" not in reader.get(PAGE).text


def test_a_theme_becomes_a_topic_by_a_press_and_the_weeks_are_called_by_it(app, laid, visit):
    for week in (-7, 0):
        for number in range(12):
            said = f"the refund for order x{number}y{week + 7} never came"
            laid.say(MONDAY + timedelta(days=week) + number * HOUR, said, topic_id=topics.NONE)
            laid.say(MONDAY + timedelta(days=week) + number * HOUR, f"lovely lamp q{number}", complaint=0.1)
    for login, role in (("vera@acme.example", "viewer"), ("lea@acme.example", "lead")):
        hire(app, login, role)
    viewer, lead = visit(), visit()
    viewer.log_in("vera@acme.example")
    lead.log_in("lea@acme.example")
    assert "Make it a topic" not in viewer.get(f"{PAGE}/posts?claim=theme-1").text
    assert "Make it a topic" in lead.get(f"{PAGE}/posts?claim=theme-1").text
    assert "Make it a topic" not in lead.get(f"{PAGE}/posts?claim=complaints").text
    form = {"claim": "theme-1", "called": ' Money "back" '}
    assert viewer.post(f"{PAGE}/topic", form).status_code == 403
    assert lead.post(f"{PAGE}/topic", {"claim": "theme-9"}).status_code == 404
    assert lead.post(f"{PAGE}/topic", form).headers["location"] == "/brands/Lumo/topics"
    names = {week: digest.build(app, "Lumo", week).digest.figures.themes[0].name for week in ("2026-W40", "2026-W41")}
    assert names == {"2026-W40": "Money back", "2026-W41": "Money back"}
    assert "Money back" in lead.get(PAGE).text
    assert "Make it a topic" not in lead.get(f"{PAGE}/posts?claim=theme-1").text
    assert lead.post(f"{PAGE}/topic", form).status_code == 404  # it is one
