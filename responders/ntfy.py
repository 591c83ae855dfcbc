"""ntfy: a push message to phones and desktops, through ntfy.sh or your own server.

Facts (docs.ntfy.sh/publish, docs.ntfy.sh/config): a JSON object posted to the server's root; topic, title, message (at
most 4,096 bytes), priority 1 to 5, click; without `markdown` the words are plain. A topic is a word of letters, digits,
_ and -. GET /v1/health says {"healthy": true}.
"""

import re
from typing import ClassVar

from pydantic import BaseModel

from config.settings import Ntfy as NtfySettings
from connectors.errors import Rejected, Unavailable
from connectors.http import Http
from responders.rooms import post, said, storable
from responders.types import Audience, Message, Receipt

TITLE, BODY = 200, 1_200  # 4,096 bytes, were every letter of three
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
PRIORITY = {
    "late": 5, "at_risk": 5, "escalation1": 4, "escalation2": 4, "escalation3": 5, "escalation4": 5,
    "first": 4, "step1": 4, "step2": 4, "step3": 5, "step4": 5,  # of an incident; what else is said of it is news
}  # fmt: skip


class Ntfy:
    """Posts to a topic. A receipt's id is the message's."""

    name: ClassVar[str] = "ntfy"
    audience: ClassVar[Audience] = "team"
    longest: ClassVar[int] = 20_000
    Settings: ClassVar[type[BaseModel]] = NtfySettings

    def __init__(self, settings: NtfySettings, http: Http | None = None) -> None:
        self._server = settings.server.rstrip("/") + "/"
        self._token = settings.token
        # The operator names the server in the settings: one on our own network is meant.
        self._http, self._is_mine = (Http(private_ok=True), True) if http is None else (http, False)

    def __repr__(self) -> str:
        return "Ntfy()"

    def send(self, message: Message) -> Receipt:
        """Post once. Raises Unsure when the server may have taken it."""
        if not _TOPIC.fullmatch(message.address):
            raise Rejected("A topic is a word of letters, digits, _ and -.")
        words = said(message, TITLE, BODY)
        pushed = {
            "topic": message.address,
            "title": storable(words.title),
            "message": storable(words.body),
            "priority": _priority(message),
        }
        pushed |= {"click": words.link} if words.link else {}
        answer = post(self._http, self._server, pushed, self._signed()).json()
        return Receipt(str(answer.get("id", ""))[:64] if isinstance(answer, dict) else "")

    def try_room(self, address: str) -> str:
        """Ask the server how it is, with our token. Whether that may write to the topic only a message shows."""
        about = self._http.request("GET", f"{self._server}v1/health", headers=self._signed()).json()
        if not isinstance(about, dict) or about.get("healthy") is not True:
            raise Unavailable("The ntfy server says that it is not well.")
        return "the server is well"

    def _signed(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token.get_secret_value()}"} if self._token is not None else {}

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        if self._is_mine:
            self._http.close()


def _priority(message: Message) -> int:
    """1 to 5; 4 and 5 are heard through a phone's quiet. An incident that is grave is as loud as what is late."""
    facts = message.facts
    if facts.get("what") == "first" and facts.get("severity") == "critical":
        return 5
    return PRIORITY.get(str(facts.get("what") or facts.get("kind", "")), 3)
