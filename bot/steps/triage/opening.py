"""A new case: its windows, its place and why, and what the store and the team are told of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.core import priority
from bot.core.brand import Brand
from bot.core.case import POOR_RATING, Section
from bot.core.languages import name_of
from bot.core.promised import policy_of, severity_of
from bot.core.standing import Kind
from bot.core.window import Window
from bot.steps.triage.round import Round, answered_already, asked, thread_of
from bot.store import cases, events, incidents, notices, numbers, workers
from bot.store.bundling import Bundling
from bot.store.desk import Desk
from bot.store.tables import CaseRow, MentionRow, PostRow, ReadingRow

MONTH = timedelta(days=30)


def open_case(
    work: Round, mention: MentionRow, post: PostRow, reading: ReadingRow | None, section: Section, brand: Brand
) -> None:
    """A case for a mention that asks for an answer or gives joy; it is stored with the round's end."""
    severity = severity_of(mention.complaint, mention.urgency, reading.negative if reading else None)
    policy, raw = policy_of(brand, severity, "first", *asked(work, brand, mention.customer_id))
    window = Window.of(policy, post.created_at, mention.heard_at)
    quiet = mention.history or window.late_arrival
    case = CaseRow(
        brand=mention.brand,
        customer_id=mention.customer_id or 0,
        platform=post.platform,
        thread=thread_of(post),
        section=section,
        part=cases.part_of("new", section, None),
        opened_at=work.now,
        spoke_at=post.created_at,
        heard_at=mention.heard_at,
        due_at=window.due_at,
        at_risk_at=window.soon_at,
        first_spoke_at=post.created_at,
        first_due_at=window.due_at,
        policy=raw,
        history=mention.history,
        late_arrival=window.late_arrival,
        look_at=None if quiet or section == "delight" else work.now,
        severity=severity,
        words_at=post.created_at,
        followers=post.followers,
        complaint=mention.complaint,
        sentiment=mention.sentiment,
        language=mention.language,
        facts=_facts(work.desk, mention, post, reading, brand.queue_at),
    )
    known = priority.Facts(window.state(work.now), window.left(work.now), priority.Severity(severity), **case.facts)
    case.weight = priority.weight(replace(known, followers=case.followers))
    case.why = cases.place(case, work.now).why
    work.desk.cases.setdefault(case.customer_id, []).append(case)
    work.desk.told.setdefault(case.customer_id, []).append((case, post.text))
    work.opened.append((mention, post, case))


def _facts(
    desk: Desk, mention: MentionRow, post: PostRow, reading: ReadingRow | None, queue_at: float
) -> dict[str, Any]:
    customer = mention.customer_id or 0
    complaint = mention.complaint is not None and mention.complaint >= priority.Bars().complaint
    cause = reading.topics[0] if reading is not None and reading.topics and complaint else ""
    if not complaint and mention.complaint is not None and mention.complaint >= queue_at:
        cause = "perhaps a complaint"
    if reading is not None and not reading.language_supported:
        cause = f"in {name_of(reading.language)}, which is not read here"
    if post.rating is not None and post.rating <= POOR_RATING:
        cause = f"rated {round(post.rating * 5)} of 5" + (f", {cause}" if cause else "")
    return {
        "complaint": complaint,
        "cause": cause or ("wrote to us" if mention.tagged and not complaint else ""),
        "reactions": post.engagement,
        "earlier": desk.earlier(customer, post.created_at),
        "this_month": desk.earlier(customer, post.created_at, post.created_at - MONTH),
        "read": reading is not None and reading.language_supported,
    }


def write(work: Round) -> None:
    """Everything decided so far goes into the store: cases get their ids, mentions their cases, the team its word."""
    for (_mention, _post, case), key in zip(
        work.opened, numbers.next_ids(work.session, CaseRow, len(work.opened)), strict=False
    ):
        case.id = key
    work.session.add_all([case for _, _, case in work.opened])
    work.session.flush()
    opened, work.opened = work.opened, []
    for mention, _post, case in opened:
        mention.case_id = case.id
        work.happened.append(("case.opened", f"case:{case.id}", case.brand, _opening(mention, case)))
    happened, work.happened = work.happened, []
    events.add_many(work.session, work.now, "earshot", happened)
    workers.hand_out(work.session, work.now, [case for _mention, _post, case in opened])
    incidents.take_in(work.session, [(case, post) for _mention, post, case in opened], work.now)
    bundling = Bundling(work.session, work.now, work.said)
    saying: dict[datetime | None, list[tuple[CaseRow, Kind]]] = {}
    for mention, post, case in opened:
        answered_already(work, case, post)
        if case.look_at is not None and case.answered_at is None:
            saying.setdefault(bundling.until(case, post, mention.urgency or 0.0), []).append((case, "new"))
    for gathered, cases_said in saying.items():
        notices.queue_many(work.session, work.app.settings, cases_said, work.now, gathered)


def _opening(mention: MentionRow, case: CaseRow) -> dict[str, object]:
    return {
        "mention": mention.id,
        "section": case.section,
        "severity": case.severity,
        "history": case.history,
        "spoke_at": case.spoke_at,
        "due_at": case.due_at,
        "platform": case.platform,
        "tagged": mention.tagged,
    }
