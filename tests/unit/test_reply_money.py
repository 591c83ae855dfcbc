"""Money as people write it in a reply."""

from decimal import Decimal

import pytest

from bot.core.money import amounts, percentages


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("€5", "5"), ("5 €", "5"), ("$1,234.50", "1234.50"), ("1.234,50 €", "1234.50"), ("EUR 12", "12"),
        ("12 quid", "12"), ("£2k", "2000"), ("１２ euros", "12"),
        ("three hundred dollars", "300"), ("1 000 EUR", "1000"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text: str, value: str) -> None:
    (amount,) = amounts(text)
    assert amount.value == Decimal(value)
    assert (amount.start, amount.end) == (0, len(text))


@pytest.mark.parametrize("text", ["12 people", "gate B14", "2026-05-04", "", "a hundred people", "€"])
def test_other_numbers_are_no_money(text: str) -> None:
    assert amounts(text) == ()


def test_percentages_are_read() -> None:
    assert [one[0] for one in percentages("10%, 20 percent, ３０％")] == [10, 20, 30]
