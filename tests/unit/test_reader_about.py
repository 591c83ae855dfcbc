import pytest

from bot.core.brand import brand_from_dict
from bot.core.matching import match_line
from bot.readers import about
from bot.readers.about import MOST, judged, reconsidered, taught
from bot.readers.builtin import Builtin
from bot.readers.types import Reader
from bot.readers.words import Words
from tests.unit.tiny_model import builtin_folder

ROBIN = {
    "name": "Robin",
    "us": ["Robin lost my booking", "Robin crashed at check-in", "Robin charged twice for a booking"],
    "not_us": ["a robin sang", "saw a robin sing in the snow", "the robin sang again"],
}
ROWS = {
    "booking": (1.0, 0, 0, 0, 0, 0, 0),
    "crashed": (1.0, 0, 0, 0, 0, 0, 0),
    "charged": (1.0, 0, 0, 0, 0, 0, 0),
    "sang": (0, 1.0, 0, 0, 0, 0, 0),
    "sing": (0, 1.0, 0, 0, 0, 0, 0),
    "chirped": (0, 1.0, 0, 0, 0, 0, 0),
}


@pytest.fixture(scope="module")
def builtin(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Builtin(builtin_folder(tmp_path_factory.mktemp("about") / "model", ROWS))


def answer(reader: Reader, text: str, **changes: object) -> dict[str, object]:
    brand = brand_from_dict({**ROBIN, **changes})
    line = {"id": 1, "text": text}
    return dict(reconsidered(reader, brand, line, match_line(line, brand)))


def test_vectors_tell_words_no_example_holds(builtin: Reader) -> None:
    assert answer(builtin, "Robin chirped")["relevant"] < 0.5 < answer(Words(), "Robin chirped")["relevant"]  # type: ignore[operator]


def test_without_a_model_the_examples_words_speak() -> None:
    found = answer(Words(), "Robin sang from the roof")
    assert found["relevant"] < 0.5  # type: ignore[operator]
    assert "your examples of not us" in str(found["why"])


def test_an_example_withdrawn_takes_its_lesson_with_it(builtin: Reader) -> None:
    with_all, fewer = answer(builtin, "Robin chirped"), answer(builtin, "Robin chirped", not_us=ROBIN["not_us"][:2])
    assert with_all["relevant"] < fewer["relevant"]  # type: ignore[operator]
    assert "reads like" not in str(fewer["why"])


def test_a_tagged_post_is_never_doubted(builtin: Reader) -> None:
    found = answer(builtin, "@robinhq chirped", handles=["robinhq"])
    assert (found["tagged"], found["matched"]) == (True, True)
    assert "reads like" not in str(found["why"])


def test_a_post_that_is_lifted_shows_where_it_names_us(builtin: Reader) -> None:
    text = "there is the robin of my booking"
    assert not match_line({"id": 1, "text": text}, brand_from_dict(ROBIN))["matched"]
    found = answer(builtin, text)
    assert found["matched"] == bool(found["spans"])


def test_a_post_without_the_name_stays_without(builtin: Reader) -> None:
    assert answer(builtin, "my booking crashed") == match_line(
        {"id": 1, "text": "my booking crashed"}, brand_from_dict(ROBIN)
    )


def test_an_own_account_is_beyond_doubt(builtin: Reader) -> None:
    brand = brand_from_dict(ROBIN)
    assert judged(builtin, brand, taught(builtin, brand), ("Robin sang", "", ""), 0.98, "why") == (0.98, "why")


def test_the_newest_examples_are_kept_each_once() -> None:
    more = [(f"robin number {at}", "", "") for at in range(MOST)]
    lesson = taught(Words(), brand_from_dict(ROBIN), (), [*more, more[-1]])
    assert len(lesson.not_us) == MOST
    assert lesson.not_us[-1].text == f"robin number {MOST - 1}"


def test_a_line_that_was_not_read_stays_as_it_is() -> None:
    brand = brand_from_dict(ROBIN)
    bad = match_line({"id": 1, "text": 7}, brand)
    assert reconsidered(Words(), brand, {"id": 1, "text": 7}, bad) == bad


def test_what_an_example_said_is_not_kept_once_it_is_gone() -> None:
    brand = brand_from_dict({**ROBIN, "name": "Wren"})
    taught(Words(), brand, [], [("a wren called Ophelia", "", "")])
    assert any("Ophelia" in str(kept) for kept in about._lessons.values())
    taught(Words(), brand)
    assert not any("Ophelia" in str(kept) for kept in about._lessons.values())


def test_the_same_examples_teach_once() -> None:
    brand = brand_from_dict(ROBIN)
    assert taught(Words(), brand) is taught(Words(), brand)
    assert len(about._lessons) <= about.MOST_BRANDS
