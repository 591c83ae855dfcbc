"""`/earshot` in Slack: what waits, how we do, who is on shift, the kill switch, what is heard. For the asker alone."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core.display import one_line, slack_text
from bot.core.notices import wall
from bot.core.rota import turns
from bot.steps import answer
from bot.store import (
    cases,
    channels,
    heard,
    heartbeats,
    notices,
    oncall,
    people,
    presses,
    quiet,
    rights,
    sources,
    switches,
)
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow
from bot.web import links
from connectors.types import Span

STRANGER = "Earshot does not know you yet. Write `/earshot link` to link your account, or ask an admin."
ELSEWHERE = "This workspace is not the one Earshot speaks in. If it moved here, it knows from its first message on."
HELP = (
    "*/earshot* what waits · */earshot status* how Earshot does · */earshot shift* who is on call · "
    "*/earshot coverage* what was heard in 24 hours · */earshot pause WHY* stops all sending · "
    "*/earshot resume* (a lead) · */earshot link* links your account"
)
LISTED = 5
DAY = timedelta(hours=24)
LINK_LIVES = timedelta(minutes=10)
Told = Callable[[App, AccountRow, str], str]


def command(app: App, form: Mapping[str, str]) -> dict[str, Any]:
    """One command as Slack sent it; the answer is for the asker's eyes, inside their brands' walls."""
    word, _, rest = form.get("text", "").strip().partition(" ")
    user, team = form.get("user_id", ""), form.get("team_id", "")
    with app.db.read() as session:
        ours = presses.workspace(session)
        account = people.by_slack(session, user)
    if ours and team != ours:
        return _ephemeral(ELSEWHERE)
    if word.lower() == "link":
        return _ephemeral(_link(app, user, team, account))
    if account is None:
        return _ephemeral(STRANGER)
    tell = COMMANDS.get(_meant(word))
    return _ephemeral(tell(app, account, rest.strip()) if tell is not None else HELP)


def _meant(word: str) -> str:
    return {"on": "shift", "oncall": "shift", "on-call": "shift", "": "queue"}.get(word.lower(), word.lower())


def _queue(app: App, me: AccountRow, _rest: str) -> str:
    now, walls = app.clock.now(), list(me.brands) or None
    with app.db.read() as session:
        counts, parts = cases.counts(session, walls, now), cases.owed(session, walls, now, LISTED)
        first = [*parts.next, *parts.late, *parts.window][:LISTED]
        lines = [_line(app, session, case, now) for case in first]
    total = sum(counts.get(name, 0) for name in ("next", "late", "window"))
    if not total:
        return "Nobody is waiting."
    number = counts.get("late", 0)
    late = f" {number:,} {'is' if number == 1 else 'are'} late." if number else ""
    waits = "case waits" if total == 1 else "cases wait"
    lead = f"{total:,} {waits} for an answer; {counts.get('unclaimed', 0):,} of them nobody has.{late}"
    return "\n".join([lead, *lines, f"<{app.settings.address}/|Open the queue>"])


def _line(app: App, session: Session, case: CaseRow, now: datetime) -> str:
    seen = notices.view(session, app.settings, case, now)
    due = wall(seen.due_at, app.settings.zone, now)
    has = f", {slack_text(one_line(seen.holder, 40))} has it" if seen.holder else ""
    who, place = slack_text(one_line(seen.customer, 40)), slack_text(seen.place)
    return f"<{seen.link}|#{seen.id}> {who} on {place}, due {due}{has}"


def _status(app: App, me: AccountRow, _rest: str) -> str:
    now = app.clock.now()
    with app.db.read() as session:
        paused = switches.get(session, "sending")
        silent = [row.loop for row in heartbeats.silent(session, now)]
        away = channels.troubled(session)
        unheard = sources.listening(session) if not me.brands else []
        hushed = [one for one in quiet.active(session, now) if not one.brand or rights.sees(me, one.brand)]
    failing = [row.name for row in unheard if row.failures]
    said = [_sending(paused)]
    said.append(f"Loops that stopped: {', '.join(silent)}." if silent else "Every loop runs.")
    if not me.brands:  # sources are everybody's; who sees one brand is not told of them
        said.append(f"Not heard now: {', '.join(failing)}." if failing else "Every source answers.")
    said += [
        f"{one.responder.capitalize()} takes nothing since {wall(one.down_since, app.settings.zone, now)}."
        for one in away
        if one.down_since is not None
    ]
    said += [f"Quiet until {wall(one.until, app.settings.zone, now)}, set by {one.by_name}." for one in hushed]
    return "\n".join(slack_text(one_line(line, 500), 2_000) for line in said)


def _sending(paused: Mapping[str, Any]) -> str:
    if not paused.get("paused"):
        return "Sending is on."
    return f"Sending is paused by {paused.get('name', 'somebody')}: {paused.get('why', '')}"


def _shift(app: App, me: AccountRow, _rest: str) -> str:
    now = app.clock.now()
    lines = []
    with app.db.read() as session:
        for row in oncall.rotas(session):
            if row.brand and not rights.sees(me, row.brand):
                continue
            changed = oncall.as_swaps(oncall.swaps(session, row.id or 0, now))
            found = turns(oncall.as_rota(row), changed, now, now + timedelta(days=2 * row.turn_days + 1))
            names = [
                f"{rights.name_of(session, turn.person)} until {wall(turn.until_at, row.zone, now)}"
                for turn in found[:2]
            ]
            said = ", then ".join(names) or "nobody"
            lines.append(f"*{slack_text(one_line(row.name, 80))}*: {slack_text(said)} ({slack_text(row.zone)})")
    return "\n".join(lines) or f"There is no rota yet. <{app.settings.address}/oncall|Make one>"


def _pause(app: App, me: AccountRow, rest: str) -> str:
    done = answer.pause_sending(app, me.id or 0, rest)
    return slack_text(done.why) if isinstance(done, answer.Refused) else "Sending is paused. A lead resumes it."


def _resume(app: App, me: AccountRow, _rest: str) -> str:
    done = answer.resume_sending(app, me.id or 0)
    return slack_text(done.why) if isinstance(done, answer.Refused) else "Sending is on again."


def _coverage(app: App, _me: AccountRow, _rest: str) -> str:
    now = app.clock.now()
    with app.db.read() as session:
        found = heard.between(session, Span(now - DAY, now), now)
    lines = [
        f"*{slack_text(one_line(each.source.name, 80))}*: heard {each.coverage.words()} of the last 24 hours"
        f"{'' if each.source.state == 'listening' else f', {each.source.state}'}"
        for each in found
    ]
    return "\n".join(lines) or "There is no source yet, so nothing is heard."


def _help(_app: App, _me: AccountRow, _rest: str) -> str:
    return HELP


COMMANDS: Mapping[str, Told] = {
    "queue": _queue,
    "status": _status,
    "shift": _shift,
    "pause": _pause,
    "resume": _resume,
    "coverage": _coverage,
    "help": _help,
}


def _link(app: App, user: str, team: str, account: AccountRow | None) -> str:
    """A link that works once, within ten minutes, for whoever is signed in to Earshot when it is opened."""
    if account is not None:
        return f"You are linked to {slack_text(one_line(account.name, 60))} already."
    if not user.isalnum() or len(user) > 30:
        return "Slack did not say who you are."
    token = links.make(app, "slack-link", {"user": user, "team": team}, LINK_LIVES)
    address = f"{app.settings.address}/me/slack/{token}"
    return f"<{address}|Link your account>. It works once, within 10 minutes. Keep it to yourself."


def _ephemeral(text: str) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": text}
