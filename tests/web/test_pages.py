"""What holds for every route, read from the router and not from memory."""

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from fastapi import APIRouter, FastAPI
from httpx import Response
from starlette.testclient import TestClient

from bot.app import App
from bot.web import access, headers
from bot.web import app as web_app
from bot.web.throttle import Pace
from tests.web.conftest import ADDRESS, Browser, hire

Visit = Callable[[], Browser]


def every(web: FastAPI) -> list[tuple[str, str]]:
    """Each route with its parameters filled in with something that does not exist."""
    return [(method, re.sub(r"{[^}]*}", "999999", path)) for method, path in access.routes(web.state.routers)]


def streams(path: str) -> bool:
    return path == "/live"


def test_no_route_is_missing_from_the_table(web: FastAPI) -> None:
    assert access.missing(web.state.routers) == []


def test_the_table_has_no_route_that_does_not_exist(web: FastAPI) -> None:
    assert set(access.TABLE) - set(access.routes(web.state.routers)) == set()


def test_a_route_nobody_decided_about_stops_the_program(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    stray = APIRouter()
    stray.get("/stray")(lambda: None)
    monkeypatch.setattr(web_app, "routers_of", lambda _app: [stray])
    with pytest.raises(RuntimeError, match="/stray"):
        web_app.create(app)


def test_a_stranger_gets_no_page_but_the_doors(app: App, web: FastAPI, visit: Visit) -> None:
    web.state.pace = Pace(burst=100_000)  # every route is faster than anybody may ask
    hire(app, "lena@acme.example")
    for method, path in every(web):
        template = next(p for m, p in access.routes(web.state.routers) if (m, p) in access.TABLE and _fits(p, path))
        if access.TABLE[(method, template)] in (access.ANYONE, access.LOCAL):
            continue
        browser = visit()
        browser.get("/login")
        answer = browser.get(path) if method == "GET" else browser.post(path)
        if path.startswith("/api/"):
            assert answer.status_code == 401, path
            continue
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/login"), (method, path)


@pytest.mark.parametrize("role", access.ROLES)
def test_a_role_may_what_the_table_says_and_no_more(app: App, web: FastAPI, visit: Visit, role: str) -> None:
    hire(app, "lena@acme.example", role)
    browser = visit()
    browser.log_in("lena@acme.example")
    for method, template in access.routes(web.state.routers):
        least = access.TABLE[(method, template)]
        if least in (access.ANYONE, access.LOCAL) or streams(template) or template == "/logout":
            continue
        path = re.sub(r"{[^}]*}", "999999", template)
        answer = browser.client.get(path) if method == "GET" else browser.post(path)
        refused = answer.status_code == 403 and "This needs the role" in answer.text
        assert refused is not access.allows(role, least), (role, method, path, answer.status_code)
        assert answer.status_code < 500, (method, path, answer.text[:300])


def test_every_change_needs_its_token(app: App, web: FastAPI, visit: Visit) -> None:
    web.state.pace = Pace(burst=100_000)  # every route four times is faster than anybody may ask
    hire(app, "lena@acme.example", "operator")
    other = visit()
    other.log_in("lena@acme.example")
    browser = visit()
    browser.log_in("lena@acme.example")
    for method, path in every(web):
        if method == "GET" or path.startswith(("/slack/", "/hooks/in/", "/unsubscribe/")):  # a signature is the guard
            continue
        for brought in ("", other.csrf, "x"):
            assert browser.client.request(method, path, data={"csrf": brought}).status_code == 403, path
        assert browser.client.request(method, path, json={}).status_code == 403, path


@pytest.mark.parametrize("origin", ["null", "https://evil.test", "http://127.0.0.1.evil.test", "http://localhost:1"])
def test_no_change_is_taken_from_another_origin(app: App, web: FastAPI, visit: Visit, origin: str) -> None:
    hire(app, "lena@acme.example", "operator")
    browser = visit()
    browser.log_in("lena@acme.example")
    for method, path in every(web):
        if method != "GET":
            answer = browser.post(path, headers={"origin": origin})
            assert answer.status_code == 403, path
            assert "another site" in answer.text


def test_our_own_origin_is_welcome(app: App, visit: Visit) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    browser.log_in("lena@acme.example")
    headers = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}
    assert browser.post("/me/sessions/end", headers=headers).status_code == 200
    headers["sec-fetch-site"] = "cross-site"
    assert browser.post("/me/sessions/end", headers=headers).status_code == 403


def test_a_form_under_no_referrer_has_a_null_origin_and_is_ours_only_by_what_the_browser_adds(
    app: App, visit: Visit
) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    browser.log_in("lena@acme.example")
    for site, code in (("same-origin", 200), ("cross-site", 403), ("same-site", 403), ("none", 403)):
        sent = {"origin": "null", "sec-fetch-site": site}
        assert browser.post("/me/sessions/end", headers=sent).status_code == code, site


def test_over_plain_http_on_a_network_forms_still_name_their_origin(visit: Visit) -> None:
    answer = visit().client.get("/login", headers={"host": "192.168.1.20:8484"})
    assert answer.headers["referrer-policy"] == "same-origin"


def test_every_answer_is_strict(app: App, web: FastAPI, visit: Visit) -> None:
    hire(app, "lena@acme.example", "operator")
    browser = visit()
    browser.log_in("lena@acme.example")
    answers = [browser.client.get(path) for method, path in every(web) if method == "GET" and not streams(path)]
    answers += [browser.client.get("/no/such/page"), browser.client.post("/me"), browser.client.post("/login")]
    answers += [browser.client.get("/static/app.css"), browser.client.get("/static/../app.py")]
    answers += [browser.client.get("/", headers={"host": "evil.test"}), browser.client.request("TRACE", "/login")]
    for answer in answers:
        strict(answer)


def strict(answer: Response) -> None:
    where = f"{answer.request.method} {answer.request.url} {answer.status_code}"
    for name, words in headers.ALWAYS.items():
        assert answer.headers.get(name) == words, where
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    kind = answer.headers.get("content-type", "")
    assert not kind.startswith("text/") or "charset=utf-8" in kind, where
    if not answer.request.url.path.startswith("/static/") or answer.status_code != 200:
        assert answer.headers["cache-control"] == "no-store", where
    assert "strict-transport-security" not in answer.headers


def test_behind_tls_cookies_are_host_only_and_secure_and_hsts_is_said(make_app: Callable[..., App]) -> None:
    app = make_app(public_url="https://care.acme.example")
    hire(app, "lena@acme.example")
    with TestClient(web_app.create(app), base_url="https://care.acme.example", follow_redirects=False) as client:
        browser = Browser(client)
        answer = browser.log_in("lena@acme.example")
        set_cookies = answer.headers.get_list("set-cookie")
        assert answer.headers["strict-transport-security"].startswith("max-age=63072000")
    assert any(cookie.startswith("__Host-earshot=") for cookie in set_cookies)
    for cookie in set_cookies:
        assert cookie.startswith("__Host-"), cookie
        assert "Secure" in cookie, cookie
        assert "HttpOnly" in cookie, cookie
        assert "Path=/" in cookie, cookie
        assert "Domain" not in cookie, cookie


@pytest.mark.parametrize(
    "host", ["evil.test", "127.0.0.1.evil.test", "localhost@evil.test", "localhost:x", "", "localhost/evil", "a b"]
)
def test_a_host_that_is_not_ours_gets_nothing(visit: Visit, host: str) -> None:
    answer = visit().client.get("/login", headers={"host": host})
    assert answer.status_code == 400
    assert "EARSHOT_PUBLIC_URL" in answer.text


@pytest.mark.parametrize("host", ["localhost:8484", "127.0.0.1", "[::1]:8484", "192.168.1.20:8484"])
def test_local_names_and_plain_addresses_are_ours(visit: Visit, host: str) -> None:
    assert visit().client.get("/healthz", headers={"host": host}).status_code == 200


def test_more_than_a_mebibyte_is_refused(app: App, visit: Visit) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    browser.get("/login")
    long = "x" * (1024 * 1024 + 1)
    assert browser.post("/login", {"login": long}).status_code == 413

    def dripping() -> Iterator[bytes]:
        yield b"csrf=" + browser.csrf.encode() + b"&login="
        for _ in range(2_100):
            yield b"x" * 512

    lying = browser.client.post(
        "/login", content=dripping(), headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert lying.status_code == 413


def test_a_bug_shows_an_incident_and_nothing_else(
    app: App, web: FastAPI, visit: Visit, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    browser.log_in("lena@acme.example")

    def broken() -> object:
        raise RuntimeError("secret detail in /home/someone at SELECT * FROM account")

    monkeypatch.setattr(app.db, "read", cast("Any", broken))
    answer = browser.client.get("/me")
    assert answer.status_code == 500
    strict(answer)
    incident = re.search(r"<b>([\w-]{8,})</b>", answer.text)
    assert incident is not None
    for hidden in ("secret detail", "Traceback", "SELECT", "RuntimeError", "/home"):
        assert hidden not in answer.text
    assert incident[1] in caplog.text
    assert "secret detail" in caplog.text


def test_no_page_has_inline_code_or_styles_or_foreign_addresses(app: App, web: FastAPI, visit: Visit) -> None:
    hire(app, "lena@acme.example", "operator")
    browser = visit()
    pages = [browser.client.get("/login").text, browser.client.get("/first").text]
    browser.log_in("lena@acme.example")
    pages += [browser.client.get(path).text for method, path in every(web) if method == "GET" and not streams(path)]
    for page in pages:
        assert not re.search(r"<[^>]+\s(on\w+|style)=", page)
        assert not re.search(r"<style|javascript:|hx-on", page)
        assert not re.search(r"<script(?![^>]*\ssrc=)", page)
        for address in re.findall(r'\s(?:src|href|action|formaction)="([^"]*)"', page):
            assert re.match(r"/(?!/)|#", address), address


def test_static_files_are_kept_by_browsers_and_nothing_else_is_served(visit: Visit) -> None:
    client = visit().client
    assert "immutable" in client.get("/static/app.css").headers["cache-control"]
    for path in ("/static/%2e%2e/app.py", "/static/..%2fapp.py", "/.env", "/.git/config", "/docs", "/openapi.json"):
        assert client.get(path).status_code == 404, path


def test_forwarded_headers_of_strangers_change_nothing(app: App, visit: Visit) -> None:
    hire(app, "lena@acme.example")
    answer = visit().client.get("/me", headers={"x-forwarded-host": "evil.test", "x-forwarded-proto": "https"})
    assert answer.headers["location"] == "/login?next=%2Fme"


def _fits(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"{[^}]*}", "[^/]+", template), path) is not None
