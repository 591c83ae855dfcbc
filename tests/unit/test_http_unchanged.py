"""What has not changed does not travel again, over real sockets; whoever asks gets the whole of it all the same."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.answers import Answer
from connectors.errors import Unavailable
from connectors.http import Http
from connectors.remembered import HOUR_S, MOST_BYTES, Remembered, key_of
from tests.fakes.server import Asked, FakeServer, Told

OLD, NOW = "Mon, 04 May 2026 09:00:00 GMT", "Mon, 04 May 2026 10:00:00 GMT"


class Pages(FakeServer):
    """One page with a mark; `sent` counts the bytes of bodies that travelled."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.marks, self.sent = b'["one"]', {"etag": 'W/"1"'}, 0

    def answer(self, asked: Asked) -> Told:
        same = asked.headers.get("if-none-match", "") == self.marks.get("etag", "-")
        same |= asked.headers.get("if-modified-since", "") == self.marks.get("last-modified", "-")
        if same:
            return Told(b"", 304, {**self.marks, "x-ratelimit-remaining": "9"})
        self.sent += len(self.body)
        return Told(self.body, 200, self.marks)


@pytest.fixture
def pages() -> Iterator[Pages]:
    with Pages() as server:
        yield server


@pytest.fixture
def door() -> Iterator[Http]:
    door = Http(private_ok=True, deadline_s=5)
    yield door
    door.close()


def read(door: Http, pages: Pages) -> Answer:
    """The page, read as JSON as every platform's is."""
    answer = door.get(f"{pages.url}/a")
    answer.json()
    return answer


@pytest.mark.parametrize(
    ("marks", "asks"),
    [
        ({"etag": 'W/"1"'}, ("if-none-match", 'W/"1"')),
        ({"last-modified": OLD, "date": NOW}, ("if-modified-since", OLD)),
        ({"etag": '"1"', "last-modified": OLD, "date": NOW}, ("if-none-match", '"1"')),
    ],
)
def test_what_has_not_changed_is_given_again_and_did_not_travel(
    pages: Pages, door: Http, marks: dict[str, str], asks: tuple[str, str]
) -> None:
    pages.marks = marks
    first, again = read(door, pages), read(door, pages)
    assert (again.status, again.json(), again.url) == (200, first.json(), first.url)
    assert pages.log[1].headers[asks[0]] == asks[1]
    assert pages.sent == len(pages.body)
    assert again.headers["x-ratelimit-remaining"] == "9", "what it says now of its limits counts"


def test_what_has_changed_is_read_whole_and_remembered_in_its_place(pages: Pages, door: Http) -> None:
    read(door, pages)
    pages.body, pages.marks = b'["one", "two"]', {"etag": '"2"'}
    assert read(door, pages).json() == ["one", "two"]
    assert read(door, pages).json() == ["one", "two"]
    assert [asked.headers.get("if-none-match") for asked in pages.log] == [None, 'W/"1"', '"2"']


def test_another_question_another_token_or_another_way_of_asking_is_not_the_same(pages: Pages, door: Http) -> None:
    door.get(f"{pages.url}/a", {"page": 1}, {"authorization": "Bearer ada"}).json()
    door.get(f"{pages.url}/a", {"page": 2}, {"authorization": "Bearer ada"}).json()
    door.get(f"{pages.url}/a", {"page": 1}, {"authorization": "Bearer bob"}).json()
    door.get_json(f"{pages.url}/a", {"page": 1}, {"authorization": "Bearer ada"})
    door.request("POST", f"{pages.url}/a", json={}, write=True)
    assert [asked.headers.get("if-none-match") for asked in pages.log] == [None] * 5


def test_half_an_answer_is_not_remembered(pages: Pages, door: Http) -> None:
    pages.fail_next("/a", how="truncate", after=True)
    with pytest.raises(Unavailable):
        read(door, pages)
    assert read(door, pages).json() == ["one"]
    assert "if-none-match" not in pages.log[1].headers


def test_what_was_cut_on_the_way_is_not_given_again_though_its_mark_stands(pages: Pages, door: Http) -> None:
    pages.twist_next("/a", lambda told: Told(told.bytes()[:4], 200, pages.marks))
    with pytest.raises(Unavailable):
        read(door, pages)
    assert read(door, pages).json() == ["one"]


def test_whoever_brings_marks_of_their_own_is_told_304(pages: Pages, door: Http) -> None:
    read(door, pages)
    assert door.get(f"{pages.url}/a", headers={"If-None-Match": 'W/"1"'}).status == 304


def test_a_redirect_is_followed_anew_and_what_it_leads_to_is_remembered(pages: Pages, door: Http) -> None:
    for _ in range(2):
        pages.twist_next("/old", lambda told: Told(b"", 302, {"location": "/a"}))
        assert door.get(f"{pages.url}/old").json() == ["one"]
    assert [asked.headers.get("if-none-match") for asked in pages.log] == [None, None, None, 'W/"1"']


def test_the_whole_is_asked_for_again_within_an_hour_whatever_the_marks_say() -> None:
    known = Remembered()
    known.keep("k", {"etag": '"1"'}, b"body", 0.0)
    assert known.known("k", HOUR_S) is not None
    assert known.known("k", HOUR_S + 1) is None


def test_a_page_changed_within_the_second_of_its_mark_is_not_trusted() -> None:
    known = Remembered()
    known.keep("k", {"last-modified": NOW, "date": NOW}, b"body", 0.0)
    assert known.known("k", 1.0) is None


def test_the_oldest_goes_where_there_is_no_room_and_too_much_is_never_kept() -> None:
    import random

    known, chance = Remembered(), random.Random(7)
    bodies = {key: chance.randbytes(MOST_BYTES // 3) for key in "abc"}
    for key, body in bodies.items():
        known.keep(key, {"etag": '"1"'}, body, 0.0)
    known.keep("d", {"etag": '"1"'}, chance.randbytes(MOST_BYTES + 1), 0.0)
    kept: dict[str, Any] = {key: found.body() for key in "abcd" if (found := known.known(key, 1.0))}
    assert kept == {key: bodies[key] for key in "bc"}


def test_a_key_tells_neither_the_question_nor_the_token() -> None:
    key = key_of("https://x.test/?q=ada", {"access_token": "SECRET"}, {"authorization": "SECRET"})
    assert len(key) == 64
    assert key != key_of("https://x.test/?q=ada", {"access_token": "OTHER"}, {"authorization": "SECRET"})


def test_what_a_server_said_of_its_limits_an_hour_ago_is_not_said_again(door: Http) -> None:
    class Silent(Pages):
        """Says that nothing is left, and with a 304 no word of it."""

        def answer(self, asked: Asked) -> Told:
            if "if-none-match" in asked.headers:
                return Told(b"", 304, self.marks)
            return Told(self.body, 200, {**self.marks, "X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "300"})

    with Silent() as pages:
        now = datetime(2026, 11, 4, tzinfo=UTC)
        first, again = read(door, pages).rate(now), read(door, pages)
    assert first is not None
    assert first.left == 0
    assert (again.json(), again.rate(now), again.headers["etag"]) == (["one"], None, 'W/"1"')
