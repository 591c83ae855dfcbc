"""One true end-to-end on a whole Bluesky network of our own: said, heard, answered once, deleted, forgotten.

Run by `make real`, which installs the network (npm, two minutes, 400 MB). Not part of `make test`.
"""

import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import wire
from bot.app import App
from bot.core.brand import Brand
from bot.steps import answer, deliver, forget, listen, match, read, triage
from bot.store import brands, cases, mentions, people, sources
from bot.store.tables import CaseRow, PostRow, SourceRow
from config.settings import Settings
from tests.flow.path import asked_again

NETWORK = Path(os.environ.get("EARSHOT_REAL_NETWORK", ""))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (NETWORK / "node_modules/@atproto/dev-env").is_dir(), reason="run `make real`"),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server"),
]
# The hashtag is what this network's search finds: it knows no quoted phrases, as Bluesky's own does.
COMPLAINT = "Acme Parcels lost my parcel twice and nobody answers my mails. #acmefail"
WORDS = "So sorry, Ada. I am looking for the parcel now and write here within the hour."


@dataclass(frozen=True)
class Person:
    """Somebody with an account, writing with their own client."""

    pds: str
    did: str
    token: str

    def call(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.pds}/xrpc/{name}", json=body, headers={"authorization": f"Bearer {self.token}"}, timeout=20
        )
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}

    def says(self, text: str, at: str) -> str:
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": at, "langs": ["en"]}
        body = {"repo": self.did, "collection": "app.bsky.feed.post", "record": record}
        return str(self.call("com.atproto.repo.createRecord", body)["uri"])

    def deletes(self, uri: str) -> None:
        body = {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": uri.rsplit("/", 1)[1]}
        self.call("com.atproto.repo.deleteRecord", body)


@pytest.fixture(scope="module")
def network(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    from sqlalchemy import create_engine, text

    engine = create_engine(postgres.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE bsky"))
    engine.dispose()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    redis = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""], stdout=subprocess.DEVNULL
    )
    folder = postgres.partition("?host=")[2]
    env = os.environ | {
        "DB_POSTGRES_URL": f"postgresql://earshot@localhost/bsky?host={folder}",
        "REDIS_HOST": f"127.0.0.1:{port}",
        "LOG_ENABLED": "false",
    }
    script = Path(__file__).with_name("network.cjs")
    log = (tmp_path_factory.mktemp("network") / "log").open("w")
    node = subprocess.Popen(
        ["node", str(script), str(NETWORK)],
        env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
    )  # fmt: skip
    try:
        assert node.stdout is not None
        line = node.stdout.readline()
        assert line, Path(log.name).read_text()
        yield json.loads(line)
    finally:
        node.kill()
        redis.kill()
        node.communicate()
        redis.wait()
        log.close()


@pytest.fixture
def ada(network: dict[str, str]) -> Person:
    body = {"identifier": "ada-marlow.test", "password": "ada-marlow-password"}
    told = httpx.post(f"{network['pds']}/xrpc/com.atproto.server.createSession", json=body, timeout=20).json()
    return Person(network["pds"], told["did"], told["accessJwt"])


@pytest.fixture
def app(network: dict[str, str], tmp_path: Path) -> Iterator[App]:
    made = wire.build(Settings(home=tmp_path, private_addresses=True, reader="words", undo_s=0))
    now = made.clock.now()
    options: dict[str, object] = {
        "base_url": network["pds"], "public_url": network["appview"], "stream": False, "search": "always",
        "handle": "acme-parcels.test", "password": "acme-parcels-password",
    }  # fmt: skip
    kept = wire.hidden(made.settings, "bluesky", "bluesky", options)
    with made.db.begin() as session:
        brands.save(session, Brand(name="Acme", names=("Acme Parcels",), hashtags=("acmefail",)), "test", now, "test")
        people.create(session, "lena", "Lena", "agent", [], "", now)
        row = SourceRow(name="bluesky", connector="bluesky", every_s=1, started_at=now - timedelta(hours=1),
                        next_poll_at=now, options=kept)  # fmt: skip
        sources.save(session, row)
    yield made
    made.connector_of(row).close()
    made.responders["bluesky"].close()
    made.db.close()


def until(app: App, step: Any, rounds: int = 60) -> Any:
    """Poll and do what follows until `step` finds what it waits for."""
    pause = threading.Event()
    for _ in range(rounds):
        with app.db.begin() as session:
            sources.note(session, "bluesky", next_poll_at=app.clock.now())
        listen.poll_one(app)
        for work in (match.match_some, read.read_some, triage.triage_some, deliver.deliver_customer):
            work(app)
        found = step()
        if found:
            return found
        pause.wait(0.5)
    with app.db.read() as session:
        row = sources.get(session, "bluesky")
    raise AssertionError(f"it never came; the source says: {row}")


def the_case(app: App) -> CaseRow | None:
    with app.db.read() as session:
        parts = cases.sections(session, None, app.clock.now())
    found = [*parts.next, *parts.late, *parts.window, *parts.waiting]
    return found[0] if found else None


def the_post(app: App, case: CaseRow) -> PostRow:
    with app.db.read() as session:
        return mentions.of_case(session, case.id or 0)[0][1]


def replies(network: dict[str, str], uri: str) -> list[str]:
    told = httpx.get(
        f"{network['appview']}/xrpc/app.bsky.feed.getPostThread", params={"uri": uri, "depth": 3}, timeout=20
    ).json()
    return [one["post"]["record"]["text"] for one in told.get("thread", {}).get("replies", [])]


def test_a_complaint_is_heard_answered_once_and_forgotten_when_it_is_deleted(
    app: App, ada: Person, network: dict[str, str]
) -> None:
    uri = ada.says(COMPLAINT, app.clock.now().isoformat().replace("+00:00", "Z"))
    case = until(app, lambda: the_case(app))
    post = the_post(app, case)
    assert (post.native_id, post.text, post.author_handle) == (uri, COMPLAINT, "ada-marlow.test")
    assert not isinstance(answer.claim(app, case.id, 1), answer.Refused)
    saved = answer.save_draft(app, case.id, 1, WORDS)
    assert isinstance(saved, answer.Saved)
    queued = answer.answer(app, case.id, 1, WORDS, "public", saved.version)
    assert isinstance(queued, answer.Queued), queued
    assert until(app, lambda: replies(network, uri)) == [WORDS]
    for _ in range(3):
        deliver.deliver_customer(app)
    assert replies(network, uri) == [WORDS]
    answered = the_case(app)
    assert answered is not None
    assert answered.state == "waiting"
    assert len(until(app, lambda: [the_case(app)])) == 1  # our own reply coming back opens no case

    ada.deletes(uri)

    def gone() -> bool:
        with app.db.begin() as session:
            there = session.get(PostRow, post.id)
            assert there is not None
            there.rechecked_at = app.clock.now() - timedelta(days=2)  # its daily look is due
            session.add(there)
        asked_again(app)
        forget.forget_some(app)
        return the_post(app, case).text == ""

    assert until(app, gone)
