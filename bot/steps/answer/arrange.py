"""Putting the queue in order: notes, tags, snooze, resolve, assign, and telling us that we were wrong."""

from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core.display import storable
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Done, Refused
from bot.store import brands, cases, events, mentions, rights, search
from bot.store.db import Session
from bot.store.tables import CaseRow, NoteRow, TagRow
from bot.store.tables_house import AccountRow

CHANGED = Refused("The case changed in this moment. Load it again.")
LONGEST_SNOOZE = timedelta(days=31)
EXAMPLES = 50  # of "not us" a brand keeps


def note(app: App, case_id: int, by: int, text: str) -> Done | Refused:
    """Add an internal note; the customer never sees it."""
    words = storable(text).strip()[:10_000]
    if not words:
        return Refused("An empty note says nothing. Write it, or leave it.")
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        row = NoteRow(case_id=case_id, by=by, text=words, at=now)
        session.add(row)
        session.flush()
        search.index(session, "note", row.id or 0, case.brand, words, case_id)
        events.add(session, now, f"account:{by}", "note.added", f"case:{case_id}", case.brand, note=row.id)
        cases.move(session, case)
    app.wake.ring("live")
    return Done()


def tag(app: App, case_id: int, by: int, tag: str) -> Done | Refused:
    """Put a label on a case."""
    label = " ".join(storable(tag).split()).casefold()[:40]
    if not label:
        return Refused("A tag needs a word.")
    return _tagged(app, case_id, by, label, True)


def untag(app: App, case_id: int, by: int, tag: str) -> Done | Refused:
    """Take a label off a case."""
    return _tagged(app, case_id, by, tag, False)


def _tagged(app: App, case_id: int, by: int, label: str, on: bool) -> Done | Refused:
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        row = session.get(TagRow, (case_id, label))
        if on and row is None:
            session.add(TagRow(case_id=case_id, tag=label))
        elif not on and row is not None:
            session.delete(row)
        else:
            return Done()
        what = "tag.added" if on else "tag.removed"
        events.add(session, now, f"account:{by}", what, f"case:{case_id}", case.brand, tag=label)
        cases.move(session, case)
    app.wake.ring("live")
    return Done("untag" if on else "tag")


def assign(app: App, case_id: int, by: int, to: int | None) -> Done | Refused:
    """Give a case to somebody (None: to nobody). They are told by the queue; claiming stays theirs to do."""
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        person = session.get(AccountRow, to) if to is not None else None
        if to is not None and (
            person is None or not rights.at_least(person, "agent") or not rights.sees(person, case.brand)
        ):
            return Refused("That person cannot work on this brand's cases.")
        before = case.assigned_to
        if not cases.move(session, case, assigned_to=to):
            return CHANGED
        events.add(session, now, f"account:{by}", "case.assigned", f"case:{case_id}", case.brand, to=to, before=before)
    app.wake.ring("live")
    return Done("assign")


def snooze(app: App, case_id: int, by: int, until: datetime) -> Done | Refused:
    """Hide a case until a time. The customer's clock goes on."""
    now = app.clock.now()
    if not now < until <= now + LONGEST_SNOOZE:
        return Refused("Snooze until a time ahead of us, at most 31 days.")
    changes = {"state": "snoozed", "snoozed_until": until, "holder": None, "lease_until": None}
    return _moved(app, case_id, by, "case.snoozed", ("new", "claimed", "waiting"), undo="reopen", **changes)


def resolve(app: App, case_id: int, by: int, how: str = "") -> Done | Refused:
    """Close a case. `how` says what came of it, in the agent's words."""
    now = app.clock.now()
    changes = {
        "state": "resolved",
        "resolved_at": now,
        "resolved_how": storable(how).strip()[:500],
        "holder": None,
        "lease_until": None,
        "look_at": None,
        "snoozed_until": None,
    }
    return _moved(app, case_id, by, "case.resolved", ("new", "claimed", "waiting", "snoozed"), undo="reopen", **changes)


def reopen(app: App, case_id: int, by: int) -> Done | Refused:
    """Bring a case back into the queue; its clock never stopped."""
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        state = "waiting" if case.answered_at is not None else "new"
        changes = {"state": state, "resolved_at": None, "resolved_how": "", "snoozed_until": None}
        look = None if case.history or state == "waiting" else now
        if case.state not in ("resolved", "snoozed") or not cases.move(session, case, look_at=look, **changes):
            return CHANGED
        events.add(session, now, f"account:{by}", "case.reopened", f"case:{case_id}", case.brand)
    app.wake.ring("alert", "live")
    return Done("resolve")


def _moved(
    app: App, case_id: int, by: int, what: str, states: tuple[str, ...], undo: str, **changes: Any
) -> Done | Refused:
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        before = case.state
        if not cases.move(session, case, among=states, **changes):
            return CHANGED
        events.add(session, now, f"account:{by}", what, f"case:{case_id}", case.brand, before=before)
    app.wake.ring("alert", "live")
    return Done(undo)


def not_us(app: App, case_id: int, by: int) -> Done | Refused:
    """These posts are not about the brand: out of the queue at once, and an example for ones like it."""
    return _wrong(app, case_id, by, "not_us")


def not_complaint(app: App, case_id: int, by: int) -> Done | Refused:
    """These posts ask nothing of us: out of the queue, counted in the reader's error rate."""
    return _wrong(app, case_id, by, "not_complaint")


def _wrong(app: App, case_id: int, by: int, verdict: str) -> Done | Refused:
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        changes = {"resolved_at": now, "resolved_how": verdict, "holder": None, "lease_until": None, "look_at": None}
        changes["state"] = "resolved"
        if not cases.move(session, case, among=("new", "claimed", "waiting", "snoozed"), **changes):
            return CHANGED
        _mark(session, case_id, verdict, by)
        if verdict == "not_us":
            _teach(session, case, now, by, add=True)
        events.add(session, now, f"account:{by}", f"case.{verdict}", f"case:{case_id}", case.brand)
    app.wake.ring("live")
    return Done("put_back")


def put_back(app: App, case_id: int, by: int) -> Done | Refused:
    """Undo "not us" or "not a complaint": the case returns and the example goes."""
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        if case.resolved_how not in ("not_us", "not_complaint"):
            return Refused("There is nothing to put back.")
        if case.resolved_how == "not_us":
            _teach(session, case, now, by, add=False)
        look = None if case.history else now
        if not cases.move(
            session, case, among=("resolved",), state="new", resolved_at=None, resolved_how="", look_at=look
        ):
            return CHANGED
        _mark(session, case_id, "open", by)
        events.add(session, now, f"account:{by}", "case.put_back", f"case:{case_id}", case.brand)
    app.wake.ring("alert", "live")
    return Done()


def _mark(session: Session, case_id: int, verdict: str, by: int) -> None:
    for mention, _post in mentions.of_case(session, case_id):
        mention.verdict, mention.verdict_by = verdict, f"account:{by}" if verdict != "open" else ""
        session.add(mention)


def _teach(session: Session, case: CaseRow, now: datetime, by: int, add: bool) -> None:
    """The customer's words become one of the brand's examples of "not us", or stop being one."""
    brand = brands.get(session, case.brand)
    words = [brands.example_of(post.text) for _mention, post in mentions.of_case(session, case.id or 0)[:1]]
    if brand is None or not words or not words[0]:
        return
    others = tuple(example for example in brand.not_us if example != words[0])
    examples = (*others, words[0])[-EXAMPLES:] if add else others
    brands.save(session, brand.model_copy(update={"not_us": examples}), "web", now, f"account:{by}")
