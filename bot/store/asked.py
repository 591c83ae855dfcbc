"""A look at the database that remembers: within one `read()` the same question is asked once.

A look shows one state, so the second answer could not differ from the first. A writing transaction remembers nothing.
What many look at in the same moment is asked once for all of them while nothing happens.
"""

from collections.abc import Callable, Hashable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.store.tables import CaseRow
from bot.store.tables_house import EventRow

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
REMEMBERED = "asked"
"""The name in `Session.info` under which a look keeps its answers; `Database.read` puts it there."""
SHARED = "shared"
"""The name there of what all looks of a database share."""
MOST_SHARED = 200  # answers; then all are forgotten


def once_a_look(
    question: Callable[Concatenate[Session, Asked], Answer],
) -> Callable[Concatenate[Session, Asked], Answer]:
    """The question, asked at most once a look with the same (hashable) words. A list or dict is given as a copy."""

    @wraps(question)
    def ask(session: Session, *args: Asked.args, **named: Asked.kwargs) -> Answer:
        known: dict[Any, Any] | None = session.info.get(REMEMBERED)
        if known is None:
            return question(session, *args, **named)
        key = (question, args, tuple(sorted(named.items())))
        if key not in known:
            known[key] = question(session, *args, **named)
        found = known[key]
        return cast("Answer", found.copy()) if isinstance(found, list | dict) else cast("Answer", found)

    return cast("Callable[Concatenate[Session, Asked], Answer]", ask)


def while_nothing_happens(session: Session, what: Hashable, now: datetime, ask: Callable[[], Answer]) -> Answer:
    """The answer of `ask`, shared by all looks of the same second of `now` between which no event and no case came.

    Fifty open pages ask for the same counts several times a second. Whoever changes a case writes an event, so nobody
    sees an answer from before their own press. `what` names the question with all it depends on. The answer is shared:
    it must not be changed. Asked anew while writing.
    """
    shared: dict[Hashable, tuple[Hashable, Any]] | None = session.info.get(SHARED)
    if shared is None:
        return ask()
    stamp = (int(now.timestamp()), *_newest(session))
    known = shared.get(what)
    if known is not None and known[0] == stamp:
        return cast("Answer", known[1])
    found = ask()
    if len(shared) >= MOST_SHARED:
        shared.clear()
    shared[what] = stamp, found
    return found


@once_a_look
def _newest(session: Session) -> tuple[int, int]:
    """The newest event and the newest case."""
    asked = select(
        select(func.max(col(EventRow.id))).scalar_subquery(), select(func.max(col(CaseRow.id))).scalar_subquery()
    )
    event, case = session.exec(asked).one()
    return event or 0, case or 0
