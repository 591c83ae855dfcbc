"""`/api/v1/cases/12`: what was answered, by whom, with notes and tags, and nothing of it across the wall."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.app import App
from bot.store.tables import PostRow, ReplyRow
from bot.store.tables_house import AccountRow
from tests.web.conftest import Browser, hire
from tests.web.seed import Seed, enter


@pytest.fixture
def lena(app: App) -> AccountRow:
    return hire(app, "lena")


@pytest.fixture
def case(app: App, lena: AccountRow) -> int:
    """A case with a tag, a note, an answer sent here, one held back, and a colleague's own words on the platform."""
    seed = Seed(app)
    seed.brand()
    number = seed.case("My bag is lost", "Ada", tags=("luggage",), assigned_to=lena.id)
    seed.note(number, lena.id or 0, "Depot 4 has it")
    now, who = app.clock.now(), lena.id or 0
    told: dict[str, Any] = {"case_id": number, "mention_id": 1, "platform": "bluesky", "approved_by": who}
    heard: dict[str, Any] = {"platform": "bluesky", "source": "bluesky", "author_id": "us", "author_handle": "us"}
    heard |= {"heard_at": now, "next_try_at": now, "flags": "own", "in_reply_to": "p1"}
    with app.db.begin() as session:
        sent = ReplyRow(**told, how="here", text="It is in my car.", approved_at=now, state="sent", receipt_id="r1")
        sent.sent_at = now + timedelta(minutes=1)
        late = now + timedelta(minutes=3)
        session.add_all([sent, ReplyRow(**told, how="native", text="Not yet", approved_at=late, state="held")])
        session.add(PostRow(**heard, native_id="r1", text="It is in my car.", created_at=now))
        session.add(PostRow(**heard, native_id="q", text="Tom here, too!", created_at=now + timedelta(minutes=2)))
        session.add(PostRow(**heard, native_id="g", text="", created_at=late, gone_at=late))
    return number


def test_a_program_reads_what_was_answered(app: App, visit: Callable[[], Browser], case: int, lena: AccountRow) -> None:
    browser = visit()
    enter(app, browser, lena)
    told = browser.get(f"/api/v1/cases/{case}").json()
    assert (told["tags"], told["assigned_to"], told["holder"]) == (["luggage"], lena.id, None)
    assert [(one["by"], one["text"]) for one in told["notes"]] == [(lena.id, "Depot 4 has it")]
    assert [(one["how"], one["state"], one["text"], one["approved_by"]) for one in told["replies"]] == [
        ("here", "sent", "It is in my car.", lena.id),
        ("platform", "sent", "Tom here, too!", None),
        ("native", "held", "Not yet", lena.id),
        ("platform", "taken_back", "", None),
    ]
    assert told["people"] == [{"id": lena.id, "name": lena.name}]


def test_nothing_of_it_crosses_the_wall(app: App, visit: Callable[[], Browser], case: int) -> None:
    browser = visit()
    enter(app, browser, hire(app, "bea", "agent", ("Borealis",)))
    answer = browser.get(f"/api/v1/cases/{case}")
    assert answer.status_code == 404
    assert "car" not in answer.text
