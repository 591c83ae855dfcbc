"""A drill rehearses the team's own set-up, and no room, address, token or hook of theirs is in it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.app import App
from bot.cli import drill
from bot.cli.sandbox import Sandbox, sandbox
from bot.clock import HandClock
from bot.core import stand_ins
from bot.core.brand import Brand
from bot.demo.crisis import Line
from bot.store import answering, brands, drill_copy, limits, people, schedules
from bot.store.db import Database
from bot.store.tables_answering import CalendarRow, SnippetRow
from bot.store.tables_desk import WorkerRow
from bot.store.tables_house import AccountRow
from bot.store.tables_telling import ChainRow, OverrideRow, QuietRow, RoomRow, RotaRow, RouteRow
from config.settings import Discord, Hook, Hooks, Mail, Notify, Ntfy, PagerDuty, Settings, Slack, Teams
from tests.conftest import app_on

MINUTE = timedelta(minutes=1)
THEIRS = (
    "xoxb-theirs", "xapp-theirs", "signing-theirs", "#care", "#leads", "lena@acme.example", "ops@acme.example",
    "mail.acme.example", "mail-password", "teams.acme.example", "discord.acme.example", "pager-key",
    "ntfy.acme.example", "secret-topic", "own-topic-9", "hook.acme.example", "whsec-theirs-0123456789",
    "notify.acme.example", "U0LENA", "cal.acme.example", "beat.acme.example", "metrics-theirs",
)  # fmt: skip
"""Every address, name and secret of the real set-up below by which somebody could be reached."""

SCRIPT = (
    Line("a", 0, "bluesky", "ada", "Acme lost my bag, this is terrible and nobody answers"),
    Line("b", 1, "mastodon", "bob", "Acme charged me twice, awful, I want my money back"),
)


def theirs(home: Path) -> Settings:
    return Settings(
        home=home, mask_personal=False, heartbeat_url=SecretStr("https://beat.acme.example/x"),
        metrics_token=SecretStr("metrics-theirs"),
        slack=Slack(
            bot_token=SecretStr("xoxb-theirs"), app_token=SecretStr("xapp-theirs"),
            signing_secret=SecretStr("signing-theirs"), room="#care",
        ),
        mail=Mail(
            host="mail.acme.example", user="x", password=SecretStr("mail-password"), sender="a@acme.example",
            to=("ops@acme.example",),
        ),
        teams=Teams(rooms={"ops": SecretStr("https://teams.acme.example/1")}),
        discord=Discord(rooms={"ops": SecretStr("https://discord.acme.example/1")}),
        pagerduty=PagerDuty(services={"night": SecretStr("pager-key")}),
        ntfy=Ntfy(server="https://ntfy.acme.example", topics=("secret-topic",)),
        hooks=Hooks(targets={
            "own": Hook(url=SecretStr("https://hook.acme.example"), secret=SecretStr("whsec-theirs-0123456789"))
        }),
        notify=Notify(targets={"all": SecretStr("json://notify.acme.example")}),
    )  # fmt: skip


@pytest.fixture
def real(sqlite: Database, clock: HandClock, tmp_path: Path) -> App:
    """A team with everything set up: Acme promises twenty minutes, Lena is on call, her turn is swapped to Ben."""
    app = replace(app_on(sqlite, clock, Settings(home=tmp_path)), settings=theirs(tmp_path))
    now = clock.now()
    with app.db.begin() as session:
        policy = {"window_minutes": 20}
        brands.save(session, Brand(name="Acme", names=("Acme",), policy=policy), "test", now, "test")
        lena = people.create(session, "lena", "Lena", "lead", [], "hash", now)
        ben = people.create(session, "ben", "Ben", "agent", [], "hash", now)
        assert lena is not None
        assert ben is not None
        lena.slack_user = "U0LENA"
        one, two = lena.id or 0, ben.id or 0
        session.add(lena)
        session.add(WorkerRow(
            account_id=one, skills=["refund"], languages=["de"], capacity=3,
            calls={"slack": "linked", "email": "lena@acme.example", "ntfy": "own-topic-9"},
        ))  # fmt: skip
        rota = RotaRow(name="all", starts_on="2026-01-05", people=[one], changed_at=now)
        session.add(rota)
        session.flush()
        session.add_all((
            OverrideRow(rota_id=rota.id or 0, account_id=two, from_at=now + 9 * MINUTE, until_at=now + 99 * MINUTE,
                        created_at=now),
            ChainRow(brand="Acme", steps=[[5, "oncall"], [10, "lead"]], changed_at=now),
            RouteRow(position=1, name="loud", brand="Acme", responder="slack", address="#leads", goes_on=True,
                     changed_at=now),
            RouteRow(position=2, name="mail", brand="Acme", responder="email", address="ops@acme.example",
                     changed_at=now),
            RoomRow(responder="slack", address="#leads", cap_hour=30, fallback_responder="email",
                    fallback_address="ops@acme.example", changed_at=now),
            QuietRow(responder="email", address="ops@acme.example", from_at=now, until_at=now + 60 * MINUTE,
                     why="moving house", created_at=now),
            CalendarRow(brand="Acme", name="holidays", url="https://cal.acme.example/x.ics", content="BEGIN",
                        days={"2026-12-25": "Christmas"}, next_read_at=now),
            SnippetRow(brand="Acme", name="refund", text="We give it back.", by=one, changed_at=now),
        ))  # fmt: skip
        limits.save(session, "Acme", {"repeat": {"hours": 7}}, one, now)
        answering.save(session, "Acme", {"consent": {"followers": 5_000}}, one, now)
    return app


@pytest.fixture
def made(real: App, clock: HandClock, tmp_path: Path) -> Iterator[Sandbox]:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    box = sandbox(real, SCRIPT, 1.0, clock, folder, 8485)
    yield box
    box.app.db.close()


def run(made: Sandbox, clock: HandClock, span: timedelta) -> None:
    until = clock.now() + span
    while clock.now() < until:
        drill.turn(made.app)
        clock.move(timedelta(seconds=15))


def revealed(value: Any) -> str:
    """A settings object in full, its secrets too."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return " ".join(f"{key} {revealed(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return " ".join(map(revealed, value))
    return str(value)


def test_no_address_room_token_or_hook_of_theirs_is_in_the_sandbox(real: App, made: Sandbox, clock: HandClock) -> None:
    assert all(one in revealed(real.settings.model_dump()) + everything(real) for one in THEIRS), "the test is blind"
    run(made, clock, 6 * MINUTE)
    known = revealed(made.app.settings.model_dump()) + everything(made.app) + repr(made.debrief())
    assert [one for one in THEIRS if one in known] == []


def everything(app: App) -> str:
    """All that a database holds, as text."""
    with app.db.engine.connect() as connection:
        return "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]


def test_every_table_of_the_set_up_is_copied(real: App, made: Sandbox) -> None:
    for table in drill_copy.COPIED:
        with real.db.read() as session:
            there = session.exec(select(table)).all()
        with made.app.db.read() as session:
            here = session.exec(select(table)).all()
        assert there, f"{table.__tablename__} is empty: nothing is shown"
        assert len(here) == len(there), table.__tablename__


def test_rules_of_answering_people_and_rooms_hold_in_the_drill_as_at_home(made: Sandbox, clock: HandClock) -> None:
    with made.app.db.read() as session:
        assert limits.boundaries(session, "Acme").repeat.hours == 7
        assert answering.settings(session, "Acme").consent.followers == 5_000
        lena = session.exec(select(AccountRow).where(AccountRow.login == "lena")).one()
        assert lena.slack_user == stand_ins.member(lena.id or 0)
        assert session.exec(select(WorkerRow)).one().skills == ["refund"]
        assert session.exec(select(RoomRow)).one().cap_hour == 30
        assert session.exec(select(CalendarRow)).one().days == {"2026-12-25": "Christmas"}
        assert not schedules.of(session, "Acme", "weekly", "UTC").is_on, "a drill sends no digest"
    assert made.app.settings.mask_personal is False


def test_nobody_claims_and_the_chain_calls_who_is_on_call_in_the_routes_rooms_and_by_her_own_ways(
    made: Sandbox, clock: HandClock
) -> None:
    run(made, clock, 12 * MINUTE)
    facts = made.debrief()
    rooms = {(one["by"], one["room"]) for one in facts["said"]}
    assert ("slack", "#drill-leads") in rooms
    assert ("slack", "Lena") in rooms, "called by the way of her own"
    assert not any(by == "email" and room.startswith("ops-") for by, room in rooms), "it is quiet there"
    assert any("@Lena 5 minutes, and nobody has it" in one["text"] for one in facts["said"]), facts["said"]
    assert facts["windows_s"] == [1_200.0]
    assert facts["messages"] == len(facts["said"])
    assert "lost my bag" in " ".join(one["text"] for one in facts["said"])


def test_a_brand_that_is_not_there_is_named_with_those_that_are(real: App) -> None:
    with pytest.raises(ValueError, match=r"There is no brand 'Amce'\. Yours: Acme\."):
        drill._brand(real, "Amce")


def test_a_team_without_any_room_has_one_in_the_drill(sqlite: Database, clock: HandClock, tmp_path: Path) -> None:
    box = sandbox(app_on(sqlite, clock, Settings(home=tmp_path)), SCRIPT, 1.0, clock, tmp_path / "sandbox", 8485)
    assert box.app.settings.slack.room == "#drill"
    box.app.db.close()


@pytest.mark.parametrize(
    ("responder", "real", "shown"),
    [
        ("slack", "#care", "#drill-care"),
        ("slack", "C0123", "drill-C0123"),
        ("teams", "ops", "drill-ops"),
        ("slack", "", ""),
    ],
)
def test_a_room_has_a_name_that_is_nobodys_and_still_told_apart(responder: str, real: str, shown: str) -> None:
    assert stand_ins.address(responder, real) == shown


def test_mail_and_topics_go_where_nothing_can_be_looked_up_and_stay_two_where_they_were_two() -> None:
    one, two = (stand_ins.address("email", f"lena@{host}.example") for host in ("a", "b"))
    assert one != two
    assert one.endswith("@drill.invalid")
    assert "secret" not in stand_ins.address("ntfy", "secret-topic")
