"""The commands other programs rely on, as they are run: a process, its stdin, its stdout, its exit code."""

import csv
import json
import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

EARSHOT = Path(__file__).parents[2] / ".venv/bin/earshot"
POSTS = [
    {"id": "p1", "text": "Acme charged me twice, nobody answers", "created_at": "2026-03-02T09:00Z", "author": "ada"},
    {"id": "p2", "text": "Acme Parcels is wonderful, thank you", "created_at": "2026-03-02T10:00Z", "author": "bea"},
    {"id": "p3", "text": "nothing to do with anybody", "created_at": "2026-03-02T11:00Z", "author": "cid"},
    {"id": "p4", "text": "So sorry, Ada. It is on its way.", "created_at": "2026-03-02T09:40Z", "author": "acme_care"}
    | {"in_reply_to": "p1"},
    {"id": "p5", "text": "=1+2 Acme lost my parcel, mail me at eve@example.org", "created_at": "2026-03-02T12:00Z"}
    | {"author": "=eve"},
]
BRAND = 'name = "Acme"\naliases = ["Acme Parcels"]\nhandles = { any = ["acme_care"] }\n'


def earshot(home: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    env = {"EARSHOT_HOME": str(home), "PATH": "/usr/bin:/bin", "EARSHOT_READER": "words"}
    return subprocess.run([EARSHOT, *words], input=given, text=True, capture_output=True, env=env, timeout=120)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "acme.toml").write_text(BRAND)
    (folder / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in POSTS) + "{broken\n")
    return folder


@pytest.fixture(scope="module")
def imported(home: Path) -> dict[str, Any]:
    done = earshot(home, "import", str(home / "posts.jsonl"), "--brand", str(home / "acme.toml"))
    assert done.returncode == 0, done.stderr
    assert "created_at" in done.stderr  # the guessed columns are shown
    counts: dict[str, Any] = json.loads(done.stdout)
    return counts


def test_an_import_says_what_became_of_every_row(imported: dict[str, Any]) -> None:
    assert (imported["seen"], imported["posts"], imported["own"]) == (6, 5, 1)
    assert (imported["cases"], imported["answered"], imported["quarantined"]) == (3, 1, 1)


def test_importing_again_adds_nothing(home: Path, imported: dict[str, Any]) -> None:
    done = earshot(home, "import", str(home / "posts.jsonl"))
    again = earshot(home, "import", str(home / "posts.jsonl"), "--from-start")
    assert json.loads(done.stdout)["posts"] == json.loads(again.stdout)["posts"] == 0
    assert json.loads(again.stdout)["mentions"] == 0


def test_exported_cells_are_text_and_personal_data_is_masked(
    home: Path, imported: dict[str, Any], tmp_path: Path
) -> None:
    out = tmp_path / "mentions.csv"
    assert earshot(home, "export", "mentions", "--format", "csv", "--out", str(out)).returncode == 0
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())
    assert "eve@example.org" not in out.read_text("utf-8")


def test_exported_events_form_the_chain(home: Path, imported: dict[str, Any]) -> None:
    rows = [json.loads(line) for line in earshot(home, "export", "events").stdout.splitlines()]
    assert all(after["previous"] == before["hash"] for before, after in pairwise(rows))
    told = earshot(home, "audit", "verify", "--kept", f"{rows[-1]['id']}:{rows[-1]['hash']}").stdout
    assert re.match(r"The chain holds\. Its end: \d+:[0-9a-f]{64}\n$", told), told
    assert [row["facts"] for row in rows if row["what"] == "data.exported"][-1] == '{"form": "jsonl", "rows": "events"}'


def test_a_posts_path_is_traced_row_by_row(home: Path, imported: dict[str, Any]) -> None:
    kinds = [json.loads(line)["row"] for line in earshot(home, "trace", "p1").stdout.splitlines()]
    assert kinds[:4] == ["post", "mention", "reading", "case"]
    assert "event" in kinds
    missing = earshot(home, "trace", "nowhere")
    assert missing.returncode == 1
    assert "no post 'nowhere'" in missing.stderr


def test_the_doctor_looks_at_everything_and_the_books_balance(home: Path, imported: dict[str, Any]) -> None:
    done = earshot(home, "doctor")
    assert done.returncode == 0, done.stdout
    assert "ok    audit: the chain holds" in done.stdout
    assert "unaccounted" not in done.stdout


def test_a_backup_is_written_once_and_restored(home: Path, imported: dict[str, Any], tmp_path: Path) -> None:
    target = tmp_path / "copy.sqlite"
    assert "checked" in earshot(home, "backup", str(target)).stdout
    assert earshot(home, "backup", str(target)).returncode == 1
    assert earshot(home, "restore", str(target)).returncode == 0
    assert earshot(home, "trace", "p1").returncode == 0


def test_config_masks_secrets_and_prints_samples(home: Path) -> None:
    env_told = subprocess.run(
        [EARSHOT, "config"], text=True, capture_output=True,
        env={"EARSHOT_HOME": str(home), "EARSHOT_SLACK__BOT_TOKEN": "xoxb-canary", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert "slack.bot_token = ********  (EARSHOT_SLACK__BOT_TOKEN)" in env_told.stdout
    assert "xoxb-canary" not in env_told.stdout + env_told.stderr
    assert 'connector = "rss"' in earshot(home, "config", "sample", "rss").stdout


def test_a_wrong_setting_is_a_sentence_and_no_trace(tmp_path: Path) -> None:
    (tmp_path / "earshot.toml").write_text("prot = 1\n")
    done = earshot(tmp_path, "config")
    assert done.returncode == 1
    assert "did you mean `port`?" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", [["read"], ["due"], ["match", "--brand", "acme.toml"], ["check-reply", "--boundaries", "none.toml"]]
)
def test_a_bad_line_is_answered_and_does_not_stop_the_rest(home: Path, words: list[str]) -> None:
    (home / "none.toml").write_text("")
    words = [str(home / word) if word.endswith(".toml") else word for word in words]
    line = {"id": 2, "text": "Acme", "policy": {"window_minutes": 5}, "created_at": "2026-01-01T00:00:00Z"}
    good = json.dumps(line)
    done = earshot(home, *words, given=f"oops\n\n{good}\n" + '{"id": 3}\n')
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["error" in answer for answer in answers] == [True, False, True]
    assert [answer["id"] for answer in answers[1:]] == [2, 3]


def test_bad_usage_is_exit_two(home: Path) -> None:
    assert earshot(home, "match").returncode == 2
    (home / "bad.toml").write_text("nmae = 1\n")
    wrong = earshot(home, "match", "--brand", str(home / "bad.toml"))
    assert wrong.returncode == 2
    assert "bad.toml" in wrong.stderr
