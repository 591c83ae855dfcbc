"""What a piece of material does to a case: all of it in one step, or none; undone as one; on both engines."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.steps import answer as steps
from bot.steps.answer import macro
from bot.steps.answer.material import save_material
from bot.steps.answer.values import Applied, Refused, TakenBack
from bot.store import cases, events, people
from bot.store.snippets import Does
from tests.web.seed import BRAND, Seed

ALL = Does(tag="Lost  Bags", severity="high", assign="2", snooze="3h")
HOUR = timedelta(hours=1)
WRONG = (
    ("macro", "", Does(), "a macro needs something"),
    ("snippet", "", Does(tag="x"), "needs a name, and words"),
    ("snippet", "Hello", Does(snooze="1h"), "is not hidden"),
    ("macro", "Hello", Does(tag="x"), "has no words"),
    ("macro", "", Does(severity="awful"), "Choose from the lists"),
    ("macro", "", Does(snooze="1y"), "Choose from the lists"),
    ("macro", "", Does(assign="boss"), "Choose from the lists"),
    ("macro", "", Does(assign="3"), "cannot work on this brand"),
    ("macro", "", Does(assign="9" * 20), "Choose from the lists"),
)


@pytest.fixture
def seed(app: App) -> Seed:
    """A brand, its lead (1) and agents: ruth (2), otto behind another brand's wall (3), lena (4)."""
    made = Seed(app)
    made.brand()
    for login, role, brands in (
        ("lead", "lead", ()),
        ("ruth", "agent", ()),
        ("otto", "agent", ("Tern",)),
        ("lena", "agent", ()),
    ):
        with app.db.begin() as session:
            people.create(session, login, login.title(), role, list(brands), "-", app.clock.now())
    return made


def keep(app: App, does: Does, text: str = "", kind: str = "macro", name: str = "hand over") -> object:
    return save_material(app, BRAND, 1, kind, name, text, does)


def standing(app: App, case_id: int) -> tuple[object, ...]:
    with app.db.read() as session:
        row = cases.get(session, case_id)
        assert row is not None
        return row.severity, row.assigned_to, row.state, tuple(cases.tags(session, case_id))


def log(app: App, case_id: int) -> list[str]:
    with app.db.read() as session:
        assert events.verify(session) is None
        return [row.what for row in events.of(session, f"case:{case_id}")]


def test_all_of_it_happens_at_one_press_and_is_taken_back_by_one(app: App, seed: Seed) -> None:
    key = seed.case("my bag is lost")
    keep(app, ALL)
    taken = macro.take(app, 1, 4, key, app.clock.now() + 3 * HOUR)
    assert taken == Applied(("severity", "label", "assigned", "snoozed"))
    assert standing(app, key) == ("high", 2, "snoozed", ("lost bags",))
    assert {"case.graded", "tag.added", "case.assigned", "case.snoozed", "macro.taken"} <= set(log(app, key))
    assert isinstance(macro.take_back(app, key, 2), Refused), "it was not hers"
    assert macro.take_back(app, key, 4) == TakenBack(())
    assert standing(app, key) == ("normal", None, "new", ())
    assert isinstance(macro.take_back(app, key, 4), Refused), "there is nothing more"
    assert log(app, key)[-1] == "macro.taken_back"


def test_one_part_that_cannot_be_leaves_all_undone(app: App, seed: Seed) -> None:
    key = seed.case("my bag is lost", state="resolved")
    keep(app, ALL)
    refused = macro.take(app, 1, 4, key, app.clock.now() + HOUR)
    assert isinstance(refused, Refused)
    assert "done already" in refused.why
    with app.db.begin() as session:
        people.get(session, 2).brands = ["Tern"]  # type: ignore[union-attr]
    other = seed.case("mine too")
    assert isinstance(macro.take(app, 1, 4, other, app.clock.now() + HOUR), Refused), "she may not see this brand now"
    assert standing(app, key) == ("normal", None, "resolved", ())
    assert standing(app, other) == ("normal", None, "new", ())
    assert "macro.taken" not in log(app, key) + log(app, other)


def test_what_somebody_changed_since_is_not_taken_back(app: App, seed: Seed) -> None:
    key = seed.case("my bag is lost")
    keep(app, ALL)
    macro.take(app, 1, 4, key, app.clock.now() + HOUR)
    steps.reopen(app, key, 2)
    steps.assign(app, key, 2, 4)
    steps.grade(app, key, 2, "critical")
    assert macro.take_back(app, key, 4) == TakenBack(("snoozed", "assigned", "severity"))
    assert standing(app, key) == ("critical", 4, "new", ())


def test_what_is_so_already_is_not_done_again(app: App, seed: Seed) -> None:
    key = seed.case("my bag is lost", severity="high", assigned_to=4)
    keep(app, Does(severity="high", assign="me"))
    assert macro.take(app, 1, 4, key) == Applied(())
    assert "macro.taken" not in log(app, key)


def test_what_cannot_be_kept_says_why(app: App, seed: Seed) -> None:
    for kind, text, does, why in WRONG:
        refused = keep(app, does, text, kind)
        assert isinstance(refused, Refused)
        assert why in refused.why


def test_what_somebody_snoozed_anew_since_stays_snoozed(app: App, seed: Seed) -> None:
    key = seed.case("my bag is lost")
    keep(app, Does(snooze="3h"))
    macro.take(app, 1, 4, key, app.clock.now() + 3 * HOUR)
    steps.reopen(app, key, 2)
    steps.snooze(app, key, 2, app.clock.now() + 5 * HOUR)
    assert macro.take_back(app, key, 4) == TakenBack(("snoozed",))
    assert standing(app, key)[2] == "snoozed"
