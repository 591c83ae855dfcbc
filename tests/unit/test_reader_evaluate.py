import json
from pathlib import Path
from typing import Any

import pytest

from bot.readers.evaluate import evaluate, markdown, report
from bot.readers.rivals import Vader, rivals
from bot.readers.testing import CROSS, Scripted
from bot.readers.train_data import HEADS, examples, near, training_rows
from bot.readers.types import Reader
from bot.readers.words import Words

TONES = [("what a lovely day", "positive"), ("this is awful", "negative"), ("the table is here", "neutral")]
COMPLAINTS = [("you charged me twice and nobody answers", 1), ("thanks, lovely staff", 0)]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    tones = [{"text": f"{text} {at}", "label": label} for at in range(4) for text, label in TONES]
    write(tmp_path / "sentiment" / "val.jsonl", tones)
    write(tmp_path / "sentiment" / "train.jsonl", [{**row, "text": f"once more {row['text']}"} for row in tones])
    complaints = [
        {"text": f"{text} {at}", "label": label, "domain": "bank"} for at in range(6) for text, label in COMPLAINTS
    ]
    write(tmp_path / "complaint" / "val.jsonl", complaints)
    write(tmp_path / "complaint" / "train.jsonl", [{**row, "text": f"so {row['text']}"} for row in complaints])
    write(tmp_path / "sanders" / "val.jsonl", [{"text": "a river", "label": "irrelevant"}, *tones])
    write(tmp_path / "sxsw" / "val.jsonl", [{"text": t, "label": f"{x.capitalize()} emotion"} for t, x in TONES[:2]])
    write(tmp_path / "multilingual" / "german.val.jsonl", [{"text": "Das ist furchtbar schlecht", "label": "negative"}])
    return tmp_path


def test_every_set_is_measured_with_its_posts(data: Path) -> None:
    lines = list(evaluate(data, Words()))
    assert {(line.set, line.posts) for line in lines} == {
        ("sentiment", 12),
        ("sanders", 12),
        ("sxsw", 2),
        ("german", 1),
        ("complaint", 12),
    }
    assert all(0 <= line.figure.low <= line.figure.high <= 1 for line in lines)


def test_the_table_names_readers_side_by_side(data: Path) -> None:
    table = list(markdown(evaluate(data, Words(), [Scripted(otherwise=CROSS)])))
    assert table[0].startswith("| set | posts | reader")
    assert any("| words | complaint, macro F1" in row for row in table)
    assert any("| scripted | tone, macro recall | 0.333" in row for row in table)


def test_a_perfect_reader_gets_full_marks(data: Path) -> None:
    found = [line for line in evaluate(data, Words()) if line.set == "sentiment" and "recall" in line.measure]
    assert found[0].figure.value == 1.0


def test_what_people_use_today_is_a_reader_too(data: Path) -> None:
    pytest.importorskip("sklearn")
    for rival in rivals(data):
        assert isinstance(rival, Reader)
        lines = {line.measure: line.figure.value for line in evaluate(data, rival) if line.set == "complaint"}
        assert lines["complaint, precision at recall 0.90"] >= 0.5


def test_the_report_sets_a_reader_beside_what_people_use_today(data: Path) -> None:
    pytest.importorskip("sklearn")
    names = {row.split(" | ")[2] for row in report(data, Words()) if "macro F1" in row}
    assert names == {"words", "VADER", "TF-IDF + LR"}


def test_vader_calls_a_plain_fact_neutral() -> None:
    fact, joy, grief = Vader().read(["the table is here", "I love it", "I hate it"])
    assert (fact.sentiment, joy.sentiment, grief.sentiment) == ("neutral", "positive", "negative")


def test_near_copies_of_measured_posts_are_not_learned_from(data: Path) -> None:
    for head in HEADS:
        for split in ("train", "val"):
            path = data / head / f"{split}.jsonl"
            if not path.exists():
                write(path, [])
    copy = {"text": "@Someone What a LOVELY day 0!! https://t.co/x", "label": "positive"}
    write(data / "sentiment" / "train.jsonl", [copy, {"text": "another thing", "label": "neutral"}])
    rows, dropped = training_rows(data)
    assert dropped == 1
    assert sum(row.head == "sentiment" for row in rows) == 1
    assert sum(row.head == "complaint" for row in rows) == 36


def test_two_posts_are_near_when_only_links_people_and_marks_differ() -> None:
    assert near("@a Late AGAIN! https://t.co/1") == near("late again")
    assert near("late again") != near("late")


def test_a_row_knows_what_its_label_is_about(tmp_path: Path) -> None:
    write(tmp_path / "entity" / "val.jsonl", [{"entity": "Acme", "text": "the cartoon", "label": "Irrelevant"}])
    row = next(examples(tmp_path, "entity", "val"))
    assert (row.pair, row.label) == ("Acme", 0)


def test_a_label_nobody_knows_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "irony" / "val.jsonl", [{"text": "a", "label": "sarcasm"}])
    with pytest.raises(ValueError, match="sarcasm"):
        list(examples(tmp_path, "irony", "val"))
