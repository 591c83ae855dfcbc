import json

import pytest

from bot.readers.line import BATCH, read_line, read_lines
from bot.readers.testing import CROSS, Crashing, Scripted
from bot.readers.words import Words


def test_a_line_is_answered_in_exactly_the_promised_shape() -> None:
    answer = read_line('{"id": "7", "text": "charged twice"}', Scripted({"charged twice": CROSS}))
    assert answer == {
        "id": "7",
        "sentiment": "negative",
        "negative": 0.8,
        "neutral": 0.15,
        "positive": 0.05,
        "complaint": 0.95,
        "urgency": 0.5,
        "language": "en",
        "topics": [],
        "reader": "scripted/1",
    }


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("", None),
        ("{", None),
        ("[1]", None),
        ('{"id": 3}', 3),
        ('{"id": 3, "text": null}', 3),
        ('{"id": 3, "text": "a", "language": 4}', 3),
        ("[" * 100_000, None),
        ('{"id": ' + "9" * 5000 + ', "text": "a"}', None),
    ],
)
def test_a_bad_line_is_an_error_line_with_its_id(line: str, key: object) -> None:
    answer = read_line(line, Words())
    assert set(answer) == {"id", "error"}
    assert answer["id"] == key


def test_a_bad_line_does_not_stop_the_rest_nor_move_their_answers() -> None:
    lines = [json.dumps({"id": at, "text": "hello"}) if at % 3 else "oops" for at in range(BATCH * 2 + 5)]
    answers = list(read_lines(lines, Words()))
    assert [answer["id"] for answer in answers] == [at if at % 3 else None for at in range(len(lines))]
    assert ["error" in answer for answer in answers] == [at % 3 == 0 for at in range(len(lines))]


def test_a_broken_reader_answers_every_line_with_its_remedy() -> None:
    answers = list(read_lines(['{"id": 1, "text": "a"}', "oops"], Crashing()))
    assert answers[0] == {"id": 1, "error": "the model broke: reinstall it"}
    assert "not JSON" in answers[1]["error"]


def test_the_language_a_line_claims_is_handed_on() -> None:
    assert read_line('{"id": 1, "text": "Danke!", "language": "de-AT"}', Words())["language"] == "de"


def test_every_answer_is_json_again() -> None:
    line = json.dumps({"id": "\ud800", "text": "\ud800 worst \u0000 \u202e ever"})
    assert json.loads(json.dumps(read_line(line, Words())))["id"] == "\ud800"
