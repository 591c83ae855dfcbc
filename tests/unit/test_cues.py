"""How a person writes, said carefully; cases like one; when a second person is asked for."""

from datetime import timedelta

import numpy as np
import pytest

from bot.core.consent import Consent, Situation, reasons
from bot.core.cues import Known, cues
from bot.core.similar import WORDS_MODEL, hashed, nearest, packed, unit, unpacked
from tests.conftest import NOW

NEW = Known(NOW, 1)


def leads(*texts: str, known: Known = NEW) -> dict[str, str]:
    return {one.lead: one.words for one in cues(texts, "English", known, NOW)}


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("My mother passed away and I need to move the flight", "Illness or a loss is spoken of"),
        ("Meine Frau liegt im Krankenhaus", "Illness or a loss is spoken of"),
        ("im 12 and my mom said i can ask you", "Perhaps young"),
        ("J'ai 11 ans et mon colis est perdu", "Perhaps young"),
        ("I am in tears, nobody helps", "Very upset"),
        ("I just want to die, this was everything I had", "Somebody may be in danger"),
    ],
)
def test_what_asks_for_care_is_said_first(text: str, lead: str) -> None:
    assert next(iter(leads(text))) == lead


@pytest.mark.parametrize(
    "text",
    [
        "I am 12 minutes late because of you", "i'm 9th in the queue", "My room was dead quiet", "This is sick!",
        "I am 45 and angry", "the hospital bag you sell is ugly", "killing time at your gate",
    ],
)  # fmt: skip
def test_nobody_is_called_young_or_grieving_by_chance(text: str) -> None:
    assert not {"Perhaps young", "Illness or a loss is spoken of", "Somebody may be in danger"} & set(leads(text))


def test_how_they_write_is_told_in_words() -> None:
    assert leads("lol u lost it 😂")["How they write"] == "English, playfully, with emoji, briefly."
    assert "formally" in leads("Dear Sir or Madam, I wish to complain. Kind regards")["How they write"]
    assert "in capitals" in leads("WHERE IS MY MONEY NORTHWIND")["How they write"]
    assert "formally" in leads("Können Sie mir bitte sagen, wo Ihr Paket ist?")["How they write"]


def test_first_contact_or_how_long_with_us_and_how_it_ended() -> None:
    assert "First contact" in leads("hello")
    known = Known(NOW - timedelta(days=800), 4, "recovered", "€40")
    told = leads("hello", known=known)
    assert told["With us"] == "For 2 years; this is case 4."
    assert told["Last time"] == "It ended recovered, after €40."


def test_no_text_breaks_the_hints() -> None:
    for text in ("", "\x00\ud800", "🙂" * 5_000, "a" * 100_000):
        assert leads(text)


def test_the_same_matter_in_other_words_is_nearer_than_another_matter() -> None:
    texts = ["charged twice for my seat", "charged me twice, seat 14", "the lounge was cold"]
    matrix = np.stack([hashed(text) for text in texts])
    found = nearest(hashed("I was charged twice for a seat"), [1, 2, 3], matrix, [0, 0, 0], WORDS_MODEL)
    assert {one.case_id for one in found} == {1, 2}


def test_of_two_as_near_the_one_that_ended_well_stands_first() -> None:
    matrix = np.stack([hashed("charged twice"), hashed("charged twice")])
    found = nearest(hashed("charged twice"), [1, 2], matrix, [-0.1, 0.05], WORDS_MODEL)
    assert [one.case_id for one in found] == [2, 1]


def test_numbers_survive_the_store() -> None:
    vector = unit(np.arange(384, dtype=np.float32))
    assert float(unpacked(packed(vector)) @ vector) == pytest.approx(1, abs=1e-3)
    assert nearest(np.zeros(512, np.float32), [1], np.zeros((1, 512), np.float32), [0], WORDS_MODEL) == []


@pytest.mark.parametrize(
    ("rules", "now", "asks"),
    [
        (Consent(), Situation("critical", 1_000_000, 0, incident=True), 0),
        (Consent(severity="high"), Situation("critical"), 1),
        (Consent(severity="high"), Situation("normal"), 0),
        (Consent(followers=10_000), Situation(followers=10_000), 1),
        (Consent(followers=10_000), Situation(followers=None), 0),
        (Consent(first_replies=5), Situation(sent=4), 1),
        (Consent(first_replies=5), Situation(sent=5), 0),
        (Consent(first_replies=5), Situation(sent=0, lead=True), 0),
        (Consent(incident=True, severity="low"), Situation(incident=True), 2),
    ],
)
def test_a_second_person_is_asked_for_by_rule_and_with_reasons(rules: Consent, now: Situation, asks: int) -> None:
    assert len(reasons(rules, now)) == asks
