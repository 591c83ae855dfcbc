"""Probes of asvs_probes.jsonl about what the server answers: headers, addresses, escapes, odd requests, its log."""

import html
import re
import socket
import time
from collections import Counter

import httpx
from sqlalchemy import text

from bot.store import events
from bot.web import access
from tests.bench.faults.world import HOSTILE, World

NEEDS = ("default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'")
NEXT = ("//evil.test", "https:evil.test", "/\\evil.test", "/%2f%2fevil.test", "https://host@evil.test",
        "javascript:alert(1)", "%0d%0aLocation: x")  # fmt: skip
INJECTED = ("' OR 1=1--", "1;drop table account", "%' AND sleep(3)--", '" UNION SELECT * FROM account--', "1) OR (1=1")
ASKED = ("/search?q=", "/?sort=", "/?brand=", "/api/v1/cases?after=", "/api/v1/cases?state=", "/customers?q=",
         "/audit?before=", "/cases/", "/views/")  # fmt: skip
HOST = b"Host: 127.0.0.1\r\n"
_BEHIND = b"GET /me HTTP/1.1\r\n" + HOST + b"\r\n"
_POST = b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n"
SMUGGLED = {
    "both lengths": _POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _BEHIND,
    "two lengths": _POST + b"Content-Length: 5\r\n\r\nabcd" + _BEHIND,
    "a huge header": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
}
BODIES = (b"{}", b"[]", b"null", b'{"severity":null}', b'{"severity":"dire"}', b'{"severity":"high","x":1}',
          b'{"severity":1e999}', b"\xff", b'{"severity":"high","severity":"low"}',
          b'{"severity":"' + b"x" * 2**20 + b'"}')  # fmt: skip


def redirects(world: World) -> list[str]:
    """31: a log-in leads nowhere else."""
    led = {to: world.visitor().log_in("ag", next=to).headers.get("location") for to in NEXT}
    return [f"{to} leads to {where}" for to, where in led.items() if where != "/"]


def headers(world: World) -> list[str]:
    """32, 33, 35, 37: the policy and the other headers stand on every answer, and no name of the server."""
    one, wrong = world.visitor("op"), list[str]()
    for path in [*world.gets(), "/nope", "/static/../x"]:
        answer = one.client.get(path, headers={"origin": "https://evil.test"})
        policy, told = answer.headers.get("content-security-policy", ""), answer.headers
        wrong += [f"{path}: {need}" for need in NEEDS if need not in policy and "sandbox" not in policy]
        odd = "unsafe" in policy or told.get("x-content-type-options") != "nosniff"
        wrong += [path] if odd or "access-control-allow-origin" in told or "server" in told else []
        kept = answer.status_code == 200 and "static" not in path and told.get("cache-control") != "no-store"
        wrong += [f"{path} may be kept"] if kept else []
    return wrong


def forwarded(world: World) -> list[str]:
    """36: nobody's word about where a request came from is believed."""
    lies = {"x-forwarded-host": "evil.test", "x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "https"}
    told = httpx.get(f"{world.house.address}/me", headers=lies)
    return ["evil.test in the answer"] if "evil" in str(told.headers) + told.text else []


def addresses(world: World) -> list[str]:
    """40: every address on every page is ours, the web's or a mail's."""
    one, wrong = world.visitor("op"), list[str]()
    for path in world.gets():
        found = re.findall(r'\s(?:src|href|action|formaction)="([^"]*)"', one.get(path).text)
        wrong += [f"{path}: {it}" for it in found if not re.match(r"/(?!/)|#|https?://|mailto:|\?|$", it)]
    return wrong


def literal(world: World) -> list[str]:
    """42, 43: what looks like a template or the end of a script stands as words."""
    page = world.visitor("ag").get(f"/cases/{world.case}").text
    shown = html.unescape(page)
    wrong = [
        part for part in ("{{7*7}}", "{% raw %}", "${7*7}", "{0.__class__}") if part in HOSTILE and part not in shown
    ]
    return wrong + (["</script> is not escaped"] if "</script><!--" in page else [])


def injected(world: World) -> list[str]:
    """44: no question breaks the database or makes it wait."""
    one, wrong = world.visitor("op"), list[str]()
    for path in ASKED:
        for words in INJECTED:
            begun = time.monotonic()
            status = one.client.get(path + httpx.QueryParams({"a": words})["a"].replace(" ", "%20")).status_code
            slow = time.monotonic() - begun > 2.9
            wrong += [f"{path}{words} {status}"] if status >= 500 or slow else []
    return wrong


def one_line(world: World) -> list[str]:
    """46: a line's end in a request does not begin a line of the log."""
    world.visitor("ag").client.get("/login?next=/%0d%0aFAKE%20LINE%1b[31m")
    log = world.logged.getvalue()
    return ["a false line"] if "\nFAKE" in log or "\x1b" in log else []


def smuggled(world: World) -> list[str]:
    """56: a request that could be read two ways is refused, and nothing behind it is read."""
    wrong = []
    for name, raw in SMUGGLED.items():
        told = _raw(world, raw)
        good = (told[9:12] in (b"400", b"431") or not told) and told.count(b"HTTP/1.1") <= 1
        wrong += [] if good else [f"{name}: {told[:40]!r}"]
    return wrong


def _raw(world: World, said: bytes) -> bytes:
    host, port = world.house.address.split("//")[1].split(":")
    told = b""
    with socket.create_connection((host, int(port)), 5) as line:
        line.sendall(said)
        line.settimeout(4)
        try:
            while piece := line.recv(65536):
                told += piece
        except OSError:  # it stays open or is reset: what came counts
            return told
    return told


def _key(world: World) -> dict[str, str]:
    one = world.visitor("ag")
    page = one.post("/me/keys", {"called": "k", "scope": list(access.SCOPES)}).text
    found = re.search(r'id="once" type="text" readonly value="([^"]+)"', page)
    return {"authorization": f"Bearer {found[1] if found else ''}"}


def odd_bodies(world: World) -> list[str]:
    """57: what is no request is refused by name, never a failure."""
    key, url = (
        _key(world) | {"content-type": "application/json"},
        f"{world.house.address}/api/v1/cases/{world.case}/severity",
    )
    codes = Counter(httpx.post(url, content=body, headers=key).status_code for body in BODIES)
    return [] if set(codes) <= {400, 413, 422} else [f"{dict(codes)}"]


def twice(world: World) -> list[str]:
    """58: the same parameter twice, or a list for a value, is refused."""
    key, url = _key(world), f"{world.house.address}/api/v1/cases"
    codes = [httpx.get(url + asked, headers=key).status_code for asked in ("?limit=1&limit=2", "?limit[]=1")]
    return [] if codes == [422, 422] else [f"{codes}"]


def needless(world: World) -> list[str]:
    """60: no password, token or colleague's address in what programs get."""
    told = httpx.get(f"{world.house.address}/api/v1/cases/{world.case}", headers=_key(world)).text
    found = re.search(r"password|hash|token|csrf|@x\.example|secret", told)
    return [found[0]] if found else []


def hidden(world: World) -> list[str]:
    """63: no page for developers, no file of ours."""
    one = world.visitor()
    paths = ("/docs", "/openapi.json", "/debug", "/.git/config", "/.env", "/static/%2e%2e/app.py")
    codes = {path: one.get(path).status_code for path in paths}
    return [f"{path} {code}" for path, code in codes.items() if code not in (400, 404)]


def modes(world: World) -> list[str]:
    """65: every file of the house is its owner's alone."""
    files = [file for file in world.house.app.settings.home.rglob("*") if file.is_file()]
    return [f"{file.name} {file.stat().st_mode & 0o777:o}" for file in files if file.stat().st_mode & 0o077]


def chained(world: World) -> list[str]:
    """74, played last: a changed line of the log is named."""
    with world.house.app.db.begin() as session:
        whole = events.verify(session) is None
        session.connection().execute(text("UPDATE event SET actor='account:99' WHERE id=5"))
    with world.house.app.db.read() as session:
        named = events.verify(session)
    return [] if whole and named == 5 else [f"whole before: {whole}; named: {named}"]


PROBES = {
    "asvs-31": redirects, "asvs-32": headers, "asvs-33": headers, "asvs-35": headers, "asvs-36": forwarded,
    "asvs-37": headers, "asvs-40": addresses, "asvs-42": literal, "asvs-43": literal, "asvs-44": injected,
    "asvs-46": one_line, "asvs-56": smuggled, "asvs-57": odd_bodies, "asvs-58": twice, "asvs-60": needless,
    "asvs-63": hidden, "asvs-65": modes, "asvs-74": chained,
}  # fmt: skip
