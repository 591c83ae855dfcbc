"""The door for what is posted to us, from the outside; the page that hands out its secret."""

import hashlib
import hmac
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from bot import wire
from bot.app import App
from bot.clock import HandClock, SystemClock
from bot.steps import hooking, listen
from bot.store import events, inbox, posts, sources
from bot.store.db import DatabaseAway
from bot.store.tables import SourceRow
from bot.web import app as web_app
from tests.web.conftest import ADDRESS, NOON, Browser, hire

BODY = json.dumps({"id": "d-1", "posts": [{"id": "1", "author": "Ada", "text": "Acme lost my bag."}]}).encode()
HOOK = "/hooks/in/reviews"


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    app = make_app()
    connectors = wire._Connectors(app.settings, app.clock, app.db)
    app = replace(app, connector_of=connectors)
    with app.db.begin() as session:
        row = SourceRow(
            name="reviews", connector="webhook", options={"platform": "reviews"}, started_at=NOON, next_poll_at=NOON
        )
        sources.save(session, row)
    return app


@pytest.fixture
def outside(app: App) -> Iterator[TestClient]:
    with TestClient(web_app.create(app), base_url=ADDRESS, follow_redirects=False) as client:
        yield client


def secret_of(app: App) -> str:
    with app.db.read() as session:
        row = sources.get(session, "reviews")
    assert row is not None
    return hooking.new_secret(app, row, "test")


def post(
    client: TestClient, clock: HandClock, secret: str, body: bytes = BODY, path: str = HOOK, **more: str
) -> Response:
    stamp = str(int(clock.now().timestamp()))
    mark = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"earshot-timestamp": stamp, "earshot-signature": f"v1={mark}", **more}
    return client.post(path, content=body, headers=headers)  # type: ignore[return-value]


def stored(app: App) -> int:
    with app.db.read() as session:
        return inbox.waiting(session, "reviews")


def heard(app: App) -> list[str]:
    with app.db.read() as session:
        return [row.text for row in posts.newest(session, 50)]


def test_a_signed_delivery_is_stored_before_it_is_acknowledged_and_heard_once(
    app: App, outside: TestClient, clock: HandClock
) -> None:
    secret = secret_of(app)
    first, again = post(outside, clock, secret), post(outside, clock, secret)
    assert (first.status_code, first.json()) == (
        200, {"accepted": True, "new": True, "posts": 1, "gone": 0, "unreadable": []},
    )  # fmt: skip
    assert (again.status_code, again.json()["new"]) == (200, False)
    assert stored(app) == 1
    assert listen.poll_one(app)
    assert heard(app) == ["Acme lost my bag."]
    assert "set-cookie" not in first.headers
    clock.move(timedelta(minutes=2))
    listen.poll_one(app)
    assert stored(app) == 0
    assert post(outside, clock, secret).json()["new"] is False


def test_once_its_posts_are_stored_the_words_of_a_delivery_are_gone_from_the_inbox(
    app: App, outside: TestClient, clock: HandClock
) -> None:
    post(outside, clock, secret_of(app))
    for _turn in range(2):
        listen.poll_one(app)
        clock.move(timedelta(minutes=2))
    with app.db.read() as session:
        from bot.store.tables_hearing import InboxRow

        row = session.get(InboxRow, 1)
    assert row is not None
    assert (row.body, row.read_at is not None) == (b"", True)


@pytest.mark.parametrize("secret", ["", "wrong", "secret:reviews.secret"])
def test_what_is_wrongly_signed_changes_nothing(app: App, outside: TestClient, clock: HandClock, secret: str) -> None:
    secret_of(app)
    before = len(_events(app))
    answer = post(outside, clock, secret)
    assert answer.status_code == 401
    assert (stored(app), len(_events(app))) == (0, before)


def _events(app: App) -> list[Any]:
    with app.db.read() as session:
        return list(events.newest(session, 50))


def test_a_header_that_comes_twice_counts_as_none(app: App, outside: TestClient, clock: HandClock) -> None:
    secret, stamp = secret_of(app), str(int(clock.now().timestamp()))
    mark = hmac.new(secret.encode(), stamp.encode() + b"." + BODY, hashlib.sha256).hexdigest()
    twice = [("earshot-timestamp", stamp), ("earshot-timestamp", stamp), ("earshot-signature", f"v1={mark}")]
    assert outside.post(HOOK, content=BODY, headers=twice).status_code == 401


def test_the_door_is_closed_where_nobody_lives(app: App, outside: TestClient, clock: HandClock) -> None:
    secret = secret_of(app)
    with app.db.begin() as session:
        sources.save(session, SourceRow(name="feed", connector="rss", options={"url": "https://a.test"},
                                        started_at=NOON, next_poll_at=NOON))  # fmt: skip
    assert post(outside, clock, secret, path="/hooks/in/nobody").status_code == 404
    assert post(outside, clock, secret, path="/hooks/in/feed").status_code == 404
    with app.db.begin() as session:
        sources.note(session, "reviews", state="off")
    assert post(outside, clock, secret).status_code == 404
    assert stored(app) == 0


def test_too_much_packed_or_by_another_method_is_refused(app: App, outside: TestClient, clock: HandClock) -> None:
    secret = secret_of(app)
    big = json.dumps({"posts": [{"id": "1", "author": "A", "text": "x" * 262_144}]}).encode()
    assert post(outside, clock, secret, big).status_code == 413
    assert post(outside, clock, secret, **{"content-encoding": "gzip"}).status_code == 415
    assert outside.get(HOOK).status_code == 405
    assert outside.put(HOOK, content=BODY).status_code == 405
    assert stored(app) == 0


def test_a_delivery_that_cannot_be_stored_is_not_acknowledged(
    app: App, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = secret_of(app)

    def full(*_args: object) -> bool:
        raise DatabaseAway("disk full")

    monkeypatch.setattr(inbox, "keep", full)
    client = TestClient(web_app.create(app), base_url=ADDRESS, raise_server_exceptions=False)
    assert post(client, clock, secret).status_code >= 500
    assert stored(app) == 0


def test_two_of_the_same_at_once_are_one(app: App, outside: TestClient, clock: HandClock) -> None:
    secret = secret_of(app)
    answers: list[bool] = []
    threads = [
        threading.Thread(target=lambda: answers.append(post(outside, clock, secret).json()["new"])) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 5 + [True]


def test_a_source_that_rests_after_a_failure_is_not_hurried(app: App, outside: TestClient, clock: HandClock) -> None:
    secret, later = secret_of(app), NOON + timedelta(hours=1)
    with app.db.begin() as session:
        sources.note(session, "reviews", failures=1, state="waiting", next_poll_at=later)
    post(outside, clock, secret)
    with app.db.read() as session:
        row = sources.get(session, "reviews")
    assert row is not None
    assert row.next_poll_at == later


def test_the_secret_is_shown_once_and_the_one_before_stays_good_for_a_day(
    app: App, outside: TestClient, clock: HandClock, visit: Callable[[], Browser]
) -> None:
    hire(app, "ann", "admin")
    browser = visit()
    browser.log_in("ann")
    assert "There is no secret yet" in browser.get("/sources/reviews/hook").text
    first = _shown(browser.post("/sources/reviews/hook/secret"))
    assert first not in browser.get("/sources/reviews/hook").text
    assert first not in browser.get("/sources").text
    second = _shown(browser.post("/sources/reviews/hook/secret"))
    assert first != second
    assert post(outside, clock, first).status_code == 200
    assert post(outside, clock, second).status_code == 200
    clock.move(timedelta(hours=25))
    assert post(outside, clock, first).status_code == 401
    assert post(outside, clock, second).status_code == 200
    file = app.db.file()
    assert file is not None
    raw = b"".join(each.read_bytes() for each in file.parent.glob("earshot.sqlite*"))
    assert first.encode() not in raw
    assert second.encode() not in raw


def _shown(answer: Response) -> str:
    found = re.search(r'id="secret">([^<]+)<', answer.text)
    assert found is not None, answer.text
    return found[1]


def test_only_an_admin_sees_the_hooks_page(app: App, visit: Callable[[], Browser]) -> None:
    hire(app, "len", "lead")
    browser = visit()
    browser.log_in("len")
    assert browser.get("/sources/reviews/hook").status_code == 403
    assert browser.post("/sources/reviews/hook/secret").status_code == 403


def test_a_source_of_the_file_gets_its_secret_from_the_environment(app: App, visit: Callable[[], Browser]) -> None:
    with app.db.begin() as session:
        sources.note(session, "reviews", origin="file")
    hire(app, "ann", "admin")
    browser = visit()
    browser.log_in("ann")
    browser.get("/sources/reviews/hook")
    answer = browser.post("/sources/reviews/hook/secret")
    assert answer.status_code == 409
    assert "EARSHOT_SOURCES__REVIEWS__SECRET" in answer.text


def test_the_command_in_the_docs_posts_a_review(app: App, tmp_path: Path) -> None:
    """docs/hooks.md, word by word: bash, openssl and curl against a real socket."""
    import uvicorn

    text = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text("utf-8")
    script = re.search(r'```sh title="post.sh"\n(.*?)```', text, re.DOTALL)
    assert script is not None
    live = replace(app, clock=SystemClock())
    live = replace(live, connector_of=wire._Connectors(app.settings, live.clock, app.db))
    secret = secret_of(live)
    server = uvicorn.Server(uvicorn.Config(web_app.create(live), host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        env = {"SECRET": secret, "ADDRESS": f"http://127.0.0.1:{port}/hooks/in/reviews", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(["bash", "-c", script[1]], env=env, capture_output=True, text=True, timeout=20)
    finally:
        server.should_exit = True
        thread.join(10)
    answer = '{"accepted":true,"new":true,"posts":1,"gone":0,"unreadable":[]}'
    assert (done.stdout, done.stderr) == (answer, "")
    assert answer in text
    assert stored(app) == 1
