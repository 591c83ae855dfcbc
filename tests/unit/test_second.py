"""Codes by time, after RFC 6238: whose, when, and how often."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core import second

SECRET = b"12345678901234567890"  # of RFC 6238, appendix B


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
     (2_000_000_000, "279037"), (20_000_000_000, "353130")],
)  # fmt: skip
def test_the_codes_are_those_of_the_standard(at: int, code: str) -> None:
    now = datetime.fromtimestamp(at, UTC)
    assert second.code_at(SECRET, second.step_at(now)) == code
    assert second.step_of(SECRET, code, now, 0) == at // 30


@pytest.mark.parametrize(("off", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_phone_may_be_one_step_off(off: int, taken: bool) -> None:
    now = datetime(2026, 10, 13, 12, 0, 5, tzinfo=UTC)
    code = second.code_at(SECRET, second.step_at(now + timedelta(seconds=off)))
    assert (second.step_of(SECRET, code, now, 0) is not None) is taken


def test_a_step_that_was_taken_and_any_before_it_are_no_longer() -> None:
    now = datetime(2026, 10, 13, 12, 0, 5, tzinfo=UTC)
    here = second.step_at(now)
    assert second.step_of(SECRET, second.code_at(SECRET, here), now, here) is None
    assert second.step_of(SECRET, second.code_at(SECRET, here - 1), now, here) is None
    assert second.step_of(SECRET, second.code_at(SECRET, here + 1), now, here) == here + 1


@pytest.mark.parametrize("code", ["", "28708", "2870822", "٢٨٧٠٨٢", "28708é", "abcdef"])
def test_only_six_plain_digits_are_a_code_by_time(code: str) -> None:
    assert not second.is_by_time(second.plain(code))
    assert second.step_of(SECRET, second.plain(code), datetime.fromtimestamp(59, UTC), 0) is None


def test_codes_may_be_typed_as_they_are_shown() -> None:
    assert second.plain(" 287 082\n") == "287082"
    assert second.plain(second.recovery_shown("3abcdefghjk").upper()) == "3abcdefghjk"
    assert second.number_of("3abcdefghjk") == 3
    assert second.number_of("xabcdefghjk") is None
    assert second.number_of("³abcdefghjk") is None


def test_the_words_for_an_app_come_back_as_the_secret_and_the_address_names_the_place() -> None:
    assert second.bytes_of(second.words_of(SECRET)) == SECRET
    address = second.address(SECRET, "lena@acme.example", "Earshot care.acme.example")
    assert address.startswith("otpauth://totp/Earshot%20care.acme.example:lena%40acme.example?")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in address
