"""What the doctor says of rooms, Socket Mode, single sign-on and rotas: each trouble with its remedy."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

import responders.discord
import responders.teams
from bot.app import App
from bot.steps.examine import telling
from bot.steps.examine.check import Check
from bot.store import channels, switches
from bot.store.tables_house import AccountRow
from bot.store.tables_telling import OverrideRow, RotaRow, RouteRow
from config.settings import Discord, Ntfy, SignOn, Teams
from connectors.errors import AuthFailed
from connectors.http import Http
from responders.types import Responder
from tests.fakes.channels import FakeChannels
from tests.fakes.oidc import provider
from tests.flow.room import HOUR, SECOND, Room, hire

DAY = timedelta(days=1)


def said(found: list[Check]) -> dict[str, tuple[str, str]]:
    return {check.name: (check.verdict, check.says) for check in found}


def changed(app: App, **settings: Any) -> App:
    return replace(app, settings=app.settings.model_copy(update=settings))


def test_rooms_are_asked_and_nothing_is_posted(room: Room) -> None:
    with room.app.db.begin() as session:
        session.add(
            RouteRow(position=1, name="Night", responder="pagerduty", address="night", changed_at=room.clock.now())
        )
        way = channels.get(session, "email", "lead@acme.example")
        channels.put(
            session, way.failed(room.clock.now(), "The server refused us", hard=True, wait=HOUR), room.clock.now()
        )
    found = said(telling.rooms(changed(room.app, ntfy=Ntfy(topics=("shift",)))))
    asked = "signed in as @earshot in Northwind, but nothing was ever sent there."
    assert found["room slack #care"] == ("warn", f"{asked} {telling.TRY}")
    assert found["room email lead@acme.example"][0] == "warn"
    assert "The server refused us. Check mail.host" in found["room email lead@acme.example"][1]
    assert found["room pagerduty night"][0] == "fail"
    assert "pagerduty is not in the settings" in found["room pagerduty night"][1]
    assert room.slack.posts == []


def test_a_room_that_took_a_message_says_who_we_are_there(room: Room) -> None:
    room.open_case(1)
    room.run(5 * SECOND)
    assert said(telling.rooms(room.app))["room slack #care"] == (
        "ok",
        f"signed in as @earshot in Northwind; took a message on {room.clock.now():%d %b %H:%M} UTC",
    )


def test_one_discord_webhook_that_is_gone_says_nothing_of_the_other(room: Room) -> None:
    with FakeChannels() as fake:
        urls = {name: SecretStr(f"{fake.url}/discord/1/{key}") for name, key in (("care", "K1"), ("night", "GONE"))}
        discord, teams = Discord(rooms=urls), Teams(rooms={"all": SecretStr(f"{fake.url}/teams/1")})
        http = Http(private_ok=True, deadline_s=2)
        more: dict[str, Responder] = {
            "discord": responders.discord.Discord(discord, http),
            "teams": responders.teams.Teams(teams, http),
        }
        app = replace(room.app, responders={**room.app.responders, **more})
        with app.db.begin() as session:
            for responder, name in (("discord", "care"), ("teams", "all")):
                now = room.clock.now()
                channels.put(session, channels.get(session, responder, name).attempted(now, True, False), now)
        found = said(telling.rooms(changed(app, discord=discord, teams=teams)))
        assert fake.taken == {}
        http.close()
    assert found["room discord care"][0] == "ok"
    assert found["room discord care"][1].startswith("the webhook Earshot ??1? is there; took a message on")
    verdict, says = found["room discord night"]
    assert (verdict, telling.REMEDIES["discord"] in says, "GONE" in says) == ("warn", True, False)
    assert found["room teams all"][1].endswith("it can only be tried by posting")


def test_a_revoked_token_is_said_with_what_to_do(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_self: object) -> str:
        raise AuthFailed("The token was revoked.")

    monkeypatch.setattr(type(room.app.responders["slack"]), "probe", refused)
    verdict, says = said(telling.rooms(room.app))["room slack #care"]
    assert (verdict, says) == ("warn", f"The token was revoked. {telling.REMEDIES['slack']}")


def test_socket_mode_says_whether_a_line_is_open(room: Room) -> None:
    slack = room.app.settings.slack
    app = changed(room.app, slack=slack.model_copy(update={"app_token": SecretStr("xapp-1")}))
    with app.db.begin() as session:
        assert telling.socket(session, room.app) == []
        (check,) = telling.socket(session, app)
        assert (check.verdict, "connections:write" in check.says) == ("warn", True)
        switches.put(session, "slack:socket", {"since": "08:15", "why": ""}, room.clock.now())
        assert telling.socket(session, app)[0].verdict == "ok"
        alone = changed(app, slack=app.settings.slack.model_copy(update={"bot_token": None}))
        assert telling.socket(session, alone)[0].verdict == "fail"


def rota(room: Room, *people: int, starts: timedelta = -DAY) -> int:
    now = room.clock.now()
    with room.app.db.begin() as session:
        row = RotaRow(name="Nights", starts_on=(now + starts).date().isoformat(), people=list(people), changed_at=now)
        session.add(row)
        session.flush()
        return row.id or 0


def checked(room: Room) -> tuple[str, str]:
    with room.app.db.read() as session:
        (check,) = telling.calls(session, room.app)
    return check.verdict, check.says


def test_a_rota_that_holds_is_in_order(room: Room) -> None:
    rota(room, hire(room, "Lena"), hire(room, "Ann"))
    assert checked(room) == ("ok", "somebody is on call for the next 14 days")


def test_the_turn_of_somebody_who_left_is_a_hole_until_a_swap_fills_it(room: Room) -> None:
    lena, ann = hire(room, "Lena"), hire(room, "Ann")
    number = rota(room, lena, ann)
    with room.app.db.begin() as session:
        account = session.get(AccountRow, ann)
        assert account is not None
        account.disabled_at = room.clock.now()
        session.add(account)
    verdict, says = checked(room)
    assert verdict == "warn"
    assert "nobody is on call in 1 stretch, first from" in says
    assert "(Ann cannot answer for it)" in says
    now = room.clock.now()
    with room.app.db.begin() as session:
        session.add(OverrideRow(rota_id=number, account_id=lena, from_at=now, until_at=now + 20 * DAY, created_at=now))
    assert checked(room)[0] == "ok"


def test_days_before_a_rota_begins_are_a_hole(room: Room) -> None:
    rota(room, hire(room, "Lena"), starts=3 * DAY)
    assert checked(room)[0] == "warn"


def test_single_sign_on_is_asked_for_what_it_publishes(room: Room) -> None:
    assert telling.sign_on(room.app) == []
    with provider() as fake:
        good = SignOn(issuer=fake.issuer, client_id="earshot")
        app = changed(room.app, private_addresses=True, sign_on=good)
        assert telling.sign_on(app)[0].verdict == "ok"
        other = changed(app, sign_on=SignOn(issuer=fake.issuer + "/", client_id="earshot"))
        verdict, says = said(telling.sign_on(other))["sign-on"]
        assert (verdict, "write sign_on.issuer exactly so" in says) == ("fail", True)
    assert telling.sign_on(app)[0].verdict == "fail"
    assert telling.sign_on(changed(app, sign_on=SignOn(issuer="https://id.test")))[0].verdict == "fail"
