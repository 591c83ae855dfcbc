"""Boundaries are data a person writes; refusals name the place and the remedy."""

from decimal import Decimal

import pytest

from bot.core.boundaries import Boundaries, boundaries_from_dict, boundaries_from_toml, shipped
from bot.core.checked import BadRules
from bot.core.phrases import Phrasebook


def test_the_shipped_rules_are_valid_and_every_rule_says_why_and_what_to_do() -> None:
    rules = shipped()
    named = {name: getattr(rules, name) for name in Boundaries.model_fields if name != "phrases"}
    for name, rule in {**named, **rules.phrases}.items():
        assert rule.why, name
        assert rule.ways, name


def test_a_file_says_only_what_it_wants_different() -> None:
    rules = boundaries_from_toml("[budget]\namount = 40\n[phrases.own]\nphrases = ['secret sauce']", "b.toml")
    assert rules.budget.amount == Decimal(40)
    assert rules.budget.giving == shipped().budget.giving
    assert set(rules.phrases) == {*shipped().phrases, "own"}


def test_a_rule_can_be_switched_off() -> None:
    assert not boundaries_from_dict({"emoji": {"on": False}}).emoji.on


def test_equal_rules_have_equal_versions_and_other_rules_another() -> None:
    assert shipped().version == boundaries_from_dict({}).version
    assert len(shipped().version) == 12
    assert boundaries_from_dict({"budget": {"amount": 1}}).version != shipped().version


def test_a_table_named_boundaries_may_hold_it_all() -> None:
    assert boundaries_from_toml("[boundaries.emoji]\nmost = 1", "b.toml").emoji.most == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[budgets]\namount = 1", r"b\.toml: `budgets` is not known here. Did you mean `budget`\?"),
        ("[budget]\namuont = 1", "Did you mean `amount`"),
        ("[budget]\namount = -1", "`budget.amount`"),
        ("[budget]\ncurrency = 'euro'", "`budget.currency`"),
        ("[caps]\nseverity = 'hard'", "'note', 'second_person' or 'stop'"),
        ("[phrases.legal]\nphrase = ['x']", "Did you mean `phrases`"),
        ("[promise]\nphrases = ['?!']", "no letter or digit"),
        ("[links]\nallowed = ['https://a.example/']", "is not a host name"),
        ("[caps", "Mend that line"),
    ],
)
def test_each_refusal_names_the_place_and_the_remedy(text: str, said: str) -> None:
    with pytest.raises(BadRules, match=said):
        boundaries_from_toml(text, "b.toml")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A FULL\nrefund!", ["full refund"]),
        ("it is your-fault", ["your fault"]),
        ("it is уоur fault", ["your fault"]),
        ("lollipop", []),
        ("L​OL", ["lol"]),
        ("full, refund", []),
        ("全額保証しますね", ["保証します"]),
        ("your full refund, lol", ["full refund", "lol"]),
        ("", []),
    ],
)
def test_phrases_are_found_word_by_word(text: str, found: list[str]) -> None:
    book = Phrasebook(["full refund", "your fault", "lol", "保証します"])
    assert [said.phrase for said in book.find(text)] == found


def test_of_phrases_that_overlap_the_longest_counts() -> None:
    (said,) = Phrasebook(["full", "full refund", "refund"]).find("a full refund")
    assert said.phrase == "full refund"


def test_no_phrases_find_nothing() -> None:
    assert Phrasebook([]).find("anything") == ()
