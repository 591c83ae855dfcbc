"""What a press in Slack does: the same acts as on the page, as the account that the Slack user is linked to."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core.display import one_line, slack_text
from bot.core.incident_words import PART, SAME_AS
from bot.core.line_words import APART, SAME
from bot.core.notices import wall
from bot.ids import digest_of
from bot.steps import answer, declare, same_cause
from bot.store import cases, events, notices, people, presses, rights
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow
from bot.web import slack_choice, slack_modal, slack_refusal, slack_same
from bot.web.slack_forms import text_at

STRANGER = "Earshot does not know you yet. Write /earshot link, or ask an admin to add you under People."
READER = "You can read cases, and not act on them. An admin can change that."
GONE = "This case is not there, or not yours to see."
UNKNOWN = "Earshot has no such button any more. Open the case instead."
NOT_DONE = "Nothing was changed. {why}"
OPENS = ("case.open", "case.native", "queue.open", "source.open", "incident.open", "digest.open", "digest.posts", "")
_CASE = re.compile(r"([0-9]{1,15}):([0-9]{1,15})", re.ASCII)
_CONSENT = re.compile(r"(agree|refuse):([0-9]{1,15}):([0-9]{1,15}):([0-9a-f]{64}):([0-9]{1,15})", re.ASCII)
AGREED = "Agreed, with exactly these words. They leave when the undo seconds are over."
_INCIDENT = re.compile(r"(?:incident:|beside:([0-9]{1,15}):)([0-9]{1,15})", re.ASCII)
MOVES = {"incident.declare": "open", "incident.dismiss": "dismissed"}
LEAD = "incident.lead"
# Whoever is called may take it or say what it belongs to; what it is a lead decides.
ANYBODY = (LEAD, SAME, APART, SAME_AS, PART)
NOT_LEAD = "Declaring and dismissing from Slack is for leads. Open the incident instead."
_CHOICE = re.compile(r"(assign|incident):([0-9]{1,15}):[0-9]{1,15}", re.ASCII)
_SNOOZE = re.compile(r"snooze:([0-9]{1,5}):([0-9]{1,15}):[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Press:
    """Who pressed what on which case, and where. `minutes` belongs to Snooze, `reply_id` to Undo, `host_id` to what is
    asked of an incident below another one.

    `trigger` lets us show a form within three seconds; `in_form` is a press inside one of ours.
    """

    user: str
    team: str
    room: str
    action: str
    case_id: int
    minutes: int = 0
    trigger: str = ""
    reply_id: int = 0
    in_form: bool = False
    words: "Words | None" = None
    incident_id: int = 0
    host_id: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """The exact words a lead agrees with or refuses: the request, the wording, its digest."""

    approval_id: int
    variant_id: int
    digest: str


def press(app: App, payload: Mapping[str, Any]) -> None:
    """Act on a press. What is to be said about it goes to the presser alone, through the outbox."""
    if slack_modal.read(dict(payload)) is not None:
        slack_modal.typed(app, dict(payload))
        return
    pressed = _read(payload)
    if pressed is None:
        return
    with app.db.read() as session:
        if not _from_here(session, pressed.team):
            return
        account = people.by_slack(session, pressed.user)
        refusal = _refusal(session, account, pressed)
    if account is None or refusal:
        _whisper(app, pressed, refusal or STRANGER)
        return
    if pressed.incident_id:
        _on_incident(app, pressed, account)
        return
    if pressed.action == "case.undo":
        slack_modal.undo(app, dict(payload), pressed.reply_id, account.id or 0)
        return
    said = _act(app, pressed, account.id or 0)
    with app.db.begin() as session:
        actor = f"slack:{pressed.user}→account:{account.id}"
        case = cases.get(session, pressed.case_id)
        facts = {"action": pressed.action, "done": not said}
        events.add(
            session,
            app.clock.now(),
            actor,
            "slack.pressed",
            f"case:{pressed.case_id}",
            case.brand if case else "",
            **facts,
        )
    if told := said or (AGREED if pressed.action == "consent.agree" else ""):
        _whisper(app, pressed, told)
    app.wake.ring("tell", "alert", "live")


def _on_incident(app: App, pressed: Press, account: AccountRow) -> None:
    """Led, declared or dismissed, behind the walls; the incident's own message shows what became of it."""
    why = _moved(app, pressed, account.id or 0)
    with app.db.begin() as session:
        actor, facts = f"slack:{pressed.user}→account:{account.id}", {"action": pressed.action, "done": not why}
        subject = f"incident:{pressed.incident_id}"
        events.add(session, app.clock.now(), actor, "slack.pressed", subject, "", **facts)
    if why:
        _whisper(app, pressed, why)
    app.wake.ring("tell", "alert", "live")


def _moved(app: App, pressed: Press, by: int) -> str:
    if pressed.action == LEAD:
        return declare.lead(app, pressed.incident_id, by, take_over=False)
    if pressed.action == SAME:
        return same_cause.same(app, pressed.incident_id, pressed.host_id, by)
    if pressed.action == APART:
        return same_cause.apart(app, pressed.incident_id, by)
    if pressed.action == PART:
        return same_cause.part(app, pressed.incident_id, by)
    if pressed.action == SAME_AS:
        return slack_same.open_form(app, pressed.incident_id, by, pressed.trigger)
    known = pressed.action in MOVES
    return declare.move(app, pressed.incident_id, by, MOVES[pressed.action]) if known else UNKNOWN


def _read(payload: Mapping[str, Any]) -> Press | None:
    """A press on a case; None for everything else Slack may send (links that only open, forms, other blocks)."""
    if payload.get("type") != "block_actions":
        return None
    user, team = text_at(payload, "user", "id"), text_at(payload, "team", "id")
    room = text_at(payload, "channel", "id") or text_at(payload, "container", "channel_id")
    action = text_at(payload, "actions", 0, "action_id")
    value = text_at(payload, "actions", 0, "value") or text_at(payload, "actions", 0, "selected_option", "value")
    if not user.isalnum() or action in OPENS:
        return None
    if found := _SNOOZE.fullmatch(value):
        return Press(user, team, room, "case.snooze", int(found[2]), int(found[1]))
    if found := _CHOICE.fullmatch(value):
        kind = slack_choice.ASSIGN if found[1] == "assign" else slack_choice.INTO
        return Press(user, team, room, kind, int(found[2]), trigger=text_at(payload, "trigger_id"))
    if found := _CONSENT.fullmatch(value):
        words = Words(int(found[2]), int(found[3]), found[4])
        trigger = text_at(payload, "trigger_id")
        return Press(user, team, room, f"consent.{found[1]}", int(found[5]), trigger=trigger, words=words)
    if found := _INCIDENT.fullmatch(value):
        trigger = text_at(payload, "trigger_id")
        return Press(
            user, team, room, action, 0, trigger=trigger, incident_id=int(found[2]), host_id=int(found[1] or 0)
        )
    found = _CASE.fullmatch(value)
    if found is None:
        return None
    trigger, in_form = text_at(payload, "trigger_id"), isinstance(payload.get("view"), dict)
    return Press(user, team, room, action, int(found[1]), 0, trigger, int(found[2]), in_form)


def _from_here(session: Session, team: str) -> bool:
    ours = presses.workspace(session)
    return not ours or team == ours


def _refusal(session: Session, account: AccountRow | None, pressed: Press) -> str:
    if account is None:
        return STRANGER
    if not rights.at_least(account, "agent"):
        return READER
    if pressed.incident_id:
        return "" if pressed.action in ANYBODY or rights.at_least(account, "lead") else NOT_LEAD
    return "" if rights.case_for(session, account.id or 0, pressed.case_id) is not None else GONE


def _act(app: App, pressed: Press, by: int) -> str:
    """Do it. Returns what the presser must be told, "" if the message itself will show it."""
    acts: dict[str, Callable[[], object]] = {
        "case.claim": lambda: answer.claim(app, pressed.case_id, by),
        "case.reply": lambda: slack_modal.open_form(app, pressed.case_id, by, pressed.trigger),
        "case.release": lambda: answer.give_back(app, pressed.case_id, by),
        slack_choice.ASSIGN: lambda: slack_choice.open_form(
            app, slack_choice.ASSIGN, pressed.case_id, by, pressed.trigger
        ),
        slack_choice.INTO: lambda: slack_choice.open_form(app, slack_choice.INTO, pressed.case_id, by, pressed.trigger),
        "case.not_us": lambda: _if_free(app, pressed, by, lambda: answer.not_us(app, pressed.case_id, by)),
        "case.snooze": lambda: _if_free(app, pressed, by, lambda: _snooze(app, pressed, by)),
    }
    if (words := pressed.words) is not None:
        acts |= {
            "consent.agree": lambda: answer.agree(app, words.approval_id, by, words.variant_id, words.digest),
            "consent.refuse": lambda: slack_refusal.open_form(
                app, words.approval_id, pressed.case_id, by, pressed.trigger
            ),
        }
    act = acts.get(pressed.action)
    return UNKNOWN if act is None else _told(app, act())


def _snooze(app: App, pressed: Press, by: int) -> object:
    until = app.clock.now() + timedelta(minutes=pressed.minutes)
    return answer.snooze(app, pressed.case_id, by, until)


def _if_free(app: App, pressed: Press, by: int, act: Callable[[], object]) -> object:
    """A press on a message that was posted before somebody took the case does not take it from them."""
    now = app.clock.now()
    with app.db.read() as session:
        case = cases.get(session, pressed.case_id)
        if case is not None and _held_by_other(case, by, now):
            return answer.Taken(case.holder or 0, rights.name_of(session, case.holder), case.lease_until)
    return act()


def _held_by_other(case: CaseRow, by: int, now: datetime) -> bool:
    return case.holder not in (None, by) and case.lease_until is not None and case.lease_until > now


def _told(app: App, outcome: object) -> str:
    match outcome:
        case answer.Taken(name=name, until=until):
            more = f" until {wall(until, app.settings.zone, app.clock.now())}, or as long as they type" if until else ""
            return f"{one_line(name, 60)} has it{more}."
        case answer.Refused(why=why):
            return NOT_DONE.format(why=why)
        case answer.Stopped(breaches=breaches):
            return NOT_DONE.format(why="; ".join(one.why for one in breaches if one.severity != "note"))
        case str() as why:
            return why
        case _:
            return ""


def _whisper(app: App, pressed: Press, text: str) -> None:
    now = app.clock.now()
    if not pressed.room.isalnum() or app.settings.slack.bot_token is None:
        return  # an incoming webhook cannot speak to one person; the message itself shows what happened
    key = digest_of(f"{pressed.user}:{pressed.room}:{pressed.action}:{pressed.case_id}:{now.isoformat()}")[:32]
    with app.db.begin() as session:
        notices.whisper(session, app.settings, pressed.room, pressed.user, slack_text(text), now, key)
    app.wake.ring("tell")
