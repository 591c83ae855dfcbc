"""Promises after Send: confirmed, kept, or none after all."""

from bot.app import App
from bot.steps.answer.values import Done, Refused
from bot.store import events, promises, rights
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_answering import PromiseRow

SETTLED = Refused("That was settled in this moment. Load it again.")


def confirm_promise(app: App, promise_id: int, by: int) -> Done | Refused:
    """Yes, that is a promise. It was due all along; now it is nobody's guess."""
    now = app.clock.now()
    with app.db.begin() as session:
        row, case = _mine(session, promise_id, by)
        if row is None or case is None or row.state != "proposed":
            return SETTLED
        row.state = "open"
        session.add(row)
        events.add(session, now, f"account:{by}", "promise.confirmed", f"case:{case.id}", case.brand, promise=row.id)
    app.wake.ring("live")
    return Done()


def keep_promise(app: App, promise_id: int, by: int) -> Done | Refused:
    """It is done, in time or not: the event says which."""
    return _settled(app, promise_id, by, "kept")


def drop_promise(app: App, promise_id: int, by: int) -> Done | Refused:
    """The words were no promise. Only one that nobody confirmed can be dropped: the others are kept or broken."""
    return _settled(app, promise_id, by, "dropped")


def _settled(app: App, promise_id: int, by: int, state: str) -> Done | Refused:
    now = app.clock.now()
    with app.db.begin() as session:
        row, case = _mine(session, promise_id, by)
        if row is None or case is None:
            return SETTLED
        if state == "dropped" and row.state == "open":
            return Refused("It was confirmed as a promise. Keep it, or tell the customer otherwise.")
        late = now > row.due_at
        if not promises.settle(session, promise_id, state, by, now):
            return SETTLED
        promises.put_on_case(session, case)
        facts = {"promise": promise_id, "late": late}
        events.add_many(session, now, f"account:{by}", [(f"promise.{state}", f"case:{case.id}", case.brand, facts)])
    app.wake.ring("live", "tell")
    return Done()


def _mine(session: Session, promise_id: int, by: int) -> tuple[PromiseRow | None, CaseRow | None]:
    row = promises.get(session, promise_id)
    case = rights.case_for(session, by, row.case_id) if row is not None else None
    return (row, case) if case is not None else (None, None)
