"""A server shaped like Slack, on a real socket, that can be away, slow, cross, or lose its answer after acting.

`Slack.posts` is its own log of what it really posted: tests compare that with what our database believes.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from websockets.sync.server import ServerConnection, serve

TEAM = "T1"


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came: the method's name, what was said, and the headers."""

    method: str
    said: dict[str, Any]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Posted:
    """One message that a room shows, or showed."""

    room: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    thread: str = ""
    at: float = 0.0
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def all_text(self) -> str:
        """Every word of it, for looking things up."""
        return self.text + "\n" + json.dumps(self.blocks, ensure_ascii=False)


@dataclass
class FakeSlack:
    """Answers like Slack. `mood` is asked before each call and names what goes wrong:

    "ok", "down" (nothing listens: the connection is reset before a byte is read), "500", "503", "429:30",
    "error:is_archived", "lost" (acts, then resets), "html" (acts, answers a page), "slow:2" (seconds, then acts),
    "redirect:URL". `clock` stamps what was posted. `may_look`: the app has the scope to read its rooms' history, of
    which an answer holds `page` messages at most. `rooms`: the ids of rooms by their names.
    """

    mood: Callable[[Call], str] = lambda _call: "ok"
    clock: Callable[[], float] = lambda: 1_790_000_000.0
    calls: list[Call] = field(default_factory=list)
    posts: list[Posted] = field(default_factory=list)
    whispers: list[Call] = field(default_factory=list)
    messages: dict[str, Posted] = field(default_factory=dict)
    views: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    webhook: str = ""
    line_url: str = ""
    may_look: bool = False
    page: int = 200
    scopes: str = ""
    rooms: dict[str, str] = field(default_factory=lambda: {"#care": "C0CARE"})
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def act(self, call: Call) -> dict[str, Any]:
        """Do what was asked."""
        with self._lock:
            match call.method:
                case "chat.postMessage" | "webhook":
                    return self._post(call)
                case "chat.update":
                    return self._update(call)
                case "conversations.history":
                    return self._history(call)
                case "chat.postEphemeral":
                    self.whispers.append(call)
                    return {"ok": True, "message_ts": "1.1"}
                case "apps.connections.open":
                    return {"ok": True, "url": self.line_url}
                case "views.open" | "views.update":
                    view = call.said["view"]
                    self.views.append(json.loads(view) if isinstance(view, str) else view)
                    return {"ok": True, "view": {"id": "V1", "hash": f"h{len(self.views)}"}}
                case "auth.test":
                    return {"ok": True, "team": "Northwind", "team_id": TEAM, "user": "earshot", "user_id": "U0"}
                case _:
                    return {"ok": False, "error": "unknown_method"}

    def _post(self, call: Call) -> dict[str, Any]:
        ts = f"{self.clock():.0f}.{len(self.posts) + 1:06d}"
        room = str(call.said.get("channel", "webhook"))
        room = self.rooms.get(room, room)
        posted = Posted(
            room,
            ts,
            str(call.said.get("text", "")),
            list(call.said.get("blocks", ())),
            str(call.said.get("thread_ts", "")),
            self.clock(),
            dict(call.said.get("metadata", {})),
        )
        self.posts.append(posted)
        self.messages[ts] = posted
        return {"ok": True, "channel": room, "ts": ts, "message": {"text": posted.text}}

    def _history(self, call: Call) -> dict[str, Any]:
        if not self.may_look:
            return {"ok": False, "error": "missing_scope", "needed": "channels:history"}
        rooms = {posted.room for posted in self.posts} | {"C0CARE"}
        if call.said["channel"] not in rooms:
            return {"ok": False, "error": "channel_not_found"}
        oldest, start = float(call.said.get("oldest", 0)), int(call.said.get("cursor", 0))
        there = [one for one in self.messages.values() if one.room == call.said["channel"] and float(one.ts) > oldest]
        newest = sorted(there, key=lambda one: float(one.ts), reverse=True)
        shown = newest[start : start + min(self.page, int(call.said.get("limit", 100)))]
        wants = str(call.said.get("include_all_metadata", "")).lower() in ("1", "true")
        said = [
            {"ts": one.ts, "text": one.text} | ({"metadata": one.metadata} if wants and one.metadata else {})
            for one in shown
        ]
        after = start + len(shown)
        more = {"response_metadata": {"next_cursor": str(after)}} if after < len(newest) else {}
        return {"ok": True, "messages": said, "has_more": bool(more)} | more

    def _update(self, call: Call) -> dict[str, Any]:
        ts = str(call.said.get("ts", ""))
        if ts not in self.messages or self.messages[ts].room != call.said.get("channel"):
            return {"ok": False, "error": "message_not_found"}
        old = self.messages[ts]
        words, blocks = str(call.said["text"]), list(call.said.get("blocks", ()))
        kept = dict(call.said.get("metadata", {})) or old.metadata  # an update without metadata keeps it
        self.messages[ts] = Posted(old.room, ts, words, blocks, old.thread, metadata=kept)
        return {"ok": True, "channel": old.room, "ts": ts}


@contextmanager
def slack() -> Iterator[FakeSlack]:
    """A running fake; `url` is its Web API's address, `webhook` an incoming webhook's."""
    fake = FakeSlack()

    class Handler(_Handler):
        server_fake = fake

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}/api/"
    fake.webhook = f"http://127.0.0.1:{server.server_port}/services/T1/B1/secretsecret"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Lines:
    """The other end of Socket Mode: who is connected, what was acknowledged, and what Slack sends next."""

    open: list[ServerConnection] = field(default_factory=list)
    opened: int = 0
    acks: list[dict[str, Any]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def serve(self, line: ServerConnection) -> None:
        """One connection, until it ends."""
        with self.changed:
            self.open.append(line)
            self.opened += 1
            self.changed.notify_all()
        line.send(json.dumps({"type": "hello", "num_connections": len(self.open)}))
        try:
            for frame in line:
                with self.changed:
                    self.acks.append(json.loads(frame))
                    self.changed.notify_all()
        finally:
            with self.changed:
                self.open.remove(line)
                self.changed.notify_all()

    def send(self, frame: dict[str, Any] | str, line: int = -1) -> None:
        """Send on the newest line, or on another."""
        self.open[line].send(frame if isinstance(frame, str) else json.dumps(frame))

    def envelope(self, key: str, kind: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Send an envelope and wait for its acknowledgement."""
        before = len(self.acks)
        wants = more.pop("accepts_response_payload", False)
        self.send({"envelope_id": key, "type": kind, "payload": payload, "accepts_response_payload": wants} | more)
        assert self.until(lambda: any(ack["envelope_id"] == key for ack in self.acks[before:])), "no acknowledgement"
        return next(ack for ack in self.acks[before:] if ack["envelope_id"] == key)

    def until(self, true: Callable[[], bool], seconds: float = 8.0) -> bool:
        """Wait for something to become true."""
        with self.changed:
            return self.changed.wait_for(true, seconds)


@contextmanager
def socket_mode(fake: FakeSlack) -> Iterator[Lines]:
    """Socket Mode of a running fake."""
    lines = Lines()
    with serve(lines.serve, "127.0.0.1", 0) as server:
        fake.line_url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/link/?ticket=t"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield lines
        finally:
            for line in list(lines.open):
                line.close()
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    server_fake: FakeSlack
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        call = self._call()
        fake = self.server_fake
        with fake._lock:
            fake.calls.append(call)
        kind, _, detail = fake.mood(call).partition(":")
        match kind:
            case "ok":
                self._act(call)
            case "down":
                self._reset()
            case "lost":
                fake.act(call)
                self._reset()
            case "html":
                fake.act(call)
                self._answer(200, b"<html>Sorry</html>", "text/html")
            case "slow":
                threading.Event().wait(float(detail))
                self._act(call)
            case "429":
                self._answer(429, b'{"ok":false,"error":"ratelimited"}', extra={"Retry-After": detail})
            case "error":
                self._answer(200, json.dumps({"ok": False, "error": detail}).encode())
            case "redirect":
                self._answer(302, b"", extra={"Location": detail})
            case _:
                self._answer(int(kind), detail.encode() or b"trouble", "text/plain")

    def _call(self) -> Call:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = "json" in (self.headers.get("Content-Type") or "")
        said = json.loads(body) if is_json else {key: value[0] for key, value in parse_qs(body.decode()).items()}
        name = self.path.rpartition("/api/")[2] if "/api/" in self.path else "webhook"
        return Call(name, said, {key.lower(): value for key, value in self.headers.items()})

    def _act(self, call: Call) -> None:
        answer = self.server_fake.act(call)
        if call.method == "webhook":
            self._answer(200, b"ok", "text/plain")
        else:
            scopes = {"X-OAuth-Scopes": self.server_fake.scopes} if self.server_fake.scopes else None
            self._answer(200, json.dumps(answer).encode(), extra=scopes)

    def _answer(
        self, status: int, body: bytes, media: str = "application/json", extra: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": media, "Content-Length": str(len(body)), **(extra or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        """A connection reset, as a dying proxy sends it."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet."""
