"""Real sockets that are slow, cut, reset or far too generous: every call ends, and says what may have happened."""

import threading
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from connectors.errors import PlatformError, RateLimited, Rejected, Unavailable, Unsure
from connectors.http import Http
from connectors.transport import waited_s
from tests.fault.server import FaultServer, Play, drip, hang, packed, reset, short, stream, whole


@pytest.fixture
def door() -> Iterator[Http]:
    client = Http(private_ok=True, deadline_s=0.5, max_wire=200_000, max_body=2_000_000)
    yield client
    client.close()


FAULTS: list[tuple[str, Play]] = [
    ("a body that drips", drip("body")),
    ("headers that drip", drip("headers")),
    ("a server that says nothing", hang()),
    ("a line that is cut", reset()),
    ("a body shorter than announced", short(b'{"a": 1}', 900)),
    ("a packed body cut short", packed(b'{"a": 1}' * 99, cut=30)),
    ("a packed body that is none", whole(200, b"plain", {"content-encoding": "gzip"})),
    ("a packing we did not ask for", whole(200, b"x", {"content-encoding": "br"})),
    ("a charset of attackers", whole(200, b"1", {"content-type": "text/html; charset=UTF-7"})),
    ("a bomb", packed(b"\0" * 20_000_000)),
    ("more than we read", whole(200, b"x" * 300_000)),
    ("more than we read, unannounced", stream(b"x" * 300_000)),
    ("an announcement beyond reason", short(b"x", 10**30)),
]


@pytest.mark.parametrize(("name", "play"), FAULTS, ids=[name for name, _ in FAULTS])
def test_a_fault_ends_the_call_in_time(door: Http, name: str, play: Play) -> None:
    with FaultServer(play) as server, pytest.raises(Unavailable):
        door.get(server.url)


@pytest.mark.parametrize(("name", "play"), FAULTS, ids=[name for name, _ in FAULTS])
def test_after_a_write_the_same_fault_leaves_us_unsure(door: Http, name: str, play: Play) -> None:
    with FaultServer(play) as server, pytest.raises(Unsure):
        door.request("POST", server.url, json={"text": "hello"}, write=True)
    assert server.seen[0].body == b'{"text":"hello"}'


def test_a_write_that_never_left_is_simply_unavailable(door: Http) -> None:
    with FaultServer(whole()) as server:
        pass
    with pytest.raises(Unavailable):
        door.request("POST", server.url, json={}, write=True)


def test_a_handshake_that_fails_sent_nothing(door: Http) -> None:
    with FaultServer(whole()) as server, pytest.raises(Unavailable):
        door.request("POST", server.url.replace("http:", "https:"), json={}, write=True)


def test_a_refusal_with_an_unreadable_body_is_still_a_refusal(door: Http) -> None:
    with FaultServer(whole(422, b"x", {"content-encoding": "br"})) as server, pytest.raises(PlatformError) as refused:
        door.request("POST", server.url, json={}, write=True)
    assert type(refused.value).__name__ == "Rejected"


def test_a_bomb_stays_small(door: Http) -> None:
    with FaultServer(packed(b"\0" * 50_000_000)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(Unavailable, match="huge"):
                door.get(server.url)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 8_000_000


def test_a_token_cut_over_two_lines_is_not_sent_and_not_told(door: Http) -> None:
    with FaultServer(whole()) as server, pytest.raises(Rejected) as refused:
        door.get(server.url, headers={"authorization": "Bearer s3cret\r\nX-Evil: 1"})
    assert server.seen == []
    assert refused.value.__suppress_context__
    assert "s3cret" not in str(refused.value)


def test_packed_bodies_are_unpacked(door: Http) -> None:
    with FaultServer(packed(b'{"a": 1}')) as server:
        assert door.get_json(server.url) == {"a": 1}
    assert server.seen[0].headers["accept-encoding"] == "gzip"


def test_reads_share_a_connection_and_writes_never_do(door: Http) -> None:
    with FaultServer(whole(200, b"1")) as server:
        for _ in range(2):
            assert door.request("POST", server.url, content=b"x", write=True).json() == 1
    assert len(server.seen) == 2


def test_a_stream_is_heard_line_by_line(door: Http) -> None:
    with FaultServer(stream(b"event: up", b"date\ndata: {}\n\n", then_silent=True)) as server:
        lines = door.lines(server.url, stop=threading.Event())
        assert [next(lines) for _ in range(3)] == ["event: update", "data: {}", ""]
        lines.close()


def test_a_silent_stream_is_noticed(door: Http) -> None:
    with FaultServer(stream(b":hi\n", then_silent=True)) as server, pytest.raises(Unavailable, match="in time"):
        list(door.lines(server.url, stop=threading.Event(), silence_s=0.3))


@pytest.mark.parametrize(("part", "why"), [("body", "no whole line"), ("headers", "in time")])
def test_a_stream_that_drips_is_no_stream(door: Http, part: str, why: str) -> None:
    with FaultServer(drip(part)) as server, pytest.raises(Unavailable, match=why):
        list(door.lines(server.url, stop=threading.Event(), silence_s=0.3))


def test_how_long_a_thread_waits_for_a_server_is_known_from_outside(door: Http) -> None:
    waited: list[float] = []

    def ask() -> None:
        with pytest.raises(Unavailable):
            door.get(server.url)

    with FaultServer(hang()) as server:
        asker = threading.Thread(target=ask)
        asker.start()
        while asker.is_alive():
            waited.append(waited_s(asker.ident or 0))
            time.sleep(0.02)
    assert max(waited) > 0.2
    assert waited_s(asker.ident or 0) == 0.0


def test_whoever_follows_a_stream_sees_what_a_refusal_says(door: Http) -> None:
    said: list[bytes] = []
    with FaultServer(whole(429, b"the month is over")) as server, pytest.raises(RateLimited):
        list(door.lines(server.url, stop=threading.Event(), judge=lambda answer: said.append(answer.content)))
    assert said == [b"the month is over"]


def test_a_stream_stops_when_asked(door: Http) -> None:
    stop = threading.Event()
    with FaultServer(stream(b":hi\n", then_silent=True)) as server:
        heard: list[str] = []
        listener = threading.Thread(target=lambda: heard.extend(door.lines(server.url, stop=stop, silence_s=20)))
        listener.start()
        while not server.seen:
            time.sleep(0.01)
        stop.set()
        listener.join(5)
    assert not listener.is_alive()


def test_a_line_without_end_is_refused(door: Http) -> None:
    endless = stream(b"x" * 1_200_000)
    with FaultServer(endless) as server, pytest.raises(Unavailable, match="without end"):
        list(door.lines(server.url, stop=threading.Event()))


def test_a_stream_that_packs_itself_is_refused(door: Http) -> None:
    play = stream(b"x", headers={"content-encoding": "gzip"})
    with FaultServer(play) as server, pytest.raises(Unavailable, match="packs"):
        list(door.lines(server.url, stop=threading.Event()))
