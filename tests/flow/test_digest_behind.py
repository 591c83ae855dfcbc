"""What stands behind a digest's figures: how often its reader is wrong here, and the posts that each claim opens."""

import pytest

from bot.app import App
from bot.clock import HandClock
from bot.core.intervals import Rate
from bot.readers.card import MODEL, Card
from bot.steps.digest import build
from bot.store.tables import CaseRow
from tests.flow.week_rows import AFTER, HOUR, MONDAY, Weeks

WEEK = "2026-W41"


@pytest.fixture
def laid(app: App, clock: HandClock) -> Weeks:
    clock.set(AFTER)
    rows = Weeks(app.db)
    rows.brand()
    return rows


@pytest.mark.skipif(not (MODEL / "card.json").exists(), reason="the shipped model was deleted, which is allowed")
def test_what_people_decided_here_is_the_readers_error_on_our_posts(app: App, laid: Weeks) -> None:
    for number in range(12):
        post = laid.say(MONDAY + number * HOUR)
        laid.case(post, MONDAY + (number + 1) * HOUR if number < 8 else None)
        laid.read(post, "builtin", Card.read(MODEL).full_version)
    late = laid.case(laid.say(AFTER), AFTER + HOUR)  # after the week: another week's
    with app.db.begin() as session:
        for key in (9, 10, late):
            row = session.get(CaseRow, key)
            assert row is not None
            row.state, row.resolved_how = "resolved", "not_complaint"
            session.add(row)
    misread = build(app, "Lumo", WEEK).misread
    assert misread is not None
    assert (misread.complaints, misread.decided, misread.toned) == (Rate(8, 10), 10, 0)
    assert misread.card["sentiment"].posts == 2000


def test_a_reader_without_a_card_is_said_to_be_not_measured(app: App, laid: Weeks) -> None:
    laid.read(laid.say(MONDAY))
    misread = build(app, "Lumo", WEEK).misread
    assert misread is not None
    assert misread.words().startswith("How often it reads a tone wrongly is not measured.")
    assert build(app, "Lumo", "2026-W39").misread is None  # nobody read then
