"""What is said in a place of ours concerns us although it does not name us: a review of our app, the stars with it."""

from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.core.brand import Brand
from bot.core.case import Heard, section_of
from bot.core.matching import OURS, Matcher, said_to_us
from bot.core.wanting import is_own
from bot.store.db import Database
from config.settings import Settings
from connectors.types import Author, Post, PostRef
from connectors.walked import mark
from tests.conftest import NOW
from tests.flow.path import Path, laid, page

ACME, BOLT, RIVAL = Brand(name="Acme"), Brand(name="Bolt"), Brand(name="Aardvark", competitor=True)


def about(text: str, brand: str = "", *brands: Brand) -> list[tuple[str, bool, str]]:
    matcher = Matcher(brands or (RIVAL, ACME, BOLT))
    matches = said_to_us(matcher, matcher.match(text), brand)
    return [(match.brand, match.relevant >= 0.9, match.why) for match in matches]


def test_a_review_that_names_nobody_is_about_the_brand_of_its_source() -> None:
    assert about("crashes all day", "Bolt") == [("Bolt", True, OURS)]


def test_without_a_brand_it_is_the_named_one_or_the_first_that_is_no_competitor() -> None:
    assert [each[0] for each in about("Bolt crashes all day")] == ["Bolt"]
    assert [each[0] for each in about("crashes all day")] == ["Acme"]
    assert about("crashes all day", "", RIVAL) == []


def test_a_competitor_named_there_is_still_counted() -> None:
    assert [each[0] for each in about("Aardvark never crashed", "Acme")] == ["Acme", "Aardvark"]


def test_a_named_brand_keeps_its_reason() -> None:
    [(_, sure, why)] = about("Acme crashes", "Acme")
    assert sure
    assert why.startswith(OURS + "; ")


def heard(**more: object) -> Heard:
    base: dict[str, object] = {"tagged": False, "sentiment": "neutral", "complaint": 0.05, "urgency": 0.0}
    return Heard(**{**base, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "section"),
    [
        ({"rating": 0.2}, "care"),
        ({"rating": 0.2, "reader_speaks_it": False}, "care"),
        ({"rating": 0.4, "complaint": None}, "care"),
        ({"rating": 0.6}, "calm"),
        ({"rating": 0.6, "reader_speaks_it": False}, "care"),
        ({"rating": 1.0, "reader_speaks_it": False}, "calm"),
        ({"rating": 1.0, "complaint": 0.9}, "care"),
    ],
)
def test_stars_speak_where_nobody_reads_the_words(known: dict[str, object], section: str) -> None:
    assert section_of(heard(**known)) == section


def review(**more: object) -> Post:
    base = {"text": "meh", "created_at": NOW - timedelta(minutes=5), "kind": "review", "rating": 1.0}
    return Post(PostRef("googleplay", "r1"), "", Author("r1", "Pat"), **{**base, **more})  # type: ignore[arg-type]


def test_other_stars_are_an_edit() -> None:
    assert mark(review()) != mark(review(rating=0.2))
    assert mark(review()) == mark(review(engagement=4))


def test_what_the_platform_calls_ours_is_ours() -> None:
    assert is_own([ACME])(review(by_us=True))
    assert not is_own([ACME])(review())


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return laid(db, clock, settings)


def test_one_star_in_words_that_name_nobody_becomes_a_case_that_says_so(path: Path) -> None:
    path.hear(page(review(text="Stürzt ab.", rating=0.2, to_us=True)))
    case = path.case()
    assert (case.brand, case.section) == ("Acme", "care")
    assert case.facts["cause"].startswith("rated 1 of 5")


def test_the_same_words_elsewhere_are_not_about_us(path: Path) -> None:
    path.hear(page(review(text="Stürzt ab.", rating=0.2)))
    assert path.cases() == []


def test_stars_taken_away_open_a_case_although_the_words_are_the_same(path: Path) -> None:
    path.hear(page(review(text="an app", rating=1.0, to_us=True, language="en")))
    assert path.cases() == []
    path.hear(page(review(text="an app", rating=0.2, to_us=True, language="en")))
    assert path.case().section == "care"
