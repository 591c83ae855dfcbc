"""Log-in, sessions, the token on every form."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.app import App
from bot.clock import HandClock
from bot.store import events, people
from tests.web.conftest import PASSWORD, Browser, hire

Visit = Callable[[], Browser]


def test_the_right_password_opens_the_queue(app: App, visit: Visit) -> None:
    hire(app, "lena@acme.example")
    answer = visit().log_in("Lena@Acme.example ")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert "earshot=" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_a_wrong_password_and_an_unknown_name_read_the_same(app: App, visit: Visit) -> None:
    hire(app, "lena@acme.example")
    wrong = visit().log_in("lena@acme.example", "not this one at all")
    unknown = visit().log_in("nobody@acme.example", "not this one at all")
    assert wrong.status_code == unknown.status_code == 401
    assert "do not match" in wrong.text
    assert _plain(wrong.text, "lena@") == _plain(unknown.text, "nobody@")


def test_logging_in_gives_a_new_session_and_ends_the_old_one(app: App, visit: Visit) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    browser.log_in("lena@acme.example")
    first = browser.client.cookies["earshot"]
    browser.post("/logout")
    browser.client.cookies.set("earshot", first)
    assert browser.get("/me").status_code == 303
    browser.client.cookies.clear()
    browser.log_in("lena@acme.example")
    assert browser.client.cookies["earshot"] != first


@pytest.mark.parametrize(
    ("away", "answer"), [(timedelta(hours=7, minutes=59), False), (timedelta(hours=8, minutes=1), True)]
)
def test_eight_hours_away_ask_for_the_password_again(
    app: App, visit: Visit, clock: HandClock, away: timedelta, answer: bool
) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    browser.log_in("lena@acme.example")
    clock.move(away)
    assert (browser.get("/login").status_code == 200) is answer


def test_a_session_ends_after_a_day_however_busy(app: App, visit: Visit, clock: HandClock) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    browser.log_in("lena@acme.example")
    for _ in range(5):
        clock.move(timedelta(hours=4, minutes=45))
        assert browser.get("/login").status_code == 303
    clock.move(timedelta(minutes=30))
    assert browser.get("/login").status_code == 200


def test_a_disabled_person_is_out_at_once(app: App, visit: Visit, clock: HandClock) -> None:
    me = hire(app, "lena@acme.example")
    browser = visit()
    browser.log_in("lena@acme.example")
    with app.db.begin() as session:
        row = people.get(session, me.id or 0)
        assert row is not None
        row.disabled_at = clock.now()
        session.add(row)
    assert browser.get("/login").status_code == 200
    assert visit().log_in("lena@acme.example").status_code == 401


@pytest.mark.parametrize("brought", ["", "wrong", "of-somebody-else"])
def test_a_form_without_its_token_changes_nothing(app: App, visit: Visit, brought: str) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    browser.get("/login")
    other = visit()
    other.get("/login")
    browser.csrf = other.csrf if brought == "of-somebody-else" else brought
    assert browser.post("/login", {"login": "lena@acme.example", "password": PASSWORD}).status_code == 403


def test_logout_needs_the_token_too(app: App, visit: Visit) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    browser.log_in("lena@acme.example")
    assert browser.client.post("/logout").status_code == 403
    assert browser.get("/login").status_code == 303


@pytest.mark.parametrize(
    "next_page",
    [
        "//evil.test", "https:evil.test", "https://evil.test", "/\\evil.test", "/%2f%2fevil.test", "https://host@evil.test",
        "javascript:alert(1)", "/%0d%0aLocation: //evil.test", "/\r\nLocation: x", "\\\\evil.test", "/a//evil.test", "",
        "/ok@evil.test", "/\t/evil.test", "///evil.test",
    ],
)  # fmt: skip
def test_after_log_in_nobody_is_led_elsewhere(app: App, visit: Visit, next_page: str) -> None:
    hire(app, "lena@acme.example")
    assert visit().log_in("lena@acme.example", next=next_page).headers["location"] == "/"


def test_after_log_in_one_comes_back_to_the_page_asked_for(app: App, visit: Visit) -> None:
    hire(app, "lena@acme.example")
    assert visit().log_in("lena@acme.example", next="/cases/12?tab=log").headers["location"] == "/cases/12?tab=log"


def test_guessing_gets_slower_from_the_fifth_wrong_try(app: App, visit: Visit, clock: HandClock) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    tries = [browser.log_in("lena@acme.example", f"wrong {n}").status_code for n in range(5)]
    assert tries == [401, 401, 401, 401, 429]
    assert int(browser.log_in("lena@acme.example").headers["retry-after"]) >= 1
    clock.move(timedelta(minutes=5, seconds=1))
    assert browser.log_in("lena@acme.example").status_code == 303


def test_an_unknown_name_is_slowed_like_a_known_one(visit: Visit, app: App) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    assert [browser.log_in("nobody", "x").status_code for _ in range(6)] == [401] * 4 + [429] * 2


def test_a_stranger_hammering_does_not_lock_the_owner_out(app: App, visit: Visit) -> None:
    hire(app, "lena@acme.example")
    known = visit()
    known.log_in("lena@acme.example")
    known.post("/logout")
    stranger = visit()
    for n in range(40):
        stranger.log_in("lena@acme.example", f"wrong {n}")
    assert known.log_in("lena@acme.example").status_code == 303


def test_log_in_log_out_and_failures_are_in_the_audit(app: App, visit: Visit) -> None:
    hire(app, "lena@acme.example")
    browser = visit()
    browser.log_in("lena@acme.example", "wrong")
    browser.log_in("lena@acme.example")
    browser.post("/logout")
    with app.db.read() as session:
        assert [row.what for row in events.newest(session)] == ["session.closed", "session.opened", "session.refused"]


def _plain(page: str, login: str) -> str:
    lines = [line for line in page.splitlines() if "csrf" not in line]
    return "\n".join(lines).replace(login, "")
