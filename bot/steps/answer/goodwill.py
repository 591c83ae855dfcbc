"""Making it right: inside the budget at once, beyond it by one question to a lead; promised, given, confirmed.

Each act is one transaction, and one transaction writes at a time on both engines: what is left is counted and taken in
the same one, so two people can never spend the same money.
"""

from datetime import datetime
from typing import Any

from bot.app import App
from bot.core import goodwill
from bot.core.display import storable
from bot.core.room_words import asks
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Beyond, Done, Given, Refused
from bot.store import answering, ask_notices, cases, events, gestures, notices, rights
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_answering import GestureRow
from bot.store.tables_house import AccountRow

LONGEST = 300
NO_AMOUNT = Refused("Write the amount as a number, for example 40 or 39.50.")
NO_REASON = Refused("Say why in a few words: the next agent learns from it what is allowed.")
DECIDED = Refused("That was settled in this moment. Load it again.")
NEXT = {"promised": "given", "given": "confirmed"}


def give(
    app: App, case_id: int, by: int, amount: str, kind: str, because: str, *, token: str, ask: bool = False,
    again: bool = False,
) -> Given | Beyond | Refused:  # fmt: skip
    """Give something to this customer. `ask` sends what is beyond the budget to a lead; `again` means a second
    gesture within a day is meant; `token` (one for each form) makes a second press harmless."""
    now, cents, why = app.clock.now(), goodwill.read_amount(amount), storable(because).strip()[:LONGEST]
    if cents is None:
        return NO_AMOUNT
    if not why:
        return NO_REASON
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        there = gestures.by_token(session, token)
        if there is not None:
            return Given(there.id or 0, there.state == "asked")
        told = None if again else _given_lately(session, case, now)
        if told is not None:
            return told
        done = _entered(session, case, by, cents, kind, why, token, ask, now)
        if isinstance(done, Given) and done.asked:
            _call(app, session, case, by, done.gesture_id, now)
    app.wake.ring("live", "tell")
    return done


def _call(app: App, session: Session, case: CaseRow, by: int, gesture_id: int, now: datetime) -> None:
    left, link = cases.window(case).left(now), f"{app.settings.address}/approvals"
    text, body = asks(rights.name_of(session, by), "to give more than the budget", left, link)
    notices.queue_plain(session, app.settings, ask_notices.gesture_key(gesture_id), ask_notices.KIND, text, body, now)


def _given_lately(session: Session, case: CaseRow, now: datetime) -> Refused | None:
    """Of two who give to one customer, the second is told of the first and may still do it, on purpose."""
    before = gestures.since(session, case.customer_id, now - gestures.AGAIN)
    if before is None:
        return None
    shown = goodwill.words(before.cents, before.currency)
    name = rights.name_of(session, before.by)
    return Refused(
        f"{name} gave them {shown} ({before.kind}) already: {before.because}. Say “once more” if you mean it."
    )


def _entered(
    session: Session, case: CaseRow, by: int, cents: int, kind: str, why: str, token: str, ask: bool, now: datetime
) -> Given | Beyond | Refused:
    purse = answering.settings(session, case.brand).purse
    if kind not in purse.kinds:
        return Refused(f"Choose what it is: {', '.join(purse.kinds)}.")
    here = gestures.left(session, case, by, now)
    beyond = cents > here.cents
    if beyond and not ask:
        return Beyond(cents, here.cents, purse.currency, goodwill.why_beyond(cents, here, purse))
    row = GestureRow(
        brand=case.brand, case_id=case.id or 0, customer_id=case.customer_id, by=by, cents=cents,
        currency=purse.currency, kind=kind, because=why, state="asked" if beyond else "promised",
        month=gestures.month(session, case.brand, now), token=token, made_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _told(session, row, by, row.state, now)
    return Given(row.id or 0, beyond)


def _told(session: Session, row: GestureRow, by: int, what: str, now: datetime) -> None:
    facts = {"gesture": row.id, "cents": row.cents, "currency": row.currency, "kind": row.kind}
    events.add_many(session, now, f"account:{by}", [(f"gesture.{what}", f"case:{row.case_id}", row.brand, facts)])


def decide_gesture(app: App, gesture_id: int, by: int, yes: bool, note: str = "") -> Done | Refused:
    """A lead says yes or no to what is beyond the budget. Nobody says yes to their own."""
    words = storable(note).strip()[:LONGEST]
    if not yes and not words:
        return Refused("Say why not, and what would be right instead.")
    now = app.clock.now()
    with app.db.begin() as session:
        row = _mine(session, gesture_id, by)
        if row is None or row.state != "asked":
            return DECIDED
        if row.by == by:
            return Refused("Nobody says yes to their own. Another lead must.")
        if not rights.at_least(session.get(AccountRow, by), "lead"):
            return Refused("Deciding is for leads.")
        state = "promised" if yes else "refused"
        _set(session, row, state=state, decided_by=by, decided_at=now, note=words)
        _told(session, row, by, "granted" if yes else "refused", now)
    app.wake.ring("live", "tell")
    return Done()


def move_on(app: App, gesture_id: int, by: int) -> Done | Refused:
    """What was promised has been given; what was given is confirmed as arrived."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = _mine(session, gesture_id, by)
        after = NEXT.get(row.state) if row is not None else None
        if row is None or after is None:
            return DECIDED
        _set(session, row, **{"state": after, f"{after}_by": by, f"{after}_at": now})
        _told(session, row, by, after, now)
    app.wake.ring("live", "tell")
    return Done()


def call_off(app: App, gesture_id: int, by: int) -> Done | Refused:
    """It is not given after all: the money is free again. What was given already stays."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = _mine(session, gesture_id, by)
        if row is None or row.state not in ("asked", "promised"):
            return DECIDED
        if row.reply_id is not None and row.state == "promised":
            return Refused("A reply promised it to the customer. Give it, or have them told otherwise first.")
        at_last = {} if row.decided_at is not None else {"decided_by": by, "decided_at": now}
        _set(session, row, state="withdrawn", **at_last)
        _told(session, row, by, "withdrawn", now)
    app.wake.ring("live", "tell")
    return Done()


def _mine(session: Session, gesture_id: int, by: int) -> GestureRow | None:
    row = gestures.get(session, gesture_id)
    return row if row is not None and rights.case_for(session, by, row.case_id) is not None else None


def _set(session: Session, row: GestureRow, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
