"""Refusing from Slack: a form that asks why, because the next wording can only be right if somebody says it."""

import re
from typing import Any

from bot.app import App
from bot.core import blocks
from bot.steps import answer
from bot.web import slack_modal, slack_view
from bot.web.slack_forms import text_at
from bot.web.slack_view import FIELD, WORDS_ACTION, View
from connectors.errors import PlatformError

CALLBACK = "consent.refuse"
LONGEST = 1_000
NO_FORM = "The form could not be opened ({why}). Refuse it in Earshot under Approvals."
DONE = "They read why beside the draft, which is theirs again."
_ABOUT = re.compile(r"([0-9]{1,15}):([0-9]{1,15})", re.ASCII)
Answer = dict[str, Any]


def open_form(app: App, approval_id: int, case_id: int, by: int, trigger: str) -> str:
    """Ask why. Returns what the presser must be told instead, "" if the form stands there."""
    refusal = answer.may_refuse(app, approval_id, by)
    if refusal is not None:
        return f"Nothing was changed. {refusal.why}"
    forms = app.responders.get("slack")
    if not isinstance(forms, slack_modal.Forms):
        return NO_FORM.format(why="no bot token")
    try:
        forms.open_view(trigger, form(approval_id, case_id))
    except PlatformError as error:
        return NO_FORM.format(why=error)
    return ""


def form(approval_id: int, case_id: int) -> View:
    """The form: one box, why."""
    box = {"type": "plain_text_input", "action_id": WORDS_ACTION, "multiline": True, "max_length": LONGEST}
    asked = {"type": "input", "block_id": FIELD, "label": blocks.plain("Why"), "element": box, "hint": blocks.plain(
        "The agent reads it beside the draft, and the room in its message."
    )}  # fmt: skip
    return {
        "type": "modal", "callback_id": CALLBACK, "private_metadata": f"{approval_id}:{case_id}",
        "title": blocks.plain("Refuse these words"), "submit": blocks.plain("Refuse"),
        "close": blocks.plain("Not now"), "blocks": [asked],
    }  # fmt: skip


def submitted(app: App, payload: dict[str, Any]) -> Answer | None:
    """The form was sent, by somebody who may still refuse. None for any other form."""
    view = payload.get("view")
    about = _ABOUT.fullmatch(text_at(view, "private_metadata"))
    if text_at(view, "callback_id") != CALLBACK or about is None:
        return None
    user, team = text_at(payload, "user", "id"), text_at(payload, "team", "id")
    with app.db.read() as session:
        account, why = slack_modal.who(session, user, team, int(about[2]))
    if account is None:
        return slack_modal.wrong(why)
    words = text_at(view, "state", "values", FIELD, WORDS_ACTION, "value")
    done = answer.refuse(app, int(about[1]), account.id or 0, words)
    if isinstance(done, answer.Refused):
        return slack_modal.wrong(done.why)
    return slack_modal.show(slack_view.said("Refused", DONE))
