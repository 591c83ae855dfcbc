"""`/api/v1` changes cases as its key's owner may, once for each idempotency key, and schemathesis breaks nothing."""

import gc
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as effort

from bot.app import App
from bot.clock import HandClock
from bot.store import cases, events, once
from bot.web.throttle import Pace
from tests.counts import times
from tests.web.conftest import ADDRESS, Browser, hire
from tests.web.seed import BRAND, Seed, enter

Visit = Callable[[], Browser]
ALL = ["read", "note", "tag", "assign", "grade", "resolve"]


@pytest.fixture
def case(app: App) -> int:
    made = Seed(app)
    made.brand()
    made.brand("Borealis")
    number = made.case("My bag is lost", "Ada")
    made.case("canary words", "Dee", brand="Borealis")
    return number


@pytest.fixture
def key(app: App, visit: Visit, case: int) -> Callable[..., dict[str, str]]:
    """Headers of a key with these scopes."""

    def make(
        scopes: list[str] = ALL, login: str = "otis", role: str = "agent", walls: tuple[str, ...] = (BRAND,)
    ) -> dict[str, str]:
        browser = visit()
        enter(app, browser, hire(app, login, role, walls))
        page = browser.post("/me/keys", {"called": "warehouse", "scope": scopes}).text
        found = re.search(r'id="once"[^>]*value="([^"]+)"', page)
        assert found is not None
        return {"authorization": f"Bearer {found[1]}"}

    return make


def test_a_case_is_put_in_order_from_outside(app: App, visit: Visit, clock: HandClock, case: int, key: Any) -> None:
    program, headers = visit().client, key()
    base = f"/api/v1/cases/{case}"
    assert program.post(f"{base}/notes", json={"text": "Depot 4 has it"}, headers=headers).status_code == 200
    assert program.post(f"{base}/tags", json={"tag": "Luggage"}, headers=headers).json()["tags"] == ["luggage"]
    assert program.post(f"{base}/untag", json={"tag": "luggage"}, headers=headers).json()["tags"] == []
    assert program.post(f"{base}/assign", json={"to": 1}, headers=headers).json()["assigned_to"] == 1
    assert program.post(f"{base}/severity", json={"severity": "high"}, headers=headers).json()["severity"] == "high"
    twice = program.post(f"{base}/severity", json={"severity": "high"}, headers=headers)
    assert (twice.status_code, twice.json()["error"]) == (409, "It is high already.")
    assert program.post(f"{base}/severity", json={"severity": "dire"}, headers=headers).status_code == 422
    until = (clock.now() + timedelta(hours=2)).isoformat()
    snoozed = program.post(f"{base}/snooze", json={"until": until}, headers=headers).json()
    assert (snoozed["state"], snoozed["snoozed_until"]) == ("snoozed", until.replace("+00:00", "Z"))
    assert program.post(f"{base}/reopen", headers=headers).json()["state"] == "new"
    assert program.post(f"{base}/resolve", json={"how": "refunded"}, headers=headers).json()["state"] == "resolved"
    again = program.post(f"{base}/resolve", json={}, headers=headers)
    assert (again.status_code, again.json()["error"]) == (409, "The case changed in this moment. Load it again.")
    with app.db.read() as session:
        assert [note.text for note in cases.notes(session, case)] == ["Depot 4 has it"]
        assert {row.actor for row in events.of(session, f"case:{case}")} == {"earshot", "account:1"}


@pytest.mark.parametrize("brought", [{}, {"authorization": "Bearer none"}, {"authorization": "Basic abc"}])
def test_a_program_without_a_good_key_hears_that_and_not_that_its_page_is_old(
    visit: Visit, case: int, brought: dict[str, str]
) -> None:
    program = visit().client
    for answer in (
        program.post(f"/api/v1/cases/{case}/notes", json={"text": "hello"}, headers=brought),
        program.get(f"/api/v1/cases/{case}", headers=brought),
    ):
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.json()["error"].startswith("No valid key")


def test_a_body_that_is_no_text_is_refused_as_described(visit: Visit, case: int, key: Any) -> None:
    headers = key() | {"content-type": "application/json"}
    answer = visit().client.post(f"/api/v1/cases/{case}/notes", content=b"\xff\xfe{", headers=headers)
    assert (answer.status_code, answer.json()) == (422, {"error": "The body cannot be read as JSON in UTF-8."})


@pytest.mark.parametrize("scope", ALL)
def test_a_key_does_what_it_was_made_for_and_nothing_else(visit: Visit, case: int, key: Any, scope: str) -> None:
    program, headers = visit().client, key([scope])
    asked = {
        "note": ("notes", {"text": "x"}), "tag": ("tags", {"tag": "x"}), "assign": ("assign", {"to": None}),
        "grade": ("severity", {"severity": "high"}),
        "resolve": ("resolve", {}),
    }  # fmt: skip
    may = {"read": program.get(f"/api/v1/cases/{case}", headers=headers).status_code}
    may |= {
        name: program.post(f"/api/v1/cases/{case}/{path}", json=body, headers=headers).status_code
        for name, (path, body) in asked.items()
    }
    assert {name for name, code in may.items() if code == 200} == {scope}
    assert set(may.values()) == {200, 403}


def test_a_reader_and_a_wall_are_not_passed_with_a_key(app: App, visit: Visit, case: int, key: Any) -> None:
    program = visit().client
    reader, walled = key(login="reader", role="viewer"), key(login="walled")
    assert program.post(f"/api/v1/cases/{case}/notes", json={"text": "x"}, headers=reader).status_code == 403
    hidden = program.post(f"/api/v1/cases/{case + 1}/notes", json={"text": "x"}, headers=walled)
    made_up = program.post("/api/v1/cases/99999/notes", json={"text": "x"}, headers=walled)
    assert (hidden.status_code, hidden.text) == (made_up.status_code, made_up.text) == (404, hidden.text)


def test_the_same_request_twice_is_done_once_and_answered_the_same(app: App, visit: Visit, case: int, key: Any) -> None:
    program, headers = visit().client, key() | {"idempotency-key": "abc"}
    answers = [program.post(f"/api/v1/cases/{case}/notes", json={"text": "once"}, headers=headers) for _ in range(3)]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true", "true"]
    other = program.post(f"/api/v1/cases/{case}/notes", json={"text": "other"}, headers=headers)
    assert other.status_code == 422
    with app.db.read() as session:
        assert [note.text for note in cases.notes(session, case)] == ["once"]


def test_a_request_in_which_earshot_was_stopped_is_told_as_unknown(
    app: App, visit: Visit, clock: HandClock, case: int, key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, headers = visit().client, key() | {"idempotency-key": "abc"}
    with monkeypatch.context() as patched:
        patched.setattr(once, "end", lambda *_: None)  # done, and killed before that was written down
        program.post(f"/api/v1/cases/{case}/notes", json={"text": "once"}, headers=headers)
    said = []
    for _ in range(2):
        answer = program.post(f"/api/v1/cases/{case}/notes", json={"text": "once"}, headers=headers)
        said.append((answer.status_code, answer.json()["error"].partition(".")[0]))
        clock.move(timedelta(minutes=1))
    unknown = "Earshot was stopped in the middle of this request: done or not"
    assert said == [(409, "A request with this key is under way"), (409, unknown)]
    with app.db.read() as session:
        assert len(cases.notes(session, case)) == 1


def test_a_key_of_a_day_ago_is_forgotten(app: App, visit: Visit, clock: HandClock, case: int, key: Any) -> None:
    program, headers = visit().client, key() | {"idempotency-key": "abc"}
    for _ in range(2):
        assert program.post(f"/api/v1/cases/{case}/notes", json={"text": "n"}, headers=headers).status_code == 200
        clock.move(timedelta(hours=25))
    with app.db.read() as session:
        assert len(cases.notes(session, case)) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x", "by": 7},
        {"text": "x", "case_id": 2},
        {"text": ""},
        {"text": None},
        {"text": ["x"]},
        {"text": "x" * 10_001},
        {},
        [],
    ],
)
def test_fields_nobody_offered_are_refused(app: App, visit: Visit, case: int, key: Any, body: Any) -> None:
    assert visit().client.post(f"/api/v1/cases/{case}/notes", json=body, headers=key()).status_code == 422
    with app.db.read() as session:
        assert cases.notes(session, case) == []


@pytest.mark.parametrize(
    "raw", [b'{"text": "\\ud800"}', b"{", b'{"text": "a", "text": 1}', b"\xff\xfe", b"null", b"[" * 5000]
)
def test_odd_bytes_are_refused_and_break_nothing(visit: Visit, case: int, key: Any, raw: bytes) -> None:
    headers = key() | {"content-type": "application/json"}
    answer = visit().client.post(f"/api/v1/cases/{case}/notes", content=raw, headers=headers)
    assert answer.status_code in (400, 422)


def test_there_is_no_way_to_send_a_reply(visit: Visit, case: int, key: Any) -> None:
    program, headers = visit().client, key()
    for path in ("answer", "reply", "replies", "send"):
        assert program.post(f"/api/v1/cases/{case}/{path}", json={"text": "hi"}, headers=headers).status_code == 404
    assert program.post(f"/cases/{case}/answer", data={"text": "hi"}, headers=headers).status_code == 403


def test_a_page_of_another_site_cannot_use_somebodys_log_in(app: App, visit: Visit, case: int) -> None:
    browser = visit()
    enter(app, browser, hire(app, "lena"))
    for more in ({}, {"origin": "https://evil.test"}, {"sec-fetch-site": "cross-site"}):
        answer = browser.client.post(f"/api/v1/cases/{case}/notes", json={"text": "x"}, headers=more)
        assert answer.status_code == 403


def test_schemathesis_finds_no_answer_that_breaks_the_description(web: FastAPI, case: int, key: Any) -> None:
    headers = key(login="machine")
    web.state.pace = Pace(burst=1_000_000)
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", web, headers=headers | {"host": "127.0.0.1:8484"})
    schemathesis.checks.load_all_checks()
    names = ("not_a_server_error", "response_schema_conformance", "status_code_conformance", "content_type_conformance")
    fitting = tuple(schemathesis.checks.CHECKS.get_one(name) for name in names)
    each, asked = times("questions", 10), 0
    for result in list(schema.get_all_operations())[times("passed_over", 0) :]:  # go on where a run was cut off
        asked += _played(result.ok(), each, headers, fitting)
        sys.stderr.write(f"{asked} questions, the last to {result.ok().label}\n")
    assert asked > 50


def _played(operation: Any, many: int, headers: dict[str, str], fitting: tuple[Any, ...]) -> int:
    """One operation with made-up questions, the same each run."""
    asked = 0

    @seed(20261123)
    @effort(
        max_examples=many, deadline=None, phases=[Phase.generate], database=None, suppress_health_check=[*HealthCheck]
    )
    @given(call=operation.as_strategy())
    def play(call: Any) -> None:
        nonlocal asked
        asked += 1
        if asked % 1000 == 0:
            gc.collect()  # nothing else does while tests run
        call.call_and_validate(base_url=ADDRESS, headers=headers, checks=fitting)

    play()
    return asked
