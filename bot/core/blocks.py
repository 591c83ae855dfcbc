"""Slack's Block Kit in small pieces, each within its limits. Words arrive here escaped already (core/display.py)."""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

from bot.core.graphemes import graphemes

Block = dict[str, Any]
SECTION = 2_900  # Slack takes 3,000; some room for a sign more
LABEL = 75
_LINK = re.compile(r"<([^<>\n]+)>")
_BOLD = re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)")
_MARKUP = dict.fromkeys(map(ord, "<>&@"))  # left out where Slack parses neither entities nor mentions


def section(text: str, accessory: Block | None = None) -> Block:
    """A paragraph, with a button beside it if given."""
    block: Block = {"type": "section", "text": _mrkdwn(text)}
    return block | ({"accessory": accessory} if accessory is not None else {})


def context(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [_mrkdwn(text) for text in texts]}


def actions(block_id: str, elements: Sequence[Block]) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(text: str, action: str, value: str, label: str, *, url: str = "", primary: bool = False) -> Block:
    """A button. `label` begins with the visible words, so that voice control finds it."""
    made: Block = {
        "type": "button",
        "text": plain(text),
        "action_id": action,
        "value": value,
        "accessibility_label": cut(label.translate(_MARKUP), LABEL),
    }
    return made | ({"url": url} if url else {}) | ({"style": "primary"} if primary else {})


def confirm(title: str, text: str, yes: str, no: str) -> Block:
    """A question asked once before a button acts."""
    return {"title": plain(title), "text": _mrkdwn(text), "confirm": plain(yes), "deny": plain(no)}


def overflow(action: str, options: Sequence[tuple[str, str]]) -> Block:
    """The rest of the buttons: (words, value)."""
    return {
        "type": "overflow",
        "action_id": action,
        "options": [{"text": plain(words), "value": value} for words, value in options],
    }


def plain(text: str) -> Block:
    """Plain text: no mark-up, no :emoji: codes."""
    return {"type": "plain_text", "text": cut(text.translate(_MARKUP), LABEL), "emoji": False}


def cut(text: str, most: int) -> str:
    """At most so many UTF-16 units, as Slack may count, of whole characters. For text without entities only."""
    if _size(text) <= most:
        return text
    kept, room = [], most - 1
    for cluster in graphemes(text):
        room -= _size(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept) + "…"


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def quoted(escaped: str) -> str:
    """A quotation: every line begins with >."""
    return "\n".join(f"> {line}" for line in escaped.splitlines()) or "> "


def opens(blocks: Sequence[Block]) -> str:
    """Where the first button of a message that leads anywhere leads; "" for none."""
    found = (one.get("url", "") for block in blocks if block.get("type") == "actions" for one in block["elements"])
    return next((str(url) for url in found if url), "")


def aloud(text: str, blocks: Sequence[Block], names: Mapping[str, str]) -> str:
    """A message as a person reads it, a line a paragraph: without mark-up, escapes and buttons. `names` by member id.

    `text` is what is read where there are no blocks.
    """
    told = [part.get("text", "") for block in blocks for part in _parts(block)] or [text]
    shown = [_BOLD.sub(r"\1", _LINK.sub(lambda found: _linked(found, names), line)) for line in told]
    return "\n".join(line for line in map(unescape, shown) if line.strip())


def _parts(block: Block) -> list[Block]:
    if block.get("type") == "context":
        return list(block["elements"])
    return [block["text"], *block.get("fields", [])] if block.get("type") in ("section", "header") else []


def _linked(found: re.Match[str], names: Mapping[str, str]) -> str:
    """Slack's <…>: a member's name, @here, the words of a link or a date."""
    what, _, words = found[1].partition("|")
    if what.startswith("@"):
        return f"@{names.get(what[1:], what[1:])}"
    return words or what.replace("!", "@", 1)


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}
