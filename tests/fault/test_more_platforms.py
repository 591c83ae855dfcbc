"""Each of the newer connectors over real sockets, against what servers do when they are unwell: nothing is lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.errors import AuthFailed, PlatformError, RateLimited, Unavailable
from connectors.http import Http
from connectors.types import Connector, Want
from tests.fakes.server import FakeServer
from tests.fakes.stages import Stage, noon
from tests.fault.server import FaultServer, Play, drip, hang, packed, reset, short, whole

WANT = Want(terms=("acme",))


def ear(stage: Stage, url: str, deadline_s: float = 2.0, now: Callable[[], datetime] = noon) -> Connector:
    settings = stage.kind.Settings(**stage.settings(url))  # type: ignore[attr-defined]
    return stage.kind(settings, http=Http(private_ok=True, deadline_s=deadline_s, now=now), now=now)


def stands(cursor: str | None) -> bool:
    """True where the listing is still to be read from its beginning (Threads keeps its hook's place beside it)."""
    return cursor is None or '"search":null' in cursor


def poll(connector: Connector, cursor: str | None) -> tuple[set[str], str | None, PlatformError | None]:
    heard: set[str] = set()
    try:
        for page in connector.fetch(replace(WANT, cursor=cursor)):
            heard |= {post.ref.id for post in page.posts}
            cursor = page.cursor
    except PlatformError as error:
        return heard, cursor, error
    return heard, cursor, None


@pytest.mark.parametrize("how", ["reset", "drop", "truncate", "html", "garbage"])
def test_a_server_that_stumbles_loses_us_nothing(stage: Stage, fake: FakeServer, how: Any) -> None:
    connector = ear(stage, fake.url)
    fake.fail_next(stage.path, how=how, after=True)
    _, cursor, error = poll(connector, None)
    assert (type(error), stands(cursor)) == (Unavailable, True)
    heard, cursor, error = poll(connector, cursor)
    connector.close()
    assert (len(heard), error) == (3, None)
    assert not stands(cursor)


@pytest.mark.parametrize(
    ("status", "headers", "meaning", "wait"),
    [
        (429, {"retry-after": "7"}, RateLimited, 7),
        (429, {}, RateLimited, 60),
        (429, {"retry-after": "soon"}, RateLimited, 60),
        (503, {"retry-after": "20"}, RateLimited, 20),
        (500, {}, Unavailable, 0),
        (401, {}, AuthFailed, 0),
        (403, {}, AuthFailed, 0),
    ],
)
def test_a_refusal_has_its_meaning_and_then_all_is_heard(
    stage: Stage, fake: FakeServer, status: int, headers: dict[str, str], meaning: type[PlatformError], wait: int
) -> None:
    connector = ear(stage, fake.url)
    fake.fail_next(stage.path, status=status, headers=headers)
    _, cursor, error = poll(connector, None)
    assert (type(error), stands(cursor)) == (meaning, True)
    if isinstance(error, RateLimited):
        assert error.retry_after == timedelta(seconds=wait)
    heard, _, error = poll(connector, cursor)
    connector.close()
    assert (len(heard), error) == (3, None)


PLAYS: dict[str, Play] = {
    "slow headers": drip("headers"),
    "slow body": drip("body"),
    "hangs": hang(),
    "resets": reset(),
    "ends early": short(b'{"items": [', 900),
    "packed badly": whole(200, b"\x00not packed", {"content-encoding": "gzip"}),
    "packed and cut": packed(b'{"items": []}' * 40, cut=30),
    "a bomb": packed(b" " * 30_000_000),
    "another alphabet": whole(200, b"{}", {"content-type": "application/json; charset=utf-7"}),
    "nested": whole(200, b"[" * 200_000),
    "leads round": whole(302, b"", {"location": "/again"}),
    "leads inside": whole(302, b"", {"location": "http://[::1]:9/latest/meta-data/"}),
}


@pytest.mark.parametrize("play", sorted(PLAYS))
def test_a_hostile_server_is_survived_in_time(stage: Stage, play: str) -> None:
    with FaultServer(PLAYS[play]) as server:
        connector = ear(stage, server.url, deadline_s=0.15)
        heard, cursor, error = poll(connector, None)
        connector.close()
    assert (heard, stands(cursor)) == (set(), True)
    assert isinstance(error, PlatformError)
    assert "SECRET" not in str(error)
