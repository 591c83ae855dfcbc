"""A further message of a case: its clock runs on, sooner if the message is worse, or the next answer's starts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core import priority
from bot.core.brand import Brand
from bot.core.case import Section
from bot.core.policy import Policy
from bot.core.promised import MOVED, carried, first_promise, policy_of, severity_of, worse
from bot.core.window import State, Window
from bot.steps.triage.opening import write
from bot.steps.triage.round import Overtaken, Round, answered_already, asked
from bot.store import cases, pauses, rights, sooner
from bot.store.tables import CaseRow, MentionRow, PostRow


def join(work: Round, case: CaseRow, mention: MentionRow, post: PostRow, section: Section, brand: Brand) -> None:
    """A further message: it keeps the running clock, or starts the next response's when we had answered."""
    if case.id is None:  # opened in this very batch: it needs its id before anything can point to it
        write(work)
    mention.case_id = case.id
    again = section == "care" and _had_answered(case) and post.created_at > (case.answered_at or case.spoke_at)
    if post.created_at > case.words_at and case.id in work.desk.paused:
        pauses.end(work.session, case.id or 0, post.created_at, "customer")
    changes: dict[str, Any] = {"words_at": max(case.words_at, post.created_at)}
    if section == "care":
        changes |= _cared(work, case, mention, post, brand, again)
    moved = MOVED in changes.get("policy", {})
    if moved:
        work.happened.append((sooner.WHAT, f"case:{case.id}", case.brand, sooner.facts(case, changes)))
    if not cases.move(work.session, case, **changes):
        raise Overtaken(f"case {case.id} changed in this moment")
    if moved:
        sooner.tell(work.session, work.app.settings, case, work.now)
    facts: dict[str, object] = {"mention": mention.id, "post_at": post.created_at, "again": again}
    facts |= {"also_on": post.platform} if post.platform != case.platform else {}
    work.happened.append(("case.joined", f"case:{case.id}", case.brand, facts))
    if again or not _had_answered(case):  # somebody may have answered these words and not the first
        answered_already(work, case, post)


def _cared(work: Round, case: CaseRow, mention: MentionRow, post: PostRow, brand: Brand, again: bool) -> dict[str, Any]:
    """What words that ask for an answer change: how bad it is, the clock of the next answer, a snooze that ends."""
    changes = _worse(work, case, mention)
    if changes and not again:
        changes |= _due_sooner(work, case, mention, post, brand, str(changes["severity"]))
    if again:
        changes |= _next_window(work, case, mention, post, brand, str(changes.get("severity", case.severity)))
    elif case.section == "delight":
        changes |= {"section": "care", "look_at": None if mention.history else work.now}
    if case.state == "snoozed" and post.created_at > case.words_at:
        changes |= {"state": "waiting" if case.answered_at and not again else "new", "snoozed_until": None}
    return changes


def _had_answered(case: CaseRow) -> bool:
    return case.answered_at is not None or case.state in ("resolved", "waiting")


def _worse(work: Round, case: CaseRow, mention: MentionRow) -> dict[str, Any]:
    """A later message that is worse than the first makes the case as bad as it is."""
    reading = work.desk.readings.get(mention.reading_id or 0)
    severity = severity_of(mention.complaint, mention.urgency, reading.negative if reading else None)
    if mention.complaint is None or not worse(severity, case.severity):
        return {}
    facts = case.facts | {"complaint": mention.complaint >= priority.Bars().complaint}
    known = priority.Facts(State.OPEN, timedelta(), priority.Severity(severity), **facts)
    told: dict[str, object] = {"mention": mention.id, "before": case.severity, "severity": severity}
    work.happened.append(("case.worse", f"case:{case.id}", case.brand, told))
    quiet = mention.history or case.look_at is None
    return {
        "severity": severity,
        "facts": facts,
        "weight": priority.weight(replace(known, followers=case.followers)),
        "complaint": max(case.complaint or 0.0, mention.complaint),
        "sentiment": mention.sentiment,
        "look_at": case.look_at if quiet else work.now,
    }


def _due_sooner(
    work: Round, case: CaseRow, mention: MentionRow, post: PostRow, brand: Brand, severity: str
) -> dict[str, Any]:
    """What is promised to words this bad counts from their own time, where that is due before the running window."""
    since = Window.of(Policy(), post.created_at, mention.heard_at).starts_at
    moved = sooner.changes(work.session, case, brand, severity, since, f"A later message was {severity}", work.now)
    return moved if not mention.history else {name: moved[name] for name in moved if name != "look_at"}


def _next_window(
    work: Round, case: CaseRow, mention: MentionRow, post: PostRow, brand: Brand, severity: str
) -> dict[str, Any]:
    now = work.now
    policy, raw = policy_of(brand, severity, "next", *asked(work, brand, case.customer_id))
    window = Window.of(policy, post.created_at, mention.heard_at)
    quiet = mention.history or window.late_arrival
    return {
        "state": "claimed" if case.holder is not None else "new",
        "section": "care",
        "assigned_to": rights.still(work.session, case.assigned_to, case.brand),
        "spoke_at": post.created_at,
        "heard_at": mention.heard_at,
        "due_at": window.due_at,
        "at_risk_at": window.soon_at,
        "policy": carried(raw, first_promise(case.policy)),
        "answered_at": None,
        "resolved_at": None,
        "history": mention.history,
        "late_arrival": window.late_arrival,
        "look_at": None if quiet else now,
        "told": "",
    }
