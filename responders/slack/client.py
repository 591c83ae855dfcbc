"""Slack's Web API client from slack_sdk, sent through our own door.

slack_sdk's urllib transport follows redirects with the token in its hands, reads answers of any length and, by
default, posts again when a connection breaks. Here only its methods and models are used: `connectors/http.py` carries
the bytes, once, bounded in time and size, and sorts what goes wrong into the five errors.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import slack_sdk.errors
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from connectors.answers import retry_after
from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable, Unsure
from connectors.http import Http
from responders.types import PlaceGone

# At DEBUG slack_sdk writes whole messages, customers' words included: not in any log of ours.
_QUIET = logging.getLogger("earshot.slack_sdk")
_QUIET.setLevel(logging.WARNING)

# A repeat of these harms nobody.
READS = ("auth.test", "apps.connections.open", "conversations.history", "views.open", "views.update")


class Client(WebClient):
    """slack_sdk's client with our transport. Never retries, never follows a redirect, ends in 45 s at most."""

    def __init__(self, token: str, base_url: str, http: Http) -> None:
        super().__init__(token=token, base_url=base_url, retry_handlers=[], logger=_QUIET)
        self.http = http

    def _perform_urllib_http_request(self, *, url: str, args: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """The one place where slack_sdk meets the network. Raises connectors.errors."""
        names = {name.lower(): str(value) for name, value in args["headers"].items() if name.lower() != "content-type"}
        answer = self.http.request(
            "POST",
            url,
            headers=names,
            json=args["json"] or None,
            data=None if args["json"] else (args["params"] or {}),
            write=not url.endswith(READS),
        )
        answer.json()  # half an answer is no answer: Unsure after a write, Unavailable after a read
        return {"status": answer.status, "headers": dict(answer.headers), "body": answer.text()}


def call(method: Callable[..., SlackResponse], *args: Any, **said: Any) -> SlackResponse:
    """One method of slack_sdk; its `ok: false`, which comes with status 200, becomes one of the five errors."""
    try:
        return method(*args, **said)
    except slack_sdk.errors.SlackApiError as error:
        headers = {name.lower(): str(value) for name, value in error.response.headers.items()}
        wait = retry_after(headers, datetime.fromtimestamp(0, UTC))
        raise error_of(str(error.response.get("error", "")), wait) from None  # its text may quote the message


def is_elsewhere(url: str) -> bool:
    """Whether an address is not Slack's own: then it is the operator's word in the settings, on our network perhaps."""
    host = urlsplit(url).hostname or ""
    return bool(host) and not (host == "slack.com" or host.endswith(".slack.com"))


# docs.slack.dev/reference/methods/chat.postMessage, "Errors".
_A_PERSON_MUST_ACT = frozenset({
    "access_denied", "account_inactive", "ekm_access_denied", "enterprise_is_restricted",
    "invalid_auth", "missing_scope", "no_permission", "not_allowed_token_type", "not_authed",
    "org_login_required", "restricted_action", "restricted_action_non_threadable_channel",
    "restricted_action_read_only_channel", "team_access_not_granted", "team_not_found", "token_expired",
    "token_revoked", "two_factor_setup_required",
})  # fmt: skip
_PLACE = frozenset(
    {"cannot_reply_to_message", "channel_not_found", "is_archived", "not_in_channel", "thread_not_found"}
)
_LATER = frozenset({"request_timeout", "service_unavailable", "team_added_to_org"})
_MAYBE = frozenset({"fatal_error", "internal_error"})  # "some aspect of the operation may have succeeded"
_REMEDIES: Mapping[str, str] = {
    "channel_not_found": "Check the room in the settings and invite Earshot to it.",
    "is_archived": "The room is archived: name another in the settings.",
    "missing_scope": "Give the app the scope chat:write and install it again.",
    "not_in_channel": "Invite Earshot to the room.",
}


def error_of(code: str, wait: Any) -> PlatformError:
    """Which of the five errors a Slack error code means; `wait` is what Slack said about coming back."""
    plain = code if code.replace("_", "").isalnum() and len(code) < 60 else "an unknown error"
    if code in ("ratelimited", "rate_limited", "message_limit_exceeded"):
        return RateLimited("Slack asks us to wait.", wait)
    if code in _A_PERSON_MUST_ACT or code in _PLACE:
        failed = PlaceGone if code in _PLACE else AuthFailed
        return failed(f"Slack says {plain}. {_REMEDIES.get(code, 'Install the app again and renew its token.')}")
    if code in _LATER:
        return Unavailable(f"Slack says {plain}; it will be asked again.")
    if code in _MAYBE:
        return Unsure(f"Slack says {plain}: the message may have been posted.")
    return Rejected(f"Slack refuses this message: {plain}.")
