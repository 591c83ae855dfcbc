import json
from pathlib import Path

import numpy as np
import pytest

from bot.readers.about_evaluate import Row, area, brand_of, report
from bot.readers.words import Words
from tests.bench import homonyms

HEAD = (
    "| set | examples | reader | posts | not about us | macro F1 | AUC | calibration error "
    "| “not us” turns | “us” turns | “us” by name stands |"
)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_examples_help_and_every_verdict_rests_on_what_it_cites(tmp_path: Path) -> None:
    rows = [Row("Robin", f"Robin crashed at check-in number {at}", True) for at in range(12)]
    rows += [Row("Robin", f"Robin sang on the fence, song {at}", False) for at in range(12)]
    lines = list(report(tmp_path, [Words()], rows))
    assert lines[0] == HEAD
    none, ten, _hundred = map(cells, lines[2:])
    assert (none[:4], ten[:4]) == (["homonyms", "0", "words", "24"], ["homonyms", "10", "words", "42"])
    assert float(ten[5].split()[0]) > float(none[5].split()[0])
    assert ten[8].startswith("1.000")
    assert [none[10].split()[0], ten[9].split()[0], ten[10].split()[0]] == ["1.000", "–", "1.000"]
    assert int(none[10].split()[-1]) + int(none[8].split()[-1] if none[8] != "–" else 0) == 24


def test_a_set_with_its_own_training_rows_takes_its_examples_from_there(tmp_path: Path) -> None:
    folder = tmp_path / "entity"
    folder.mkdir()
    for split in ("train", "val"):
        said = [(f"Robin app crashed {at} {split}", "Negative") for at in range(8)]
        said += [(f"Robin sang {at} {split}", "Irrelevant") for at in range(8)]
        lines = (json.dumps({"entity": "Robin", "text": text, "label": label}) for text, label in said)
        (folder / f"{split}.jsonl").write_text("\n".join(lines))
    found = [cells(line) for line in list(report(tmp_path, [Words()]))[2:]]
    assert [(row[0], row[1], row[3]) for row in found] == [
        ("entity", "0", "16"),
        ("entity", "10", "48"),
        ("entity", "100", "48"),
    ]


def test_a_set_that_is_not_there_has_no_row(tmp_path: Path) -> None:
    assert len(list(report(tmp_path, [Words()]))) == 2


@pytest.mark.parametrize(
    ("key", "names"),
    [("Xbox(Xseries)", {"Xbox", "Xseries"}), ("HomeDepot", {"HomeDepot", "Home Depot"}), ("apple", {"Apple"})],
)
def test_a_sets_key_becomes_the_brands_names(key: str, names: set[str]) -> None:
    assert set(brand_of(key).called()) == names


def test_the_area_counts_pairs_in_order() -> None:
    truth, chance = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.9, 0.4, 0.4, 0.1])
    assert area(truth, chance) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert area(np.ones(3), np.ones(3)) == 0.5


def test_the_homonyms_are_as_many_each_way() -> None:
    rows = homonyms.rows()
    assert len(rows) == len({row.text for row in rows}) == 128
    assert sum(row.us for row in rows) == 64
    assert all(row.brand.lower() in row.text.lower() or "Prime" in row.text for row in rows)
