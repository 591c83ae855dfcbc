"""A pager hears of an incident once: led it is acknowledged there, over it is resolved; news of it pages nobody."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.steps import declare
from bot.store import incident_notices, incidents
from bot.store.tables_incidents import IncidentRow
from bot.store.tables_telling import RouteRow
from config.settings import PagerDuty as PagerDutySettings
from connectors.http import Http
from responders.pagerduty import PagerDuty
from tests.fakes.channels import FakeChannels
from tests.flow.room import SECOND, Room, hire

WHILE = timedelta(seconds=80)


@pytest.fixture
def pager(room: Room) -> Iterator[FakeChannels]:
    with FakeChannels() as fake:
        http = Http(private_ok=True, deadline_s=5)
        settings = PagerDutySettings(services={"night": SecretStr("k")}, base_url=fake.url)
        room.app.responders["pagerduty"] = PagerDuty(settings, http)
        with room.app.db.begin() as session:
            session.add(RouteRow(position=1, name="Night", responder="pagerduty", address="night",
                                 changed_at=room.clock.now()))  # fmt: skip
        yield fake
        http.close()


def propose(room: Room, title: str) -> int:
    now = room.clock.now()
    with room.app.db.begin() as session:
        row = incidents.add(session, IncidentRow(
            brand="Acme", title=title, state="proposed", origin="theme", severity="extreme", runs=[], started_at=now,
            proposed_at=now, why="12 say the same.",
        ), now, "earshot")  # fmt: skip
        incident_notices.first(session, room.app.settings, row, now)
        made = row.id or 0
    room.run(4 * SECOND)
    return made


def test_from_the_proposal_to_its_end_one_alert_goes_off_once(room: Room, pager: FakeChannels) -> None:
    ruth = hire(room, "Ruth", role="lead")
    first = propose(room, "cards are declined")
    second = propose(room, "refunds")  # beside the first, in a line that calls nobody
    sent = pager.taken["v2"]
    assert [one["event_action"] for one in sent] == ["trigger"]
    assert sent[0]["payload"]["severity"] == "critical"
    assert sent[0]["links"][0]["href"].endswith(f"/incidents/{first}")
    assert declare.lead(room.app, first, ruth) == ""
    room.run(WHILE, 20 * SECOND)
    for act in ("open", "fixed"):
        assert declare.move(room.app, first, ruth, act) == ""
        room.run(WHILE, 20 * SECOND)
    assert {one["dedup_key"] for one in sent if one["dedup_key"] != f"earshot-incident-{second}"} == {
        sent[0]["dedup_key"]
    }
    actions = [one["event_action"] for one in sent if one["dedup_key"] == sent[0]["dedup_key"]]
    assert actions[:2] == ["trigger", "acknowledge"]
    assert actions[-1] == "resolve"
    assert actions.count("trigger") == 1
    told_alone = [one["event_action"] for one in sent if one["dedup_key"] == f"earshot-incident-{second}"]
    assert told_alone == ["trigger"]  # the first one ended, and nobody has the second
