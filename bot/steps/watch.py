"""Are we still listening, reading, telling? A sign of life leaves the machine; silence is told and shown."""

from datetime import timedelta

from bot import log
from bot.app import App
from bot.store import alone, auditing, costs, events, gaps, heartbeats, sources, switches
from bot.store.tables import SourceRow
from connectors.errors import PlatformError
from connectors.http import Http, user_agent

QUIET = timedelta(minutes=5)
BEAT = "heartbeat"


def look(app: App) -> bool:
    """Note loops that went silent and sources that hear nothing, and send the heartbeat if all is well."""
    alone.stay(app.db)
    now = app.clock.now()
    with app.db.read() as session:
        silent = [row.loop for row in heartbeats.silent(session, now)]
        listening = sources.listening(session)
        unheard = [row for row in listening if row.failures and row.error_since and now - row.error_since > QUIET]
    if silent:
        log.get("watchdog").error("loops are silent", loops=", ".join(silent))
    for source in unheard:
        _open_gap(app, source.name, gaps.CAP_REACHED if source.error.startswith(gaps.CAPPED) else gaps.NO_ANSWER)
    for source in listening:
        if source.monthly_cap > 0 and not source.failures and _tight(app, source):
            _open_gap(app, source.name, gaps.CAP_REACHED)
    for name in _silent_streams(app, [row.name for row in listening if row.streams and not row.failures]):
        log.get("watchdog").error("a stream is silent", source=name)
        _open_gap(app, name)
    stuck = _audit(app)
    if not silent and not stuck:
        _beat_outside(app)
    return bool(silent)


def _tight(app: App, source: SourceRow) -> bool:
    with app.db.read() as session:
        return costs.spending(session, source, app.clock.now()).tight


def _audit(app: App) -> bool:
    """Calls that should have gone out and did not are raised another way. True if even that does not get out.

    It does not ask the step that calls whether it did: it works out anew who should have been called by now.
    """
    now = app.clock.now()
    app.pulse.beat(app.clock)
    if app.pulse.even_for(app.clock) < auditing.GRACE:
        return False  # we have just begun, or the clock leapt: whoever calls may still be catching up
    with app.db.read() as session:
        late, stuck = auditing.late_calls(session, now), auditing.is_stuck(session, now)
    if late:
        log.get("watchdog").error("calls are late", cases=len(late))
        with app.db.begin() as session:
            auditing.raise_alarm(session, app.settings, late, now)
        app.wake.ring("tell")
    return stuck


def _silent_streams(app: App, names: list[str]) -> list[str]:
    """Streams that raise nothing and bring nothing: every one covers the last minutes if only by an empty page."""
    now = app.clock.now()
    with app.db.read() as session:
        heard = {name: gaps.heard_until(session, name) for name in names}
    return [name for name, until in heard.items() if until is not None and now - until > QUIET]


def _open_gap(app: App, name: str, cause: str = gaps.NO_ANSWER) -> None:
    """What a failing source misses is a gap from the moment it was last heard; healing waits for its recovery."""
    now = app.clock.now()
    with app.db.begin() as session:
        since = gaps.heard_until(session, name)
        if since is not None and now - since > QUIET:
            gaps.open_gap(session, name, since, now, cause, now)
            for gap in gaps.open_gaps(session, name):
                gap.next_try_at = now + timedelta(minutes=1)
                session.add(gap)


def _beat_outside(app: App) -> None:
    url = app.settings.heartbeat_url
    if not url:
        return
    agent = user_agent(app.settings.contact, app.settings.public_url)
    http = Http(agent=agent, private_ok=app.settings.private_addresses, deadline_s=10)
    try:
        http.get(url.get_secret_value())
        why = ""
    except PlatformError as error:
        why = type(error).__name__
    finally:
        http.close()
    _note_beat(app, why)


def _note_beat(app: App, why: str) -> None:
    """Where it goes is away, or is back: each goes into the log once. Whoever misses it there calls somebody."""
    now = app.clock.now()
    with app.db.read() as session:
        failed = str(switches.get(session, BEAT).get("failed", ""))
    if bool(failed) == bool(why):
        return
    with app.db.begin() as session:
        switches.put(session, BEAT, {"failed": why}, now)
        what, facts = ("heartbeat.failed", {"error": why}) if why else ("heartbeat.back", {"error": failed})
        events.add(session, now, "earshot", what, "", "", **facts)
