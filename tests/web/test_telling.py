"""Who hears of what, on the channels page: routes rehearsed before they are saved, quiet with a name to it, replay."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from pydantic import SecretStr

from bot.app import App
from bot.clock import HandClock
from bot.store import events, quiet, routing
from bot.store.routing import Way
from config.settings import Slack, Teams
from tests.web.conftest import Browser, hire
from tests.web.seed import BRAND, Seed
from tests.web.test_channels import Room

Visit = Callable[[], Browser]
ROUTE = {"name": "Billing", "severity": "high", "languages": "es, pt-BR", "platforms": "Bluesky", "room": "teams|care"}


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    rooms = {"care": SecretStr("https://teams.example/canary-secret")}
    made = make_app(slack=Slack(bot_token=SecretStr("xoxb-1"), room="#care"), teams=Teams(rooms=rooms))
    return replace(made, responders=cast("Any", {"slack": Room(), "teams": Room()}))


def admin(app: App, visit: Visit, role: str = "admin", brands: tuple[str, ...] = ()) -> Browser:
    hire(app, "ruth@acme.example", role, brands)
    browser = visit()
    browser.log_in("ruth@acme.example")
    browser.get("/channels" if role != "agent" else "/me")
    return browser


def routes(app: App) -> list[Any]:
    with app.db.read() as session:
        return routing.all_of(session)


def test_a_rule_that_another_changed_meanwhile_is_not_replaced_unseen(app: App, visit: Visit) -> None:
    browser = admin(app, visit)
    browser.post("/channels/routes", ROUTE)
    (row,) = routes(app)
    found = re.search(r'name="was" value="([0-9a-f]+)"', browser.get(f"/channels?edit={row.id}").text)
    assert found is not None
    assert browser.post(f"/channels/routes/{row.id}", ROUTE | {"name": "Theirs", "was": found[1]}).status_code == 303
    refused = browser.post(f"/channels/routes/{row.id}", ROUTE | {"name": "Mine", "was": found[1]})
    assert refused.status_code == 409
    assert "Theirs" in refused.text
    assert 'value="Mine"' in refused.text, "both versions stand there"
    assert [each.name for each in routes(app)] == ["Theirs"]


def test_a_route_is_saved_shown_and_changed(app: App, visit: Visit) -> None:
    browser = admin(app, visit)
    assert (
        browser.post("/channels/routes", ROUTE | {"opens": "22:00", "closes": "06:00", "day": "sat"}).status_code == 303
    )
    (row,) = routes(app)
    assert (row.severities, row.languages, row.platforms) == (["high"], ["es", "pt-br"], ["bluesky"])
    assert row.hours == {"sat": [["22:00", "06:00"]]}
    page = browser.get("/channels").text
    assert "severity high; language es, pt-br; on bluesky; Sat 22:00–06:00, UTC" in page.replace("<bdi>", "").replace(
        "</bdi>", ""
    )
    assert "canary-secret" not in page
    assert 'value="Billing"' in browser.get(f"/channels?edit={row.id}").text
    browser.post(f"/channels/routes/{row.id}", ROUTE | {"name": "Both", "goes_on": "1"})
    assert [(each.name, each.goes_on, each.hours) for each in routes(app)] == [("Both", True, {})]
    with app.db.read() as session:
        assert events.newest(session)[0].what == "route.saved"


def test_a_route_is_rehearsed_on_the_last_seven_days_before_it_is_saved(
    app: App, visit: Visit, clock: HandClock
) -> None:
    seed = Seed(app)
    seed.brand()
    for number, severity in enumerate(("high", "high", "normal", "critical")):
        seed.case("late again", f"P {number}", ago=60 * number, severity=severity)
    seed.case("long ago", "Old", ago=60 * 24 * 8, severity="high")
    browser = admin(app, visit)
    page = browser.post("/channels/routes", {"severity": "high", "room": "teams|care", "act": "preview"}).text
    assert rooms(page) == [("Slack #care", "4", "2", "−2"), ("Teams care", "0", "2", "+2")]
    assert routes(app) == []
    first = {"severity": "high", "room": "slack|#care"}  # nobody would have been told otherwise: saved at once
    assert browser.post("/channels/routes", first).status_code == 303
    page = browser.post("/channels/routes", {"room": "teams|care", "act": "preview"}).text
    assert rooms(page) == [("Slack #care", "4", "2", "−2"), ("Teams care", "0", "2", "+2")]  # the first has the others


def rooms(page: str) -> list[tuple[str, ...]]:
    """The table of who would have been told: room, now, then, difference."""
    table = page.partition('<table class="grid rewound">')[2].partition("</table>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line) for line in table.split("<tr>")[2:]]
    return [tuple(re.sub("<[^>]+>", "", cell).strip() for cell in line) for line in cells]


def test_a_route_that_would_have_told_others_is_saved_moved_and_removed_only_after_that_was_shown(
    app: App, visit: Visit
) -> None:
    seed = Seed(app)
    seed.brand()
    for number, severity in enumerate(("high", "high", "normal")):
        seed.case("late again", f"P {number}", ago=60 * number, severity=severity)
    browser = admin(app, visit)

    def pressed(address: str, form: dict[str, str]) -> list[tuple[str, ...]]:
        before = [row.id for row in routes(app)]
        shown = browser.post(address, form)
        assert shown.status_code == 200
        assert [row.id for row in routes(app)] == before
        seen = re.findall(r'name="seen" value="([^"]+)"', shown.text)[0]
        assert browser.post(address, form | {"seen": "another"}).status_code == 200
        assert browser.post(address, form | {"seen": seen}).status_code == 303
        return rooms(shown.text)

    high = {"severity": "high", "room": "teams|care", "name": "High"}
    assert pressed("/channels/routes", high) == [("Slack #care", "3", "1", "−2"), ("Teams care", "0", "2", "+2")]
    assert browser.post("/channels/routes", {"room": "slack|#care"}).status_code == 303
    _high, every = routes(app)
    assert pressed(f"/channels/routes/{every.id}/up", {})[1] == ("Teams care", "2", "0", "−2")
    assert [row.id for row in routes(app)] == [every.id, _high.id]
    assert pressed(f"/channels/routes/{every.id}/remove", {})[1] == ("Teams care", "0", "2", "+2")
    assert [row.name for row in routes(app)] == ["High"]


def test_what_does_not_fit_is_said_and_stays_in_the_form(app: App, visit: Visit) -> None:
    browser = admin(app, visit)
    wrongs = (
        ({"room": "teams|elsewhere"}, "Choose a room"),
        ({"room": "slack|*", "channel": " "}, "Write the Slack channel"),
        ({"opens": "25:00", "closes": "06:00"}, "not a time of day"),
        ({"opens": "22:00"}, "Write both times"),
        ({"opens": "22:00", "closes": "06:00", "tz": "Mars/Olympus"}, "Mars/Olympus"),
        ({"brand": "Nobody"}, "does not exist"),
    )
    for change, said in wrongs:
        answer = browser.post("/channels/routes", ROUTE | {"name": "Kept words"} | change)
        assert answer.status_code == 422, change
        assert said in answer.text, change
        assert "Kept words" in answer.text
    assert routes(app) == []


def test_another_slack_channel_can_be_named(app: App, visit: Visit) -> None:
    browser = admin(app, visit)
    browser.post("/channels/routes", {"room": "slack|*", "channel": "#billing"})
    assert [(row.responder, row.address) for row in routes(app)] == [("slack", "#billing")]
    assert "#billing" in browser.get("/channels").text


def test_the_page_says_whether_slack_reaches_us_without_a_public_address(
    make_app: Callable[..., App], visit: Visit
) -> None:
    from starlette.testclient import TestClient

    from bot.store import switches
    from bot.web import app as web_app
    from tests.web.conftest import ADDRESS

    app = make_app(slack=Slack(bot_token=SecretStr("xoxb-1"), app_token=SecretStr("xapp-1"), room="#care"))
    hire(app, "ruth@acme.example", "admin")
    browser = Browser(TestClient(web_app.create(app), base_url=ADDRESS, follow_redirects=False))
    browser.log_in("ruth@acme.example")
    assert "Socket Mode: not connected yet." in browser.get("/channels").text
    with app.db.begin() as session:
        switches.put(session, "slack:socket", {"since": "", "why": "<Slack> says invalid_auth."}, app.clock.now())
    assert "Socket Mode: not connected: <bdi>&lt;Slack&gt; says invalid_auth." in browser.get("/channels").text


def test_the_order_can_be_changed_and_a_rule_removed(app: App, visit: Visit) -> None:
    browser = admin(app, visit)
    for name in ("one", "two", "three"):
        browser.post("/channels/routes", ROUTE | {"name": name})
    last = routes(app)[2].id
    browser.post(f"/channels/routes/{last}/up")
    assert [row.name for row in routes(app)] == ["one", "three", "two"]
    browser.post(f"/channels/routes/{last}/up")
    browser.post(f"/channels/routes/{last}/up")
    assert [row.name for row in routes(app)] == ["three", "one", "two"]
    browser.post(f"/channels/routes/{last}/remove")
    assert [row.name for row in routes(app)] == ["one", "two"]
    assert browser.post(f"/channels/routes/{last}/remove").status_code == 404


def test_a_walled_admin_neither_sees_nor_changes_rules_beyond_the_wall(app: App, visit: Visit) -> None:
    seed = Seed(app)
    seed.brand()
    seed.brand("Secret Soap")
    boss = admin(app, visit)
    boss.post("/channels/routes", ROUTE | {"name": "Hidden rule", "brand": "Secret Soap"})
    boss.post("/channels/routes", ROUTE | {"name": "For all"})
    hidden, common = (row.id for row in routes(app))
    hire(app, "otis@acme.example", "admin", (BRAND,))
    otis = visit()
    otis.log_in("otis@acme.example")
    page = otis.get("/channels").text
    assert "Hidden rule" not in page
    assert "Secret Soap" not in page
    for route in (hidden, common, 4_711):
        assert otis.post(f"/channels/routes/{route}/remove").status_code == 404
        assert otis.post(f"/channels/routes/{route}", ROUTE).status_code == 404
    assert otis.post("/channels/routes", ROUTE | {"brand": "Secret Soap"}).status_code == 422
    assert otis.post("/channels/routes", ROUTE).status_code == 422
    assert otis.post("/channels/routes", ROUTE | {"brand": BRAND}).status_code == 303


def test_quiet_says_who_asked_for_it_and_until_when_and_can_be_ended(app: App, visit: Visit, clock: HandClock) -> None:
    browser = admin(app, visit, "lead")
    answer = browser.post("/channels/quiet", {"room": "slack|#care", "minutes": "30", "why": "<b>rehearsal</b>"})
    assert answer.status_code == 303
    page = browser.get("/channels").text
    assert "Quiet now" in page
    assert "12:30" in page
    assert "Ruth" in page
    assert "&lt;b&gt;rehearsal" in page
    with app.db.read() as session:
        (active,) = quiet.active(session, clock.now())
    assert active.until == clock.now() + timedelta(minutes=30)
    browser.post(f"/channels/quiet/{active.row.id}/end")
    with app.db.read() as session:
        assert quiet.active(session, clock.now()) == []
        assert events.newest(session)[0].what == "quiet.ended"


def test_quiet_hours_every_week_need_hours_a_reason_and_an_end(app: App, visit: Visit) -> None:
    browser = admin(app, visit, "lead")
    for change, said in (
        ({"opens": "22:00", "closes": "07:00"}, "Say why"),
        ({"why": "night"}, "how many minutes"),
        ({"why": "night", "minutes": "20000"}, "at most a week"),
        ({"why": "night", "day": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}, "for ever"),
        ({"why": "night", "minutes": "5", "room": "teams|nowhere"}, "Choose a room"),
    ):
        answer = browser.post("/channels/quiet", cast("dict[str, Any]", change))
        assert answer.status_code == 422, change
        assert said in answer.text, change
    assert browser.post("/channels/quiet", {"why": "night", "opens": "22:00", "closes": "07:00"}).status_code == 303
    assert "every day 22:00–07:00" in browser.get("/channels").text


def test_an_agent_makes_nothing_quiet_and_a_lead_no_routes(app: App, visit: Visit) -> None:
    browser = admin(app, visit, "agent")
    assert browser.post("/channels/quiet", {"why": "x", "minutes": "5"}).status_code == 403
    hire(app, "lena@acme.example", "lead")
    lead = visit()
    lead.log_in("lena@acme.example")
    assert lead.post("/channels/routes", ROUTE).status_code == 403
    assert lead.post("/channels/room", {"room": "slack|#care"}).status_code == 403


def test_a_room_keeps_its_pace_and_its_fallback(app: App, visit: Visit) -> None:
    browser = admin(app, visit)
    form = {"room": "slack|#care", "bundle_s": "120", "cap_hour": "20", "fallback": "teams|care"}
    assert browser.post("/channels/room", form).status_code == 303
    with app.db.read() as session:
        assert routing.pace(session, Way("slack", "#care")).bundle_s == 120
        assert routing.fallbacks(session, Way("slack", "#care"), ()) == (Way("teams", "care"),)
    assert "Bundles for 120 s. At most 20 an hour. Falls back on Teams" in browser.get("/channels").text
    assert browser.post("/channels/room", form | {"bundle_s": "9999"}).status_code == 422
    assert browser.post("/channels/room", form | {"fallback": "slack|#care"}).status_code == 422
    assert browser.post("/channels/room", form | {"room": "slack|#nowhere"}).status_code == 404


def test_each_room_has_its_own_test_message(app: App, visit: Visit) -> None:
    browser = admin(app, visit)
    answer = browser.post("/channels/test", {"responder": "teams", "address": "care"})
    assert "It was taken." in answer.text
    assert [message.address for message in cast("Any", app.responders["teams"]).heard] == ["care"]
    assert browser.post("/channels/test", {"responder": "teams", "address": "nowhere"}).status_code == 404


def test_replay_tells_again_what_was_sent_and_asks_for_sensible_hours(app: App, visit: Visit) -> None:
    from bot.store import outbox
    from bot.store.tables_house import DeliveryRow

    seed, now = Seed(app), app.clock.now()
    seed.brand()
    case_id = seed.case("late again")
    with app.db.begin() as session:
        for number, (state, ago) in enumerate((("sent", 10), ("sent", 200), ("waiting", 5))):
            outbox.add(session, DeliveryRow(
                key=f"new:case:{case_id}:{number}", kind="new", audience="team", responder="teams", address="care",
                brand=BRAND, case_id=case_id, state=state, sent_at=now - timedelta(minutes=ago), created_at=now,
                next_try_at=now,
            ))  # fmt: skip
    browser = admin(app, visit)
    assert "1 messages are told again" in browser.post("/channels/replay", {"room": "teams|care", "hours": "1"}).text
    assert browser.post("/channels/replay", {"room": "teams|care", "hours": "100"}).status_code == 422
    assert browser.post("/channels/replay", {"room": "teams|nowhere", "hours": "1"}).status_code == 404
    with app.db.read() as session:
        (queued,) = [row for row in outbox.of_case(session, case_id) if row.kind == "replay"]
    assert queued.body == {"of": f"new:case:{case_id}:0", "kind": "new"}


def test_the_pages_time_of_quiet_is_the_zones_own(app: App, visit: Visit, clock: HandClock) -> None:
    browser = admin(app, visit, "lead")
    form = {"why": "night", "opens": "22:00", "closes": "07:00", "tz": "Europe/Berlin"}
    browser.post("/channels/quiet", form)
    clock.set(datetime(2026, 10, 24, 22, 30, tzinfo=UTC))  # 00:30 in Berlin, the night the clocks go back
    with app.db.read() as session:
        (active,) = quiet.active(session, clock.now())
    assert active.until == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)  # 07:00 CET
