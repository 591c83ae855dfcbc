"""What each answer of a server means, and that every call ends within its bounds."""

import json
import logging
from datetime import UTC, datetime, timedelta
from threading import Event

import httpx
import pytest

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable, Unsure
from connectors.http import Http, user_agent
from connectors.types import Rate

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
URL = "https://api.example.com/things"


def http(status: int = 200, headers: dict[str, str] | None = None, body: bytes = b"{}") -> Http:
    answer = httpx.MockTransport(lambda request: httpx.Response(status, headers=headers, content=body))
    return Http(transport=answer, now=lambda: NOW)


@pytest.mark.parametrize(
    ("status", "headers", "read", "write"),
    [
        (400, {}, Rejected, Rejected),
        (401, {}, AuthFailed, AuthFailed),
        (402, {}, AuthFailed, AuthFailed),
        (403, {}, AuthFailed, AuthFailed),
        (404, {}, Rejected, Rejected),
        (408, {}, Unavailable, Unsure),
        (410, {}, Rejected, Rejected),
        (422, {}, Rejected, Rejected),
        (429, {}, RateLimited, RateLimited),
        (500, {}, Unavailable, Unsure),
        (502, {}, Unavailable, Unsure),
        (503, {}, Unavailable, Unsure),
        (503, {"retry-after": "9"}, RateLimited, Unsure),
        (504, {}, Unavailable, Unsure),
        (302, {}, Unavailable, Unavailable),
    ],
)
def test_each_status_is_one_of_the_five_errors(
    status: int, headers: dict[str, str], read: type[PlatformError], write: type[PlatformError]
) -> None:
    with pytest.raises(PlatformError) as reading:
        http(status, headers).get(URL)
    with pytest.raises(PlatformError) as writing:
        http(status, headers).request("POST", URL, json={}, write=True)
    assert (type(reading.value), type(writing.value)) == (read, write)


def test_the_caller_may_know_better_what_a_status_means() -> None:
    assert http(422, body=b'{"error":"x"}').get(URL, expected={422}).json() == {"error": "x"}
    with pytest.raises(Rejected):
        http(403).request("POST", URL, write=True, meanings={403: Rejected})
    with pytest.raises(RateLimited):
        http(420).get(URL, meanings={420: RateLimited})


def test_unchanged_is_an_answer() -> None:
    assert http(304, {"etag": '"a"', "content-length": "77"}, b"").get(URL).status == 304


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.2"}, 1),
        ({"retry-after": "soon"}, 60),
        ({"retry-after": "-5"}, 60),
        ({"retry-after": "1000000000"}, 3600),
        ({"retry-after": "1e400"}, 60),
        ({"retry-after": "nan"}, 60),
        ({"retry-after": "Mon, 04 May 2026 10:00:30 GMT"}, 30),
        ({"retry-after": "Mon, 04 May 2026 11:10:30 GMT", "date": "Mon, 04 May 2026 11:10:00 GMT"}, 30),
        ({"x-rate-limit-reset": str(EPOCH + 90)}, 90),
        ({"x-rate-limit-reset": str(EPOCH - 60)}, 60),
        ({"x-ratelimit-reset": "2026-05-04T10:02:00.000Z"}, 120),
        ({"x-ratelimit-reset": "42"}, 42),
        ({"ratelimit-reset": str(EPOCH + 300)}, 300),
        ({"ratelimit-reset": "9" * 40}, 3600),
        ({}, 60),
    ],
)
def test_we_come_back_when_the_server_says_and_never_spin(headers: dict[str, str], seconds: int) -> None:
    with pytest.raises(RateLimited) as refused:
        http(429, headers).get(URL)
    assert refused.value.retry_after == timedelta(seconds=seconds)


def test_the_limit_is_read_from_the_answer() -> None:
    answer = http(200, {"x-ratelimit-remaining": "41", "x-ratelimit-reset": "2026-05-04T10:05:00Z"}).get(URL)
    assert answer.rate(NOW) == Rate(41, NOW + timedelta(minutes=5))
    assert http().get(URL).rate(NOW) is None


def test_pages_link_to_the_next() -> None:
    answer = http(200, {"link": '<https://a.test/?max_id=7>; rel="next", <https://a.test/?min_id=9>; rel="prev"'}).get(
        URL
    )
    assert answer.links() == {"next": "https://a.test/?max_id=7", "prev": "https://a.test/?min_id=9"}
    assert http().get(URL).links() == {}


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": "\\ud800 \xff"}', {"a": "\ud800 \ufffd"}),
        (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
        (b'{"a": ' + b"9" * 5000 + b"}", {"a": float("inf")}),
    ],
)
def test_odd_json_is_tamed(body: bytes, read: object) -> None:
    assert http(body=body).get_json(URL) == read


@pytest.mark.parametrize("body", [b"", b"<html>oops</html>", b'{"a": ', b"[" * 100_000, b"\x00\x00", b"{'a': 1}"])
def test_what_is_no_json_is_no_answer(body: bytes) -> None:
    with pytest.raises(Unavailable):
        http(body=body).get_json(URL)
    with pytest.raises(Unsure):
        http(body=body).request("POST", URL, write=True).json()


class Hops:
    """Answers with one redirect after another; remembers what was asked."""

    def __init__(self, *locations: str, status: int = 302) -> None:
        self.locations = list(locations)
        self.asked: list[httpx.Request] = []
        self.status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if len(self.asked) <= len(self.locations):
            return httpx.Response(self.status, headers={"location": self.locations[len(self.asked) - 1]})
        return httpx.Response(200, json={"at": str(request.url)})


def test_a_redirect_is_followed_and_secrets_stay_behind() -> None:
    hops = Hops("/new", "https://other.example.net/new")
    answer = Http(transport=httpx.MockTransport(hops), headers={"Authorization": "Bearer s3cret"}).get(
        URL, {"q": "acme"}, {"X-Token": "s3cret", "Accept": "text/xml"}
    )
    assert [str(request.url) for request in hops.asked] == [
        URL + "?q=acme",
        "https://api.example.com/new",
        "https://other.example.net/new",
    ]
    assert "authorization" in hops.asked[1].headers
    assert not {"authorization", "x-token"} & set(hops.asked[2].headers)
    assert hops.asked[2].headers["accept"] == "text/xml"
    assert answer.moved_to is None


def test_a_permanent_move_is_told() -> None:
    hops = Hops("https://api.example.com/moved", status=301)
    assert Http(transport=httpx.MockTransport(hops)).get(URL).moved_to == "https://api.example.com/moved"


def test_redirects_end() -> None:
    hops = Hops(*["/round"] * 50)
    with pytest.raises(Unavailable, match="circles"):
        Http(transport=httpx.MockTransport(hops)).get(URL)
    assert len(hops.asked) == 4


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1/", "file:///etc/passwd", "http://169.254.169.254/latest/", "//[::1]/"]
)
def test_every_hop_is_checked(target: str) -> None:
    with pytest.raises(Rejected):
        Http(transport=httpx.MockTransport(Hops(target))).get(URL)


def test_how_far_the_servers_clock_is_ahead_is_known_and_a_cache_is_none_behind() -> None:
    told = iter(["Mon, 04 May 2026 12:00:00 GMT", None, "Mon, 04 May 2026 08:00:00 GMT", "yesterday"])

    def says(_request: httpx.Request) -> httpx.Response:
        date = next(told)
        return httpx.Response(200, headers={} if date is None else {"date": date}, content=b"{}")

    answer = httpx.MockTransport(says)
    now = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
    door = Http(transport=answer, now=lambda: now)
    seen = [door.ahead]
    for _turn in range(4):
        door.get_json("https://a.test/")
        seen.append(door.ahead)
    door.close()
    assert seen == [timedelta(0), timedelta(hours=2), timedelta(hours=2), timedelta(0), timedelta(0)]


@pytest.mark.parametrize("target", ["http://[bad", "http://a b/", "", "http://"])
def test_a_redirect_to_nowhere_ends(target: str) -> None:
    with pytest.raises((Unavailable, Rejected)):
        Http(transport=httpx.MockTransport(Hops(*[target] * 9))).get(URL)


def test_a_write_is_never_redirected() -> None:
    hops = Hops("/new", status=308)
    with pytest.raises(AuthFailed, match="settings"):
        Http(transport=httpx.MockTransport(hops)).request("POST", URL, json={}, write=True)
    assert len(hops.asked) == 1


def test_we_say_who_we_are() -> None:
    asked: list[httpx.Request] = []
    Http(
        transport=httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(200)),
        agent=user_agent("care@acme.test\r\nX: y"),
    ).get(URL)
    assert asked[0].headers["user-agent"].startswith("Earshot/")
    assert asked[0].headers["user-agent"].endswith("(+care@acme.testX: y)")
    assert "cookie" not in asked[0].headers


def test_no_cookie_is_kept() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, headers={"set-cookie": "id=1; Path=/"})

    door = Http(transport=httpx.MockTransport(answer))
    door.get(URL)
    door.get(URL)
    assert "cookie" not in asked[1].headers


def test_secrets_are_in_no_error_no_repr_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    door = Http(transport=httpx.MockTransport(lambda request: httpx.Response(403)), headers={"authorization": "s3cret"})
    with pytest.raises(AuthFailed) as refused:
        door.get(URL, {"access_token": "s3cret"})
    with pytest.raises(Rejected) as illegal:
        door.get(URL, headers={"authorization": "s3cret\u2013"})
    answer = http(200, {"x-token": "s3cret"}, b"s3cret").get(URL + "?t=s3cret")
    assert "s3cret" not in repr((door, answer, refused.value, illegal.value)) + caplog.text
    assert illegal.value.__suppress_context__


def test_a_body_of_the_wrong_length_is_no_answer() -> None:
    class Short(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            stream = httpx.ByteStream(b"{}")
            return httpx.Response(200, headers={"content-length": "9"}, stream=_Chunks(stream))

    with pytest.raises(Unavailable, match="announced"):
        Http(transport=Short()).get(URL)


class _Chunks(httpx.SyncByteStream):
    def __init__(self, inner: httpx.ByteStream) -> None:
        self.inner = inner

    def __iter__(self):  # type: ignore[no-untyped-def]
        yield from self.inner


def test_lines_come_as_they_are() -> None:
    body = 'event: update\r\ndata: {"a": "é"}\n\n:thump\n'.encode()

    class Pieces(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, stream=_Chunks(httpx.ByteStream(body)))

    heard: list[str] = []
    with pytest.raises(Unavailable, match="ended the stream"):
        heard.extend(Http(transport=Pieces()).lines(URL, stop=Event()))
    assert heard == ["event: update", 'data: {"a": "é"}', "", ":thump"]
    assert json.loads(heard[1][6:]) == {"a": "é"}
