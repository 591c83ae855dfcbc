"""Saying from Slack which other incident one is the same as: the form that its message opens, as on the page."""

from typing import Any

from bot.app import App
from bot.core import blocks
from bot.core.incident_words import SAME_AS
from bot.steps import same_cause
from bot.store import events, incidents
from bot.store.tables_house import AccountRow
from bot.web import slack_choice, slack_modal, slack_view
from bot.web.slack_forms import text_at
from bot.web.slack_view import FIELD, View
from connectors.errors import PlatformError

TITLE, LABEL = "The same as…", "It is the same as"
WHAT = "Its cases go there, each with its own clock, answer and holder. It can be parted again."
NO_OTHER = "No other incident of this brand takes cases in now."
NO_FORM = "The form could not be opened ({why}). “The same as…” stands on its page too."
DONE = "Its cases are there now. “Part again”, in its message or on its page, undoes it."
Answer = dict[str, Any]


def open_form(app: App, incident_id: int, by: int, trigger: str) -> str:
    """Show which there are. Returns what the presser must be told instead, "" if the form stands there."""
    forms = app.responders.get("slack")
    if not isinstance(forms, slack_modal.Forms) or app.settings.slack.bot_token is None:
        return NO_FORM.format(why="no bot token")
    options = _options(app, incident_id, by)
    if options is None:
        return same_cause.GONE
    if not options:
        return NO_OTHER
    try:
        forms.open_view(trigger, form(incident_id, options))
    except PlatformError as error:
        return NO_FORM.format(why=error)
    return ""


def _options(app: App, incident_id: int, by: int) -> list[slack_choice.Option] | None:
    with app.db.read() as session:
        account = session.get(AccountRow, by)
        row = incidents.get_for(session, account, incident_id) if account is not None else None
        if row is None:
            return None
        return [(one.id or 0, one.title) for one in incidents.others(row, incidents.live(session, row.brand))]


def form(incident_id: int, options: list[slack_choice.Option]) -> View:
    """The form: one menu, and what it does."""
    made = slack_choice.form(SAME_AS, incident_id, options, TITLE, LABEL)
    return made | {"blocks": [*made["blocks"], blocks.context(WHAT)]}


def submitted(app: App, payload: dict[str, Any]) -> Answer | None:
    """The form was sent, by somebody who may act on both. None for any other form."""
    view = payload.get("view")
    number = text_at(view, "private_metadata")
    if text_at(view, "callback_id") != SAME_AS or not number.isdecimal() or len(number) > 15:
        return None
    chosen = text_at(view, "state", "values", FIELD, slack_choice.CHOICE, "selected_option", "value")
    user = text_at(payload, "user", "id")
    with app.db.read() as session:
        account, why = slack_modal.linked(session, user, text_at(payload, "team", "id"))
    if account is None:
        return slack_modal.wrong(why)
    if not chosen.isdecimal() or len(chosen) > 15:
        return slack_modal.wrong("Choose one.")
    why = same_cause.join(app, int(number), int(chosen), account.id or 0)
    with app.db.begin() as session:
        actor, facts = f"slack:{user}→account:{account.id}", {"action": SAME_AS, "done": not why}
        events.add(session, app.clock.now(), actor, "slack.pressed", f"incident:{number}", "", **facts)
    return slack_modal.wrong(why) if why else slack_modal.show(slack_view.said("Joined", DONE))
