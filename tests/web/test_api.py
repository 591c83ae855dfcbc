"""`/api/v1`: pages by id, walls, keys, nothing that is not needed."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.app import App
from bot.clock import HandClock
from bot.store import feed
from bot.store.tables import MentionRow
from bot.web import access, api
from bot.web.auth import NO_KEY
from bot.web.throttle import Pace
from tests.web.conftest import Browser, hire
from tests.web.seed import Seed

Visit = Callable[[], Browser]


@pytest.fixture
def cases(app: App) -> list[int]:
    """Three cases of one brand and one, with a canary, of another."""
    seed = Seed(app)
    seed.brand("Northwind Air")
    seed.brand("Borealis")
    made = [seed.case(f"My bag is lost, says {name}", name) for name in ("Ada", "Bo", "Cy")]
    return [*made, seed.case("canary words", "Dee", brand="Borealis")]


def log_in(app: App, visit: Visit, *walls: str) -> Browser:
    hire(app, "otis@acme.example", "viewer", walls)
    browser = visit()
    browser.log_in("otis@acme.example")
    return browser


def test_pages_follow_one_another_until_the_end(app: App, visit: Visit, cases: list[int]) -> None:
    browser = log_in(app, visit)
    first = browser.get("/api/v1/cases?limit=3").json()
    assert [each["id"] for each in first["cases"]] == cases[:3]
    rest = browser.get(f"/api/v1/cases?limit=3&after={first['after']}").json()
    assert [each["id"] for each in rest["cases"]] == cases[3:]
    assert rest["after"] is None


def test_late_cases_are_those_whose_answer_is_owed_and_was_due(app: App, visit: Visit, clock: HandClock) -> None:
    seed = Seed(app)
    seed.brand("Northwind Air")
    late, _soon = seed.case("My bag is lost", "Ada", ago=70), seed.case("My bag is late", "Bo", ago=5)
    told = clock.now()
    seed.case("And mine", "Cy", ago=80, state="waiting", answered_at=told, first_answered_at=told)
    seed.case("Gone", "Di", ago=90, state="resolved", resolved_at=told)
    program = log_in(app, visit)
    found = program.get("/api/v1/cases?late=true").json()["cases"]
    assert [(one["id"], one["breached"]) for one in found] == [(late, True)]
    assert len(program.get("/api/v1/cases").json()["cases"]) == 4


def test_a_program_is_refused_in_json_however_early(
    app: App, visit: Visit, web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = log_in(app, visit).client
    for headers, status in (({"host": "evil.test"}, 400), ({"content-length": "9" * 9}, 413)):
        answer = program.get("/api/v1/cases", headers=headers)
        assert (answer.status_code, set(answer.json())) == (status, {"error"})
    monkeypatch.setattr(feed, "cases_after", None)  # a bug of ours
    answer = program.get("/api/v1/cases")
    assert answer.status_code == 500
    assert answer.json()["error"].startswith("Something broke here")
    assert "<html" in program.get("/", headers={"host": "evil.test"}).text


def test_a_case_comes_with_what_its_customer_said(app: App, visit: Visit, cases: list[int]) -> None:
    case = log_in(app, visit).get(f"/api/v1/cases/{cases[0]}").json()
    assert case["brand"] == "Northwind Air"
    assert case["breached"] is False
    assert [each["text"] for each in case["mentions"]] == ["My bag is lost, says Ada"]


def test_nothing_of_another_brand_crosses_the_wall(app: App, visit: Visit, cases: list[int]) -> None:
    browser = log_in(app, visit, "Northwind Air")
    everything = browser.get("/api/v1/cases").text + browser.get("/api/v1/mentions").text
    assert "canary" not in everything
    assert "Borealis" not in everything
    for kind in ("cases", "mentions"):
        hidden, made_up = browser.get(f"/api/v1/{kind}/{cases[3]}"), browser.get(f"/api/v1/{kind}/999999")
        assert hidden.status_code == made_up.status_code == 404
        assert hidden.text == made_up.text


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "after=-1",
        f"after={2**63}",
        "state=open",
        "state=' OR 1=1--",
    ],
)
def test_a_question_that_does_not_fit_is_refused_and_not_repeated(app: App, visit: Visit, query: str) -> None:
    answer = log_in(app, visit).get(f"/api/v1/cases?{query}")
    assert answer.status_code == 422
    assert answer.json()["fields"]
    assert "1=1" not in answer.text


def test_the_same_question_twice_in_one_address_is_refused(app: App, visit: Visit) -> None:
    answer = log_in(app, visit).get("/api/v1/cases?limit=1&limit=x")
    assert answer.status_code == 422
    assert answer.json()["error"] == "A parameter was sent twice."


@pytest.mark.parametrize("number", ["0", "-1", str(2**63), "9" * 400, "1e3", "x"])
def test_an_id_that_cannot_be_is_refused(app: App, visit: Visit, number: str) -> None:
    assert log_in(app, visit).get(f"/api/v1/cases/{number}").status_code in (404, 422)


def test_a_key_reads_and_does_nothing_else(app: App, visit: Visit, cases: list[int]) -> None:
    browser = log_in(app, visit)
    made = re.search(r'id="once"[^>]*value="([^"]+)"', browser.post("/me/keys", {"called": "warehouse"}).text)
    assert made is not None
    key = {"authorization": f"Bearer {made[1]}"}
    program = visit().client
    assert len(program.get("/api/v1/cases", headers=key).json()["cases"]) == 4
    assert program.get("/me", headers=key).status_code == 303
    assert program.post("/api/v1/cases", headers=key).status_code == 405
    assert program.post("/me/keys", headers=key).status_code == 403
    assert made[1] not in browser.get("/me").text


def test_a_key_ends_when_its_owner_says_so_or_a_year_is_over(app: App, visit: Visit, clock: HandClock) -> None:
    browser = log_in(app, visit)
    keys = [
        re.search(r'id="once"[^>]*value="([^"]+)"', browser.post("/me/keys", {"called": n}).text) for n in ("a", "b")
    ]
    one, two = ({"authorization": f"Bearer {key[1]}"} for key in keys if key is not None)
    ended = re.search(r'name="key" value="([^"]+)"', browser.get("/me").text)
    assert ended is not None
    browser.post("/me/keys/end", {"key": ended[1]})
    program = visit().client
    codes = sorted(program.get("/api/v1/cases", headers=key).status_code for key in (one, two))
    assert codes == [200, 401]
    clock.move(timedelta(days=366))
    assert program.get("/api/v1/cases", headers=two).status_code == 401


def test_nobody_ends_somebody_elses_key(app: App, visit: Visit) -> None:
    browser = log_in(app, visit)
    browser.post("/me/keys", {"called": "mine"})
    listed = re.search(r'name="key" value="([^"]+)"', browser.get("/me").text)
    assert listed is not None
    hire(app, "eve@acme.example", "operator")
    eve = visit()
    eve.log_in("eve@acme.example")
    eve.post("/me/keys/end", {"key": listed[1]})
    assert "mine" in browser.get("/me").text


def test_a_stranger_gets_a_sentence_of_json(app: App, visit: Visit) -> None:
    hire(app, "otis@acme.example")
    answer = visit().client.get("/api/v1/cases")
    assert (answer.status_code, answer.json()) == (401, {"error": NO_KEY})


def test_the_description_names_every_route_and_nothing_of_the_pages(app: App, visit: Visit) -> None:
    described = log_in(app, visit).get("/api/v1/openapi.json").json()
    served = {path for _method, path in access.TABLE if path.startswith("/api/")} - {"/api/v1/openapi.json"}
    assert set(described["paths"]) == served
    for path, methods in described["paths"].items():
        for method, about in methods.items():
            told = about["summary"], about["description"], about["responses"]["200"]["content"]
            assert all(told), (method, path)
            assert "Scope: " in about["description"]
            refused = {"401", "403", "422", "429", "500", "503"} | ({"404"} if "{" in path else set())
            refused |= {"409", "413"} if method == "post" else set()
            assert set(about["responses"]) == refused | {"200"}, (method, path)


def test_no_field_is_shown_that_nobody_needs() -> None:
    shown = set(api.MentionOut.model_fields) | set(api.CaseOut.model_fields)
    for hidden in ("password_hash", "customer_id", "policy", "holder", "spans", "answer_to", "fence", "facts"):
        assert hidden not in shown


def test_who_asks_without_pause_is_slowed_and_others_are_not(app: App, visit: Visit, web: Any) -> None:
    browser = log_in(app, visit)
    other = visit()
    other.log_in("otis@acme.example")
    web.state.pace = Pace(burst=5, a_second=1)
    codes = [browser.client.get("/api/v1/cases").status_code for _ in range(7)]
    assert codes == [200] * 5 + [429] * 2
    assert browser.client.get("/me").headers["retry-after"] == "1"
    assert other.client.get("/me").status_code == 200


def test_a_mention_says_who_read_it_and_whether_that_is_a_guess(app: App, visit: Visit) -> None:
    seed = Seed(app)
    seed.brand("Northwind Air")
    guess = seed.case("أين حقيبتي", "Ada", reading={"language": "ar", "language_supported": False, "version": "7"})
    plain = seed.case("My bag is lost", "Bo")
    browser = log_in(app, visit)
    told = [browser.get(f"/api/v1/cases/{case}").json()["mentions"][0] for case in (guess, plain)]
    assert [(one["reader"], one["language_supported"]) for one in told] == [("words/7", False), ("words/1", True)]
    assert browser.get("/api/v1/mentions").json()["mentions"] == told
    assert browser.get(f"/api/v1/mentions/{told[0]['id']}").json() == told[0]


def test_a_mention_nobody_has_read_yet_is_there_without_a_reader(app: App, visit: Visit, cases: list[int]) -> None:
    with app.db.begin() as session:
        session.exec(update(MentionRow).values(reading_id=None))
    told = log_in(app, visit).get("/api/v1/mentions").json()["mentions"]
    assert len(told) == len(cases)
    assert {(one["reader"], one["language_supported"]) for one in told} == {(None, None)}
