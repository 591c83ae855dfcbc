"""Stack Exchange obeys the kit; it rests when asked to, and goes on where it was cut short."""

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
from connectors.stackexchange.connector import StackExchange
from connectors.stackexchange.parse import page, page_of
from connectors.stackexchange.settings import Settings
from connectors.testing import HttpConnectorContract, posts, refs
from connectors.types import Connector, Native, PostRef, Span, Want, powers
from tests.fakes.stackexchange import FakeStackExchange
from tests.fakes.wire import Wire

ANSWER = json.loads((Path(__file__).parents[1] / "answers" / "stackexchange" / "questions.json").read_text("utf-8"))
NOW = HttpConnectorContract.now
WANT = Want(terms=("acme",))


def ear(fake: FakeStackExchange, **more: Any) -> StackExchange:
    chosen = {"tags": ("acme-sdk",), "search": False, **more}
    return StackExchange(Settings(**chosen), http=Http(transport=Wire(fake), now=fake.now), now=fake.now)


@pytest.fixture
def fake() -> FakeStackExchange:
    return FakeStackExchange(now=lambda: NOW)


class TestStackExchange(HttpConnectorContract):
    want = WANT
    secret = "key-SECRET"

    def over(self, http: Http) -> Connector:
        return StackExchange(Settings(tags=("acme-sdk",), key=self.secret), http=http, now=self.clock)  # type: ignore[arg-type]

    def answers(self) -> httpx.BaseTransport:
        fake = FakeStackExchange(now=self.clock)
        fake.page_limit = 60
        fake.ask("too long ago", at=self.now - timedelta(days=6))
        for number in range(110):
            fake.ask(f"rows {number} & more", author=f"pat{number % 5}", at=self.now - timedelta(minutes=400 - number))
        fake.ask("acme elsewhere", tag="python", at=self.now - timedelta(minutes=20))
        fake.reply(1, "try acme again", at=self.now - timedelta(minutes=10))
        return Wire(fake)

    def saying(self, text: str) -> Connector:
        fake = FakeStackExchange(now=self.clock)
        number = fake.ask("hm", at=self.now - timedelta(minutes=1))
        fake.said[number]["body"] = text
        return ear(fake)

    def test_it_can_do_what_stack_exchange_allows(self) -> None:
        assert powers(self.make()) == ["Rechecks", "Routes", "Probes"]


def test_questions_answers_and_comments_are_read_as_people_wrote_them() -> None:
    told = page(ANSWER, "stackoverflow", "2")
    question, answer, comment = told.posts
    assert (question.ref.id, question.title) == ("stackoverflow/q/79000001", 'Acme SDK loses rows "sometimes"')
    assert question.text == "Every export() since 4.1 is empty."
    assert (question.author.id, question.author.handle) == ("stackoverflow/4711", "Quiet & Fern")
    assert (question.engagement, question.edited_at) == (3, question.created_at + timedelta(minutes=5))
    assert (answer.ref.id, answer.in_reply_to, answer.kind) == ("stackoverflow/a/79000002", question.ref, "reply")
    assert (answer.author.id, answer.url) == ("stackoverflow/user99", "https://stackoverflow.com/q/79000002")
    assert (comment.text, comment.thread) == ('Acme support says it is "known".', question.ref.id)
    assert comment.url == "https://stackoverflow.com/q/79000001#comment139000003_79000001"
    assert (len(told.poison), told.after) == (1, "3")
    assert page_of("travel", "7") == "https://travel.stackexchange.com/q/7"


def test_what_is_tagged_is_to_us_and_what_a_search_finds_must_name_us(fake: FakeStackExchange) -> None:
    fake.ask("rows", at=NOW - timedelta(hours=1))
    fake.ask("Why, acme?", tag="python", at=NOW - timedelta(minutes=30))
    heard = posts(ear(fake, search=True).fetch(WANT))
    assert [(post.title, post.to_us) for post in heard] == [("rows", True), ("Why, acme?", False)]
    assert [post.through for post in heard] == ["stackoverflow tags acme-sdk", "stackoverflow search acme"]


def test_what_is_said_below_a_tagged_question_is_heard_for_a_week(fake: FakeStackExchange) -> None:
    question = fake.ask("rows", at=NOW - timedelta(hours=1))
    [page_] = ear(fake).fetch(WANT)
    fake.reply(question, "same", at=NOW + timedelta(minutes=1))
    fake.comment(question, "me too", at=NOW + timedelta(minutes=2))
    fake.now = lambda: NOW + timedelta(minutes=5)
    heard = posts(ear(fake).fetch(replace(WANT, cursor=page_.cursor)))
    assert [(post.text, post.kind, post.to_us) for post in heard] == [
        ("same", "reply", True),
        ("me too", "comment", True),
    ]


def test_a_rest_in_the_middle_of_a_listing_is_kept_and_reading_goes_on_there(fake: FakeStackExchange) -> None:
    for number in range(5):
        fake.ask(f"rows {number}", at=NOW - timedelta(minutes=50 - number))
    fake.page_limit, fake.backoff = 2, 10
    first = list(ear(fake).fetch(WANT))
    assert (len(fake.log), len(refs(first)), first[-1].truncated) == (1, 1, False)
    assert first[-1].covered == Span(NOW - timedelta(hours=24), NOW - timedelta(minutes=49))
    heard, cursor = refs(first), first[-1].cursor
    for _ in range(6):
        pages = list(ear(fake, overlap_s=0).fetch(replace(WANT, cursor=cursor)))
        heard, cursor = heard + refs(pages), pages[-1].cursor
    assert [ref.id[-1] for ref in heard] == ["0", "1", "2", "3", "4"]


def test_the_same_question_is_not_asked_before_the_rest_is_over(fake: FakeStackExchange) -> None:
    fake.backoff = 40
    connector = ear(fake)
    list(connector.fetch(WANT))
    with pytest.raises(RateLimited) as raised:
        list(connector.fetch(WANT))
    assert (raised.value.retry_after, len(fake.log)) == (timedelta(seconds=40), 1)


def test_what_is_left_of_the_day_is_told(fake: FakeStackExchange) -> None:
    [page_] = ear(fake).fetch(WANT)
    assert page_.rate is not None
    assert (page_.rate.left, page_.rate.resets_at) == (299, NOW + timedelta(hours=12))
    assert "298 questions left" in ear(fake).probe()


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ((502, "too many requests from this IP, more requests available in 81234 seconds"), RateLimited),
        ((502, "slow down"), RateLimited),
        ((400, "tagged"), Rejected),
        ((405, "key is not valid"), AuthFailed),
        ((503, "temporarily unavailable"), Unavailable),
    ],
)
def test_its_refusals_are_told_apart_by_their_number(
    fake: FakeStackExchange, error: tuple[int, str], meaning: type[PlatformError]
) -> None:
    fake.error = error
    with pytest.raises(meaning) as raised:
        list(ear(fake).fetch(WANT))
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after == timedelta(seconds=81234 if "81234" in error[1] else 600)


def test_what_became_of_posts_is_looked_up_by_the_hundred(fake: FakeStackExchange) -> None:
    question = fake.ask("rows")
    comment = fake.comment(question, "me too")
    ids = (f"stackoverflow/q/{question}", f"stackoverflow/c/{comment}", "stackoverflow/a/7", "stackoverflow/c/8")
    asked = [PostRef("stackexchange", id_) for id_ in (*ids, "odd")]
    told = ear(fake).recheck(asked)
    assert ([post.ref for post in told.posts], told.gone) == (asked[:2], tuple(asked[2:4]))
    assert len(fake.log) == 2


def test_answers_are_given_by_hand(fake: FakeStackExchange) -> None:
    fake.ask("rows", at=NOW - timedelta(hours=1))
    [post] = posts(ear(fake).fetch(WANT))
    route = ear(fake).route(post)
    assert isinstance(route, Native)
    assert route.url == f"https://stackoverflow.com/q/{post.ref.id.split('/')[-1]}"


@pytest.mark.parametrize("wrong", [{"sites": ()}, {"sites": ("a b",)}, {"tags": ("c++ sdk!",)}])
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)
