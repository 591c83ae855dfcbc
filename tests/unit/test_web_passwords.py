"""Which passwords are refused, and how they are stored and compared."""

import pytest

from bot.web import passwords


@pytest.mark.parametrize(
    "password",
    [
        "password1", "Acme2026", "seven!!", "passwordpassword", "Password123456", "P@ssw0rd2026!", "123456789012",
        "qwertyuiopas", "aaaaaaaaaaaaaa", "abababababab", "Acme20262026", "acme-acme-acme", "lena.moor2026",
        "MoorMoorMoor",
        "AcmeCorp!!2026", "............", "x" * 1025,
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused_with_a_reason(password: str) -> None:
    assert passwords.problem(password, about=("lena.moor@acme.example", "Lena Moor", "Acme", "Acme Corp")) != ""


@pytest.mark.parametrize(
    "password",
    [
        "nine green lanterns hum",
        "🐙 soup at the harbour, twice",
        "tR0ub4dor&3-x9",
        "пароль из длинных слов",
        "a " * 31 + "bcd",
    ],
)
def test_long_and_unlikely_ones_are_fine(password: str) -> None:
    assert passwords.problem(password, about=("lena@acme.example", "Lena")) == ""


def test_a_password_is_stored_as_argon2id_with_enough_work() -> None:
    stored = passwords.hashed("nine green lanterns hum")
    assert stored.startswith("$argon2id$")
    assert "m=19456,t=2,p=1" in stored
    assert passwords.hashed("nine green lanterns hum") != stored


def test_every_byte_counts_also_the_hundredth() -> None:
    stored = passwords.hashed("é" * 60 + "1")
    assert passwords.fits(stored, "é" * 60 + "1")
    assert not passwords.fits(stored, "é" * 60 + "2")


def test_nothing_fits_without_a_stored_hash_or_with_a_broken_one() -> None:
    assert not passwords.fits(None, "nine green lanterns hum")
    assert not passwords.fits("not a hash", "nine green lanterns hum")
    assert not passwords.fits(passwords.hashed("x" * 1024), "x" * 1025)
    assert not passwords.fits(passwords.hashed("x"), "\ud800")


def test_an_unknown_name_costs_as_much_work_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    class Counting:
        def verify(self, stored: str, password: bytes) -> bool:
            checked.append(stored.split("$")[3])
            return False

        def hash(self, password: str) -> str:
            return passwords.hashed(password)

    stored = passwords.hashed("x")
    passwords.fits(None, "x")  # the stand-in's hash is made once
    monkeypatch.setattr(passwords, "_HASHER", Counting())
    passwords.fits(stored, "wrong")
    passwords.fits(None, "wrong")
    assert checked == ["m=19456,t=2,p=1"] * 2
