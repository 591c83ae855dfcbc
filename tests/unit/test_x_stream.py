"""X's filtered stream, and what each query costs: paid once a day, waiting when money is short, then caught up with."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Event
from typing import Any

import pytest

from connectors.errors import AuthFailed, Unavailable
from connectors.http import Http
from connectors.types import Page, Span, Streams, Want
from connectors.x.connector import X
from connectors.x.queries import queries
from connectors.x.settings import Settings
from connectors.x.stream import LONGEST_RULE, tag_of
from tests.fakes.server import Told
from tests.fakes.x import FakeX
from tests.unit.test_x_connector import ACCOUNT, ACME, NOON, Clock, ago, clock, ear, fake, ids, read

__all__ = ["clock", "fake"]

QUERY = "acme -is:retweet"
PAIRS = ["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op", "qr", "st", "uv", "wx", "yz"]
LONG = tuple(f"acme {pair * 20}" for pair in PAIRS)
MANY = Want(terms=("acme", *LONG, "bolt express delivery company"))


@pytest.fixture
def live(clock: Clock) -> Iterator[FakeX]:
    with FakeX(now=clock) as made:
        yield made


def streamed(live: FakeX, clock: Clock, want: Want = ACME, stop: Event | None = None) -> list[Page]:
    settings = Settings(bearer_token=live.bearer, base_url=live.url, stream=True)  # type: ignore[arg-type]
    connector = X(settings, http=Http(private_ok=True, now=clock), now=clock)
    pages: list[Page] = []
    with pytest.raises(Unavailable, match="ended the stream"):
        pages.extend(_each(pages, connector, want, stop or Event()))
    connector.close()
    return pages


def _each(pages: list[Page], connector: X, want: Want, stop: Event) -> Iterator[Page]:
    """Keeps what came before the end."""
    for page in connector.stream(want, stop):
        pages.append(page)
    yield from ()


def test_posts_of_the_stream_are_heard_as_they_are_written_with_their_query_and_price(
    live: FakeX, clock: Clock
) -> None:
    for text in ("Acme lost it", "acme again"):
        live.line(live.post(text), tag_of(QUERY))
    pages = streamed(live, clock)
    assert [post.text for page in pages for post in page.posts] == ["Acme lost it", "acme again"]
    assert pages[1].cost == Decimal("0.015")
    assert [(bill.query, len(bill.found)) for bill in pages[1].bills] == [(QUERY, 1)]
    assert pages[0].covered == Span(NOON, NOON)


def test_rules_are_ours_alone_and_others_stay(live: FakeX, clock: Clock) -> None:
    live.rules = {"1": {"value": "cats", "tag": "somebody else"}, "2": {"value": "old", "tag": "earshot:old"}}
    streamed(live, clock)
    assert sorted(rule["value"] for rule in live.rules.values()) == [QUERY, "cats"]
    live.log.clear()
    streamed(live, clock)
    assert [asked.method for asked in live.asked_for("rules")] == ["GET"]


def test_what_the_stream_gave_is_not_given_again_by_the_search_that_heals_it(live: FakeX, clock: Clock) -> None:
    live.line(live.post("Acme lost it", at=ago(minutes=1)), tag_of(QUERY))
    last = streamed(live, clock)[-1]
    missed = live.post("acme meanwhile", at=NOON + timedelta(minutes=1))
    clock.now = NOON + timedelta(minutes=5)
    assert ids(read(live, last.cursor)) == [missed]


def test_in_silence_the_stream_says_now_and_then_that_it_heard_nothing(live: FakeX, clock: Clock) -> None:
    class Ticks(list[str]):
        def __iter__(self) -> Iterator[str]:
            for _beat in range(3):
                clock.now += timedelta(seconds=20)
                yield ""

    live.streamed = Ticks()
    pages = streamed(live, clock)
    assert all(not page.posts and page.cost == 0 for page in pages)
    assert pages[-1].covered is not None


def test_our_own_words_on_the_stream_are_left_out_but_paid_for(live: FakeX, clock: Clock) -> None:
    live.line(live.post("We at acme are here", "acme_care"), tag_of(QUERY))
    page = streamed(live, clock)[-1]
    assert (page.posts, page.cost) == ((), Decimal("0.015"))


@pytest.mark.parametrize("line", ["[]", "{", "[" * 99_999, '{"data": null}', '{"data": {"id": 7}}'])
def test_a_line_of_the_stream_that_is_no_post_is_set_aside_and_the_next_is_heard(
    live: FakeX, clock: Clock, line: str
) -> None:
    live.line(live.post("Acme lost it"), tag_of(QUERY))
    live.streamed.append(line)
    live.line(live.post("acme again"), tag_of(QUERY))
    pages = streamed(live, clock)
    assert [post.text for page in pages for post in page.posts] == ["Acme lost it", "acme again"]
    assert sum(len(page.poison) for page in pages) == 1


@pytest.mark.parametrize("line", ['{"errors": [{"title": "operational-disconnect"}]}', "{}"])
def test_a_stream_that_breaks_off_is_unavailable(live: FakeX, clock: Clock, line: str) -> None:
    live.streamed = [line]
    connector = X(Settings(bearer_token=live.bearer, base_url=live.url), http=Http(private_ok=True), now=clock)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        list(connector.stream(ACME, Event()))
    connector.close()


def test_a_months_credit_that_is_used_up_is_for_a_person_on_the_stream_too(live: FakeX, clock: Clock) -> None:
    gone = {"title": "UsageCapExceeded", "type": "https://api.x.com/2/problems/usage-capped", "period": "Monthly"}
    live.twist_next("/search/stream", *[lambda told: told] * 2, lambda _told: Told(gone, 429))  # after the rules
    connector = X(Settings(bearer_token=live.bearer, base_url=live.url), http=Http(private_ok=True), now=clock)  # type: ignore[arg-type]
    with pytest.raises(AuthFailed, match="credit"):
        list(connector.stream(ACME, Event()))
    connector.close()


def test_a_tier_without_the_stream_is_for_a_person(live: FakeX, clock: Clock) -> None:
    live.fail_next("rules", status=403, method="GET")
    connector = X(Settings(bearer_token=live.bearer, base_url=live.url), http=Http(private_ok=True), now=clock)  # type: ignore[arg-type]
    with pytest.raises(AuthFailed):
        list(connector.stream(ACME, Event()))
    with pytest.raises(AuthFailed, match="bearer_token"):
        list(ear(live, bearer_token=None, **ACCOUNT).stream(ACME, Event()))
    assert isinstance(connector, Streams)
    connector.close()


def paid(pages: list[Page]) -> dict[str, Decimal]:
    told: dict[str, Decimal] = {}
    for page in pages:
        for bill in page.bills:
            told[bill.query] = told.get(bill.query, Decimal(0)) + bill.cost
    return told


def test_each_query_is_billed_for_what_it_found_first(fake: FakeX, clock: Clock) -> None:
    fake.post("acme", at=ago(minutes=2))
    fake.post("bolt express delivery company", at=ago(minutes=2))
    pages = read(fake, want=MANY)
    assert len(fake.asked_for("search")) > 1
    assert sorted(paid(pages).values()) == [Decimal("0.005"), Decimal("0.015")]  # one author, paid for once
    assert sum(page.cost for page in pages) == Decimal("0.020")
    assert [query for query in paid(pages) if "bolt" in query]


def test_a_query_that_waits_is_not_asked_not_claimed_and_later_read_from_where_it_stopped(
    fake: FakeX, clock: Clock
) -> None:
    first = read(fake, want=MANY)
    last = next(asked.one("query") for asked in fake.asked_for("search") if "bolt" in asked.one("query"))
    resting = replace(MANY, resting=frozenset({last}))
    cursor = first[-1].cursor
    for _turn in range(3):
        clock.now += timedelta(minutes=10)
        fake.post("bolt express delivery company", at=clock.now - timedelta(minutes=3))
        fake.log.clear()
        pages = read(fake, cursor, resting)
        assert last not in [asked.one("query") for asked in fake.asked_for("search")]
        assert ids(pages) == []
        cursor, covered = pages[-1].cursor, pages[-1].covered
        assert covered is not None
        assert covered.start == covered.end <= NOON  # nothing is called heard while a query waits
    again = read(fake, cursor, MANY)
    assert len(ids(again)) == 3
    assert again[-1].covered is not None
    assert (again[-1].covered.start <= NOON, again[-1].covered.end) == (True, clock.now - timedelta(seconds=30))
    clock.now += timedelta(minutes=1)
    assert ids(read(fake, again[-1].cursor, MANY)) == []


def test_what_waited_for_longer_than_x_looks_back_is_told_as_lost(fake: FakeX, clock: Clock) -> None:
    first = read(fake, want=MANY)
    last = next(asked.one("query") for asked in fake.asked_for("search") if "bolt" in asked.one("query"))
    cursor = first[-1].cursor
    for _day in range(10):
        clock.now += timedelta(days=1)
        cursor = read(fake, cursor, replace(MANY, resting=frozenset({last})))[-1].cursor
    (page,) = read(fake, cursor, MANY)
    oldest = clock.now - timedelta(days=7) + timedelta(minutes=2)
    assert page.lost is not None
    assert (page.lost.start <= NOON, page.lost.end) == (True, oldest)
    assert page.covered == Span(oldest, clock.now - timedelta(seconds=30))


def test_a_failure_while_catching_up_forgets_nothing(fake: FakeX, clock: Clock) -> None:
    first = read(fake, want=MANY)
    last = next(asked.one("query") for asked in fake.asked_for("search") if "bolt" in asked.one("query"))
    clock.now += timedelta(minutes=10)
    fake.post("bolt express delivery company", at=clock.now - timedelta(minutes=3))
    (rested,) = read(fake, first[-1].cursor, replace(MANY, resting=frozenset({last})))
    clock.now += timedelta(minutes=10)
    tried = ear(fake)
    tried._client.search = lambda *_asked: (_ for _ in ()).throw(Unavailable("down"))  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        list(tried.fetch(replace(MANY, cursor=rested.cursor)))
    assert len(ids(read(fake, rested.cursor, MANY))) == 1


def test_shortly_after_midnight_yesterday_is_not_paid_for_again(fake: FakeX, clock: Clock) -> None:
    midnight = NOON + timedelta(hours=12)
    clock.now = midnight - timedelta(seconds=20)
    for minutes in (5, 4, 3, 2):
        fake.post("acme", at=clock.now - timedelta(minutes=minutes))
    (page, *_none) = read(fake)
    assert len(page.posts) == 4
    clock.now = midnight + timedelta(seconds=40)
    (after, *_none) = read(fake, page.cursor)
    assert (after.posts, after.cost) == ((), 0)
    clock.now = midnight + timedelta(minutes=30)
    fake.log.clear()
    read(fake, after.cursor)
    started = fake.asked_for("search")[0]
    assert started.one("start_time") or started.one("since_id")


@pytest.mark.parametrize("tokens", ["c", "cd"])
def test_a_search_that_leads_in_circles_from_its_first_page_moves_nothing(
    fake: FakeX, clock: Clock, tokens: str
) -> None:
    fake.post("acme", at=ago(minutes=2))
    connector = ear(fake)
    good, turns = connector._client.search, itertools.cycle(tokens)

    def again(query: str, _token: str, bounds: Any, _most: int) -> Any:
        told = good(query, "", bounds)
        return {**told, "meta": {**told["meta"], "next_token": next(turns)}}

    connector._client.search = again  # type: ignore[method-assign]
    pages = connector.fetch(ACME)
    page = next(pages)
    assert (len(page.posts), page.cursor, page.covered) == (1, None, None)
    with pytest.raises(Unavailable, match="circles"):
        next(pages)
    connector.close()


def test_a_query_that_rests_is_no_rule_and_nothing_is_claimed_meanwhile(live: FakeX, clock: Clock) -> None:
    want = replace(ACME, terms=tuple(f"acme {'x' * 300} {n}" for n in range(5)))
    every = queries(want, Settings(bearer_token=live.bearer).query_filter, LONGEST_RULE)  # type: ignore[arg-type]
    pages = streamed(live, clock, replace(want, resting=frozenset(every[1:])))
    assert len(live.rules) == 1
    assert {page.covered for page in pages} == {None}
    nothing = X(Settings(bearer_token=live.bearer, stream=True), http=Http(), now=clock)  # type: ignore[arg-type]
    assert list(nothing.stream(replace(want, resting=frozenset(every)), Event())) == []
