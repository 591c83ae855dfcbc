"""Microsoft Teams: a card in a channel, through a workflow's webhook ("When a Teams webhook request is received").

Facts (learn.microsoft.com, "Create incoming webhooks with Workflows" and "Format cards"): the message holds one
attachment of type application/vnd.microsoft.card.adaptive, at most 28 KB; answers are 202 or 200. A TextBlock reads
Markdown, a TextRun does not: customers' words go into TextRuns, so that nothing in them becomes a link or a mention.
"""

import json
from typing import Any, ClassVar

from pydantic import BaseModel

from config.settings import Teams as TeamsSettings
from connectors.http import Http
from responders.rooms import ELLIPSIS, Said, key_of, lines_of, post, said, storable
from responders.types import Audience, Message, Receipt

TITLE, BODY = 300, 5_000
CARD_BYTES = 24_000  # of 28 KB, however who counts writes other letters; the rest is the frame around them
CARD = "application/vnd.microsoft.card.adaptive"
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.4"  # the newest that Teams shows on desktops and phones alike


class Teams:
    """Posts a card. A workflow's webhook gives no id back, so cards are neither edited nor found again."""

    name: ClassVar[str] = "teams"
    audience: ClassVar[Audience] = "team"
    longest: ClassVar[int] = 20_000
    Settings: ClassVar[type[BaseModel]] = TeamsSettings

    def __init__(self, settings: TeamsSettings, http: Http | None = None) -> None:
        self._rooms = settings.rooms
        self._http, self._is_mine = (Http(), True) if http is None else (http, False)

    def __repr__(self) -> str:
        return f"Teams({', '.join(sorted(self._rooms))})"

    def send(self, message: Message) -> Receipt:
        """Post once. Raises Unsure when Teams may have taken it."""
        url = key_of(self._rooms, message.address, "Teams")
        card = _card(said(message, TITLE, BODY))
        post(self._http, url, {"type": "message", "attachments": [{"contentType": CARD, "content": card}]})
        return Receipt("")

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        if self._is_mine:
            self._http.close()


def _card(words: Said) -> dict[str, Any]:
    title = _paragraph(words.title, weight="Bolder", size="Medium")
    body = [title, *_fitting([_paragraph(line) for line in lines_of(words)], CARD_BYTES - _bytes(title))]
    card: dict[str, Any] = {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": VERSION,
        "fallbackText": storable(words.title),
        "msteams": {"width": "Full"},
        "body": body,
    }
    if words.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open in Earshot", "url": words.link}]
    return card


def _fitting(paragraphs: list[dict[str, Any]], room: int) -> list[dict[str, Any]]:
    """As many of them as a card holds: a post of many short lines weighs more than its words."""
    kept: list[dict[str, Any]] = []
    for one in paragraphs:
        room -= _bytes(one)
        if room < 0:
            return [*kept, _paragraph(ELLIPSIS)]
        kept.append(one)
    return kept


def _bytes(part: dict[str, Any]) -> int:
    return len(json.dumps(part).encode()) + 1


def _paragraph(text: str, **look: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": storable(text), **look}]}
