"""Personal data is found by shape, proved where it can be, and masked where text leaves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.masking import MASK, luhn, masked, personal


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to ana.lima@mail.example please", "mail"),
        ("ana＠mail.example", "mail"),
        ("call +44 20 7946 0123 now", "phone"),
        ("(555) 010-4477 any time", "phone"),
        ("ring me on 5550104", "phone"),
        ("meine Nummer ist 030 1234567", "phone"),
        ("٠٥٥١٢٣٤٥٦٧", "phone"),
        ("card 5555 5555 5555 4444 was charged", "card"),
        ("5555\u200b5555-5555 4444", "card"),
        ("５５５５５５５５５５５５４４４４", "card"),
        ("5555 5555 5555 4444 12/29 123", "card"),
        ("NL91 ABNA 0417 1643 00 is mine", "iban"),
        ("nl91abna0417164300", "iban"),
        ("my booking reference is KX4TQ9", "reference"),
        ("order #4471-99-02", "reference"),
        ("PNR: HJKLMN", "reference"),
        ("Bestellnummer 88412", "reference"),
        ("policy no. A-55120", "reference"),
        ("KX4TQ9?", "reference"),
        ("parcel 1Z999AA10123456784", "reference"),
    ],
)
def test_personal_data_is_found_and_masked(text: str, kind: str) -> None:
    (found,) = personal(text)
    assert found.kind == kind
    assert masked(text) == text[: found.start] + MASK + text[found.end :]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "flight NW1234 at gate B14",
        "since 2019, over 1,000,000 people",
        "on 2026-05-04 at 10:00 or 04/05/2026",
        "it cost €168 or $3500",
        "see https://social.example/p/1234567890123456789",
        "server 192.168.100.200",
        "@ana@social.example hi",
        "order number please, and the case of 2023",
        "order 66",
        "waited 3 hours 20 minutes",
        "order status update",
        "ALL CAPS SHOUTING",
    ],
)
def test_other_numbers_and_words_stay(text: str) -> None:
    assert personal(text) == ()
    assert masked(text) == text


def test_the_mask_does_not_tell_the_length() -> None:
    assert masked("a@mail.example") == masked("a.very.long.name@mail.example") == MASK


def test_several_finds_stand_in_order_and_apart() -> None:
    text = "ana@mail.example, +44 20 7946 0123, NL91ABNA0417164300"
    assert [one.kind for one in personal(text)] == ["mail", "phone", "iban"]
    assert masked(text) == f"{MASK}, {MASK}, {MASK}"


def test_a_wrong_check_digit_is_no_card_but_still_leaves_masked() -> None:
    assert not luhn("5555555555554445")
    assert [one.kind for one in personal("5555 5555 5555 4445")] == ["reference"]


@given(st.text(max_size=150))
def test_no_text_breaks_masking_and_masking_twice_changes_nothing(text: str) -> None:
    once = masked(text)
    assert masked(once) == once
    ends = [one.end for one in personal(text)]
    starts = [one.start for one in personal(text)]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


@given(st.integers(min_value=10**14, max_value=10**15 - 1), st.sampled_from(["", " ", "-"]))
def test_every_valid_card_is_found_however_it_is_grouped(number: int, between: str) -> None:
    digits = next(f"{number}{check}" for check in range(10) if luhn(f"{number}{check}"))
    card = between.join(digits[at : at + 4] for at in range(0, 16, 4))
    assert masked(f"my card {card} thanks") == f"my card {MASK} thanks"


@pytest.mark.parametrize("piece", ["a@", "1", "1 ", "ref-", "NL91", "(1", "a.", "order no "])
def test_a_huge_text_is_masked_in_one_pass(piece: str) -> None:
    assert isinstance(masked(piece * (100_000 // len(piece))), str)
