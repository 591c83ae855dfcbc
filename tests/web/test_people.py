"""Inviting, roles, links, walls between admins."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import HTTPException

from bot.app import App
from bot.clock import HandClock
from bot.store import brands, events, people
from bot.web import people as web_people
from tests.web.conftest import NOON, PASSWORD, Browser, hire

Visit = Callable[[], Browser]


def boss(app: App, visit: Visit, role: str = "admin", brand: tuple[str, ...] = ()) -> Browser:
    hire(app, "ruth@acme.example", role, brand)
    browser = visit()
    browser.log_in("ruth@acme.example")
    return browser


def link_in(page: str) -> str:
    found = re.search(r'value="http://127\.0\.0\.1:8484(/join/[^"]+)"', page)
    assert found is not None, page
    return found[1]


def account(app: App, login: str) -> int:
    with app.db.read() as session:
        row = people.by_login(session, login)
    assert row is not None
    return row.id or 0


def make_brands(app: App, *names: str) -> None:
    with app.db.begin() as session:
        for name in names:
            brands.save(session, brands.parsed(f'{{"name": "{name}"}}'), "web", NOON, "earshot")


def test_an_invited_person_joins_with_the_role_and_brands_they_were_given(app: App, visit: Visit) -> None:
    make_brands(app, "Acme", "Borealis")
    admin = boss(app, visit)
    path = link_in(admin.post("/people/invite", {"login": "Otis@Acme.example", "role": "lead", "brand": "Acme"}).text)
    guest = visit()
    assert "otis@acme.example" in guest.get(path).text
    sent = {"name": "Otis", "password": PASSWORD, "role": "operator", "brand": "Borealis", "login": "eve@evil.test"}
    assert guest.post(path, sent).headers["location"] == "/"
    with app.db.read() as session:
        row = people.by_login(session, "otis@acme.example")
    assert row is not None
    assert (row.name, row.role, row.brands) == ("Otis", "lead", ["Acme"])
    assert guest.get("/me").status_code == 200


def test_brands_that_are_only_watched_are_no_choice_for_people_and_rotas(app: App, visit: Visit) -> None:
    make_brands(app, "Acme", "Borealis")
    with app.db.begin() as session:
        brands.save(session, brands.parsed('{"name": "Rivalry", "competitor": true}'), "web", NOON, "earshot")
    admin = boss(app, visit)
    for page in (admin.get("/people").text, admin.get("/oncall").text):
        assert "Borealis" in page
        assert "Rivalry" not in page


def test_a_link_works_once_and_not_after_three_days(app: App, visit: Visit, clock: HandClock) -> None:
    admin = boss(app, visit)
    path = link_in(admin.post("/people/invite", {"login": "otis@acme.example", "role": "agent"}).text)
    guest = visit()
    guest.get(path)
    assert guest.post(path, {"name": "Otis", "password": PASSWORD}).status_code == 303
    again = visit()
    assert again.get(path).status_code == 404
    admin.log_in("ruth@acme.example")
    other = link_in(admin.post("/people/invite", {"login": "mila@acme.example", "role": "agent"}).text)
    clock.move(timedelta(days=3))
    assert visit().get(other).status_code == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"login": "otis", "role": "agent"}, "e-mail"),
        ({"login": "otis@acme.example", "role": "operator"}, "up to your own"),
        ({"login": "otis@acme.example", "role": "emperor"}, "up to your own"),
        ({"login": "ruth@acme.example", "role": "agent"}, "an account already"),
    ],
)
def test_an_invitation_that_cannot_be_says_why(app: App, visit: Visit, form: dict[str, str], said: str) -> None:
    answer = boss(app, visit).post("/people/invite", form)
    assert answer.status_code == 422
    assert said in answer.text
    assert "/join/" not in answer.text


def test_a_walled_admin_invites_only_to_their_own_brands(app: App, visit: Visit) -> None:
    make_brands(app, "Acme", "Borealis")
    admin = boss(app, visit, brand=("Acme",))
    assert "Borealis" not in admin.get("/people").text
    form = {"login": "otis@acme.example", "role": "agent"}
    assert admin.post("/people/invite", form).status_code == 422
    hidden = admin.post("/people/invite", form | {"brand": "Borealis"})
    made_up = admin.post("/people/invite", form | {"brand": "Nobody"})
    assert hidden.status_code == made_up.status_code == 422
    assert "One of these brands does not exist." in hidden.text
    assert admin.post("/people/invite", form | {"brand": "Acme"}).status_code == 200


def test_a_walled_admin_neither_sees_nor_touches_people_beyond_the_wall(app: App, visit: Visit) -> None:
    make_brands(app, "Acme", "Borealis")
    hire(app, "bo@borealis.example", "agent", ("Borealis",))
    hire(app, "all@acme.example", "agent")
    admin = boss(app, visit, brand=("Acme",))
    page = admin.get("/people").text
    assert "bo@borealis" not in page
    assert "all@acme" not in page
    for act in ("disable", "enable", "end-sessions", "link", "role", "slack"):
        answers = [
            admin.post(f"/people/{number}/{act}", {"role": "viewer", "brand": "Acme"})
            for number in (account(app, "bo@borealis.example"), 4_711)
        ]
        assert [each.status_code for each in answers] == [404, 404], act
        assert answers[0].text == answers[1].text


def test_an_admin_cannot_touch_an_operator(app: App, visit: Visit) -> None:
    hire(app, "op@acme.example", "operator")
    admin = boss(app, visit)
    assert admin.post(f"/people/{account(app, 'op@acme.example')}/disable").status_code == 404


def test_a_lower_role_acts_on_the_next_click(app: App, visit: Visit) -> None:
    otis = hire(app, "otis@acme.example", "lead")
    worker = visit()
    worker.log_in("otis@acme.example")
    assert worker.get("/channels").status_code == 200
    boss(app, visit).post(f"/people/{otis.id}/role", {"role": "viewer"})
    assert worker.get("/channels").status_code == 303
    worker.log_in("otis@acme.example")
    assert worker.get("/channels").status_code == 403


def test_a_disabled_person_is_out_and_back_when_let_in_again(app: App, visit: Visit) -> None:
    otis = hire(app, "otis@acme.example")
    worker = visit()
    worker.log_in("otis@acme.example")
    admin = boss(app, visit)
    admin.post(f"/people/{otis.id}/disable")
    assert worker.get("/me").status_code == 303
    assert worker.log_in("otis@acme.example").status_code == 401
    admin.post(f"/people/{otis.id}/enable")
    assert worker.log_in("otis@acme.example").status_code == 303


def test_somebody_who_can_look_after_earshot_always_remains(app: App, visit: Visit) -> None:
    hire(app, "all@acme.example", "operator", ("Acme",))
    admin = boss(app, visit, "operator")
    hire(app, "otis@acme.example", "admin")
    otis = visit()
    otis.log_in("otis@acme.example")
    number = account(app, "otis@acme.example")
    assert admin.post(f"/people/{number}/disable").status_code == 200
    assert admin.post(f"/people/{account(app, 'ruth@acme.example')}/disable").status_code == 404


def test_a_password_link_replaces_the_password_and_ends_every_log_in(app: App, visit: Visit) -> None:
    otis = hire(app, "otis@acme.example")
    worker = visit()
    worker.log_in("otis@acme.example")
    path = link_in(boss(app, visit).post(f"/people/{otis.id}/link").text)
    fresh = visit()
    fresh.get(path)
    assert fresh.post(path, {"password": "seven blue kettles sing"}).status_code == 303
    assert worker.get("/me").status_code == 303
    assert visit().log_in("otis@acme.example").status_code == 401
    assert visit().log_in("otis@acme.example", "seven blue kettles sing").status_code == 303


def test_a_new_password_link_kills_the_one_before_and_dies_in_an_hour(app: App, visit: Visit, clock: HandClock) -> None:
    otis = hire(app, "otis@acme.example")
    admin = boss(app, visit)
    first = link_in(admin.post(f"/people/{otis.id}/link").text)
    second = link_in(admin.post(f"/people/{otis.id}/link").text)
    assert visit().get(first).status_code == 404
    assert visit().get(second).status_code == 200
    clock.move(timedelta(hours=1))
    assert visit().get(second).status_code == 404


def test_the_host_of_a_link_comes_from_the_settings(app: App, visit: Visit) -> None:
    admin = boss(app, visit)
    form = {"login": "otis@acme.example", "role": "agent", "csrf": admin.csrf}
    answer = admin.client.post("/people/invite", data=form, headers={"host": "192.168.1.20:8484"})
    assert "192.168.1.20" not in answer.text
    assert "http://127.0.0.1:8484/join/" in answer.text


def test_what_admins_do_is_in_the_audit(app: App, visit: Visit) -> None:
    otis = hire(app, "otis@acme.example")
    admin = boss(app, visit)
    admin.post("/people/invite", {"login": "mila@acme.example", "role": "agent"})
    admin.post(f"/people/{otis.id}/role", {"role": "viewer"})
    admin.post(f"/people/{otis.id}/slack", {"user": "U123"})
    admin.post(f"/people/{otis.id}/end-sessions")
    admin.post(f"/people/{otis.id}/link")
    admin.post(f"/people/{otis.id}/disable")
    with app.db.read() as session:
        rows = events.newest(session)
        assert events.verify(session) is None
    told = [row.what for row in rows][::-1]
    assert told == [
        "session.opened", "account.invited", "account.role", "account.slack", "sessions.ended", "link.made",
        "account.disabled",
    ]  # fmt: skip
    assert not any("mila" in row.facts for row in rows)


def test_one_slack_member_is_one_person(app: App, visit: Visit) -> None:
    otis, mila = hire(app, "otis@acme.example"), hire(app, "mila@acme.example")
    admin = boss(app, visit)
    assert admin.post(f"/people/{otis.id}/slack", {"user": "U123"}).status_code == 200
    assert admin.post(f"/people/{mila.id}/slack", {"user": "U123"}).status_code == 422
    with app.db.read() as session:
        found = people.by_slack(session, "U123")
    assert found is not None
    assert found.id == otis.id


def test_ones_own_password_needs_the_old_one_and_ends_other_log_ins(app: App, visit: Visit) -> None:
    hire(app, "otis@acme.example")
    here, there = visit(), visit()
    here.log_in("otis@acme.example")
    there.log_in("otis@acme.example")
    before = here.client.cookies["earshot"]
    assert here.post("/me/password", {"password": "wrong", "new": "seven blue kettles sing"}).status_code == 422
    assert here.post("/me/password", {"password": PASSWORD, "new": "otis12345678"}).status_code == 422
    assert here.post("/me/password", {"password": PASSWORD, "new": "seven blue kettles sing"}).status_code == 303
    assert here.client.cookies["earshot"] != before
    assert here.get("/me").status_code == 200
    assert there.get("/me").status_code == 303


def test_one_can_sign_out_everywhere_else(app: App, visit: Visit) -> None:
    hire(app, "otis@acme.example")
    here, there = visit(), visit()
    here.log_in("otis@acme.example")
    there.log_in("otis@acme.example")
    assert here.post("/me/sessions/end").status_code == 200
    assert there.get("/me").status_code == 303
    assert here.get("/me").status_code == 200


def test_an_audit_page_shows_a_broken_chain_and_hides_other_brands(app: App, visit: Visit) -> None:
    with app.db.begin() as session:
        events.add(session, NOON, "account:1", "case.claimed", "case:7", "Acme", fence=1)
        events.add(session, NOON, "account:1", "case.claimed", "case:8", "Borealis canary", fence=1)
    admin = boss(app, visit)
    page = admin.get("/audit?check=true").text
    assert "The chain holds" in page
    assert "Borealis canary" in page
    hire(app, "walled@acme.example", "admin", ("Acme",))
    walled = visit()
    walled.log_in("walled@acme.example")
    page = walled.get("/audit").text
    assert "case 7" in page
    assert "canary" not in page
    assert "case 8" not in page
    with app.db.begin() as session:
        row = events.newest(session)[-1]
        row.facts = "{}"
        session.add(row)
    assert f"Event {row.id} was changed" in admin.get("/audit?check=true").text


def test_an_invitation_does_not_outlive_the_right_of_who_made_it(app: App, visit: Visit) -> None:
    ruth = boss(app, visit, "operator")
    eve = hire(app, "eve@acme.example", "admin")
    browser = visit()
    browser.log_in("eve@acme.example")
    mine = link_in(browser.post("/people/invite", {"login": "eve@evil.test", "role": "admin"}).text)
    otis = hire(app, "otis@acme.example")
    theirs = link_in(browser.post(f"/people/{otis.id}/link").text)
    assert visit().get(mine).status_code == visit().get(theirs).status_code == 200
    ruth.post(f"/people/{eve.id}/disable")
    guest = visit()
    for path in (mine, theirs):
        assert guest.get(path).status_code == 404
        assert guest.post(path, {"name": "Eve", "password": PASSWORD}).status_code in (403, 404)
    assert "no longer works: who made it" in ruth.get("/people").text
    with app.db.read() as session:
        assert people.by_login(session, "eve@evil.test") is None


def test_who_is_invited_again_holds_the_last_link_only_and_it_can_be_withdrawn(app: App, visit: Visit) -> None:
    admin = boss(app, visit)
    first = link_in(admin.post("/people/invite", {"login": "otis@acme.example", "role": "admin"}).text)
    second = link_in(admin.post("/people/invite", {"login": "Otis@acme.example", "role": "viewer"}).text)
    assert visit().get(first).status_code == 404
    assert visit().get(second).status_code == 200
    found = re.search(r'name="invitation" value="([^"]+)"', admin.get("/people").text)
    assert found is not None
    make_brands(app, "Acme", "Borealis")
    hire(app, "walled@acme.example", "admin", ("Acme",))
    walled = visit()
    walled.log_in("walled@acme.example")
    assert "otis@acme.example" not in walled.get("/people").text
    assert walled.post("/people/invitations/end", {"invitation": found[1]}).status_code == 404
    assert admin.post("/people/invitations/end", {"invitation": found[1]}).status_code == 200
    assert visit().get(second).status_code == 404


def test_of_two_who_take_each_others_right_at_once_one_remains(app: App) -> None:
    ruth, eve = (hire(app, f"{name}@acme.example", "operator") for name in ("ruth", "eve"))
    for mine, theirs in ((ruth, eve), (eve, ruth)):  # both pages were let in before either press acted
        with app.db.begin() as session:
            if mine is ruth:
                people.change(session, web_people.other(session, mine, theirs.id or 0).id or 0, disabled_at=NOON)
            else:
                with pytest.raises(HTTPException):
                    web_people.other(session, mine, theirs.id or 0)


def test_an_admin_ends_the_keys_of_somebody_who_stays(app: App, visit: Visit) -> None:
    hire(app, "otis@acme.example")
    worker = visit()
    worker.log_in("otis@acme.example")
    page = worker.post("/me/keys", {"called": "warehouse", "scope": "read"}).text
    found = re.search(r'id="once"[^>]*value="([^"]+)"', page)
    assert found is not None
    program, brought = visit().client, {"authorization": f"Bearer {found[1]}"}
    assert program.get("/api/v1/cases", headers=brought).status_code == 200
    admin = boss(app, visit)
    assert "1 key" in admin.get("/people").text
    admin.post(f"/people/{account(app, 'otis@acme.example')}/end-keys")
    assert program.get("/api/v1/cases", headers=brought).status_code == 401
    assert worker.get("/me").status_code == 200


def test_a_log_that_was_cut_off_is_told_by_who_kept_its_end(app: App, visit: Visit) -> None:
    boss(app, visit).post("/people/invite", {"login": "otis@acme.example", "role": "agent"})
    with app.db.begin() as session:
        end = events.last(session)
        assert end is not None
        kept = end.id or 0, end.hash
        assert events.stands(session, *kept)
        session.delete(end)
    with app.db.begin() as session:
        assert events.verify(session) is None  # what is left is whole
        assert not events.stands(session, *kept)
        events.add(session, NOON, "stranger", "nothing.happened", "", "")
        assert not events.stands(session, *kept)
