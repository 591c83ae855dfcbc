"""Clock → team: warnings on time and once, escalations, leases and snoozes that end, sources that fell silent."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core.house_words import clock_leapt
from bot.core.standing import STEPS, Kind, Verdict, verdict
from bot.store import calling, cases, events, incident_calls, looks, notices, oncall, quarantine, standings
from bot.store.db import Session
from bot.store.tables import CaseRow

BATCH = 200  # of ten thousand deadlines in one minute (P-12), fifty of these
SILENT_FOR = timedelta(minutes=4)  # a source that fails is reported within five minutes (P-08)
PUT_OFF = timedelta(minutes=10)
_WARNED = {"half": "case.half_gone", "last": "case.at_risk", "over": "case.late"}
_ESCALATED = {kind: number for number, kind in enumerate(STEPS, 1)}

Happened = tuple[str, str, str, dict[str, object]]


def alert_some(app: App) -> bool:
    """Deal with the cases whose time has come, a batch at once. True if there was something to do.

    Nothing ends and nobody is called while the wall clock is doubted (P-57).
    """
    app.pulse.beat(app.clock)
    if (leap := app.pulse.leap()) is not None:
        _tell_of_leap(app, leap)
    if app.pulse.doubted(app.clock):
        return False
    did = False
    for waits, act in ((cases.lapsed, _free), (cases.woken, _wake), (cases.next_to_look_at, _look)):
        did = (_any(app, waits) and _write(app, act)) or did
    did = _call(app) or did
    did = _hear(app) or did
    if did:
        app.wake.ring("tell", "live")
    return did


def _tell_of_leap(app: App, leap: timedelta) -> None:
    """The operator hears of it in words; the cases wait until the clock has run evenly for a while."""
    now = app.clock.now()
    notice = clock_leapt(leap, f"{app.settings.address}/")
    body: dict[str, object] = {"blocks": list(notice.blocks), "subject": notice.subject, "html": notice.html,
                               "mail": notice.body}  # fmt: skip
    with app.db.begin() as session:
        events.add(session, now, "earshot", "clock.leapt", "", "", seconds=int(leap.total_seconds()))
        notices.queue_plain(session, app.settings, f"clock:{now.isoformat()}", "clock", notice.text, body, now)
    app.wake.ring("tell")


def _any(app: App, waits: Callable[[Session, datetime, int], list[CaseRow]]) -> bool:
    """A look that never waits for a writer: most rounds find nothing."""
    with app.db.read() as session:
        return bool(waits(session, app.clock.now(), 1))


def _write(app: App, act: Callable[[App, Session, datetime], bool]) -> bool:
    with app.db.begin() as session:
        return act(app, session, app.clock.now())


def _look(app: App, session: Session, now: datetime) -> bool:
    """The hint finds it, the truth decides it: what is said follows from the facts, never from having been due."""
    due = looks.due(session, now, BATCH)
    chains = oncall.written(session) if due else {}
    found = {case.id or 0: (case, _judged(session, case, chains, now)) for case in due}
    app.hold("deadline:before commit")
    saying = [(case, kind) for case, judged in found.values() for kind in judged.say]
    said = notices.queue_many(session, app.settings, saying, now)
    said |= calling.queue_many(session, app.settings, saying, now)
    happened = [event for case, judged in found.values() for event in _events(case, judged, said)]
    looks.note(
        session,
        [looks.Looked(key, judged.warned or case.told, judged.look_at) for key, (case, judged) in found.items()],
    )
    events.add_many(session, now, "earshot", list(happened))
    return bool(due)


def _judged(session: Session, case: CaseRow, chains: Mapping[str, list[Any]], now: datetime) -> Verdict:
    try:
        return verdict(standings.of(case, chains, now), now)
    except (ValueError, ArithmeticError) as error:  # its facts are broken: it alone is put off, and shown
        why = f"{type(error).__name__} while its window was judged"
        quarantine.add(session, "", "alert", f"case:{case.id}".encode(), why, now, f"case:{case.id}")
        return Verdict((), "", now + PUT_OFF)


def _events(case: CaseRow, judged: Verdict, said: set[tuple[int, Kind]]) -> list[Happened]:
    happened: list[Happened] = []
    if judged.warned:
        happened.append((_WARNED[judged.warned], f"case:{case.id}", case.brand, {"due_at": case.due_at}))
    for kind in judged.say:
        if kind in _ESCALATED and (case.id or 0, kind) in said:
            happened.append(("case.escalated", f"case:{case.id}", case.brand, {"step": _ESCALATED[kind]}))
    return happened


def _free(app: App, session: Session, now: datetime) -> bool:
    """Claims whose holder is gone return to the queue; the draft stays (P-22)."""
    return _each(cases.lapsed(session, now, BATCH), lambda case: _freed(session, case, now))


def _freed(session: Session, case: CaseRow, now: datetime) -> bool:
    before, state = case.holder, "new" if case.state == "claimed" else case.state
    if not cases.move(session, case, state=state, holder=None, lease_until=None, look_at=_again(case, now)):
        return False
    events.add(session, now, "earshot", "case.lease_ended", f"case:{case.id}", case.brand, before=before)
    return True


def _wake(app: App, session: Session, now: datetime) -> bool:
    """Snoozed cases whose time has come stand in the queue again; their clocks never stopped."""
    return _each(cases.woken(session, now, BATCH), lambda case: _woken(session, case, now))


def _woken(session: Session, case: CaseRow, now: datetime) -> bool:
    state = "waiting" if case.answered_at is not None else "new"
    if not cases.move(session, case, among=("snoozed",), state=state, snoozed_until=None, look_at=_again(case, now)):
        return False
    events.add(session, now, "earshot", "case.woken", f"case:{case.id}", case.brand)
    return True


def _each(rows: list[CaseRow], move: Callable[[CaseRow], bool]) -> bool:
    return any([move(row) for row in rows])


def _again(case: CaseRow, now: datetime) -> datetime | None:
    return None if case.history or case.late_arrival else now


def _call(app: App) -> bool:
    """An incident nobody has calls people once for all its cases."""
    now = app.clock.now()
    with app.db.read() as session:
        waits = bool(incident_calls.due(session, now))
    if not waits:
        return False
    with app.db.begin() as session:
        due = incident_calls.due(session, now)
        for one, step in due:
            incident_calls.call(session, app.settings, one, step, now)
    return bool(due)


def _hear(app: App) -> bool:
    """The team hears of a source that does not, once an outage."""
    now = app.clock.now()
    with app.db.read() as session:
        untold = [row for row in notices.troubled_sources(session, now, SILENT_FOR) if not notices.told(session, row)]
    if not untold:
        return False
    with app.db.begin() as session:
        return any([notices.queue_source(session, app.settings, source, now) for source in untold])
