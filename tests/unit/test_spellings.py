"""Suggestions of spellings: what several people write and nobody told us, no everyday words, nothing refused."""

import pytest

from bot.core.brand import Brand
from bot.core.folding import fold
from bot.core.spellings import Said, suggest

NORTHWIND = Brand(
    name="Northwind Air", names=("Northwind",), hashtags=("FlyNorthwind",), domains=("northwind.example",)
)


def forms(brand: Brand, *texts: str, refused: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    heard = [Said(f"who{number}", text) for number, text in enumerate(texts)]
    return [(one.kind, one.form) for one in suggest(brand, heard, refused)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nortwhind lost my bag", ("aliases", "nortwhind")),
        ("Northwynd lost my bag", ("aliases", "Northwynd")),
        ("morthwind lost my bag", ("aliases", "morthwind")),
        ("nothwind air was late", ("aliases", "nothwind")),
        ("noth wind was late", ("aliases", "noth wind")),
        ("never again #NorthwindFail", ("hashtags", "NorthwindFail")),
        ("see https://www.northwind.test/offers?x=1", ("domains", "northwind.test")),
        ("see north-wind.test", ("domains", "north-wind.test")),
    ],
)
def test_a_form_that_two_people_write_is_suggested(text: str, found: tuple[str, str]) -> None:
    assert found in forms(NORTHWIND, text, f"{text} again")
    assert found not in forms(NORTHWIND, text)


@pytest.mark.parametrize(
    "text",
    [
        "Northwind lost my bag", "NORTHWIND AIR", "Northwinds were late", "northwind air lost it", "#Northwind",
        "#flynorthwind", "https://help.northwind.example/x", "the north wind blows", "northland is cold",
        "#north", "https://other.test/northwind", "southwind lost my bag too",
    ],
)  # fmt: skip
def test_what_is_known_or_somebody_elses_is_not_suggested(text: str) -> None:
    assert forms(NORTHWIND, text, f"{text} again") == []


def test_initials_are_suggested_only_beside_the_name() -> None:
    brand = Brand(name="Northwind Air Lines")
    beside = "NAL, that is Northwind Air Lines, lost it"
    assert ("aliases", "NAL") in forms(brand, beside, f"{beside} again")
    assert forms(brand, "NAL lost it", "NAL lost it again") == []


def test_one_person_who_writes_a_slip_often_is_one_person() -> None:
    heard = [Said("bo", f"nortwhind lost bag {number}") for number in range(9)]
    assert suggest(NORTHWIND, heard) == []


def test_what_was_refused_stays_away_however_it_is_written() -> None:
    slip = "nortwhind lost my bag"
    assert forms(NORTHWIND, slip, slip.upper(), refused=(fold("Nortwhind"),)) == []


def test_a_suggestion_says_how_many_wrote_it_and_what_it_would_bring() -> None:
    heard = [Said(f"who{n}", f"qorthwind lost my bag {n}") for n in range(3)]
    (one,) = suggest(NORTHWIND, heard)
    assert (one.people, one.posts, one.newly) == (3, 3, 3)
    assert one.brand.aliases == ("qorthwind",)
    assert "“qorthwind” as a name of yours" in one.words


def test_a_short_or_everyday_name_gets_no_slips() -> None:
    assert forms(Brand(name="Gap"), "the gab is real", "the gab is real again") == []
    assert forms(Brand(name="Target"), "my targets are tarted", "my targets are tarted up") == []


def test_hostile_text_neither_breaks_nor_slows_it() -> None:
    nasty = ["#" * 5000, "a." * 5000 + "test", "\x00\u202e" * 900, "nortwhind\u200b", "𝓝𝓸𝓻𝓽𝔀𝓱𝓲𝓷𝓭 " * 300]
    assert isinstance(forms(NORTHWIND, *nasty), list)


def test_another_word_that_is_no_common_one_is_not_suggested() -> None:
    brand = Brand(name="Charter", aliases=("American",))
    assert forms(brand, "my charger, made in America", "another charger, also from America") == []
