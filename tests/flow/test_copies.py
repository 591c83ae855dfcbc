"""The same words of the same person are one case wherever they stand; machines are told by what they do."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.clock import HandClock
from bot.store import events, mentions
from bot.store.db import Database
from bot.store.tables import HandleRow, MentionRow
from config.settings import Settings
from connectors.types import Author, Post, PostRef
from tests.conftest import NOW
from tests.flow.path import HOUR, Path, laid, page, post

LATE = "Acme charged me twice for the blue sofa and nobody answers my mails."
DAY = timedelta(days=1)


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return laid(db, clock, settings)


def linked(path: Path, platform: str, author: str) -> None:
    """A person said that this account is the customer's, too."""
    with path.app.db.begin() as session:
        customer = session.exec(select(HandleRow.customer_id)).first()
        session.add(
            HandleRow(brand="Acme", platform=platform, author_id=author, handle="ada", customer_id=customer or 0)
        )


def elsewhere(text: str, at: object = NOW) -> Post:
    """A post that reached us from another platform."""
    return Post(
        ref=PostRef("elsewhere", "9"), url="https://elsewhere.test/9", author=Author(id="e-ada", handle="ada"),
        text=text, created_at=at, answer_to="9",
    )  # fmt: skip


def test_a_cross_post_of_a_linked_account_joins_the_case(path: Path) -> None:
    path.hear(page(post("1", LATE, NOW - 2 * HOUR)))
    linked(path, "elsewhere", "e-ada")
    path.hear(page(elsewhere(f"{LATE} https://pic.test/1", NOW - HOUR)))
    case = path.case()
    with path.app.db.read() as session:
        assert {p.platform for _, p in mentions.of_case(session, case.id or 0)} == {"memory", "elsewhere"}
        joined = [row for row in events.of(session, f"case:{case.id}") if row.what == "case.joined"]
    assert '"also_on":"elsewhere"' in joined[0].facts.replace(" ", "")


def test_other_words_of_a_linked_account_are_a_case_of_their_own(path: Path) -> None:
    path.hear(page(post("1", LATE, NOW - 2 * HOUR)))
    linked(path, "elsewhere", "e-ada")
    path.hear(page(elsewhere("Acme driver was rude to my mother, this is a disgrace", NOW - HOUR)))
    assert len(path.cases()) == 2


def test_the_same_words_of_a_stranger_are_a_case_of_their_own(path: Path) -> None:
    path.hear(page(post("1", LATE, NOW - 2 * HOUR), post("2", LATE, NOW - HOUR, who="otis")))
    assert len(path.cases()) == 2


def test_the_same_words_days_later_join_the_case_and_weeks_later_do_not(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", LATE)))
    clock.move(3 * DAY)
    path.hear(page(post("2", f"{LATE} Still!", NOW + 3 * DAY)))
    assert len(path.cases()) == 1
    clock.move(20 * DAY)
    path.hear(page(post("3", LATE, NOW + 23 * DAY)))
    assert len(path.cases()) == 2


def machine(at: int, text: str = "Bargains for free, terrible prices ended at") -> Post:
    return post(f"m{at}", f"{text} https://x.test/{at}", NOW - at * HOUR / 10, "bot")


def test_a_machine_is_set_aside_for_what_it_does_and_it_is_said(path: Path) -> None:
    path.hear(page(*(machine(at) for at in range(40, 1, -1)), machine(1, "Acme bargains for free, terrible prices at")))
    with path.app.db.read() as session:
        (last,) = session.exec(select(MentionRow)).all()
    assert (last.spam or 0) > 0.9
    assert last.spam_why == "40 posts in a day, 39 in the same words, 40 with a link"
    assert (last.verdict, path.cases()) == ("calm", [])


def test_the_same_post_of_somebody_who_writes_little_is_a_case(path: Path) -> None:
    path.hear(page(machine(1, "Acme bargains for free, terrible prices at")))
    assert len(path.cases()) == 1


def test_an_angry_customer_is_no_machine(path: Path) -> None:
    words = ("lost", "broke", "cancelled", "overcharged", "ignored", "blocked", "insulted", "forgot", "ruined")
    path.hear(
        page(
            *(
                post(f"a{at}", f"Acme {word} my order, shame on you", NOW - at * HOUR / 9)
                for at, word in enumerate(words)
            )
        )
    )
    with path.app.db.read() as session:
        rows = session.exec(select(MentionRow)).all()
    assert max(row.spam or 0 for row in rows) < 0.6
    assert len(path.cases()) == 1
