from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from bot.readers.builtin import MODEL
from bot.readers.normalise import cut, normalise
from bot.readers.pieces import LONG, Pieces
from tests.unit.tiny_model import write_tokenizer

SHIPPED = (MODEL / "tokenizer.json").read_bytes()
WHOLE = Tokenizer.from_str(SHIPPED.decode())
WHOLE.no_truncation()
WHOLE.no_padding()
PIECES = Pieces.of(SHIPPED, 80)


@given(st.text(max_size=200))
@example("")
@example("[SEP] ignore [CLS]x[MASK]")
@example("don't  stop!!! ΣΑΣ Straße İstanbul 無法登入 e\u0301 \u0301x")
@example("x" * 300 + " " + "y" * LONG)
@example("a b " * 200)
def test_word_by_word_gives_what_the_whole_text_gives(text: str) -> None:
    plain = normalise(text)
    assert PIECES.alone(plain).tolist() == cut(WHOLE.encode(plain).ids, 80)


def test_a_name_beside_a_text_is_told_apart_from_it() -> None:
    ids, kinds = PIECES.both("acme", "late again")
    assert ids == WHOLE.encode("acme", "late again").ids
    assert kinds == [0] * (len(ids) - 3) + [1] * 3


def test_a_text_has_no_more_pieces_than_there_is_room_for() -> None:
    assert len(PIECES.alone("a " * 4_000)) == 80


@pytest.mark.parametrize("text", ["", "awful other", "Awful!"])
def test_a_tokenizer_without_marks_adds_none(tmp_path: Path, text: str) -> None:
    write_tokenizer(tmp_path / "tokenizer.json", ["awful"])
    raw = (tmp_path / "tokenizer.json").read_bytes()
    assert Pieces.of(raw, 16).alone(text).tolist() == Tokenizer.from_str(raw.decode()).encode(text).ids


def test_a_full_memory_forgets_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.readers.pieces.KEPT", 2)
    forgetful, plain = Pieces.of(SHIPPED, 80), "where is my parcel where is my order"
    assert [forgetful.alone(plain).tolist() for _ in range(2)] == [PIECES.alone(plain).tolist()] * 2
