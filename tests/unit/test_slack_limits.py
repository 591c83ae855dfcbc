"""Block Kit's limits: each is known, and says where it is broken."""

from typing import Any

import pytest

from responders.slack.limits import broken


def text(size: int, kind: str = "mrkdwn") -> dict[str, str]:
    return {"type": kind, "text": "x" * size}


def section(size: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": text(size)} | more


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": text(5, "plain_text"), "action_id": "a", "value": "1:1"} | more


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "block_id": "b", "elements": list(elements)}


CONFIRM = {"title": text(9), "text": text(9), "confirm": text(3), "deny": text(3)}


@pytest.mark.parametrize(
    "blocks",
    [
        [section(3_000)] * 4,
        [section()] * 50,
        [section(fields=[text(1_000)] * 10)],
        [{"type": "header", "text": text(150)}],
        [{"type": "context", "elements": [text(1_200)] * 10}],
        [actions(*[button()] * 25), {"type": "divider"}],
        [actions(button(confirm=CONFIRM))],
        [section(accessory=button())],
    ],
)
def test_what_slack_takes_breaks_nothing(blocks: list[dict[str, Any]]) -> None:
    assert broken(blocks) == []


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (section(3_001), "section has 3001 characters: at most 3000"),
        (section(0), "section is empty"),
        ({"type": "section"}, "a section needs a text or fields"),
        (section(fields=[text(2_001)]), "field has 2001"),
        (section(fields=[text(1)] * 11), "11 fields"),
        ({"type": "header", "text": text(151)}, "header has 151"),
        ({"type": "context", "elements": [text(1)] * 11}, "11 context elements"),
        ({"type": "context", "elements": []}, "0 context elements"),
        (actions(*[button()] * 26), "26 actions"),
        (actions(button(text=text(76))), "button has 76"),
        (actions(button(value="v" * 2_001)), "value has 2001"),
        (actions(button(url="u" * 3_001)), "url has 3001"),
        (actions(button(accessibility_label="l" * 76)), "accessibility_label has 76"),
        (actions(button(action_id="a" * 256)), "action_id has 256"),
        (actions(button(confirm=CONFIRM | {"title": text(101)})), "confirm title has 101"),
        (actions(button(confirm=CONFIRM | {"text": text(301)})), "confirm text has 301"),
        (actions(button(confirm=CONFIRM | {"deny": text(31)})), "deny has 31"),
        (actions({"type": "overflow", "action_id": "o", "options": []}), "0 options"),
        (actions({"type": "overflow", "action_id": "o", "options": [{"text": text(76), "value": "v"}]}), "option has"),
        ({"type": "video"}, "unknown block 'video'"),
        (section(1_501, text={"type": "mrkdwn", "text": "👩" * 1_501}), "section has 3002"),
    ],
)
def test_each_limit_is_named_where_it_is_broken(block: dict[str, Any], said: str) -> None:
    (problem,) = broken([section(), block])
    assert problem.startswith("block 1: ")
    assert said in problem


def test_all_blocks_together_have_a_limit_too() -> None:
    assert broken([section(2_999)] * 5) == ["14995 characters in all: at most 13000"]
    assert broken([section()] * 51) == ["51 blocks: at most 50"]
