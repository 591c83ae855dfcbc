import json
from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.readers.builtin import Builtin
from bot.readers.calibrate import curve, line
from bot.readers.letters import SLOTS, Blend, Letters, fit, slots, words
from bot.readers.types import ReaderUnavailable
from tests.unit.tiny_model import builtin_folder

EVEN = Letters([1] * SLOTS, 1.0, 0.5)
BLEND = Blend(0.5, 1.0, 0.8, -0.2)
BAD = ["charged me twice", "nobody answers my mail", "still no refund", "broken on arrival again"]
GOOD = ["lovely morning here", "thank you so much", "what a great song", "see you all tomorrow"]


def fitted() -> Letters:
    return Letters.of(*fit(BAD + GOOD, [1] * 4 + [0] * 4))


def test_words_it_never_saw_share_letters_with_those_it_did() -> None:
    found = fitted()
    assert found.weigh("overcharged") > found.weigh("lovelier")
    assert found.weigh("refunds") > 0 > found.weigh("thankful")


def test_fitting_twice_gives_the_same_bytes() -> None:
    assert fit(BAD + GOOD, [1] * 4 + [0] * 4) == fit(BAD + GOOD, [1] * 4 + [0] * 4)


def test_a_table_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="65536"):
        Letters.of(b"\x00" * 7, 1.0, 0.0)


@given(st.text(max_size=300))
def test_any_text_has_its_slots_and_a_weight(text: str) -> None:
    counts = Counter(slot for word in words(text) for slot in slots(word))
    assert all(0 <= slot < SLOTS for slot in counts)
    length = sum(count * count for count in counts.values()) ** 0.5
    assert EVEN.weigh(text) == pytest.approx(sum(counts.values()) / length + 0.5 if counts else 0.5)


def test_an_empty_text_says_nothing_but_the_shift() -> None:
    assert EVEN.weigh(" \n") == 0.5


def test_a_very_long_text_is_looked_at_in_front_only() -> None:
    assert words("ab " * 5_000) == words("ab " * 50_000)


def test_words_too_long_to_be_kept_are_read_all_the_same() -> None:
    long, kept = "x" * 100, EVEN._known.cache_info().currsize
    assert EVEN.weigh(long) == pytest.approx(EVEN.weigh(f"{long} "))
    assert len(slots(long)) == sum(102 - size + 1 for size in range(2, 6))
    assert EVEN._known.cache_info().currsize == kept


@given(st.floats(-8, 8), st.floats(-4, 4), st.floats(0.01, 4))
def test_more_letters_never_speak_against_a_complaint(margin: float, second: float, more: float) -> None:
    assert BLEND.of(margin, second + more) >= BLEND.of(margin, second)


def test_where_the_transformer_is_sure_of_a_complaint_nobody_else_is_asked() -> None:
    assert BLEND.of(6.0, -4.0) == pytest.approx(BLEND.of(6.0, 4.0), abs=0.01)
    assert BLEND.of(-2.0, 4.0) - BLEND.of(-2.0, -4.0) > 5


def test_a_blend_follows_the_rows_it_is_fitted_on() -> None:
    chance = np.random.default_rng(3)
    margin, second = chance.normal(0, 2, 2_000), chance.normal(0, 1, 2_000)
    truth = (chance.random(2_000) < 1 / (1 + np.exp(-np.array([*map(BLEND.of, margin, second)])))).astype(np.int64)
    found = Blend.fitted(margin, second, truth)
    assert found is not None
    assert (found.below, found.above, found.letters) == pytest.approx((0.5, 1.0, 0.8), abs=0.25)


def test_an_opinion_that_would_count_against_itself_is_not_used() -> None:
    chance = np.random.default_rng(4)
    margin = chance.normal(0, 2, 500)
    assert Blend.fitted(margin, -margin + chance.normal(0, 0.1, 500), (margin > 0).astype(np.int64)) is None


def test_a_line_of_one_column_is_the_curve() -> None:
    margin = np.random.default_rng(5).normal(0, 2, 300)
    truth = (margin + np.random.default_rng(6).normal(0, 1, 300) > 0).astype(np.int64)
    assert tuple(line(margin[:, None], truth)) == pytest.approx(curve(margin, truth))


ROWS = {"twice": (0.0, 2.0, 0.0, 0.0, 0.4, 0.0, 0.0), "lovely": (0.0, 0.0, 3.0, 3.0, 0.0, 0.0, 2.0)}
COUNTED = {"below": 1.0, "above": 1.0, "letters": 1.0, "shift": 0.0}


def with_letters(folder: Path) -> Path:
    content, scale, bias = fit(BAD + GOOD, [1] * 4 + [0] * 4)
    builtin_folder(folder, ROWS, letters={"scale": scale, "bias": bias, **COUNTED})
    (folder / "letters.bin").write_bytes(content)
    card = json.loads((folder / "card.json").read_text())
    card["files"]["letters.bin"] = sha256(content).hexdigest()
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def test_the_built_in_reader_asks_for_the_second_opinion(tmp_path: Path) -> None:
    alone, both = Builtin(builtin_folder(tmp_path / "a", ROWS)), Builtin(with_letters(tmp_path / "b"))
    text = "overcharged, no refunds"
    assert both.read([text], ["en"])[0].complaint > alone.read([text], ["en"])[0].complaint
    assert both.read([text], ["en"])[0].negative == alone.read([text], ["en"])[0].negative
    assert both.version != alone.version


def test_a_changed_table_is_noticed(tmp_path: Path) -> None:
    folder = with_letters(tmp_path / "b")
    (folder / "letters.bin").write_bytes(b"\x01" * SLOTS)
    with pytest.raises(ReaderUnavailable, match="not the file"):
        Builtin(folder)


def test_a_table_of_another_size_is_a_sentence(tmp_path: Path) -> None:
    folder = with_letters(tmp_path / "b")
    (folder / "letters.bin").write_bytes(b"\x01")
    card = json.loads((folder / "card.json").read_text())
    card["files"]["letters.bin"] = sha256(b"\x01").hexdigest()
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(ReaderUnavailable, match="cannot be used"):
        Builtin(folder)


def test_a_reading_and_its_vector_come_from_one_look(tmp_path: Path) -> None:
    reader = Builtin(builtin_folder(tmp_path / "a", ROWS))
    texts = ["twice", "lovely", "Ich warte immer noch auf mein Paket, niemand antwortet"]
    verdicts, vectors = reader.read_whole(texts)
    assert verdicts == reader.read(texts)
    assert vectors[2] is None
    assert vectors[0] is not None
    assert (vectors[0] == reader.vectors(texts)[0]).all()
