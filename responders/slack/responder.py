"""Posts and edits messages in Slack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel
from slack_sdk.web import SlackResponse

from config.settings import Slack as SlackSettings
from connectors.errors import AuthFailed, Rejected, Unsure
from connectors.http import Http
from responders.slack.client import Client, call, is_elsewhere
from responders.slack.history import metadata, receipt_of, said_in
from responders.slack.limits import TEXT, broken, broken_view
from responders.types import Audience, Message, Receipt

HISTORY = {"channels:history", "groups:history"}
BLIND = "; without the scope channels:history a message whose answer is lost is repeated instead of looked up"
WEBHOOK = "webhook"  # the address of an incoming webhook: it knows its own room
_WEBHOOK_MEANS = {403: AuthFailed, 404: AuthFailed, 410: AuthFailed}  # invalid_token, no_service, channel_is_archived


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes: a room, a thread in it (`room@ts`), or one person's eyes in it (`room!user`)."""

    room: str
    thread: str = ""
    reader: str = ""

    @classmethod
    def of(cls, address: str) -> "Place":
        """Read an address. The three forms cannot be confused: rooms hold neither @ nor !."""
        room, _, reader = address.partition("!")
        room, _, thread = room.partition("@")
        return cls(room, thread, reader)


class Slack:
    """Tells the team. With a bot token it threads and edits; with a webhook alone it only posts.

    A receipt's id is `room:ts`, with the room as Slack names it (updates need that). A webhook gives no id.
    """

    name: ClassVar[str] = "slack"
    audience: ClassVar[Audience] = "team"
    longest: ClassVar[int] = TEXT
    Settings: ClassVar[type[BaseModel]] = SlackSettings

    def __init__(self, settings: SlackSettings, http: Http | None = None) -> None:
        if settings.bot_token is None and settings.webhook_url is None:
            raise ValueError("Slack needs a bot token (EARSHOT_SLACK__BOT_TOKEN) or an incoming webhook.")
        self._webhook = settings.webhook_url.get_secret_value() if settings.webhook_url is not None else ""
        # An address that is not Slack's is the operator's own word in the settings: a server on our network is meant.
        elsewhere = is_elsewhere(settings.base_url) or is_elsewhere(self._webhook)
        agent = http.agent if http is not None else None
        self._http = Http(agent=agent, private_ok=elsewhere) if http is None or elsewhere else http
        self._is_mine = self._http is not http
        token = settings.bot_token.get_secret_value() if settings.bot_token is not None else ""
        self._client = Client(token, settings.base_url, self._http) if token else None
        self.only_posts = self._client is None  # its probe says nothing of whether Slack answers

    def __repr__(self) -> str:
        return f"Slack({'bot token' if self._client else 'webhook'})"

    def send(self, message: Message) -> Receipt:
        """Post once. Raises Unsure when Slack may have taken it: the caller repeats it once, marked."""
        if self._client is None:
            return self._post_to_webhook(message)
        place = Place.of(message.address)
        said = {"channel": place.room, **_words(message)}
        if place.reader:
            call(self._client.chat_postEphemeral, user=place.reader, **said)
            return Receipt("")
        if place.thread:
            said |= {"thread_ts": place.thread, "reply_broadcast": not message.aside}
        said |= {"unfurl_links": False, "unfurl_media": False, "metadata": metadata(message.key)}
        return _receipt(call(self._client.chat_postMessage, **said))

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Change a posted message in place."""
        if self._client is None:
            raise Rejected("An incoming webhook cannot change a message.")
        room, _, ts = receipt.id.rpartition(":")
        return _receipt(
            call(self._client.chat_update, channel=room, ts=ts, metadata=metadata(message.key), **_words(message))
        )

    def said(self, address: str, after: datetime) -> Mapping[str, Receipt]:
        """Our messages that a room shows since then, by key. Raises Rejected where the app may not read the room."""
        if self._client is None:
            raise Rejected("An incoming webhook cannot look into a room.")
        return said_in(self._client, Place.of(address).room, after)

    def probe(self) -> str:
        """Try the token. Says who we are in which workspace; changes nothing."""
        if self._client is None:
            return "an incoming webhook, which can only be tried by posting"
        answer = call(self._client.auth_test)
        scopes = {name.lower(): str(given) for name, given in answer.headers.items()}.get("x-oauth-scopes", "")
        blind = "" if not scopes or HISTORY & set(scopes.replace(" ", "").split(",")) else BLIND
        return f"signed in as @{answer.get('user', '?')} in {answer.get('team', '?')}{blind}"

    def workspace(self) -> str:
        """The workspace's id: presses from any other are not ours. Empty for a webhook."""
        return str(call(self._client.auth_test).get("team_id", "")) if self._client is not None else ""

    def open_view(self, trigger: str, view: dict[str, Any]) -> str:
        """Show a form to who pressed a button, within three seconds of the press. Returns the form's id."""
        answer = call(self._asked().views_open, trigger_id=trigger, view=_sound(view))
        return str((answer.get("view") or {}).get("id", ""))

    def update_view(self, view_id: str, view: dict[str, Any], seen: str = "") -> None:
        """Change an open form, if it is still the one that was `seen` (Slack's hash of it)."""
        call(self._asked().views_update, view_id=view_id, view=_sound(view), hash=seen or None)

    def _asked(self) -> Client:
        if self._client is None:
            raise Rejected("An incoming webhook cannot show a form: set a bot token.")
        return self._client

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        if self._is_mine:
            self._http.close()

    def _post_to_webhook(self, message: Message) -> Receipt:
        answer = self._http.request("POST", self._webhook, json=_words(message), write=True, meanings=_WEBHOOK_MEANS)
        if answer.text().strip() not in ("ok", ""):
            raise Unsure("Slack's webhook answered something other than ok.")
        return Receipt("")


def _words(message: Message) -> dict[str, Any]:
    """Text always, blocks only if Slack will take them: a message in plain words beats one that is refused."""
    said: dict[str, Any] = {"text": message.text[:TEXT]}
    if message.blocks and not broken(message.blocks):
        said["blocks"] = [dict(block) for block in message.blocks]
    return said


def _sound(view: dict[str, Any]) -> dict[str, Any]:
    if problems := broken_view(view):
        raise Rejected(f"This form would break a limit of Slack’s: {problems[0]}.")
    return view


def _receipt(answer: SlackResponse) -> Receipt:
    return receipt_of(str(answer.get("channel", "")), str(answer.get("ts", "")))
