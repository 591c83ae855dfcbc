"""Complaints with one cause → an incident; and what its thread hears while it goes on."""

from datetime import datetime

from bot.app import App
from bot.core.brand import Brand
from bot.core.folding import words
from bot.core.incidents import LEAST_ALIKE, LIVE, WITHIN, Cause, Told, belongs, cause_of, update_due
from bot.core.spikes import DAY
from bot.core.when import counted, span_words
from bot.store import alike, brands, incident_joins, incident_notices, incident_same, incidents, switches
from bot.store.db import Session
from bot.store.incidents import Joining
from bot.store.tables_incidents import IncidentRow

USUAL = 7 * DAY
SEEN = "incidents.seen"


def gather(app: App) -> bool:
    """Look for one cause among each brand's newest complaints, and tell the threads what is new. True if so."""
    now = app.clock.now()
    with app.db.read() as session:
        ours = [brand for brand in brands.all_of(session) if not brand.competitor]
        seen = switches.get(session, SEEN)
        fresh = {brand.name: list(alike.newest(session, brand.name, now - WITHIN)) for brand in ours}
    worth = [one for one in ours if fresh[one.name][0] >= LEAST_ALIKE and seen.get(one.name) != fresh[one.name]]
    did = [_gather(app, brand, fresh[brand.name], now) for brand in worth]
    told = _updates(app, now)
    if any(did) or told:
        app.wake.ring("tell", "live")
    return any(did) or told


def _gather(app: App, brand: Brand, newest: list[int], now: datetime) -> bool:
    start = now - WITHIN
    with app.db.read() as session:
        loose = alike.loose(session, brand.name, start, now)
        before = alike.complaints(session, brand.name, start - USUAL, start)
        others = alike.others(session, brand.name, start - DAY, start)  # what is said now may be the cause itself
    names = (brand.name, *brand.names, *brand.aliases, *brand.hashtags, *sorted(brand.accounts()))
    cause = cause_of([said for said, _case in loose.values()], before, others, names, USUAL)
    with app.db.begin() as session:
        seen = switches.get(session, SEEN)
        switches.put(session, SEEN, {**seen, brand.name: newest}, now)
        if cause is not None:
            _propose(app, session, brand, cause, now)
    return cause is not None


def _propose(app: App, session: Session, brand: Brand, cause: Cause, now: datetime) -> IncidentRow:
    said = alike.loose(session, brand.name, now - WITHIN, now)
    mine = [post for post, (one, _case) in said.items() if post in set(cause.posts) or belongs(one.text, cause.runs)]
    joining = [Joining(said[post][1], f"says “{cause.name}”") for post in mine]
    if (same := _same(session, incidents.live(session, brand.name), cause)) is not None:
        incidents.join(session, same, joining, now, "earshot")
        incidents.move(session, same, runs=[*same.runs, *(run for run in cause.runs if run not in same.runs)])
        return same
    first = min((said[post][0].at for post in mine), default=now)
    why = f"{counted(len(mine), 'complaint')} in {span_words(WITHIN)} by {counted(cause.authors, 'person')} say it."
    row = incidents.add(session, IncidentRow(
        brand=brand.name, title=cause.name, origin="alike", runs=list(cause.runs), started_at=first, proposed_at=now,
        why=why.replace("persons", "people"), severity="high" if len(mine) >= 4 * LEAST_ALIKE else "notable",
    ), now, "earshot")  # fmt: skip
    incidents.join(session, row, joining, now, "earshot")
    incident_notices.first(session, app.settings, row, now)
    _take_for_one(app, session, row, now)
    return row


def _take_for_one(app: App, session: Session, row: IncidentRow, now: datetime) -> None:
    """A line in another one's thread that began with it, of a sudden, is the same until a person parts them."""
    host = incidents.get(session, incident_joins.end_of(session, row.told_in)) if row.told_in is not None else None
    if host is not None and host.state in LIVE and incident_same.is_one(session, row, host):
        incident_same.join(session, app.settings, row, host, incident_same.EARSHOT, now)


def _same(session: Session, going: list[IncidentRow], cause: Cause) -> IncidentRow | None:
    """The incident whose words the new cause shares: another way to say the same thing is no second incident."""
    mine, ways = {word for run in cause.runs for word in words(run)}, incident_joins.wordings(session, going)
    for row in going:
        if mine & {word for runs in ways[row.id or 0] for run in runs for word in words(run)}:
            return row
    return None


def _updates(app: App, now: datetime) -> bool:
    """Threads with something new hear it."""
    with app.db.read() as session:
        due = [row.id or 0 for row in incidents.live(session) if _worth(session, row, now)]
    for incident_id in due:
        with app.db.begin() as session:
            row = incidents.get(session, incident_id)
            if row is not None and _worth(session, row, now):
                incident_notices.update(session, app.settings, row, now, everywhere=False)
    return bool(due)


def _worth(session: Session, row: IncidentRow, now: datetime) -> bool:
    return update_due(
        now, Told(row.told_at, row.told_members, row.told_late), incidents.count(session, row.id or 0, now)
    )
