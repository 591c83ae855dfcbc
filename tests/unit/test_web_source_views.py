"""What the sources page says of a source."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.store.tables import SourceRow
from bot.store.tables_house import CoverageRow, GapRow
from bot.web.source_views import SourceView, headline, standing, strip, view
from connectors.types import Latency

NOW = datetime(2026, 10, 13, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def row(**changes: Any) -> SourceRow:
    facts: dict[str, Any] = {
        "name": "rss", "connector": "rss", "started_at": NOW, "next_poll_at": NOW + HOUR, "polled_at": NOW,
        "heard_at": NOW,
    }  # fmt: skip
    return SourceRow(**(facts | changes))


def gap(state: str, start: float, end: float) -> GapRow:
    return GapRow(
        source="rss", from_at=NOW - start * HOUR, to_at=NOW - end * HOUR, state=state, cause="429", opened_at=NOW
    )


def heard(start: float, end: float = 0) -> CoverageRow:
    return CoverageRow(source="rss", from_at=NOW - start * HOUR, to_at=NOW - end * HOUR)


@pytest.mark.parametrize(
    ("changes", "state", "said"),
    [
        ({}, "Listening", ""),
        ({"state": "off"}, "Off", "Its place is kept"),
        ({"state": "stopped", "error": "Wrong key."}, "Stopped", "Wrong key. It is not read until"),
        (
            {"state": "waiting", "failures": 2, "error": "429."},
            "Waiting",
            "429. Tried again in 60 min; 2 tries failed.",
        ),
        ({"state": "waiting", "failures": 1, "error": "429."}, "Waiting", "; 1 try failed."),
        ({"polled_at": None}, "Starting", "Not read yet"),
        ({"polled_at": NOW - HOUR}, "Silent", "listening loop"),
    ],
)
def test_a_source_says_how_it_is_and_what_to_do(changes: dict[str, Any], state: str, said: str) -> None:
    _shape, word, note = standing(row(**changes), [], NOW)
    assert word == state
    assert said in note


def test_a_stream_is_not_silent_because_nobody_polls_it() -> None:
    assert standing(row(streams=True, polled_at=NOW - HOUR), [], NOW)[1] == "Listening"


def test_an_open_gap_is_said_and_a_healed_one_is_not() -> None:
    assert standing(row(), [gap("open", 2, 1)], NOW)[1] == "Catching up"
    assert standing(row(), [gap("healed", 2, 1)], NOW)[1] == "Listening"


def test_the_strip_runs_from_yesterday_to_now_and_is_cut_at_both_ends() -> None:
    pieces = strip([heard(30, 12)], [gap("lost", 6, 3), gap("open", 0.01, 0)], NOW)
    assert [(each.kind, each.x, each.w) for each in pieces] == [
        ("heard", 0.0, 50.0), ("lost", 75.0, 12.5), ("open", 99.5, 0.5),
    ]  # fmt: skip


def test_touching_stretches_are_one_piece() -> None:
    assert len(strip([heard(10, 5), heard(5, 0)], [], NOW)) == 1


def test_no_promise_is_made_for_what_is_not_read() -> None:
    promises = [
        view(row(state=state), [], [], NOW, Latency.SECONDS).promise for state in ("listening", "off", "stopped")
    ]
    assert promises == ["Can be kept", "Cannot be promised", "Cannot be promised"]
    never = view(row(failures=3, heard_at=None), [], [], NOW, Latency.SECONDS)
    assert (never.promise, never.speed) == ("Cannot be promised", "it was never heard")
    assert view(row(), [], [], NOW, None).speed == "its connector is missing"
    assert view(row(), [], [], NOW, Latency.BEST_EFFORT).promise == "Cannot be promised"


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([], "No source yet, so nothing is heard."),
        (["off"], "Every source is off, so nothing is heard."),
        (["listening"], "We hear our only source in full."),
        (["listening", "listening", "off"], "We hear all 2 sources in full."),
        (["listening", "stopped"], "We hear 1 of 2 sources in full. rss is stopped."),
        (["stopped"] * 3, "We hear 0 of 3 sources in full. rss, rss and rss are stopped."),
    ],
)
def test_the_page_says_itself_in_a_sentence(states: list[str], said: str) -> None:
    views: list[SourceView] = [view(row(state=state), [], [], NOW, Latency.SECONDS) for state in states]
    assert headline(views) == said
