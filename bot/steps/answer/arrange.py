"""Putting the queue in order: notes, tags, snooze, resolve, assign."""

from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core import calling
from bot.core.display import storable
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Done, Noted, Refused
from bot.store import cases, events, labels, lists, merges, pings, rights, search
from bot.store.db import Session
from bot.store.tables import CaseRow, NoteRow, TagRow
from bot.store.tables_house import AccountRow

CHANGED = Refused("The case changed in this moment. Load it again.")
MOST_TAGS = 50  # a program with a key put hundreds on one case
AWAKE = ("new", "claimed", "waiting")  # states of a case that can be snoozed
LONGEST_SNOOZE = timedelta(days=31)


def note(app: App, case_id: int, by: int, text: str) -> Done | Noted | Refused:
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
        everybody = [(one.id or 0, one.login, one.name) for one in lists.people(session, case.brand)]
        pings.add(session, row, [one for one in calling.called(words, everybody) if one != by], now)
        nobody = calling.uncalled(words, everybody, _theirs(session, case_id)) if "@" in words else []
        cases.move(session, case)
    app.wake.ring("live")
    return Noted(tuple(nobody)) if nobody else Done()


def _theirs(session: Session, case_id: int) -> str:
    """What customers said in this case, and who they are."""
    said = (f"@{post.author_handle.removeprefix('@')} {post.text}" for _, post in merges.said(session, case_id))
    return " ".join(said)


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
        number = put_tag(session, case, by, label, on, now)
        if isinstance(number, Refused):
            return number
    if not number:
        return Done()
    app.wake.ring("live")
    return Done("untag" if on else "tag")


def put_tag(session: Session, case: CaseRow, by: int, label: str, on: bool, now: datetime) -> int | Refused:
    """Put it on, or take it off, in the caller's transaction. The number by which the log names it; 0: it was so."""
    case_id = case.id or 0
    row = session.get(TagRow, (case_id, label))
    if on and row is None and len(cases.tags(session, case_id)) >= MOST_TAGS:
        return Refused(f"A case has {MOST_TAGS} tags at most. Take one off first.")
    if on and row is None:
        session.add(TagRow(case_id=case_id, tag=label))
    elif not on and row is not None:
        session.delete(row)
    else:
        return 0
    what = "tag.added" if on else "tag.removed"
    number = labels.named(session, case_id, label)
    events.add(session, now, f"account:{by}", what, f"case:{case_id}", case.brand, label=number)
    cases.move(session, case)
    return number


def assign(app: App, case_id: int, by: int, to: int | None) -> Done | Refused:
    """Give a case to somebody (None: to nobody). They are told by the queue; claiming stays theirs to do."""
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        why = put_with(session, case, by, to, now)
        if why is not None:
            return why
    app.wake.ring("live")
    return Done("assign")


def put_with(session: Session, case: CaseRow, by: int, to: int | None, now: datetime) -> Refused | None:
    """Give it in the caller's transaction; why not, where it is not."""
    person = session.get(AccountRow, to) if to is not None else None
    if to is not None and (
        person is None or not rights.at_least(person, "agent") or not rights.sees(person, case.brand)
    ):
        return Refused("That person cannot work on this brand's cases.")
    before = case.assigned_to
    if not cases.move(session, case, assigned_to=to):
        return CHANGED
    events.add(session, now, f"account:{by}", "case.assigned", f"case:{case.id}", case.brand, to=to, before=before)
    return None


def snooze(app: App, case_id: int, by: int, until: datetime) -> Done | Refused:
    """Hide a case until a time. The customer's clock goes on."""
    now = app.clock.now()
    if not now < until <= now + LONGEST_SNOOZE:
        return Refused("Snooze until a time ahead of us, at most 31 days.")
    return _moved(app, case_id, by, "case.snoozed", AWAKE, undo="reopen", **hidden(until))


def hidden(until: datetime) -> dict[str, Any]:
    """What snoozing changes in a case."""
    return {"state": "snoozed", "snoozed_until": until, "holder": None, "lease_until": None}


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
        back = cases.as_before(case, now) | {"assigned_to": rights.still(session, case.assigned_to, case.brand)}
        if case.state not in ("resolved", "snoozed") or not cases.move(session, case, **back):
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
