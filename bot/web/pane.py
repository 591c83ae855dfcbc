"""One case as a page shows it: beside the queue, or alone. Reads only; never waits for a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import ids
from bot.app import App
from bot.core.display import visible
from bot.core.drafts import Breach, Visibility
from bot.core.guards import counting
from bot.core.languages import foreign, listed, name_of
from bot.store import approvals, brands, cases, customers, events, labels, lists, mentions, parts, presence
from bot.store.db import Session
from bot.store.tables import CaseRow, DraftRow, MentionRow, PostRow, ReplyRow
from bot.store.tables_house import AccountRow
from bot.web import (
    beside,
    case_views,
    composer,
    incident_views,
    kin,
    owing,
    snooze,
    topic_links,
    two_clocks,
    views,
    words,
)
from bot.web.access import allows
from bot.web.auth import may_see
from connectors.types import Native, Route
from responders.types import Withdraws

OPEN = ("new", "claimed", "waiting", "snoozed")
EARLIER = 8  # of the customer's other cases
ENDINGS = (
    ("solved", "Solved"),
    ("heard", "Heard; no answer needed"),
    ("withdrawn", "Taken back by the customer"),
    ("duplicate", "Answered in another case"),
)


PENDING = {
    "queued": "Your reply is in the outbox. Undo takes it back while the seconds run.",
    "unsure": "Not known if the last reply arrived. Look on the platform, and say above whether it is there.",
    "looking": "Looking for the reply on the platform; the clock stops at its real time.",
}


UNSOUGHT = "Say above whether the reply is posted: Earshot cannot look for it there."
ASKED = "It leaves, exactly as it stands above, when the second person agrees."


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several buttons or options."""

    key: str
    words: str


@dataclass(frozen=True, slots=True)
class Form:
    """A button that carries fields: the same press again, meant."""

    where: str
    words: str
    fields: tuple[tuple[str, str], ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What just happened, above the case; `act` is the way back."""

    words: str
    kind: str = ""
    icon: str = "i-info"
    act: str = ""
    do: str = ""
    key: str = ""
    id: str = ""
    name: str = ""
    value: str = ""
    forms: tuple[Form, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the answer box, when a page is shown again after a press of Send."""

    text: str = ""
    visibility: Visibility = "public"
    version: int = 0
    breaches: Sequence[Breach] = ()
    handed: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Extra:
    """What the moment adds to a case: what to tell, what was written, a route that the platform itself confirmed."""

    told: tuple[Told, ...] = ()
    written: Written | None = None
    route: Route | None = None
    seen: str = ""
    typed: owing.Typed = owing.NOTHING_TYPED


def of(
    app: App, session: Session, me: AccountRow, case_id: int, now: datetime, start: str, extra: Extra | None = None
) -> dict[str, Any]:
    """The pane's context; `c` is None where there is no such case on this side of the wall."""
    extra = extra or Extra()
    case = cases.get(session, case_id) if case_id else None
    if case is None or not may_see(me, case.brand):
        none = "Nothing is chosen. Press j for the next case." if case_id else ""  # none at all waits here
        return {"c": None, "from": start, "none_chosen": none}
    parts.look_over(session, case_id)
    told = {
        "from": start,
        "level": "h1" if start == "case" else "h2",
        "told": [*_standing(case, now, app.settings.zone), *_foreign(session, case), *extra.told],
    }
    return told | {"c": _case(app, session, me, case, now, extra)}


def _standing(case: CaseRow, now: datetime, tz: str) -> list[Told]:
    """What is true of the case as a whole."""
    if case.state == "snoozed" and case.snoozed_until is not None:
        until = words.wall(case.snoozed_until, tz, now)
        return [Told(f"Snoozed until {until}; the customer’s clock runs on.", icon="i-snooze")]
    if case.merged_into is not None:
        return [Told(f"Merged into case {case.merged_into}; go on there.", icon="i-link")]
    if case.history:
        return [Told("Heard as history: it pages nobody.", icon="i-history")]
    if case.late_arrival:
        return [Told("It reached us more than a day after its time; it pages nobody.", icon="i-history")]
    return []


def _foreign(session: Session, case: CaseRow) -> list[Told]:
    """Whether the customer writes in a language the brand does not answer in."""
    brand = brands.get(session, case.brand)
    spoken = brand.answers_in() if brand is not None else ()
    code = foreign(case.language, spoken) if case.state in OPEN else ""
    if not code:
        return []
    said = f"{views.flat(case.brand, 60)} does not answer in {name_of(code)} (it answers in {listed(spoken)})."
    return [Told(said, icon="i-info")]


def _case(app: App, session: Session, me: AccountRow, case: CaseRow, now: datetime, extra: Extra) -> dict[str, Any]:
    tell = case_views.Teller(app.settings.zone, now)
    said = lists.first_words(session, case.id or 0)
    newest = next(((m, p) for m, p in reversed(said) if p.gone_at is None), None)
    clock = views.row_clock(case, now, app.settings.zone)
    can_act = allows(me.role, "agent")
    return (
        _head(app, session, me, case, said, now)
        | _about(session, case, _weightiest(said), clock, tell)
        | _thread(session, case, said, tell)
        | _composer(app, session, me, case, newest[1] if newest else None, now, extra)
        | {"clock": clock, "can_act": can_act, "snoozes": snooze.choices(now, app.settings.zone)}
        | {"endings": [Choice(*ending) for ending in ENDINGS], "now_words": words.wall(now, app.settings.zone, now)}
        | {"people": _people(session, case, me) if can_act else []}
        | kin.of(session, case, said, tell)
        | owing.of(app, session, me, case, now, ids.token()[:24], extra.typed)
        | two_clocks.of(session, case, now, app.settings.zone)
        | {"severities": two_clocks.levels(session, case, now, app.settings.zone) if can_act else []}
        | beside.of(app, session, me, case, [post for _, post in said], now)
        | {"incident": incident_views.of_case(session, case.id or 0)}
    )


def _weightiest(said: list[tuple[MentionRow, PostRow]]) -> tuple[MentionRow, PostRow] | None:
    """The message that put the case here: the one that reads most like a complaint, the first of equals."""
    there = [(mention, post) for mention, post in said if post.gone_at is None]
    return max(there, key=lambda pair: pair[0].complaint or 0.0, default=None)


def newest_post(session: Session, case_id: int) -> PostRow | None:
    """The customer's newest message that is still there."""
    return next((post for _, post in reversed(lists.first_words(session, case_id)) if post.gone_at is None), None)


def _head(
    app: App, session: Session, me: AccountRow, case: CaseRow, said: list[tuple[MentionRow, PostRow]], now: datetime
) -> dict[str, Any]:
    post = said[-1][1] if said else None
    name = views.name_of(post.author_name, post.author_handle) if post else "Someone"
    names = lists.names(session, [case.holder, case.assigned_to])
    present = presence.at_cases(session, [case.id or 0], now).get(case.id or 0, [])
    held = views.held(case, now)
    other = held and case.holder != me.id
    return {
        "id": case.id,
        "name": name,
        "first": views.first(name),
        "handle": views.handle_of(post.author_handle) if post else "",
        "platform": words.platform(case.platform),
        "brand": case.brand,
        "tagged": bool(said and said[-1][0].tagged),
        "tags": cases.tags(session, case.id or 0),
        "topics": topic_links.of_case(session, case),
        "assigned": f"given to {names.get(case.assigned_to, 'somebody')}" if case.assigned_to else "",
        "state": case.state,
        "state_words": case_views.state_words(case),
        "open": case.state in OPEN,
        "judged": case.resolved_how if case.resolved_how in ("not_us", "not_complaint") else "",
        "tone": case.sentiment or "",
        "severity": case.severity,
        "stands": views.stands(case, now),
        "mine": held and case.holder == me.id,
        "other": views.lease_words(case, me.id or 0, names, now) + "." if other else "",
        "present": views.other_at(present, me.id or 0),
        "why": _lead(case, now),
        "explain": cases.window(case).explain(),
    }


def _lead(case: CaseRow, now: datetime) -> str:
    told = views.flat(views.beside_clock(reason(case, now)), 300) or case_views.state_words(case)
    return f"{told[:1].upper()}{told[1:]}"


def reason(case: CaseRow, now: datetime) -> str:
    """Its place in words, as of now; for a case that nobody waits for, what was said when it was placed."""
    pressing = case.part == "owed" or views.promise_near(case, now)
    return cases.place(case, now).why if pressing else case.why


def _about(
    session: Session,
    case: CaseRow,
    newest: tuple[MentionRow, PostRow] | None,
    clock: views.Clock,
    tell: case_views.Teller,
) -> dict[str, Any]:
    mention, post = newest if newest else (None, None)
    readings = mentions.readings(session, mention.id) if mention is not None and mention.id else []
    customer = customers.get(session, case.customer_id)
    others = [row for row in customers.cases(session, case.customer_id)[:EARLIER] if row.id != case.id]
    ids = [row.id for row in others if row.id is not None]
    name = views.name_of(post.author_name, post.author_handle) if post else "Someone"
    recovered = {one.case_id: one for one in cases.recoveries(session, *ids)}
    start = customer.first_heard_at if customer else case.opened_at
    return {
        "waited": _waited(views.first(name), clock, case),
        "reasons": case_views.reasons(case, mention, readings[-1] if readings else None, post, clock),
        "history": case_views.history(others, lists.faces(session, ids), recovered, tell),
        "customer": case.customer_id,
        "since": case_views.since(views.first(name), customers.wrote_first(session, case.customer_id), start, tell),
        "customer_note": visible(customer.note) if customer and customer.note else "",
    }


def _waited(first: str, clock: views.Clock, case: CaseRow) -> str:
    if clock.word.startswith("Promise") and case.answered_at is not None:
        return f"{first} waited {clock.waited} for our answer; what counts now is what it promised."
    if case.state == "resolved" or case.answered_at is not None:
        return f"{first} waited {clock.waited} of {clock.promised}; we heard {clock.heard}."
    return f"{first} has waited {clock.waited} of {clock.promised}; we heard {clock.heard}."


def _thread(
    session: Session, case: CaseRow, said: list[tuple[MentionRow, PostRow]], tell: case_views.Teller
) -> dict[str, Any]:
    replies, notes = cases.replies(session, case.id or 0), cases.notes(session, case.id or 0)
    done = events.of(session, f"case:{case.id}")
    ids = [who for reply in replies for who in (reply.approved_by, reply.written_by)]
    names = lists.names(session, ids + [note.by for note in notes] + case_views.actors(done))
    return {
        "thread": case_views.thread(said, replies, notes, names, tell),
        "cut": len(said) if len(said) >= lists.MOST_SAID else 0,
        "log": case_views.log(done, names, labels.of(session, done), tell),
    }


def _composer(
    app: App,
    session: Session,
    me: AccountRow,
    case: CaseRow,
    post: PostRow | None,
    now: datetime,
    extra: Extra,
) -> dict[str, Any]:
    route = extra.route or composer.usual_route(app, post)
    draft = cases.draft(session, case.id or 0)
    written = extra.written or _drafted(draft)
    alone = composer.why_no_private(session, case, post, now)
    sought = not isinstance(route, Native) or composer.is_sought(session, post)
    ways = composer.ways(app, route, case.platform, alone, written.visibility, sought)
    names = lists.names(session, [case.holder, draft.by if draft else None])
    pending = next((one for one in cases.replies(session, case.id or 0) if one.state in PENDING), None)
    mode = "pending" if pending is not None else _mode(case, me, ways.kind, now)
    mode = "asked" if approvals.open_of(session, case.id or 0) is not None else mode
    return {
        "ways": ways,
        "mode": mode,
        "claim_words": _told(mode, pending, sought) or _claim_words(case, mode, draft, names, me, now),
        "lease": views.lease_words(case, me.id or 0, names, now) if case.holder is not None else "",
        "fence": case.fence,
        "can_delete": isinstance(app.responders.get(case.platform), Withdraws),
        "newmsg": views.wrote_again(case, extra.seen, app.settings.zone, now) if extra.seen else "",
        "draft_text": written.text,
        "draft_version": written.version,
        "visibility": written.visibility,
        "closing": "",
        "words_at": extra.written.seen if extra.written and extra.written.seen else case.words_at.isoformat(),
        "handed": written.handed or composer.native_link(route, pending),
    } | _checked(session, case, written, ways.limit, now, extra.written is not None)


def _told(mode: str, pending: ReplyRow | None, sought: bool) -> str:
    """What stands in the box while nothing can be written: a question is open, or a reply is on its way."""
    if mode == "asked":
        return ASKED
    if pending is not None and pending.state == "looking" and not sought:
        return UNSOUGHT
    return PENDING[pending.state] if pending is not None else ""


def _checked(
    session: Session, case: CaseRow, written: Written, limit: int, now: datetime, pressed: bool
) -> dict[str, object]:
    promised = composer.promised(session, case, written.text, now)
    counted = counting(case.platform, written.visibility)
    shown = composer.checked(written.text, written.breaches, limit, promised, counted)
    if written.text and not pressed:  # a kept draft: nobody has looked at it yet, so nothing is claimed of it
        shown["check_words"] = "Checked as you write, and before it leaves"
    return shown


def _drafted(draft: DraftRow | None) -> Written:
    if draft is None:
        return Written()
    return Written(draft.text, "private" if draft.visibility == "private" else "public", draft.version)


def _mode(case: CaseRow, me: AccountRow, kind: str, now: datetime) -> str:
    """What the answer box is: `write`, `claim` first, somebody `other` has it, or `closed`."""
    if case.state in ("resolved", "merged") or kind == "closed" or not allows(me.role, "agent"):
        return "closed"
    if not views.held(case, now):
        return "claim"
    return "write" if case.holder == me.id else "other"


def _claim_words(
    case: CaseRow, mode: str, draft: DraftRow | None, names: dict[int, str], me: AccountRow, now: datetime
) -> str:
    if case.state == "merged":
        return f"It is part of case {case.merged_into}; write there."
    if case.state == "resolved":
        return f"{case_views.state_words(case)}. Reopen it to write."
    if mode == "other":
        return f"{views.lease_words(case, me.id or 0, names, now)}."
    if mode == "claim" and draft is not None and draft.text:
        return f"{views.first(names.get(draft.by, 'Somebody'))}’s draft is kept; claim the case with it."
    return "Claim it first, so that nobody else writes to the same person." if mode == "claim" else ""


def _people(session: Session, case: CaseRow, me: AccountRow) -> list[dict[str, Any]]:
    found = lists.people(session, case.brand)
    chosen = case.assigned_to or me.id
    return [
        {"id": row.id, "name": f"{row.name} (you)" if row.id == me.id else row.name, "chosen": row.id == chosen}
        for row in found
    ]
