"""Two admins with the same small form open: who saves second is shown both versions, and nothing is lost silently."""

import re
from collections.abc import Callable

import pytest

from bot.app import App
from bot.core.brand import Brand
from bot.core.giving import How
from bot.store import brands, events, oncall, schedules, workers
from bot.web import quicker
from tests.web.conftest import NOON, Browser, hire

Visit = Callable[[], Browser]


@pytest.fixture
def both(app: App, visit: Visit) -> tuple[Browser, Browser]:
    """Olga and Priya, both admins, on two machines."""
    with app.db.begin() as session:
        brands.save(session, Brand(name="Acme", names=("Acme",), zone="Europe/Oslo"), "test", NOON, "test")
    made = []
    for login in ("olga", "priya"):
        hire(app, login, "admin")
        made.append(visit())
        made[-1].log_in(login)
    return made[0], made[1]


def _was(page: str, press: str, holds: str = "") -> str:
    """The mark in the form that goes there (and holds this)."""
    forms = re.findall(rf'<form method="post" action="{re.escape(press)}".*?</form>', page, re.DOTALL)
    found = re.search(r'name="was" value="([0-9a-f]+)"', next(one for one in forms if holds in one))
    assert found is not None
    return found[1]


def test_who_saves_a_brands_rule_second_sees_both_and_may_put_theirs_in_its_place(
    app: App, both: tuple[Browser, Browser]
) -> None:
    olga, priya = both
    was = [_was(one.get("/shifts").text, "/shifts/rule") for one in both]
    assert was[0] == was[1]
    mine = {"brand": "Acme", "how": How.ROUND.value, "capacity": "5"}
    assert olga.post("/shifts/rule", mine | {"was": was[0]}).status_code == 303
    hers = {"brand": "Acme", "how": How.LEAST.value, "capacity": "9"}
    refused = priya.post("/shifts/rule", hers | {"was": was[1]})
    assert refused.status_code == 409
    assert "in turn" in refused.text
    assert "to who has least" in refused.text
    assert _rule(app) == workers.Rule(How.ROUND, 5), "nothing of Olga's is replaced"
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', refused.text))
    assert priya.post("/shifts/rule", again).status_code == 303
    assert _rule(app) == workers.Rule(How.LEAST, 9)
    with app.db.read() as session:
        assert [row.what for row in events.newest(session) if row.what == "giving.changed"] == ["giving.changed"] * 2


def test_who_wrote_the_same_as_the_quicker_one_is_not_bothered(app: App, both: tuple[Browser, Browser]) -> None:
    form = {"brand": "Acme", "how": How.ROUND.value, "capacity": "5"}
    form["was"] = _was(both[1].get("/shifts").text, "/shifts/rule")
    assert [one.post("/shifts/rule", form).status_code for one in both] == [303, 303]


def test_what_a_colleague_can_do_is_not_lost_either(app: App, both: tuple[Browser, Browser]) -> None:
    _, priya = both
    press = f"/shifts/{hire(app, 'ann', 'agent').id}"
    was = _was(priya.get("/shifts").text, press)
    both[0].get("/shifts")
    assert both[0].post(press, {"languages": "de", "skills": "billing", "capacity": "3", "was": was}).status_code == 303
    refused = priya.post(press, {"languages": "en", "skills": "", "capacity": "4", "gone": "yes", "was": was})
    assert refused.status_code == 409
    assert "billing" in refused.text


def test_a_schedule_saved_by_another_meanwhile_stands(app: App, both: tuple[Browser, Browser]) -> None:
    olga, priya = both
    form = {"brand": "Acme", "kind": "daily", "tz": "Asia/Tokyo", "at": "07:45", "on": "yes", "locale": "de"}
    form["was"] = _was(priya.get("/weeks/schedule").text, "/weeks/schedule", 'value="daily"')
    olga.get("/weeks/schedule")
    assert olga.post("/weeks/schedule", form).status_code == 303
    refused = priya.post("/weeks/schedule", form | {"at": "09:30"})
    assert (refused.status_code, "07:45" in refused.text, "09:30" in refused.text) == (409, True, True)
    with app.db.read() as session:
        assert schedules.of(session, "Acme", "daily", "UTC").minute == 7 * 60 + 45


def test_a_chain_saved_by_another_meanwhile_stands(app: App, both: tuple[Browser, Browser]) -> None:
    olga, priya = both
    was = _was(priya.get("/oncall").text, "/oncall/chain", 'value="Acme"')
    olga.get("/oncall")
    form = {"brand": "Acme", "minutes": ["5"], "who": ["oncall"], "was": was}
    assert olga.post("/oncall/chain", form).status_code == 303
    refused = priya.post("/oncall/chain", form | {"minutes": ["50"]})
    assert (refused.status_code, "after 5 min" in refused.text, "after 50 min" in refused.text) == (409, True, True)
    with app.db.read() as session:
        assert [step.after.total_seconds() for step in oncall.chain(session, "Acme")] == [300]


def test_another_value_has_another_mark_and_a_form_without_one_is_taken() -> None:
    assert quicker.mark((1, "a")) != quicker.mark((1, "b"))
    quicker.check("", 1, 2, "/", "/", [], [])
    quicker.check(quicker.mark(1), 1, 2, "/", "/", [], [])
    with pytest.raises(quicker.Quicker):
        quicker.check(quicker.mark(3), 1, 2, "/", "/", [], [])


def _rule(app: App) -> workers.Rule:
    with app.db.read() as session:
        return workers.rule(session, "Acme")
