"""`earshot digest`: files as other programs expect them, refusals that say what to do."""

import csv
import io
import json
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from bot.cli import report
from bot.core.brand import Brand
from bot.store import migrate
from bot.store.db import Database
from tests.flow.week_rows import HOUR, LUMO, MONDAY, Weeks


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EARSHOT_READER", "words")
    monkeypatch.delenv("EARSHOT_DATABASE_URL", raising=False)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def rows(home: Path) -> Weeks:
    db = Database(f"sqlite:///{home / 'earshot.sqlite'}")
    migrate.upgrade(db)
    laid = Weeks(db)
    laid.brand()
    for number in range(12):
        laid.say(MONDAY + number * HOUR, f"the refund never came {number}")
    db.close()
    return laid


def run(*words: str) -> Result:
    program = typer.Typer()
    report.register(program)
    program.command("other")(lambda: None)
    return CliRunner().invoke(program, ["digest", *words])


def test_json_is_one_object(rows, tmp_path):
    out = tmp_path / "w.json"
    assert run("--week", "2026-W41", "--format", "json", "--out", str(out)).exit_code == 0
    said = json.loads(out.read_text("utf-8"))
    assert (said["brand"], said["week"]) == ("Lumo", "2026-W41")
    assert out.stat().st_mode & 0o077 == 0  # it holds customers' words


def test_csv_opens_in_a_spreadsheet(rows, tmp_path):
    out = tmp_path / "w.csv"
    assert run("--week", "2026-W41", "--format", "csv", "--out", str(out)).exit_code == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert [row["value"] for row in found if row["name"] == "complaints"] == ["12"]


def test_html_is_one_file(rows, tmp_path):
    out = tmp_path / "w.html"
    assert run("--week", "2026-W41", "--out", str(out)).exit_code == 0
    page = out.read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "http://127.0.0.1:8484/weeks/Lumo/2026-W41/posts?claim=complaints" in page


def test_a_mail_comes_with_its_plain_text(rows, tmp_path):
    assert run("--week", "2026-W41", "--format", "email", "--out", str(tmp_path / "w.html")).exit_code == 0
    assert "<table role=" in (tmp_path / "w.html").read_text("utf-8")
    assert "WHAT IT WAS ABOUT" in (tmp_path / "w.txt").read_text("utf-8")


def test_a_whole_mail_is_written_where_its_name_asks_for_one(rows, tmp_path):
    assert run("--week", "2026-W41", "--format", "email", "--out", str(tmp_path / "w.eml")).exit_code == 0
    mail = message_from_bytes((tmp_path / "w.eml").read_bytes(), policy=policy.default)
    assert mail["Subject"].startswith("Lumo, week 41")
    assert [path.name for path in tmp_path.glob("w.*")] == ["w.eml"]


def test_without_a_file_it_is_written_to_stdout(rows):
    found = run("--week", "2026-W41", "--format", "json")
    assert json.loads(found.stdout)["week"] == "2026-W41"


def test_without_a_week_it_is_the_last_one_that_is_over(rows):
    assert json.loads(run("--format", "json").stdout)["over"] is True


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--week", "2026-47"), "for example 2026-W47"),
        (("--week", "2025-W53"), "does not exist"),
        (("--week", "2026-W41", "--brand", "Nobody"), "Yours: Lumo"),
        (("--week", "2026-W41", "--brand", "Rival"), "Yours: Lumo"),
        (("--week", "2026-W41", "--format", "docx"), "docx"),
        (("--week", "2026-W41", "--out", "/nowhere/at/all.html"), "cannot be written"),
    ],
)
def test_what_cannot_be_made_is_bad_usage_with_a_sentence(rows, words, why):
    found = run(*words)
    assert found.exit_code == 2
    assert why in found.stderr
    assert "Traceback" not in found.stderr


def test_with_two_brands_one_must_be_named(rows, home):
    db = Database(f"sqlite:///{home / 'earshot.sqlite'}")
    Weeks(db).brand(LUMO, Brand(name="Second"))
    db.close()
    found = run("--week", "2026-W41")
    assert found.exit_code == 2
    assert "Lumo, Second" in found.stderr
    assert run("--week", "2026-W41", "--brand", "Second").exit_code == 0


def test_a_home_without_a_brand_says_how_to_name_one(home):
    found = run("--week", "2026-W41")
    assert found.exit_code == 2
    assert "earshot init" in found.stderr
