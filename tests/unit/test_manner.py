"""The second look at a reply: what it hears in words that stand on no list, how heavy that is, when it is silent."""

from pathlib import Path
from shutil import copy
from typing import Any

import numpy as np
import pytest

from bot.core.boundaries import boundaries_from_dict, shipped
from bot.core.drafts import Draft, Sounding
from bot.core.reply import allowed, breaches, check_reply_line
from bot.readers import manner
from bot.readers.builtin import HALF_WAY, OUTPUTS, Builtin, load
from bot.readers.card import WEIGHTS
from bot.readers.manner import FITTED, FOLDER, GOOD, Manner, listener
from bot.readers.manner_fit import labelled
from bot.readers.types import ReaderUnavailable
from bot.readers.words import Words

PLAIN = "Hi Elsa, thanks for asking."
ADVICE = "That cough is harmless, it's just the dry air in our rooms."


@pytest.fixture(scope="module")
def ear() -> Manner:
    return Manner(load())


def _weighing(rule: str, **changed: str) -> tuple[Any, ...]:
    limits = boundaries_from_dict({"phrases": {rule: changed}} if changed else {})
    text = f"{PLAIN} {ADVICE}"
    start = text.index(ADVICE)
    return breaches(Draft(text, "a", sounds=(Sounding(rule, start, start + len(ADVICE), 0.9),)), limits)


def test_a_sentence_without_a_word_of_the_list_is_heard_with_its_place(ear: Manner) -> None:
    text = f"{PLAIN} {ADVICE} Best, Lena"
    (heard,) = ear.sounds(text)
    assert (heard.rule, text[heard.start : heard.end]) == ("health", ADVICE)
    assert heard.sure > 0.8
    assert breaches(Draft(text, "a"), shipped()) == ()


def test_it_reminds_and_the_reply_may_leave_though_the_list_itself_would_stop_it() -> None:
    assert shipped().phrases["health"].severity == "stop"
    (found,) = _weighing("health")
    assert (found.rule, found.severity) == ("health", "note")
    assert ADVICE in found.why
    assert "can be wrong" in found.why
    assert found.ways == shipped().phrases["health"].ways
    assert allowed([found])


@pytest.mark.parametrize("rule", ["health", "sarcasm", "blame"])
def test_a_brand_may_want_a_second_person_or_nothing_at_all_but_never_a_stop(rule: str) -> None:
    assert [one.severity for one in _weighing(rule, meaning="second_person")] == ["second_person"]
    assert _weighing(rule, meaning="off") == ()
    with pytest.raises(ValueError, match="meaning"):
        _weighing(rule, meaning="stop")


def test_a_list_that_is_off_is_not_listened_for_either() -> None:
    limits = boundaries_from_dict({"phrases": {"health": {"on": False}}})
    assert breaches(Draft(ADVICE, "a", sounds=(Sounding("health", 0, len(ADVICE), 0.9),)), limits) == ()


def test_where_a_word_of_a_list_stands_the_sentence_is_told_of_once() -> None:
    text = "Take an aspirin and sleep."
    found = breaches(Draft(text, "a", sounds=(Sounding("health", 0, len(text), 0.9),)), shipped())
    assert [(one.rule, one.severity) for one in found] == [("health", "stop")]


@pytest.mark.parametrize(
    "text",
    [
        "You wrote that the cough is harmless, it's just the dry air in our rooms.",  # theirs, not ours
        "Ein Kind von drei Jahren kann eine halbe Tablette davon am Abend haben, das ist gar kein Problem.",
        "I've asked the team at gate 9, and your scarf is there.",
        "",
    ],
)
def test_what_the_customer_said_and_other_languages_and_good_words_are_left_alone(ear: Manner, text: str) -> None:
    assert ear.sounds(text) == ()


def test_a_very_long_reply_is_heard_as_far_as_it_may_take_time(ear: Manner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manner, "MOST", 2)
    assert len(ear.sounds(f"{PLAIN} {ADVICE} {ADVICE} {ADVICE}")) == 1


def test_check_reply_tells_the_same() -> None:
    line = {"id": 1, "text": ADVICE}
    told = check_reply_line(line, shipped(), sounds_of=listener(load()))
    assert told["allowed"] is True
    assert [(one["rule"], one["severity"], one["span"]) for one in told["breaches"]] == [
        ("health", "note", [0, len(ADVICE)])
    ]
    assert check_reply_line(line, shipped())["breaches"] == []


def test_without_the_built_in_reader_the_lists_stand_alone() -> None:
    assert listener(Words())(ADVICE) == ()


def test_a_reader_that_fails_leaves_the_lists_alone_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_self: Builtin, _text: str) -> Any:
        raise ReaderUnavailable("The built-in model stopped working (Broken).")

    monkeypatch.setattr(Builtin, "layers", broken)
    assert listener(load())(ADVICE) == ()
    said = capsys.readouterr()  # where logs go depends on what was set up before
    assert "stopped working" in said.out + said.err


def test_a_line_fitted_to_another_model_is_not_used(tmp_path: Path) -> None:
    with np.load(FOLDER / FITTED) as kept:
        fitted = {name: kept[name] for name in kept.files}
    np.savez(tmp_path / FITTED, **{**fitted, "model": np.array("another")})
    with pytest.raises(ReaderUnavailable, match="another model"):
        Manner(load(), tmp_path)
    copy(FOLDER / "sentences.txt", tmp_path / FITTED)
    with pytest.raises(ReaderUnavailable, match="cannot be read"):
        Manner(load(), tmp_path)


def test_the_line_is_fitted_to_the_model_as_shipped_and_to_rules_as_shipped() -> None:
    with np.load(FOLDER / FITTED) as kept:
        assert str(kept["model"]) == load().card.files[WEIGHTS]
        labels = {str(one) for one in kept["labels"]}
    assert labels == {label for label, _ in labelled()}
    assert labels - {GOOD} == {name for name, rule in shipped().phrases.items() if rule.meaning != "off"}


def test_the_model_gives_its_first_three_blocks_beside_its_answers() -> None:
    reader = load()
    layers = reader.layers(ADVICE)
    assert [layer.shape[1] for layer in layers] == [reader.card.width] * 3
    assert len({layer.shape[0] for layer in layers}) == 1
    assert [one.name for one in reader._session.get_outputs()] == [*OUTPUTS, *HALF_WAY]


def test_the_form_offers_it_for_the_lists_that_are_listened_for() -> None:
    from bot.web.boundary_form import HEARD, form_of

    form = form_of(shipped())
    assert set(HEARD) == {name for name, rule in shipped().phrases.items() if rule.meaning != "off"}
    form.meanings["sarcasm"] = "second_person"
    assert form.rules(shipped()).phrases["sarcasm"].meaning == "second_person"
    del form.meanings["sarcasm"]
    assert form.rules(shipped()).phrases["sarcasm"].meaning == "note"
