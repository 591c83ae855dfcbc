"""What machines ask."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from starlette.testclient import TestClient

from bot.app import App
from bot.clock import HandClock
from bot.store import gaps, heartbeats, sources
from bot.store.tables import SourceRow
from bot.web import app as web_app
from tests.web.conftest import ADDRESS, NOON, Browser

Visit = Callable[[], Browser]


def beat(app: App, loop: str, every_s: float = 1.0) -> None:
    with app.db.begin() as session:
        heartbeats.beat(session, loop, app.clock.now(), every_s)


def test_alive_while_every_loop_beats_and_red_when_one_falls_silent(app: App, visit: Visit, clock: HandClock) -> None:
    client = visit().client
    beat(app, "alert")
    beat(app, "listen", 10)
    assert client.get("/healthz").json()["ok"] is True
    clock.move(timedelta(seconds=20))
    beat(app, "listen", 10)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert {each["loop"]: each["ok"] for each in answer.json()["loops"]} == {"alert": False, "listen": True}


def test_ready_only_with_this_programs_tables(app: App, visit: Visit) -> None:
    with app.db.begin() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = 'old'"))
    client = visit().client
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "earshot migrate" in answer.json()["why"]


def test_ready_says_so_and_not_when_the_database_is_away(
    app: App, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = visit().client
    assert client.get("/readyz").json() == {"ok": True}

    def away() -> None:
        raise OSError("gone")

    monkeypatch.setattr(app.db, "ping", away)
    assert client.get("/readyz").status_code == 503


def test_red_and_no_fault_of_the_page_when_the_database_is_away(app: App, visit: Visit) -> None:
    client = visit().client
    with app.db.begin() as session:
        session.connection().execute(text("DROP TABLE heartbeat"))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["why"]) == (503, "The database does not answer.")


def test_figures_name_sources_queue_outbox_and_loops(app: App, visit: Visit) -> None:
    with app.db.begin() as session:
        row = SourceRow(name="rss", connector="rss", started_at=NOON, next_poll_at=NOON, kept=7, seen=9, polled_at=NOON)
        sources.save(session, row)
        gaps.open_gap(session, "rss", NOON - timedelta(hours=1), NOON, "429", NOON)
    beat(app, "listen")
    page = visit().client.get("/metrics").text
    for line in (
        'earshot_posts_heard_total{source="rss"} 7.0',
        'earshot_posts_seen_total{source="rss"} 9.0',
        'earshot_source_state{source="rss",state="listening"} 1.0',
        'earshot_gaps_open{source="rss"} 1.0',
        'earshot_loop_age_seconds{loop="listen"} 0.0',
        "earshot_loops_silent 0.0",
        "earshot_quarantine_open 0.0",
        'earshot_cases{part="late"} 0.0',
    ):
        assert line in page, line


@pytest.mark.parametrize(
    ("peer", "sent", "code"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 404),
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.7"}, 404),
        ("127.0.0.1", {"forwarded": "for=10.0.0.7"}, 404),
        ("10.0.0.7", {"authorization": "Bearer m3trics"}, 200),
        ("10.0.0.7", {"authorization": "Bearer wrong"}, 404),
        ("10.0.0.7", {"authorization": "m3trics"}, 404),
        ("testclient", {}, 404),
    ],
)
def test_figures_are_for_this_machine_or_the_token(
    make_app: Callable[..., App], peer: str, sent: dict[str, str], code: int
) -> None:
    app = make_app(metrics_token=SecretStr("m3trics"))
    with TestClient(web_app.create(app), base_url=ADDRESS, client=(peer, 5000)) as client:
        answer = client.get("/metrics", headers=sent)
    assert answer.status_code == code
    assert "m3trics" not in answer.text


def test_no_health_page_needs_or_makes_a_log_in(visit: Visit) -> None:
    client: Any = visit().client
    for path in ("/healthz", "/readyz", "/metrics"):
        assert "earshot=" not in client.get(path).headers.get("set-cookie", "")
