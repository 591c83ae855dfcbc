"""Our own words, cleaned of a customer's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.quoting import TAKEN_OUT, lost, without

SAID = "Northwind lost my violin on the way to Oslo and nobody answers"


@pytest.mark.parametrize(
    ("ours", "left"),
    [
        ("She says: “Northwind lost my violin on the way”. Call her.", f"She says: “{TAKEN_OUT}”. Call her."),
        ("NORTHWIND LOST, MY VIOLIN!", f"{TAKEN_OUT}!"),
        ("The violin is found; on its way.", "The violin is found; on its way."),
        ("", ""),
    ],
)
def test_runs_of_their_words_are_taken_out_and_ours_stay(ours: str, left: str) -> None:
    assert without(ours, [SAID]) == left


def test_a_short_post_is_taken_out_as_a_whole() -> None:
    assert without("He wrote: never again. So be kind.", ["Never again"]) == f"He wrote: {TAKEN_OUT}. So be kind."


def test_one_common_word_is_not_a_quote() -> None:
    assert without("thanks for writing", ["Thanks"]) == "thanks for writing"


def test_names_and_accounts_are_taken_out() -> None:
    assert without("Dear Ada Marlow, you are @ada_m", [], ["Ada Marlow", "ada_m"]) == (
        f"Dear {TAKEN_OUT}, you are @{TAKEN_OUT}"
    )
    assert without("An island", [], ["is"]) == "An island"


def test_scripts_without_spaces_are_read_sign_by_sign() -> None:
    assert without("引用「荷物がなくなった」です", ["私の荷物がなくなったのに"]) == f"引用「{TAKEN_OUT}」です"


@given(st.text(), st.lists(st.text(), max_size=3))
def test_nothing_is_added_but_the_mark(ours: str, sources: list[str]) -> None:
    clean = without(ours, sources)
    rest = clean.split(TAKEN_OUT)
    at = 0
    for piece in rest:
        at = ours.index(piece, at) + len(piece) if piece else at
    assert without(clean, sources) == clean or TAKEN_OUT in ours


def test_a_long_text_is_done_in_one_go() -> None:
    words = " ".join(f"w{n}" for n in range(30_000))
    assert without(words, [words]) == TAKEN_OUT


def test_what_an_edit_took_out_is_found_and_what_it_left_is_not() -> None:
    before = "They charged me twice and my card number is 1234 thanks for nothing at all, I shall never come back"
    after = "They charged me twice and nothing came, thanks for nothing at all, I shall never come back"
    note = "He said: they charged me twice; my card number is 1234; thanks for nothing at all, I shall never come back"
    told = without(note, lost(before, after))
    assert "1234" not in told
    assert "they charged me twice" in told
    assert "shall never come back" in told  # three words beside what went go with it
    assert lost(before, f"{before} Edit: sorted.") == []
    assert lost("so rude", "so kind") == ["so rude"]
    assert lost("rude", "kind") == []
