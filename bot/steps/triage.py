"""Readings → cases: who is owed an answer, by when, and in which place."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core import priority
from bot.core.brand import Brand
from bot.core.case import POOR_RATING, Heard, Section, section_of
from bot.core.corrections import SERIOUS, SET_ASIDE, Hit, Rules
from bot.core.languages import name_of
from bot.core.likeness import said
from bot.core.promised import policy_of, severity_of, worse
from bot.core.window import State, Window
from bot.store import (
    behaviour,
    brands,
    calendars,
    cases,
    corrections,
    customers,
    desk,
    events,
    incidents,
    mentions,
    notices,
    pauses,
    posts,
    quarantine,
    recoveries,
    workers,
)
from bot.store.db import Session
from bot.store.desk import Desk
from bot.store.tables import CaseRow, MentionRow, PostRow, ReadingRow

BATCH = 200
MONTH = timedelta(days=30)
TRIES = 3


class Overtaken(Exception):
    """Somebody else changed the case between our look and our write: the mention is decided on again."""


@dataclass(slots=True)
class _Round:
    """One transaction's work: what is known, and what is to be written at its end."""

    session: Session
    app: App
    now: datetime
    desk: Desk
    brands: dict[str, Brand]
    rules: Rules = field(default_factory=Rules)
    opened: list[tuple[MentionRow, PostRow, CaseRow]] = field(default_factory=list)
    happened: list[tuple[str, str, str, dict[str, object]]] = field(default_factory=list)


def triage_some(app: App, limit: int = BATCH) -> int:
    """Decide on read mentions, in the order the customers spoke. Returns how many."""
    now = app.clock.now()
    with app.db.read() as session:
        due = mentions.due_to_triage(session, now, limit)
    if not due:
        return 0
    try:
        _decide(app, due)
    except Exception:  # noqa: BLE001  one mention of the batch is poison: find it by going one at a time
        for mention_id in due:
            _alone(app, mention_id)
    app.wake.ring("incidents", "tell", "alert", "live", "recover")
    return len(due)


def _decide(app: App, ids: list[int]) -> None:
    app.hold("triage:before commit")
    with app.db.begin() as session:
        now = app.clock.now()
        every = {brand.name: brand for brand in brands.all_of(session)}
        due = mentions.untriaged(session, ids)
        rules = corrections.rules(session, _corrected(session, due, every))
        work = _Round(session, app, now, desk.laid(session, due, now), every, rules)
        for mention, post in due:
            _triage(work, mention, post)
        _write(work)
    app.hold("triage:after commit")


def _corrected(session: Session, due: list[tuple[MentionRow, PostRow]], every: dict[str, Brand]) -> list[Brand]:
    """Those of the batch's brands that somebody corrected."""
    names = corrections.brands_with(session, sorted({mention.brand for mention, _post in due}))
    return [every[name] for name in sorted(names) if name in every]


def _alone(app: App, mention_id: int) -> None:
    try:
        _decide(app, [mention_id])
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


def _triage(work: _Round, mention: MentionRow, post: PostRow) -> None:
    mention.triaged_at = work.now
    work.session.add(mention)
    brand = work.brands.get(mention.brand)
    if post.gone_at is not None or brand is None:
        mention.verdict = "gone" if post.gone_at is not None else mention.verdict
        return
    reading = work.desk.readings.get(mention.reading_id or 0)
    mention.spam, mention.spam_why = behaviour.told_of(work.desk.busy, post)
    missed = mention.verdict == "missed"
    _retone(work, mention, post, brand)
    section = _section(mention, post, reading, brand)
    mention.customer_id = work.desk.customers[(mention.brand, post.platform, post.author_id)]
    if work.desk.was_answered(mention.customer_id, post.created_at):
        recoveries.spoke(work.session, mention.customer_id, post.created_at, work.now)
    case = work.desk.case_of(mention, post, thread_of(post))
    if case is not None:
        _join(work, case, mention, post, section, brand)
    elif section == "calm" or brand.competitor:
        mention.verdict = "calm"
    elif missed or not _set_aside(work, mention, post, reading, brand, section):
        _open(work, mention, post, reading, section, brand)


def _section(mention: MentionRow, post: PostRow, reading: ReadingRow | None, brand: Brand) -> Section:
    """Where it belongs; what an audit found missing is queued on a person's word, whatever is read in it."""
    if mention.verdict == "missed":
        mention.verdict = "open"
        return "care"
    return section_of(_heard(mention, post, reading, brand))


def _retone(work: _Round, mention: MentionRow, post: PostRow, brand: Brand) -> None:
    """A post like one whose tone a person put right is read as they said."""
    hit = _hit(work, mention, post, brand, ("tone",))
    if hit is None or mention.sentiment in (None, hit.rule.tone):
        return
    corrections.put(work.session, hit.rule.id, mention, work.now, "aside", {})
    mention.sentiment = hit.rule.tone


def _set_aside(
    work: _Round, mention: MentionRow, post: PostRow, reading: ReadingRow | None, brand: Brand, section: Section
) -> bool:
    """A post like one a person set aside opens no case. A serious one does: it is shown, and says so in its log."""
    hit = _hit(work, mention, post, brand, SET_ASIDE if section == "care" else ("not_us",))
    if hit is None:
        return False
    severity = severity_of(mention.complaint, mention.urgency, reading.negative if reading else None)
    kept = severity in SERIOUS[hit.rule.kind]
    corrections.put(
        work.session, hit.rule.id, mention, work.now, "kept" if kept else "aside", {}, why="serious" if kept else ""
    )
    if not kept:
        mention.verdict, mention.verdict_by = hit.rule.kind, f"correction:{hit.rule.id}"
    return not kept


def _hit(work: _Round, mention: MentionRow, post: PostRow, brand: Brand, kinds: tuple[str, ...]) -> Hit | None:
    if not work.rules:
        return None
    return work.rules.hit(brand.name, said(corrections.words_of(post), brand.called()), mention.tagged, kinds)


def _heard(mention: MentionRow, post: PostRow, reading: ReadingRow | None, brand: Brand) -> Heard:
    return Heard(
        tagged=mention.tagged,
        sentiment=mention.sentiment,
        complaint=mention.complaint,
        urgency=mention.urgency,
        positive=reading.positive if reading else 0.0,
        spam=max(reading.spam if reading else 0.0, mention.spam or 0.0),
        relevance=mention.relevance,
        rating=post.rating,
        reader_speaks_it=reading.language_supported if reading else True,
        queue_at=brand.queue_at,
    )


def thread_of(post: PostRow) -> str:
    """What keeps a conversation together: the platform's thread, else the post that was replied to, else the post."""
    return post.thread or post.in_reply_to or post.native_id


def _open(
    work: _Round, mention: MentionRow, post: PostRow, reading: ReadingRow | None, section: Section, brand: Brand
) -> None:
    severity = severity_of(mention.complaint, mention.urgency, reading.negative if reading else None)
    policy, raw = policy_of(brand, severity, "first", *_asked(work, brand, mention.customer_id))
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


def _join(work: _Round, case: CaseRow, mention: MentionRow, post: PostRow, section: Section, brand: Brand) -> None:
    """A further message: it keeps the running clock, or starts the next response's when we had answered."""
    if case.id is None:  # opened in this very batch: it needs its id before anything can point to it
        _write(work)
    mention.case_id = case.id
    again = section == "care" and _had_answered(case) and post.created_at > (case.answered_at or case.spoke_at)
    if post.created_at > case.words_at:
        pauses.end(work.session, case.id or 0, post.created_at, "customer")
    changes: dict[str, Any] = {"words_at": max(case.words_at, post.created_at)}
    if section == "care":
        changes |= _cared(work, case, mention, post, brand, again)
    if not cases.move(work.session, case, **changes):
        raise Overtaken(f"case {case.id} changed in this moment")
    facts: dict[str, object] = {"mention": mention.id, "post_at": post.created_at, "again": again}
    facts |= {"also_on": post.platform} if post.platform != case.platform else {}
    work.happened.append(("case.joined", f"case:{case.id}", case.brand, facts))
    if again:
        _answered_already(work, case, post)


def _cared(
    work: _Round, case: CaseRow, mention: MentionRow, post: PostRow, brand: Brand, again: bool
) -> dict[str, Any]:
    """What words that ask for an answer change: how bad it is, the clock of the next answer, a snooze that ends."""
    changes = _worse(work, case, mention)
    if again:
        changes |= _next_window(work, case, mention, post, brand, str(changes.get("severity", case.severity)))
    elif case.section == "delight":
        changes |= {"section": "care", "look_at": None if mention.history else work.now}
    if case.state == "snoozed" and post.created_at > case.words_at:
        changes |= {"state": "waiting" if case.answered_at and not again else "new", "snoozed_until": None}
    return changes


def _had_answered(case: CaseRow) -> bool:
    return case.answered_at is not None or case.state in ("resolved", "waiting")


def _asked(work: _Round, brand: Brand, customer_id: int | None) -> tuple[str, tuple[str, ...]]:
    """The customer's tier and the days the team is closed, where the brand's rules look at them."""
    tier = customers.tier(work.session, customer_id) if "tier" in brand.policy else ""
    closed = calendars.days(work.session, brand.name, work.now) if "hours" in brand.policy else ()
    return tier, closed


def _worse(work: _Round, case: CaseRow, mention: MentionRow) -> dict[str, Any]:
    """A later message that is worse than the first makes the case as bad as it is; its clock is not moved."""
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


def _next_window(
    work: _Round, case: CaseRow, mention: MentionRow, post: PostRow, brand: Brand, severity: str
) -> dict[str, Any]:
    now = work.now
    policy, raw = policy_of(brand, severity, "next", *_asked(work, brand, case.customer_id))
    window = Window.of(policy, post.created_at, mention.heard_at)
    quiet = mention.history or window.late_arrival
    return {
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


def _write(work: _Round) -> None:
    """Everything decided so far goes into the store: cases get their ids, mentions their cases, the team its word."""
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
    for _mention, post, case in opened:
        _answered_already(work, case, post)
        if case.look_at is not None and case.answered_at is None:
            notices.queue_new(work.session, work.app.settings, case, work.now)


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


def _answered_already(work: _Round, case: CaseRow, post: PostRow) -> None:
    """Somebody of us answered on the platform before we opened the case: the clock stops with that post's time."""
    answers = work.desk.answers.get((post.platform, post.native_id), [])
    later = sorted((row for row in answers if row.created_at >= post.created_at), key=lambda row: row.created_at)
    if later:
        cases.answered(work.session, case, later[0].created_at, "native", work.now, post_id=later[0].id)
        for row in later:
            row.matched_at = work.now
            work.session.add(row)
