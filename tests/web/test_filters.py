"""The queue under a filter: what fits, what is told of the rest, chips, views, and acts that keep to it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.app import App
from bot.store import cases, search, workers
from tests.statements import statements
from tests.web.conftest import Browser, hire
from tests.web.seed import BRAND, Seed, enter
from tests.web.test_badges import waiting
from tests.web.test_queue import names

Visit = Callable[[], Browser]
OTHER = "Tern Ferries"
FITS: tuple[tuple[str, list[str]], ...] = (
    ("platform:reddit", ["Nadia Orr", "Otis Fenn", "Marta Quill"]),
    (f'brand:"{OTHER}"', ["Nadia Orr", "Marta Quill"]),
    ("untagged platform:bluesky", ["Bo Lindgren"]),
    ("tagged", ["Ada Marlow"]),
    ("lang:de", ["Otis Fenn"]),
    ("lang:German", ["Otis Fenn"]),
    ("severity:high", ["Otis Fenn"]),
    ("assigned:me", ["Marta Quill"]),
    ("assigned:nobody is:late", ["Nadia Orr", "Ada Marlow"]),
    ("tag:billing", ["Otis Fenn"]),
    ("-platform:reddit", ["Bo Lindgren", "Ada Marlow"]),
    ("ferry", ["Nadia Orr", "Marta Quill"]),
    ("zeppelin", []),
)


@pytest.fixture
def seed(app: App) -> Seed:
    made = Seed(app)
    made.brand(names=(BRAND,))
    made.brand(OTHER, names=(OTHER,))
    made.case("charged twice", "Otis Fenn", ago=5, platform="reddit", tags=("billing",), severity="high", language="de")
    made.case("gate B14 is closed", "Ada Marlow", ago=90, platform="mastodon", tagged=True)
    made.case("bag lost", "Bo Lindgren", ago=50)
    made.case("no ferry", "Marta Quill", ago=6, brand=OTHER, platform="reddit", assigned_to=1)
    made.case("the ferry was late", "Nadia Orr", ago=80, brand=OTHER, platform="reddit")
    return made


@pytest.fixture
def lena(app: App, visit: Visit) -> Browser:
    browser = visit()
    enter(app, browser, hire(app, "lena"))
    return browser


def test_the_queue_shows_what_fits_in_its_own_order(seed: Seed, lena: Browser) -> None:
    for asked, found in FITS:
        page = lena.get("/", params={"q": asked}).text
        assert (asked, names(page)) == (asked, found)
        assert f'<p id="waiting">{len(found)} of 5 waiting</p>' in page


def test_what_is_owed_outside_of_the_filter_is_told_in_the_header(app: App, seed: Seed, lena: Browser) -> None:
    promised = app.clock.now() - timedelta(minutes=1)
    seed.case("thanks", "Pale Heron", state="waiting", answered_at=app.clock.now(), promised_at=promised)
    page = lena.get("/", params={"q": "platform:reddit"}).text
    assert '<a href="/">1 late, 1 at risk, 1 broken promise</a>' in page
    live = lena.get("/live/now", params={"q": "platform:reddit", "view": "everyone", "newest": 1}).text
    for told in ('<a href="/">1 late, 1 at risk, 1 broken promise</a>', "3 of 5 waiting", 'data-fresh="2"'):
        assert told in live
    assert 'id="outside"></p>' in lena.get("/").text, "nothing is outside of all"
    assert 'id="outside"></p>' in lena.get("/", params={"q": "-platform:x"}).text


def test_each_chip_takes_off_one_filter_and_the_tabs_keep_them(seed: Seed, lena: Browser) -> None:
    page = lena.get("/", params={"q": 'platform:reddit tag:billing "charged twice"'}).text
    chips = re.findall(r'class="chip" href="([^"]*)" aria-label="Take off the filter ([^"]*)"', page)
    assert chips == [
        ("/?q=tag%3Abilling+%22charged+twice%22", "Platform: Reddit"),
        ("/?q=platform%3Areddit+%22charged+twice%22", "Tag: billing"),
        ("/?q=platform%3Areddit+tag%3Abilling", "“charged twice”"),
    ]
    assert 'href="/mine?q=platform%3Areddit+tag%3Abilling+%22charged+twice%22"' in page
    assert "0 of 1 of yours" in lena.get("/mine", params={"q": "tag:billing"}).text


def test_each_part_says_how_many_are_in_it_and_mine_parts_what_is_owed_from_what_is_not(
    app: App, seed: Seed, lena: Browser
) -> None:
    later = app.clock.now() + timedelta(hours=1)
    seed.case("asleep", "Pale Heron", ago=90, state="snoozed", snoozed_until=later, assigned_to=1)
    seed.case("thanks so far", "Ama Lowry", state="waiting", answered_at=app.clock.now(), assigned_to=1)
    page = lena.get("/mine").text
    assert '<p id="waiting">1 of yours</p>' in page, "not all that wait"
    assert names(page) == ["Marta Quill", "Pale Heron", "Ama Lowry"]
    assert re.search(r"Mine <b>1</b>.*Not owed now <b>2</b>", page, re.DOTALL)
    for view, told in (("theirs", "1 answered"), ("snoozed", "1 snoozed"), ("delight", "0 kind words")):
        assert f'<p id="waiting">{told}</p>' in lena.get("/", params={"view": view}).text
        assert f'<p id="waiting">{told}</p>' in lena.get("/live/now", params={"view": view}).text


def test_an_empty_list_says_which_filter_hides_what_is_there(seed: Seed, lena: Browser) -> None:
    page = lena.get("/", params={"q": "platform:mastodon untagged"}).text
    assert "Nothing fits this filter." in page
    assert '<a href="/?q=untagged"><bdi>Platform: Mastodon</bdi></a>: 4 cases' in page
    assert '<a href="/?q=platform%3Amastodon"><bdi>untagged</bdi></a>: 1 case' in page
    assert "Nobody is waiting" not in page


def test_the_form_becomes_a_question_and_knows_it_again(seed: Seed, lena: Browser) -> None:
    fields = {"view": "mine", "show": "yes", "brand": OTHER, "tagged": "untagged", "assigned": "me", "more": "ferry"}
    where = lena.get("/filter", params=fields).headers["location"]
    assert where == "/mine?q=brand%3A%22Tern+Ferries%22+assigned%3Ame+untagged+ferry"
    page = lena.get(where.replace("/mine?", "/filter?")).text
    for told in ('value="Tern Ferries" selected', 'value="me" selected', 'value="untagged" selected', 'value="ferry"'):
        assert told in page
    assert '<option value="billing"></option>' in page
    assert '<option value="de">German</option>' in page
    part = lena.get("/filter?q=lang:xx", headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert '<option value="xx" selected>xx</option>' in part, "what is asked for can be chosen though nothing has it"


def test_a_filter_sees_nothing_behind_the_wall(app: App, seed: Seed, visit: Visit) -> None:
    kofi = visit()
    enter(app, kofi, hire(app, "kofi", brands=(OTHER,)))
    page = kofi.get("/", params={"q": "-tag:nothing"}).text
    assert names(page) == ["Nadia Orr", "Marta Quill"]
    assert "2 of 2 waiting" in page
    assert BRAND not in kofi.get("/filter").text
    assert "billing" not in kofi.get("/filter").text
    assert names(kofi.get("/", params={"q": f'brand:"{BRAND}"'}).text) == []
    assert "0 of 2 waiting" in kofi.get("/live/now", params={"q": f'brand:"{BRAND}"'}).text


def test_a_view_is_live_in_the_queue_and_counted_in_the_rail(app: App, seed: Seed, lena: Browser) -> None:
    lena.get("/")
    assert lena.post("/views", {"q": "platform:reddit", "name": "Reddit"}).headers["location"] == "/?kept=1"
    page = lena.get("/?kept=1").text
    assert "<h1>Reddit</h1>" in page
    assert names(page) == ["Nadia Orr", "Otis Fenn", "Marta Quill"]
    assert waiting(lena.get("/search").text)["/?kept=1"] == "3"
    seed.case("another", "Ama Lowry", ago=1, platform="reddit")
    live = lena.get("/live/now", params={"q": "platform:reddit", "view": "kept1"}).text
    assert waiting(live)["/?kept=1"] == "4"
    assert '<a href="/?kept=1" aria-current="true">Reddit <b>4</b></a>' in live
    lena.post("/views", {"q": "is:resolved", "name": "Done"})
    assert '<a href="/search?view=2">Done</a>' in lena.get("/").text, "done cases are no queue"
    assert "is ended" in lena.post("/views/1/end").text
    assert "<h1>Queue</h1>" in lena.get("/?kept=1").text


def test_a_view_of_the_snoozed_shows_them(app: App, seed: Seed, lena: Browser) -> None:
    until = app.clock.now() + timedelta(hours=1)
    seed.case("sleeping", "Pale Heron", state="snoozed", snoozed_until=until, platform="reddit")
    page = lena.get("/", params={"q": "is:snoozed platform:reddit"}).text
    assert names(page) == ["Pale Heron"]
    assert "1 of 1 snoozed" in page


def test_the_words_of_a_view_are_looked_for_once_a_page(app: App, seed: Seed, lena: Browser) -> None:
    lena.get("/")
    lena.post("/views", {"q": "ferry", "name": "Ferries"})
    lena.post("/views", {"q": "charged is:late", "name": "Money"})
    with statements(app.db) as said:
        page = lena.get("/?kept=1").text
    assert names(page) == ["Nadia Orr", "Marta Quill"]
    assert sum("search_fts MATCH" in one for one in said) == 2, "each once: list, numbers, tabs and rail share it"
    seed.case("another ferry", "Ama Lowry", ago=1, brand=OTHER)
    assert "Ama Lowry" in names(lena.get("/?kept=1").text)
    with app.db.begin() as session:
        search.forget(session, "post", [5])
    assert "Nadia Orr" not in names(lena.get("/?kept=1").text), "words that are gone find nothing more"


def test_the_next_case_is_one_of_those_that_fit(app: App, seed: Seed, lena: Browser) -> None:
    lena.get("/")
    taken = lena.post("/next?q=tag%3Abilling")
    assert taken.headers["location"] == "/cases/1?q=tag%3Abilling"
    again = lena.post("/next?q=tag%3Abilling")
    assert again.status_code == 409
    assert "Nobody who fits this filter waits" in again.text
    assert lena.post("/next").headers["location"] == "/cases/3", "without one, who needs it most of all"


def test_after_an_act_the_same_filter_stands(app: App, seed: Seed, lena: Browser) -> None:
    page = "http://127.0.0.1:8484/mine?q=platform%3Areddit&at=1"
    lena.get("/")
    done = lena.post("/cases/1/tag", {"tag": "seen"}, headers={"referer": page})
    assert done.headers["location"] == "/mine?q=platform%3Areddit&at=1"
    view = lena.post("/cases/1/tag", {"tag": "so"}, headers={"referer": "/?kept=7"})
    assert view.headers["location"] == "/?kept=7&at=1"
    for number, strange in enumerate(("https://evil.example/x?q=1", "http://[", "/?kept=" + "9" * 400, "%", "")):
        elsewhere = lena.post("/cases/1/tag", {"tag": f"on{number}"}, headers={"referer": strange})
        assert elsewhere.headers["location"] == "/?at=1"


def test_next_and_previous_of_a_case_stay_in_the_filter(seed: Seed, lena: Browser) -> None:
    page = lena.get("/cases/1?q=platform:reddit").text
    assert "2 of 3" in page
    assert 'href="/cases/5?q=platform%3Areddit"' in page
    assert '<a href="/?q=platform%3Areddit&amp;at=1" data-back>' in page
    assert "5 of 5" in lena.get("/cases/4").text


def test_a_bulk_act_under_a_filter_leaves_alone_who_is_not_shown(app: App, seed: Seed, lena: Browser) -> None:
    page = lena.get("/", params={"q": "platform:reddit"}).text
    shown = re.findall(r'data-case="(\d+)">\s*<span', page)
    assert sorted(shown) == ["1", "4", "5"]
    lena.post("/bulk", {"what": "resolve", "ids": ",".join(shown)})
    with app.db.read() as session:
        assert [cases.get(session, key).part for key in range(1, 6)] == [  # type: ignore[union-attr]
            "closed", "owed", "owed", "closed", "closed",
        ]  # fmt: skip


def test_any_question_is_answered(seed: Seed, lena: Browser) -> None:
    for hostile in ('"', "-", "q:" * 140, "brand:", '\'; DROP TABLE "case"; --', "is:is:is:", "\x00", "%", "tag:%"):
        assert lena.get("/", params={"q": hostile}).status_code == 200
        assert lena.get("/filter", params={"q": hostile}).status_code == 200
        assert lena.get("/live/now", params={"q": hostile, "view": "<script>"}).status_code == 200


def test_who_goes_on_after_an_answer_is_led_through_the_filter(app: App, seed: Seed, lena: Browser) -> None:
    lena.get("/")
    with app.db.begin() as session:
        workers.change(session, 1, goes_on=True)
    lena.post("/views", {"q": "platform:reddit", "name": "Reddit"})
    for page, onward in (("/?q=platform%3Areddit&at=1", "/?q=platform%3Areddit&at=5"), ("/?kept=1", "/?kept=1&at=5")):
        quiet = {"hx-request": "true", "hx-current-url": f"http://127.0.0.1:8484{page}"}
        done = lena.post("/cases/1/resolve", headers=quiet)
        assert done.headers["earshot-next"] == onward
        lena.post("/cases/1/reopen")
    assert lena.post("/cases/1/resolve", headers={"hx-request": "true"}).headers["earshot-next"] == "/?at=3"
