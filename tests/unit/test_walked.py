"""A listing that answers newest first becomes pages oldest first, under a cursor that is never ahead."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connectors.types import Author, Poison, Post, PostRef, Span
from connectors.walked import MOST, Place, Walk, fresh, load, pages

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
START = Place(int(NOON.timestamp()) - 3600)


def post(number: int, text: str = "acme", at: datetime | None = None) -> Post:
    when = at or NOON - timedelta(minutes=50) + timedelta(seconds=number)
    return Post(PostRef("x", str(number)), "", Author("7", "pat"), text, when)


def test_pages_come_oldest_first_and_only_the_last_claims_what_was_heard() -> None:
    walk = Walk(
        tuple(post(n) for n in reversed(range(250))),
        covered=Span(NOON, NOON),
        newest="9",
        cost=Decimal(1),
        truncated=True,
    )
    told = list(pages(walk, START, NOON, 3600, None))
    assert [len(page.posts) for page in told] == [100, 100, 50]
    assert [page.posts[0].ref.id for page in told] == ["0", "100", "200"]
    assert [page.covered for page in told] == [None, None, Span(NOON, NOON)]
    assert [page.truncated for page in told] == [True, False, False]
    assert sum(page.cost for page in told) == 1
    assert [place.newest for page in told if (place := load(page.cursor))] == ["", "", "9"]


def test_each_page_remembers_what_it_gave() -> None:
    walk = Walk(tuple(post(n) for n in range(150)), covered=Span(NOON, NOON))
    first, second = pages(walk, START, NOON, 3600, None)
    place = load(first.cursor)
    assert place is not None
    assert [page.posts for page in pages(walk, place, NOON, 3600, None)] == [second.posts]


def test_a_walk_that_broke_off_moves_nothing() -> None:
    broken = Walk((post(1),), whole=False, covered=Span(NOON, NOON))
    [page] = pages(broken, START, NOON, 3600, "as it was")
    assert (page.cursor, page.covered) == ("as it was", None)
    assert list(pages(Walk((), whole=False), START, NOON, 3600, None)) == []


def test_other_words_are_an_edit_and_the_same_words_are_nothing() -> None:
    place = START.given([post(1), post(2)], (), 3600)
    [edited] = fresh([post(1), post(2, "acme!"), post(2, "acme?")], place, NOON)
    assert (edited.ref.id, edited.text, edited.edited_at) == ("2", "acme!", NOON)


def test_a_thing_that_cannot_be_read_is_set_aside_once() -> None:
    walk = Walk((), poison=(Poison(b"?", "odd"),), covered=Span(NOON, NOON))
    [page] = pages(walk, START, NOON, 3600, None)
    [again] = pages(walk, load(page.cursor) or START, NOON, 3600, None)
    assert (len(page.poison), len(again.poison)) == (1, 0)


def test_a_post_from_the_future_carries_us_nowhere() -> None:
    [page] = pages(Walk((post(1, at=NOON + timedelta(days=9)),)), START, NOON, 3600, None)
    place = load(page.cursor)
    assert place is not None
    assert place.until == int(NOON.timestamp())


def test_what_was_passed_over_is_not_given_later() -> None:
    [page] = pages(Walk((), passed=(post(1),), covered=Span(NOON, NOON)), START, NOON, 7200, None)
    place = load(page.cursor)
    assert place is not None
    assert fresh([post(1)], place, NOON) == []


def test_a_cursor_stays_small() -> None:
    many = [post(n, at=NOON + timedelta(seconds=n)) for n in range(3 * MOST)]
    place = START.given(many, (), 10**6)
    assert len(place.seen) == MOST
    assert len(place.dump()) < 65_536
    assert load(place.dump()) == place


@pytest.mark.parametrize("cursor", [None, "", "{}", "null", "7", '{"until": 5}', '{"seen": [], "until": 1}'])
def test_a_foreign_cursor_starts_by_time(cursor: str | None) -> None:
    assert load(cursor) is None


def test_ids_that_are_whole_addresses_do_not_outgrow_a_cursor() -> None:
    long = [replace(post(n), ref=PostRef("lemmy", f"https://far.example/{'c' * 150}/{n}")) for n in range(1000)]
    place = START.given(long, (), 999_999)
    assert len(place.dump()) <= 65_536
    assert f"https://far.example/{'c' * 150}/999" in place.seen
    assert 200 < len(place.seen) < 1000
