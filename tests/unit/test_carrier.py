"""What a requests library says leaves by our own door, and only good answers come back to it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.answers import Answer
from connectors.carrier import Carrier, Manners, cause
from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable, Unsure
from connectors.http import Http

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Server(httpx.MockTransport):
    def __init__(self, status: int = 200, body: bytes = b"{}", **headers: str) -> None:
        super().__init__(self.answer)
        self.status, self.body = status, body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.asked: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(self.status, content=self.body, headers=self.headers)


def carrier(server: Server, **manners: Any) -> Carrier:
    return Carrier(Http(transport=server, now=lambda: NOON), lambda: NOON, Manners(**manners))


def test_a_request_keeps_its_words_and_gets_our_name() -> None:
    server = Server()
    session = carrier(server)
    session.post(
        "https://api.test/a?b=c", json={"text": "ö"}, headers={"authorization": "Bearer t", "user-agent": "lib"}
    )
    [asked] = server.asked
    assert (asked.method, str(asked.url)) == ("POST", "https://api.test/a?b=c")
    assert json.loads(asked.content) == {"text": "ö"}
    assert asked.headers["authorization"] == "Bearer t"
    assert asked.headers["user-agent"].startswith("Earshot")
    assert asked.headers["accept-encoding"] == "gzip"


def test_a_built_in_server_is_replaced_before_anything_is_signed() -> None:
    server = Server()
    seen: list[str] = []

    def sign(request: Any) -> Any:
        seen.append(request.url)
        return request

    session = carrier(server, home=("https://api.old.test", "http://self.test/proxy"))
    session.get("https://api.old.test/2/me", auth=sign)
    session.get("https://other.test/")
    assert seen == ["http://self.test/proxy/2/me"]
    assert [str(asked.url) for asked in server.asked] == ["http://self.test/proxy/2/me", "https://other.test/"]


def test_nothing_of_the_environment_is_used() -> None:
    session = carrier(Server())
    assert session.trust_env is False
    assert set(session.adapters) == {"https://", "http://"}


@pytest.mark.parametrize(
    ("status", "method", "meaning"),
    [
        (500, "GET", Unavailable),
        (500, "POST", Unsure),
        (401, "GET", AuthFailed),
        (404, "GET", Rejected),
        (429, "POST", RateLimited),
        (302, "GET", Unavailable),
        (302, "POST", AuthFailed),
    ],
)
def test_a_refusal_never_reaches_the_library(status: int, method: str, meaning: type[PlatformError]) -> None:
    server = Server(status, location="http://169.254.169.254/")
    with pytest.raises(meaning):
        carrier(server).request(method, "https://api.test/")
    assert len(server.asked) == 1


def test_a_post_that_changes_nothing_may_be_repeated() -> None:
    with pytest.raises(Unavailable):
        carrier(Server(503), reads=("/token",)).post("https://api.test/token")


def test_a_body_may_say_more_than_a_status() -> None:
    def judge(answer: Answer) -> None:
        if answer.status == 403:
            raise Rejected(answer.json()["why"])

    with pytest.raises(Rejected, match="closed"):
        carrier(Server(403, b'{"why": "closed"}'), told=frozenset({403}), judge=judge).get("https://api.test/")


def test_json_is_read_our_way() -> None:
    session = carrier(Server(200, b"\xef\xbb\xbf[1]"))
    assert session.get("https://api.test/").json() == [1]
    with pytest.raises(Unavailable):
        carrier(Server(200, b"<html>")).get("https://api.test/").json()
    with pytest.raises(Unsure):
        carrier(Server(200, b"<html>")).post("https://api.test/").json()


@pytest.mark.parametrize(("shared", "other_path"), [(True, RateLimited), (False, None)])
def test_rest_is_kept_for_what_was_limited(shared: bool, other_path: type[PlatformError] | None) -> None:
    server = Server(200, x_ratelimit_remaining="0", x_ratelimit_reset="30")
    session = carrier(server, shared=shared)
    answer = session.get("https://api.test/a")
    assert "x-ratelimit-remaining" not in answer.headers  # a library would sleep over it
    assert session.door.rate is not None
    with pytest.raises(RateLimited) as raised:
        session.get("https://api.test/a")
    assert raised.value.retry_after == timedelta(seconds=30)
    if other_path is None:
        session.get("https://api.test/b")
    else:
        with pytest.raises(other_path):
            session.get("https://api.test/b")
    assert len(server.asked) == (1 if shared else 2)


def test_our_error_is_found_inside_a_librarys() -> None:
    class Wrapped(Exception):
        original_exception = Rejected("no")

    assert isinstance(cause(Wrapped()), Rejected)
    assert cause(ValueError()) is cause(None) is None
