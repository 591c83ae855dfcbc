"""The rows of people: log-ins end, links die, claims go back, old traces are tidied away."""

from datetime import timedelta

from bot import ids
from bot.app import App
from bot.store import cases, people
from bot.store.tables_house import LinkRow, SessionRow
from tests.web.conftest import NOON, hire
from tests.web.seed import Seed

DAY = timedelta(days=1)


def test_a_disabled_persons_claims_end_and_the_draft_stays(app: App) -> None:
    seed, otis = Seed(app), hire(app, "otis@acme.example")
    seed.brand()
    until = NOON + timedelta(minutes=10)
    mine = seed.case("bag lost", "Ada", state="claimed", holder=otis.id, lease_until=until)
    theirs = seed.case("bag lost", "Bo", state="claimed", holder=None, lease_until=until)
    with app.db.begin() as session:
        assert people.end_claims(session, otis.id or 0, NOON) == 1
        assert [row.id for row in cases.lapsed(session, NOON)] == [mine]
        assert cases.get(session, theirs) is not None


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
