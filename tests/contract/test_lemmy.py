"""Lemmy obeys the kit; a comment finds its parent, what was taken away is gone, and a locked post is closed."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable
from connectors.http import Http
from connectors.lemmy.client import Client
from connectors.lemmy.connector import Lemmy
from connectors.lemmy.parse import listing
from connectors.lemmy.settings import Settings
from connectors.testing import HttpConnectorContract, posts
from connectors.types import Closed, Connector, Here, Native, PostRef, Want, powers
from tests.fakes.lemmy import SITE, FakeLemmy
from tests.fakes.wire import Wire

ANSWER = json.loads((Path(__file__).parents[1] / "answers" / "lemmy" / "comments.json").read_text("utf-8"))
NOW = HttpConnectorContract.now
WANT = Want(terms=("acme",), own=frozenset({"acme_care@lemmy.test"}))
LOGIN = {"username": "acme_care", "password": "password-SECRET"}


def ear(fake: FakeLemmy, **more: Any) -> Lemmy:
    chosen = {"base_url": SITE, "communities": ("complaints",), "search": False, **more}
    return Lemmy(Settings(**chosen), http=Http(transport=Wire(fake), now=fake.now), now=fake.now)


@pytest.fixture
def fake() -> FakeLemmy:
    return FakeLemmy(now=lambda: NOW)


class TestLemmy(HttpConnectorContract):
    want = WANT
    secret = "SECRET"
    login: dict[str, Any] = {}  # noqa: RUF012 read only
    version = 3

    def over(self, http: Http) -> Connector:
        return Lemmy(Settings(base_url=SITE, communities=("complaints",), **self.login), http=http, now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        fake = FakeLemmy(now=self.clock)
        fake.version = self.version
        fake.post("acme too long ago", at=self.now - timedelta(days=6))
        for number in range(70):
            fake.post(f"Acme {number}", "again", f"pat{number % 5}", at=self.now - timedelta(minutes=400 - number))
        top = fake.post("elsewhere", "acme", community="other", at=self.now - timedelta(minutes=30))
        below = fake.comment(top, "acme?", at=self.now - timedelta(minutes=20))
        fake.comment(below, "yes, acme", at=self.now - timedelta(minutes=10))
        fake.comment(below, "sorry! acme", "acme_care", at=self.now - timedelta(minutes=5))
        return Wire(fake)

    def saying(self, text: str) -> Connector:
        fake = FakeLemmy(now=self.clock)
        fake.post("acme", text, at=self.now - timedelta(minutes=1))
        return ear(fake)

    def test_it_can_do_what_lemmy_allows(self) -> None:
        assert powers(self.make()) == ["Rechecks", "Converses", "Routes", "Probes"]


class TestLemmyWithAnAccount(TestLemmy):
    """The same signed in."""

    login = LOGIN


class TestLemmyOne(TestLemmy):
    """The same of Lemmy 1.0, which speaks version 4 of the API."""

    version = 4


class TestLemmyOneWithAnAccount(TestLemmyOne):
    """And signed in."""

    login = LOGIN


def test_both_versions_of_the_api_tell_the_same(fake: FakeLemmy) -> None:
    top = fake.post("hm", at=NOW - timedelta(days=3))
    above = fake.comment(top, "nothing to do with it", at=NOW - timedelta(days=2))
    fake.comment(above, "acme!", at=NOW - timedelta(minutes=5))
    for number in range(70):
        fake.post(f"acme {number}", "again", at=NOW - timedelta(minutes=100 - number))
    told = {}
    for version in (3, 4):
        fake.version = version
        connector = ear(fake, search=True, **LOGIN)
        heard = list(posts(connector.fetch(WANT)))
        there = connector.recheck([heard[0].ref, PostRef("lemmy", f"{SITE}/post/1")])
        below = connector.conversation(PostRef("lemmy", above)).posts
        told[version] = (heard, there, below, connector.probe())
    assert told[3] == told[4]
    assert len(told[4][0]) == 71


def test_which_version_a_server_speaks_is_asked_once(fake: FakeLemmy) -> None:
    fake.version = 4
    connector = ear(fake)
    [page] = connector.fetch(WANT)
    list(connector.fetch(replace(WANT, cursor=page.cursor)))
    assert len(fake.asked_for("/api/v4/site")) == 1
    assert fake.asked_for("/api/v3/") == []
    assert fake.asked_for("/api/v4/post/list")[0].one("community_name") == "complaints"
    fake.version = 3  # a server that went back to the version before is asked again
    with pytest.raises(Rejected):
        list(connector.fetch(WANT))
    list(connector.fetch(WANT))
    assert fake.asked_for("/api/v3/post/list")


def test_what_one_could_not_look_up_is_not_taken_for_gone(fake: FakeLemmy) -> None:
    fake.version = 4
    here = fake.post("acme")
    fake.unresolved = here
    told = ear(fake).recheck([PostRef("lemmy", here), PostRef("lemmy", f"{SITE}/post/1")])
    assert (told.posts, told.gone) == ((), (PostRef("lemmy", f"{SITE}/post/1"),))


def test_comments_are_read_as_they_stand_on_every_server() -> None:
    told = listing(ANSWER, "comments", "https://lemmy.test", "", {"complaints"})
    [comment] = told.posts
    assert (comment.ref.id, comment.url) == ("https://far.example/comment/91", "https://far.example/comment/91")
    assert (comment.text, comment.title, comment.engagement) == ("Acme did the **same** to me.", "Parcel lost?", 5)
    assert (comment.author.id, comment.author.handle) == ("https://far.example/u/kim", "kim@far.example")
    assert (comment.thread, comment.to_us) == ("https://lemmy.test/post/700", True)
    assert comment.edited_at == comment.created_at + timedelta(minutes=2)
    assert told.gone == (PostRef("lemmy", "https://lemmy.test/comment/5002"),)
    assert (len(told.poison), told.after, told.count) == (1, "", 3)


def test_version_four_says_the_same_in_other_words(fake: FakeLemmy) -> None:
    shape = json.loads((Path(__file__).parents[1] / "answers" / "lemmy" / "comments_v4.json").read_text("utf-8"))
    site = {"site_view": {"site": {"name": "Complaints"}}, "version": "1.0.0"}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=site if request.url.path.endswith("/site") else shape)

    client = Client(Settings(base_url=SITE), Http(transport=httpx.MockTransport(answer)))
    told = listing(client.comments("complaints", ""), "comments", SITE, "", {"complaints"})
    before = listing(ANSWER, "comments", SITE, "", {"complaints"})
    assert (told.posts, told.gone, told.times) == (before.posts, before.gone, before.times)
    assert (len(told.poison), told.after) == (1, "eyJpZCI6OTF9")


def test_a_comment_finds_the_one_it_answers(fake: FakeLemmy) -> None:
    top = fake.post("hm", at=NOW - timedelta(days=3))
    above = fake.comment(top, "nothing to do with it", at=NOW - timedelta(days=2))
    below = fake.comment(above, "acme!", at=NOW - timedelta(minutes=5))
    fake.comment(below, "and acme", at=NOW - timedelta(minutes=4))
    first, second = posts(ear(fake).fetch(WANT))
    assert (first.in_reply_to, second.in_reply_to) == (PostRef("lemmy", above), PostRef("lemmy", below))
    assert len(fake.asked_for("/api/v3/comment")) == 2


def test_in_our_own_community_everything_is_heard_and_marked(fake: FakeLemmy) -> None:
    fake.post("it broke", at=NOW - timedelta(minutes=9))
    assert list(posts(ear(fake).fetch(WANT))) == []
    [heard] = posts(ear(fake, communities=(), ours=("complaints",)).fetch(WANT))
    assert heard.to_us


def test_each_post_says_what_brought_it(fake: FakeLemmy) -> None:
    fake.post("acme", "here", at=NOW - timedelta(minutes=9))
    fake.post("acme", "there", community="other", at=NOW - timedelta(minutes=8))
    through = [one.through for one in posts(ear(fake, search=True).fetch(WANT))]
    assert through == ["complaints posts", "search acme posts"]


def test_what_became_of_a_post_is_looked_up_by_its_address(fake: FakeLemmy) -> None:
    here, taken = fake.post("acme"), fake.post("acme")
    fake.at(taken).deleted = True
    asked = [PostRef("lemmy", address) for address in (here, taken, f"{SITE}/post/1")]
    told = ear(fake).recheck(asked)
    assert ([post.ref for post in told.posts], told.gone) == (asked[:1], tuple(asked[1:]))


def test_the_post_is_read_with_its_comments(fake: FakeLemmy) -> None:
    top = fake.post("acme?", at=NOW - timedelta(hours=1))
    below = fake.comment(top, "yes", at=NOW)
    assert [post.ref.id for post in ear(fake).conversation(PostRef("lemmy", below)).posts] == [top, below]
    assert ear(fake).conversation(PostRef("lemmy", f"{SITE}/post/1")).gone


def test_who_may_answer_is_known_before_anybody_types(fake: FakeLemmy) -> None:
    fake.post("acme", at=NOW - timedelta(minutes=9))
    fake.at(fake.post("acme locked", at=NOW - timedelta(minutes=5))).locked = True
    free, locked = posts(ear(fake).fetch(WANT))
    assert isinstance(ear(fake).route(free), Native)
    assert ear(fake, **LOGIN).route(free) == Here("lemmy")
    assert isinstance(ear(fake, **LOGIN).route(locked), Closed)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("rate_limit_error", RateLimited), ("not_logged_in", AuthFailed), ("couldnt_find_community", Rejected)],
)
def test_its_refusals_are_told_apart_by_their_word(fake: FakeLemmy, word: str, meaning: type[PlatformError]) -> None:
    fake.refuse = word
    for login in ({}, LOGIN):
        with pytest.raises(meaning if not login or meaning is not Rejected else AuthFailed):
            list(ear(fake, **login).fetch(WANT))


def test_a_wrong_password_is_for_a_person_and_a_good_one_is_used_once(fake: FakeLemmy) -> None:
    with pytest.raises(AuthFailed, match="incorrect_login"):
        ear(fake, username="acme_care", password="wrong").probe()
    connector = ear(fake, **LOGIN)
    assert "signed in as acme_care" in connector.probe()
    list(connector.fetch(WANT))
    assert fake.logins == 2
    odd = httpx.MockTransport(lambda request: httpx.Response(200, json={"registration_created": True}))
    with pytest.raises(Unavailable):
        Lemmy(Settings(base_url=SITE, **LOGIN), http=Http(transport=odd), now=fake.now).probe()  # type: ignore[arg-type]


def test_a_site_that_is_no_lemmy_says_so(fake: FakeLemmy) -> None:
    assert "0.19.9" in ear(fake).probe()
    odd = httpx.MockTransport(lambda request: httpx.Response(200, json={"hello": 1}))
    with pytest.raises(Unavailable, match="not as a Lemmy"):
        Lemmy(Settings(base_url=SITE), http=Http(transport=odd), now=fake.now).probe()


def test_communities_are_taken_as_people_write_them() -> None:
    assert Settings(base_url=SITE, ours=("!Acme@lemmy.ml", "c/help")).watched == ("acme@lemmy.ml", "help")
    for wrong in ({"communities": ("a b",)}, {"password": "x"}, {"base_url": "lemmy.world"}):
        with pytest.raises(ValidationError):
            Settings(**{"base_url": SITE, **wrong})
