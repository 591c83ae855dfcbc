"""Trying a source before it is saved: does it answer, and what would be heard right now. Nothing is stored."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot import plugins, wire
from bot.app import App
from bot.core.brand import Brand
from bot.store.tables import SourceRow
from bot.web import preview
from connectors.checked import explained
from connectors.errors import Unavailable
from connectors.types import Fades, Latency, Rechecks, Visits

LIMIT = timedelta(seconds=8)


@dataclass(frozen=True, slots=True)
class Tried:
    """`ok` and a sentence: what the platform says of these settings, or what stands in the way and what to do."""

    ok: bool
    words: str


def probe(app: App, name: str, options: Mapping[str, Any], brands: Sequence[Brand]) -> Tried:
    """Ask the platform with these settings. Never raises for what a platform or a setting gets wrong."""

    def ask() -> Tried:
        connector = wire.connector_from(name, options, app.settings, app.clock)
        try:
            return Tried(True, wire.tried(connector, brands))
        finally:
            connector.close()

    found = within(LIMIT, ask)
    late = Unavailable(f"It did not answer in {LIMIT.seconds} seconds.")
    return Tried(False, explained(late)) if found is None else found


def hear(app: App, name: str, options: Mapping[str, Any], brands: Sequence[Brand]) -> preview.Preview:
    """What this source would bring right now for these brands."""
    return preview.look(app, brands, {name: (name, options)}, LIMIT)


def within(limit: timedelta, ask: Callable[[], Tried]) -> Tried | None:
    """The answer, or None when it takes too long: the thread is then left to end by itself."""
    answers: list[Tried] = []

    def run() -> None:
        try:
            answers.append(ask())
        except Exception as error:  # noqa: BLE001  a stranger's connector: whoever writes it is told what broke
            answers.append(Tried(False, explained(error)))

    thread = threading.Thread(target=run, name="probe", daemon=True)
    thread.start()
    thread.join(limit.total_seconds())
    return answers[0] if answers else None


def latency_of(app: App, source: SourceRow) -> Latency | None:
    """How soon a source's connector lets us hear; None where it is not installed."""
    try:
        latency: Latency = plugins.find(plugins.CONNECTORS, source.connector).latency
    except plugins.NoPlugin:  # a play brings a connector of its own
        return _own_latency(app, source)
    return latency


def deletions_of(app: App, source: SourceRow) -> str:
    """What a person should know where deletions cannot, or cannot always, be learnt; "" where they are."""
    try:
        connector = app.connector_of(source)
    except ValueError:  # its settings are broken: its row says so
        return ""
    if not isinstance(connector, Fades) or (isinstance(connector, Rechecks) and not connector.keeps):
        return ""
    days = connector.keeps.days if connector.keeps else app.settings.retention_days
    if isinstance(connector, Visits):
        return f"Deletions are learnt from each item’s own page; where it does not tell, words go after {days} days."
    return f"Deletions cannot be learnt here: words go after {days} days."


def _own_latency(app: App, source: SourceRow) -> Latency | None:
    try:
        return app.connector_of(source).latency
    except plugins.NoPlugin:
        return None
