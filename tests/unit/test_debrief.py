"""A debrief's figures, and scripts that are wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.brand import Brand
from bot.core.debrief import Answer, Played, debrief
from bot.demo import crisis

START = datetime(2026, 11, 4, 14, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


PLAYED = (
    Played("a", at(0), True, at(1), 1, at(4), at(20), at(30), 30 * MINUTE),
    Played("b", at(2), True, at(2.5), 2, at(3), at(70), at(62), HOUR),
    Played("c", at(5), True, at(6), 3, None, None, at(65), HOUR),
    Played("d", at(6), True, at(7)),
    Played("e", at(8), True),
    Played("n", at(1), False, at(1), 4),
)
ANSWERS = (Answer(1, "Ada, it is back."), Answer(1, "Ada, really."), Answer(2, "ada,  it is BACK."))


def test_every_figure_of_a_drill_is_counted_from_what_happened() -> None:
    found = debrief(PLAYED, ANSWERS, 7, at(9), at(90))
    assert (found.posts, found.owed, found.heard, found.answered, found.windows_kept) == (6, 5, 5, 2, 1)
    assert (found.first_heard_s, found.first_claimed_s, found.first_answer_s) == (60.0, 180.0, 1200.0)
    assert found.proposed_s == 540.0
    assert found.windows_s == (1800.0, 3600.0)
    assert found.missed == ("c", "d", "e")
    assert found.unheard == ("e",)
    assert found.without_case == ("d",)
    assert found.noise_in_queue == ("n",)
    assert (found.worst, found.worst_wait_s) == ("c", 85 * 60.0)
    assert (found.duplicates, found.same_words, found.messages) == (1, 1, 7)


def test_a_drill_in_which_nothing_happened_has_no_firsts() -> None:
    found = debrief((Played("a", at(0), True),), (), 0, None, at(30))
    assert (found.first_heard_s, found.first_claimed_s, found.first_answer_s, found.proposed_s) == (None,) * 4
    assert found.worst_wait_s == 1800.0
    assert found.as_facts()["missed"] == ["a"]


def test_the_shipped_crisis_is_a_script_that_tells_noise_from_complaints() -> None:
    name, lines = crisis.load(crisis.SHIPPED)
    assert name == "outage-friday"
    assert len(lines) >= 40
    assert 3 <= sum(not line.owed for line in lines) <= 10
    assert len({line.on for line in lines}) >= 4


def test_the_shipped_crisis_is_played_about_a_brand_of_ones_own_and_the_wind_stays_the_wind() -> None:
    _name, lines = crisis.load(crisis.SHIPPED)
    brand = Brand(name="Acme", names=("Acme Rail",), handles={"any": ("acmerail",)})
    words = " ".join(line.text for line in crisis.about(lines, brand))
    assert "Northwind" not in words
    assert "@northwindair" not in words
    assert "northwind" in words
    assert "@acmerail" in words
    assert words.count("Acme Rail") > 30
    assert "@" not in " ".join(line.text for line in crisis.about(lines, Brand(name="Acme")))
    with pytest.raises(ValueError, match="Northwind Air"):
        crisis.about(crisis.lines_of(LINE + "}", "mine"), brand)


LINE = '{"id":"a","at":0,"on":"x","who":"w","text":"t"'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no post"),
        ("not json", "line 1"),
        ("[]", "line 1"),
        (LINE + ',"more":1}', "line 1"),
        (LINE + "}\n" + LINE + "}", "same id"),
        (LINE.replace('"at":0', '"at":-1') + "}", "minutes"),
        (LINE.replace('"at":0', '"at":NaN') + "}", "minutes"),
        (LINE.replace('"text":"t"', '"text":""') + "}", "words"),
        (LINE.replace('"who":"w"', '"who":7') + "}", "words"),
        (LINE + ',"owed":"no"}', "true or false"),
        ('{"id":"a"}', "line 1"),
    ],
)
def test_a_wrong_script_says_which_line_and_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        crisis.lines_of(text, "mine.jsonl")


def test_a_crisis_that_is_no_file_names_the_shipped_one() -> None:
    with pytest.raises(ValueError, match="outage-friday"):
        crisis.load("/nowhere/at.all")
