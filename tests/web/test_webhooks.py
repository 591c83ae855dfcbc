"""Other programs are told what happens: signed, until they take it, replayed on request, behind the walls."""

import base64
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.clock import HandClock
from bot.core import signing
from bot.steps import answer as steps
from bot.steps import outhook
from bot.store import outhooks
from tests.fault.server import FaultServer, hang
from tests.web.conftest import Browser, hire
from tests.web.seed import BRAND, Seed, enter

Visit = Callable[[], Browser]


@dataclass
class Receiver:
    """Another program on loopback: what it got, and what it answers."""

    url: str
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver("")

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(made.answers.pop(0) if made.answers else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_said: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    made.url = f"http://127.0.0.1:{server.server_port}/in"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    return make_app(private_addresses=True)


@pytest.fixture
def boss(app: App, visit: Visit) -> Browser:
    Seed(app).brand()
    browser = visit()
    enter(app, browser, hire(app, "boss", "admin"))
    return browser


def add(browser: Browser, url: str, *whats: str, **more: Any) -> str:
    """Add a hook; its secret."""
    answer = browser.post("/webhooks", {"name": "Warehouse", "url": url, "what": list(whats), **more})
    found = re.search(r'id="once"[^>]*value="(whsec_[^"]+)"', answer.text)
    assert found is not None, answer.text
    return found[1]


def run(app: App) -> None:
    for _ in range(50):
        if not outhook.tell_hooks(app):
            return
    raise AssertionError("it never came to rest")


def test_a_program_is_told_once_and_can_check_who_spoke(app: App, boss: Browser, receiver: Receiver) -> None:
    case = Seed(app).case("canary words of a customer", "Ada Canary")
    secret = add(boss, receiver.url, "case.resolved")
    steps.resolve(app, case, 1, "solved")
    steps.reopen(app, case, 1)
    run(app)
    ((headers, body),) = receiver.got
    told = json.loads(body)
    assert (told["type"], told["subject"], told["brand"]) == ("case.resolved", f"case:{case}", BRAND)
    assert b"canary" not in body.lower()
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    run(app)
    assert len(receiver.got) == 1


def test_the_scheme_is_the_published_one() -> None:
    """The example of the Standard Webhooks libraries: another implementation would sign the same."""
    from datetime import UTC, datetime

    made = signing.headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_check_that_the_docs_show_takes_what_we_sign_and_nothing_else() -> None:
    from datetime import UTC, datetime

    docs = (Path(__file__).parents[2] / "docs/api.md").read_text("utf-8")
    known: dict[str, Any] = {"hmac": hmac, "base64": base64, "Mapping": dict}
    exec(re.search(r"```python\n(.*?)```", docs, re.DOTALL)[1], known)  # type: ignore[index]
    secret, body, at = signing.secret_of(b"n" * 32), b'{"type": "case.opened"}', datetime.fromtimestamp(1614265330, UTC)
    told = signing.headers(secret, "msg_1", at, body)
    cases = {
        "as sent": (secret, told, body, 1614265331), "with a new key beside the old one": (
            secret, told | {"webhook-signature": "v1,AAAA " + told["webhook-signature"]}, body, 1614265331),
        "another body": (secret, told, body + b" ", 1614265331), "too old": (secret, told, body, 1614265631),
        "another secret": (signing.secret_of(b"m" * 32), told, body, 1614265331),
        "another id": (secret, told | {"webhook-id": "msg_2"}, body, 1614265331),
    }  # fmt: skip
    taken = [name for name, sent in cases.items() if known["is_ours"](*sent)]
    assert taken == ["as sent", "with a new key beside the old one"]


def test_what_was_not_taken_is_told_again_under_the_same_id(
    app: App, boss: Browser, receiver: Receiver, clock: HandClock
) -> None:
    case = Seed(app).case("lost", "Ada")
    add(boss, receiver.url, "case.resolved")
    steps.resolve(app, case, 1)
    receiver.answers[:] = [500, 429, 404]
    for _ in range(6):
        run(app)
        clock.move(timedelta(hours=1))
    assert len(receiver.got) == 4
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1
    page = boss.get("/webhooks").text
    assert "taken, 4 tries" in page


def test_a_program_that_never_answers_is_given_up_and_can_be_told_again(
    app: App, boss: Browser, receiver: Receiver, clock: HandClock
) -> None:
    case = Seed(app).case("lost", "Ada")
    add(boss, receiver.url, "case.resolved")
    steps.resolve(app, case, 1)
    receiver.answers[:] = [503] * outhook.MOST_TRIES
    for _ in range(outhook.MOST_TRIES + 3):
        run(app)
        clock.move(timedelta(hours=8))
    assert len(receiver.got) == outhook.MOST_TRIES
    enter(app, boss, hire(app, "later", "admin"))  # days have gone by
    page = boss.get("/webhooks").text
    assert "given up" in page
    found = re.search(r'name="key" value="(hook:[^"]+)"', page)
    assert found is not None
    assert boss.post("/webhooks/again", {"key": found[1]}).status_code == 303
    run(app)
    assert len(receiver.got) == outhook.MOST_TRIES + 1
    assert "taken" in boss.get("/webhooks").text


def test_a_program_that_hangs_keeps_only_its_own_waiting(app: App, boss: Browser, receiver: Receiver) -> None:
    case = Seed(app).case("lost", "Ada")
    with FaultServer(hang()) as hanging:
        for url in (hanging.url, receiver.url):
            add(boss, url, "case.resolved", "case.reopened")
        steps.resolve(app, case, 1)
        steps.reopen(app, case, 1)
        assert outhook.tell_hooks(app)  # what happened is collected
        stuck = threading.Thread(target=outhook.tell_hooks, args=(app,))
        stuck.start()
        while not hanging.seen:
            stuck.join(0.01)
        run(app)
        assert len(receiver.got) == 2
        assert len(hanging.seen) == 1
    stuck.join(20)


def test_nothing_from_before_and_nothing_after_its_end(app: App, boss: Browser, receiver: Receiver) -> None:
    seed = Seed(app)
    first, second, third = (seed.case("lost", name) for name in ("A", "B", "C"))
    steps.resolve(app, first, 1)
    add(boss, receiver.url, "case.resolved")
    steps.resolve(app, second, 1)
    run(app)
    assert boss.post("/webhooks/1/end").status_code == 303
    steps.resolve(app, third, 1)
    run(app)
    assert [json.loads(body)["subject"] for _, body in receiver.got] == [f"case:{second}"]


def test_a_hook_of_one_brand_hears_nothing_of_another(
    app: App, visit: Visit, boss: Browser, receiver: Receiver
) -> None:
    seed = Seed(app)
    seed.brand("Borealis")
    mine, other = seed.case("lost", "A"), seed.case("lost", "B", brand="Borealis")
    walled = visit()
    enter(app, walled, hire(app, "walled", "admin", (BRAND,)))
    assert walled.post("/webhooks", {"url": receiver.url, "what": ["case.resolved"]}).status_code == 422
    assert (
        walled.post("/webhooks", {"url": receiver.url, "what": ["case.resolved"], "brand": "Borealis"}).status_code
        == 422
    )
    add(walled, receiver.url, "case.resolved", brand=BRAND)
    steps.resolve(app, mine, 1)
    steps.resolve(app, other, 1)
    run(app)
    assert [json.loads(body)["brand"] for _, body in receiver.got] == [BRAND]
    add(boss, receiver.url, "case.reopened")
    assert "2 kinds" not in walled.get("/webhooks").text
    assert walled.post("/webhooks/2/end").status_code == 404
    assert walled.post("/webhooks/again", {"key": "hook:2:1"}).status_code == 404


@pytest.mark.parametrize(
    "url",
    ["ftp://a.test/x", "javascript:alert(1)", "https://", "https://user:pw@a.test/", "http://169.254.169.254/x", "x"],
)
def test_an_address_that_cannot_be_is_refused(make_app: Callable[..., App], url: str) -> None:
    from starlette.testclient import TestClient

    from bot.web import app as web_app
    from tests.web.conftest import ADDRESS

    app = make_app()
    Seed(app).brand()
    with TestClient(web_app.create(app), base_url=ADDRESS, follow_redirects=False) as client:
        browser = Browser(client)
        enter(app, browser, hire(app, "boss", "admin"))
        assert browser.post("/webhooks", {"url": url, "what": ["case.resolved"]}).status_code == 422
    with app.db.read() as session:
        assert outhooks.all_of(session, None) == []


def test_the_secret_is_in_no_row_and_no_page(app: App, boss: Browser, receiver: Receiver) -> None:
    secret = add(boss, receiver.url, "case.resolved")
    with app.db.read() as session:
        assert secret not in str([row.model_dump() for row in outhooks.all_of(session, None)])
    assert secret not in boss.get("/webhooks").text
    assert secret not in boss.get("/audit").text
    (file,) = (app.settings.home / "secrets").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
