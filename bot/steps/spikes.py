"""Counts → spikes: is more said than this hour usually has, and are there complaints behind it?"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.app import App
from bot.core import spike_words
from bot.core.brand import Brand
from bot.core.incidents import LEAST_ALIKE
from bot.core.spikes import DAY, HOUR, Deviation, Rule, Series, deviation, larger, ring, severity
from bot.core.themes import Theme, themes
from bot.store import alike, brands, events, incident_notices, incidents, spike_topics, spikes
from bot.store.db import Session
from bot.store.incidents import Joining
from bot.store.spikes import STEP, Ears, Heard
from bot.store.tables import MentionRow, PostRow
from bot.store.tables_incidents import IncidentRow, SpikeRow

EXPLAINED_BY = 20  # posts kept with a spike
WORDS = 6
BELONGS_FOR = timedelta(hours=24)  # a later spike within a day of an incident is the same story


@dataclass(frozen=True, slots=True)
class _Rang:
    """A series that rings now, with what was said in its stretch. `topic`: what the brand's own is called, or ""."""

    name: str
    topic: str
    found: Deviation
    severity: str
    told: list[tuple[MentionRow, PostRow]]

    @property
    def what(self) -> str:
        """What was counted, in words."""
        return spike_words.what(self.name, self.topic)


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
        topics = spike_topics.of_brand(session, brand.name)
        rows = spikes.heard(session, brand.name, now, over, topics)
        ear = spikes.ears(session, brand.name, rows, now)
        whole = topics.since((row.topic, row.at) for row in rows)
        every = {name: own for name, own in spikes.series(rows).items() if spikes.may_ring(own, now, over)}
        seen = {name: _seen(own, ear.since(whole.get(name)), over, now) for name, own in every.items()}
        called = spike_topics.names(session, list(every))
    rule = Rule()
    if not any(found.known and found.size >= rule.bar for found in seen.values()):
        return False
    with app.db.begin() as session:
        rang = [
            _Rang(name, called.get(name, ""), found, severity(found.size, rule), _told(session, name, found, rows))
            for name, found in _by_size(seen)
            if _rings(session, brand, name, found, rule, now)
        ]
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


def _by_size(seen: dict[str, Deviation]) -> list[tuple[str, Deviation]]:
    """The narrowest first: topics, of them the largest, as what rings of one is as much as rings of all of them."""
    own = {name: found for name, found in seen.items() if spikes.kept_as(name) != name}
    return [*sorted(own.items(), key=lambda one: -one[1].size), *((n, one) for n, one in seen.items() if n not in own)]


def _rings(session: Session, brand: Brand, name: str, found: Deviation, rule: Rule, now: datetime) -> bool:
    """Whether a series rings, asked of what it remembers in the transaction that says so."""
    before = spikes.memory(session, brand.name, name)
    rings, after = ring(found, before, rule)
    if after != before:
        spikes.remember(session, brand.name, name, after, now)
    return rings


def _told(session: Session, name: str, found: Deviation, rows: list[Heard]) -> list[tuple[MentionRow, PostRow]]:
    own = [row.mention_id for row in spikes.series(rows).get(name, []) if row.at > found.at + STEP - found.over]
    return spikes.told(session, own)


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
        grave = spike_words.gravest([one.severity for one in rang])
        incident_notices.more_said(session, app.settings, rows[-1], _why(rang[-1], grave, theme), now)
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
        words=_words(theme),
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
    grave = spike_words.gravest([one.severity for one in rang])
    row = incidents.add(session, IncidentRow(
        brand=brand.name, title=theme.name if theme is not None else first.what, origin="spike", severity=grave,
        runs=[theme.name, *theme.also] if theme is not None else [], why=_why(first, grave, theme), started_at=start,
        proposed_at=now,
    ), now, "earshot")  # fmt: skip
    incidents.join(session, row, [Joining(key, "part of the spike") for key in sorted(free)], now, "earshot")
    incident_notices.first(session, app.settings, row, now)
    return row


def _words(theme: Theme | None) -> list[str]:
    return [theme.name, *theme.also][:WORDS] if theme is not None else []


def _why(one: _Rang, grave: str, theme: Theme | None) -> str:
    """A story in words: as grave as its gravest count."""
    counted = spike_words.measured(one.found.seen, one.what, one.found.over, one.found.expected)
    return spike_words.why(grave, counted, spikes.places(one.told), _words(theme))
