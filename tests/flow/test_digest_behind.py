"""What stands behind a digest's figures: how often its reader is wrong here, and the posts that each claim opens."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.clock import HandClock
from bot.core.intervals import Rate
from bot.core.recount import troubled
from bot.core.week import Week
from bot.core.week_table import beside, lines
from bot.digest import charts, render
from bot.digest.document import lists
from bot.readers.card import MODEL, Card
from bot.steps.digest import build
from bot.store import audits, events, incidents, recount
from bot.store.tables import CaseRow
from bot.store.tables_corrections import DrawnRow, DrawRow
from bot.store.tables_incidents import IncidentRow
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
    laid.read(laid.say(MONDAY + HOUR), spoken=False)
    misread = build(app, "Lumo", WEEK).misread
    assert misread is not None
    assert misread.guessed == 1
    assert misread.words().startswith("How often it reads a tone wrongly is not measured.")
    assert build(app, "Lumo", "2026-W39").misread is None  # nobody read then


def test_every_count_of_a_week_opens_its_posts(app: App, laid: Weeks) -> None:
    rivals = [laid.say(MONDAY + n * HOUR, brand="Rival", sentiment="neutral") for n in range(3)]
    slow, none, soon = [laid.say(MONDAY + n * HOUR, tagged=n == 1) for n in range(3)]
    laid.case(slow, MONDAY + timedelta(minutes=90))
    laid.case(none)
    laid.case(soon, MONDAY + 2 * HOUR + timedelta(minutes=5))
    thrown = {
        verdict: [laid.say(MONDAY + n * HOUR, verdict=verdict, complaint=0.1, tagged=True) for n in range(2)]
        for verdict in ("calm", "not_us", "not_complaint")
    }
    with app.db.begin() as session:
        draw = DrawRow(brand="Lumo", after_id=0, upto_id=99, from_at=MONDAY, to_at=AFTER, seed="s", drawn_at=AFTER)
        drawn = [
            DrawnRow(draw_id=0, post_id=post, stratum="far below · x", place=n, label=label)
            for n, (post, label) in enumerate(zip(thrown["calm"], ("yes", "no"), strict=True))
        ]
        audits.keep(session, draw, [*drawn, DrawnRow(draw_id=0, post_id=slow, stratum="far below · x", place=2)])
    document = build(app, "Lumo", WEEK)
    opened = {name: [int(post) for post in one.posts] for name, one in lists(document).items()}
    place = [share.brand for share in document.digest.figures.voice].index("Rival") + 1
    assert opened[f"voice-{place}"] == rivals
    assert lists(document)[f"voice-{place}"].brand == "Rival"
    assert opened["waits"] == [none, slow, soon]
    assert [opened[f"thrown-{name}"] for name in ("calm", "not-us", "not-complaint")] == list(thrown.values())
    assert (opened["thrown-looked-at"], opened["thrown-missed"]) == (thrown["calm"], thrown["calm"][:1])
    assert opened["day-untagged-2026-10-05"] == opened["complaints-untagged-2026-10-05"] == [slow, soon]
    told = {(line.part, line.name): line.value for line in beside(document.thrown, ())}
    assert told["thrown_away", "missed"] == 1


def test_mentions_a_day_are_split_by_whether_they_tagged_us(app: App, laid: Weeks) -> None:
    for n in range(12):
        laid.say(MONDAY + n * HOUR, tagged=n < 4, complaint=0.1 if n % 2 else 0.9)
    document = build(app, "Lumo", WEEK)
    _subject, mail, plain, _files = render.email(document, "https://e.example")
    assert ">Mon</a> 8+4" in mail
    assert "6 (4+2), 12 (8+4)" in plain
    page = str(render.body(document))
    assert "All mentions a day: 12 (8 untagged)" in page
    monday = charts.columns(document.digest.figures.days, "abcdefg")[0]
    assert monday.flat_low == pytest.approx(2 * monday.flat_high, abs=0.2)
    found = {(line.part, line.name): line.value for line in lines(document.digest)}
    assert (found["day_untagged", "2026-10-05"], found["day_untagged_complaints", "2026-10-05"]) == (8, 4)


def test_incidents_and_labels_are_counted_again_from_the_log(app: App, laid: Weeks) -> None:
    cases = [laid.case(laid.say(MONDAY + n * HOUR), AFTER if n == 0 else None) for n in range(3)]
    calm = laid.say(MONDAY, verdict="calm")
    with app.db.begin() as session:
        made = IncidentRow(brand="Lumo", title="x", origin="person", started_at=MONDAY, proposed_at=MONDAY)
        row = incidents.add(session, made, AFTER, "account:1")
        incidents.join(session, row, [incidents.Joining(case, "so") for case in cases], AFTER, "account:1")
        incidents.leave(session, row, cases[2], AFTER, "account:1")
        events.add(session, AFTER, "earshot", "audit.drawn", "draw:1", "Lumo")
        for post, missed in ((calm, False), (cases[0], True), (calm, True), (cases[1], True)):
            events.add(session, AFTER, "account:1", "audit.labelled", "draw:1", "Lumo", post=post, missed=missed)
        events.add(session, AFTER, "account:1", "audit.unlabelled", "draw:1", "Lumo", post=cases[1])
        events.add(
            session, AFTER, "account:1", "audit.labelled", "draw:9", "Lumo", post=77, missed=True
        )  # drawn before
        number = row.id or 0
    with app.db.read() as session:
        inside, _changed = recount.members(session, number)
        told = recount.thrown(session, "Lumo", Week.parse(WEEK, "UTC").span, AFTER)
    assert troubled(number, inside, AFTER) == {
        f"incident_customers/{number}": 2, f"incident_answered/{number}": 1, f"incident_late/{number}": 1,
    }  # fmt: skip
    assert (told["thrown_away/calm"], told["thrown_away/looked-at"], told["thrown_away/missed"]) == (1, 2, 2)
