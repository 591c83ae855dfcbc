"""Probes of asvs_probes.jsonl about sessions, passwords and log-ins. Each returns what it found wrong."""

import base64
import re
from collections import Counter

import httpx

from bot import ids
from bot.core import second
from bot.store import events
from bot.store.tables import CaseRow
from bot.web import passwords
from tests.bench.faults.world import World
from tests.web.conftest import HASH, PASSWORD

NEW = "eleven blue pelicans nod"
CHI_SQUARE_15 = 37.7  # p = 0.001


def fixed(world: World) -> list[str]:
    """01: a planted or an old session id is not taken over."""
    planted = {"earshot": "planted-by-somebody-else"}
    first = httpx.get(f"{world.house.address}/login", cookies=planted)
    token = re.search(r'name="csrf" (?:content|value)="([^"]*)"', first.text)
    visit = first.cookies.get("earshot-visit") or ""
    said = {"csrf": token[1] if token else "", "login": "ag@x.example", "password": PASSWORD}
    cookies = planted | {"earshot-visit": visit}
    answer = httpx.post(f"{world.house.address}/login", data=said, cookies=cookies, timeout=60)
    wrong = [] if answer.status_code == 303 else [f"log-in {answer.status_code}"]
    wrong += ["the planted id was kept"] if answer.cookies.get("earshot") == planted["earshot"] else []
    return wrong + (["the planted id lets in"] if world.bare("/me", planted["earshot"]) == 200 else [])


def renewed(world: World) -> list[str]:
    """02: a new password and a new role end the other sessions; the own id is a new one."""
    one, other, boss = world.visitor("ag"), world.visitor("ag"), world.visitor("ad")
    before = one.session
    one.get("/me")
    one.post("/me/password", {"password": PASSWORD, "new": NEW})
    wrong = ["the id stayed"] if one.session == before else []
    wrong += ["the other session lives"] if other.get("/me").status_code == 200 else []
    world.restore("ag")
    again = world.visitor("ag")
    boss.get("/people")
    boss.post(f"/people/{world.staff['ag'].id}/role", {"role": "lead"})
    wrong += ["a new role ended nothing"] if again.get("/me").status_code == 200 else []
    boss.get("/people")
    boss.post(f"/people/{world.staff['ag'].id}/role", {"role": "agent"})
    return wrong


def random(_world: World) -> list[str]:
    """03: 10,000 session ids: all differ, 128 bits or more, even nibbles."""
    made = [ids.token() for _ in range(10_000)]
    raw = [base64.urlsafe_b64decode(one + "=") for one in made]
    count = Counter("".join(one.hex() for one in raw))
    even = sum(count.values()) / 16
    chi = sum((many - even) ** 2 / even for many in count.values())
    good = len(set(made)) == len(made) and len(raw[0]) * 8 >= 128
    return [] if good and chi < CHI_SQUARE_15 else [f"chi-square {chi:.1f}, {len(raw[0]) * 8} bits"]


def logged_out(world: World) -> list[str]:
    """04: after a log-out the old cookie opens nothing and its stream ends."""
    one = world.visitor("ag")
    cookie = one.session
    one.get("/me")
    took = world.streamed_until(cookie, lambda: one.post("/logout"))
    codes = {world.bare(path, cookie) for path in ("/", "/me", f"/cases/{world.case}", "/customers", "/live/now")}
    wrong = [] if codes <= {303, 401} else [f"old cookie: {sorted(codes)}"]
    return wrong + ([] if took is not None and took <= 6 else [f"stream closed after {took} s"])


def disabled(world: World) -> list[str]:
    """05: a disabled agent is out at once, his stream ends, his claim goes back."""
    one, boss = world.visitor("ag"), world.visitor("ad")
    one.get(f"/cases/{world.case}")
    one.post(f"/cases/{world.case}/claim", {"from": "case"})
    boss.get("/people")
    took = world.streamed_until(one.session, lambda: boss.post(f"/people/{world.staff['ag'].id}/disable"))
    wrong = [] if one.get("/me").status_code == 303 else ["he still gets in"]
    wrong += [] if took is not None and took <= 10 else [f"stream closed after {took} s"]
    with world.house.app.db.read() as session:
        case = session.get(CaseRow, world.case)
    now = world.house.app.clock.now()
    wrong += ["his claim stays"] if case and case.lease_until and case.lease_until > now else []
    boss.get("/people")
    boss.post(f"/people/{world.staff['ag'].id}/enable")
    return wrong


def ended_by_admin(world: World) -> list[str]:
    """07: one sees one's own sessions, an admin ends another's, and the log says so."""
    one, boss = world.visitor("ag"), world.visitor("ad")
    wrong = [] if "Where you are signed in" in one.get("/me").text else ["one's sessions are not listed"]
    boss.get("/people")
    boss.post(f"/people/{world.staff['ag'].id}/end-sessions")
    wrong += ["the session lives"] if one.get("/me").status_code == 200 else []
    with world.house.app.db.read() as session:
        whats = [event.what for event in events.newest(session, 5)]
    return wrong + ([] if "sessions.ended" in whats else ["nothing in the log"])


def flipped(world: World) -> list[str]:
    """08: no flipped bit of a cookie is let in."""
    cookie, wrong = world.visitor("ag").session, 0
    for at in range(len(cookie)):
        flipped_one = cookie[:at] + chr(ord(cookie[at]) ^ 1) + cookie[at + 1 :]
        if re.fullmatch(r"[A-Za-z0-9_-]+", flipped_one):
            wrong += world.bare("/me", flipped_one) == 200
    return [f"{wrong} flipped cookies let in"] if wrong else []


def kept_out_of_logs(world: World) -> list[str]:
    """10: no session id or password in the log or on a page."""
    one = world.visitor("ag")
    page, log = one.get("/").text, world.logged.getvalue()
    return [
        f"the {name} stands there" for name, word in (("id", one.session), ("password", PASSWORD)) if word in page + log
    ]


def slowed(world: World) -> list[str]:
    """23: a hundred wrong passwords are slowed; the owner's known browser gets in meanwhile."""
    owner, stranger = world.visitor("vi"), world.visitor()
    codes = Counter(stranger.log_in("vi", f"wrong {n} words").status_code for n in range(100))
    wrong = [] if codes[429] >= 90 else [f"{dict(codes)}"]
    owner.get("/me")
    owner.post("/logout")
    return wrong + ([] if owner.log_in("vi").status_code == 303 else ["the owner is locked out"])


def weak(_world: World) -> list[str]:
    """24: weak passwords are refused, a long one with spaces and signs is not."""
    bad = [word for word in ("password1", "Acme2026", "7 chars") if not passwords.problem(word, about=("acme", "Acme"))]
    long = ("a b\U0001f600 c d e f g h i " * 4)[:64]
    return [f"{word!r} is let through" for word in bad] + (
        ["the long one is refused"] if passwords.problem(long) else []
    )


def long(_world: World) -> list[str]:
    """25: passwords that differ at byte 100 differ; argon2id as strong as asked."""
    same = passwords.fits(passwords.hashed("x" * 99 + "a"), "x" * 99 + "b")
    return (["cut"] if same else []) + ([] if "m=19456,t=2,p=1" in HASH else [f"{HASH[:40]}"])


def link_once(world: World) -> list[str]:
    """28: a password link works once, and is made for the configured host only."""
    boss, stranger = world.visitor("ad"), world.visitor()
    boss.get("/people")
    page = boss.post(f"/people/{world.staff['wag'].id}/link").text
    found = re.search(r'value="(http[^"]+/join/[^"]+)"', page)
    if not found:
        return ["no link"]
    path = "/join/" + found[1].rsplit("/", 1)[1]
    stranger.get(path)
    codes = stranger.post(path, {"password": "seven quiet herons wade"}).status_code, stranger.get(path).status_code
    evil = httpx.post(f"{world.house.address}/people/1/link", headers={"host": "evil.test"}).status_code
    world.restore("wag")
    wrong = [] if codes == (303, 404) else [f"used {codes}"]
    ours = found[1].startswith(world.house.app.settings.address)
    return wrong + ([] if evil == 400 and ours else [f"another host {evil}"])


def code_once(world: World) -> list[str]:
    """29: the same code of the second factor is taken once."""
    one = world.visitor("le")
    one.get("/me/second")
    page = one.post("/me/second/begin", {"password": PASSWORD}).text
    shown = re.search(r'id="secret" type="text" readonly value="([A-Z2-7 ]+)"', page)
    token = re.search(r'name="token" value="([^"]+)"', page)
    if not shown or not token:
        return ["no second factor could be set up"]
    secret, now = second.bytes_of(shown[1]), world.house.app.clock.now()
    one.post("/me/second/confirm", {"token": token[1], "code": second.code_at(secret, second.step_at(now))})
    code, codes = second.code_at(secret, second.step_at(now) + 1), []
    for _ in range(2):
        visitor = world.visitor()
        visitor.log_in("le")
        visitor.get("/login/code")
        codes.append(visitor.post("/login/code", {"code": code}).status_code)
    return [] if codes == [303, 401] else [f"the same code twice: {codes}"]


PROBES = {
    "asvs-01": fixed, "asvs-02": renewed, "asvs-03": random, "asvs-04": logged_out, "asvs-05": disabled,
    "asvs-07": ended_by_admin, "asvs-08": flipped, "asvs-10": kept_out_of_logs, "asvs-23": slowed, "asvs-24": weak,
    "asvs-25": long, "asvs-28": link_once, "asvs-29": code_once,
}  # fmt: skip
