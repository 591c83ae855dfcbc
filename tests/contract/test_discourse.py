"""Discourse obeys the kit, whole and by search."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from connectors.discourse.connector import Discourse
from connectors.discourse.parse import latest
from connectors.discourse.settings import Settings
from connectors.errors import Unavailable
from connectors.http import Http
from connectors.testing import HttpConnectorContract, posts, refs
from connectors.types import Connector, Here, Native, PostRef, Span, Want, powers
from tests.fakes.discourse import FakeDiscourse
from tests.fakes.wire import Wire

SITE = "https://forum.test"
ANSWER = json.loads((Path(__file__).parents[1] / "answers" / "discourse" / "latest.json").read_text("utf-8"))


class TestDiscourse(HttpConnectorContract):
    want = Want(terms=("acme",), own=frozenset({"acme_care"}))
    secret = "SECRET"
    hear = "everything"

    def over(self, http: Http) -> Connector:
        settings = Settings(base_url=SITE, api_key="key-SECRET", api_user="acme_care", hear=self.hear)  # type: ignore[arg-type]
        return Discourse(settings, http=http, now=self.clock)

    def fake(self) -> FakeDiscourse:
        return FakeDiscourse(now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        fake = self.fake()
        fake.post("acme too long ago", at=self.now - timedelta(days=3))
        for number in range(70):
            fake.post(f"Acme {number}", f"pat{number % 5}", at=self.now - timedelta(minutes=300 - number))
            fake.post("nothing to do with it", at=self.now - timedelta(minutes=300 - number))
        fake.post("sorry! acme", author="acme_care", topic=3, at=self.now - timedelta(minutes=60))
        return Wire(fake)

    def saying(self, text: str) -> Connector:
        fake = self.fake()
        fake.post("acme", at=self.now - timedelta(minutes=1))
        fake.posts[0] |= {"raw": text, "topic_title": "acme"}
        return self.over(Http(transport=Wire(fake), now=self.clock))

    def test_it_can_do_what_a_forum_allows(self) -> None:
        assert powers(self.make()) == ["Rechecks", "Converses", "Routes", "Probes"]


class TestDiscourseBySearch(TestDiscourse):
    hear = "search"

    def saying(self, text: str) -> None:  # type: ignore[override]
        """The same reader, after a search that the fake answers by the words themselves."""


def ear(fake: FakeDiscourse, **settings: object) -> Discourse:
    chosen = Settings(base_url=SITE, **settings)  # type: ignore[arg-type]
    return Discourse(chosen, http=Http(transport=Wire(fake), now=fake.now), now=fake.now)


@pytest.fixture
def fake() -> FakeDiscourse:
    return FakeDiscourse(now=lambda: HttpConnectorContract.now)


NOW = HttpConnectorContract.now
WANT = Want(terms=("acme",), own=frozenset({"acme_care"}))


def test_posts_are_read_as_a_person_wrote_them() -> None:
    told = latest(ANSWER, SITE)
    reply, first = told.posts
    assert (reply.ref, reply.in_reply_to, reply.thread) == (
        PostRef("discourse", "forum.test/812/3"), PostRef("discourse", "forum.test/812/2"), "forum.test/812",
    )  # fmt: skip
    assert (reply.text, reply.title, reply.author.handle) == ("Same with my **Acme** box.", "Parcel lost?", "kimlee")
    assert (reply.engagement, reply.edited_at) == (4, reply.created_at + timedelta(minutes=5))
    assert (first.text, first.in_reply_to, first.edited_at) == (
        "Acme never answers.", PostRef("discourse", "forum.test/812/1"), None,
    )  # fmt: skip
    assert told.gone == (PostRef("discourse", "forum.test/812/1"),)
    assert (told.after, told.count) == ("9001", 3)


def test_an_unchanged_list_costs_one_small_answer(fake: FakeDiscourse) -> None:
    fake.post("acme again", at=NOW - timedelta(hours=1))
    [page] = ear(fake).fetch(WANT)
    fake.now = lambda: NOW + timedelta(minutes=5)
    fake.log.clear()
    [again] = ear(fake).fetch(replace(WANT, cursor=page.cursor))
    [asked] = fake.log
    assert "if-none-match" in asked.headers
    assert (again.posts, again.covered) == ((), Span(NOW, NOW + timedelta(minutes=5)))
    fake.post("acme once more", at=NOW)
    assert len(posts(ear(fake).fetch(replace(WANT, cursor=again.cursor)))) == 1


def test_in_our_own_forum_everything_is_heard_and_marked(fake: FakeDiscourse) -> None:
    fake.post("it broke", at=NOW - timedelta(minutes=9))
    assert list(posts(ear(fake).fetch(WANT))) == []
    [heard] = posts(ear(fake, ours=True).fetch(WANT))
    assert heard.to_us


def test_an_old_forum_that_gives_stretches_of_numbers_is_walked_to_its_end() -> None:
    only = {**ANSWER["latest_posts"][0], "id": 9000}
    assert latest({"latest_posts": [only]}, SITE, "9000").after == "8950"
    assert latest({"latest_posts": []}, SITE, "50").after == ""


def test_more_than_a_read_may_take_opens_a_gap(fake: FakeDiscourse) -> None:
    for number in range(160):
        fake.post(f"acme {number}", at=NOW - timedelta(minutes=200 - number))
    [*_, last] = pages = list(ear(fake, most_pages=2).fetch(WANT))
    assert (pages[0].truncated, len(refs(pages))) == (True, 100)
    assert last.covered is not None
    assert last.covered.start == NOW - timedelta(minutes=140)


def test_what_became_of_a_post_is_looked_up(fake: FakeDiscourse) -> None:
    here, gone = fake.post("acme"), fake.post("acme")
    fake.take_away(gone)
    page = ear(fake).recheck(
        [
            PostRef("discourse", f"forum.test/{here}"),
            PostRef("discourse", f"forum.test/{gone}"),
            PostRef("discourse", "odd.test/1/1"),
        ]
    )
    assert [post.ref.id for post in page.posts] == [f"forum.test/{here}"]
    assert page.gone == (PostRef("discourse", f"forum.test/{gone}"),)


def test_the_topic_is_read_around_a_post(fake: FakeDiscourse) -> None:
    root = fake.post("acme?", at=NOW - timedelta(hours=1))
    below = fake.post("yes", topic=1, to=1)
    page = ear(fake).conversation(PostRef("discourse", f"forum.test/{below}"))
    assert [post.ref.id for post in page.posts] == [f"forum.test/{root}", f"forum.test/{below}"]
    assert ear(fake).conversation(PostRef("discourse", "forum.test/9/9")).gone == (
        PostRef("discourse", "forum.test/9/9"),
    )


def test_an_answer_goes_by_the_key_or_in_the_forum(fake: FakeDiscourse) -> None:
    fake.post("acme", at=NOW - timedelta(minutes=5))
    [post] = posts(ear(fake).fetch(WANT))
    assert isinstance(ear(fake).route(post), Native)
    assert ear(fake, api_key="key-SECRET", api_user="acme_care").route(post) == Here("discourse")
    assert "Parcels" in ear(fake).probe()


def test_a_site_that_is_no_discourse_says_so(fake: FakeDiscourse) -> None:
    other = httpx.MockTransport(lambda request: httpx.Response(200, json={"hello": 1}))
    with pytest.raises(Unavailable, match="not as a Discourse"):
        Discourse(Settings(base_url=SITE), http=Http(transport=other), now=fake.now).probe()


def test_a_key_needs_its_user() -> None:
    with pytest.raises(ValidationError, match="api_user"):
        Settings(base_url=SITE, api_key="k")  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="https"):
        Settings(base_url="forum.test")
