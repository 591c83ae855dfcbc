"""Shifts: who is here gets the next case; who goes away gives back; one press takes the next; notes call colleagues."""

import threading
from collections.abc import Callable

import pytest

from bot.app import App
from bot.core.giving import How
from bot.steps import answer as steps
from bot.steps import giving
from bot.steps.answer import shift
from bot.store import cases, events, people, workers
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow
from tests.web.conftest import Browser, hire
from tests.web.seed import BRAND, Seed, enter

Visit = Callable[[], Browser]


@pytest.fixture
def seed(app: App) -> Seed:
    made = Seed(app)
    made.brand()
    return made


def rule(app: App, how: How, capacity: int = 8) -> None:
    with app.db.begin() as session:
        workers.set_rule(session, BRAND, workers.Rule(how, capacity), app.clock.now())


def person(
    app: App, visit: Visit, login: str, role: str = "agent", brands: tuple[str, ...] = ()
) -> tuple[AccountRow, Browser]:
    browser, account = visit(), hire(app, login, role, brands)
    enter(app, browser, account)
    return account, browser


def given(app: App) -> dict[int, int | None]:
    with app.db.read() as session:
        return {row.id or 0: row.assigned_to for row in cases.sections(session, None, app.clock.now()).window}


def test_cases_go_in_turn_to_who_is_here_up_to_what_they_can_have(app: App, visit: Visit, seed: Seed) -> None:
    ann, _ = person(app, visit, "ann")
    ben, _ = person(app, visit, "ben")
    hire(app, "not-signed-in")
    person(app, visit, "reader", "viewer")
    for number in range(5):
        seed.case(f"lost {number}", f"P{number}", ago=number)
    rule(app, How.ROUND, 2)
    assert giving.give_some(app) == 4
    counted = sorted(given(app).values(), key=str)
    assert counted == sorted([ann.id, ann.id, ben.id, ben.id, None], key=str)
    assert giving.give_some(app) == 0
    with app.db.read() as session:
        assert events.verify(session) is None


def test_nothing_is_given_without_a_rule(app: App, visit: Visit, seed: Seed) -> None:
    person(app, visit, "ann")
    seed.case("lost", "P")
    assert giving.give_some(app) == 0
    assert set(given(app).values()) == {None}


def test_who_goes_away_gives_back_what_they_do_not_hold(app: App, visit: Visit, seed: Seed) -> None:
    ann, browser = person(app, visit, "ann")
    held, other = seed.case("held", "P1", ago=3), seed.case("other", "P2", ago=2)
    rule(app, How.LEAST)
    giving.give_some(app)
    steps.claim(app, held, ann.id or 0)
    ben, _ = person(app, visit, "ben")
    assert browser.post("/me/shift", {"gone": "yes"}).status_code == 303
    assert "You are away" in browser.get("/me").text
    giving.give_some(app)
    assert given(app) == {held: ann.id, other: ben.id}
    assert browser.post("/me/shift", {"gone": "no"}).status_code == 303
    assert "On shift" in browser.get("/me").text


def test_the_last_who_helped_a_customer_gets_their_next_case(app: App, visit: Visit, seed: Seed) -> None:
    person(app, visit, "ann")
    ben, _ = person(app, visit, "ben")
    now = app.clock.now()
    first = seed.case("first", "Ada", ago=900, answered_at=now, answered_by=ben.id, state="resolved")
    with app.db.read() as session:
        customer = session.get(CaseRow, first).customer_id  # type: ignore[union-attr]
    again = seed.case("again", "Ada", ago=1, customer=customer)
    rule(app, How.LAST)
    giving.give_some(app)
    assert given(app)[again] == ben.id


def test_a_wall_keeps_a_case_from_who_may_not_see_it(app: App, visit: Visit, seed: Seed) -> None:
    seed.brand("Borealis")
    person(app, visit, "walled", brands=("Borealis",))
    case = seed.case("lost", "P")
    rule(app, How.LEAST)
    assert giving.give_some(app) == 0
    assert given(app)[case] is None


def test_fifty_who_press_next_at_once_get_fifty_cases(app: App, seed: Seed) -> None:
    people = [hire(app, f"a{number}") for number in range(50)]
    for number in range(50):
        seed.case(f"lost {number}", f"P{number}", ago=number % 40, read=False)
    barrier, got = threading.Barrier(50), []

    def press(one: AccountRow) -> None:
        barrier.wait()
        got.append(shift.take_next(app, one.id or 0))

    threads = [threading.Thread(target=press, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claimed = [one.case.id for one in got if isinstance(one, steps.Claimed)]
    assert len(claimed) == len(set(claimed)) == 50


def test_next_leaves_alone_what_others_hold_or_were_given(app: App, visit: Visit, seed: Seed) -> None:
    _, browser = person(app, visit, "ann")
    other = hire(app, "ben")
    held, given_away = seed.case("held", "A", ago=50), seed.case("given", "B", ago=49)
    steps.claim(app, held, other.id or 0)
    steps.assign(app, given_away, other.id or 0, other.id)
    refused = browser.post("/next")
    assert refused.status_code == 409
    assert "Nobody waits whom you could take" in refused.text
    mine = seed.case("mine", "C", ago=1)
    assert browser.post("/next").headers["location"] == f"/cases/{mine}"


def test_the_page_shows_who_is_here_and_keeps_rules(app: App, visit: Visit, seed: Seed) -> None:
    _boss, browser = person(app, visit, "boss", "admin")
    ann, _ = person(app, visit, "ann")
    assert "ann" in browser.get("/shifts").text.lower()
    form = {"brand": BRAND, "how": "least", "capacity": "3"}
    assert browser.post("/shifts/rule", form).status_code == 303
    assert browser.post("/shifts/rule", form | {"brand": "Nobody"}).status_code == 404
    assert browser.post("/shifts/rule", form | {"how": "chance"}).status_code == 404
    about = {"capacity": "2", "languages": "DE, en", "skills": "billing"}
    assert browser.post(f"/shifts/{ann.id}", about).status_code == 303
    with app.db.read() as session:
        assert workers.rule(session, BRAND) == workers.Rule(How.LEAST, 3)
        row = workers.get(session, ann.id or 0)
        assert (row.capacity, row.languages, row.skills) == (2, ["de", "en"], ["billing"])
    agent = person(app, visit, "other")[1]
    assert agent.get("/shifts").status_code == 403


def test_a_case_in_a_language_the_brand_does_not_answer_in_goes_to_who_speaks_one_of_its_own(
    app: App, visit: Visit, seed: Seed
) -> None:
    ann, ben = (person(app, visit, name)[0].id or 0 for name in ("ann", "ben"))
    seed.brand(languages=("en", "de"))
    cases = [seed.case("onde está a minha mala", f"P{at}", language="pt", ago=9 - at) for at in range(2)]
    with app.db.begin() as session:
        workers.change(session, ann, languages=["fr"], capacity=9)
        workers.change(session, ben, languages=["de"], capacity=9)
    rule(app, How.SKILL, 9)
    assert giving.give_some(app) == 2
    with app.db.read() as session:
        assert {session.get_one(CaseRow, case).assigned_to for case in cases} == {ben}


def test_colleagues_of_other_brands_are_not_shown(app: App, visit: Visit, seed: Seed) -> None:
    seed.brand("Borealis")
    person(app, visit, "hidden-name", brands=("Borealis",))
    person(app, visit, "seen-name", brands=(BRAND,))
    page = person(app, visit, "me", brands=(BRAND,))[1].get("/").text
    assert "Seen-Name" in page
    assert "Hidden-Name" not in page


def test_a_note_calls_a_colleague_until_they_look(app: App, visit: Visit, seed: Seed) -> None:
    ann, _ = person(app, visit, "ann@acme.example")
    _ben, browser = person(app, visit, "ben@acme.example")
    case = seed.case("lost", "P")
    steps.note(app, case, ann.id or 0, "@ben, can you look? I (@ann) am off.")
    assert "1 call for you" in browser.get("/").text
    page = browser.get("/calls").text
    assert "can you look?" in page
    assert "New." in page
    assert "call for you" not in browser.get("/").text
    assert "New." not in browser.get("/calls").text


def test_a_call_in_a_brand_one_lost_is_no_call_for_ever(app: App, visit: Visit, seed: Seed) -> None:
    ann, _ = person(app, visit, "ann@acme.example")
    ben, browser = person(app, visit, "ben@acme.example")
    steps.note(app, seed.case("lost", "P"), ann.id or 0, "@ben look")
    assert "1 call for you" in browser.get("/").text
    with app.db.begin() as session:
        people.change(session, ben.id or 0, brands=["Borealis"])
    assert "call for you" not in browser.get("/").text, "its page has nothing to show, so nothing would end it"
    with app.db.begin() as session:
        people.change(session, ben.id or 0, brands=[])
    assert "1 call for you" in browser.get("/").text


def test_who_writes_a_note_is_told_whom_it_did_not_call(app: App, visit: Visit, seed: Seed) -> None:
    seed.brand("Borealis")
    _, browser = person(app, visit, "ann@acme.example")
    person(app, visit, "zoe@acme.example", brands=("Borealis",))
    person(app, visit, "sam@acme.example")
    person(app, visit, "sam@other.example")
    case = seed.case("lost, @elsewhere helped at once", "Pale Heron")
    note = {"from": "case", "text": "@zoe @sam @ann.b see what @paleheron wrote to @elsewhere; @sam@acme.example too"}
    told = browser.post(f"/cases/{case}/note", note)
    assert "Noted. @zoe, @sam and @ann.b called nobody." in told.text
    plain = browser.post(
        f"/cases/{case}/note", {"from": "case", "text": "@sam@other.example please, not me@home.example"}
    )
    assert plain.status_code == 303, "all were called"


def test_who_takes_the_next_is_given_what_waits_for_somebody_away(app: App, visit: Visit, seed: Seed) -> None:
    ben, bens = person(app, visit, "ben@acme.example")
    _, browser = person(app, visit, "ann@acme.example")
    mine = seed.case("lost", "P", assigned_to=ben.id)
    refused = browser.post("/next")
    assert (refused.status_code, "while they are here" in refused.text) == (409, True)
    bens.post("/me/shift", {"gone": "yes"})
    assert browser.post("/next").headers["location"] == f"/cases/{mine}"


def test_a_call_from_behind_the_wall_shows_nothing(app: App, visit: Visit, seed: Seed) -> None:
    seed.brand("Borealis")
    ann, _ = person(app, visit, "ann@acme.example")
    _, browser = person(app, visit, "ben@acme.example", brands=("Borealis",))
    steps.note(app, seed.case("lost", "P"), ann.id or 0, "@ben secret")
    assert "call for you" not in browser.get("/").text
    assert "secret" not in browser.get("/calls").text
