"""The rest of a case's menu in Slack: give it to a colleague, put it into an incident. A form with one choice each.

As everywhere in Slack the person who sends it is looked up anew, with their rights and walls as they are then.
"""

from collections.abc import Sequence
from typing import Any

from bot.app import App
from bot.core import blocks
from bot.core.display import one_line
from bot.core.incidents import LIVE
from bot.steps import answer, declare
from bot.store import events, incidents, oncall, rights
from bot.store.db import Session
from bot.web import slack_modal, slack_view
from bot.web.slack_forms import text_at
from bot.web.slack_view import FIELD, View
from connectors.errors import PlatformError

ASSIGN, INTO = "case.assign", "case.into"
CHOICE = "choice"
MOST = 100  # options of one menu in Slack
TITLES = {ASSIGN: "Assign to somebody", INTO: "Into an incident"}
LABELS = {ASSIGN: "Whose it is", INTO: "Which incident"}
NONE_THERE = {
    ASSIGN: "Nobody else works on this brand's cases.",
    INTO: "No incident of this brand takes cases in now. Declare one in Earshot under Incidents.",
}
Answer = dict[str, Any]
Option = tuple[int, str]


def open_form(app: App, kind: str, case_id: int, by: int, trigger: str) -> str:
    """Show what can be chosen. Returns what the presser must be told instead, "" if the form stands there."""
    forms = app.responders.get("slack")
    if not isinstance(forms, slack_modal.Forms) or app.settings.slack.bot_token is None:
        return "This needs a bot token. Open the case instead."
    with app.db.read() as session:
        options = _options(session, kind, case_id, by)
    if not options:
        return NONE_THERE[kind]
    try:
        forms.open_view(trigger, form(kind, case_id, options, TITLES[kind], LABELS[kind]))
    except PlatformError as error:
        return f"The form could not be opened ({error}). Open the case instead."
    return ""


def _options(session: Session, kind: str, case_id: int, by: int) -> list[Option]:
    case = rights.case_for(session, by, case_id)
    if case is None:
        return []
    if kind == ASSIGN:
        people = sorted(oncall.people(session, case.brand), key=lambda one: (one.id == case.assigned_to, one.name))
        return [(one.id or 0, f"{one.name} (you)" if one.id == by else one.name) for one in people]
    going = [one for one in incidents.live(session, case.brand) if one.state in LIVE]
    return [(one.id or 0, one.title) for one in reversed(going)]


def form(kind: str, number: int, options: Sequence[Option], title: str, label: str) -> View:
    """The form: one menu. `number` is the case's or the incident's."""
    shown = [{"text": _named(each, name), "value": str(each)} for each, name in options[:MOST]]
    element = {"type": "static_select", "action_id": CHOICE, "options": shown}
    asked = {"type": "input", "block_id": FIELD, "label": blocks.plain(label), "element": element}
    return {
        "type": "modal", "callback_id": kind, "private_metadata": str(number), "title": blocks.plain(title),
        "submit": blocks.plain("Do it"), "close": blocks.plain("Not now"), "blocks": [asked],
    }  # fmt: skip


def _named(number: int, name: str) -> blocks.Block:
    """Slack refuses a form with an empty option."""
    made = blocks.plain(one_line(name, 60))
    return made if str(made["text"]).strip() else blocks.plain(f"number {number}")


def submitted(app: App, payload: dict[str, Any]) -> Answer | None:
    """The form was sent, by somebody who may act on this case. None for any other form."""
    view = payload.get("view")
    kind, number = text_at(view, "callback_id"), text_at(view, "private_metadata")
    if kind not in TITLES or not number.isdecimal() or len(number) > 15:
        return None
    chosen = text_at(view, "state", "values", FIELD, CHOICE, "selected_option", "value")
    user, case_id = text_at(payload, "user", "id"), int(number)
    with app.db.read() as session:
        account, why = slack_modal.who(session, user, text_at(payload, "team", "id"), case_id)
        case = rights.case_for(session, account.id or 0, case_id) if account is not None else None
    if account is None or case is None:
        return slack_modal.wrong(why or slack_modal.NOT_HERE)
    if not chosen.isdecimal() or len(chosen) > 15:
        return slack_modal.wrong("Choose one.")
    why = _do(app, kind, case_id, account.id or 0, int(chosen))
    with app.db.begin() as session:
        actor, facts = f"slack:{user}→account:{account.id}", {"action": kind, "done": not why}
        events.add(session, app.clock.now(), actor, "slack.pressed", f"case:{case_id}", case.brand, **facts)
    if why:
        return slack_modal.wrong(why)
    return slack_modal.show(slack_view.said("Done", _said(app, kind, int(chosen))))


def _do(app: App, kind: str, case_id: int, by: int, chosen: int) -> str:
    """Returns why not, "" if it was done."""
    if kind == INTO:
        return declare.put_in(app, chosen, by, case_id)
    done = answer.assign(app, case_id, by, chosen)
    return done.why if isinstance(done, answer.Refused) else ""


def _said(app: App, kind: str, chosen: int) -> str:
    if kind == INTO:
        return "It is part of the incident now, and keeps its own clock."
    with app.db.read() as session:
        return f"It is {one_line(rights.name_of(session, chosen), 60)}’s now; claiming it stays theirs to do."
