"""What a check at a key stroke and a claim cost, and that what is heard in a sentence stands beside the box."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from bot.app import App
from bot.core.drafts import Sounding
from bot.store import limits
from bot.store.tables_house import AccountRow
from bot.web import app as web_app
from tests.statements import statements
from tests.web.conftest import ADDRESS, Browser, hire
from tests.web.seed import BRAND, Seed, enter

MOCKED = "Gosh, however did you live through it?"


def _heard(text: str) -> tuple[Sounding, ...]:
    at = text.find(MOCKED)
    return (Sounding("sarcasm", at, at + len(MOCKED), 0.9),) if at >= 0 else ()


@pytest.fixture
def here(make_app: Callable[..., App]) -> App:
    """An Earshot that answers on Bluesky and hears mockery in one sentence."""
    responders = cast("Any", {"bluesky": SimpleNamespace(longest=300)})
    return replace(make_app(), responders=responders, sounds_of=_heard)


@pytest.fixture
def seed(here: App) -> Seed:
    made = Seed(here)
    made.brand(names=(BRAND,))
    return made


@pytest.fixture
def lena(here: App) -> Iterator[Browser]:
    client = TestClient(web_app.create(here), base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 5000))
    browser = Browser(client)
    enter(here, browser, hire(here, "lena"))
    yield browser
    client.close()


def test_a_check_is_one_look_at_the_database_and_one_at_who_asks(here: App, seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", "Otis Fenn", ago=48)
    lena.post(f"/cases/{case}/claim", {"from": "queue"})
    lena.post(f"/cases/{case}/check", {"text": "Hi Otis"})
    with statements(here.db) as said:
        assert lena.post(f"/cases/{case}/check", {"text": "Hi Otis, I"}).status_code == 200
    assert sum(one.startswith("BEGIN") for one in said) == 2
    assert sum(one.startswith('SELECT "case".id') for one in said) == 1


def test_a_sentence_that_sounds_like_mockery_is_shown_as_a_reminder_and_the_reply_leaves(
    here: App, seed: Seed, lena: Browser
) -> None:
    case = seed.case("charged twice", "Otis Fenn", ago=48)
    lena.post(f"/cases/{case}/claim", {"from": "queue"})
    page = lena.post(f"/cases/{case}/check", {"text": f"Hi Otis. {MOCKED}"}).text
    assert "may be read as mockery" in page
    assert MOCKED in page
    assert 'data-spans="9,47,mind"' in page
    assert 'data-stops="0"' in page
    sent = lena.post(f"/cases/{case}/answer", {"text": f"Hi Otis. {MOCKED}", "from": "case"})
    assert sent.status_code == 303


def test_a_brand_may_want_a_second_person_for_it(here: App, seed: Seed, lena: Browser) -> None:
    with here.db.begin() as session:
        wanted = {"phrases": {"sarcasm": {"meaning": "second_person"}}}
        limits.save(session, BRAND, wanted, 1, here.clock.now())
    hire(here, "ruth", "lead")
    case = seed.case("charged twice", "Otis Fenn", ago=48)
    lena.post(f"/cases/{case}/claim", {"from": "queue"})
    page = lena.post(f"/cases/{case}/check", {"text": f"Hi Otis. {MOCKED}"}).text
    assert "A second person has to agree" in page
    assert "Ask Ruth" in page
    assert lena.post(f"/cases/{case}/answer", {"text": f"Hi Otis. {MOCKED}", "from": "case"}).status_code == 422


def test_a_claim_asks_for_the_case_and_who_acts_in_one_question_and_nothing_before(
    here: App, seed: Seed, lena: Browser
) -> None:
    first, second = (seed.case(f"charged twice {each}", f"Otis {each}", ago=48) for each in (1, 2))
    lena.post(f"/cases/{first}/claim", {"from": "case"}, headers={"HX-Request": "true"})
    with statements(here.db) as said:
        assert lena.post(f"/cases/{second}/claim", {}, headers={"HX-Request": "true"}).status_code == 200
    until = next(at for at, one in enumerate(said) if one.startswith("UPDATE"))
    assert [one.split()[0] for one in said[:until]] == ["BEGIN", "SELECT", "BEGIN", "SELECT"]


def test_a_claim_of_what_is_not_there_or_anothers_is_not_found(here: App, seed: Seed, lena: Browser) -> None:
    seed.brand("Fenwick Bikes")
    theirs = seed.case("broken chain", "Ada Marlow", brand="Fenwick Bikes")
    with here.db.begin() as session:
        row = session.get(AccountRow, 1)
        assert row is not None
        row.brands = [BRAND]
        session.add(row)
    for case in (theirs, 999, 0, 2**63):
        assert lena.post(f"/cases/{case}/claim", {}).status_code == 404, case
