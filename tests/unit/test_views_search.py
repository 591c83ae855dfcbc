"""A question to search, as words and operators."""

from datetime import UTC, datetime

import pytest

from bot.store.sieve import Sieve
from bot.web.asking import question


@pytest.mark.parametrize(
    ("asked", "sieve"),
    [
        ("refund", Sieve(words="refund")),
        ('"gate B14" refund', Sieve(words='"gate B14" refund')),
        ("platform:Bluesky is:late", Sieve(platform="bluesky", late=True)),
        ("untagged refund", Sieve(words="refund", tagged=False)),
        ("is:tagged", Sieve(tagged=True)),
        ("is:open", Sieve(state="owed")),
        ("tag:Billing from:@otis", Sieve(tag="billing", author="otis")),
        ("before:2026-05-04", Sieve(before=datetime(2026, 5, 3, 22, 0, tzinfo=UTC))),
        ("after:2026-01-02", Sieve(after=datetime(2026, 1, 1, 23, 0, tzinfo=UTC))),
        ("tag:a\0b", Sieve(words="b", tag="a")),
        ("https://a.example/b", Sieve(words="https://a.example/b")),
    ],
)
def test_a_question_is_words_and_operators(asked: str, sieve: Sieve) -> None:
    found, unknown = question(asked, "Europe/Berlin")
    assert found == sieve
    assert unknown == []


@pytest.mark.parametrize("asked", ["is:happy", "before:tomorrow", "before:2026-13-40", "after:0001-01-01x"])
def test_an_operator_that_does_not_fit_is_named_and_looked_for_as_words(asked: str) -> None:
    found, unknown = question(asked, "UTC")
    assert found.words == asked
    assert [odd.piece for odd in unknown] == [asked]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("plattform:reddit", "platform:reddit"),
        ("-plattform:reddit", "-platform:reddit"),
        ('brnd:"Northwind Air"', 'brand:"Northwind Air"'),
        ("langauge:de", "lang:de"),
        ("author:otis", "from:otis"),
        ("is:untaged", "is:untagged"),
        ("gate:B14", ""),
        ("is:happy", ""),
        ("before:tomorrow", ""),
        ("-severity:high", ""),
    ],
)
def test_the_nearest_operator_is_named_where_one_is_near(asked: str, meant: str) -> None:
    assert [odd.meant for odd in question(asked, "UTC")[1]] == [meant]
    if meant:
        assert question(meant, "UTC")[1] == []


def test_nothing_asked_is_nothing_found() -> None:
    assert question("   ", "UTC")[0].empty
