"""The page of a brand's topics: seen by all, changed by leads, walled by brand."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlmodel import col, select

from bot.app import App
from bot.core.topics import Group
from bot.store import topics
from bot.store.tables import MentionRow
from tests.web.conftest import NOON, Browser, hire
from tests.web.seed import BRAND, Seed

AT = "/brands/Northwind%20Air/topics"


@pytest.fixture
def lead(app: App, visit: Callable[[], Browser]) -> Browser:
    Seed(app).brand()
    hire(app, "lena", "lead")
    browser = visit()
    browser.log_in("lena")
    return browser


@pytest.fixture
def two(app: App, lead: Browser) -> tuple[int, int]:
    with app.db.begin() as session:
        rows = [topics.add(session, BRAND, Group((), name, {name: 1.0}), NOON) for name in ("late bags", "<b>wifi</b>")]
        return rows[0].id or 0, rows[1].id or 0


def test_a_brand_without_topics_says_how_they_come(lead: Browser) -> None:
    page = lead.get(AT).text
    assert "No topic yet" in page
    assert "fifty posts" in page


def test_topics_are_listed_escaped_and_lead_to_their_cases(lead: Browser, two: tuple[int, int]) -> None:
    page = lead.get(AT).text
    assert "late bags" in page
    assert "<b>wifi" not in page
    assert "/search?q=topic%3A%22late%20bags%22%20brand%3A%22Northwind%20Air%22" in page
    assert lead.get("/search?q=topic%3A%22late%20bags%22").status_code == 200


def test_the_queue_leads_to_its_waiting_cases_by_topic_and_loads_them_only_when_asked(
    app: App, visit: Callable[[], Browser], lead: Browser, two: tuple[int, int]
) -> None:
    seed = Seed(app)
    mine = [seed.case("my bag is late", f"P {number}") for number in range(3)]
    with app.db.begin() as session:
        rows = session.exec(select(MentionRow).where(col(MentionRow.case_id).in_(mine))).all()
        for row, topic in zip(rows, (two[0], two[0], two[1]), strict=True):
            row.topic_id = topic
            session.add(row)
    queue = lead.get("/").text
    assert '<details class="fold by-topic" id="topics" hx-get="/topics"' in queue
    assert '<a href="/topics">What waits, by topic</a>' in queue
    assert "Waiting cases by topic" not in queue
    page = lead.get("/topics").text
    asked = "/?q=topic%3A%22late+bags%22"
    assert f'<a href="{asked}"><bdi>late bags</bdi> <b>2</b></a>' in page
    assert page.index("late bags") < page.index("wifi")
    assert "<h1>" not in lead.get("/topics", headers={"hx-request": "true"}).text
    there = lead.get(asked).text
    assert there.count('class="row ') == 2
    assert '<p id="waiting">2 of 3 waiting</p>' in there
    assert "Topic: late bags" in there, "a chip that one press takes off"
    assert "2 of 3 waiting" in lead.get("/live/now", params={"q": 'topic:"late bags"'}).text
    lead.get(AT)
    lead.post(f"{AT}/{two[1]}", {"act": "merge", "into": str(two[0])})
    assert "<bdi>late bags</bdi> <b>3</b>" in lead.get("/topics").text
    lead.post(f"{AT}/{two[0]}", {"act": "hide"})
    assert "No waiting case is in a topic" in lead.get("/topics").text
    lead.post(f"{AT}/{two[1]}", {"act": "hide"})
    assert 'id="topics"' not in lead.get("/").text, "a fold that can hold nothing takes no line"
    hire(app, "far@acme.example", "agent", ("Elsewhere",))
    far = visit()
    far.log_in("far@acme.example")
    assert "late bags" not in far.get("/topics").text


def test_a_topic_narrows_the_filter_one_has_and_takes_the_place_of_another_topic(
    app: App, lead: Browser, two: tuple[int, int]
) -> None:
    seed = Seed(app)
    seed.brand("Tern", names=("Tern",))
    with app.db.begin() as session:
        other = topics.add(session, "Tern", Group((), "late bags", {"late": 1.0}), NOON).id or 0
    for topic, brand, platform in ((two[0], BRAND, "reddit"), (two[0], BRAND, "x"), (other, "Tern", "reddit")):
        key = seed.case("my bag is late", f"P {topic} {platform}", platform=platform, brand=brand)
        with app.db.begin() as session:
            row = session.exec(select(MentionRow).where(col(MentionRow.case_id) == key)).one()
            row.topic_id = topic
            session.add(row)
    asked = {"q": 'platform:reddit topic:"<b>wifi</b>"'}
    page = unescape(lead.get("/topics", params=asked).text)
    ours = "/?q=platform%3Areddit+topic%3A%22late+bags%22+brand%3A%22Northwind+Air%22"
    assert f'href="{ours}"><bdi>late bags</bdi>, <bdi>Northwind Air</bdi> <b>1</b>' in page
    assert "<bdi>late bags</bdi>, <bdi>Tern</bdi> <b>1</b>" in page
    assert 'href="/?q=platform%3Areddit+topic%3A%22%3Cb%3Ewifi%3C%2Fb%3E%22">Queue' in page
    assert '<p id="waiting">1 of 3 waiting</p>' in lead.get(ours).text
    queue = lead.get("/", params={"q": "platform:reddit"}).text
    assert 'hx-get="/topics?q=platform%3Areddit"' in queue
    form = lead.get("/filter", params={"q": 'topic:"Late Bags" -tag:spam'}).text
    assert '<option value="late bags" selected>late bags</option>' in form
    gone = lead.get("/filter", params={"q": 'topic:"old one"'}).text
    assert '<option value="old one" selected>old one</option>' in gone, "what is asked for is never lost by the form"
    sent = lead.get("/filter", params={"show": "yes", "topic": "late bags", "platform": "x"})
    assert sent.headers["location"] == "/?q=platform%3Ax+topic%3A%22late+bags%22"


def test_a_lead_renames_and_a_taken_name_is_refused(lead: Browser, two: tuple[int, int]) -> None:
    lead.get(AT)
    assert lead.post(f"{AT}/{two[0]}", {"act": "rename", "called": " Baggage  desk "}).status_code == 303
    assert "Baggage desk" in lead.get(AT).text
    refused = lead.post(f"{AT}/{two[1]}", {"act": "rename", "called": "baggage desk"})
    assert refused.status_code >= 400
    assert "has that name" in refused.text


def test_a_lead_merges_and_parts_again(lead: Browser, two: tuple[int, int]) -> None:
    lead.get(AT)
    lead.post(f"{AT}/{two[1]}", {"act": "merge", "into": str(two[0])})
    assert "Part again" in lead.get(AT).text
    lead.post(f"{AT}/{two[1]}", {"act": "part"})
    assert "Part again" not in lead.get(AT).text


def test_a_lead_hides_and_shows(lead: Browser, two: tuple[int, int]) -> None:
    lead.get(AT)
    lead.post(f"{AT}/{two[0]}", {"act": "hide"})
    assert "Show it again" in lead.get(AT).text
    lead.post(f"{AT}/{two[0]}", {"act": "show"})
    assert "Show it again" not in lead.get(AT).text


@pytest.mark.parametrize(
    "form",
    [
        {"act": "rename", "called": " "},
        {"act": "merge", "into": "x"},
        {"act": "merge", "into": "9" * 30},
        {"act": "eat"},
    ],
)
def test_what_cannot_be_done_is_refused_in_words(lead: Browser, two: tuple[int, int], form: dict[str, str]) -> None:
    lead.get(AT)
    assert lead.post(f"{AT}/{two[0]}", form).status_code in (409, 422)


def test_an_agent_sees_and_does_not_change(
    app: App, lead: Browser, two: tuple[int, int], visit: Callable[[], Browser]
) -> None:
    hire(app, "otis", "agent")
    agent = visit()
    agent.log_in("otis")
    assert "Rename" not in agent.get(AT).text
    assert agent.post(f"{AT}/{two[0]}", {"act": "hide"}).status_code == 403


def test_behind_the_brand_wall_there_is_nothing(
    app: App, lead: Browser, two: tuple[int, int], visit: Callable[[], Browser]
) -> None:
    hire(app, "far", "lead", ("Other",))
    far = visit()
    far.log_in("far")
    assert far.get(AT).status_code == 404
    assert far.post(f"{AT}/{two[0]}", {"act": "hide"}).status_code == 404
    assert lead.post(f"{AT}/999", {"act": "hide"}).status_code == 404


def test_a_case_names_its_topic_and_leads_to_the_others(app: App, lead: Browser, two: tuple[int, int]) -> None:
    case_id = Seed(app).case("bags lost again")
    with app.db.begin() as session:
        session.connection().exec_driver_sql(f"UPDATE mention SET topic_id = {two[0]}")
    page = lead.get(f"/cases/{case_id}").text
    assert re.search(r"Others on this.>(<bdi>)?late bags", page)
    with app.db.begin() as session:
        row = topics.get(session, BRAND, two[0])
        assert row is not None
        topics.hide(session, row, True, NOON, "account:1")
    assert "Others on this" not in lead.get(f"/cases/{case_id}").text
