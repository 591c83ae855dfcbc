"""The daily brief and the schedules: sent once, in the morning of the wall clock that was named."""

from datetime import date, timedelta

import pytest

from bot.app import App
from bot.clock import HandClock
from bot.core.brief import brief
from bot.core.coverage import coverage
from bot.core.week import Owed, Said
from bot.steps import brief as step
from bot.steps import digest
from bot.store import outbox, schedules, unsubscribed
from bot.store.schedules import DAILY, WEEKLY, When
from connectors.types import Span
from tests.flow.room import Room
from tests.flow.week_rows import AFTER, HOUR, MONDAY, Weeks

TUESDAY = MONDAY + timedelta(days=1)
DAY = timedelta(days=1)


@pytest.fixture
def lumo(room: Room, clock: HandClock) -> App:
    rows = Weeks(room.app.db)
    rows.brand()
    for number in range(9 * 24):
        rows.say(TUESDAY - 8 * DAY + number * HOUR, complaint=0.9 if number % 6 == 0 else 0.1, sentiment="neutral")
    clock.set(TUESDAY + 25 * HOUR)  # Wednesday, 01:00
    return room.app


def set_to(app: App, kind: str, **facts: object) -> None:
    with app.db.begin() as session:
        schedules.put(session, "Lumo", kind, When(**({"tz": "UTC"} | facts)), app.clock.now(), "account:1")  # type: ignore[arg-type]


def sent(app: App) -> list[str]:
    with app.db.read() as session:
        return [row.text for row in outbox.due(session, app.clock.now() + DAY, "team", limit=100)]


def test_nobody_gets_a_brief_who_did_not_ask_for_one(lumo: App, clock: HandClock) -> None:
    clock.move(10 * HOUR)
    assert step.send_due(lumo) == 0


def test_a_brief_leaves_once_when_its_minute_has_come(lumo: App, clock: HandClock) -> None:
    set_to(lumo, DAILY, minute=6 * 60 + 30)
    step.send_due(lumo)  # that of the day before is due since yesterday 06:30
    before = len(sent(lumo))
    clock.set(TUESDAY + DAY + timedelta(hours=6, minutes=29))
    assert step.send_due(lumo) == 0
    clock.move(timedelta(minutes=1))
    assert step.send_due(lumo) == 2  # the room and the mail
    assert step.send_due(lumo) == 0
    told = sent(lumo)[before:]
    assert all("Lumo, Tuesday 6 October: 4 complaints in 24 mentions" in text for text in told)
    assert all("about as usual (4)" in text for text in told)


def test_a_process_that_slept_over_days_sends_yesterdays_and_no_older_one(lumo: App, clock: HandClock) -> None:
    set_to(lumo, DAILY)
    clock.move(3 * DAY + 9 * HOUR)
    assert step.send_due(lumo) == 2
    assert all("Friday" in text for text in sent(lumo))


def test_the_wall_clock_is_the_schedules_own(lumo: App, clock: HandClock) -> None:
    set_to(lumo, DAILY, tz="Asia/Tokyo", minute=9 * 60)  # midnight UTC
    clock.set(TUESDAY + DAY + timedelta(minutes=1))
    assert step.send_due(lumo) == 2
    assert all("Tuesday 6 October" in text for text in sent(lumo))


def test_a_digest_switched_off_does_not_leave_and_another_weekday_holds(room: Room, clock: HandClock) -> None:
    rows = Weeks(room.app.db)
    rows.brand()
    clock.set(MONDAY)
    digest.send_due(room.app)
    set_to(room.app, WEEKLY, is_on=False)
    clock.set(AFTER)
    assert digest.send_due(room.app) == 0
    set_to(room.app, WEEKLY, weekday=2, minute=8 * 60)
    assert digest.send_due(room.app) == 0
    clock.set(MONDAY + 9 * DAY + 8 * HOUR)
    assert digest.send_due(room.app) == 2
    assert digest.send_due(room.app) == 0


def said(key: int, hours: float, **facts: object) -> Said:
    return Said(str(key), MONDAY + timedelta(hours=hours), "x", "Lumo", **facts)  # type: ignore[arg-type]


def test_a_brief_says_who_waits_and_leaves_out_what_it_cannot_know() -> None:
    rows = [said(1, 1, complaint=True), said(2, 2, complaint=True, tagged=True), said(3, 30)]
    owed = [
        Owed("1", "x", MONDAY + HOUR, MONDAY + 2 * HOUR),
        Owed("2", "x", MONDAY + 2 * HOUR, MONDAY + 3 * HOUR, answered_at=MONDAY + 2.5 * HOUR),
    ]
    made = brief("Lumo", date(2026, 10, 5), "UTC", rows, owed, MONDAY + DAY, ["Lockers, 9 customers, fixed"])
    assert made.title() == "Lumo, Monday 5 October"
    assert made.lines() == [
        "2 complaints in 2 mentions, 1 of them never tagged us.",
        "1 answered in time, 1 late or not yet.",
        "1 customer of that day still waits.",
        "Incident: Lockers, 9 customers, fixed.",
    ]


def test_a_brief_of_a_silent_day_says_so_and_what_was_not_heard_of_it() -> None:
    day, gone = date(2026, 10, 5), Span(MONDAY - HOUR, MONDAY + 3 * HOUR)
    parts = {"mastodon": coverage(Span(MONDAY - DAY, MONDAY + DAY), [Span(MONDAY - DAY, MONDAY + DAY)], [gone])}
    before = [said(100 + n, -24 * (1 + n % 7) + 1, complaint=True) for n in range(70)]
    made = brief("Lumo", day, "UTC", before, [], MONDAY + DAY, (), parts)
    assert made.lines() == ["Nobody was heard to speak of Lumo.", "Not heard: 3 hours of Mastodon."]
    assert brief("Lumo", day, "UTC", before, [], MONDAY + DAY).lines() == [
        "Nobody was heard to speak of Lumo; fewer than usual (10)."
    ]


@pytest.mark.parametrize(
    ("tagged", "says"),
    [
        ((False,), "1 complaint in 1 mention, it never tagged us."),
        ((True,), "1 complaint in 1 mention."),
        ((False, False), "2 complaints in 2 mentions, none of them tagged us."),
    ],
)
def test_a_brief_says_in_words_who_tagged_us(tagged: tuple[bool, ...], says: str) -> None:
    rows = [said(n, 1, complaint=True, tagged=one) for n, one in enumerate(tagged)]
    assert brief("Lumo", date(2026, 10, 5), "UTC", rows, [], MONDAY + DAY).lines() == [says]


def test_a_brief_says_more_than_usual_only_where_chance_does_not() -> None:
    before = [said(100 + n, -24 * (1 + n % 7) + 1, complaint=True) for n in range(21)]
    few = brief(
        "Lumo", date(2026, 10, 5), "UTC", [*before, *(said(n, 1, complaint=True) for n in range(5))], [], MONDAY
    )
    many = brief(
        "Lumo", date(2026, 10, 5), "UTC", [*before, *(said(n, 1, complaint=True) for n in range(30))], [], MONDAY
    )
    assert "about as usual (3)" in few.lines()[0]
    assert "more than usual (3)" in many.lines()[0]


def test_who_unsubscribed_gets_no_brief_either_and_each_mail_has_its_way_out(lumo: App, clock: HandClock) -> None:
    set_to(lumo, DAILY)
    (reader,) = lumo.settings.mail.to
    with lumo.db.begin() as session:
        unsubscribed.stop(session, reader, "Lumo", clock.now())
    clock.move(10 * HOUR)
    assert step.send_due(lumo) == 1  # the room
    with lumo.db.begin() as session:
        unsubscribed.again(session, reader, "Lumo", clock.now())
    clock.move(DAY)
    assert step.send_due(lumo) == 2
    with lumo.db.read() as session:
        mails = [row for row in outbox.due(session, clock.now() + DAY, "team", limit=100) if row.responder == "email"]
    assert [bool(row.body["unsubscribe"]) for row in mails] == [True]


def test_a_brief_says_what_most_complained_about_and_what_rose() -> None:
    words = ["the voucher page fails", "voucher page fails again", "your voucher page is down, it fails"] * 2
    rows = [said(n, 1 + n / 10, complaint=True, text=f"{one} Lumo", author=f"a{n}") for n, one in enumerate(words)]
    rows += [
        said(20 + n, 2, complaint=True, text=one, author=f"b{n}") for n, one in enumerate(["late", "rude", "lost"])
    ]
    before = [said(100 + n, -24 * (1 + n % 7) + 1, complaint=True, text=f"parcel {n} late") for n in range(21)]
    rose = ["60 mentions in 15 minutes; about 5 are usual at this hour"]
    made = brief("Lumo", date(2026, 10, 5), "UTC", [*rows, *before], [], MONDAY + DAY, (), None, rose, ("Lumo",))
    first, about, risen = made.lines()
    assert first.startswith("9 complaints in 9 mentions")
    assert about == "Most often about “voucher page fails”: 6 of them."
    assert risen == "What rose: 60 mentions in 15 minutes; about 5 are usual at this hour."
    few = brief("Lumo", date(2026, 10, 5), "UTC", [*rows[:4], *before], [], MONDAY + DAY)
    assert few.about is None
