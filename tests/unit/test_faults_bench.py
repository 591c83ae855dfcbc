"""The command that plays a folder of hostile inputs says what held, what differed and what nobody could play."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.__main__ import main
from tests.bench.faults import adapting, held_by, judging
from tests.bench.faults.ears import EARS
from tests.bench.faults.judging import Played, Poll
from tests.bench.faults.rows import lines, unrolled


def folder_of(place: Path, **files: list[dict[str, Any]]) -> Path:
    for name, rows in files.items():
        (place / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return place


ADDRESSES = [
    {"id": "inside", "url": "http://127.0.0.1/", "allow": False},
    {"id": "outside", "url": "https://93.184.216.34/", "allow": True},
    {"id": "a name that leads inside", "url": "https://a.test/ (A record 10.0.0.5)", "allow": False},
    {"id": "led inside", "url": "https://r.test/ -> 302 http://169.254.169.254/", "allow": False},
]


def test_what_holds_is_counted_and_what_differs_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(tmp_path, ssrf_urls=[*ADDRESSES, {"id": "wrong", "url": "http://10.0.0.1/", "allow": True}])
    assert main(["faults", str(folder), "ssrf_urls"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("ssrf_urls: 5 played, 4 held, 1 differ, 0 not playable")
    assert told[1].startswith("   differs: wrong: refused: ")


def test_an_outcome_of_sending_is_judged_over_real_sockets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": "a", "platform": "mastodon", "provider": "500", "outcome": "unknown"},
        {"id": "b", "platform": "mastodon", "provider": "500", "outcome": "failed_final"},
        {"id": "c", "platform": "mastodon", "provider": "HTTP/2 GOAWAY", "outcome": "not_sent_retry"},
    ]
    assert main(["faults", str(folder_of(tmp_path, send_outcomes=rows)), "send_outcomes"]) == 1
    told = capsys.readouterr().out
    assert "2 played, 1 held, 1 differ, 1 not playable" in told
    assert "differs: b: 500: Unsure" in told
    assert "we speak HTTP/1.1 only: there is no such frame (c)" in told


def test_a_part_that_is_none_and_a_folder_that_is_none_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["faults", str(tmp_path), "nothing"]) == 2
    assert main(["faults", str(tmp_path / "nowhere")]) == 2
    assert "python -m tests.bench faults FOLDER" in capsys.readouterr().err


def poll(**changes: Any) -> Poll:
    given: dict[str, Any] = {"before": None, "after": None, "failures": 1, "error": "It was away.", "due_in_s": 5.0,
                             "wall_s": 0.1, "asked": ()}  # fmt: skip
    return Poll(**given | changes)


def test_a_case_of_answers_is_judged_by_what_it_expects() -> None:
    row = {"id": "x", "fault": "hang", "seq": [{}, {}], "expect": {
        "cursor": "unchanged", "stored_after_seq": 3, "health": "degraded", "request_wall_s_max": 45}}  # fmt: skip
    from datetime import timedelta

    play = Played(EARS[0], row, True, [poll(wall_s=50.0, after="moved")], [], 0, 0, timedelta(0))
    assert judging.judged(play) == ("stored 0, not 3", "the fault moved the cursor", "took 50 s")


def test_every_connector_that_speaks_is_played() -> None:
    speak = {ear.connector for ear in EARS}
    told = {"x", "reddit", "mastodon", "bluesky", "hackernews", "rss", "youtube", "googleplay", "appstore", "discourse",
            "stackexchange", "github", "lemmy", "threads", "facebook", "instagram"}  # fmt: skip
    assert speak == told
    assert not set(adapting.LISTS) & adapting.PLATFORMS_OWN


def test_every_test_that_stands_for_a_row_is_there() -> None:
    named = {test for tests in (held_by.DELETIONS, held_by.PRESSES) for found in tests.values() for test in found}
    for test in named:
        path, _, name = test.partition("::")
        assert not name or f"def {name}(" in Path(path).read_text("utf-8"), test


def test_a_row_s_long_words_are_written_out(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, posts=[{"id": "1", "post": {"text": {"$gen": [["ab", 2], ["c", 1]]}}}])
    [row] = lines(folder, "posts")
    assert unrolled(row)["post"]["text"] == "ababc"
