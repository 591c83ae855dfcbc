"""The rows of people: log-ins end, links die, claims go back, old traces are tidied away."""

import re
from collections.abc import Callable
from datetime import timedelta

from bot import ids
from bot.app import App
from bot.store import cases, events, people, workers
from bot.store.tables_house import LinkRow, SessionRow
from tests.web.conftest import NOON, Browser, hire
from tests.web.seed import Seed

DAY = timedelta(days=1)


def test_a_disabled_persons_claims_end_and_the_draft_stays(app: App) -> None:
    seed, otis = Seed(app), hire(app, "otis@acme.example")
    seed.brand()
    until = NOON + timedelta(minutes=10)
    mine = seed.case("bag lost", "Ada", state="claimed", holder=otis.id, lease_until=until)
    theirs = seed.case("bag lost", "Bo", state="claimed", holder=None, lease_until=until)
    with app.db.begin() as session:
        people.change(session, otis.id or 0, disabled_at=NOON)
        assert workers.let_go(session, otis.id or 0, NOON, "account:9") == 1
        assert [row.id for row in cases.lapsed(session, NOON)] == [mine]
        assert cases.get(session, theirs) is not None


def test_what_somebody_was_given_is_nobodys_once_they_cannot_work_on_it(app: App) -> None:
    seed, otis = Seed(app), hire(app, "otis@acme.example")
    seed.brand()
    seed.brand("Tern", names=("Tern",))
    until = NOON + timedelta(minutes=10)
    ours = seed.case("bag lost", "Ada", assigned_to=otis.id, holder=otis.id, lease_until=until, state="claimed")
    tern = seed.case("no ferry", "Bo", brand="Tern", assigned_to=otis.id)
    done = seed.case("thanks", "Jo", assigned_to=otis.id, state="resolved")

    def given() -> list[int | None]:
        with app.db.read() as session:
            return [row.assigned_to for key in (ours, tern, done) if (row := cases.get(session, key)) is not None]

    def now(**change: object) -> int:
        with app.db.begin() as session:
            people.change(session, otis.id or 0, **change)
            return workers.let_go(session, otis.id or 0, NOON, "account:9")

    assert (now(role="lead"), given()) == (0, [otis.id] * 3)
    assert (now(brands=["Northwind Air"]), given()) == (1, [otis.id, None, otis.id])
    assert (now(role="viewer"), given()) == (1, [None, None, otis.id])
    with app.db.read() as session:
        assert [row.id for row in cases.lapsed(session, NOON)] == [ours]
        assert events.of(session, f"case:{tern}")[-1].what == "case.assigned"
        assert events.verify(session) is None


def test_old_log_ins_and_dead_links_are_tidied_and_living_ones_stay(app: App) -> None:
    otis = hire(app, "otis@acme.example")
    with app.db.begin() as session:
        people.open_session(session, otis.id or 0, "old", "x", NOON - 40 * DAY)
        people.open_session(session, otis.id or 0, "new", "x", NOON)
        people.make_link(session, "dead", "invite", {}, NOON - 40 * DAY, DAY)
        people.make_link(session, "alive", "api", {"account": otis.id}, NOON, 365 * DAY)
        people.tidy(session, NOON - 30 * DAY)
        assert session.get(SessionRow, "old") is None
        assert session.get(LinkRow, "dead") is None
        assert session.get(SessionRow, "new") is not None
        assert session.get(LinkRow, "alive") is not None


def test_two_who_use_one_link_at_once_cannot_both_win(app: App) -> None:
    with app.db.begin() as session:
        people.make_link(session, "once", "invite", {}, NOON, DAY)
        assert [people.use_link(session, "once", NOON) for _ in range(2)] == [True, False]


def test_tokens_are_long_random_and_stored_as_hashes_only(app: App) -> None:
    with app.db.begin() as session:
        token = people.first_link(session, NOON)
        assert token is not None
        assert len(token) >= 43
        assert session.get(LinkRow, token) is None
        assert session.get(LinkRow, ids.digest_of(token)) is not None
    assert len({ids.token() for _ in range(1_000)}) == 1_000


def test_names_are_compared_folded_and_taken_once(app: App) -> None:
    hire(app, "Otis@Acme.example")
    with app.db.begin() as session:
        assert people.by_login(session, " otis@ACME.example") is not None
        assert people.create(session, "OTIS@acme.example", "Eve", "admin", [], "x", NOON) is None


def test_a_log_in_is_listed_with_its_browser_and_ended_alone(app: App, visit: Callable[[], Browser]) -> None:
    hire(app, "lena@acme.example")
    agents = {
        "Firefox on Linux": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Edge on Windows": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
        "Safari on iPhone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
    }
    browsers = {}
    for name, told in agents.items():
        browsers[name] = visit()
        browsers[name].client.headers["user-agent"] = told
        browsers[name].log_in("lena@acme.example")
    mine = browsers["Firefox on Linux"]
    page = mine.get("/me").text
    for name in agents:
        assert name in page
    ends = re.findall(
        r"<td>(Edge on Windows|Safari on iPhone)</td>.*?name=\"session\" value=\"([0-9a-f]{64})\"", page, re.S
    )
    assert mine.post("/me/sessions/end-one", {"session": dict(ends)["Edge on Windows"]}).status_code == 200
    assert browsers["Edge on Windows"].get("/me").status_code == 303
    assert browsers["Safari on iPhone"].get("/me").status_code == 200
    hire(app, "eve@acme.example")
    eve = visit()
    eve.log_in("eve@acme.example")
    eve.post("/me/sessions/end-one", {"session": dict(ends)["Safari on iPhone"]})
    assert browsers["Safari on iPhone"].get("/me").status_code == 200
