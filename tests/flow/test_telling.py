"""Routes, quiet, bundles, caps, chains and other channels at work: who hears what, when, and never twice."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.app import App
from bot.store import notices, oncall, outbox, quiet, replay, routing
from bot.store.routing import Way
from bot.store.tables_house import DeliveryRow
from bot.store.tables_telling import ChainRow, OverrideRow, QuietRow, RoomRow, RotaRow, RouteRow
from config.settings import Hook, Hooks, PagerDuty
from connectors.errors import Unavailable
from responders.types import Message, Receipt
from tests.flow.room import HOUR, MINUTE, SECOND, Letters, Room, hire


class Channel(Letters):
    """A channel that keeps what it is given and can change it in place."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.changed: list[Message] = []

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        self.changed.append(message)
        return receipt


def with_channel(room: Room, *names: str) -> tuple[Room, dict[str, Channel]]:
    made = {name: Channel(name) for name in names}
    hooks = Hooks(targets={"crm": Hook(url=SecretStr("https://crm.example/"), secret=SecretStr("x" * 20))})
    more = {"hooks": hooks, "pagerduty": PagerDuty(services={"night": SecretStr("k")})}
    settings = room.app.settings.model_copy(update=more)
    app = replace(room.app, settings=settings, responders=cast("Any", {**room.app.responders, **made}))
    return replace(room, app=app), made


def keep(app: App, *rows: Any) -> None:
    with app.db.begin() as session:
        for row in rows:
            session.merge(row)


def route(room: Room, address: str = "#billing", responder: str = "slack", **rule: Any) -> None:
    keep(room.app, RouteRow(position=1, name="r", responder=responder, address=address,
                            changed_at=room.clock.now(), **rule))  # fmt: skip


def rooms(room: Room) -> list[tuple[str, str]]:
    return [(post.room, post.text.partition(" on ")[0]) for post in room.slack.posts]


def test_a_case_goes_where_the_first_fitting_rule_says_and_the_rest_to_the_usual_room(room: Room) -> None:
    route(room, severities=["high"])
    room.open_case(1, severity="high")
    room.open_case(2)
    room.run(5 * SECOND)
    assert sorted(rooms(room)) == [("#billing", "Ada 1"), ("C0CARE", "Ada 2")]


def test_a_rule_that_goes_on_tells_two_rooms_and_both_messages_follow_the_case(room: Room) -> None:
    route(room, brand="Acme", goes_on=True)
    keep(room.app, RouteRow(position=2, name="all", responder="slack", address="#care", changed_at=room.clock.now()))
    lena, case_id = hire(room, "Lena"), room.open_case(1)
    room.run(5 * SECOND)
    assert sorted(post.room for post in room.slack.posts) == ["#billing", "C0CARE"]
    room.change(case_id, state="claimed", holder=lena, lease_until=room.clock.now() + HOUR)
    room.run(5 * SECOND)
    assert {message.text[:12] for message in room.slack.messages.values()} == {"Lena has it."}
    assert len(room.slack.posts) == 2


@pytest.mark.parametrize("goes_on", [False, True])
def test_what_other_rules_are_predicted_to_tell_each_room_is_what_they_tell_it(room: Room, goes_on: bool) -> None:
    """The same cases at the same hours of two days: told by the old rule, predicted for the new ones, told by them."""
    at, usual = room.clock.now(), [(way.responder, way.address) for way in notices.ways(room.app.settings)]

    def day(number: int) -> Counter[tuple[str, str]]:
        before = told()
        for hour, severity in enumerate(("high", "normal", "high", "critical", "normal", "high")):
            room.clock.set(at + timedelta(days=number, hours=hour))
            room.open_case(10 * number + hour, severity=severity, language="es" if hour % 2 else "en")
        return told() - before

    def told() -> Counter[tuple[str, str]]:
        with room.app.db.read() as session:
            rows = session.exec(select(DeliveryRow).where(DeliveryRow.kind == "new")).all()
        return Counter((row.responder, row.address) for row in rows)

    route(room, severities=["high"])
    old = day(0)
    hours = {"wed": [["15:00", "18:00"]], "thu": [["15:00", "18:00"]]}
    new = [
        RouteRow(id=8, position=1, name="es", responder="slack", address="#es", languages=["es"], goes_on=goes_on,
                 changed_at=at),
        RouteRow(id=9, position=2, name="day", responder="slack", address="#day", hours=hours, zone="UTC",
                 changed_at=at),
    ]  # fmt: skip
    with room.app.db.read() as session:
        in_force, rules = routing.rules(session), [routing.as_rule(row) for row in new]
        predicted = [routing.preview(session, known, usual, at, None) for known in (in_force, rules)]
    with room.app.db.begin() as session:
        for row in routing.all_of(session):
            session.delete(row)
        session.add_all(new)
    assert predicted == [old, day(1)]
    assert len(predicted[1]) > 2


def test_warnings_go_by_the_rules_of_their_own_hour(room: Room) -> None:
    route(room, "#night", hours={"wed": [["14:30", "23:00"]]}, zone="UTC")
    room.open_case(1)
    room.run(61 * MINUTE, 30 * SECOND)
    assert [post.room for post in room.slack.posts] == ["C0CARE", "C0CARE", "#night", "#night", "#night", "#night"]


def test_quiet_holds_what_can_wait_and_says_in_the_morning_what_is_still_true(room: Room) -> None:
    keep(room.app, QuietRow(lets_through=["critical"], hours={"wed": [["13:00", "14:45"]]}, zone="UTC", why="lunch",
                            created_at=room.clock.now()))  # fmt: skip
    lena = hire(room, "Lena")
    held, settled, loud = room.open_case(1), room.open_case(2), room.open_case(3, severity="critical")
    room.run(5 * MINUTE, 30 * SECOND)
    assert rooms(room) == [("C0CARE", "Ada 3")]
    with room.app.db.read() as session:
        (active,) = quiet.active(session, room.clock.now())
    assert (active.held, active.until.hour, active.until.minute) == (2, 14, 45)
    room.change(settled, state="resolved")
    room.change(loud, state="claimed", holder=lena, lease_until=room.clock.now() + 2 * HOUR)
    room.run(42 * MINUTE, 30 * SECOND)
    told = [post.text for post in room.slack.posts[1:]]
    assert len(told) == 1
    assert "Ada 1" in told[0]
    assert held


def test_what_is_late_rings_through_the_quiet(room: Room) -> None:
    keep(room.app, QuietRow(from_at=room.clock.now(), until_at=room.clock.now() + 3 * HOUR, why="party",
                            created_at=room.clock.now()))  # fmt: skip
    room.open_case(1)
    room.run(62 * MINUTE, 30 * SECOND)
    assert [post.text.partition(" Ada")[0] for post in room.slack.posts] == ["<!here> Late."]


def test_a_quiet_that_is_ended_lets_go_of_what_it_held_at_once(room: Room) -> None:
    keep(room.app, QuietRow(id=1, from_at=room.clock.now(), until_at=room.clock.now() + HOUR, why="party",
                            created_at=room.clock.now()))  # fmt: skip
    room.open_case(1)
    room.run(MINUTE, 10 * SECOND)
    assert room.slack.posts == []
    with room.app.db.begin() as session:
        row = session.get(QuietRow, 1)
        assert row is not None
        row.ended_at = room.clock.now()
        session.add(row)
        assert quiet.release(session, room.clock.now()) == 1
    room.run(2 * SECOND)
    assert len(room.slack.posts) == 1


def test_a_quiet_of_one_room_and_one_brand_leaves_the_others_alone(room: Room) -> None:
    route(room, severities=["high"])
    keep(room.app, QuietRow(responder="slack", address="#billing", from_at=room.clock.now(), why="w",
                            until_at=room.clock.now() + HOUR, created_at=room.clock.now()),
         QuietRow(brand="Other", from_at=room.clock.now(), until_at=room.clock.now() + HOUR, why="w",
                  created_at=room.clock.now()))  # fmt: skip
    room.open_case(1, severity="high")
    room.open_case(2)
    room.run(10 * SECOND)
    assert rooms(room) == [("C0CARE", "Ada 2")]


def test_a_bundling_room_hears_the_first_at_once_and_the_rest_in_one(room: Room) -> None:
    keep(room.app, RoomRow(responder="slack", address="#care", bundle_s=120, changed_at=room.clock.now()))
    room.open_case(0)
    room.run(5 * SECOND)
    for number in range(1, 5):
        room.open_case(number)
        room.run(10 * SECOND)
    assert len(room.slack.posts) == 1
    room.run(2 * MINUTE, 5 * SECOND)
    assert len(room.slack.posts) == 2
    assert "4 cases at once" in room.slack.posts[1].text


def test_a_cap_holds_for_every_hour_and_nobody_is_forgotten(room: Room) -> None:
    keep(room.app, RoomRow(responder="slack", address="#care", cap_hour=6, changed_at=room.clock.now()))
    numbers = iter(range(30))

    def one(_now: object) -> None:
        if (number := next(numbers, None)) is not None:
            room.open_case(number, minutes=600, look_at=None)

    room.run(2 * HOUR, 2 * MINUTE, one)
    times = [post.at for post in room.slack.posts]
    assert all(sum(1 for other in times if at <= other < at + 3600) <= 6 for at in times)
    assert {row.state for row in room.rows("new")} == {"sent"}


def test_the_chain_calls_who_is_on_call_then_the_next_then_the_leads_then_all(room: Room) -> None:
    ann = hire(room, "Ann", slack_user="UANN")
    bo = hire(room, "Bo", slack_user="UBO")
    hire(room, "Ruth", role="lead", slack_user="URUTH")
    steps = [[5, "oncall"], [10, "next"], [20, "lead"], [25, "all"]]
    keep(room.app, ChainRow(brand="Acme", steps=steps, changed_at=room.clock.now()),
         RotaRow(id=1, name="days", people=[ann, bo], starts_on="2026-11-02", turn_days=1,
                 changed_at=room.clock.now()))  # fmt: skip
    room.open_case(1)
    room.run(26 * MINUTE, 30 * SECOND)
    calls = [post.text.partition(" 5 min")[0].split(" ")[0] for post in room.slack.posts[1:4]]
    assert calls == ["<@UANN>", "<@UBO>", "<@URUTH>"]  # the third day is Ann's again
    assert room.slack.posts[4].text.startswith("<@URUTH> <@UANN> <@UBO> <!here> 25 minutes")
    minutes = [round((post.at - room.slack.posts[0].at) / 60) for post in room.slack.posts]
    assert minutes == [0, 5, 10, 20, 25]


def test_a_swap_is_who_is_called_and_a_claim_stops_the_chain_at_once(room: Room) -> None:
    ann, bo = hire(room, "Ann", slack_user="UANN"), hire(room, "Bo", slack_user="UBO")
    now = room.clock.now()
    keep(room.app, RotaRow(id=1, name="days", people=[ann], starts_on="2026-11-02", changed_at=now))
    keep(room.app, OverrideRow(rota_id=1, account_id=bo, from_at=now, until_at=now + HOUR, created_at=now))
    case_id = room.open_case(1)
    room.run(15 * MINUTE + 10 * SECOND, 10 * SECOND)
    assert room.slack.posts[1].text.startswith("<@UBO> 15 minutes")
    room.run(14 * MINUTE + 30 * SECOND, 10 * SECOND)
    room.change(case_id, state="claimed", holder=bo, lease_until=room.clock.now() + HOUR)
    room.run(10 * MINUTE, 10 * SECOND)
    assert len(room.slack.posts) == 2


def test_somebody_on_call_who_left_is_passed_over(room: Room) -> None:
    gone = hire(room, "Gone", slack_user="UGONE")
    hire(room, "Ann", slack_user="UANN")
    keep(room.app, RotaRow(id=1, name="days", people=[gone], starts_on="2026-11-02", changed_at=room.clock.now()))
    with room.app.db.begin() as session:
        from bot.store import people

        people.change(session, gone, disabled_at=room.clock.now())
    room.open_case(1)
    room.run(16 * MINUTE, 30 * SECOND)
    assert room.slack.posts[1].text.startswith("<@UANN> 15 minutes")
    with room.app.db.read() as session:
        (row,) = oncall.rotas(session)
    assert oncall.as_rota(row).starts_on == date(2026, 11, 2)


def test_a_pager_is_triggered_acknowledged_and_resolved_by_route(room: Room) -> None:
    paged, made = with_channel(room, "pagerduty")
    route(paged, "night", "pagerduty", severities=["critical"])
    lena, case_id = hire(paged, "Lena"), paged.open_case(1, severity="critical")
    paged.run(5 * SECOND)
    pager = made["pagerduty"]
    assert [(one.facts["kind"], one.facts["state"], one.address) for one in pager.sent] == [("new", "new", "night")]
    paged.change(case_id, state="claimed", holder=lena, lease_until=paged.clock.now() + HOUR)
    paged.run(5 * SECOND)
    paged.change(case_id, state="resolved")
    paged.run(5 * SECOND)
    assert [one.facts["state"] for one in pager.changed] == ["claimed", "resolved"]
    assert "Acme lost my parcel" not in str(pager.sent[0].facts)
    assert "<!here>" not in pager.sent[0].text


def test_the_rooms_own_fallback_is_told_within_two_minutes_and_nothing_is_lost(room: Room) -> None:
    both, made = with_channel(room, "teams")
    keep(both.app, RoomRow(responder="slack", address="#care", fallback_responder="teams", fallback_address="care",
                           changed_at=both.clock.now()))  # fmt: skip
    both.slack.mood = lambda _call: "429:3600"
    started = both.clock.now()
    both.open_case(1)
    told: list[timedelta] = []

    def watch(now: Any) -> None:
        if made["teams"].sent and not told:
            told.append(now - started)

    both.run(3 * MINUTE, 5 * SECOND, watch)
    assert told[0] <= 2 * MINUTE
    assert [(one.address, "Slack takes no messages" in one.text) for one in made["teams"].sent] == [("care", True)]
    assert both.letters.sent == []
    both.slack.mood = lambda _call: "ok"
    both.run(HOUR, 30 * SECOND)
    assert "Ada 1" in both.slack.posts[0].all_text


def test_a_hook_that_was_away_is_told_again_on_request_under_the_first_name(room: Room) -> None:
    both, made = with_channel(room, "hook")
    route(both, "crm", "hook", brand="Acme")
    both.open_case(1)
    both.open_case(2)
    both.run(5 * SECOND)
    hook = made["hook"]
    first = [one.key for one in hook.sent]
    assert len(first) == 2
    with both.app.db.begin() as session:
        now = both.clock.now()
        assert replay.queue(session, Way("hook", "crm"), now - HOUR, None, now) == 2
        assert replay.queue(session, Way("hook", "crm"), now - HOUR, ["Other"], now) == 0
    both.run(5 * SECOND)
    assert [one.facts["replay_of"] for one in hook.sent[2:]] == first


def test_a_channel_that_is_down_keeps_the_others_going(room: Room) -> None:
    both, made = with_channel(room, "hook")
    route(both, "crm", "hook", goes_on=True)
    keep(both.app, RouteRow(position=2, name="all", responder="slack", address="#care", changed_at=both.clock.now()))
    made["hook"].trouble = Unavailable("away")
    for number in range(3):
        both.open_case(number)
    both.run(MINUTE, 5 * SECOND)
    assert len(both.slack.posts) == 3
    made["hook"].trouble = None
    both.run(2 * MINUTE, 5 * SECOND)
    with both.app.db.read() as session:
        counts = outbox.counts(session)
    assert counts.get(("team", "waiting"), 0) == 0


@pytest.mark.parametrize("kind", ["new", "late"])
def test_a_room_no_setting_names_any_more_is_an_outage_that_goes_the_second_way(room: Room, kind: str) -> None:
    route(room, "gone", "teams")
    room.open_case(1, **({"spoke": room.clock.now() - 59 * MINUTE} if kind == "late" else {}))
    room.run(4 * MINUTE, 10 * SECOND)
    assert any("Teams takes no messages" in letter.subject for letter in room.letters.sent)
