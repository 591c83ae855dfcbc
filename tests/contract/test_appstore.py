"""The App Store obeys the kit; stars and answers are read, and tokens signed as Apple wants them."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from connectors.appstore.client import armoured, cursor_of
from connectors.appstore.connector import AppStore
from connectors.appstore.parse import page
from connectors.appstore.settings import Settings
from connectors.errors import AuthFailed, Unavailable
from connectors.http import Http
from connectors.testing import HttpConnectorContract, posts
from connectors.types import Connector, Here, PostRef, Want, powers
from tests.fakes.appstore import APP, ISSUER, KEY, FakeAppStore, p8
from tests.fakes.wire import Wire

ANSWER = json.loads((Path(__file__).parents[1] / "answers" / "appstore" / "reviews.json").read_text("utf-8"))
NOW = HttpConnectorContract.now
WANT = Want(terms=("acme",))


def settings(**more: Any) -> Settings:
    return Settings(**{"app_id": APP, "issuer_id": ISSUER, "key_id": KEY, "private_key": p8(), **more})  # type: ignore[arg-type]


def ear(fake: FakeAppStore) -> AppStore:
    return AppStore(settings(), http=Http(transport=Wire(fake), now=fake.now), now=fake.now)


@pytest.fixture
def fake() -> FakeAppStore:
    return FakeAppStore(now=lambda: NOW)


class TestAppStore(HttpConnectorContract):
    want = WANT
    secret = "PRIVATE KEY"

    def over(self, http: Http) -> Connector:
        return AppStore(settings(), http=http, now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        fake = FakeAppStore(now=self.clock)
        fake.page_limit = 40
        fake.review("too long ago", at=self.now - timedelta(days=6))
        for number in range(90):
            fake.review(f"crash {number}", 1 + number % 5, at=self.now - timedelta(minutes=400 - number))
        fake.respond("0000-0009", "We are on it")
        return Wire(fake)

    def saying(self, text: str) -> Connector:
        fake = FakeAppStore(now=self.clock)
        fake.review(text, at=self.now - timedelta(minutes=1))
        return self.over(Http(transport=Wire(fake), now=self.clock))

    def test_it_can_do_what_apple_allows(self) -> None:
        assert powers(self.make()) == ["Rechecks", "Converses", "Routes", "Probes"]


def test_a_review_is_read_with_its_stars_and_its_answer() -> None:
    told = page(ANSWER, APP)
    poor, good, answer = told.posts
    assert (poor.title, poor.text) == ("Broken again", "It logs me out every time.\nGive me my money back.")
    assert (poor.rating, poor.kind, poor.author.handle, poor.to_us) == (0.2, "review", "quiet fern", True)
    assert poor.created_at.isoformat() == "2026-05-04T11:10:00+00:00"
    assert (good.rating, good.text, good.author.handle) == (1.0, "Top", "A customer")
    assert (answer.by_us, answer.in_reply_to, answer.text) == (True, poor.ref, "Sorry! 4.1.3 fixes it.")
    assert (len(told.poison), told.after, told.count) == (1, "AMg.AQ", 3)


def test_the_next_page_is_asked_for_at_our_own_address_whatever_the_link_says() -> None:
    assert cursor_of("http://169.254.169.254/?cursor=c1") == "c1"
    assert cursor_of("https://[::1") == cursor_of(None) == cursor_of("https://a.test/") == ""


def test_our_token_is_signed_for_apple_and_short_lived(fake: FakeAppStore) -> None:
    list(ear(fake).fetch(WANT))
    claims = fake.claims[0]
    assert (claims["alg"], claims["kid"], claims["iss"], claims["aud"]) == ("ES256", KEY, ISSUER, "appstoreconnect-v1")
    assert claims["exp"] - claims["iat"] == 900


def test_a_key_that_lost_its_line_ends_is_still_good() -> None:
    assert armoured(" ".join(p8().split("\n"))) == armoured(p8()) == armoured(p8().replace("\n", "\\n"))


def test_a_key_that_cannot_sign_is_for_a_person(fake: FakeAppStore) -> None:
    broken = AppStore(settings(private_key="no key"), http=Http(transport=Wire(fake)), now=fake.now)
    with pytest.raises(AuthFailed, match="p8"):
        broken.probe()


def test_other_stars_for_the_same_words_come_again(fake: FakeAppStore) -> None:
    id_ = fake.review("meh", 5, at=NOW - timedelta(hours=30))
    pages = list(ear(fake).fetch(replace(WANT, first_look=timedelta(days=3))))
    fake.reviews[id_]["rating"] = 1
    [changed] = posts(ear(fake).fetch(replace(WANT, cursor=pages[-1].cursor)))
    assert (changed.ref.id, changed.rating, changed.edited_at) == (id_, 0.2, NOW)


def test_a_review_that_is_shown_a_day_late_is_still_heard(fake: FakeAppStore) -> None:
    pages = list(ear(fake).fetch(WANT))
    fake.review("late", at=NOW - timedelta(hours=40))
    assert [post.text for post in posts(ear(fake).fetch(replace(WANT, cursor=pages[-1].cursor)))] == ["late"]


def test_what_became_of_a_review_is_looked_up(fake: FakeAppStore) -> None:
    here = fake.review("crash", at=NOW)
    asked = [PostRef("appstore", id_) for id_ in (here, "0000-0077", "a/response")]
    told = ear(fake).recheck(asked)
    assert ([post.ref for post in told.posts], told.gone) == ([asked[0]], (asked[1],))
    fake.respond(here, "Sorry!")
    assert [post.by_us for post in ear(fake).conversation(asked[0]).posts] == [False, True]
    assert ear(fake).conversation(asked[1]).gone == (asked[1],)


def test_the_probe_and_the_limit_of_the_hour(fake: FakeAppStore) -> None:
    fake.review("crash", at=NOW)
    assert "with words: 1" in ear(fake).probe()
    [told] = ear(fake).fetch(WANT)
    assert told.rate is not None
    assert (told.rate.left, ear(fake).route(told.posts[0])) == (3545, Here("appstore"))


def test_an_answer_of_another_shape_is_asked_for_again(fake: FakeAppStore) -> None:
    odd = httpx.MockTransport(lambda request: httpx.Response(200, json={"data": {"id": "1"}}))
    with pytest.raises(Unavailable):
        AppStore(settings(), http=Http(transport=odd), now=fake.now).recheck([PostRef("appstore", "1")])


@pytest.mark.parametrize("wrong", [{"app_id": "acme"}, {"issuer_id": "a b"}, {"key_id": ""}])
def test_settings_that_cannot_work_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)
