"""To whom a brand's digest and its daily brief go: as usual, or as its schedule says."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import cast

import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.steps import brief, deliver, digest
from bot.store import schedules, unsubscribed
from bot.store.db import Database
from bot.store.schedules import DAILY, NOWHERE, WEEKLY, When
from bot.store.tables_house import DeliveryRow
from config.settings import Mail, Settings, Slack, Teams
from tests.conftest import app_on
from tests.flow.test_digest_sending import Hears
from tests.flow.week_rows import AFTER, HOUR, LUMO, MONDAY, Weeks
from tests.unit.test_email import email, post_office

LEAD, MIA, OTTO = "lead@lumo.example", "mia@lumo.example", "otto@zest.example"
MAIL = Mail(host="mail.lumo.example", sender="earshot@lumo.example", to=(LEAD,))
SLACK = Slack(bot_token=SecretStr("xoxb-test"), room="#care")
TEAMS = Teams(rooms={"marketing": SecretStr("https://teams.example/hook")})
ZEST = Brand(name="Zest")


def house(db: Database, clock: HandClock, home: Path, **settings: object) -> App:
    """Two brands with a week behind them, met before it."""
    clock.set(MONDAY + HOUR)
    made = Settings(home=home, public_url="https://earshot.lumo.example", **settings)
    app = app_on(db, clock, made, responders={name: Hears() for name in ("slack", "email", "teams")})
    rows = Weeks(db)
    rows.brand(LUMO, ZEST)
    for number in range(12):
        rows.say(MONDAY + number * HOUR, f"the refund never came {number}")
    digest.send_due(app)
    clock.set(AFTER)
    return app


def put(app: App, brand: str, kind: str = WEEKLY, **facts: object) -> None:
    with app.db.begin() as session:
        schedules.put(session, brand, kind, When("UTC", **facts), app.clock.now(), "account:1")  # type: ignore[arg-type]


def queued(app: App, brand: str = "Lumo") -> set[tuple[str, str]]:
    with app.db.read() as session:
        rows = session.exec(select(DeliveryRow).where(DeliveryRow.kind == "digest", DeliveryRow.brand == brand)).all()
    return {(row.responder, row.address) for row in rows}


def test_each_brands_digest_goes_to_its_own_readers_and_room(db: Database, clock: HandClock, tmp_path: Path) -> None:
    app = house(db, clock, tmp_path, mail=MAIL, slack=SLACK)
    put(app, "Lumo", mails=(MIA,), room="slack|#marketing")
    put(app, "Zest", mails=(OTTO, MIA), room=NOWHERE)
    assert digest.send_due(app) == 4
    assert queued(app) == {("slack", "#marketing"), ("email", MIA)}
    assert queued(app, "Zest") == {("email", OTTO), ("email", MIA)}


def test_where_nothing_is_said_it_goes_where_it_always_went(sqlite: Database, clock: HandClock, tmp_path: Path) -> None:
    app = house(sqlite, clock, tmp_path, mail=MAIL, slack=SLACK)
    put(app, "Lumo", minute=300)
    digest.send_due(app)
    assert queued(app) == queued(app, "Zest") == {("slack", "#care"), ("email", LEAD)}


def test_nobody_by_mail_and_no_room_is_nobody_at_all(sqlite: Database, clock: HandClock, tmp_path: Path) -> None:
    app = house(sqlite, clock, tmp_path, mail=MAIL, slack=SLACK)
    put(app, "Lumo", mails=(), room=NOWHERE)
    digest.send_due(app)
    assert (queued(app), len(queued(app, "Zest"))) == (set(), 2)


def test_who_stopped_it_stays_out_though_the_schedule_names_them(
    db: Database, clock: HandClock, tmp_path: Path
) -> None:
    app = house(db, clock, tmp_path, mail=MAIL)
    for brand in ("Lumo", "Zest"):
        put(app, brand, mails=(MIA, OTTO))
    with app.db.begin() as session:
        unsubscribed.stop(session, MIA, "Lumo", clock.now())
    digest.send_due(app)
    assert queued(app) == {("email", OTTO)}
    assert queued(app, "Zest") == {("email", OTTO), ("email", MIA)}


def test_a_house_with_teams_alone_gets_the_summary_in_words_and_no_customers_among_them(
    sqlite: Database, clock: HandClock, tmp_path: Path
) -> None:
    app = house(sqlite, clock, tmp_path, teams=TEAMS)
    digest.send_due(app)
    assert queued(app) == {("teams", "marketing")}
    for _ in range(4):
        deliver.deliver_team(app)
        clock.move(timedelta(seconds=5))
    said = {one.facts["brand"]: one for one in cast("Hears", app.responders["teams"]).got}["Lumo"]
    assert "Complaints: 12 (100% never tagged us)" in said.text
    assert "the refund never came" not in said.text  # a theme is named, nobody is quoted
    assert said.facts["link"] == "https://earshot.lumo.example/weeks/Lumo/2026-W41"
    assert said.subject.startswith("Lumo, week 41: ")


@pytest.mark.parametrize(
    ("facts", "goes"),
    [
        ({}, {("slack", "#care"), ("email", LEAD)}),
        ({"mails": (MIA,)}, {("slack", "#care"), ("email", MIA)}),
        ({"mails": (), "room": "teams|marketing"}, {("teams", "marketing")}),
    ],
)
def test_the_brief_has_readers_of_its_own(
    db: Database, clock: HandClock, tmp_path: Path, facts: dict[str, object], goes: set[tuple[str, str]]
) -> None:
    app = house(db, clock, tmp_path, mail=MAIL, slack=SLACK, teams=TEAMS)
    put(app, "Lumo", DAILY, **facts)
    brief.send_due(app)
    assert queued(app) == goes
    digest.send_due(app)
    assert queued(app) == goes | {("slack", "#care"), ("email", LEAD)}


def test_each_reader_gets_the_whole_mail_over_a_real_server_with_a_way_out_of_their_own(
    sqlite: Database, clock: HandClock, tmp_path: Path
) -> None:
    """From the schedule through the outbox and SMTP to what a mail program has before it."""
    app = house(sqlite, clock, tmp_path, mail=MAIL)
    put(app, "Lumo", mails=(MIA, OTTO))
    put(app, "Zest", mails=())
    with post_office() as (post, port):
        app = app_on(sqlite, clock, app.settings, responders={"email": email(port)})
        digest.send_due(app)
        for _ in range(4):
            deliver.deliver_team(app)
            clock.move(timedelta(seconds=5))
    letters = {str(read["To"]): read for read in (message_from_bytes(raw, policy=default) for raw in post.letters)}
    assert set(letters) == {MIA, OTTO}
    ways_out = {str(read["List-Unsubscribe"]) for read in letters.values()}
    assert len(ways_out) == 2
    for read in letters.values():
        plain, page = read.get_body(("plain",)), read.get_body(("html",))
        assert plain is not None
        assert page is not None
        assert str(read["List-Unsubscribe"]).strip("<>") in plain.get_content()
        assert "COMPLAINTS A DAY" in plain.get_content()
        inside = {str(part["Content-ID"]).strip("<>"): part.get_content() for part in read.walk() if part["Content-ID"]}
        assert set(inside) == set(re.findall(r'src="cid:([^"]+)"', page.get_content()))
        assert inside
        assert all(picture.startswith(b"\x89PNG") for picture in inside.values())
        (sheet,) = read.iter_attachments()
        assert sheet.get_filename() == "earshot-2026-W41.csv"
        assert b"count,complaints,12,12" in sheet.get_payload(decode=True)
