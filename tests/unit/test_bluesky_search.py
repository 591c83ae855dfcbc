from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.bluesky.connector import Bluesky
from connectors.bluesky.cursor import Place
from connectors.bluesky.parse import micros
from connectors.bluesky.search import queries
from connectors.bluesky.settings import Settings
from connectors.errors import AuthFailed, RateLimited, Unavailable
from connectors.http import Http
from connectors.types import Page, Want
from tests.fakes.bluesky import FakeBluesky
from tests.fakes.clocks import NOW, Later
from tests.fakes.server import Told

ACME = Want(terms=("acme",), own=frozenset({"acme.test"}), since=NOW - timedelta(hours=1))


@pytest.fixture
def clock() -> Later:
    return Later()


@pytest.fixture
def fake(clock: Later) -> Iterator[FakeBluesky]:
    with FakeBluesky(now=clock) as fake:
        yield fake


def search(fake: FakeBluesky, want: Want = ACME, **settings: Any) -> list[Page]:
    chosen = {"handle": fake.handle, "password": fake.password, "search": "always", **settings}
    urls = {"stream_url": fake.stream_url, "base_url": fake.url, "public_url": fake.url}
    connector = Bluesky(Settings(**(urls | chosen)), http=Http(private_ok=True, deadline_s=2), now=fake.now)
    try:
        return list(connector.fetch(want))
    finally:
        connector.close()


def texts(pages: list[Page]) -> list[str]:
    return [post.text for page in pages for post in page.posts]


def test_search_gives_the_past_oldest_first(fake: FakeBluesky, clock: Later) -> None:
    for minute in (30, 20, 10):
        fake.post(f"Acme {minute} minutes ago", at=NOW - timedelta(minutes=minute))
    fake.post("Acme long ago", at=NOW - timedelta(hours=2))
    pages = search(fake)
    assert texts(pages) == ["Acme 30 minutes ago", "Acme 20 minutes ago", "Acme 10 minutes ago"]
    assert pages[-1].covered is not None
    assert (pages[0].covered and pages[0].covered.start, pages[-1].covered.end) == (ACME.since, NOW)


def test_more_than_a_page_is_reached_by_earlier_ends(fake: FakeBluesky) -> None:
    for number in range(250):
        fake.post(f"Acme {number}", at=NOW - timedelta(minutes=50) + timedelta(seconds=number))
    assert texts(search(fake)) == [f"Acme {number}" for number in range(250)]
    assert all("cursor" not in asked.query for asked in fake.asked_for("searchPosts"))


def test_a_long_time_is_cut_into_slices_each_with_its_own_place(fake: FakeBluesky) -> None:
    for hours in (20, 14, 8, 2):
        fake.post(f"Acme {hours}", at=NOW - timedelta(hours=hours))
    want = replace(ACME, since=NOW - timedelta(hours=24))
    pages = search(fake, want)
    assert [texts([page]) for page in pages] == [["Acme 20"], ["Acme 14"], ["Acme 8"], ["Acme 2"]]
    for done, page in enumerate(pages, start=1):
        rest = search(fake, replace(want, since=None, cursor=page.cursor))
        assert texts(rest) == texts(pages[done:])


def test_a_second_look_repeats_nothing_but_finds_what_the_index_held_back(fake: FakeBluesky, clock: Later) -> None:
    fake.post("Acme early", at=NOW - timedelta(minutes=3))
    first = search(fake)
    fake.post("Acme held back", at=NOW - timedelta(minutes=4))
    clock.now += timedelta(minutes=1)
    second = search(fake, replace(ACME, since=None, cursor=first[-1].cursor))
    assert texts(second) == ["Acme held back"]


def test_what_the_index_held_back_for_long_is_found_behind_the_newest_post(fake: FakeBluesky, clock: Later) -> None:
    fake.post("Acme early", at=NOW - timedelta(minutes=40))
    first = search(fake)
    clock.now += timedelta(minutes=30)
    fake.post("Acme held back", at=NOW - timedelta(minutes=42))
    fake.post("Acme new", at=NOW + timedelta(minutes=10))
    second = search(fake, replace(ACME, since=None, cursor=first[-1].cursor))
    assert texts(second) == ["Acme held back", "Acme new"]


def test_our_own_and_hidden_posts_are_not_given_on(fake: FakeBluesky) -> None:
    fake.post("Acme greets", author="acme.test", at=NOW - timedelta(minutes=2))
    uri = fake.post("Acme, taken down", at=NOW - timedelta(minutes=1))
    fake.take_down(uri)
    pages = search(fake)
    assert texts(pages) == []
    assert [ref.id for page in pages for ref in page.gone] == [uri]


def test_every_kind_of_wish_is_asked_for_once() -> None:
    want = Want(terms=("acme air", 'ac"me', "acme air"), handles=("@acme.test",), hashtags=("#fail", "fail", "#"))
    assert queries(want) == ('"acme air"', '"ac me"', '"acme.test"', "#fail")


def answering(fake: FakeBluesky, *bodies: Any) -> None:
    """Let search answer with these bodies, the last one for ever."""
    left = list(bodies)
    fake._search = lambda _asked: Told(left.pop(0) if len(left) > 1 else left[0])  # type: ignore[method-assign]


def item(number: int, **changes: Any) -> dict[str, Any]:
    uri = f"at://did:plc:pat/app.bsky.feed.post/3k{number}"
    record = {"text": f"Acme {number}", "createdAt": "2026-05-04T09:59:00Z"}
    author = {"did": "did:plc:pat", "handle": "pat.test"}
    return {
        "uri": uri,
        "cid": f"b{number}",
        "author": author,
        "record": record,
        "indexedAt": "2026-05-04T09:59:01Z",
    } | changes


@pytest.mark.parametrize("cursors", [["same"], ["c1", "c2", "c1", "c2"]])
def test_a_server_going_in_circles_is_left_with_what_it_gave(fake: FakeBluesky, cursors: list[str]) -> None:
    answering(fake, *({"posts": [item(1), item(2)], "cursor": cursor} for cursor in cursors))
    connector = Bluesky(
        Settings(base_url=fake.url, public_url=fake.url, search="always"),
        http=Http(private_ok=True),
        now=fake.now,
    )
    pages: list[Page] = []
    with pytest.raises(Unavailable, match="same page"):
        pages.extend(connector.fetch(ACME))  # type: ignore[arg-type]
    connector.close()
    assert len(fake.asked_for("searchPosts")) == 3


def test_a_server_that_passes_over_until_is_read_by_its_cursor(fake: FakeBluesky) -> None:
    first, second = {"posts": [item(1), item(2)], "cursor": "c1"}, {"posts": [item(3)], "cursor": "c2"}
    answering(fake, first, first, second, {"posts": []})
    connector = Bluesky(
        Settings(base_url=fake.url, public_url=fake.url, search="always"),
        http=Http(private_ok=True),
        now=fake.now,
    )
    heard = [post.ref.id for page in connector.fetch(ACME) for post in page.posts]
    connector.close()
    assert sorted(heard) == sorted(str(item(number)["uri"]) for number in (1, 2, 3))
    assert [asked.one("cursor") for asked in fake.asked_for("searchPosts")][:4] == ["", "", "c1", "c2"]


def test_what_a_server_that_knows_no_time_tells_is_heard_although_it_was_asked_for_another_slice(
    fake: FakeBluesky,
) -> None:
    answering(fake, {"posts": [item(1), item(2)], "cursor": "same"})
    connector = Bluesky(
        Settings(base_url=fake.url, public_url=fake.url, search="always"),
        http=Http(private_ok=True),
        now=fake.now,
    )
    page = next(connector.fetch(replace(ACME, since=NOW - timedelta(hours=20))))
    connector.close()
    assert ([post.text for post in page.posts], page.cursor) == (["Acme 1", "Acme 2"], None)


def test_a_circling_server_does_not_move_the_cursor(fake: FakeBluesky) -> None:
    answering(fake, {"posts": [item(1)], "cursor": "same"})
    connector = Bluesky(
        Settings(base_url=fake.url, public_url=fake.url, search="always"),
        http=Http(private_ok=True),
        now=fake.now,
    )
    pages = connector.fetch(ACME)
    page = next(pages)
    assert ([post.text for post in page.posts], page.cursor, page.truncated) == (["Acme 1"], None, True)
    pages.close()  # type: ignore[attr-defined]
    connector.close()


def test_empty_pages_with_a_cursor_are_walked_across(fake: FakeBluesky) -> None:
    answering(fake, {"posts": [], "cursor": "a"}, {"posts": [], "cursor": "b"}, {"posts": [item(1)]})
    assert texts(search(fake)) == ["Acme 1"]


def test_one_odd_result_is_kept_and_the_others_are_heard(fake: FakeBluesky) -> None:
    answering(fake, {"posts": [item(1), {"uri": 7, "record": None}, item(3)]})
    [page] = search(fake)
    assert texts([page]) == ["Acme 1", "Acme 3"]
    assert [poison.raw for poison in page.poison] == [b'{"uri": 7, "record": null}']


@pytest.mark.parametrize("body", [None, [], {"error": "Oops"}, {"posts": "many"}, "posts"])
def test_a_wrong_shape_is_unavailable_and_moves_nothing(fake: FakeBluesky, body: Any) -> None:
    answering(fake, body)
    with pytest.raises(Unavailable):
        search(fake)


def test_more_than_can_be_walked_opens_a_gap(fake: FakeBluesky) -> None:
    for number in range(2100):
        fake.post(f"Acme {number}", at=NOW - timedelta(minutes=50) + timedelta(seconds=number))
    [page] = search(fake)
    assert page.truncated
    assert page.covered is not None
    assert page.covered.start == page.posts[0].created_at


def test_a_stale_token_is_renewed_without_a_word(fake: FakeBluesky) -> None:
    fake.post("Acme", at=NOW - timedelta(minutes=1))
    connector = Bluesky(
        Settings(base_url=fake.url, public_url=fake.url, handle=fake.handle, password=fake.password),  # type: ignore[arg-type]
        http=Http(private_ok=True),
        now=fake.now,
    )
    assert texts(list(connector.fetch(ACME))) == ["Acme"]
    fake.expire_tokens()
    assert texts(list(connector.fetch(ACME))) == ["Acme"]
    connector.close()
    assert [len(fake.asked_for(name)) for name in ("createSession", "refreshSession")] == [1, 1]


def test_a_session_that_cannot_be_renewed_is_opened_anew(fake: FakeBluesky) -> None:
    connector = Bluesky(
        Settings(base_url=fake.url, public_url=fake.url, handle=fake.handle, password=fake.password),  # type: ignore[arg-type]
        http=Http(private_ok=True),
        now=fake.now,
    )
    list(connector.fetch(ACME))
    fake.expire_tokens(refresh_too=True)
    list(connector.fetch(ACME))
    connector.close()
    assert len(fake.asked_for("createSession")) == 2


def test_a_refused_password_is_not_tried_again_and_again(fake: FakeBluesky) -> None:
    connector = Bluesky(
        Settings(base_url=fake.url, public_url=fake.url, handle=fake.handle, password="wrong"),  # type: ignore[arg-type]
        http=Http(private_ok=True),
        now=fake.now,
    )
    for _ in range(5):
        with pytest.raises(AuthFailed) as refused:
            list(connector.fetch(ACME))
        assert "wrong" not in str(refused.value)
    connector.close()
    assert len(fake.asked_for("createSession")) == 1


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (500, Unavailable), (403, AuthFailed)])
def test_a_failed_search_is_one_of_the_five_errors(fake: FakeBluesky, status: int, error: type[Exception]) -> None:
    fake.fail_next("searchPosts", status=status)
    with pytest.raises(error):
        search(fake)


def test_the_rate_is_passed_on(fake: FakeBluesky) -> None:
    headers = {"ratelimit-remaining": "17", "ratelimit-reset": "60"}
    fake._search = lambda _asked: Told({"posts": []}, headers=headers)  # type: ignore[method-assign]
    [page] = search(fake)
    assert page.rate is not None
    assert page.rate.left == 17


def missed(since: timedelta) -> Want:
    return replace(ACME, since=NOW - since)


def test_what_a_followed_stream_missed_for_hours_is_replayed_as_it_passed(fake: FakeBluesky) -> None:
    """Search goes by the time an author claims: what a slow bridge brought during the break would not be found."""
    fake.post("Acme, brought late", at=NOW - timedelta(minutes=50), claimed="2026-01-01T00:00:00Z")
    assert texts(search(fake, missed(timedelta(hours=1)), search="auto", quiet_s=0.1)) == ["Acme, brought late"]
    assert fake.asked_for("searchPosts") == []


@pytest.mark.parametrize(
    ("since", "settings"),
    [(timedelta(hours=7), {}), (timedelta(hours=35), {}), (timedelta(hours=1), {"stream": False})],
    ids=["a long break", "a stretch that a replay might just miss", "no stream is followed"],
)
def test_otherwise_it_is_searched_for(fake: FakeBluesky, since: timedelta, settings: dict[str, Any]) -> None:
    fake.post("Acme one", at=NOW - timedelta(minutes=30))
    want = replace(missed(since), until=NOW - since + timedelta(hours=1)) if since.days else missed(since)
    search(fake, want, search="auto", **settings)
    assert fake.asked_for("searchPosts") != []
    assert fake.stream_log == []


@pytest.mark.parametrize("status", [503, 429])
def test_while_the_stream_is_away_it_is_searched_for_however_short_the_break(fake: FakeBluesky, status: int) -> None:
    fake.post("Acme one", at=NOW - timedelta(minutes=30))
    fake.stream_status = status
    assert texts(search(fake, search="auto")) == ["Acme one"]


def test_after_a_search_the_stream_begins_where_the_index_may_have_held_back_posts(fake: FakeBluesky) -> None:
    """What was written a minute ago is often not in the index yet, and the stream used to begin after it."""
    before = fake._search
    fake._search = lambda _asked: Told({"posts": []})  # type: ignore[method-assign]
    [*_, page] = search(fake)
    fake._search = before  # type: ignore[method-assign]
    fake.post("Acme, not in the index yet", at=NOW - timedelta(minutes=10))
    again = replace(ACME, since=None, cursor=page.cursor)
    assert texts(search(fake, again, search="never", quiet_s=0.1)) == ["Acme, not in the index yet"]


def test_after_a_long_absence_an_hour_before_it_is_searched_as_well(fake: FakeBluesky) -> None:
    fake.post(
        "Acme, claimed earlier", claimed=(NOW - timedelta(hours=8, minutes=50)).isoformat().replace("+00:00", "Z")
    )
    cursor = Place(micros(NOW - timedelta(hours=8))).written()
    assert texts(search(fake, replace(ACME, since=None, cursor=cursor), search="auto")) == ["Acme, claimed earlier"]
