"""Single sign-on against a real small provider on loopback: the right people get in, nobody else by any trick."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from httpx import Response
from sqlmodel import update
from starlette.testclient import TestClient

from bot.app import App
from bot.clock import HandClock
from bot.store import events, identities, people, seconds
from bot.store.tables_house import SessionRow
from bot.web import app as web_app
from bot.web import links
from config.settings import SignOn
from tests.fakes.oidc import Fake, other_key, provider
from tests.web.conftest import ADDRESS, Browser, hire
from tests.web.seed import enter

LENA = {"email": "Lena@Acme.example", "email_verified": True, "name": "Lena Fox"}


@pytest.fixture
def fake(clock: HandClock) -> Iterator[Fake]:
    with provider() as made:
        made.now, made.person = clock.now().timestamp(), dict(LENA)
        yield made


@pytest.fixture
def open_house(make_app: Callable[..., App], fake: Fake) -> Iterator[Callable[..., tuple[App, Callable[[], Browser]]]]:
    """An Earshot whose people sign in at the fake provider."""
    clients: list[TestClient] = []

    def make(**more: Any) -> tuple[App, Callable[[], Browser]]:
        told = {"issuer": fake.issuer, "client_id": fake.client_id, "client_secret": fake.client_secret} | more
        app = make_app(private_addresses=True, sign_on=SignOn(**told))
        web = web_app.create(app)

        def visit() -> Browser:
            client = TestClient(web, base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 5000))
            clients.append(client)
            return Browser(client)

        return app, visit

    yield make
    for client in clients:
        client.close()


def back_of(browser: Browser, where: str = "/") -> str:
    """Go to the provider as the browser would; the address it leads back to."""
    left = browser.get("/sign-on", params={"next": where})
    assert left.status_code == 303, left.text
    return str(httpx.get(left.headers["location"]).headers["location"]).removeprefix(ADDRESS)


def sign_on(browser: Browser, where: str = "/") -> Response:
    return browser.get(back_of(browser, where))


def test_an_invited_person_signs_in_and_lands_where_they_wanted(open_house: Any) -> None:
    app, visit = open_house()
    lena = hire(app, "lena@acme.example")
    browser = visit()
    page = browser.get("/login").text
    assert "Sign in with single sign-on" in page
    assert 'name="password"' in page
    answer = sign_on(browser, "/search?q=bag")
    assert (answer.status_code, answer.headers["location"]) == (303, "/search?q=bag")
    assert "Lena" in browser.get("/me").text
    with app.db.read() as session:
        assert len(identities.of(session, lena.id or 0)) == 1
        assert "account.linked" in [row.what for row in events.of(session, f"account:{lena.id}")]
    again = visit()
    assert sign_on(again).status_code == 303  # linked now: the address is no longer asked for


def test_a_log_in_from_before_ways_were_noted_owes_no_second_step_if_it_came_from_there(open_house: Any) -> None:
    app, visit = open_house()
    lena, otis = hire(app, "lena@acme.example"), hire(app, "otis@acme.example")
    browser, other = visit(), visit()
    sign_on(browser)
    enter(app, other, otis)
    with app.db.begin() as session:
        session.exec(update(SessionRow).values(way=""))
        assert seconds.require(session, [lena.role], app.clock.now()) == 1
    assert browser.get("/").status_code == 200
    assert other.get("/").headers["location"] == "/me/second", "a password may have been enough for this one"


def test_who_was_linked_gets_in_under_a_new_address(open_house: Any, fake: Fake) -> None:
    app, visit = open_house()
    hire(app, "lena@acme.example")
    sign_on(visit())
    fake.person["email"] = "lena.new@acme.example"
    browser = visit()
    assert sign_on(browser).status_code == 303
    assert "lena@acme.example" in browser.get("/me").text


def test_an_open_invitation_is_accepted_by_signing_in(open_house: Any, fake: Fake) -> None:
    app, visit = open_house()
    boss = visit()
    enter(app, boss, hire(app, "boss@acme.example", "admin"))
    boss.get("/people")
    boss.post("/people/invite", {"login": "lena@acme.example", "role": "lead"})
    assert sign_on(visit()).status_code == 303
    with app.db.read() as session:
        made = people.by_login(session, "lena@acme.example")
        assert made is not None
        assert (made.role, made.name) == ("lead", "Lena Fox")
        assert people.links_of(session, "invite", app.clock.now()) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"email_verified": False}, "has not checked your e-mail"),
        ({"email_verified": "true"}, "has not checked your e-mail"),
        ({"email_verified": None}, "has not checked your e-mail"),
        ({"email": "eve@acme.example"}, "Nobody here has the address"),
        ({"aud": "another"}, "meant for another program"),
        ({"aud": ["earshot", "another"]}, "meant for another program"),
        ({"azp": "another"}, "meant for another program"),
        ({"iss": "https://evil.test"}, "from another service"),
        ({"nonce": "stolen"}, "asked for by somebody else"),
        ({"nonce": None}, "asked for by somebody else"),
        ({"exp": 1}, "too old"),
        ({"exp": None}, "too old"),
        ({"iat": 32503680000}, "from the future"),
        ({"sub": ""}, "names nobody"),
        ({"sub": None}, "names nobody"),
    ],
)
def test_a_proof_that_does_not_hold_lets_nobody_in(
    open_house: Any, fake: Fake, change: dict[str, Any], why: str
) -> None:
    app, visit = open_house()
    hire(app, "lena@acme.example")
    fake.claims = change
    browser = visit()
    answer = sign_on(browser)
    assert answer.status_code == 403
    assert why in answer.text
    assert browser.get("/me").status_code == 303
    with app.db.read() as session:
        assert events.newest(session, 1)[0].what == "session.refused"


def test_an_unsigned_or_wrongly_signed_proof_is_refused(open_house: Any, fake: Fake) -> None:
    app, visit = open_house()
    hire(app, "lena@acme.example")
    fake.sign_with = other_key()
    assert sign_on(visit()).status_code == 403
    fake.sign_with, fake.alg = None, "none"
    assert sign_on(visit()).status_code == 403


def test_a_provider_that_changed_its_keys_is_believed_after_asking_for_them(
    open_house: Any, fake: Fake, clock: HandClock
) -> None:
    app, visit = open_house()
    hire(app, "lena@acme.example")
    assert sign_on(visit()).status_code == 303
    fake.keys = [other_key("two")]
    clock.move(timedelta(minutes=1))
    fake.now = clock.now().timestamp()
    assert sign_on(visit()).status_code == 303


def test_the_way_back_works_once_soon_and_in_the_same_browser(open_house: Any, fake: Fake, clock: HandClock) -> None:
    app, visit = open_house()
    hire(app, "lena@acme.example")
    browser, thief = visit(), visit()
    back = back_of(browser)
    thief.get("/login")
    assert thief.get(back).status_code == 400  # a link made in another browser signs nobody in
    assert browser.get(back).status_code == 303
    fresh = visit()
    used = back_of(fresh)
    assert fresh.get(used).status_code == 303
    assert fresh.get(used).status_code == 400
    late = visit()
    back = back_of(late)
    clock.move(timedelta(minutes=11))
    assert late.get(back).status_code == 400
    assert late.get("/sign-on/back?state=made-up&code=x").status_code == 400


def test_an_answer_of_another_issuer_is_refused(open_house: Any, fake: Fake) -> None:
    app, visit = open_house()
    hire(app, "lena@acme.example")
    browser = visit()
    back = back_of(browser)
    forged = back.replace(f"iss={fake.issuer.replace(':', '%3A').replace('/', '%2F')}", "iss=https%3A%2F%2Fevil.test")
    assert forged != back
    assert browser.get(forged).status_code == 403


def test_a_disabled_account_stays_out_and_a_second_person_does_not_take_over_the_first(
    open_house: Any, fake: Fake
) -> None:
    app, visit = open_house()
    lena = hire(app, "lena@acme.example")
    sign_on(visit())
    fake.claims = {"sub": "subject-2"}
    answer = sign_on(visit())
    assert answer.status_code == 403
    assert "belongs to somebody else" in answer.text
    with app.db.begin() as session:
        people.change(session, lena.id or 0, disabled_at=app.clock.now())
    fake.claims = {}
    assert sign_on(visit()).status_code == 403


def test_groups_give_roles_where_the_settings_say_so_but_never_take_the_last_admin(open_house: Any, fake: Fake) -> None:
    app, visit = open_house(role_claim="groups", roles={"care-leads": "lead", "care": "agent", "odd": "king"})
    lena = hire(app, "lena@acme.example", "admin")
    fake.claims = {"groups": ["care", "odd"]}
    sign_on(visit())
    with app.db.read() as session:
        assert people.get(session, lena.id or 0).role == "admin"  # type: ignore[union-attr]
    hire(app, "boss@acme.example", "admin")
    fake.claims = {"groups": ["care", "care-leads"]}
    sign_on(visit())
    with app.db.read() as session:
        assert people.get(session, lena.id or 0).role == "lead"  # type: ignore[union-attr]
    fake.claims = {"groups": ["nothing of ours"]}
    sign_on(visit())
    with app.db.read() as session:
        assert people.get(session, lena.id or 0).role == "lead"  # type: ignore[union-attr]


def test_passwords_can_be_switched_off(open_house: Any) -> None:
    app, visit = open_house(only=True)
    hire(app, "lena@acme.example")
    browser = visit()
    assert 'name="password"' not in browser.get("/login").text
    assert browser.post("/login", {"login": "lena@acme.example", "password": "x"}).status_code == 403
    assert sign_on(browser).status_code == 303


def test_an_invitation_sets_no_password_where_everybody_signs_in_elsewhere(open_house: Any) -> None:
    app, visit = open_house(only=True)
    boss = hire(app, "ruth@acme.example", "admin")
    facts = {"login": "mila@acme.example", "role": "agent", "brands": [], "by": boss.id}
    path = f"/join/{links.make(app, 'invite', facts, links.INVITE_LIVES)}"
    guest = visit()
    page = guest.get(path).text
    assert 'href="/sign-on"' in page
    assert 'name="password"' not in page
    assert guest.post(path, {"name": "Mila", "password": "seven blue kettles sing"}).status_code == 403
    with app.db.read() as session:
        assert people.by_login(session, "mila@acme.example") is None


@pytest.mark.parametrize("next_", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)"])
def test_the_way_in_leads_nowhere_else(open_house: Any, next_: str) -> None:
    app, visit = open_house()
    hire(app, "lena@acme.example")
    assert sign_on(visit(), next_).headers["location"] == "/"


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://another.test"},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": ""},
    ],
)
def test_a_provider_that_describes_itself_badly_is_not_used(open_house: Any, fake: Fake, about: dict[str, str]) -> None:
    _, visit = open_house()
    fake.about = about
    assert visit().get("/sign-on").status_code == 502


def test_a_provider_that_is_away_says_so_and_passwords_go_on(open_house: Any, fake: Fake) -> None:
    app, visit = open_house()
    hire(app, "lena@acme.example")
    fake.token_status = 500
    browser = visit()
    assert sign_on(browser).status_code == 502
    assert browser.log_in("lena@acme.example").status_code == 303


def test_what_leaves_for_the_provider_is_another_each_time(open_house: Any) -> None:
    _, visit = open_house()
    asked = [parse_qs(urlsplit(visit().get("/sign-on").headers["location"]).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
    assert asked[0]["code_challenge_method"] == ["S256"]


def test_without_settings_there_is_no_way_and_no_button(app: App, visit: Callable[[], Browser]) -> None:
    hire(app, "lena@acme.example")
    assert visit().get("/sign-on").status_code == 404
    assert "/sign-on" not in visit().get("/login").text
