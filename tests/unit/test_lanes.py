"""Listings walked side by side: how far each is read, what a cut leaves, and what of it is claimed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import PlatformError, RateLimited, Unavailable
from connectors.lanes import Lane, Told, bounds_of, swept, walked
from connectors.types import Author, Page, Post, PostRef, Span, Want
from connectors.walked import Place, load
from connectors.wanted import Wanted

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
WANT = Want(terms=("acme",), own=frozenset({"acme_care"}))
DAY = timedelta(days=1)


def post(number: int, minutes: float, text: str = "acme", who: str = "pat", **more: object) -> Post:
    at = NOON - timedelta(minutes=minutes)
    return Post(PostRef("x", str(number)), "", Author(who, who), text, at, **more)  # type: ignore[arg-type]


def page(*posts: Post, after: str = "", tag: str = "") -> Told:
    return Told(posts, after=after, times=tuple(each.created_at for each in posts), count=len(posts), tag=tag)


def lane(pages: dict[str, Told | PlatformError], **more: object) -> Lane:
    def ask(token: str) -> Told:
        told = pages[token]
        if isinstance(told, PlatformError):
            raise told
        return told

    base = {"floor": NOON - DAY, "most": 9, "all_ours": lambda _post: False}
    return Lane("one", ask, **{**base, **more})  # type: ignore[arg-type]


def read(*lanes: Lane, want: Want = WANT, known: timedelta = DAY) -> list[Page]:
    bounds = bounds_of(want, load(want.cursor), NOON, known)
    return list(swept(list(lanes), bounds, want, NOON))


def numbers(pages: list[Page]) -> list[str]:
    return [each.ref.id for found in pages for each in found.posts]


def test_a_listing_is_read_until_half_a_page_is_older_than_the_floor() -> None:
    first = page(post(3, 10), post(2, 20), after="2")
    one = lane({"": first, "2": page(post(1, 30), post(0, 3000), after="3")}, floor=NOON - timedelta(minutes=40))
    assert numbers(read(one)) == ["1", "2", "3"]
    assert len(one.told) == 2


@pytest.mark.parametrize(
    ("tokens", "asked"), [({"": "c", "c": "c"}, 2), ({"": "c", "c": "d", "d": "c"}, 3)], ids=["repeats", "cycles"]
)
def test_a_listing_that_leads_in_circles_is_left_and_what_it_told_is_kept(tokens: dict[str, str], asked: int) -> None:
    one = lane({token: page(post(ord(token or "a"), 5), after=after) for token, after in tokens.items()})
    kept: list[Page] = []
    with pytest.raises(Unavailable, match="circles"):
        kept.extend(each for each in _collected(one, kept))
    assert (len(one.told), kept[0].cursor, kept[0].covered) == (asked, None, None)


def _collected(one: Lane, kept: list[Page], us: Callable[[], tuple[str, ...]] = tuple) -> list[Page]:
    bounds = bounds_of(WANT, None, NOON, DAY)
    for each in swept([one], bounds, WANT, NOON, us=us):
        kept.append(each)
    return []


def test_a_listing_that_got_on_and_then_repeats_itself_leaves_a_gap() -> None:
    last = page(post(1, 30), after="3")
    one = lane({"": page(post(2, 20), after="2"), "2": last, "3": replace(last, after="2")})
    [told] = read(one)
    assert (told.truncated, told.covered) == (True, Span(NOON - timedelta(minutes=30), NOON))


def test_an_empty_page_with_a_next_one_is_passed_over() -> None:
    assert numbers(read(lane({"": page(after="2"), "2": page(after="3"), "3": page(post(1, 5))}))) == ["1"]


def test_more_than_a_read_may_take_leaves_a_gap_that_begins_where_it_stopped() -> None:
    pages: dict[str, Told | PlatformError] = {"": page(post(2, 5), after="2"), "2": page(post(1, 10), after="3")}
    [told] = read(lane(pages, most=2))
    assert (told.truncated, told.covered) == (True, Span(NOON - timedelta(minutes=10), NOON))
    assert read(lane(pages, most=2, best_effort=True))[0].truncated is False


def test_a_listing_that_the_platform_cuts_off_leaves_a_gap() -> None:
    assert read(lane({"": page(post(2, 5), post(1, 6))}, end=2))[0].truncated
    assert not read(lane({"": page(post(2, 5))}, end=2))[0].truncated


def test_what_fails_on_a_later_page_keeps_what_came_before_and_moves_nothing() -> None:
    one = lane({"": page(post(2, 5), after="2"), "2": Unavailable("away")})
    kept: list[Page] = []
    with pytest.raises(Unavailable, match="away"):
        _collected(one, kept)
    assert (numbers(kept), kept[0].cursor) == (["2"], None)


def test_a_listing_that_rises_goes_on_where_it_was_cut_short() -> None:
    pages: dict[str, Told | PlatformError] = {"": page(post(1, 30), post(2, 20), after="2"), "2": page(after="3")}
    start = NOON - DAY
    other = lane({"": page(post(7, 25), post(8, 5))})
    [told] = read(lane(pages, most=1, rises_from=start), other)
    assert (numbers([told]), told.truncated) == (["1", "7"], False)
    assert told.covered == Span(start, NOON - timedelta(minutes=20))
    place = load(told.cursor)
    assert place is not None
    assert place.until == int((NOON - timedelta(minutes=20)).timestamp())


def test_a_rest_asked_for_in_the_middle_cuts_a_rising_listing_and_fails_any_other() -> None:
    rest = RateLimited("rest", timedelta(seconds=9))
    pages: dict[str, Told | PlatformError] = {"": page(post(1, 30), post(2, 20), after="2"), "2": rest}
    assert numbers(read(lane(pages, rises_from=NOON - DAY))) == ["1"]
    with pytest.raises(RateLimited):
        read(lane(pages))


def test_a_rising_listing_that_gets_nowhere_leaves_a_gap_instead_of_standing_still() -> None:
    same = page(post(1, 30), post(2, 30), after="2")
    assert read(lane({"": same}, most=1, rises_from=NOON - timedelta(minutes=30)))[0].truncated


def test_etags_and_turns_go_into_the_place_with_the_last_page_only() -> None:
    posts = [post(number, 200 - number) for number in range(150)]
    first, last = (load(each.cursor) for each in read(lane({"": page(*posts, tag="e1")}, turn=77)))
    assert first is not None
    assert last is not None
    assert (first.tags, first.turns, last.tags, last.turns) == ({}, {}, {"one": "e1"}, {"one": 77})


@pytest.mark.parametrize("change", [{"since": NOON - DAY}, {"until": NOON - timedelta(hours=1)}])
def test_an_etag_is_sent_only_where_reading_goes_on(change: dict[str, datetime]) -> None:
    place = Place(int(NOON.timestamp()) - 60, tags={"one": "e1"})
    assert bounds_of(WANT, place, NOON, DAY).tag(place, "one") == "e1"
    assert bounds_of(replace(WANT, **change), place, NOON, DAY).tag(place, "one") == ""  # type: ignore[arg-type]
    assert bounds_of(WANT, None, NOON, DAY).tag(None, "one") == ""


def test_what_lies_before_the_look_back_is_lost_but_not_on_a_first_look() -> None:
    old = Place(int((NOON - timedelta(days=9)).timestamp()))
    bounds = bounds_of(WANT, old, NOON, DAY, timedelta(days=7))
    assert bounds.lost == Span(NOON - timedelta(days=9), NOON - timedelta(days=7))
    assert bounds.start == NOON - timedelta(days=7)
    assert bounds_of(replace(WANT, first_look=timedelta(days=9)), None, NOON, DAY, timedelta(days=7)).lost is None


def test_a_heal_may_read_ten_times_as_far() -> None:
    heal = bounds_of(replace(WANT, since=NOON - DAY, until=NOON - timedelta(hours=1)), None, NOON, DAY)
    assert (heal.pages(3), bounds_of(WANT, None, NOON, DAY).pages(3)) == (30, 3)


def test_a_clock_set_back_does_not_silence_us() -> None:
    assert bounds_of(WANT, Place(int(NOON.timestamp()) + 9000), NOON, DAY).start == NOON


@pytest.mark.parametrize(
    ("said", "ours", "heard"),
    [
        (post(1, 5, "no name"), False, None),
        (post(1, 5, "no name"), True, True),
        (post(1, 5, "acme"), False, False),
        (post(1, 5, "acme", "acme_care"), False, None),
        (post(1, 5, "sorry", "acme_care", kind="comment"), False, False),
        (post(1, 5, "sorry", by_us=True, kind="reply"), False, False),
        (post(1, 5, "news", by_us=True), True, None),
    ],
)
def test_what_concerns_us_is_what_names_us_what_is_ours_and_what_we_answer(
    said: Post, ours: bool, heard: bool | None
) -> None:
    judge: Callable[[Post], bool] = lambda each: ours and not each.by_us
    walk = walked([lane({"": page(said)}, all_ours=judge)], bounds_of(WANT, None, NOON, DAY), Wanted(WANT))
    assert [each.to_us for each in walk.posts] == ([] if heard is None else [heard])


def test_the_account_we_answer_with_is_ours_and_what_it_says_to_nobody_is_left_out() -> None:
    said = (post(1, 5, "acme", "Helper"), post(2, 4, "sorry, acme", "helper", kind="comment"), post(3, 3))
    bounds = bounds_of(WANT, None, NOON, DAY)
    [told] = swept([lane({"": page(*said)}, all_ours=lambda _post: True)], bounds, WANT, NOON, us=lambda: ("helper",))
    assert [(each.ref.id, each.by_us, each.to_us) for each in told.posts] == [("2", True, False), ("3", False, True)]


def test_not_knowing_who_we_are_moves_nothing() -> None:
    def nobody() -> tuple[str, ...]:
        raise Unavailable("who?")

    kept: list[Page] = []
    with pytest.raises(Unavailable, match="who"):
        _collected(lane({"": page(post(1, 5))}), kept, nobody)
    assert [each.cursor for each in kept] == [None]


def test_listings_of_best_effort_alone_claim_nothing() -> None:
    [told] = read(lane({"": page(post(1, 5))}, best_effort=True))
    assert told.covered is None


def test_nothing_to_read_is_no_page() -> None:
    assert read() == []
