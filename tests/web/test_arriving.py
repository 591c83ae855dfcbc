"""Half-sent requests over real sockets: they are cut off, and nobody else has to wait for them."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

from bot.app import App
from bot.web import app as web_app
from bot.web import arriving


@pytest.fixture
def address(app: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(arriving, "MOST", 5)
    monkeypatch.setattr(arriving, "PATIENCE_S", 0.5)
    door = socket.create_server(("127.0.0.1", 0))
    options = web_app.server_options(app) | {"log_level": "error", "timeout_graceful_shutdown": 1}
    server = uvicorn.Server(uvicorn.Config(web_app.create(app), **options))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    yield door.getsockname()[:2]
    server.should_exit = True
    thread.join(10)


def half(address: tuple[str, int], sent: bytes) -> socket.socket:
    """A connection on which this much of a request was sent."""
    there = socket.create_connection(address, timeout=10)
    there.sendall(sent)
    return there


def url(address: tuple[str, int]) -> str:
    return f"http://{address[0]}:{address[1]}/healthz"


def ended(there: socket.socket) -> bool:
    """Waits until the other side cuts it off."""
    with there:
        try:
            while there.recv(65536):
                pass
            return True
        except ConnectionResetError:
            return True


def test_many_half_sent_requests_keep_nobody_out(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "PATIENCE_S", 60.0)  # only room is made
    many = [half(address, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: ") for _ in range(12)]
    for _ in range(3):
        assert httpx.get(url(address)).status_code != 503
    assert ended(many[0])
    for there in many[1:]:
        there.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: ",
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nhalf",
    ],
)
def test_a_request_that_never_ends_is_cut_off(address: tuple[str, int], sent: bytes) -> None:
    assert ended(half(address, sent))


def test_a_second_request_on_a_line_must_arrive_too(address: tuple[str, int]) -> None:
    there = half(address, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    there.recv(65536)
    there.sendall(b"GET /healthz HT")
    assert ended(there)


def test_a_visitor_who_is_answered_may_come_again_on_the_same_line(address: tuple[str, int]) -> None:
    with httpx.Client() as client:
        first = client.get(url(address))
        threading.Event().wait(0.7)  # longer than a request may take to arrive; the line was only quiet
        again = client.get(url(address))
        assert again.status_code == first.status_code
