"""One thing done to several cases, and undone in one go; never a reply."""

from collections.abc import Callable

import pytest

from bot.app import App
from bot.steps import answer as steps
from bot.store import cases, events
from bot.store.tables import CaseRow
from tests.web.conftest import Browser, hire
from tests.web.seed import Seed, enter

Visit = Callable[[], Browser]


@pytest.fixture
def seed(app: App) -> Seed:
    made = Seed(app)
    made.brand()
    for number in range(3):
        made.case(("my bag is lost", "charged twice", "the steward was rude")[number], f"P{number}", ago=number + 1)
    return made


@pytest.fixture
def browser(app: App, visit: Visit, seed: Seed) -> Browser:
    made = visit()
    enter(app, made, hire(app, "lena"))
    return made


def state(app: App, case_id: int) -> CaseRow:
    with app.db.read() as session:
        row = cases.get(session, case_id)
    assert row is not None
    return row


@pytest.mark.parametrize(("what", "undo"), [("resolve", "reopen"), ("snooze", "reopen"), ("not-us", "put-back")])
def test_several_are_done_and_undone_in_one_go(app: App, browser: Browser, what: str, undo: str) -> None:
    answer = browser.post("/bulk", {"what": what, "ids": "1,2"})
    assert answer.status_code == 200
    assert "2 cases" in answer.text
    assert f'name="what" value="{undo}"' in answer.text
    assert [state(app, key).part for key in (1, 2, 3)] == [*(["closed" if what != "snooze" else "snoozed"] * 2), "owed"]
    assert browser.post("/bulk", {"what": undo, "ids": "1,2"}).status_code == 200
    assert {state(app, key).part for key in (1, 2, 3)} == {"owed"}
    with app.db.read() as session:
        assert events.verify(session) is None


def test_tags_and_people_are_given_to_several(app: App, browser: Browser) -> None:
    browser.post("/bulk", {"what": "tag", "tag": "Billing", "case": ["1", "3"]})
    with app.db.read() as session:
        assert [cases.tags(session, key) for key in (1, 2, 3)] == [["billing"], [], ["billing"]]
    browser.post("/bulk", {"what": "untag", "tag": "billing", "ids": "1,3"})
    with app.db.read() as session:
        assert cases.tags(session, 1) == []
    browser.post("/bulk", {"what": "assign", "to": "1", "ids": "1,2,3"})
    assert {state(app, key).assigned_to for key in (1, 2, 3)} == {1}


def test_what_could_not_be_done_is_counted_and_said(app: App, browser: Browser) -> None:
    steps.resolve(app, 2, 1)
    answer = browser.post("/bulk", {"what": "resolve", "ids": "1,2,4711"})
    assert answer.status_code == 200
    assert "1 case resolved" in answer.text
    assert "2 cases left as they were" in answer.text


@pytest.mark.parametrize("what", ["resolve", "snooze", "not-us", "not-complaint"])
def test_what_somebody_claimed_meanwhile_is_left_to_them_and_they_are_named(
    app: App, browser: Browser, what: str
) -> None:
    ruth = hire(app, "ruth")
    steps.claim(app, 2, ruth.id or 0)
    answer = browser.post("/bulk", {"what": what, "ids": "1,2,3"})
    assert "2 cases" in answer.text
    assert "1 case left as it was: Ruth has it." in answer.text
    assert (state(app, 2).state, state(app, 2).holder) == ("claimed", ruth.id)
    assert 'name="ids" value="1,3"' in answer.text
    assert browser.post("/bulk", {"what": "tag", "tag": "x", "ids": "2"}).status_code == 200, "a label hurts nobody"


def test_undo_leaves_a_tag_to_who_had_it_before(app: App, browser: Browser) -> None:
    steps.tag(app, 2, 1, "billing")
    told = browser.post("/bulk", {"what": "tag", "tag": "billing", "ids": "1,2,3"}).text
    assert "2 cases tagged. 1 case was so before." in told
    assert 'name="ids" value="1,3"' in told
    browser.post("/bulk", {"what": "untag", "tag": "billing", "ids": "1,3"})
    with app.db.read() as session:
        assert [cases.tags(session, key) for key in (1, 2, 3)] == [[], ["billing"], []]
    again = browser.post("/bulk", {"what": "tag", "tag": "billing", "ids": "2"})
    assert (again.status_code, "Undo" in again.text) == (200, False)


def test_cases_behind_a_wall_are_not_touched(app: App, visit: Visit, seed: Seed) -> None:
    walled = visit()
    enter(app, walled, hire(app, "walled", "agent", ("Elsewhere",)))
    assert walled.post("/bulk", {"what": "resolve", "ids": "1,2,3"}).status_code == 409
    assert {state(app, key).part for key in (1, 2, 3)} == {"owed"}


@pytest.mark.parametrize(
    "form",
    [
        {"what": "reply", "ids": "1"},
        {"what": "answer", "ids": "1"},
        {"what": "resolve", "ids": ""},
        {"what": "resolve", "ids": ",".join(str(n) for n in range(1, 300))},
        {"ids": "1"},
    ],
)
def test_there_is_no_bulk_reply_and_no_end(browser: Browser, form: dict[str, str]) -> None:
    assert browser.post("/bulk", form).status_code == 422


def test_a_bulk_gift_is_undone_to_who_had_each_unless_somebody_gave_it_on(app: App, browser: Browser) -> None:
    ruth, sam = hire(app, "ruth"), hire(app, "sam")
    steps.assign(app, 1, 1, ruth.id)
    told = browser.post("/bulk", {"what": "assign", "to": str(sam.id), "ids": "1,2,3"}).text
    assert f'name="before" value="1:{ruth.id},2:0,3:0"' in told
    steps.assign(app, 3, 1, ruth.id)
    undo = {"what": "assign-back", "ids": "1,2,3", "to": str(sam.id), "before": f"1:{ruth.id},2:0,3:0"}
    answer = browser.post("/bulk", undo)
    assert "2 cases given back to who had them" in answer.text
    assert "Somebody has given it to another since." in answer.text
    assert [state(app, key).assigned_to for key in (1, 2, 3)] == [ruth.id, None, ruth.id]


def test_a_forged_undo_gives_nothing_to_anybody(app: App, browser: Browser) -> None:
    for before in ("", "1", "1:x", "1:99999999999999999", "2:1"):
        answer = browser.post("/bulk", {"what": "assign-back", "ids": "1", "to": "", "before": before})
        assert answer.status_code == 409
    assert state(app, 1).assigned_to is None


def test_saved_views_stand_as_tabs_in_the_queue(browser: Browser) -> None:
    browser.post("/views", {"name": "Bags", "q": "bag"})
    found = browser.get("/").text
    assert '<a href="/?kept=1">Bags <b>1</b></a>' in found
    assert '<a href="/?kept=1">Bags <b>1</b></a>' in browser.get("/live/now").text


def test_the_next_case_opens_after_one_was_resolved_for_who_chose_so(app: App, browser: Browser) -> None:
    quiet = browser.post("/cases/1/resolve", {"from": "case", "how": "solved"}, headers={"hx-request": "true"})
    assert "earshot-next" not in quiet.headers
    browser.post("/me/next", {"goes_on": "yes"})
    answer = browser.post("/cases/2/resolve", {"from": "case", "how": "solved"}, follow_redirects=False)
    assert answer.headers["location"] == "/cases/3?said=resolved"
    assert state(app, 3).holder is None  # nothing is claimed by looking
    steps.reopen(app, 2, 1)
    beside = browser.post("/cases/3/tag", {"from": "queue", "tag": "bags"}, headers={"hx-request": "true"})
    assert "earshot-next" not in beside.headers
    beside = browser.post("/cases/2/resolve", {"from": "queue", "how": "solved"}, headers={"hx-request": "true"})
    assert beside.headers["earshot-next"] == "/?at=3"
    last = browser.post("/cases/3/resolve", {"from": "case", "how": "solved"}, follow_redirects=False)
    assert last.headers["location"] == "/cases/3?said=resolved"
