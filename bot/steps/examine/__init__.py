"""Is everything in order? One line a check, with the remedy: what `earshot doctor` prints."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta

from bot.app import App
from bot.readers.both import Both
from bot.steps.examine import telling
from bot.steps.examine.check import Check as Check
from bot.steps.examine.check import Verdict
from bot.store import brands, clocks, events, heartbeats, migrate, notices, outbox, quarantine, sources, switches
from bot.store.db import SAFE_SQLITE, Session
from connectors.checked import remedy
from connectors.errors import PlatformError
from connectors.types import Probes

LEAST_DISK = 200 * 1024 * 1024
CHAIN = 20_000  # events checked; `earshot audit verify` checks all


def every(app: App) -> list[Check]:
    """All checks, in the order a person would ask."""
    checks = [_disk(app), _engine(app), _version(app), _reader(app), _team(app), _contact(app)]
    with app.db.read() as session:
        looks: tuple[Callable[[Session, App], list[Check]], ...] = (
            _brand, _sources, _books, _clock, _loops, _outbox, _events, telling.socket,
            telling.calls,
        )  # fmt: skip
        for look in looks:
            checks += look(session, app)
    checks += [*telling.rooms(app), *telling.sign_on(app)]
    return checks + [check for check in _probes(app) if check is not None]


def _disk(app: App) -> Check:
    free = shutil.disk_usage(app.settings.home).free
    if free < LEAST_DISK:
        return Check("disk", "fail", f"only {free // 1_048_576} MiB free in {app.settings.home}: make room.")
    return Check("disk", "ok", f"{free // 1_073_741_824} GiB free")


def _engine(app: App) -> Check:
    if not app.db.is_sqlite:
        return Check("database", "ok", "PostgreSQL answers")
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        why = "can corrupt its log when two connections write; all writes go through one connection here"
        return Check("database", "warn", f"SQLite {version} {why}. A Python with SQLite 3.51.3 ends the warning.")
    return Check("database", "ok", f"SQLite {version}")


def _version(app: App) -> Check:
    there, wanted = migrate.current(app.db), migrate.newest()
    verdict: Verdict = "ok" if there == wanted else "fail"
    return Check("version", verdict, f"at {there}" + ("" if there == wanted else f", needs {wanted}: earshot migrate"))


def _contact(app: App) -> Check:
    """Platforms ask that who reads them says how to be reached; some refuse who does not."""
    if app.settings.contact or app.settings.public_url:
        return Check("contact", "ok", f"platforms can reach you: {app.settings.contact or app.settings.public_url}")
    return Check("contact", "warn", "platforms cannot reach you: set contact in earshot.toml to an address or a page.")


def _reader(app: App) -> Check:
    try:
        app.reader.read(["The parcel never came and nobody answers."])
    except Exception as error:  # noqa: BLE001  a reader is foreign code; what it says is the check's result
        return Check("reader", "warn", f"{app.reader.name} does not work ({error}); posts are queued by age.")
    told = f"{app.reader.name} {app.reader.version}"
    return _second(app.reader, told) if isinstance(app.reader, Both) else Check("reader", "ok", told)


def _second(reader: Both, told: str) -> Check:
    """Whether the model for the other languages is there; fetches it where it is not yet."""
    try:
        second = reader.second()
        second.read(["Das Paket kam nie an."], ["de"])
    except Exception as error:  # noqa: BLE001  as above
        return Check("reader", "warn", f"{told}; other languages are queued by age: {error}")
    return Check("reader", "ok", f"{told}; other languages: {second.name} {second.version}")


def _team(app: App) -> Check:
    told = dict.fromkeys(way.responder for way in notices.ways(app.settings))
    if told:
        return Check("team", "ok", f"is told by {', '.join(told)}")
    return Check("team", "warn", "nobody is told: set EARSHOT_SLACK__WEBHOOK_URL or mail.host in earshot.toml.")


def _brand(session: Session, app: App) -> list[Check]:
    named = brands.all_of(session)
    if not named:
        return [Check("brands", "warn", "none yet: earshot init, or open the first-run page.")]
    return [Check("brands", "ok", ", ".join(brand.name for brand in named))]


def _sources(session: Session, app: App) -> list[Check]:
    rows = sources.all_of(session)
    if not rows:
        return [Check("sources", "warn", "none yet: earshot add hackernews")]
    checks = []
    for row in rows:
        verdict: Verdict = "fail" if row.state == "stopped" else "warn" if row.failures else "ok"
        checks.append(Check(f"source {row.name}", verdict, row.error or f"{row.kept} posts, {row.state}"))
    return checks


def _books(session: Session, app: App) -> list[Check]:
    """Everything seen became something: new, known, filtered or put aside (P: balance)."""
    checks = []
    for row in sources.all_of(session):
        aside = quarantine.count_of_step(session, row.name, "listen")
        off = row.seen - row.kept - row.known - row.filtered - aside
        if off:
            checks.append(
                Check(f"books of {row.name}", "fail", f"{off} posts are unaccounted for: please report this.")
            )
    waiting = quarantine.count(session)
    says = f"{waiting} posts could not be handled: see the sources page" if waiting else "nothing put aside"
    return [*checks, Check("quarantine", "warn" if waiting else "ok", says)]


def _clock(session: Session, app: App) -> list[Check]:
    """A clock that was ahead and was set back: what it claimed is taken back, and somebody should know."""
    warning = clocks.warning(session, app.clock.now())
    return [Check("clock", "warn" if warning else "ok", warning or "steady for a day")]


def _loops(session: Session, app: App) -> list[Check]:
    rows = heartbeats.all_of(session)
    if not rows:
        return [Check("loops", "warn", "Earshot has not run yet: earshot run")]
    silent = heartbeats.silent(session, app.clock.now())
    if len(silent) == len(rows):
        return [Check("loops", "warn", "Earshot is not running.")]
    if silent:
        return [
            Check("loops", "fail", f"silent: {', '.join(row.loop for row in silent)}. Restart, and look at the log.")
        ]
    return [Check("loops", "ok", f"{len(rows)} loops beat")]


def _outbox(session: Session, app: App) -> list[Check]:
    counts = outbox.counts(session)
    unsure = counts.get(("customer", "unsure"), 0)
    late = [row for row in outbox.due(session, app.clock.now() - timedelta(minutes=5), "team")]
    checks = []
    if not switches.sending_is_on(session):
        checks.append(Check("sending", "warn", "is paused: a lead resumes it on the queue page."))
    if unsure:
        checks.append(Check("replies", "warn", f"{unsure} of unknown outcome: decide them on their case."))
    verdict: Verdict = "warn" if late else "ok"
    return [*checks, Check("outbox", verdict, f"{len(late)} messages to the team are overdue" if late else "empty")]


def _events(session: Session, app: App) -> list[Check]:
    broken = events.verify(session, newest=CHAIN)
    if broken is not None:
        return [Check("audit", "fail", f"event {broken} was changed or its predecessor removed.")]
    return [Check("audit", "ok", "the chain holds")]


def _probes(app: App) -> list[Check | None]:
    with app.db.read() as session:
        rows = sources.listening(session)
    checks: list[Check | None] = []
    for row in rows:
        try:
            connector = app.connector_of(row)
            checks.append(Check(f"try {row.name}", "ok", connector.probe()) if isinstance(connector, Probes) else None)
        except PlatformError as error:
            checks.append(Check(f"try {row.name}", "warn", remedy(error, app.ahead_of(row.name))))
        except ValueError as error:
            checks.append(Check(f"try {row.name}", "fail", str(error)))
    return checks
