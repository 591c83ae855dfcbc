"""How sure net sentiment is: its interval, what the reader's card measured, and what people here put right."""

import random
from dataclasses import replace

import pytest

from bot.core.figures import Net
from bot.core.intervals import Rate, between_two
from bot.core.misread import Measured, Misread
from bot.digest import render, tables, words
from bot.readers.card import MODEL, Card, measured
from tests.unit.week_documents import BASE, full

CARD = {"sentiment": Measured(2000, 0.756, 0.734, 0.776), "complaint": Measured(504, 0.87, 0.839, 0.9)}
TOLD = Misread(CARD, Rate(80, 87), 3, 90)


def test_the_interval_is_wider_with_fewer_and_never_beyond_all_or_none() -> None:
    assert between_two(20, 5, 50) == pytest.approx((0.1130, 0.4639), abs=1e-4)  # by hand
    assert between_two(0, 0, 0) == (-1.0, 1.0)
    assert between_two(10, 0, 10)[1] == 1.0
    assert between_two(5, 20, 50) == pytest.approx((-0.4639, -0.1130), abs=1e-4)
    with pytest.raises(ValueError, match="no shares"):
        between_two(6, 5, 10)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    chance, held = random.Random(5), 0
    for _ in range(1_000):
        tones = chance.choices((1, 0, -1), (0.2, 0.5, 0.3), k=60)
        low, high = between_two(tones.count(1), tones.count(-1), 60)
        held += low <= -0.1 <= high
    assert 930 <= held <= 970


def test_words_say_what_was_measured_and_what_was_put_right_here() -> None:
    assert TOLD.words() == (
        "The tone is read rightly in 76% (73–78%) of 2,000 labelled posts, each tone counting alike; whether they"
        " complain in 87% (84–90%) of 504 labelled posts. Here, in 90 days, people changed the tone in 3 of 90 cases"
        " they decided on; taken for complaints and rightly so: 92% (80 of 87; 84–96%)."
    )
    assert Misread().words() == (
        "How often it reads a tone wrongly is not measured."
        " Nobody here decided on a case in 90 days, so its error on our posts is not known."
    )
    assert "in 0 of 1 case they decided on." in Misread(decided=1).words()
    guess = "Of 40 mentions in a language it does not speak, tone and whether it complains are a guess. Here, in"
    assert guess in replace(TOLD, guessed=40).words()
    assert "; whether" not in Misread({"sentiment": CARD["sentiment"]}).words()


@pytest.mark.parametrize("part", ["page", "mail", "plain", "json"])
def test_the_readers_error_stands_wherever_net_sentiment_does(part: str) -> None:
    document = full(misread=TOLD)
    _subject, mail, plain, _files = render.email(document, BASE)
    shown = {"page": str(render.body(document)), "mail": mail, "plain": plain, "json": tables.as_json(document, BASE)}
    assert "76% (73–78%) of 2,000 labelled posts" in shown[part]
    assert "people changed the tone in 3 of 90 cases" in shown[part]
    if part != "json":
        assert "Read by the built-in reader (1). " in shown[part]
        assert words.net_between(document.digest.figures.net) in shown[part]


def test_net_sentiment_has_its_interval_in_the_files_too() -> None:
    document = full()
    low, high = document.digest.figures.net.interval
    (row,) = (line for line in tables.as_csv(document, BASE).splitlines() if ",net_sentiment," in line)
    assert row.split(",")[6:8] == [f"{low:.4f}".rstrip("0").rstrip("."), f"{high:.4f}".rstrip("0").rstrip(".")]
    assert words.net_between(Net((), ("1",), 9)) == ""
    none = replace(document, read_by=())
    assert words.read_wrongly(none) == ""


@pytest.mark.skipif(not (MODEL / "card.json").exists(), reason="the shipped model was deleted, which is allowed")
def test_only_the_reader_that_the_card_is_of_has_its_figures() -> None:
    card = Card.read(MODEL)
    found = measured(MODEL, f"builtin {card.full_version}")
    assert found["sentiment"].low < found["sentiment"].right < found["sentiment"].high
    assert (found["sentiment"].posts, found["complaint"].posts) == (2000, 504)
    assert measured(MODEL, "builtin 1999+abc") == measured(MODEL, "words 1") == {}
    assert measured(MODEL / "nowhere", "words 1") == {}
