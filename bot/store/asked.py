"""A look at the database that remembers: within one `read()` the same question is asked once.

A look shows one state, so the second answer could not differ from the first. A writing transaction remembers nothing.
What many look at in the same moment is asked once for all of them while nothing happens, and what seldom changes
(names, settings, brands) is kept while nobody writes to its tables.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import bindparam, func
from sqlalchemy import select as columns_of
from sqlmodel import Session, SQLModel, col

from bot.clock import SystemClock
from bot.store.events import UNSEEN
from bot.store.tables import CaseRow
from bot.store.tables_house import EventRow
from bot.store.written import ALL

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
Each = TypeVar("Each", bound=dict[int, Any])
REMEMBERED = "asked"
"""The name in `Session.info` under which a look keeps its answers; `Database.read` puts it there."""
SHARED = "shared"
"""The name there of what all looks of a database share."""
COUNTS = "counts"
"""The name there of how often each table had been written to when the look began."""
MOST_SHARED = 1_000  # answers; then all are forgotten
KEPT_S = 2.0  # seconds: another process may write to the same database, and its writes are not counted here
LARGE_FOR = timedelta(seconds=3)
_CLOCK = SystemClock()
_NEWEST = columns_of(
    columns_of(func.max(col(EventRow.id))).scalar_subquery(), columns_of(func.max(col(CaseRow.id))).scalar_subquery()
)
_TOLD = columns_of(func.max(col(EventRow.id))).where(
    col(EventRow.id) > bindparam("known"), col(EventRow.what).not_in(UNSEEN)
)
Shared = dict[Hashable, tuple[Any, Any]]  # by question: how things stood when it was asked, and its answer


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


def kept(
    *tables: type[SQLModel],
) -> Callable[
    [Callable[Concatenate[Session, Asked], Answer]],
    Callable[Concatenate[Session, Asked], Answer],
]:
    """For questions whose answer seldom changes: all looks share it while this process writes to none of `tables`.

    For two seconds at most, for what other processes write. The answer may depend on these tables and its (hashable)
    words only, not on the time. Nobody may change the rows in it; a list or dict is given as a copy. Asked anew while
    writing.
    """
    return _sharing(_names(tables), lambda _session: ())


def until_news(
    *tables: type[SQLModel],
) -> Callable[
    [Callable[Concatenate[Session, Asked], Answer]],
    Callable[Concatenate[Session, Asked], Answer],
]:
    """As `kept`, for what open pages are told of: asked anew also when an event or a case has come, from any process.

    A page is nudged once; what it is shown then must not be from before.
    """
    return _sharing(_names(tables), newest)


def until_news_of_each(
    *tables: type[SQLModel],
) -> Callable[[Callable[[Session, Sequence[int]], Each]], Callable[[Session, Sequence[int]], Each]]:
    """As `until_news`, for a dict by id: only of ids that nobody has asked for since is anything asked."""
    names = _names(tables)

    def keep(question: Callable[[Session, Sequence[int]], Each]) -> Callable[[Session, Sequence[int]], Each]:
        @wraps(question)
        def ask(session: Session, ids: Sequence[int]) -> Each:
            shared: Shared | None = session.info.get(SHARED)
            if shared is None or not ids:
                return question(session, ids)
            stamp, at = (*_written(session, names), *newest(session)), _CLOCK.monotonic()
            (written, until), known = shared.get(question, ((None, 0.0), {}))
            if written != stamp or at >= until or len(known) > MOST_SHARED:
                until, known = at + KEPT_S, {}
            unknown = [one for one in ids if one not in known]
            if unknown:
                found = question(session, unknown)
                known = known | {one: found.get(one) for one in unknown}
                _share(shared, question, (stamp, until), known)
            return cast("Each", {one: known[one] for one in ids if known[one] is not None})

        return ask

    return keep


def _names(tables: Sequence[type[SQLModel]]) -> tuple[str, ...]:
    return tuple(sorted(str(table.__tablename__) for table in tables))


def _written(session: Session, names: tuple[str, ...]) -> tuple[int | None, ...]:
    counts: dict[str, int] = session.info[COUNTS]
    return (*(counts.get(name) for name in (ALL, *names)),)


def _sharing(
    names: tuple[str, ...], moment: Callable[[Session], tuple[int, ...]]
) -> Callable[
    [Callable[Concatenate[Session, Asked], Answer]],
    Callable[Concatenate[Session, Asked], Answer],
]:
    def keep(
        question: Callable[Concatenate[Session, Asked], Answer],
    ) -> Callable[Concatenate[Session, Asked], Answer]:
        @wraps(question)
        def ask(session: Session, *args: Asked.args, **named: Asked.kwargs) -> Answer:
            shared: Shared | None = session.info.get(SHARED)
            if shared is None:
                return question(session, *args, **named)
            stamp = *_written(session, names), *moment(session)
            key = (question, args, tuple(sorted(named.items())))
            (written, until), found = shared.get(key, ((None, 0.0), None))
            if written != stamp or _CLOCK.monotonic() >= until:
                until = _CLOCK.monotonic() + KEPT_S
                found = question(session, *args, **named)
                _share(shared, key, (stamp, until), found)
            return cast("Answer", found.copy()) if isinstance(found, list | dict) else cast("Answer", found)

        return cast("Callable[Concatenate[Session, Asked], Answer]", ask)

    return keep


def _share(shared: Shared, key: Hashable, stamp: Hashable, found: object) -> None:
    if len(shared) >= MOST_SHARED:
        shared.clear()
    shared[key] = stamp, found


def while_nothing_happens(
    session: Session,
    what: Hashable,
    now: datetime,
    ask: Callable[[], Answer],
    large: Callable[[Answer], bool] = lambda _answer: False,
) -> Answer:
    """The answer of `ask`, shared by all looks of the same second of `now` between which no event and no case came.

    Fifty open pages ask for the same counts several times a second. Whoever changes a case writes an event, so nobody
    sees an answer from before their own press. `what` names the question with all it depends on. The answer is shared:
    it must not be changed. Asked anew while writing. One that is `large` (84,213 cases) is shared for three seconds
    whatever happens: nobody sees the difference, and making it anew at each event costs more than the rest of a page.
    """
    shared: Shared | None = session.info.get(SHARED)
    if shared is None:
        return ask()
    stamp = (int(now.timestamp()), *newest(session))
    (then, until), found = shared.get(what, ((None, now), None))
    if then == stamp or (until - LARGE_FOR <= now < until and large(cast("Answer", found))):
        return cast("Answer", found)
    found = ask()
    _share(shared, what, (stamp, now + LARGE_FOR), found)
    return found


@once_a_look
def newest(session: Session) -> tuple[int, int]:
    """The newest event that a page could show, and the newest case; 0 before the first. No answer shared with others
    is older than these: two posts heard and read a second would else make every look anew."""
    event, case = session.connection().execute(_NEWEST).one()
    return _told(session, event or 0), case or 0


def _told(session: Session, event: int) -> int:
    """The newest event up to this one that a page could show, as far as is known."""
    shared: Shared | None = session.info.get(SHARED)
    if shared is None:
        return event
    known, told = shared.get(_told, (event, event))
    if event < known:  # a look that began before
        return event
    if event > known:
        told = session.connection().execute(_TOLD, {"known": known}).scalar() or told
    _share(shared, _told, event, told)
    return int(told)
