"""`earshot due`: one line in, one line out, whatever the line."""

import json

import pytest

from bot.core.due import due, moment

ALWAYS = {"window_minutes": 60, "tz": "UTC", "clock": "always", "hours": {}, "holidays": []}
SHOP = {
    "window_minutes": 45,
    "tz": "Europe/Rome",
    "clock": "business",
    "hours": {"mon": [["09:00", "13:00"], ["15:00", "19:00"]], "tue": [["09:00", "13:00"]]},
    "holidays": [],
}


def line(**changes: object) -> dict[str, object]:
    return {"id": "a", "policy": ALWAYS, "created_at": "2025-06-02T10:00:00Z", **changes}


def test_the_answer_has_exactly_the_stated_shape():
    answer = due(line())
    assert list(answer) == ["id", "due_at", "explain"]
    assert answer["due_at"] == "2025-06-02T11:00:00Z"
    assert all(isinstance(sentence, str) for sentence in answer["explain"])
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize(
    ("changes", "due_at"),
    [
        ({"created_at": "2025-06-02T12:00:00+02:00"}, "2025-06-02T11:00:00Z"),
        ({"created_at": "2025-06-02T10:00:07.250Z"}, "2025-06-02T11:00:07.250000Z"),
        ({"created_at": "2016-12-31T23:59:60Z"}, "2017-01-01T01:00:00Z"),
        ({"created_at": "1969-07-20T20:17:40Z"}, "1969-07-20T21:17:40Z"),
        ({"policy": SHOP}, "2025-06-02T10:45:00Z"),
        ({"policy": SHOP, "created_at": "2025-06-02T10:30:00Z"}, "2025-06-02T13:15:00Z"),
        ({"policy": SHOP, "created_at": "2025-06-03T10:30:00Z"}, "2025-06-09T07:15:00Z"),
        ({"ingested_at": None}, "2025-06-02T11:00:00Z"),
        ({"ingested_at": "2025-06-02T15:00:00Z"}, "2025-06-02T11:00:00Z"),
        ({"ingested_at": "2025-06-02T09:55:00Z"}, "2025-06-02T11:00:00Z"),
        ({"ingested_at": "2025-06-02T09:54:59Z"}, "2025-06-02T10:54:59Z"),
        ({"edited_at": "2025-06-02T10:40:00Z"}, "2025-06-02T11:00:00Z"),
    ],
)
def test_the_due_time_is_exact(changes, due_at):
    assert due(line(**changes))["due_at"] == due_at


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"created_at": "2025-06-02T10:00:00"}, "created_at has no time zone"),
        ({"created_at": "yesterday"}, "created_at: 'yesterday' is not a time; write for example"),
        ({"created_at": None}, "created_at: None is not a time"),
        ({"created_at": 1748858400}, "created_at: 1748858400 is not a time"),
        ({"created_at": "2025-02-30T10:00:00Z"}, "created_at"),
        ({"created_at": "9999-12-31T23:59:59-01:00"}, "created_at"),
        ({"created_at": "9999-12-31T23:30:00Z"}, "calendar"),
        ({"created_at": "0001-01-01T00:00:00Z", "policy": SHOP | {"tz": "America/Lima"}}, "calendar"),
        ({"created_at": "0001-01-01T00:00:00Z", "policy": ALWAYS | {"tz": "America/Lima"}}, "calendar"),
        ({"ingested_at": "soon"}, "ingested_at: 'soon' is not a time"),
        ({"policy": None}, "policy: write an object"),
        ({"policy": SHOP | {"hours": {}}}, "policy.hours never open"),
        ({"id": None}, "id is missing"),
    ],
)
def test_a_bad_line_gives_an_error_that_names_the_place(changes, says):
    answer = due(line(**changes))
    assert list(answer) == ["id", "error"]
    assert says in answer["error"]


@pytest.mark.parametrize("thing", [None, 5, "x", [1]])
def test_a_line_that_is_no_object_gives_an_error_too(thing):
    assert list(due(thing)) == ["id", "error"]


def test_a_year_one_post_is_no_crash():
    assert due(line(created_at="0001-01-01T00:00:00Z"))["due_at"] == "0001-01-01T01:00:00Z"


def test_a_moment_is_utc():
    assert moment(" 2025-06-02T12:00:00+02:00 ", "x").isoformat() == "2025-06-02T10:00:00+00:00"
