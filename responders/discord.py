"""Discord: a message in a channel, through a webhook, kept up to date in place.

Facts (docs.discord.com/developers/resources/webhook): `?wait=true` gives the message back; content holds at most 2,000
characters; `allowed_mentions: {"parse": []}` calls nobody whatever the words say; flag 4 shows no previews of links;
PATCH …/messages/ID edits; GET of the webhook's own address describes it and posts nothing.
"""

import re
from typing import Any, ClassVar

from pydantic import BaseModel

from config.settings import Discord as DiscordSettings
from connectors.errors import Rejected
from connectors.http import Http
from responders.rooms import MEANINGS, Said, cut, key_of, lines_of, plain_name, post, said, storable
from responders.types import Audience, Message, Receipt

CONTENT = 2_000
TITLE, BODY = 200, 1_100  # escaping doubles what it must
NO_PREVIEWS = 4
_MARKS = re.compile(r"([\\*_~`|>#\[\]()<:@-])")


class Discord:
    """Posts and edits. A receipt's id is `room:message`."""

    name: ClassVar[str] = "discord"
    audience: ClassVar[Audience] = "team"
    longest: ClassVar[int] = 20_000
    Settings: ClassVar[type[BaseModel]] = DiscordSettings

    def __init__(self, settings: DiscordSettings, http: Http | None = None) -> None:
        self._rooms = settings.rooms
        self._http, self._is_mine = (Http(), True) if http is None else (http, False)

    def __repr__(self) -> str:
        return f"Discord({', '.join(sorted(self._rooms))})"

    def send(self, message: Message) -> Receipt:
        """Post once. Raises Unsure when Discord may have taken it."""
        url = key_of(self._rooms, message.address, "Discord")
        answer = post(self._http, f"{url}?wait=true", _content(said(message, TITLE, BODY))).json()
        number = str(answer.get("id", "")) if isinstance(answer, dict) else ""
        return Receipt(f"{message.address}:{number}" if number.isdecimal() else "")

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Change a posted message in place."""
        room, _, number = receipt.id.rpartition(":")
        if not number.isdecimal():
            raise Rejected("This message cannot be edited: Discord gave no id for it.")
        url = key_of(self._rooms, room, "Discord")
        changed = {key: given for key, given in _content(said(message, TITLE, BODY)).items() if key != "flags"}
        self._http.request(
            "PATCH", f"{url}/messages/{number}", json=changed, write=False, meanings={404: Rejected, 403: Rejected}
        )
        return receipt

    def try_room(self, address: str) -> str:
        """Look at the webhook; nothing is posted. Raises AuthFailed when it is not there any more."""
        url = key_of(self._rooms, address, "Discord")
        found = self._http.request("GET", url, meanings=MEANINGS).json()
        name = plain_name(str(found.get("name", ""))) if isinstance(found, dict) else ""
        return f"the webhook {name or 'without a name'} is there"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        if self._is_mine:
            self._http.close()


def _content(words: Said) -> dict[str, Any]:
    pieces = [f"**{escaped(words.title)}**", *(escaped(line) for line in lines_of(words))]
    link = f"\n<{words.link}>" if words.link else ""
    text = cut("\n".join(piece for piece in pieces if piece.strip()), CONTENT - len(link))
    return {"content": storable(text) + link, "allowed_mentions": {"parse": []}, "flags": NO_PREVIEWS}


def escaped(text: str) -> str:
    """Words as words: no mark-up, no link with another face, no mention. A space without width breaks addresses."""
    return _MARKS.sub(r"\\\1", text).replace("://", "\\:\u200b//")
