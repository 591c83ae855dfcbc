"""Customers: who somebody is to us, accounts joined by a person, how their cases ended, and erasing them."""

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from bot.app import App
from bot.store import events, profiles
from bot.store.tables import CaseRow, CustomerRow, HandleRow, MentionRow, RecoveryRow
from bot.store.tables_desk import JoinedRow
from tests.web.conftest import Browser, hire
from tests.web.seed import BRAND, Seed, enter

Visit = Callable[[], Browser]


@pytest.fixture
def seed(app: App) -> Seed:
    made = Seed(app)
    made.brand()
    return made


def person(app: App, visit: Visit, role: str = "agent", brands: tuple[str, ...] = ()) -> Browser:
    browser = visit()
    enter(app, browser, hire(app, f"{role}{len(brands)}@acme.example", role, brands))
    return browser


def customer_of(app: App, case_id: int) -> int:
    with app.db.read() as session:
        case = session.get(CaseRow, case_id)
        assert case is not None
        return case.customer_id


def own_author(app: App) -> None:
    """The seed's handles and posts name the same author, as the triage step makes them."""
    with app.db.begin() as session:
        for handle in session.exec(select(HandleRow)).all():
            handle.author_id = f"a-{handle.handle}"


def test_a_customers_page_shows_accounts_cases_and_how_they_ended(app: App, visit: Visit, seed: Seed) -> None:
    case = seed.case("my bag is lost", "Ada Marlow", ago=900, answered_at=app.clock.now(), state="waiting")
    seed.says(case, "they found it, thank you Northwind")
    with app.db.begin() as session:
        newest = session.exec(select(MentionRow).order_by(col(MentionRow.id).desc())).first()
        session.add(
            RecoveryRow(case_id=case, days=7, outcome="recovered", mentions=[newest.id], decided_at=app.clock.now())
        )
    page = person(app, visit).get(f"/customers/{customer_of(app, case)}")
    assert page.status_code == 200
    for words in ("Ada Marlow", "Recovered", "they found it, thank you Northwind", "adamarlow"):
        assert words in page.text


def test_silence_is_never_shown_as_satisfaction(app: App, visit: Visit, seed: Seed) -> None:
    case = seed.case("lost", "Bo")
    with app.db.begin() as session:
        session.add(RecoveryRow(case_id=case, days=30, outcome="silent", decided_at=app.clock.now(), final=True))
    page = person(app, visit).get(f"/customers/{customer_of(app, case)}").text
    assert "Silent" in page
    assert "Silence is not satisfaction" in page


def test_an_account_is_joined_by_a_person_and_taken_apart_again(app: App, visit: Visit, seed: Seed) -> None:
    first = seed.case("bag lost", "Ada Marlow")
    second = seed.case("still lost", "Ada M", platform="mastodon", handle="ada@town.example")
    own_author(app)
    one, two = customer_of(app, first), customer_of(app, second)
    browser = person(app, visit)
    browser.get(f"/customers/{one}")
    form = {"platform": "mastodon", "handle": "@ada@town.example"}
    assert browser.post(f"/customers/{one}/join", form).status_code == 303
    assert customer_of(app, second) == one
    page = browser.get(f"/customers/{one}").text
    assert "still lost" in page
    assert "joined" in page
    assert "joined to" in browser.get(f"/customers/{two}").text
    with app.db.read() as session:
        assert {row.customer_id for row in session.exec(select(MentionRow)).all()} == {one}
        joined = session.exec(select(JoinedRow.id)).one()
    assert browser.post(f"/customers/{one}/part", {"joined": joined}).status_code == 303
    assert customer_of(app, second) == two
    assert customer_of(app, first) == one
    assert browser.post(f"/customers/{one}/part", {"joined": joined}).status_code == 409


def test_x_asks_that_the_person_agreed(app: App, visit: Visit, seed: Seed) -> None:
    one = customer_of(app, seed.case("bag lost", "Ada Marlow"))
    seed.case("bag lost", "Ada", platform="x", handle="ada_x")
    browser = person(app, visit)
    browser.get(f"/customers/{one}")
    refused = browser.post(f"/customers/{one}/join", {"platform": "x", "handle": "ada_x"})
    assert refused.status_code == 409
    assert "X asks that the person agreed" in refused.text
    agreed = {"platform": "x", "handle": "ada_x", "consent": "yes"}
    assert browser.post(f"/customers/{one}/join", agreed).status_code == 303
    assert "they agreed" in browser.get(f"/customers/{one}").text


def test_an_account_nobody_wrote_from_is_not_joined(app: App, visit: Visit, seed: Seed) -> None:
    one = customer_of(app, seed.case("bag lost", "Ada Marlow"))
    browser = person(app, visit)
    browser.get(f"/customers/{one}")
    for handle in ("nobody", "ada", ""):
        refused = browser.post(f"/customers/{one}/join", {"platform": "bluesky", "handle": handle})
        assert refused.status_code == 409


def test_the_tier_and_note_are_kept_and_stand_on_the_case(app: App, visit: Visit, seed: Seed) -> None:
    case = seed.case("bag lost", "Ada Marlow")
    one = customer_of(app, case)
    browser = person(app, visit)
    browser.get(f"/customers/{one}")
    form = {"name": "Ada Marlow", "tier": "vip", "note": "Flies every week"}
    assert browser.post(f"/customers/{one}/describe", form).status_code == 303
    assert "Flies every week" in browser.get(f"/cases/{case}").text
    assert "VIP" in browser.get("/customers").text
    assert browser.post(f"/customers/{one}/describe", {"tier": "king"}).status_code == 409
    with app.db.read() as session:
        assert [row.what for row in events.of(session, f"customer:{one}")] == ["customer.changed"]


def test_a_customer_of_another_brand_looks_like_none(app: App, visit: Visit, seed: Seed) -> None:
    seed.brand("Borealis")
    theirs = customer_of(app, seed.case("secret words", "Dee Hidden", brand="Borealis"))
    browser = person(app, visit, "admin", (BRAND,))
    made_up = browser.get("/customers/9999")
    for path in (f"/customers/{theirs}", f"/customers/{theirs}/erase"):
        answer = browser.get(path)
        assert (answer.status_code, answer.text) == (404, browser.get(path.replace(str(theirs), "9999")).text)
    assert made_up.status_code == 404
    assert "Dee Hidden" not in browser.get("/customers").text + browser.get("/customers?q=dee").text
    assert browser.post(f"/customers/{theirs}/describe", {"name": "x"}).status_code == 404
    assert browser.post(f"/customers/{theirs}/erase", {"sure": "yes"}).status_code == 404


def test_customers_are_found_by_the_beginning_of_a_name_or_account(app: App, visit: Visit, seed: Seed) -> None:
    seed.case("one", "Ada Marlow")
    seed.case("two", "Bo Lindgren", handle="zed_100%")
    browser = person(app, visit)
    assert "Ada Marlow" in browser.get("/customers?q=ada").text
    assert "Bo Lindgren" in browser.get("/customers?q=%40zed_100%25").text
    nothing = browser.get("/customers?q=zedx").text
    assert "Bo Lindgren" not in nothing
    assert "begins like that" in nothing


def test_only_an_admin_may_erase_and_has_to_be_sure(app: App, visit: Visit, seed: Seed) -> None:
    one = customer_of(app, case := seed.case("bag lost", "Ada Marlow"))
    own_author(app)
    agent = person(app, visit)
    assert agent.get(f"/customers/{one}/erase").status_code == 403
    admin = person(app, visit, "admin")
    preview = admin.get(f"/customers/{one}/erase")
    assert "this is what goes" in preview.text
    assert admin.post(f"/customers/{one}/erase").status_code == 422
    with app.db.read() as session:
        assert session.get(CustomerRow, one).name == "Ada Marlow"
    receipt = admin.post(f"/customers/{one}/erase", {"sure": "yes"})
    assert receipt.status_code == 200
    assert "receipt" in receipt.text
    page = admin.get(f"/customers/{one}").text
    assert "erased" in page
    assert "Ada" not in page
    shown = admin.get(f"/cases/{case}").text
    assert "Someone waited" in shown
    assert "Erased with its customer" in shown
    assert "Ada" not in shown
    assert "10 min, ended, not answered" in shown
    assert "waiting" not in shown.split("Two clocks")[1].split("</table>")[0]


def test_a_list_of_a_thousand_customers_is_cut(app: App) -> None:
    seed = Seed(app)
    seed.brand()
    for number in range(60):
        seed.case("x", f"Person {number}", read=False)
    with app.db.read() as session:
        assert len(profiles.listed(session, None)) == 50
        assert len(profiles.listed(session, None, "person 1")) == 11
        assert profiles.listed(session, ["Elsewhere"]) == []


def test_an_admin_gets_a_copy_of_a_person_and_it_is_written_down(app: App, visit: Visit, seed: Seed) -> None:
    one = customer_of(app, seed.case("bag lost, write to ada@example.org", "Ada Marlow"))
    seed.case("other words", "Bo Lindgren")
    own_author(app)
    assert person(app, visit).post(f"/customers/{one}/copy").status_code == 403
    admin = person(app, visit, "admin")
    assert "Copy for them" in admin.get(f"/customers/{one}").text
    answer = admin.post(f"/customers/{one}/copy")
    assert answer.headers["content-disposition"] == f'attachment; filename="customer-{one}.json"'
    told = answer.json()
    assert [post["text"] for post in told["posts"]] == [
        "bag lost, write to ada@example.org"
    ]  # nothing of theirs masked
    assert told["customers"][0]["name"] == "Ada Marlow"
    assert len(told["cases"]) == 1
    assert "Bo" not in answer.text
    shown = admin.post(f"/customers/{one}/copy", {"form": "html"})
    assert shown.headers["content-disposition"] == f'attachment; filename="customer-{one}.html"'
    assert "bag lost, write to ada@example.org" in shown.text
    assert "Bo" not in shown.text
    with app.db.read() as session:
        event, _again = [row for row in events.of(session, f"customer:{one}") if row.what == "customer.copied"]
    assert event.actor.startswith("account:")
    assert "ada" not in event.facts.lower()


def test_an_admin_of_some_brands_is_told_who_may_erase_and_copy(app: App, visit: Visit, seed: Seed) -> None:
    seed.brand("Borealis")
    one = customer_of(app, seed.case("bag lost", "Ada Marlow"))
    browser = person(app, visit, "admin", (BRAND,))
    assert "an admin of all brands does that" in browser.get(f"/customers/{one}").text
    asked = (
        browser.get(f"/customers/{one}/erase"),
        browser.post(f"/customers/{one}/erase", {"sure": "yes"}),
        browser.post(f"/customers/{one}/copy"),
    )
    assert [(answer.status_code, "only an admin of all brands" in answer.text) for answer in asked] == [(403, True)] * 3
    with app.db.read() as session:
        assert session.get(CustomerRow, one).name == "Ada Marlow"  # type: ignore[union-attr]
