"""The act of service: chosen with a reason, told only with the word of the one who did it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.app import App
from bot.core.brand import Brand
from bot.core.week import Week
from bot.digest import render
from bot.steps import digest, story
from bot.store import brands
from bot.store.tables import PostRow, RecoveryRow, ReplyRow
from bot.store.tables_house import AccountRow
from bot.store.tables_incidents import StoryRow
from tests.flow.room import new_case
from tests.web.conftest import NOON, Browser, hire

Visit = Callable[[], Browser]
WEEK = Week.of(NOON, "UTC")
LABEL = WEEK.label
WHY = "Ada drove the parcel there herself, and nobody had to ask."
SAID = "Acme lost my parcel, write to ada@example.org"


@pytest.fixture
def ada(app: App) -> AccountRow:
    with app.db.begin() as session:
        brands.save(session, Brand(name="Acme", names=("Acme",)), "test", NOON, "test")
    return hire(app, "ada")


@pytest.fixture
def lena(app: App, visit: Visit) -> Browser:
    hire(app, "lena", "lead")
    made = visit()
    made.log_in("lena")
    return made


@pytest.fixture
def case(app: App, ada: AccountRow) -> int:
    """A customer Ada won back."""
    with app.db.begin() as session:
        row = new_case(session, 1, NOON - timedelta(hours=5), words=SAID)
        row.answered_at = row.first_answered_at = NOON - timedelta(hours=4)
        row.answered_by = ada.id
        session.add(row)
        session.add(RecoveryRow(case_id=row.id or 0, days=7, outcome="recovered", mentions=[], decided_at=NOON))
        session.add(
            ReplyRow(
                case_id=row.id or 0,
                mention_id=1,
                how="here",
                platform="mastodon",
                approved_by=ada.id or 0,
                approved_at=NOON,
                state="sent",
                text="I have it in my car and am at yours by six.",
            )
        )
        return row.id or 0


def told(app: App) -> str:
    return str(render.body(digest.build(app, "Acme", WEEK)))


def test_a_story_is_told_once_its_agent_agrees_and_not_before(
    app: App, ada: AccountRow, lena: Browser, case: int, visit: Visit
) -> None:
    page = lena.get(f"/weeks/Acme/{LABEL}/story").text
    assert "at yours by six" in page
    assert "ada@example.org" not in page
    assert lena.post(f"/weeks/Acme/{LABEL}/story", {"case": case, "why": WHY, "named": "yes"}).status_code == 303
    assert "waits for the word" in lena.get(f"/weeks/Acme/{LABEL}/story").text
    assert "One act of service" not in told(app)
    agent = visit()
    agent.log_in("ada")
    assert "Read it and say yes or no" in agent.get("/weeks").text
    assert WHY in agent.get("/stories").text
    with app.db.read() as session:
        key = session.exec(select(StoryRow.id)).one()
    assert agent.post(f"/stories/{key}", {"agrees": "yes", "named": "yes"}).status_code == 303
    assert "Ada answered" in told(app)
    assert WHY in told(app)
    assert "ada@example.org" not in told(app)
    agent.post(f"/stories/{key}", {"agrees": "no"})
    assert "One act of service" not in told(app)


def test_who_agrees_without_a_name_is_not_named(app: App, ada: AccountRow, lena: Browser, case: int) -> None:
    assert story.choose(app, "Acme", LABEL, _id(app, "lena"), case, WHY, named=True) == ""
    with app.db.read() as session:
        key = session.exec(select(StoryRow.id)).one() or 0
    assert story.answer(app, key, ada.id or 0, agrees=True, named=False) == ""
    assert "One of us answered" in told(app)
    assert "Ada answered" not in told(app)


def _id(app: App, login: str) -> int:
    with app.db.read() as session:
        return session.exec(select(AccountRow.id).where(AccountRow.login == login)).one() or 0


def test_nobody_agrees_for_somebody_else(app: App, lena: Browser, case: int) -> None:
    lead = _id(app, "lena")
    assert story.choose(app, "Acme", LABEL, lead, case, WHY, named=False) == ""
    with app.db.read() as session:
        key = session.exec(select(StoryRow.id)).one() or 0
    lena.get("/stories")
    assert lena.post(f"/stories/{key}", {"agrees": "yes"}).status_code == 404
    assert "One act of service" not in told(app)


def test_a_story_needs_a_reason_and_a_case_that_can_be_told(app: App, lena: Browser, case: int) -> None:
    lena.get(f"/weeks/Acme/{LABEL}/story")
    short = lena.post(f"/weeks/Acme/{LABEL}/story", {"case": case, "why": "nice"})
    assert short.status_code == 409
    assert "what that allows" in short.text
    assert story.choose(app, "Acme", LABEL, _id(app, "lena"), 999, WHY, named=False) == story.GONE


def test_what_the_customer_deletes_is_told_no_more(app: App, ada: AccountRow, case: int) -> None:
    assert story.choose(app, "Acme", LABEL, ada.id or 0, case, WHY, named=False) == ""
    assert "One act of service" in told(app)
    with app.db.begin() as session:
        for post in session.exec(select(PostRow)):
            post.gone_at = NOON
            session.add(post)
    assert "One act of service" not in told(app)


def test_a_week_or_brand_of_others_is_not_here(app: App, ada: AccountRow, visit: Visit) -> None:
    hire(app, "max", "lead", ("Other",))
    stranger = visit()
    stranger.log_in("max")
    assert stranger.get(f"/weeks/Acme/{LABEL}/story").status_code == 404
    assert stranger.get("/weeks/Nobody/2026-W40/story").status_code == 404
    assert stranger.get("/weeks/Acme/2026-W99/story").status_code == 404
