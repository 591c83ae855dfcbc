"""What a correction does to others: to the first cases like it at once, to the rest in a loop right after; and back.

Where it stands is in rows alone (`CorrectionRow.left`, the asides), so a process that dies goes on where it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.app import App
from bot.core.brand import Brand
from bot.core.corrections import SERIOUS, Rule
from bot.store import brands, cases, corrections, events
from bot.store.db import Session
from bot.store.tables import CaseRow, MentionRow
from bot.store.tables_corrections import AsideRow, CorrectionRow

OPEN = ("new", "claimed", "waiting", "snoozed")
PARTS = {"not_us": ("owed", "snoozed", "delight"), "not_complaint": ("owed", "snoozed")}
PARTS["tone"] = PARTS["not_us"]
AT_ONCE = 100
"""Cases that one transaction changes: about a fifth of a second."""


@dataclass(frozen=True, slots=True)
class Act:
    """One press: who, when, in which transaction."""

    session: Session
    now: datetime
    by: int

    @property
    def actor(self) -> str:
        """Who did it, as events name them."""
        return f"account:{self.by}"


def spread_some(app: App) -> bool:
    """Go on with the oldest correction that has not reached every case yet. True if there was one."""
    with app.db.read() as session:
        row = corrections.unfinished(session)
        brand = brands.get(session, row.brand) if row is not None else None
        ready = _ready(session, row, brand)
    if row is None:
        return False
    with app.db.begin() as session:
        now_row = corrections.get(session, row.id or 0)
        if now_row is None or not now_row.left:
            return True
        act = Act(session, app.clock.now(), now_row.left_by or now_row.by)
        if now_row.revoked_at is not None:
            give_back_some(act, now_row)
        else:
            _go_on(act, now_row, brand, ready)
    app.wake.ring("tell", "alert", "triage", "live")
    return True


def _ready(session: Session, row: CorrectionRow | None, brand: Brand | None) -> list[int]:
    """Cases that it has not reached yet: looked for outside of any writing."""
    if row is None or brand is None or row.revoked_at is not None:
        return []
    rule = corrections.rule_of(session, row, brand)
    reached = {one.case_id for one in corrections.earlier(session, row.id or 0).values()}
    like = corrections.waiting_like(session, brand, rule, PARTS[row.kind], row.case_id) if rule is not None else []
    return [key for key in like if key not in reached]


def _go_on(act: Act, row: CorrectionRow, brand: Brand | None, ready: Sequence[int]) -> None:
    rule = corrections.rule_of(act.session, row, brand) if brand is not None and row.gone_at is None else None
    if rule is None or brand is None or not ready:
        row.left = 0
        act.session.add(row)
        return
    some = list(ready[:AT_ONCE])
    still = corrections.waiting_like(act.session, brand, rule, PARTS[row.kind], row.case_id, some)
    _change(act, row, still)
    row.left = len(ready) - len(some)
    act.session.add(row)


def spread(act: Act, row: CorrectionRow, rule: Rule, brand: Brand, but: int | None) -> int:
    """The rule holds for open, unanswered cases all of whose messages are like its own; the first of them now.

    Returns how many it changed; `row.left` says how many are still to come.
    """
    like = corrections.waiting_like(act.session, brand, rule, PARTS[row.kind], but)
    changed = _change(act, row, like[:AT_ONCE])
    returning = corrections.unfinished(act.session, row.brand, but=row.id)  # its cases come back, and are like it too
    row.left = max(len(like) - AT_ONCE, 1 if returning is not None else 0)
    row.left_by = act.by
    act.session.add(row)
    return changed


def _change(act: Act, row: CorrectionRow, like: Sequence[int]) -> int:
    known = corrections.earlier(act.session, row.id or 0)
    told = corrections.messages(act.session, like)
    happened: list[tuple[str, str, str, dict[str, object]]] = []
    facts: dict[str, object] = {"correction": row.id, "kind": row.kind}
    for case in corrections.cases_of(act.session, like).values():
        theirs = told.get(case.id or 0, [])
        why = _stands_back(case, row, act)
        if why:
            for mention in theirs:
                corrections.put(act.session, row.id or 0, mention, act.now, "kept", {}, why=why, known=known)
        elif _applied(act, row, case, theirs, known):
            happened.append(("case.like_corrected", f"case:{case.id}", case.brand, facts))
    events.add_many(act.session, act.now, act.actor, happened)
    return len(happened)


def _stands_back(case: CaseRow, row: CorrectionRow, act: Act) -> str:
    """Why a like case stays as it is: a person is shown it instead."""
    if case.severity in SERIOUS[row.kind]:
        return "serious"
    busy = case.holder not in (None, act.by) and case.lease_until is not None
    return "held" if busy and case.lease_until > act.now else ""  # type: ignore[operator]


def _applied(
    act: Act, row: CorrectionRow, case: CaseRow, told: Sequence[MentionRow], known: Mapping[int, AsideRow]
) -> bool:
    before = {} if row.kind == "tone" else before_of(case)
    changes = {"sentiment": row.tone} if row.kind == "tone" else closed(row.kind, act.now)
    if not cases.move(act.session, case, among=OPEN, **changes):
        return False
    for mention in told:
        corrections.put(act.session, row.id or 0, mention, act.now, "aside", before, known=known)
        if row.kind == "tone":
            mention.sentiment = row.tone
            act.session.add(mention)
    if row.kind != "tone":
        mark(told, row.kind, f"correction:{row.id}", act.session)
    return True


def before_of(case: CaseRow) -> dict[str, object]:
    """What of a case revoking puts back."""
    return {"state": case.state}


def closed(kind: str, now: datetime) -> dict[str, Any]:
    """The changes of a case that a correction takes out of the queue."""
    changes = {"resolved_at": now, "resolved_how": kind, "holder": None, "lease_until": None, "look_at": None}
    return {"state": "resolved", **changes}


def mark(told: Sequence[MentionRow], verdict: str, actor: str, session: Session) -> None:
    """These messages have this verdict now, by whose word."""
    for mention in told:
        mention.verdict, mention.verdict_by = verdict, actor if verdict != "open" else ""
        session.add(mention)


def take_back(act: Act, row: CorrectionRow) -> None:
    """It ends, and what it did is put back: its own post and the first others now, the rest by `spread_some`."""
    row.revoked_at, row.revoked_by, row.left_by = act.now, act.by, act.by
    returned = give_back_some(act, row)
    facts: dict[str, object] = {"kind": row.kind, "back": returned, "left": row.left}
    events.add(act.session, act.now, act.actor, "correction.revoked", f"correction:{row.id}", row.brand, **facts)


def give_back_some(act: Act, row: CorrectionRow) -> int:
    """The next of what it set aside is put back, but for what a person decided on since. Returns how many cases."""
    held = corrections.asides(act.session, row.id or 0, limit=AT_ONCE)
    keys = {one.case_id or mention.case_id for one, mention in held}
    theirs, returned = corrections.cases_of(act.session, sorted(key for key in keys if key is not None)), set[int]()
    for one, mention in held:
        one.state = "back"
        act.session.add(one)
        case = theirs.get(one.case_id or mention.case_id or 0)
        if row.kind == "tone":
            continue
        if case is None:
            _anew(act, row, mention)
        elif case.resolved_how == row.kind and reopened(act, case, str(one.before.get("state", ""))):
            returned.add(case.id or 0)
    if row.kind == "tone":
        act.session.flush()
        _retone(act, held, theirs)
    for messages in corrections.messages(act.session, sorted(returned)).values():
        mark(messages, "open", "", act.session)
    facts: dict[str, object] = {"correction": row.id, "kind": row.kind}
    put_back = [("case.put_back", f"case:{key}", row.brand, facts) for key in sorted(returned)]
    events.add_many(act.session, act.now, act.actor, put_back)
    act.session.flush()
    row.left = corrections.still_aside(act.session, row.id or 0)
    act.session.add(row)
    return len(returned)


def _anew(act: Act, row: CorrectionRow, mention: MentionRow) -> None:
    """A post that never became a case is decided on anew."""
    if mention.verdict == row.kind:
        mention.verdict, mention.verdict_by, mention.triaged_at = "open", "", None
        mention.next_try_at = act.now
        act.session.add(mention)


def _retone(act: Act, held: Sequence[tuple[AsideRow, MentionRow]], theirs: Mapping[int, CaseRow]) -> None:
    """The tone that the newest correction still in force says, else the reader's own."""
    told = corrections.tones(act.session, [mention for _one, mention in held])
    for _one, mention in held:
        mention.sentiment = told[mention.id or 0]
        act.session.add(mention)
    act.session.flush()
    for key, messages in corrections.messages(act.session, sorted(theirs)).items():
        loudest = max(messages, key=lambda one: one.complaint or 0.0, default=None)
        if loudest is not None and theirs[key].sentiment != loudest.sentiment:
            cases.move(act.session, theirs[key], sentiment=loudest.sentiment)


def reopened(act: Act, case: CaseRow, before: str) -> bool:
    """The case is open again, where it was: answered ones wait, sleeping ones sleep on."""
    asleep = before == "snoozed" and case.snoozed_until is not None and case.snoozed_until > act.now
    state = "snoozed" if asleep else "waiting" if case.answered_at is not None else "new"
    look = None if case.history or state != "new" else act.now
    changes = {"state": state, "resolved_at": None, "resolved_how": "", "look_at": look}
    return cases.move(act.session, case, among=("resolved",), **changes)
