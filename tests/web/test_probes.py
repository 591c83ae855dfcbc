"""What a tester of OWASP's verification standard would try, against the running pages: walls, rights, odd requests."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from starlette.testclient import TestClient

from bot import ids
from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.steps import answer as steps
from bot.steps.answer import merging
from bot.store import brands, cases, events, people
from bot.store.tables import CaseRow, MentionRow
from bot.web import access, auth
from bot.web import headers as strict
from bot.web.throttle import Pace
from tests.web.conftest import ADDRESS, NOON, Browser, hire
from tests.web.seed import BRAND, Seed, enter

Visit = Callable[[], Browser]
CANARY = "zanzibarquux"
DATABASE_GONE = OperationalError("SELECT secret FROM /etc/x", {}, Exception("unable to open /etc/x"))


@pytest.fixture
def walled(app: App, visit: Visit, web: FastAPI) -> Browser:
    """An operator of one brand; all that is of the other brand carries the canary."""
    web.state.pace = Pace(burst=100_000)
    seed = Seed(app)
    seed.brand()
    seed.brand(f"Brand {CANARY}")
    seed.case("my bag is lost", "Ada Marlow")
    boss = hire(app, f"{CANARY}@acme.example", "admin", (f"Brand {CANARY}",))
    hidden = seed.case(f"{CANARY} words", f"Dee {CANARY}", brand=f"Brand {CANARY}", tags=(CANARY,))
    steps.note(app, hidden, boss.id or 0, f"a note of {CANARY}")
    hirer = visit()
    enter(app, hirer, boss)
    hirer.get("/search")
    hirer.post("/views", {"name": f"View {CANARY}", "q": f"tag:{CANARY}", "team": "yes"})
    browser = visit()
    enter(app, browser, hire(app, "walled@acme.example", "operator", (BRAND,)))
    return browser


def asked(web: FastAPI, number: str) -> list[str]:
    """Every page that can be read, with this id in its path."""
    return [
        re.sub(r"{[^}]*}", number, template)
        for method, template in access.routes(web.state.routers)
        if method == "GET" and template not in ("/live", "/metrics", "/logout")
    ]


def test_nothing_of_another_brand_is_on_any_page(web: FastAPI, walled: Browser) -> None:
    seen = 0
    for number in ("1", "2", "3"):
        for path in asked(web, number):
            answer = walled.client.get(path)
            assert answer.status_code < 500, path
            assert CANARY not in answer.text, path
            assert CANARY not in str(answer.headers), path
            seen += answer.status_code == 200
    assert seen > 30
    for question in (CANARY, f"tag:{CANARY}", f"from:{CANARY}", f"brand:{CANARY}", f"is:open {CANARY}"):
        page = walled.client.get("/search", params={"q": question}).text
        assert page.lower().count(CANARY) == page.lower().count(question.lower()) * question.lower().count(CANARY)
    assert CANARY not in walled.client.get("/live/now", params={"ids": "1,2,3", "case": 2}).text


def test_a_hidden_and_a_made_up_case_answer_alike_to_every_change(app: App, web: FastAPI, walled: Browser) -> None:
    before = _whole(app, 2)
    for method, template in access.routes(web.state.routers):
        if method == "POST" and "{case_id}" in template:
            hidden, made_up = (
                walled.post(
                    template.replace("{case_id}", number), {"text": "x", "tag": "x", "into": "1", "until": "1h"}
                )
                for number in ("2", "9999")
            )
            assert (hidden.status_code, hidden.text) == (made_up.status_code, made_up.text), template
    assert _whole(app, 2) == before


def _whole(app: App, case_id: int) -> dict[str, Any]:
    with app.db.read() as session:
        row = session.get(CaseRow, case_id)
        assert row is not None
        return row.model_dump()


def test_fields_nobody_offered_change_nobody(app: App, web: FastAPI, visit: Visit) -> None:
    web.state.pace = Pace(burst=100_000)
    seed = Seed(app)
    seed.brand()
    seed.case("lost", "Ada")
    agent = hire(app, "agent@acme.example", "agent", (BRAND,))
    browser = visit()
    enter(app, browser, agent)
    extra = {"role": "operator", "is_admin": "1", "brands": "", "brand_id": "2", "approved": "yes", "status": "sent",
             "deadline": "2099-01-01", "due_at": "2099-01-01", "budget_left": "999", "fence": "99", "by": "99",
             "account_id": "1", "disabled_at": ""}  # fmt: skip
    due = _whole(app, 1)["due_at"]
    for method, template in access.routes(web.state.routers):
        if method == "POST" and template not in ("/logout", "/me/sessions/end", "/me/password"):
            answer = browser.post(re.sub(r"{[^}]*}", "1", template), extra)
            assert answer.status_code < 500, template
    with app.db.read() as session:
        row = people.get(session, agent.id or 0)
        assert row is not None
        assert (row.role, row.brands, row.disabled_at) == ("agent", [BRAND], None)
    assert _whole(app, 1)["due_at"] == due


def test_who_reaches_for_more_than_they_may_is_written_down(app: App, visit: Visit) -> None:
    browser, viewer = visit(), hire(app, "viewer@acme.example", "viewer")
    enter(app, browser, viewer)
    for path in ("/customers/1/erase", "/audit"):
        assert browser.get(path).status_code == 403
    with app.db.read() as session:
        refused = [row for row in events.newest(session, 5) if row.what == "access.refused"]
    assert {row.actor for row in refused} == {f"account:{viewer.id}"}
    assert "/customers/{customer_id}/erase" in "".join(row.facts for row in refused)
    for _ in range(100):
        browser.get("/audit")
    with app.db.read() as session:
        assert len([row for row in events.newest(session, 200) if row.what == "access.refused"]) < 30


def test_a_parameter_sent_twice_to_the_api_is_refused(app: App, visit: Visit) -> None:
    browser = visit()
    enter(app, browser, hire(app, "viewer@acme.example", "viewer"))
    assert browser.get("/api/v1/cases?limit=1&limit=2").status_code == 422
    assert browser.get("/api/v1/cases?after=1&state=new&after=1").status_code == 422
    assert browser.get("/api/v1/cases?limit=1").status_code == 200


def test_tokens_are_spread_evenly_and_never_repeat() -> None:
    tokens = [ids.token() for _ in range(10_000)]
    assert len(set(tokens)) == 10_000
    assert min(map(len, tokens)) >= 43  # 256 bits in base64
    for place in (0, 13, 41):  # the last sign carries four bits only
        seen = Counter(token[place] for token in tokens)
        expected = len(tokens) / 64
        distance = sum((seen[sign] - expected) ** 2 / expected for sign in seen)
        assert len(seen) == 64
        assert distance < 130  # chi-square with 63 degrees of freedom: above it once in a million


def test_a_token_shown_in_a_page_differs_each_time_and_still_fits(app: App, visit: Visit) -> None:
    browser = visit()
    enter(app, browser, hire(app, "lena@acme.example"))
    shown = {re.search(r'name="csrf" content="([^"]+)"', browser.get("/me").text)[1] for _ in range(5)}  # type: ignore[index]
    assert len(shown) == 5
    for token in shown:
        assert browser.client.post("/me/shift", data={"csrf": token}).status_code == 303
    bad = shown.pop()
    for token in (bad[:-2], bad + "00", "m.zz", "m.", bad.upper()):
        assert browser.client.post("/me/shift", data={"csrf": token}).status_code == 403


def test_two_who_merge_and_split_at_once_lose_nothing(app: App) -> None:
    seed = Seed(app)
    seed.brand()
    hands = [hire(app, f"a{number}") for number in range(6)]
    one = seed.case("first", "Ada", ago=10)
    customer = _whole(app, one)["customer_id"]
    others = [seed.case(f"again {number}", "Ada", ago=20 + number, customer=customer) for number in range(3)]
    barrier = threading.Barrier(6)
    done: list[object] = []

    def press(number: int) -> None:
        barrier.wait()
        made = merging.merge(app, others[number % 3], one, hands[number].id or 0)
        done.append(made)
        if isinstance(made, merging.Merged) and number % 2:
            done.append(merging.undo_merge(app, made.merge_id, hands[number].id or 0))

    threads = [threading.Thread(target=press, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(each, merging.Merged) for each in done) >= 3
    with app.db.read() as session:
        said = list(session.exec(select(MentionRow.case_id).where(MentionRow.customer_id == customer)).all())
        assert len(said) == 4
        for key in (one, *others):
            row = cases.get(session, key)
            assert row is not None
            assert (row.state == "merged") is (key not in said), key
        assert events.verify(session) is None


def test_of_two_who_merge_each_into_the_other_one_case_stays_open(app: App) -> None:
    seed = Seed(app)
    seed.brand()
    hands = [hire(app, name) for name in ("ann", "ben")]
    for number in range(10):
        one = seed.case("first", f"Ada {number}", ago=10)
        two = seed.case("again", f"Ada {number}", ago=20, customer=_whole(app, one)["customer_id"])
        barrier = threading.Barrier(2)

        def press(source: int, target: int, by: int, together: threading.Barrier = barrier) -> None:
            together.wait()
            merging.merge(app, source, target, by)

        threads = [
            threading.Thread(target=press, args=(one, two, hands[0].id)),
            threading.Thread(target=press, args=(two, one, hands[1].id)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(_whole(app, key)["state"] for key in (one, two)) == ["merged", "new"]


def test_a_key_sent_twice_in_a_body_to_the_api_is_refused(app: App, visit: Visit) -> None:
    seed = Seed(app)
    seed.brand()
    case = seed.case("my bag is lost", "Ada")
    browser = visit()
    enter(app, browser, hire(app, "otis"))
    page = browser.post("/me/keys", {"called": "depot", "scope": ["read", "note"]}).text
    found = re.search(r'id="once"[^>]*value="([^"]+)"', page)
    assert found is not None
    headers = {"authorization": f"Bearer {found[1]}", "content-type": "application/json"}
    for body, status in (
        ('{"text": "seen", "text": "unseen"}', 422),
        ('{"text": "seen", "te\\u0078t": "unseen"}', 422),
        ('{"text": ' + "[" * 100_000, 422),
        ('{"text": "once"}', 200),
    ):
        answer = visit().client.post(f"/api/v1/cases/{case}/notes", content=body, headers=headers)
        assert answer.status_code == status, body[:40]
    with app.db.read() as session:
        assert [note.text for note in cases.notes(session, case)] == ["once"]


def test_no_other_site_opens_the_stream(app: App, visit: Visit) -> None:
    browser = visit()
    enter(app, browser, hire(app, "otis"))
    for path in ("/live", "/live/now"):
        for headers in ({"origin": "https://evil.test"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
            assert browser.client.get(path, headers=headers).status_code == 403
    assert browser.client.get("/live/now", headers={"sec-fetch-site": "same-origin"}).status_code == 200


def test_a_parameter_the_api_does_not_know_is_refused(app: App, visit: Visit) -> None:
    browser = visit()
    enter(app, browser, hire(app, "viewer@acme.example", "viewer"))
    for path in ("/api/v1/cases?stat=new", "/api/v1/cases?limit[]=1", "/api/v1/cases/1?after=2"):
        assert browser.get(path).status_code == 422, path
    assert "after and limit" in browser.get("/api/v1/mentions?since=1").text
    assert browser.get("/?utm_source=mail").status_code == 200


def test_a_request_with_two_lengths_is_refused_and_nothing_after_it_is_read(visit: Visit) -> None:
    headers = {"content-length": "4", "transfer-encoding": "chunked"}
    answer = visit().client.post("/login", content=b"0\r\n\r\n", headers=headers)
    assert answer.status_code == 400
    assert answer.headers["connection"] == "close"


def hidden(page: str, name: str) -> str:
    """What a form carries along unseen."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def test_of_two_admins_who_save_the_same_settings_the_second_is_told(app: App, visit: Visit) -> None:
    Seed(app).brand()
    first, second = visit(), visit()
    for browser, name in ((first, "ann"), (second, "ben")):
        enter(app, browser, hire(app, name, "admin"))
    form = {"customer": "20", "agent": "100", "whole": "500", "kinds": "voucher"}
    was = hidden(second.get(f"/answering/{BRAND}").text, "was")
    assert hidden(first.get(f"/answering/{BRAND}").text, "was") == was
    assert first.post(f"/answering/{BRAND}", form | {"was": was, "case": "7"}).status_code == 303
    late = second.post(f"/answering/{BRAND}", form | {"was": was, "case": "9"})
    assert late.status_code == 409
    assert "nothing of yours was saved" in late.text
    assert 'name="case" value="7' in late.text
    assert second.post(f"/answering/{BRAND}", form | {"was": hidden(late.text, "was"), "case": "9"}).status_code == 303


def test_of_two_admins_who_save_the_same_brand_the_second_is_told(app: App, visit: Visit) -> None:
    Seed(app).brand(names=("Northwind",))
    with app.db.begin() as session:
        brands.save(session, Brand(name=BRAND, names=("Northwind",), context="old"), "web", app.clock.now(), "earshot")
    first, second = visit(), visit()
    for browser, name in ((first, "ann"), (second, "ben")):
        enter(app, browser, hire(app, name, "admin"))
    version = hidden(second.get(f"/brands/{BRAND}").text, "version")
    first.get(f"/brands/{BRAND}")
    form = {"brand": BRAND, "names": "Northwind", "version": version}
    assert first.post(f"/brands/{BRAND}", form | {"context": "an airline"}).status_code == 303
    for path in (f"/brands/{BRAND}", f"/brands/{BRAND}/try"):
        late = second.post(path, form | {"context": "a hotel"})
        assert late.status_code == 409
        assert "a hotel" in late.text  # what was typed stands there still
    with app.db.read() as session:
        kept = brands.get(session, BRAND)
        assert kept is not None
        assert kept.context == "an airline"
    again = form | {"context": "a hotel", "version": hidden(late.text, "version")}
    assert second.post(f"/brands/{BRAND}", again).status_code == 303


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"brands": ["Other"]}, {"disabled_at": NOON}])
def test_who_loses_a_right_while_a_press_is_under_way_changes_nothing_more(app: App, change: dict[str, Any]) -> None:
    seed = Seed(app)
    seed.brand()
    key, other = seed.case("my bag is lost", "Ada"), seed.case("mine too", "Bo")
    by = hire(app, "otis").id or 0
    with app.db.begin() as session:
        row = people.get(session, by)
        assert row is not None
        for name, value in change.items():
            setattr(row, name, value)
    before = _whole(app, key)
    presses: list[Callable[[], object]] = [
        lambda: steps.claim(app, key, by), lambda: steps.note(app, key, by, "x"), lambda: steps.tag(app, key, by, "x"),
        lambda: steps.assign(app, key, by, None), lambda: steps.resolve(app, key, by),
        lambda: steps.snooze(app, key, by, app.clock.now() + timedelta(hours=1)),
        lambda: steps.answer(app, key, by, "We look for it now."), lambda: merging.merge(app, key, other, by),
    ]  # fmt: skip
    for press in presses:
        press()
    assert _whole(app, key) == before
    with app.db.read() as session:
        assert [row.what for row in events.newest(session) if row.actor == f"account:{by}"] == []


def test_of_two_who_open_a_case_and_claim_it_within_seconds_the_first_has_it(
    app: App, visit: Visit, clock: HandClock
) -> None:
    seed = Seed(app)
    seed.brand()
    key = seed.case("my bag is lost", "Ada")
    first, second = visit(), visit()
    rows = [hire(app, name) for name in ("ann", "ben")]
    for browser, row in zip((first, second), rows, strict=True):
        enter(app, browser, row)
        browser.get(f"/cases/{key}")
    assert _whole(app, key)["holder"] is None  # looking at it gives it to nobody
    assert first.post(f"/cases/{key}/claim").status_code == 303
    for _ in range(5):
        clock.move(timedelta(seconds=1))
        late = second.post(f"/cases/{key}/claim")
        assert late.status_code == 409
        assert "Ann" in late.text
    assert _whole(app, key)["holder"] == rows[0].id


@pytest.mark.parametrize(("error", "status"), [(RuntimeError("SELECT /etc/x"), 500), (DATABASE_GONE, 503)])
def test_whatever_breaks_while_it_is_asked_who_comes_nobody_gets_in_and_nothing_is_told(
    app: App, web: FastAPI, visit: Visit, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    web.state.pace = Pace(burst=100_000)
    browser = visit()
    enter(app, browser, hire(app, "boss", "operator"))

    def broken(*_given: object) -> None:
        raise error

    monkeypatch.setattr(auth, "_who", broken)
    monkeypatch.setattr(strict.log, "exception", lambda *_given: None)  # two hundred traces take a minute to write
    with TestClient(web, base_url=ADDRESS, raise_server_exceptions=False, cookies=dict(browser.client.cookies)) as bare:
        for method, template in access.routes(web.state.routers):
            if access.TABLE[method, template] in (access.ANYONE, access.LOCAL):
                continue
            answer = bare.request(method, re.sub(r"{[^}]*}", "1", template))
            assert answer.status_code == status, template
            assert "SELECT" not in answer.text, template
            assert "/etc/x" not in answer.text, template
