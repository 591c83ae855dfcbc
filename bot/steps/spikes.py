"""Counts → spikes: is more said than this hour usually has, and are there complaints behind it?"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.app import App
from bot.core import incident_words
from bot.core.brand import Brand
from bot.core.incidents import LEAST_ALIKE
from bot.core.spikes import DAY, HOUR, Deviation, Rule, Series, deviation, larger, ring, severity
from bot.core.themes import Theme, themes
from bot.core.when import span_words
from bot.store import alike, brands, events, incident_notices, incidents, spikes
from bot.store.db import Session
from bot.store.incidents import Joining
from bot.store.spikes import STEP, Ears, Heard
from bot.store.tables import MentionRow, PostRow
from bot.store.tables_incidents import IncidentRow, SpikeRow

EXPLAINED_BY = 20  # posts kept with a spike
WORDS = 6
NAMES = {"complaints": "complaints", "negative": "negative posts", "mentions": "mentions"}
BELONGS_FOR = timedelta(hours=24)  # a later spike within a day of an incident is the same story


@dataclass(frozen=True, slots=True)
class _Rang:
    """A series that rings now, with what was said in its stretch."""

    name: str
    found: Deviation
    severity: str
    told: list[tuple[MentionRow, PostRow]]


def look(app: App) -> bool:
    """Look at every brand of ours. True if anything rang."""
    now = app.clock.now()
    with app.db.read() as session:
        ours = [(brand, spikes.stretch(session, brand.name, now)) for brand in brands.all_of(session)]
    rang = [_look(app, brand, over, now) for brand, over in ours if over is not None and not brand.competitor]
    if any(rang):
        app.wake.ring("tell", "live")
    return any(rang)


def _look(app: App, brand: Brand, over: timedelta, now: datetime) -> bool:
    with app.db.read() as session:
        rows = spikes.heard(session, brand.name, now, over)
        ear = spikes.ears(session, brand.name, rows, now)
        seen = {name: _seen(own, ear, over, now) for name, own in spikes.series(rows).items()}
    rule = Rule()
    if not any(found.known and found.size >= rule.bar for found in seen.values()):
        return False
    with app.db.begin() as session:
        rang = [one for name, found in seen.items() if (one := _ring(session, brand, name, found, rows, rule, now))]
        if rang:
            _tell(app, session, brand, rang, now)
    return bool(rang)


def _seen(rows: list[Heard], ear: Ears, over: timedelta, now: datetime) -> Deviation:
    """How unusual the last minutes are, and of a quiet brand the last hours."""
    series = Series(spikes.points(rows, ear, now), STEP)
    found = deviation(series, series.at(spikes.floor(now)))
    if over <= HOUR:
        return found
    by_hour = Series(spikes.hours(rows, ear, now), HOUR)
    return larger(found, replace(deviation(by_hour, len(by_hour) - 1), at=found.at))


def _ring(
    session: Session, brand: Brand, name: str, found: Deviation, rows: list[Heard], rule: Rule, now: datetime
) -> _Rang | None:
    """Whether a series rings, asked of what it remembers in the transaction that says so."""
    before = spikes.memory(session, brand.name, name)
    rings, after = ring(found, before, rule)
    if after != before:
        spikes.remember(session, brand.name, name, after, now)
    if not rings:
        return None
    own = [row.mention_id for row in spikes.series(rows).get(name, []) if row.at > found.at + STEP - found.over]
    return _Rang(name, found, severity(found.size, rule), spikes.told(session, own))


def _tell(app: App, session: Session, brand: Brand, rang: list[_Rang], now: datetime) -> None:
    """All that rang at once is one story: the incident that goes on, a new one, or a line that more is said."""
    theme = _theme(session, brand, rang[0], now)
    rows = [spikes.add(session, _row(brand, one, theme)) for one in rang]
    for row in rows:
        events.add(session, now, "earshot", "spike.rang", f"spike:{row.id}", brand.name, series=row.series,
                   seen=row.seen, expected=row.expected, severity=row.severity)  # fmt: skip
    going = [one for one in incidents.live(session, brand.name) if now - one.started_at < BELONGS_FOR]
    incident = going[0] if going else _propose(app, session, brand, rang, theme, now)
    if incident is None:
        _more_said(app, session, brand, rang[-1], rows[-1], now)
        return
    for row in rows:
        row.incident_id = incident.id
        session.add(row)


def _theme(session: Session, brand: Brand, one: _Rang, now: datetime) -> Theme | None:
    """What stands out in what was said, against the day before."""
    posts = {str(post.id) for _mention, post in one.told}
    start = one.found.at + STEP - one.found.over
    every = alike.complaints(session, brand.name, start, now) + alike.others(session, brand.name, start, now)
    mine = [row for row in every if row.post_id in posts]
    before = alike.complaints(session, brand.name, start - DAY, start)
    found = themes(mine, before, alike.others(session, brand.name, start - DAY, start), _names(brand), most=1)
    return found[0] if found else None


def _names(brand: Brand) -> tuple[str, ...]:
    return (brand.name, *brand.names, *brand.aliases, *brand.hashtags, *sorted(brand.accounts()))


def _row(brand: Brand, one: _Rang, theme: Theme | None) -> SpikeRow:
    return SpikeRow(
        brand=brand.name,
        series=one.name,
        at=one.found.at + STEP,
        severity=one.severity,
        size=round(one.found.size, 3),
        seen=one.found.seen,
        expected=one.found.expected,
        over_s=round(one.found.over.total_seconds()),
        posts=[post.id or 0 for _mention, post in one.told[:EXPLAINED_BY]],
        places=dict(spikes.places(one.told)),
        words=[theme.name, *theme.also][:WORDS] if theme is not None else [],
    )


def _propose(
    app: App, session: Session, brand: Brand, rang: list[_Rang], theme: Theme | None, now: datetime
) -> IncidentRow | None:
    """An incident of the complaints behind it, if there are enough."""
    cases = {
        mention.case_id: post
        for one in rang
        for mention, post in one.told
        if mention.case_id is not None and (mention.complaint or 0) >= alike.COMPLAINT
    }
    free = set(cases) - incidents.spoken_for(session, set(cases))
    if len(free) < LEAST_ALIKE:
        return None
    first = rang[0]
    start = min(post.created_at for _mention, post in first.told) if first.told else now - first.found.over
    row = incidents.add(session, IncidentRow(
        brand=brand.name, title=theme.name if theme is not None else _what(first.name), origin="spike",
        severity=max((one.severity for one in rang), key=("notable", "high", "extreme").index),
        runs=[theme.name, *theme.also] if theme is not None else [], why=_why(first), started_at=start,
        proposed_at=now,
    ), now, "earshot")  # fmt: skip
    incidents.join(session, row, [Joining(key, "part of the spike") for key in sorted(free)], now, "earshot")
    incident_notices.first(session, app.settings, row, now)
    return row


def _what(series: str) -> str:
    return NAMES.get(series) or f"complaints about {series.partition(':')[2]}"


def _why(one: _Rang) -> str:
    usual = f"about {one.found.expected:,.0f} are usual at this hour"
    where = ", ".join(f"{n} on {name}" for name, n in list(spikes.places(one.told).items())[:3])
    return f"{one.found.seen:,.0f} {_what(one.name)} in {span_words(one.found.over)}; {usual}." + (
        f" {where}." if where else ""
    )


def _more_said(app: App, session: Session, brand: Brand, one: _Rang, row: SpikeRow, now: datetime) -> None:
    said = incident_words.more_said(
        brand.name, _what(one.name), row.seen, row.expected, span_words(one.found.over), ", ".join(row.words),
        f"{app.settings.address}/incidents",
    )  # fmt: skip
    incident_notices.more_said(session, app.settings, f"spike:{row.id}", brand.name, said, now)
