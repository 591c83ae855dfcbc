"""The second step at sign-in: set up, asked for, used once, recovered from, reset, required."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot import ids
from bot.app import App
from bot.cli import accounts, setup
from bot.clock import HandClock
from bot.core import second
from bot.store import events, people, seconds
from bot.web import passwords
from tests.web.conftest import HASH, PASSWORD, Browser, hire

Visit = Callable[[], Browser]
LENA = "lena@acme.example"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2 is right in life and costs seconds here; one test below goes without this."""
    hashed, fits = passwords.hashed, passwords.fits

    def cheap(word: str) -> str:
        return f"plain {word}" if len(word) == second.RECOVERY_SIZE + 1 else hashed(word)

    def quick(stored: str | None, word: str) -> bool:
        if stored == HASH:
            return word == PASSWORD
        return stored == f"plain {word}" or (stored is not None and fits(stored, word))

    monkeypatch.setattr(passwords, "hashed", cheap)
    monkeypatch.setattr(passwords, "fits", quick)


def set_up(app: App, browser: Browser) -> tuple[bytes, list[str]]:
    """Turn the second step on in this browser: the secret and the ten codes."""
    page = browser.post("/me/second/begin", {"password": PASSWORD}).text
    secret, token = shown(page)
    done = browser.post("/me/second/confirm", {"token": token, "code": code_of(app, secret)})
    assert done.status_code == 200, done.text
    browser.get("/me/second")
    return secret, re.findall(r"\d-[a-z2-9]{5}-[a-z2-9]{5}", done.text)


def shown(page: str) -> tuple[bytes, str]:
    words = re.search(r'id="secret" type="text" readonly value="([A-Z2-7 ]+)"', page)
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert words is not None
    assert token is not None
    return second.bytes_of(words[1]), token[1]


def code_of(app: App, secret: bytes, ahead: int = 0) -> str:
    return second.code_at(secret, second.step_at(app.clock.now()) + ahead)


def whats(app: App) -> list[str]:
    with app.db.read() as session:
        return [row.what for row in events.newest(session)]


@pytest.fixture
def lena(app: App, visit: Visit) -> Browser:
    hire(app, LENA)
    browser = visit()
    browser.log_in(LENA)
    return browser


def test_after_the_password_the_code_is_asked_for(app: App, visit: Visit, clock: HandClock, lena: Browser) -> None:
    secret, _codes = set_up(app, lena)
    browser = visit()
    answer = browser.log_in(LENA, next="/mine")
    assert answer.headers["location"] == "/login/code"
    assert browser.get("/mine").headers["location"].startswith("/login"), "the password alone opens nothing"
    browser.get("/login/code")
    assert browser.post("/login/code", {"code": "000000"}).status_code == 401
    clock.move(timedelta(seconds=30))
    through = browser.post("/login/code", {"code": code_of(app, secret)})
    assert (through.status_code, through.headers["location"]) == (303, "/mine")
    assert browser.get("/mine").status_code == 200
    assert whats(app)[:2] == ["session.opened", "session.refused"]


def test_a_code_works_once(app: App, visit: Visit, clock: HandClock, lena: Browser) -> None:
    secret, _codes = set_up(app, lena)
    first, other = visit(), visit()
    for browser in (first, other):
        browser.log_in(LENA)
        browser.get("/login/code")
    used = first.post("/login/code", {"code": code_of(app, secret)})
    assert used.status_code == 401, "the one that turned it on signs nobody in"
    clock.move(timedelta(seconds=60))
    code = code_of(app, secret)
    assert first.post("/login/code", {"code": code}).status_code == 303
    assert other.post("/login/code", {"code": code}).status_code == 401
    assert other.post("/login/code", {"code": code_of(app, secret, -1)}).status_code == 401, "nor the one before it"
    assert other.post("/login/code", {"code": code_of(app, secret, 1)}).status_code == 303


def test_a_recovery_code_works_once_and_is_in_the_audit(app: App, visit: Visit, lena: Browser) -> None:
    _secret, spare = set_up(app, lena)
    assert len(set(spare)) == 10
    for expected in (303, 401):
        browser = visit()
        browser.log_in(LENA)
        browser.get("/login/code")
        assert browser.post("/login/code", {"code": spare[3].upper()}).status_code == expected
    assert "second.recovered" in whats(app)
    with app.db.read() as session:
        assert seconds.codes_left(session, 1) == 9


def test_recovery_codes_are_kept_as_argon2_hashes_and_the_secret_in_a_file(
    app: App, lena: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.undo()
    secret, spare = set_up(app, lena)
    (file,) = (app.settings.home / "secrets").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    held = (app.settings.home / "earshot.sqlite").read_bytes()
    held += (app.settings.home / "earshot.sqlite-wal").read_bytes() + caplog.text.encode()
    words = second.words_of(secret)
    for hidden in (words, words.replace(" ", ""), spare[0], spare[0].replace("-", "")):
        assert hidden.encode() not in held
    with app.db.read() as session:
        assert (seconds.code_hash(session, 1, 0) or "").startswith("$argon2id$")


def test_guessing_codes_gets_slow_and_the_owners_browser_gets_in(
    app: App, visit: Visit, clock: HandClock, lena: Browser
) -> None:
    secret, _codes = set_up(app, lena)
    lena.post("/logout")
    thief = visit()
    thief.client.cookies.clear()
    thief.log_in(LENA)
    thief.get("/login/code")
    tries = [thief.post("/login/code", {"code": f"{n:06}"}).status_code for n in range(7)]
    assert tries == [401, 401, 401, 401, 429, 429, 429]
    clock.move(timedelta(seconds=30))
    assert thief.post("/login/code", {"code": code_of(app, secret)}).status_code == 303, "a wait, no lock"
    clock.move(timedelta(seconds=30))
    for n in range(7):
        thief.log_in(LENA)
        thief.get("/login/code")
        thief.post("/login/code", {"code": f"{n:06}"})
    lena.log_in(LENA)
    lena.get("/login/code")
    clock.move(timedelta(seconds=1))
    answer = lena.post("/login/code", {"code": code_of(app, secret)})
    assert answer.status_code == 303


def test_wrong_codes_before_a_right_one_are_told(app: App, visit: Visit, clock: HandClock, lena: Browser) -> None:
    secret, _codes = set_up(app, lena)
    with app.db.begin() as session:
        for _ in range(6):
            seconds.missed(session, 1)
    clock.move(timedelta(seconds=30))
    browser = visit()
    browser.log_in(LENA)
    browser.get("/login/code")
    where = browser.post("/login/code", {"code": code_of(app, secret)}).headers["location"]
    assert "6 wrong codes" in browser.get(where).text


def test_the_password_step_lasts_ten_minutes_and_is_spent(
    app: App, visit: Visit, clock: HandClock, lena: Browser
) -> None:
    secret, _codes = set_up(app, lena)
    late, twice = visit(), visit()
    late.log_in(LENA)
    clock.move(timedelta(minutes=10, seconds=1))
    assert late.get("/login/code").headers["location"] == "/login"
    assert late.post("/login/code", {"code": code_of(app, secret)}).headers["location"] == "/login"
    twice.log_in(LENA)
    twice.get("/login/code")
    cookie = twice.client.cookies["earshot-halfway"]
    assert twice.post("/login/code", {"code": code_of(app, secret)}).status_code == 303
    twice.client.cookies.clear()
    twice.client.cookies.set("earshot-halfway", cookie)
    assert twice.get("/login/code").headers["location"] == "/login"


def test_a_new_password_by_link_still_asks_for_the_code(app: App, visit: Visit, lena: Browser) -> None:
    set_up(app, lena)
    token = ids.token()
    with app.db.begin() as session:
        people.make_link(session, ids.digest_of(token), "password", {"account": 1}, app.clock.now(), timedelta(hours=1))
    browser = visit()
    browser.get(f"/join/{token}")
    answer = browser.post(f"/join/{token}", {"password": "seven quiet herons wade"})
    assert answer.headers["location"] == "/login/code"
    assert browser.get("/me").status_code == 303


def test_setting_up_needs_the_password_and_a_code_of_that_page(app: App, visit: Visit, lena: Browser) -> None:
    assert lena.post("/me/second/begin", {"password": "not it at all"}).status_code == 422
    page = lena.post("/me/second/begin", {"password": PASSWORD}).text
    secret, old = shown(page)
    assert '<svg class="qr"' in page
    wrong = lena.post("/me/second/confirm", {"token": old, "code": "000000"})
    assert wrong.status_code == 422
    assert shown(wrong.text) == (secret, old), "one may try again"
    _newer, _token = shown(lena.post("/me/second/begin", {"password": PASSWORD}).text)
    assert lena.post("/me/second/confirm", {"token": old, "code": code_of(app, secret)}).status_code == 422
    (file,) = (app.settings.home / "secrets").iterdir()
    held = file.read_text()
    file.unlink()
    late = lena.post("/me/second/confirm", {"token": _token, "code": code_of(app, _newer)})
    assert (late.status_code, "Begin again" in late.text) == (422, True)
    file.write_text(held)
    eve = visit()
    hire(app, "eve@acme.example")
    eve.log_in("eve@acme.example")
    assert eve.post("/me/second/confirm", {"token": _token, "code": code_of(app, _newer)}).status_code == 422
    with app.db.read() as session:
        assert seconds.having(session) == frozenset()
    assert "readonly" not in lena.get("/me/second").text, "a page that is only looked at shows no secret"


def test_turning_it_on_ends_log_ins_elsewhere_and_renews_this_one(app: App, visit: Visit, lena: Browser) -> None:
    elsewhere, before = visit(), lena.client.cookies["earshot"]
    elsewhere.log_in(LENA)
    set_up(app, lena)
    assert lena.client.cookies["earshot"] != before
    assert elsewhere.get("/me").status_code == 303
    assert lena.get("/me").status_code == 200


def test_an_open_page_is_not_enough_to_change_it(app: App, clock: HandClock, lena: Browser) -> None:
    secret, spare = set_up(app, lena)
    clock.move(timedelta(seconds=30))
    for number, act in enumerate(("codes", "move", "off")):
        weak = ({}, {"password": PASSWORD}, {"password": PASSWORD, "code": "000000"}, {"code": spare[number]})
        for proof in weak:
            assert lena.post("/me/second/change", {"act": act, **proof}).status_code in (422, 429)
        clock.move(timedelta(minutes=6))
        answer = lena.post("/me/second/change", {"act": act, "password": PASSWORD, "code": code_of(app, secret)})
        assert answer.status_code == 200
        with app.db.read() as session:
            assert (seconds.get(session, 1) is None) is (act == "off")
            assert seconds.codes_left(session, 1) == (0 if act == "off" else 10)
        assert len(list((app.settings.home / "secrets").iterdir())) == {"codes": 1, "move": 2, "off": 0}[act]


def test_another_phone_takes_over_only_once_it_has_shown_a_code(
    app: App, visit: Visit, clock: HandClock, lena: Browser
) -> None:
    old, _codes = set_up(app, lena)
    clock.move(timedelta(seconds=30))
    page = lena.post("/me/second/change", {"act": "move", "password": PASSWORD, "code": code_of(app, old)}).text
    new, token = shown(page)
    clock.move(timedelta(seconds=30))
    still = visit()
    still.log_in(LENA)
    still.get("/login/code")
    assert still.post("/login/code", {"code": code_of(app, old)}).status_code == 303
    assert lena.post("/me/second/confirm", {"token": token, "code": code_of(app, new)}).status_code == 200
    clock.move(timedelta(seconds=30))
    browser = visit()
    browser.log_in(LENA)
    browser.get("/login/code")
    assert browser.post("/login/code", {"code": code_of(app, old)}).status_code == 401
    assert browser.post("/login/code", {"code": code_of(app, new)}).status_code == 303
    assert len(list((app.settings.home / "secrets").iterdir())) == 1


def test_an_admin_takes_it_away_and_the_audit_has_it(app: App, visit: Visit, lena: Browser) -> None:
    set_up(app, lena)
    hire(app, "ada@acme.example", "admin")
    ada = visit()
    ada.log_in("ada@acme.example")
    hire(app, "eve@acme.example", "admin", ("Acme",))
    eve = visit()
    eve.log_in("eve@acme.example")
    assert eve.post("/people/1/second-off").status_code == 404, "nobody of other brands"
    assert eve.post("/people/second", {"role": "agent"}).status_code == 403, "and nobody else's role"
    assert "Second step off" in ada.get("/people").text
    assert ada.post("/people/1/second-off").status_code == 200
    assert ada.post("/people/1/second-off").status_code == 422
    assert whats(app)[0] == "second.reset"
    assert lena.get("/me").status_code == 303, "what was open ends"
    assert visit().log_in(LENA).headers["location"] == "/"
    assert list((app.settings.home / "secrets").iterdir()) == []


def test_a_role_that_must_have_one_sets_it_up_before_anything_else(app: App, visit: Visit, lena: Browser) -> None:
    hire(app, "ada@acme.example", "admin")
    ada = visit()
    ada.log_in("ada@acme.example")
    done = ada.post("/people/second", {"role": ["agent", "lead", "operator"]})
    assert "1 who are signed in" in done.text
    with app.db.read() as session:
        assert seconds.roles(session) == ("agent", "lead"), "a role above one's own stays as it is"
    for path in ("/", "/me", "/cases/1", "/customers"):
        assert lena.get(path).headers["location"] == "/me/second", path
    assert lena.post("/me/password", {"password": PASSWORD, "new": "x"}).status_code == 403
    assert lena.client.get("/api/v1/cases").status_code == 403
    assert ada.get("/me").status_code == 200
    again = visit()
    again.log_in(LENA)
    assert again.get("/").headers["location"] == "/me/second", "at the next sign-in too"
    ada.post("/people/second", {"role": []})
    assert again.get("/").status_code == 200, "until nobody must"
    ada.post("/people/second", {"role": ["agent"]})
    page = lena.get("/me/second").text
    assert "Your role needs it" in page
    set_up(app, lena)
    assert lena.get("/").status_code == 200
    assert lena.post("/me/second/change", {"act": "off"}).status_code == 422, "nor can it be turned off again"


def test_keys_for_programs_go_on_working(app: App, lena: Browser) -> None:
    page = lena.post("/me/keys", {"called": "wall", "scope": "read"}).text
    key = re.search(r'id="once" type="text" readonly value="([^"]+)"', page)
    assert key is not None
    lena.get("/me")
    set_up(app, lena)
    with app.db.begin() as session:
        seconds.require(session, ["agent"], app.clock.now())
    lena.client.cookies.clear()
    answer = lena.client.get("/api/v1/cases", headers={"authorization": f"Bearer {key[1]}"})
    assert answer.status_code == 200


def test_a_lost_file_leaves_the_recovery_codes(app: App, visit: Visit, lena: Browser) -> None:
    secret, spare = set_up(app, lena)
    (file,) = (app.settings.home / "secrets").iterdir()
    file.unlink()
    browser = visit()
    browser.log_in(LENA)
    browser.get("/login/code")
    assert browser.post("/login/code", {"code": code_of(app, secret, 1)}).status_code == 401
    assert browser.post("/login/code", {"code": spare[9]}).status_code == 303


def test_an_operator_lets_somebody_in_from_the_machine(
    app: App, visit: Visit, lena: Browser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(app, lena)
    monkeypatch.setattr(setup, "app_now", lambda: app)
    monkeypatch.setattr(app.db, "close", lambda: None)
    accounts.link(LENA)
    address = capsys.readouterr().out.strip()
    browser = visit()
    browser.get(address)
    answer = browser.post(address, {"password": "seven quiet herons wade"})
    assert answer.headers["location"] == "/login/code", "the link replaces the password alone"
    accounts.second_off(LENA)
    with pytest.raises(ValueError, match="has no second step"):
        accounts.second_off(LENA)
    with pytest.raises(ValueError, match="nobody signs in as"):
        accounts.link("eve@acme.example")
    assert visit().log_in(LENA, "seven quiet herons wade").headers["location"] == "/"
    with app.db.read() as session:
        told = [(row.what, row.actor) for row in events.newest(session)]
    assert ("second.reset", "operator") in told
    assert ("link.made", "operator") in told
