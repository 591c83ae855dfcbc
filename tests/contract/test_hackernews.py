"""Hacker News obeys the kit, over a search that filters, caps and is late as the real one is."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.errors import Unavailable
from connectors.hackernews.connector import HackerNews, queries
from connectors.hackernews.parse import Odd, hit
from connectors.hackernews.settings import Settings
from connectors.http import Http
from connectors.testing import HttpConnectorContract, posts, refs
from connectors.types import Connector, Native, PostRef, Span, Want, powers

ANSWERS = Path(__file__).parents[1] / "answers" / "hackernews"
SEARCH: dict[str, Any] = json.loads((ANSWERS / "search.json").read_text())
ITEMS: dict[str, Any] = json.loads((ANSWERS / "items.json").read_text())
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
WANT = Want(terms=("acme",))


class Search(httpx.MockTransport):
    """Filters by time, gives the newest `cap` hits and says how many there are. Any other question is refused."""

    def __init__(self, hits: list[dict[str, Any]] | None = None, cap: int = 1000) -> None:
        there = respx.Router()
        there.get(host="hn.algolia.com", path="/api/v1/search_by_date").mock(side_effect=self.found)
        there.get(host="hacker-news.firebaseio.com", path__regex=r"^/v0/item/(?P<id>\d+)\.json$").mock(side_effect=item)
        super().__init__(there.handler)
        self.hits = SEARCH["hits"] if hits is None else hits
        self.cap = cap
        self.asked: list[tuple[int, int]] = []

    def found(self, request: httpx.Request) -> httpx.Response:
        low, high = (int(part.split("created_at_i")[1].lstrip(">=<")) for part in _filters(request))
        self.asked.append((low, high))
        inside = sorted((h for h in self.hits if low <= h["created_at_i"] < high), key=_newest)
        told = {**SEARCH, "hits": inside[: self.cap], "nbHits": len(inside)}
        return httpx.Response(200, content=json.dumps(told))


def item(_request: httpx.Request, id: str) -> httpx.Response:
    return httpx.Response(200, content=json.dumps(ITEMS.get(id)))


def _filters(request: httpx.Request) -> list[str]:
    return request.url.params["numericFilters"].split(",")


def _newest(thing: dict[str, Any]) -> int:
    return -int(thing["created_at_i"])


def hacker_news(transport: httpx.BaseTransport) -> HackerNews:
    return HackerNews(Settings(), http=Http(transport=transport), now=lambda: NOON)


def some(id_: int, at: int, text: str = "acme again") -> dict[str, Any]:
    base = {"author": "pat", "objectID": str(id_), "comment_text": text, "created_at_i": at, "parent_id": 1}
    return {**base, "story_id": 1, "story_title": "A story"}


class TestHackerNews(HttpConnectorContract):
    want = WANT

    def over(self, http: Http) -> Connector:
        return HackerNews(Settings(), http=http, now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        return Search()

    def saying(self, text: str) -> Connector:
        return hacker_news(Search([some(7, int(NOON.timestamp()) - 60, text)]))


class TestBusyHackerNews(TestHackerNews):
    """The same when every question overflows: one thousand is four here."""

    def answers(self) -> httpx.BaseTransport:
        start = int(NOON.timestamp())
        return Search([some(at, start - at * 600) for at in range(1, 30)], cap=4)

    def saying(self, text: str) -> Connector:
        return hacker_news(Search([some(7, int(NOON.timestamp()) - 60, text)], cap=4))


def test_hits_are_read_as_a_person_wrote_them() -> None:
    heard = {post.ref.id: post for post in posts(hacker_news(Search()).fetch(WANT))}
    lost = heard["48000009"]
    assert lost.text == (
        'Acme lost my second parcel this month. "Delivered", says the tracking.\n\n'
        "Support closed the ticket: https://acme.example/tickets/4711/closed-without-an-answer"
    )
    assert (lost.author.handle, lost.kind, lost.thread) == ("quietfern", "comment", "48000001")
    assert lost.in_reply_to == PostRef("hackernews", "48000001")
    assert lost.created_at == datetime(2026, 5, 4, 11, 30, tzinfo=UTC)
    assert "curl acme.example\n  --retry 5" in heard["48000008"].text
    ask, link = heard["48000005"], heard["48000004"]
    assert (ask.title, ask.text) == (
        "Ask HN: Alternatives to Acme?",
        "They charge twice and answer never.\n\nWhat else is there?",
    )
    assert (ask.engagement, ask.in_reply_to, ask.thread) == (16, None, "48000005")
    assert link.text == "Acme raises prices again"
    assert link.through == "search"


def test_a_late_index_is_read_again_and_nothing_comes_twice() -> None:
    now = int(NOON.timestamp())
    search = Search([some(1, now - 60)])
    first = list(hacker_news(search).fetch(WANT))
    search.hits.append(some(2, now - 120))
    second = list(hacker_news(search).fetch(replace(WANT, cursor=first[-1].cursor)))
    assert ([ref.id for ref in refs(first)], [ref.id for ref in refs(second)]) == (["1"], ["2"])


def test_an_edit_comes_again_with_its_time() -> None:
    now = int(NOON.timestamp())
    search = Search([some(1, now - 60)])
    first = list(hacker_news(search).fetch(WANT))
    search.hits = [{**some(1, now - 60, "acme, never mind"), "updated_at": "2026-05-04T11:59:30Z"}]
    (edited,) = posts(hacker_news(search).fetch(replace(WANT, cursor=first[-1].cursor)))
    assert (edited.text, edited.edited_at) == ("acme, never mind", NOON - timedelta(seconds=30))


def test_a_busy_day_is_cut_until_nothing_is_capped() -> None:
    now = int(NOON.timestamp())
    search = Search([some(at, now - at) for at in range(1, 60)], cap=10)
    pages = list(hacker_news(search).fetch(WANT))
    assert len(refs(pages)) == 59
    assert all(page.covered is not None and page.lost is None for page in pages)
    assert [page.covered.start for page in pages[1:]] == [page.covered.end for page in pages[:-1]]


def test_more_than_a_second_can_hold_is_said_to_be_lost() -> None:
    moment = int(NOON.timestamp()) - 5
    search = Search([some(at, moment) for at in range(9)], cap=4)
    want = replace(WANT, since=NOON - timedelta(seconds=8))
    lost = [page.lost for page in hacker_news(search).fetch(want) if page.lost]
    assert lost == [Span(NOON - timedelta(seconds=5), NOON - timedelta(seconds=4))]


class Pages(httpx.MockTransport):
    """Answers with these pages in turn, the last one for ever."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        super().__init__(self.answer)
        self.pages = pages
        self.asked = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(200, json=self.pages[min(self.asked, len(self.pages)) - 1])


def paged(*ids: int, pages: int = 3, at: int = int(NOON.timestamp()) - 60) -> dict[str, Any]:
    return {"hits": [some(id_, at) for id_ in ids], "nbHits": len(ids), "nbPages": pages}


@pytest.mark.parametrize(
    ("pages", "most", "heard"),
    [
        ([paged(1, 2, 3)], 2, 3),
        ([paged(1, 2), paged(3), paged(1, 2)], 3, 3),
        ([{**paged(1, at=1_700_000_000, pages=1), "nbHits": 9}], 1, 1),
        ([{**paged(pages=1), "nbHits": 9}], 1, 0),
    ],
)
def test_a_server_that_goes_round_in_circles_is_left_and_that_is_told(
    pages: list[dict[str, Any]], most: int, heard: int
) -> None:
    server = Pages(*pages)
    told = hacker_news(server).fetch(WANT)
    page = next(told)
    with pytest.raises(Unavailable, match="circles"):
        next(told)
    assert (server.asked, len(page.posts)) == (most, heard)
    assert (page.truncated, page.covered, page.cursor) == (True, None, None)


def test_empty_pages_in_between_are_passed_over() -> None:
    server = Pages(paged(), paged(), paged(1, 2, pages=1))
    (page,) = hacker_news(server).fetch(WANT)
    assert ([ref.id for ref in refs([page])], page.truncated) == (["1", "2"], False)


def test_a_burst_is_caught_up_in_few_questions() -> None:
    now = int(NOON.timestamp())
    search = Search([some(at, now - at * 6) for at in range(1, 400)], cap=10)
    pages = list(hacker_news(search).fetch(WANT))
    assert len(set(refs(pages))) == 399
    assert len(search.asked) < 200


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_refused_question_is_asked_again_later(status: int) -> None:
    refuse = httpx.MockTransport(lambda request: httpx.Response(status))
    with pytest.raises(Unavailable):
        list(hacker_news(refuse).fetch(WANT))


def test_taken_away_is_gone_and_unreadable_is_kept_aside() -> None:
    now = int(NOON.timestamp()) - 9
    hits = [{**some(1, now), "author": None, "comment_text": None}, some(2, now), {**some(3, now), "objectID": None}]
    (page,) = hacker_news(Search([*hits, {**some(4, now), "comment_text": ["x"]}])).fetch(WANT)
    assert (page.gone, [post.ref.id for post in page.posts]) == ((PostRef("hackernews", "1"),), ["2"])
    assert [json.loads(poison.raw)["comment_text"] for poison in page.poison] == ["acme again", ["x"]]
    (again,) = hacker_news(Search([{**some(3, now), "objectID": None}])).fetch(replace(WANT, cursor=page.cursor))
    assert again.poison == ()


@pytest.mark.parametrize(
    "thing",
    [
        None,
        [],
        {},
        some(1, 0),
        {**some(1, 5), "objectID": "../x"},
        {**some(1, 5), "created_at_i": 10**30},
        {**some(1, 5), "created_at_i": "5"},
        {**some(1, 5), "author": {"a": 1}},
        {**some(1, 5), "parent_id": float("inf")},
    ],
)
def test_an_odd_hit_says_why_it_is_odd(thing: object) -> None:
    with pytest.raises(Odd, match=r"."):
        hit(thing)


def test_each_name_is_searched_once() -> None:
    want = Want(terms=("Acme", "Acme Care", "Blue Bird", "acme"), handles=("@acme_help",), hashtags=("#AcmeFail",))
    assert queries(want) == ("acme", "acme_help", "acmefail", '"blue bird"')
    assert list(hacker_news(Search()).fetch(Want())) == []


def test_what_became_of_a_post_is_looked_up() -> None:
    ids = [PostRef("hackernews", id_) for id_ in ("48000009", "48000008", "48000007", "404")]
    page = hacker_news(Search()).recheck(ids)
    assert [post.text for post in page.posts] == ["Acme lost my second parcel this month. It came after all!"]
    assert page.gone == tuple(ids[1:])


def test_what_was_said_before_is_read_up_to_the_story() -> None:
    page = hacker_news(Search()).conversation(PostRef("hackernews", "48000009"))
    assert [post.ref.id for post in page.posts] == ["48000001", "48000009"]


def test_the_composer_opens_on_hacker_news() -> None:
    connector = hacker_news(Search())
    heard = {post.ref.id: connector.route(post) for post in posts(connector.fetch(WANT))}
    comment, story = heard["48000009"], heard["48000004"]
    assert isinstance(comment, Native)
    assert isinstance(story, Native)
    assert comment.url == "https://news.ycombinator.com/reply?id=48000009&goto=item%3Fid%3D48000001%2348000009"
    assert story.url == "https://news.ycombinator.com/item?id=48000004"
    assert powers(connector) == ["Rechecks", "Converses", "Routes", "Probes"]
    assert "no account" in connector.probe()


def test_an_item_that_cannot_be_read_is_asked_again_later() -> None:
    odd: Callable[[httpx.Request], httpx.Response] = lambda request: httpx.Response(200, json={"by": "x", "id": []})
    with pytest.raises(Unavailable):
        hacker_news(httpx.MockTransport(odd)).recheck([PostRef("hackernews", "1")])


def test_settings_want_a_web_address() -> None:
    with pytest.raises(ValueError, match="https"):
        Settings(base_url="hn.algolia.com")
    assert Settings(base_url="https://hn.test/").base_url == "https://hn.test"
