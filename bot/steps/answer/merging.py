"""One matter in two cases becomes one; two matters in one case become two. Both are undone by one press."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.app import App
from bot.core import joining
from bot.core.promised import carried, first_promise, kept_promise, plain
from bot.core.window import Window
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Refused, Taken
from bot.store import cases, emptied, events, merges, rights
from bot.store.db import Session
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_desk import MergeRow

CHANGED = Refused("One of the cases changed in this moment. Load them again.")
CLOSED: dict[str, Any] = {
    "state": "merged",
    "holder": None,
    "lease_until": None,
    "look_at": None,
    "snoozed_until": None,
}


@dataclass(frozen=True, slots=True)
class Merged:
    """It is done: `case_id` is where to go on, `merge_id` what Undo names."""

    case_id: int
    merge_id: int


def merge(app: App, case_id: int, into: int, by: int) -> Merged | Taken | Refused:
    """Make this case part of another of the same customer. The longer wait decides the clock."""
    now = app.clock.now()
    with app.db.begin() as session:
        source, target = rights.case_for(session, by, case_id), rights.case_for(session, by, into)
        if source is None or target is None:
            return GONE
        refusal = _unfit(session, source, target, by, now)
        if refusal is not None:
            return refusal
        row = _merged(session, source, target, by, now)
        if row is None:
            session.rollback()
            return CHANGED
        facts = {"into": into, "merge": row.id, "mentions": len(row.moved)}
        events.add(session, now, f"account:{by}", "case.merged", f"case:{case_id}", source.brand, **facts)
        events.add(session, now, f"account:{by}", "case.took_in", f"case:{into}", target.brand, case=case_id)
        made = Merged(into, row.id or 0)
    app.wake.ring("alert", "tell", "live")
    return made


def _unfit(session: Session, source: CaseRow, target: CaseRow, by: int, now: datetime) -> Taken | Refused | None:
    if source.id == target.id:
        return Refused("That is this case itself. Choose another one.")
    if "merged" in (source.state, target.state):
        return Refused("One of them is part of another case already. Merge with that one.")
    if source.brand != target.brand or source.customer_id != target.customer_id:
        return Refused(
            "These are two people to us, and each is owed an answer. If they are one, join their accounts first, on"
            " the customer’s page."
        )
    if merges.busy(session, source.id or 0):
        return Refused("An answer of this case is on its way. Wait until it has arrived, or take it back.")
    for one in (source, target):
        if one.holder not in (None, by) and one.lease_until is not None and one.lease_until > now:
            return Taken(one.holder or 0, rights.name_of(session, one.holder), one.lease_until)
    return None


def _merged(session: Session, source: CaseRow, target: CaseRow, by: int, now: datetime) -> MergeRow | None:
    was = {"source": merges.before(source), "target": merges.before(target)}
    changes = joining.together(source, target, now)
    if not cases.move(session, target, **changes):
        return None
    was["made"] = merges.before(target)
    gone = CLOSED | {"merged_into": target.id}
    if not cases.move(session, source, **gone, recover_at=None):
        return None
    went = merges.carry_all(session, source.id or 0, target.id or 0)
    was["went"] = went
    row = MergeRow(
        from_case=source.id or 0,
        into_case=target.id or 0,
        kind="merge",
        moved=went["mention"],
        before=was,
        by=by,
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def undo_merge(app: App, merge_id: int, by: int) -> Merged | Refused:
    """Split what was merged; bring together what was parted. What was said and done since stays where it is."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = merges.get(session, merge_id)
        source = rights.case_for(session, by, row.from_case) if row is not None else None
        target = rights.case_for(session, by, row.into_case) if row is not None else None
        if row is None or source is None or target is None:
            return GONE
        if row.undone_at is not None:
            return Refused("That was undone already.")
        done = (
            _split(session, row, source, target, now)
            if row.kind == "merge"
            else _rejoined(session, row, source, target, now)
        )
        if not done:
            session.rollback()
            return CHANGED
        row.undone_at = now
        session.add(row)
        what = "case.split" if row.kind == "merge" else "case.rejoined"
        facts = {"other": target.id, "merge": merge_id}
        events.add(session, now, f"account:{by}", what, f"case:{source.id}", source.brand, **facts)
        events.add(session, now, f"account:{by}", what, f"case:{target.id}", target.brand, other=source.id)
        emptied.end(session, [source.id or 0, target.id or 0], now, emptied.DELETED)
        here = (source.id if row.kind == "merge" else target.id) or 0
    app.wake.ring("alert", "tell", "live")
    return Merged(here, merge_id)


def _split(session: Session, row: MergeRow, source: CaseRow, target: CaseRow, now: datetime) -> bool:
    """Both as they were, but for what an answer given meanwhile settled for both."""
    if source.state != "merged" or source.merged_into != target.id:
        return False
    was, made = merges.back(row.before["source"]), merges.back(row.before["made"])
    merges.carry_back(session, row.before["went"], source.id or 0, target.id or 0)
    alone: dict[str, Any] = {"merged_into": None, **was}
    alone["state"] = "new" if was["state"] == "claimed" else was["state"]
    answered = target.answered_at
    if answered is not None and answered >= row.at and was["answered_at"] is None:
        alone |= {"answered_at": answered, "answered_by": target.answered_by, "answered_how": target.answered_how}
        alone |= {"first_answered_at": was["first_answered_at"] or answered, "state": "waiting"}
    alone["look_at"] = (
        now if alone["answered_at"] is None and alone["state"] == "new" and not alone["history"] else None
    )
    if not cases.move(session, source, **alone):
        return False
    before = merges.back(row.before["target"])
    untouched = all(getattr(target, name) == made[name] for name in ("spoke_at", "answered_at", "state"))
    names = merges.KEPT if untouched else ("first_spoke_at", "first_due_at")
    put = {name: before[name] for name in names}
    put["words_at"] = max(
        (mention.created_at for mention, _ in merges.said(session, target.id or 0)), default=before["words_at"]
    )
    if put.get("state") == "claimed" and target.holder is None:
        put["state"] = "new"
    return cases.move(session, target, **put, look_at=now if joining.owed(target) and not target.history else None)


def _rejoined(session: Session, row: MergeRow, source: CaseRow, target: CaseRow, now: datetime) -> bool:
    if source.state == "merged" or target.state == "merged" or merges.busy(session, source.id or 0):
        return False
    if not cases.move(session, target, **joining.together(source, target, now)):
        return False
    gone = CLOSED | {"merged_into": target.id}
    if not cases.move(session, source, **gone):
        return False
    merges.carry_all(session, source.id or 0, target.id or 0)
    return True


def part(app: App, case_id: int, mention_ids: Sequence[int], by: int) -> Merged | Refused:
    """Take messages out of a case into one of their own: another matter, with its own clock from its own time."""
    now, wanted = app.clock.now(), set(mention_ids)
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        said = merges.said(session, case_id)
        taken = [pair for pair in said if pair[0].id in wanted]
        rest = [pair for pair in said if pair[0].id not in wanted]
        if not taken or len(taken) != len(wanted):
            return Refused("Choose messages of this case.")
        if not rest or case.state == "merged":
            return Refused("One message has to stay. To move all of them, merge the case.")
        was = merges.before(case)
        fresh = _case_of(case, taken, now)
        session.add(fresh)
        session.flush()
        ids = [mention.id for mention, _ in taken if mention.id is not None]
        merges.carry(session, case_id, fresh.id or 0, ids)
        if not cases.move(session, case, **_left(case, taken, rest, now)):
            session.rollback()
            return CHANGED
        row = MergeRow(
            from_case=fresh.id or 0, into_case=case_id, kind="part", moved=ids, before={"target": was}, by=by, at=now
        )
        session.add(row)
        session.flush()
        facts = {"from": case_id, "mentions": ids, "merge": row.id, "spoke_at": fresh.spoke_at, "due_at": fresh.due_at}
        events.add(session, now, f"account:{by}", "case.opened", f"case:{fresh.id}", case.brand, **facts)
        events.add(session, now, f"account:{by}", "case.parted", f"case:{case_id}", case.brand, into=fresh.id)
        made = Merged(fresh.id or 0, row.id or 0)
    app.wake.ring("alert", "live")
    return made


def _window(case: CaseRow, mention: MentionRow, post: PostRow) -> Window:
    return Window.of(kept_promise(case.policy)[0], post.created_at, mention.heard_at)


def _case_of(case: CaseRow, taken: list[tuple[MentionRow, PostRow]], now: datetime) -> CaseRow:
    mention, post = taken[0]
    window = _window(case, mention, post)
    return CaseRow(
        brand=case.brand,
        customer_id=case.customer_id,
        platform=case.platform,
        thread=f"{case.thread}#{mention.id}",
        section=case.section,
        part=cases.part_of("new", case.section, None),
        opened_at=now,
        spoke_at=post.created_at,
        heard_at=mention.heard_at,
        due_at=window.due_at,
        at_risk_at=window.soon_at,
        policy=plain(case.policy),
        first_spoke_at=post.created_at,
        first_due_at=window.due_at,
        history=case.history,
        look_at=None if case.history or case.section == "delight" else now,
        severity=case.severity,
        weight=case.weight,
        facts=case.facts,
        why=case.why,
        words_at=taken[-1][1].created_at,
        followers=case.followers,
        complaint=mention.complaint,
        sentiment=mention.sentiment,
        language=mention.language,
    )


def _left(
    case: CaseRow, taken: list[tuple[MentionRow, PostRow]], rest: list[tuple[MentionRow, PostRow]], now: datetime
) -> dict[str, Any]:
    """The old case's clock, if it ran from a message that has left: it runs from the next one that stayed."""
    changes: dict[str, Any] = {"words_at": rest[-1][1].created_at}
    if joining.owed(case) and case.spoke_at in {post.created_at for _, post in taken}:
        mention, post = next((pair for pair in rest if pair[1].created_at >= case.spoke_at), rest[0])
        window = _window(case, mention, post)
        changes |= {"spoke_at": post.created_at, "heard_at": mention.heard_at, "due_at": window.due_at}
        changes |= {"at_risk_at": window.soon_at, "look_at": None if case.history else now}
        first = case.first_answered_at is not None
        changes["policy"] = carried(plain(case.policy), first_promise(case.policy)) if first else plain(case.policy)
        if case.first_answered_at is None:
            changes |= {"first_spoke_at": post.created_at, "first_due_at": window.due_at}
    return changes
