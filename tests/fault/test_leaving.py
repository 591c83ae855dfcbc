"""What leaves this machine: every destination a running Earshot connects to, or asks for, is one of its settings.

Written down inside the process by an audit hook (PEP 578), which sees whatever goes through Python's sockets, and every
program started; anything but loopback is refused there, so that the test needs no network and touches nobody's servers.
"""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from bot.clock import SystemClock

HOOK = """
import json, sys
log = open(sys.argv[1], "a", buffering=1)
NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
def seen(event, given):
    if event == "socket.connect" or event == "socket.sendto":
        where = given[1]
        host = where[0] if isinstance(where, tuple) else ""  # a path: a socket of this machine
    elif event in NAMES:
        host = given[0]
    elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
        host = "program " + str(given[0])
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host)
    if host:
        log.write(json.dumps(host) + "\\n")
    if host and not host.startswith(("127.", "::1", "program ")):
        raise OSError(101, "nothing leaves a test")
sys.addaudithook(seen)
"""
RUN = """
from pathlib import Path
from bot import wire
from bot.cli.serve import serve
from bot.core.brand import Brand
from bot.store import brands
from config.load import load
app = wire.build(load().settings)
with app.db.begin() as session:
    brands.save(session, Brand(name="Acme"), "file", app.clock.now(), "earshot")
wire.listen_by_default(app)
serve(app)
"""
DEMO = """
import sys
sys.argv = ["earshot", "demo", "--port", "0", "--speed", "600", "--home", sys.argv[2]]
from bot.cli import main
main()
"""
# Where the sources that need no key are read; each is named in that source's settings and on its page.
BY_DEFAULT = {
    "hn.algolia.com", "hacker-news.firebaseio.com", "mastodon.social", "public.api.bsky.app", "api.bsky.app",
    "jetstream2.us-east.bsky.network", "jetstream1.us-east.bsky.network",
}  # fmt: skip


class Town(BaseHTTPRequestHandler):
    """One address for a feed, Slack, and the dead man's switch; it keeps what was asked."""

    asked: set[str]

    def do_GET(self) -> None:
        now = format_datetime(SystemClock().now())
        item = f"<item><guid>1</guid><title>Acme lost my parcel, nobody helps</title><pubDate>{now}</pubDate></item>"
        self._say(f"<rss version='2.0'><channel><title>t</title>{item}</channel></rss>", "application/rss+xml")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._say(json.dumps({"ok": True, "ts": "1.1", "channel": "C1"}), "application/json")

    def _say(self, words: str, kind: str) -> None:
        self.asked.add(self.path.partition("?")[0])
        import time

        print(time.time(), self.path)
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(words.encode())))
        self.end_headers()
        self.wfile.write(words.encode())

    def log_message(self, *_said: object) -> None:
        """Nothing on the console."""


@pytest.fixture
def town() -> Iterator[tuple[str, set[str]]]:
    kind = type("OneTown", (Town,), {"asked": set()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", kind.asked  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


@contextmanager
def alive(script: str, folder: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program under the hook, until its queue is there; it is ended in order."""
    env = {"PATH": "/usr/bin:/bin", "EARSHOT_HOME": str(folder), "HOME": str(folder / "house"), **settings}
    words = [sys.executable, "-c", HOOK + script, str(folder / "seen"), str(folder)]
    with (folder / "errors").open("w") as errors:
        there = subprocess.Popen(words, stdout=-1, stderr=errors, text=True, env=env)
    assert there.stdout is not None
    try:
        while "Earshot is at" not in (line := there.stdout.readline()):
            assert line, (folder / "errors").read_text()
        yield there, line.split("Earshot is at ")[1].split()[0]
        there.send_signal(signal.SIGTERM)
        there.wait(30)
    finally:
        there.kill()
        there.communicate()


def told(folder: Path) -> set[str]:
    """Whom it asked. No hook sees compiled code: onnxruntime's reports begin with an id in the home folder."""
    assert not (folder / "house").exists(), list((folder / "house").rglob("*"))
    return {json.loads(line) for line in (folder / "seen").read_text().splitlines()}


def test_a_running_earshot_asks_nobody_but_whom_its_settings_name(tmp_path: Path, town: tuple[str, set[str]]) -> None:
    address, asked = town
    (tmp_path / "earshot.toml").write_text(f'[sources.feed]\nconnector = "rss"\nevery = 1\nurl = "{address}/feed"\n')
    slack = {
        "EARSHOT_SLACK__BOT_TOKEN": "xoxb-1",
        "EARSHOT_SLACK__ROOM": "#care",
        "EARSHOT_SLACK__BASE_URL": f"{address}/api/",
    }
    more = {"EARSHOT_PORT": "0", "EARSHOT_PRIVATE_ADDRESSES": "true", "EARSHOT_HEARTBEAT_URL": f"{address}/heart"}
    wanted = {"/feed", "/heart", "/api/chat.postMessage"}
    with alive(RUN, tmp_path, **slack, **more) as (there, _queue):
        waited = threading.Event()
        while not wanted <= asked and there.poll() is None:
            waited.wait(0.05)
    names = told(tmp_path) - {"127.0.0.1"}
    assert wanted <= asked, "it listened, was read by the built-in reader, told the team and kept its switch alive"
    assert names <= BY_DEFAULT, names - BY_DEFAULT
    assert names, "the sources that come by default were asked for, and nothing left"


def test_the_demo_asks_nobody(tmp_path: Path) -> None:
    with alive(DEMO, tmp_path) as (_there, queue):
        assert httpx.get(f"{queue}/login").status_code == 200
    assert told(tmp_path) <= {"127.0.0.1"}
