"""Probes of asvs_probes.jsonl about who may do what, and about requests that another site makes."""

import re
import threading
from typing import Any

import httpx

from bot.steps import answer as steps
from bot.store import events, people
from bot.store.tables import CaseRow
from bot.web import access
from tests.bench.faults.world import CANARY, ELSEWHERE, OTHER, World
from tests.web.conftest import PASSWORD
from tests.web.seed import BRAND

EVIL = "https://earshot.example.evil.test"


def forged(world: World) -> list[str]:
    """11: no press that another site could make changes anything, on any route."""
    boss, other, wrong = world.visitor("op"), world.visitor("ad"), []
    with world.house.app.db.read() as session:
        before = events.newest(session, 1)[0].id or 0
    tries: list[dict[str, Any]] = [
        {"data": {"csrf": ""}}, {"data": {"csrf": other.csrf}},
        {"content": b'{"a":1}', "headers": {"content-type": "text/plain"}},
        {"data": {"csrf": boss.csrf}, "headers": {"origin": "null"}},
        {"data": {"csrf": boss.csrf}, "headers": {"origin": EVIL}},
        {"data": {"csrf": boss.csrf}, "headers": {"sec-fetch-site": "cross-site", "origin": world.house.address}},
    ]  # fmt: skip
    for method, route in world.routes:
        if method == "GET" or route.startswith(ELSEWHERE):
            continue
        for said in tries:
            status = boss.client.request(method, re.sub(r"{[^}]*}", "1", route), **said).status_code
            wrong += [] if status in (403, 405) else [f"{method} {route} {status}"]
    with world.house.app.db.read() as session:
        done = [
            event.what for event in events.newest(session, 9) if (event.id or 0) > before and event.actor != "earshot"
        ]
    return wrong + [what for what in done if what != "access.refused"]


def doors(world: World) -> list[str]:
    """12: neither logging in nor out can be forged."""
    said = {"login": "ag@x.example", "password": PASSWORD}
    codes = (
        httpx.post(f"{world.house.address}/login", data=said).status_code,
        world.visitor("ag").client.post("/logout").status_code,
    )
    return [] if codes == (403, 403) else [f"{codes}"]


def streams(world: World) -> list[str]:
    """13: a page of another site gets no event stream."""
    one = world.visitor("ag")
    code = httpx.get(
        f"{world.house.address}/live", cookies={"earshot": one.session}, headers={"origin": EVIL}
    ).status_code
    return [] if code == 403 else [f"{code}"]


def matrix(world: World) -> list[str]:
    """14, 18: every route for every role as the written table has it."""
    who = {role: world.visitor(login) for login, role in (("vi", "viewer"), ("ag", "agent"), ("ad", "admin"))}
    anybody, wrong = world.visitor(), []
    for method, route in world.routes:
        least = access.TABLE[(method, route)]
        if least in (access.ANYONE, access.LOCAL) or route in ("/live", "/logout"):
            continue
        path = re.sub(r"{[^}]*}", "999999", route)
        ask = lambda visitor, method=method, path=path: visitor.get(path) if method == "GET" else visitor.post(path)
        status = ask(anybody).status_code
        wrong += [] if status in (303, 401, 403) else [f"nobody: {method} {route} {status}"]
        for role, visitor in who.items():
            told = ask(visitor)
            refused = told.status_code == 403 and "This needs the role" in told.text
            fine = told.status_code < 500 and (not refused if access.allows(role, least) else told.status_code == 403)
            wrong += [] if fine else [f"{role}: {method} {route} {told.status_code}"]
    return wrong


def guessed(world: World) -> list[str]:
    """15: another brand's case looks like one that was never there."""
    one = world.visitor("wag")
    pages = [one.client.get(f"/cases/{number}") for number in (world.hidden, 987654)]
    bare = [re.sub(r'\d+|(content|value)="m\.[^"]*"', "", page.text) for page in pages]
    same = bare[0] == bare[1] and [page.status_code for page in pages] == [404, 404]
    return [] if same else [f"{[page.status_code for page in pages]}"]


def leaks(world: World) -> list[str]:
    """16: no page of another brand's admin holds a word of this brand's customer."""
    one, wrong = world.visitor("wall"), []
    for method, route in world.routes:
        if method == "GET" and route != "/live" and not route.startswith("/logout"):
            path = re.sub(r"{[^}]*}", str(world.hidden), route)
            wrong += [path] if CANARY in one.get(path).text else []
    return wrong


def assigned(world: World) -> list[str]:
    """17: fields that no form has are not taken."""
    one = world.visitor("ag")
    one.get(f"/cases/{world.case}")
    more = {"role": "operator", "is_admin": "1", "brand": OTHER, "assigned_to": "1", "status": "sent", "approved": "1",
            "deadline": "2099-01-01", "budget_left": "9999"}  # fmt: skip
    one.post("/me/next", {"goes_on": "yes", **more})
    one.post(f"/cases/{world.case}/note", {"text": "hi", "from": "case", **more})
    with world.house.app.db.read() as session:
        me, case = people.get(session, world.staff["ag"].id or 0), session.get(CaseRow, world.case)
    good = me and me.role == "agent" and case and case.brand == BRAND and case.assigned_to is None
    return [] if good else ["a field was taken"]


def refused_and_told(world: World) -> list[str]:
    """21: a viewer may not erase, and the log says that he tried."""
    code = world.visitor("vi").get("/customers/1/erase").status_code
    with world.house.app.db.read() as session:
        told = any(event.what == "access.refused" for event in events.newest(session, 50))
    return ([] if code == 403 else [f"{code}"]) + ([] if told else ["nothing in the log"])


def raced(world: World) -> list[str]:
    """22: of two claims at one moment one wins, two hundred times."""
    app, wrong = world.house.app, 0
    for number in range(200):
        case, got, start = (
            world.house.seed.case(f"Northwind race {number}", f"R{number}"),
            list[bool](),
            threading.Barrier(2),
        )

        def press(by: int, case: int = case, got: list[bool] = got, start: threading.Barrier = start) -> None:
            start.wait()
            got.append(isinstance(steps.claim(app, case, by), steps.Claimed))

        threads = [threading.Thread(target=press, args=(world.staff[who].id,)) for who in ("ag", "ad")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wrong += sum(got) != 1
    return [f"{wrong} of 200 rounds without one winner"] if wrong else []


PROBES = {
    "asvs-11": forged, "asvs-12": doors, "asvs-13": streams, "asvs-14": matrix, "asvs-15": guessed, "asvs-16": leaks,
    "asvs-17": assigned, "asvs-18": matrix, "asvs-21": refused_and_told, "asvs-22": raced,
}  # fmt: skip
