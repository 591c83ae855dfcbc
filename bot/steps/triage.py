"""Readings → cases: who is owed an answer, by when, and in which place."""

from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core import priority
from bot.core.brand import Brand
from bot.core.case import Heard, Section, section_of
from bot.core.policy import Policies, Policy
from bot.core.window import Window
from bot.store import brands, cases, customers, events, mentions, notices, posts, quarantine, recoveries
from bot.store.db import Session
from bot.store.tables import CaseRow, MentionRow, PostRow, ReadingRow

BATCH = 100
MONTH = timedelta(days=30)
TRIES = 3


def triage_some(app: App, limit: int = BATCH) -> int:
    """Decide on read mentions, in the order the customers spoke. Returns how many."""
    now = app.clock.now()
    with app.db.read() as session:
        due = [mention.id for mention, _ in mentions.due_to_triage(session, now, limit)]
    if not due:
        return 0
    try:
        _decide(app, limit)
    except Exception:  # noqa: BLE001  one mention of the batch is poison: find it by going one at a time
        for mention_id in due:
            _alone(app, mention_id or 0)
    app.wake.ring("tell", "alert", "live", "recover")
    return len(due)


def _decide(app: App, limit: int) -> None:
    app.hold("triage:before commit")
    with app.db.begin() as session:
        now = app.clock.now()
        every = {brand.name: brand for brand in brands.all_of(session)}
        for mention, post in mentions.due_to_triage(session, now, limit):
            _triage(session, app, mention, post, every.get(mention.brand), now)
    app.hold("triage:after commit")


def _alone(app: App, mention_id: int) -> None:
    try:
        with app.db.begin() as session:
            mention = mentions.get(session, mention_id)
            if mention is not None and mention.triaged_at is None:
                brand = brands.get(session, mention.brand)
                _triage(session, app, mention, posts.of_mention(session, mention_id), brand, app.clock.now())
    except Exception as error:  # noqa: BLE001  our bug: this one is put off and at last quarantined
        _put_off(app, mention_id, error)


def _put_off(app: App, mention_id: int, error: Exception) -> None:
    now = app.clock.now()
    with app.db.begin() as session:
        mention = mentions.get(session, mention_id)
        if mention is None:
            return
        mentions.put_off(session, [mention_id], now + timedelta(seconds=5))
        if mention.tries + 1 >= TRIES:
            mention.triaged_at = now
            session.add(mention)
            post = posts.of_mention(session, mention_id)
            raw = post.text.encode("utf-8", "replace")[:1_000_000]
            why = f"{type(error).__name__} while opening a case"
            quarantine.add(session, post.source, "triage", raw, why, now, f"mention:{mention_id}")


def _triage(session: Session, app: App, mention: MentionRow, post: PostRow, brand: Brand | None, now: datetime) -> None:
    mention.triaged_at = now
    session.add(mention)
    if post.gone_at is not None or brand is None:
        mention.verdict = "gone" if post.gone_at is not None else mention.verdict
        return
    reading = session.get(ReadingRow, mention.reading_id) if mention.reading_id is not None else None
    section = section_of(_heard(mention, post, reading, brand))
    mention.customer_id = mention.customer_id or customers.of_author(session, mention.brand, post, now)
    recoveries.spoke(session, mention.customer_id, post.created_at, now)
    case = _case_of(session, mention, post)
    if case is not None:
        _join(session, case, mention, post, reading, section, brand, now)
    elif section == "calm" or brand.competitor:
        mention.verdict = "calm"
    else:
        _open(session, app, mention, post, reading, section, brand, now)


def _heard(mention: MentionRow, post: PostRow, reading: ReadingRow | None, brand: Brand) -> Heard:
    return Heard(
        tagged=mention.tagged,
        sentiment=mention.sentiment,
        complaint=mention.complaint,
        urgency=mention.urgency,
        positive=reading.positive if reading else 0.0,
        spam=reading.spam if reading else 0.0,
        relevance=mention.relevance,
        rating=post.rating,
        reader_speaks_it=reading.language_supported if reading else True,
        queue_at=brand.queue_at,
    )


def _case_of(session: Session, mention: MentionRow, post: PostRow) -> CaseRow | None:
    """The case this message belongs to: its own (an edit), the thread's, or that of what it replies to."""
    if mention.case_id is not None:
        return cases.get(session, mention.case_id)
    assert mention.customer_id is not None
    if (same := cases.of_thread(session, mention.brand, mention.customer_id, thread_of(post))) is not None:
        return same
    parent = posts.by_ref(session, post.platform, post.in_reply_to) if post.in_reply_to else None
    return cases.of_post(session, mention.brand, mention.customer_id, parent) if parent is not None else None


def thread_of(post: PostRow) -> str:
    """What keeps a conversation together: the platform's thread, else the post that was replied to, else the post."""
    return post.thread or post.in_reply_to or post.native_id


def _open(
    session: Session,
    app: App,
    mention: MentionRow,
    post: PostRow,
    reading: ReadingRow | None,
    section: Section,
    brand: Brand,
    now: datetime,
) -> None:
    severity = severity_of(mention, reading)
    policy, raw = policy_of(brand, severity)
    window = Window.of(policy, post.created_at, mention.heard_at)
    quiet = mention.history or window.late_arrival
    case = CaseRow(
        brand=mention.brand,
        customer_id=mention.customer_id or 0,
        platform=post.platform,
        thread=thread_of(post),
        section=section,
        part=cases.part_of("new", section, None),
        opened_at=now,
        spoke_at=post.created_at,
        heard_at=mention.heard_at,
        due_at=window.due_at,
        at_risk_at=window.soon_at,
        first_spoke_at=post.created_at,
        first_due_at=window.due_at,
        policy=raw,
        history=mention.history,
        late_arrival=window.late_arrival,
        look_at=None if quiet or section == "delight" else now,
        severity=severity,
        words_at=post.created_at,
        followers=post.followers,
        complaint=mention.complaint,
        sentiment=mention.sentiment,
        language=mention.language,
        facts=_facts(session, mention, post, reading, severity),
    )
    case.weight = priority.weight(
        priority.Facts(
            window.state(now), window.left(now), priority.Severity(severity), followers=case.followers, **case.facts
        )
    )
    case.why = cases.place(case, now).why
    session.add(case)
    session.flush()
    mention.case_id = case.id
    facts = {"mention": mention.id, "section": section, "severity": severity, "history": case.history}
    times = {"spoke_at": case.spoke_at, "due_at": case.due_at, "platform": case.platform, "tagged": mention.tagged}
    events.add_many(session, now, "earshot", [("case.opened", f"case:{case.id}", case.brand, facts | times)])
    _answered_already(session, case, post, now)
    if not quiet and section == "care" and case.answered_at is None:
        notices.queue_new(session, app.settings, case, now)


def severity_of(mention: MentionRow, reading: ReadingRow | None) -> str:
    """How bad it is for the customer; normal while nobody has read it."""
    if reading is None or mention.complaint is None:
        return str(priority.Severity.NORMAL)
    return str(priority.severity(reading.complaint, reading.urgency, reading.negative))


def policy_of(brand: Brand, severity: str, part: str = "first") -> tuple[Policy, dict[str, Any]]:
    """The promise that holds, and its own words, kept on the case so that a later change of rules moves no clock."""
    raw: dict[str, Any] = {"window_minutes": 60, "tz": brand.zone} | dict(brand.policy)
    policies = Policies.parse(raw, f"brand {brand.name}: policy")
    levels: Any = raw.get("severity", {})
    over: Any = levels.get(severity, {}) if part == "first" else raw.get(part, {})
    kept = {key: value for key, value in raw.items() if key not in ("next", "resolution", "severity")} | dict(over)
    policy = policies.first_for(severity) if part == "first" else policies.next or policies.first
    return policy, kept


def _facts(
    session: Session, mention: MentionRow, post: PostRow, reading: ReadingRow | None, severity: str
) -> dict[str, Any]:
    customer = mention.customer_id or 0
    complaint = mention.complaint is not None and mention.complaint >= priority.Bars().complaint
    return {
        "complaint": complaint,
        "cause": reading.topics[0] if reading is not None and reading.topics and complaint else "",
        "reactions": post.engagement,
        "earlier": cases.earlier(session, customer, datetime.min.replace(tzinfo=post.created_at.tzinfo)),
        "this_month": cases.earlier(session, customer, post.created_at - MONTH),
        "read": reading is not None,
    }


def _answered_already(session: Session, case: CaseRow, post: PostRow, now: datetime) -> None:
    """Somebody of us answered on the platform before we opened the case: the clock stops with that post's time."""
    answers = [
        row
        for row in posts.own_answers_to(session, post.platform, [post.native_id])
        if row.created_at >= post.created_at
    ]
    if answers:
        first = min(answers, key=lambda row: row.created_at)
        cases.answered(session, case, first.created_at, "native", now, post_id=first.id)
        for row in answers:
            row.matched_at = now
            session.add(row)


def _join(
    session: Session,
    case: CaseRow,
    mention: MentionRow,
    post: PostRow,
    reading: ReadingRow | None,
    section: Section,
    brand: Brand,
    now: datetime,
) -> None:
    """A further message: it keeps the running clock, or starts the next response's when we had answered."""
    mention.case_id = case.id
    changes: dict[str, Any] = {"words_at": max(case.words_at, post.created_at)}
    ours = case.answered_at is not None or case.state in ("resolved", "waiting")
    if section == "care" and ours and post.created_at > (case.answered_at or case.spoke_at):
        policy, raw = policy_of(brand, case.severity, "next")
        window = Window.of(policy, post.created_at, mention.heard_at)
        quiet = mention.history or window.late_arrival
        changes |= {
            "state": "claimed" if case.holder is not None else "new",
            "section": "care",
            "spoke_at": post.created_at,
            "heard_at": mention.heard_at,
            "due_at": window.due_at,
            "at_risk_at": window.soon_at,
            "policy": raw,
            "answered_at": None,
            "resolved_at": None,
            "history": mention.history,
            "late_arrival": window.late_arrival,
            "look_at": None if quiet else now,
            "told": "",
        }
    elif section == "care" and case.section == "delight":
        changes |= {"section": "care", "look_at": None if mention.history else now}
    cases.move(session, case, **changes)
    again = "state" in changes
    facts = {"mention": mention.id, "post_at": post.created_at, "again": again}
    events.add_many(session, now, "earshot", [("case.joined", f"case:{case.id}", case.brand, facts)])
    if again:
        _answered_already(session, case, post, now)
