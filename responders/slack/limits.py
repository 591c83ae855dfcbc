"""Block Kit's documented limits, checked before a message leaves: Slack refuses a whole message for one long label.

Figures: docs.slack.dev/reference/block-kit/blocks and …/block-elements, and the sum of all blocks' text that Slack
refuses as `msg_blocks_too_long` without documenting it (slackapi/bolt-js#2509).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

BLOCKS = 50
SECTION = 3_000
FIELD, FIELDS = 2_000, 10
HEADER = 150
CONTEXT_ELEMENTS = 10
ACTIONS = 25
BUTTON = 75
VALUE = 2_000
URL = 3_000
LABEL = 75
ACTION_ID = BLOCK_ID = 255
OPTIONS, OPTION_TEXT, OPTION_VALUE = 5, 75, 150
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30
ALL_TEXT = 13_000
VIEW_BLOCKS, VIEW_TITLE, VIEW_METADATA = 100, 24, 3_000
INPUT_LABEL = INPUT_HINT = 2_000
INPUT_TEXT, PLACEHOLDER = 3_000, 150
RADIOS = 10
SELECT = 100
TEXT = 40_000  # chat.postMessage cuts `text` above this

CHOICES = {"radio_buttons": RADIOS, "static_select": SELECT}

Block = Mapping[str, Any]


def broken(blocks: Sequence[Block]) -> list[str]:
    """Which limits these blocks break, one sentence each with its place; empty when Slack will take them."""
    found = [f"{len(blocks)} blocks: at most {BLOCKS}"] if len(blocks) > BLOCKS else []
    for number, block in enumerate(blocks):
        found += [f"block {number}: {problem}" for problem in _block(block)]
    total = sum(map(_letters, blocks))
    if total > ALL_TEXT:
        found.append(f"{total} characters in all: at most {ALL_TEXT}")
    return found


def broken_view(view: Block) -> list[str]:
    """Which limits a modal breaks (docs.slack.dev/surfaces/modals, /reference/views/modal-views)."""
    found = [*_long("title", view["title"]["text"], VIEW_TITLE)]
    for name in ("submit", "close"):
        found += _long(name, view[name]["text"] if name in view else "x", VIEW_TITLE)
    found += _long("private_metadata", view.get("private_metadata", "x"), VIEW_METADATA)
    found += _long("callback_id", view.get("callback_id", "x"), ACTION_ID)
    found += _many("blocks", view["blocks"], VIEW_BLOCKS)
    for number, block in enumerate(view["blocks"]):
        found += [f"block {number}: {problem}" for problem in _block(block)]
    if "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
        found.append("a form with a field needs a submit button")
    return found


def _block(block: Block) -> Iterator[str]:
    yield from _long("block_id", block.get("block_id", "x"), BLOCK_ID)
    match block["type"]:
        case "section":
            yield from _section(block)
        case "header":
            yield from _long("header", block["text"]["text"], HEADER)
        case "context":
            yield from _context(block)
        case "actions":
            yield from _actions(block)
        case "divider":
            return
        case "input":
            yield from _input(block)
        case other:
            yield f"unknown block {other!r}"


def _context(block: Block) -> Iterator[str]:
    yield from _many("context elements", block["elements"], CONTEXT_ELEMENTS)
    for element in block["elements"]:
        yield from _long("context", element.get("text", "x"), SECTION)


def _actions(block: Block) -> Iterator[str]:
    yield from _many("actions", block["elements"], ACTIONS)
    for element in block["elements"]:
        yield from _element(element)


def _input(block: Block) -> Iterator[str]:
    element = block["element"]
    yield from _long("label", block["label"]["text"], INPUT_LABEL)
    yield from _long("hint", block["hint"]["text"] if "hint" in block else "x", INPUT_HINT)
    yield from _long("action_id", element["action_id"], ACTION_ID)
    if element["type"] == "plain_text_input":
        yield from _long("initial_value", element.get("initial_value") or "x", INPUT_TEXT)
        if not 1 <= element.get("max_length", 1) <= INPUT_TEXT:
            yield f"max_length {element['max_length']}: 1 to {INPUT_TEXT}"
    if element["type"] in CHOICES:
        yield from _many("options", element["options"], CHOICES[element["type"]])
        for option in element["options"]:
            yield from _long("option", option["text"]["text"], OPTION_TEXT)
            yield from _long("option value", option["value"], OPTION_VALUE)


def _section(block: Block) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield "a section needs a text or fields"
    if "text" in block:
        yield from _long("section", block["text"]["text"], SECTION)
    if "fields" in block:
        yield from _many("fields", block["fields"], FIELDS)
        for field in block["fields"]:
            yield from _long("field", field["text"], FIELD)
    if "accessory" in block:
        yield from _element(block["accessory"])


def _element(element: Block) -> Iterator[str]:
    yield from _long("action_id", element["action_id"], ACTION_ID)
    if element["type"] == "button":
        yield from _long("button", element["text"]["text"], BUTTON)
        yield from _long("value", element.get("value", "x"), VALUE)
        yield from _long("url", element.get("url", "x"), URL)
        yield from _long("accessibility_label", element.get("accessibility_label", "x"), LABEL)
    if element["type"] == "overflow":
        yield from _many("options", element["options"], OPTIONS)
        for option in element["options"]:
            yield from _long("option", option["text"]["text"], OPTION_TEXT)
            yield from _long("option value", option["value"], OPTION_VALUE)
    if "confirm" in element:
        yield from _confirm(element["confirm"])


def _confirm(confirm: Block) -> Iterator[str]:
    yield from _long("confirm title", confirm["title"]["text"], CONFIRM_TITLE)
    yield from _long("confirm text", confirm["text"]["text"], CONFIRM_TEXT)
    for name in ("confirm", "deny"):
        yield from _long(name, confirm[name]["text"], CONFIRM_BUTTON)


def _long(name: str, text: str, most: int) -> Iterator[str]:
    if not text:
        yield f"{name} is empty"
    if (size := _size(text)) > most:
        yield f"{name} has {size} characters: at most {most}"


def _size(text: str) -> int:
    """As Slack may count: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _many(name: str, things: Sequence[Any], most: int) -> Iterator[str]:
    if not 1 <= len(things) <= most:
        yield f"{len(things)} {name}: 1 to {most}"


def _letters(thing: Any) -> int:
    """Characters of every text in a block."""
    if isinstance(thing, Mapping):
        return sum(
            _size(value) if key in ("text", "value", "url") and isinstance(value, str) else _letters(value)
            for key, value in thing.items()
        )
    return sum(map(_letters, thing)) if isinstance(thing, list | tuple) else 0
