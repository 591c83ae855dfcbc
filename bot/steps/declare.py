"""A person acts on an incident: declares, opens, dismisses, mends, closes; takes cases in and out; says what is held.

Each act returns "" when it is done, else the sentence that says why not. What follows is said in the incident's thread.
"""

from datetime import datetime, timedelta

from bot.app import App
from bot.core.display import one_line, storable
from bot.core.incidents import KNOWN, MOVES, belongs, holding, same_line
from bot.store import alike, brands, incident_notices, incident_page, incidents, rights
from bot.store.db import Session
from bot.store.incidents import Joining
from bot.store.tables_house import AccountRow
from bot.store.tables_incidents import IncidentRow

GONE = "There is no such incident."
NO_BRAND = "There is no such brand."
BACK = timedelta(days=2)  # as far as a declared incident looks for cases that say the same
LONGEST_STATEMENT = 1_000
LONGEST_NOTE = 4_000
MOST_RUNS = 8
_CHANGES = {"open": "open", "dismissed": "dismissed", "fixed": "fixed", "closed": "closed", "reopened": "open"}


def declare(app: App, by: int, brand: str, title: str, runs: str, hours: int = 6) -> tuple[int, str]:
    """A new incident, with the cases of the last `hours` that say one of `runs` (words, comma between).

    Returns its id and "", or 0 and why not.
    """
    now, name = app.clock.now(), one_line(storable(title))[:120].strip()
    wanted = [run for part in runs.split(",") if (run := one_line(storable(part))[:60].strip())][:MOST_RUNS]
    if not name:
        return 0, "Say in a few words what is going on."
    with app.db.begin() as session:
        account = session.get(AccountRow, by)
        if account is None or not rights.at_least(account, "agent") or not rights.sees(account, brand):
            return 0, NO_BRAND
        if (ours := brands.get(session, brand)) is None or ours.competitor:
            return 0, NO_BRAND
        start = now - min(timedelta(hours=max(hours, 0)), BACK)
        loose = alike.loose(session, brand, start, now)
        found = [Joining(case, f"says “{why}”") for said, case in loose.values() if (why := _says(said.text, wanted))]
        first = min((said.at for said, _case in loose.values() if _says(said.text, wanted)), default=now)
        row = incidents.add(session, IncidentRow(
            brand=brand, title=name, state="open", origin="person", severity="high", runs=wanted, started_at=first,
            proposed_at=now, opened_at=now, declared_by=by, why=f"Declared by {rights.name_of(session, by)}.",
        ), now, f"account:{by}")  # fmt: skip
        incidents.join(session, row, found, now, f"account:{by}")
        incident_notices.first(session, app.settings, row, now)
        made = row.id or 0
    app.wake.ring("tell", "live")
    return made, ""


def _says(text: str, runs: list[str]) -> str:
    """A person's words each suffice alone."""
    return next((run for run in runs if belongs(text, [run])), "")


def move(app: App, incident_id: int, by: int, act: str) -> str:
    """Open, dismissed, fixed, closed or reopened. Closing waits until everybody has an answer or is settled."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = _mine(session, incident_id, by)
        if row is None or act not in MOVES:
            return GONE
        if row.state not in MOVES[act]:
            return f"It is {row.state} already; somebody was quicker."
        if act == "closed" and (owed := incident_page.owed(session, row)):
            return f"{len(owed)} of its customers have not heard from us since. Answer them, or say why none is owed."
        if not incidents.move(session, row, **_columns(row, act, now)):
            return "Somebody was quicker. Look again."
        incidents.happened(session, row, f"incident.{act}", now, f"account:{by}")
        if act in ("dismissed", "closed"):
            incidents.release(session, row, now)
        incident_notices.update(session, app.settings, row, now, everywhere=True)
        if act in ("fixed", "dismissed", "closed"):
            incident_notices.on_their_own(session, app.settings, row, now)
    app.wake.ring("tell", "alert", "live")
    return ""


def lead(app: App, incident_id: int, by: int, take_over: bool = True) -> str:
    """This person has it from now on: nobody else is called for it. `take_over`: also from who leads it."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = _mine(session, incident_id, by)
        if row is None:
            return GONE
        if row.state not in KNOWN:
            return f"It is {row.state} already; there is nothing left to lead."
        if row.led_by is not None and (row.led_by == by or not take_over):
            return f"{'You lead' if row.led_by == by else f'{rights.name_of(session, row.led_by)} leads'} it already."
        if not incidents.move(session, row, led_by=by):
            return "Somebody was quicker. Look again."
        incidents.happened(session, row, "incident.led", now, f"account:{by}")
    app.wake.ring("tell", "alert", "live")
    return ""


def _columns(row: IncidentRow, act: str, now: datetime) -> dict[str, object]:
    changes: dict[str, object] = {"state": _CHANGES[act]}
    if act in ("open", "reopened"):
        changes |= {"opened_at": row.opened_at or now, "fixed_at": None, "ended_at": None}
    if act == "fixed":
        changes |= {"fixed_at": now, "opened_at": row.opened_at or now}
    return changes | ({"ended_at": now} if act in ("closed", "dismissed") else {})


def put_in(app: App, incident_id: int, by: int, case_id: int) -> str:
    """A case becomes part of it."""
    with app.db.begin() as session:
        row, case = _mine(session, incident_id, by), rights.case_for(session, by, case_id)
        if row is None:
            return GONE
        if case is None or case.brand != row.brand:
            return f"There is no case {case_id} of {row.brand}."
        if case_id in incidents.spoken_for(session, [case_id]):
            return f"Case {case_id} is part of an incident already."
        incidents.join(session, row, [Joining(case_id, "put in by hand")], app.clock.now(), f"account:{by}")
    app.wake.ring("live")
    return ""


def take_out(app: App, incident_id: int, by: int, case_id: int) -> str:
    """A case is part of it no longer and rings by itself."""
    with app.db.begin() as session:
        row = _mine(session, incident_id, by)
        if row is None or not incidents.leave(session, row, case_id, app.clock.now(), f"account:{by}"):
            return GONE if row is None else f"Case {case_id} is no part of it."
    app.wake.ring("tell", "alert", "live")
    return ""


def note(app: App, incident_id: int, by: int, text: str) -> str:
    """Something worth keeping with it; no customer sees it."""
    words = storable(text).strip()[:LONGEST_NOTE]
    if not words:
        return "The note is empty."
    with app.db.begin() as session:
        row = _mine(session, incident_id, by)
        if row is None:
            return GONE
        incidents.note(session, row, by, words, app.clock.now())
    return ""


def state(app: App, incident_id: int, by: int, text: str) -> str:
    """The holding statement: a frame, used only with a line of one's own. Empty takes it away."""
    with app.db.begin() as session:
        row = _mine(session, incident_id, by)
        if row is None:
            return GONE
        if not incidents.move(session, row, statement=storable(text).strip()[:LONGEST_STATEMENT]):
            return "Somebody was quicker. Look again."
        incidents.happened(session, row, "incident.statement", app.clock.now(), f"account:{by}")
    return ""


def worded(app: App, incident_id: int, by: int, case_id: int, personal: str) -> tuple[str, str]:
    """The holding answer to one customer, for the draft: its words and "", or "" and why not. Sends nothing."""
    with app.db.read() as session:
        row = _mine(session, incident_id, by)
        if row is None or case_id not in incidents.member_ids(session, incident_id):
            return "", GONE
        others = incident_page.own_lines(session, row)
    try:
        text = holding(row.statement, storable(personal))
    except ValueError as error:
        return "", str(error)
    if same_line(personal, others):
        return "", "Somebody else of this incident has that very line. Say what is true of this customer."
    return text, ""


def settle(app: App, incident_id: int, by: int, case_id: int, why: str) -> str:
    """Nothing more is owed to this customer, because a person says so and why."""
    reason = one_line(storable(why))[:200].strip()
    if not reason:
        return "Say why nothing is owed: it stands on the list instead of an answer."
    with app.db.begin() as session:
        row = _mine(session, incident_id, by)
        if row is None or not incidents.settle(session, row, case_id, by, reason, app.clock.now()):
            return GONE if row is None else f"Case {case_id} is no part of it."
    return ""


def _mine(session: Session, incident_id: int, by: int) -> IncidentRow | None:
    account = session.get(AccountRow, by)
    if account is None or not rights.at_least(account, "agent"):
        return None
    return incidents.get_for(session, account, incident_id)
