"""Monday at 06:00, once, to everybody named; whatever happened to the process meanwhile."""

import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.core.themes import marks_of
from bot.steps import deliver, digest
from bot.steps.digest import newest_due, send_due
from bot.store import digests, events, outbox, theme_names, unsubscribed
from bot.store.db import Database
from bot.store.tables import PostRow
from bot.store.tables_house import DeliveryRow
from config.settings import Mail, Settings, Slack
from responders.types import Message, Receipt
from tests.conftest import app_on
from tests.flow.week_rows import HOUR, LUMO, MONDAY, Weeks

WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)
MONDAY_SIX = MONDAY + WEEK + 6 * HOUR
TO = ("mia@lumo.example", "otto@lumo.example")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        public_url="https://earshot.lumo.example",
        slack=Slack(bot_token=SecretStr("xoxb-test"), room="#care"),
        mail=Mail(host="mail.lumo.example", sender="earshot@lumo.example", to=TO),
    )


class Hears:
    """A responder that keeps what it is given."""

    audience = "team"
    longest = 100_000

    def __init__(self) -> None:
        self.got: list[Message] = []

    def send(self, message: Message) -> Receipt:
        self.got.append(message)
        return Receipt(f"r{len(self.got)}")

    def close(self) -> None: ...


@pytest.fixture
def app(db: Database, clock: HandClock, settings: Settings) -> App:
    clock.set(MONDAY + HOUR)
    return app_on(db, clock, settings, responders={"slack": Hears(), "email": Hears()})


@pytest.fixture
def laid(app: App) -> Weeks:
    rows = Weeks(app.db)
    rows.brand()
    for number in range(12):
        rows.say(MONDAY + number * HOUR, f"the refund never came {number}")
    send_due(app)  # the brand is met
    return rows


def queued(app: App) -> list[DeliveryRow]:
    with app.db.read() as session:
        return list(session.exec(select(DeliveryRow).where(DeliveryRow.kind == "digest")).all())


def test_nothing_is_sent_before_monday_six(app, laid, clock):
    clock.set(MONDAY_SIX - MINUTE)
    assert send_due(app) == 0
    clock.set(MONDAY_SIX)
    assert send_due(app) == 3


def test_a_digest_is_queued_once_for_everybody(app, laid, clock):
    clock.set(MONDAY_SIX + MINUTE)
    assert [send_due(app) for _ in range(3)] == [3, 0, 0]
    rows = queued(app)
    assert {(row.responder, row.address) for row in rows} == {("slack", "#care"), *(("email", to) for to in TO)}
    assert {row.audience for row in rows} == {"team"}
    with app.db.read() as session:
        assert [event.what for event in events.newest(session) if event.what == "digest.queued"] == ["digest.queued"]


def test_two_processes_queue_it_once(app, laid, clock, monkeypatch):
    clock.set(MONDAY_SIX)
    real = digest.build

    def slow(*args: Any) -> Any:
        monkeypatch.setattr(digest, "build", real)
        assert send_due(app) == 3  # another process is quicker while this one still counts
        return real(*args)

    monkeypatch.setattr(digest, "build", slow)
    assert send_due(app) == 0
    assert len(queued(app)) == 3


def test_it_leaves_with_its_words_and_then_they_are_gone_from_the_outbox(app, laid, clock):
    clock.set(MONDAY_SIX)
    send_due(app)
    for _ in range(10):
        deliver.deliver_team(app)
        clock.move(timedelta(seconds=5))
    mails, said = app.responders["email"].got, app.responders["slack"].got
    assert [mail.address for mail in mails] == list(TO)
    assert mails[0].subject.startswith("Lumo, week 41: ")
    assert "the refund never came" in mails[0].html
    assert "https://earshot.lumo.example/weeks/Lumo/2026-W41" in mails[0].text
    *pictures, sheet = mails[0].attachments
    assert sheet.name == "earshot-2026-W41.csv"
    assert b"complaints,12,12" in sheet.content
    assert [one.name for one in pictures][:2] == ["complaints-light.png", "complaints-dark.png"]
    assert {f"cid:{one.cid}" for one in pictures} == set(re.findall(r'src="(cid:[^"]+)"', mails[0].html))
    assert said[0].blocks[0]["type"] == "header"
    assert "the refund never came" not in str(said[0].blocks)
    send_due(app)
    assert {row.state for row in queued(app)} == {"sent"}
    assert "refund" not in str([(row.text, row.body) for row in queued(app)])


def test_a_post_deleted_while_the_mail_waits_is_not_quoted_in_it(app, laid, clock):
    clock.set(MONDAY_SIX)
    send_due(app)
    mail = next(row for row in queued(app) if row.responder == "email")
    (quote,) = mail.body[digests.QUOTED]
    assert quote["html"] in mail.body["html"]
    assert quote["text"] in mail.body["mail"]
    with app.db.begin() as session:
        session.get(PostRow, int(quote["post"])).gone_at = clock.now()
    deliver.deliver_team(app)
    (message, *_) = app.responders["email"].got
    assert quote["html"] not in message.html
    assert quote["text"] not in message.text
    assert digests.DELETED in message.html
    assert digests.DELETED in message.text


def test_who_leaves_while_the_mail_waits_is_not_written_to(app, laid, clock):
    clock.set(MONDAY_SIX)
    send_due(app)
    with app.db.begin() as session:
        unsubscribed.stop(session, TO[0], "Lumo", clock.now())
    for _ in range(6):
        deliver.deliver_team(app)
        clock.move(timedelta(seconds=5))
    assert [message.address for message in app.responders["email"].got] == [TO[1]]
    assert [row.state for row in queued(app) if row.address == TO[0]] == ["withdrawn"]


def test_a_brand_that_is_new_gets_its_first_digest_for_its_first_whole_wait(app, clock):
    clock.set(MONDAY + 2 * 24 * HOUR)
    Weeks(app.db).brand(LUMO)
    assert send_due(app) == 0  # last week was before its time
    clock.set(MONDAY_SIX)
    assert send_due(app) == 3


def test_a_process_that_slept_over_monday_sends_it_late_and_only_the_newest(app, laid, clock):
    clock.set(MONDAY_SIX + 3 * WEEK + 50 * HOUR)
    assert send_due(app) == 3
    assert {row.key.split(":")[2] for row in queued(app)} == {"2026-W44"}
    assert send_due(app) == 0


def test_a_clock_that_goes_back_sends_nothing_again(app, laid, clock):
    clock.set(MONDAY_SIX + WEEK)
    assert send_due(app) == 3
    clock.set(MONDAY_SIX)
    assert send_due(app) == 0
    clock.set(MONDAY_SIX + WEEK)
    assert send_due(app) == 0


def test_each_brand_has_its_own_monday_and_competitors_have_none(app, laid, clock):
    laid.brand(Brand(name="Kiwi", zone="Pacific/Auckland"))
    send_due(app)
    clock.set(MONDAY + WEEK - 7 * HOUR)  # 06:00 of Monday in Auckland
    assert send_due(app) == 3
    assert {row.brand for row in queued(app)} == {"Kiwi"}
    clock.set(MONDAY_SIX)
    send_due(app)
    assert {row.brand for row in queued(app)} == {"Kiwi", "Lumo"}


def test_nobody_to_tell_is_no_error_and_no_work_each_minute(db, clock, tmp_path, monkeypatch):
    clock.set(MONDAY + HOUR)
    app = app_on(db, clock, Settings(home=tmp_path))
    Weeks(db).brand()
    send_due(app)
    clock.set(MONDAY_SIX)
    made = []
    real = digest.build
    monkeypatch.setattr(digest, "build", lambda *args: made.append(args) or real(*args))
    assert [send_due(app) for _ in range(3)] == [0, 0, 0]
    assert len(made) == 1


def test_a_platform_responder_never_carries_a_digest(app, laid, clock):
    clock.set(MONDAY_SIX)
    send_due(app)
    with app.db.read() as session:
        assert outbox.due(session, clock.now(), "customer") == []


@pytest.mark.parametrize(
    ("tz", "at", "label"),
    [
        ("UTC", datetime(2026, 10, 12, 5, 59, tzinfo=UTC), "2026-W40"),
        ("UTC", datetime(2026, 10, 12, 6, 0, tzinfo=UTC), "2026-W41"),
        ("UTC", datetime(2026, 10, 18, 23, 59, tzinfo=UTC), "2026-W41"),
        ("America/New_York", datetime(2026, 10, 12, 9, 59, tzinfo=UTC), "2026-W40"),
        ("America/New_York", datetime(2026, 10, 12, 10, 0, tzinfo=UTC), "2026-W41"),
        ("America/New_York", datetime(2026, 11, 2, 10, 59, tzinfo=UTC), "2026-W43"),  # clocks went back on Sunday
        ("America/New_York", datetime(2026, 11, 2, 11, 0, tzinfo=UTC), "2026-W44"),
        ("Europe/Oslo", datetime(2026, 3, 30, 4, 0, tzinfo=UTC), "2026-W13"),  # clocks went forward on Sunday
        ("UTC", datetime(2027, 1, 4, 6, 0, tzinfo=UTC), "2026-W53"),
    ],
)
def test_monday_six_is_on_the_brands_wall(tz, at, label):
    assert newest_due(tz, at).label == label


def test_an_attachment_in_the_outbox_is_what_was_made(app, laid, clock):
    clock.set(MONDAY_SIX)
    send_due(app)
    mail = next(row for row in queued(app) if row.responder == "email")
    assert b64decode(mail.body["attachments"][0]["content"]).startswith(b"\xef\xbb\xbfbrand,week,part")
    assert len(mail.body["attachments"]) == 1  # pictures wait as what they show, and are painted when they leave
    assert "complaints" in [one["name"] for one in mail.body["pictures"]]


def test_what_was_sent_last_is_remembered_by_brand(app, laid, clock):
    clock.set(MONDAY_SIX)
    send_due(app)
    with app.db.read() as session:
        assert (digests.last(session, "Lumo"), digests.last(session, "Rival")) == ("2026-W41", "")


def test_a_theme_is_remembered_by_the_name_it_was_sent_with(app, laid, clock):
    clock.set(MONDAY_SIX)
    for number in range(20):
        laid.say(MONDAY + number * HOUR, f"quite calm {number}", complaint=0.1, sentiment="neutral")
    send_due(app)
    first, *_ = digest.build(app, "Lumo", "2026-W41").digest.figures.themes
    name = first.name
    for number in range(12):
        laid.say(MONDAY + WEEK + number * HOUR, f"why has {name} {number}")
        laid.say(MONDAY + WEEK + number * HOUR, f"calm again {number}", complaint=0.1, sentiment="neutral")
    with app.db.read() as session:
        assert theme_names.before(session, "Lumo", "2026-W42") == list(marks_of(first))
        assert theme_names.before(session, "Lumo", "2026-W41") == []
    clock.set(MONDAY_SIX + WEEK)
    send_due(app)
    (theme, *_) = digest.build(app, "Lumo", "2026-W42").digest.figures.themes
    assert (theme.name, theme.n, theme.last) == (name, 12, 12)


def test_names_of_more_than_twelve_weeks_ago_are_forgotten(app, clock):
    with app.db.begin() as session:
        for week in range(10, 25):
            theme_names.keep(session, "Lumo", f"2026-W{week}", [f"n{week}", "gate"], clock.now())
        assert len(theme_names.before(session, "Lumo", "2026-W30")) == 13  # twelve and the gate
        assert "n12" not in theme_names.before(session, "Lumo", "2026-W30")
