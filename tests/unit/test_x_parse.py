"""X's JSON becomes posts, and its search is asked in few questions."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unavailable
from connectors.types import PostRef, Want
from connectors.x.parse import Odd, address, before, looked_up, moment_of, page, post
from connectors.x.queries import LONGEST, clauses, queries

SEARCH: dict[str, Any] = json.loads((Path(__file__).parents[1] / "answers" / "x" / "search.json").read_text())


def one(**more: Any) -> dict[str, Any]:
    return {"id": "2051239157560246272", "text": "acme", "author_id": "7", "created_at": "2026-05-04T10:00:00Z", **more}


def test_a_post_is_read_as_a_person_wrote_it() -> None:
    first, reply = page(SEARCH).posts
    assert first.text == "Thanks @acme_care & co, <3 days late: https://acme.example/track/4711 #fail"
    assert (first.author.handle, first.author.name, first.author.followers) == ("patdoe", "Pat Doe", 211)
    assert first.url == "https://x.com/patdoe/status/2051239157560246272"
    assert (first.kind, first.thread, first.language, first.engagement) == ("post", first.ref.id, "en", 14)
    assert first.created_at == datetime(2026, 5, 4, 10, 0, 0, tzinfo=UTC)
    assert reply.in_reply_to == PostRef("x", first.ref.id)
    assert (reply.kind, reply.thread, reply.language) == ("reply", first.ref.id, None)
    assert reply.author.id == "404"
    assert reply.url.startswith("https://x.com/i/status/")


def test_a_long_post_is_read_whole() -> None:
    _, heard = post(one(note_tweet={"text": "acme " * 100}), {})
    assert heard is not None
    assert len(heard.text) == 500


def test_an_edit_is_the_same_post_in_other_words() -> None:
    first, later = "2051239157560246272", "2051239660876595200"
    versions = [first, later]
    told = page(
        {
            "data": [
                one(id=later, text="acme, edited", edit_history_tweet_ids=versions, created_at="2026-05-04T10:02:00Z"),
                one(id=first, edit_history_tweet_ids=versions),
            ]
        }
    )
    [heard] = told.posts
    assert (heard.ref.id, heard.text) == (first, "acme, edited")
    assert heard.edited_at == datetime(2026, 5, 4, 10, 2, tzinfo=UTC)
    assert heard.created_at == moment_of(first)
    to = address(heard.answer_to)
    assert to is not None
    assert (to["id"], to["first"]) == (later, first)


def test_a_post_that_says_no_time_was_written_when_its_number_was_given() -> None:
    silent = {name: value for name, value in one().items() if name != "created_at"}
    (heard,) = page({"data": [silent], "meta": {}}).posts
    assert heard.created_at == moment_of(silent["id"])


def test_whom_a_post_names_or_quotes_is_kept_for_the_answer() -> None:
    entities = {
        "mentions": [{"username": "Acme_Care"}, {"username": "no name"}, 7],
        "urls": [{"url": "https://t.co/a", "expanded_url": "https://twitter.com/AcmeNews/status/5"}],
    }
    _, heard = post(one(entities=entities, reply_settings="mentionedUsers"), {})
    assert heard is not None
    to = address(heard.answer_to)
    assert to is not None
    assert (to["names"], to["open"]) == (["acme_care", "acmenews"], "mentionedUsers")


def test_a_retweet_is_nobodys_own_words() -> None:
    number, heard = post(one(referenced_tweets=[{"type": "retweeted", "id": "5"}]), {})
    assert (number, heard) == (2051239157560246272, None)


@pytest.mark.parametrize(
    "thing",
    [
        None,
        7,
        {},
        one(id=5),
        one(id="../x"),
        one(text=["?"]),
        one(author_id=None),
        one(created_at="yesterday"),
        one(created_at=5),
        one(conversation_id={}),
        one(referenced_tweets=[{"type": "replied_to", "id": 5}]),
    ],
)
def test_an_odd_post_says_why_it_is_odd(thing: object) -> None:
    with pytest.raises(Odd, match=r"."):
        post(thing, {})


def test_what_cannot_be_read_is_kept_with_its_bytes() -> None:
    told = page({"data": [one(), {"id": 5}], "meta": {}})
    assert len(told.posts) == 1
    assert json.loads(told.poison[0].raw) == {"id": 5}
    assert told.read == 2


@pytest.mark.parametrize("thing", [None, [], {}, {"errors": []}, {"data": "x", "meta": {}}, {"data": {"id": "1"}}])
def test_no_page_is_no_answer(thing: object) -> None:
    with pytest.raises(Unavailable):
        page(thing)


def test_a_look_up_that_names_nothing_is_no_answer() -> None:
    for thing in (None, {}, {"errors": [{"title": "Service Unavailable"}]}, {"data": [{"id": 5}]}):
        with pytest.raises(Unavailable):
            looked_up(thing)
    assert looked_up({"errors": [{"resource_id": "5", "title": "Not Found Error"}]}).posts == ()


@pytest.mark.parametrize("told", [None, "", "{}", "[]", "null", '{"id": 5}', '{"id":"5","first":"5"}', "[" * 9999])
def test_an_address_of_another_kind_is_none(told: str | None) -> None:
    assert address(told) is None


def test_numbers_tell_the_time_and_lead_back() -> None:
    number = "2051239157560246272"
    assert moment_of(number).replace(microsecond=0) == datetime(2026, 5, 4, 9, 55, tzinfo=UTC)
    assert moment_of(number) - moment_of(before(number, 300)) == timedelta(seconds=300)
    assert before("5", 300) == "1"


def test_each_name_is_asked_for_once_in_xs_own_language() -> None:
    want = Want(
        terms=("Acme", "Acme Care", 'say "acme"', "acme", "or", "!?", "acme.com"),
        handles=("@acme_care", "not a handle"),
        hashtags=("#AcmeFail", "2026"),
    )
    assert clauses(want) == ("acme", '"acme care"', '"say acme"', '"or"', '"acme.com"', "@acme_care", "#AcmeFail")
    assert queries(Want(terms=("acme",)), "-is:retweet") == ("acme -is:retweet",)
    assert queries(Want()) == ()


def test_many_names_are_spread_over_several_questions() -> None:
    want = Want(terms=tuple(f"brand name {number}" for number in range(100)), handles=("x" * 600,))
    asked = queries(want, "-is:retweet lang:en")
    assert all(len(query) <= LONGEST for query in asked)
    assert all(sum(f'"brand name {number}"' in query for query in asked) == 1 for number in range(100))
    assert len(asked) == 4


def test_a_name_too_long_for_a_question_is_left_out() -> None:
    assert queries(Want(terms=("a " * 300, "acme"))) == ("acme",)
