"""The rows of send_outcomes.jsonl about Slack: what its answers mean for a message to the team."""

from typing import Any

from pydantic import SecretStr

from config.settings import Slack as SlackSettings
from connectors.errors import PlatformError
from connectors.http import Http
from responders.slack.responder import Slack
from responders.types import Message
from tests.fakes.slack import FakeSlack, slack

SAY = Message(key="new:case:7", address="#care", text="Ada waits.")
MOODS = {
    "ok:true": ("ok",), "webhook 200": ("ok",), "429": ("429:30",), "read timeout": ("lost",),
    "webhook 404": ("404:no_service", "410:channel_is_archived", "403:invalid_token"),
}  # fmt: skip
MEANS = {
    "sent": "sent", "not_sent_wait": "RateLimited", "failed_config": "AuthFailed",
    "unknown_resend_allowed": "Unsure",
}  # fmt: skip


def differs(row: dict[str, Any]) -> tuple[str, ...]:
    """What differs from the row, for one message by token or by webhook."""
    by_webhook = "webhook" in row["provider"]
    moods = next(told for part, told in MOODS.items() if part in row["provider"])
    with slack() as fake:
        said = [_said(fake, mood, by_webhook) for mood in moods]
        odd = [one for one in said if one != MEANS[row["outcome"]]]
        posts = len(fake.posts)
    found = [f"{row['provider']}: {odd[0]}, not {row['outcome']}"] if odd else []
    return tuple(found + ([f"posted {posts} times"] if posts > 1 else []))


def _said(fake: FakeSlack, mood: str, by_webhook: bool) -> str:
    fake.mood = lambda _call: mood
    token = SlackSettings(bot_token=SecretStr("xoxb-canary"), room="#care", base_url=fake.url)
    hook = SlackSettings(webhook_url=SecretStr(fake.webhook))
    responder = Slack(hook if by_webhook else token, http=Http(private_ok=True, deadline_s=2.0))
    try:
        responder.send(SAY)
    except PlatformError as error:
        return type(error).__name__
    finally:
        responder.close()
    return "sent"
