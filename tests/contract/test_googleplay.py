"""Google Play obeys the kit; stars, titles and answers are read."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from connectors.errors import AuthFailed, RateLimited, Unavailable
from connectors.googleplay.connector import GooglePlay
from connectors.googleplay.parse import page
from connectors.googleplay.settings import Settings
from connectors.http import Http
from connectors.testing import HttpConnectorContract, posts, refs
from connectors.types import Connector, Here, PostRef, Span, Want, powers
from tests.fakes.googleplay import PACKAGE, FakeGooglePlay, service_account
from tests.fakes.wire import Wire

ANSWER = json.loads((Path(__file__).parents[1] / "answers" / "googleplay" / "reviews.json").read_text("utf-8"))
NOW = HttpConnectorContract.now
WANT = Want(terms=("acme",))


def settings(**more: Any) -> Settings:
    return Settings(package=PACKAGE, service_account=service_account(), **more)  # type: ignore[arg-type]


def ear(fake: FakeGooglePlay) -> GooglePlay:
    return GooglePlay(settings(), http=Http(transport=Wire(fake), now=fake.now), now=fake.now)


@pytest.fixture
def fake() -> FakeGooglePlay:
    return FakeGooglePlay(now=lambda: NOW)


class TestGooglePlay(HttpConnectorContract):
    want = WANT
    secret = "SECRET"

    def over(self, http: Http) -> Connector:
        return GooglePlay(settings(), http=http, now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        fake = FakeGooglePlay(now=self.clock)
        fake.page_limit = 40
        fake.review("too long ago", at=self.now - timedelta(days=6))
        for number in range(90):
            fake.review(f"crash {number}", 1 + number % 5, at=self.now - timedelta(minutes=400 - number))
        fake.respond("gp:9", "We are on it")
        return Wire(fake)

    def saying(self, text: str) -> Connector:
        fake = FakeGooglePlay(now=self.clock)
        fake.review(text, at=self.now - timedelta(minutes=1))
        return self.over(Http(transport=Wire(fake), now=self.clock))

    def test_it_can_do_what_google_allows(self) -> None:
        assert powers(self.make()) == ["Rechecks", "Converses", "Routes", "Probes"]


def test_a_review_is_read_with_its_stars_and_its_answer() -> None:
    told = page(ANSWER, PACKAGE)
    german, thai, answer = told.posts
    assert (german.title, german.text, german.language) == ("Nach dem Update", "Stürzt beim Bezahlen ab.", "de")
    assert (german.rating, german.kind, german.engagement, german.to_us) == (0.2, "review", 3, True)
    assert german.url == f"https://play.google.com/store/apps/details?id={PACKAGE}&reviewId=gp:AOqpTOE-1"
    assert (thai.title, thai.text, thai.rating, thai.author.handle) == ("", "จ่ายเงินไม่ได้", 0.4, "A Google user")
    assert (answer.by_us, answer.in_reply_to, answer.text) == (True, german.ref, "Das tut uns leid, 4.1.3 behebt es.")
    assert (len(told.poison), told.after, told.count) == (1, "p2", 3)


def test_an_app_without_reviews_answers_with_nothing_and_an_error_is_no_page() -> None:
    assert page({}, PACKAGE).posts == ()
    for odd in ({"error": {"code": 500}}, {"reviews": {}}, []):
        with pytest.raises(Unavailable):
            page(odd, PACKAGE)


def test_our_token_is_signed_for_the_api_and_kept_while_it_is_good(fake: FakeGooglePlay) -> None:
    fake.review("crash", at=NOW)
    connector = ear(fake)
    list(connector.fetch(WANT))
    list(connector.fetch(WANT))
    [claims] = fake.claims
    assert (claims["iss"], claims["kid"], claims["alg"]) == ("ear@example.test", "k1", "RS256")
    assert claims["aud"] == "https://oauth2.googleapis.com/token"
    assert claims["exp"] - claims["iat"] == 3000
    fake.now = lambda: NOW + timedelta(minutes=56)
    connector._client._grant._now = fake.now
    connector.recheck([PostRef("googleplay", "gp:0")])
    assert len(fake.claims) == 2


def test_other_stars_for_the_same_words_come_again(fake: FakeGooglePlay) -> None:
    id_ = fake.review("meh", 5, at=NOW - timedelta(hours=2))
    pages = list(ear(fake).fetch(WANT))
    fake.change(id_, "meh", 1, at=NOW - timedelta(minutes=1))
    [changed] = posts(ear(fake).fetch(replace(WANT, cursor=pages[-1].cursor)))
    assert (changed.ref.id, changed.rating, changed.edited_at) == (id_, 0.2, NOW)


def test_an_answer_from_the_console_is_ours(fake: FakeGooglePlay) -> None:
    id_ = fake.review("crash", at=NOW - timedelta(hours=1))
    pages = list(ear(fake).fetch(WANT))
    fake.respond(id_, "Sorry!")
    [answer] = posts(ear(fake).fetch(replace(WANT, cursor=pages[-1].cursor)))
    assert (answer.by_us, answer.to_us, answer.in_reply_to) == (True, False, PostRef("googleplay", id_))


def test_what_lies_beyond_a_week_is_told_as_lost(fake: FakeGooglePlay) -> None:
    pages = list(ear(fake).fetch(replace(WANT, since=NOW - timedelta(days=9), until=NOW - timedelta(days=1))))
    assert pages[0].lost == Span(NOW - timedelta(days=9), NOW - timedelta(days=7) + timedelta(minutes=5))


def test_what_became_of_a_review_is_looked_up(fake: FakeGooglePlay) -> None:
    here = fake.review("crash", at=NOW)
    page_ = ear(fake).recheck(
        [PostRef("googleplay", here), PostRef("googleplay", "gp:77"), PostRef("googleplay", "a/reply")]
    )
    assert (refs([page_]), page_.gone) == ([PostRef("googleplay", here)], (PostRef("googleplay", "gp:77"),))
    fake.respond(here, "Sorry!")
    assert [post.by_us for post in ear(fake).conversation(PostRef("googleplay", here)).posts] == [False, True]
    assert ear(fake).conversation(PostRef("googleplay", "gp:77")).gone


def test_a_quota_used_up_is_waited_for_and_a_missing_right_is_said(fake: FakeGooglePlay) -> None:
    fake.forbidden = "quotaExceeded"
    with pytest.raises(RateLimited, match="quota"):
        list(ear(fake).fetch(WANT))
    fake.forbidden = "rateLimitExceeded"
    with pytest.raises(RateLimited, match="slower"):
        list(ear(fake).fetch(WANT))
    fake.forbidden = "insufficientPermissions"
    with pytest.raises(AuthFailed, match="insufficientPermissions"):
        list(ear(fake).fetch(WANT))


def test_a_key_that_google_refuses_and_one_that_cannot_sign_are_for_a_person(fake: FakeGooglePlay) -> None:
    no = httpx.MockTransport(lambda request: httpx.Response(400, json={"error": "invalid_grant"}))
    with pytest.raises(AuthFailed, match="invalid_grant"):
        GooglePlay(settings(), http=Http(transport=no), now=fake.now).probe()
    broken = Settings(package=PACKAGE, service_account='{"client_email": "a@b.test", "private_key": "no key"}')  # type: ignore[arg-type]
    with pytest.raises(AuthFailed, match="cannot be read"):
        GooglePlay(broken, http=Http(transport=Wire(fake)), now=fake.now).probe()


def test_the_probe_says_how_much_there_is(fake: FakeGooglePlay) -> None:
    fake.review("crash", at=NOW)
    assert "last week: 1" in ear(fake).probe()
    assert ear(fake).route(next(iter(posts(ear(fake).fetch(WANT))))) == Here("googleplay")


@pytest.mark.parametrize("wrong", [{"package": "app"}, {"service_account": "key"}, {"service_account": "{}"}])
def test_settings_that_cannot_work_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(**{"package": PACKAGE, "service_account": service_account(), **wrong})  # type: ignore[arg-type]
