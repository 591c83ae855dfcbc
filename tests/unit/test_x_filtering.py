"""X's query language held against stored posts: what fits, what does not, and what nobody knows."""

from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from connectors.types import Want
from connectors.x.filtering import Every, as_one, conditions, parsed
from connectors.x.queries import queries
from connectors.x.settings import Settings


@dataclass(frozen=True, slots=True)
class Said:
    text: str = "My Acme box's late! See https://news.test/acme-parcels #fail @acme_care"
    language: str | None = "en"
    kind: str = "post"
    author_handle: str = "Ada"
    author_id: str = "77"
    thread: str | None = "5"
    in_reply_to: str | None = None


POST = Said()


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("acme", True), ("ACME", True), ("acm", False), ('"box s late"', True), ('"late box"', False),
        ("#fail", True), ("#fai", False), ("@acme_care", True), ("@acme", False), ("$acme", False),
        ("-is:retweet", True), ("is:reply", False), ("-is:reply lang:en", True), ("lang:de", False), ("LANG:EN", True),
        ("has:links", True), ("-has:links", False), ("has:hashtags has:mentions -has:cashtags", True),
        ("from:ada", True), ("from:77", True), ("-from:bob", True), ("url:parcels", True), ("to:acme", False),
        ("conversation_id:5", True), ("in_reply_to_tweet_id:5", False), ("has:media", False), ("is:quote", False),
        ("lang:de OR lang:en", True), ("(lang:de OR lang:fr) acme", False), ("-(lang:de OR lang:fr)", True),
        ("acme AND late", True), ("is:verified", None), ("is:verified lang:de", False), ("is:verified OR acme", True),
        ("url:shop", None), ("place_country:DE", None), ("retweets_of:acme", False), ("🎉", False), ("- acme", False),
    ],
)  # fmt: skip
def test_a_query_is_held_against_a_post(query: str, fits: bool | None) -> None:
    assert parsed(query).holds(POST) is fits


@pytest.mark.parametrize(
    ("post", "query", "fits"),
    [
        (Said(text="アクメの荷物が届かない"), "荷物", True),
        (Said(text="what a day 🎉"), "🎉", True),
        (Said(language=None), "lang:und", None),
        (Said(language=None), "lang:en", False),
        (Said(text="https://x.com/ada/status/1/photo/1"), "has:images -has:videos", True),
        (Said(text="a " * 200), "has:media", None),
        (Said(text="look https://x.com/bob/status/9"), "is:quote", None),
        (Said(author_handle=""), "from:ada", None),
        (Said(kind="reply"), "to:acme", None),
    ],
)
def test_what_a_post_does_not_tell_is_not_guessed(post: Said, query: str, fits: bool | None) -> None:
    assert parsed(query).holds(post) is fits


@pytest.mark.parametrize("wrong", ['"acme', "(acme", "acme)", "OR acme", "acme OR", "-", "acme -)", "(" * 30 + "a"])
def test_what_x_would_refuse_is_refused_before_it_is_saved(wrong: str) -> None:
    with pytest.raises(ValueError):
        parsed(wrong)
    with pytest.raises(ValidationError):
        Settings(query_filter=wrong)


def test_a_query_reads_back_as_it_was_written() -> None:
    for query in ("-is:retweet lang:en", "-(lang:de OR #a) b", '"a b" OR c', "(a OR b) c"):
        assert parsed(str(parsed(query))) == parsed(query)
    assert conditions("") == ()
    assert parsed("") == Every()


def test_a_filter_with_or_binds_only_itself() -> None:
    want = Want(terms=("acme", "acme parcels"))
    assert queries(want, "lang:en OR lang:de") == ('(acme OR "acme parcels") (lang:en OR lang:de)',)
    assert queries(want, "-is:retweet lang:en") == ('(acme OR "acme parcels") -is:retweet lang:en',)
    assert as_one("  ") == ""
    assert all(len(each) <= 512 for each in queries(Want(terms=tuple(f"acme{n}" for n in range(200))), "a OR b"))
