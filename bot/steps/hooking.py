"""A request from outside → a stored delivery; and the secret that vouches for it."""

from dataclasses import dataclass
from datetime import timedelta

from bot import ids
from bot.app import App
from bot.store import events, inbox, sources
from bot.store.tables import SourceRow
from config import secrets
from connectors.hooks import Admitted, Arrival, Challenge, Hooked, Refused

OVERLAP = timedelta(hours=24)  # how long the secret before stays good
NOBODY = Refused(404, "No inbound hook lives here.")


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that is stored. `new` is False for one that was stored before."""

    new: bool
    admitted: Admitted


def take_in(app: App, name: str, came: Arrival) -> Taken | Challenge | Refused:
    """Judge a request and keep what is admitted. It is committed when this returns: only then may it be acknowledged.

    Raises what the database raises: the sender is not acknowledged and sends it again.
    """
    with app.db.read() as session:
        source = sources.get(session, name)
    if source is None or source.state == "off":
        return NOBODY
    try:
        connector = app.connector_of(source)
    except ValueError:
        return NOBODY  # its settings are broken: the sources page says how
    if not isinstance(connector, Hooked):
        return NOBODY
    verdict = connector.admit(came)
    if not isinstance(verdict, Admitted):
        return verdict
    now = app.clock.now()
    with app.db.begin() as session:
        new = inbox.keep(session, name, verdict.key, verdict.body, now)
        if new:
            inbox.hurry(session, name, now)
    if new:
        app.wake.ring("listen")
    return Taken(new, verdict)


def new_secret(app: App, source: SourceRow, by: str) -> str:
    """A fresh secret, told once; the one before stays good for a day. Raises ValueError for a source of the file."""
    if source.origin == "file":
        key = source.name.upper().replace("-", "_")
        raise ValueError(
            f"{source.name} is written in earshot.toml: give its secret in the environment, as "
            f"EARSHOT_SOURCES__{key}__SECRET, and start again."
        )
    model = app.connector_of(source).Settings
    if not {"secret", "old_secret", "old_until"} <= set(model.model_fields):
        raise ValueError(f"{source.name} is signed with its platform's own secret: set that under Settings.")
    now, made = app.clock.now(), ids.token(32)
    options = {key: value for key, value in source.options.items() if key not in ("old_secret", "old_until")}
    if before := options.get("secret"):
        known = secrets.opened(app.settings.home, {"secret": before}, model)["secret"]
        words = known.get_secret_value() if hasattr(known, "get_secret_value") else str(known)
        options |= secrets.sealed(app.settings.home, source.name, {"old_secret": words}, model)
        options["old_until"] = (now + OVERLAP).isoformat()
    options |= secrets.sealed(app.settings.home, source.name, {"secret": made}, model)
    with app.db.begin() as session:
        sources.note(session, source.name, options=options, notice="")
        events.add(session, now, by, "source.secret_made", f"source:{source.name}", overlap="old_until" in options)
    return made
