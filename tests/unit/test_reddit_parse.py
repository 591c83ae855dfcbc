"""Reddit's JSON and its public feeds become posts."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unavailable
from connectors.reddit.feeds import feed
from connectors.reddit.parse import Odd, address, answer_to, listing, post, shut
from connectors.reddit.queries import LONGEST, queries
from connectors.types import PostRef, Want

ANSWERS = Path(__file__).parents[1] / "answers" / "reddit"
LISTING: dict[str, Any] = json.loads((ANSWERS / "listing.json").read_text())
ATOM = (ANSWERS / "new.atom").read_bytes()


def one(**more: Any) -> dict[str, Any]:
    return {"id": "abc", "title": "Acme", "selftext": "lost", "author": "pat", "created_utc": 1777888800.0, **more}


def test_posts_and_comments_are_read_as_people_wrote_them() -> None:
    told = listing(LISTING)
    comment, submission, inbox = told.posts
    assert comment.text == "Same here, Acme & co.\n\n> lost since *Monday*"
    assert (comment.author.id, comment.author.handle) == ("t2_9kim", "kim_writes")
    assert (comment.kind, comment.title, comment.thread) == ("comment", "Where is my parcel?", "t3_1aaaab")
    assert comment.in_reply_to == PostRef("reddit", "t3_1aaaab")
    assert comment.url == "https://www.reddit.com/r/complaints/comments/1aaaab/where_is_my_parcel/kb00001/"
    assert comment.edited_at == datetime(2026, 5, 4, 10, 3, 20, tzinfo=UTC)
    assert (submission.kind, submission.text, submission.engagement) == ("post", "Where is my parcel?", 16)
    assert submission.created_at == datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
    assert address(submission.answer_to) == {"id": "t3_1aaaab", "closed": "locked"}
    assert (inbox.thread, inbox.author.id) == ("t3_1aaaab", "lee_asks")
    assert inbox.url.endswith("/kb00002/")
    assert told.after == "t3_1aaaaa"


def test_what_was_taken_away_is_gone_and_private_messages_are_left_out() -> None:
    told = listing(LISTING)
    assert told.gone == (PostRef("reddit", "t3_1aaaac"),)
    assert not any("psst" in post.text for post in told.posts)


@pytest.mark.parametrize(
    "more",
    [
        {"selftext": "[deleted]"},
        {"selftext": "[removed]"},
        {"author": "[deleted]"},
        {"author": None},
        {"removed_by_category": "reddit"},
    ],
)
def test_nothing_is_kept_of_what_was_taken_away(more: dict[str, Any]) -> None:
    assert post("t3", one(**more)) is None


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("t3", one(id="../x")),
        ("t3", one(title="")),
        ("t3", one(selftext=["?"])),
        ("t3", one(author=7)),
        ("t3", one(created_utc="now")),
        ("t3", one(created_utc=10**30)),
        ("t3", one(created_utc=True)),
        ("t1", one()),
    ],
)
def test_an_odd_post_says_why_it_is_odd(kind: str, thing: dict[str, Any]) -> None:
    with pytest.raises(Odd, match=r"."):
        post(kind, thing)


def test_what_cannot_be_read_is_kept_with_its_bytes() -> None:
    told = listing(
        {"kind": "Listing", "data": {"children": [7, {"kind": "t3", "data": one()}, {"kind": 5, "data": {}}]}}
    )
    assert len(told.posts) == 1
    assert [json.loads(odd.raw) for odd in told.poison] == [7, {"kind": 5, "data": {}}]


@pytest.mark.parametrize("thing", [None, [], [[]], {}, {"error": "internal"}, {"kind": "Listing", "data": {}}, "x"])
def test_no_listing_is_no_answer(thing: object) -> None:
    with pytest.raises(Unavailable):
        listing(thing)


def test_links_to_elsewhere_are_not_taken_for_reddits() -> None:
    heard = post("t3", one(permalink="//evil.test/x"))
    assert heard is not None
    assert heard.url == ""


def test_closed_threads_are_told_apart() -> None:
    children = [{"kind": "t3", "data": one(name="t3_a", archived=True)}, {"kind": "t3", "data": one(name="t3_b")}, 7]
    assert shut({"kind": "Listing", "data": {"children": children}}) == {"t3_a": "archived"}
    with pytest.raises(Unavailable):
        shut({"kind": "Listing"})


@pytest.mark.parametrize(
    "told", [None, "", "{}", "null", '{"id": "t3_a"}', '{"id": "t3_a", "closed": "x"}', "[" * 9999]
)
def test_an_address_of_another_kind_is_none(told: str | None) -> None:
    assert address(told) is None
    assert address(answer_to("t1_abc", "locked")) == {"id": "t1_abc", "closed": "locked"}


def test_a_public_feed_is_read_without_its_frame() -> None:
    told = feed(ATOM)
    submission, comment, link = told.posts
    assert submission.text == 'Three weeks & nothing.\n\nAcme says "wait".'
    assert (submission.author.handle, submission.title) == ("pat_example", "Where is my parcel?")
    assert (comment.title, comment.text, comment.thread) == ("Where is my parcel?", "Same here", "t3_1aaaab")
    assert comment.created_at == datetime(2026, 5, 4, 10, 2, tzinfo=UTC)
    assert (link.text, link.kind) == ("Acme raises prices", "post")
    [odd] = told.poison
    assert b"t3_1aaaae" in odd.raw


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        ATOM[: len(ATOM) // 2],
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>',
        b"\x00\xff",
    ],
)
def test_what_is_no_whole_feed_is_no_answer(content: bytes) -> None:
    with pytest.raises(Unavailable):
        feed(content)


def test_each_name_is_searched_once_in_few_questions() -> None:
    want = Want(terms=("Acme", 'the "Acme" shop', "acme", "!"), handles=("@acme_care",), hashtags=("#AcmeFail",))
    assert queries(want) == ('"acme" OR "the acme shop" OR "acme_care" OR "acmefail"',)
    many = queries(Want(terms=tuple(f"brand name {number}" for number in range(100))))
    assert all(len(query) <= LONGEST for query in many)
    assert len(many) == 4
    assert queries(Want(terms=("a" * 600,))) == ()
