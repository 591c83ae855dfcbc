"""What the responders to the team's other channels share: rooms by name, words cut whole, the one call that posts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from connectors.answers import Answer
from connectors.errors import AuthFailed, PlatformError, Rejected
from connectors.http import Http
from responders.types import Message

MEANINGS: Mapping[int, type[PlatformError]] = {404: AuthFailed, 410: AuthFailed}  # the address itself is the key
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Said:
    """A message to the team in plain words: the line that stands alone, the rest, and where to look."""

    title: str
    body: str
    link: str


def said(message: Message, title: int, body: int) -> Said:
    """The words of a message, each cut to so many characters. Raises Rejected when there are none."""
    if not message.text.strip():
        raise Rejected("There are no words to send.")
    first = message.subject.strip() or message.text.strip().splitlines()[0]
    rest = message.text.strip()
    link = str(message.facts.get("link", ""))
    return Said(cut(first, title), cut(rest, body), link if link.startswith(("https://", "http://")) else "")


def lines_of(words: Said) -> list[str]:
    """The rest line by line, without what says the title or the way to it a second time, and without empty ones."""
    again = (words.title, f"Open: {words.link}", "", ">")
    return [line for line in words.body.splitlines() if line.strip() not in again]


def cut(text: str, most: int) -> str:
    """At most so many UTF-16 units, as most of them count."""
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 <= most:
        return text
    kept = text[: most - 1]
    while len(kept.encode("utf-16-le", "surrogatepass")) // 2 > most - 1:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def storable(text: str) -> str:
    """Without lone surrogates, which no JSON reader takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def key_of(rooms: Mapping[str, SecretStr], name: str, kind: str) -> str:
    """The secret address or key of a room. Raises AuthFailed for a name that is not in the settings."""
    found = rooms.get(name)
    if found is None:
        known = ", ".join(sorted(rooms)) or "none"
        raise AuthFailed(f"{kind} has no room {plain_name(name)!r} in the settings. Known: {known}.")
    return found.get_secret_value()


def plain_name(name: str) -> str:
    """A room's name, safe for a sentence."""
    return re.sub(r"[^\w .#-]", "?", name)[:60]


def post(
    http: Http, url: str, json: Mapping[str, Any], headers: Mapping[str, str] | None = None, method: str = "POST"
) -> Answer:
    """One call that posts, never repeated. Raises connectors.errors; no sentence of theirs holds the address."""
    return http.request(method, url, json=json, headers=headers, write=True, meanings=MEANINGS)
