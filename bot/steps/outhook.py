"""Events → other programs: signed, each under an id of its own, again until it is taken."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256

from pydantic import BaseModel, SecretStr

from bot.app import App
from bot.core import signing
from bot.ids import jitter
from bot.store import events, outbox, outhooks
from config import secrets
from connectors.errors import PlatformError, RateLimited, Unsure
from connectors.http import Http, user_agent

MOST_TRIES = 12  # the last some 17 hours after the first
LONGEST_REST = timedelta(hours=6)
KEPT = timedelta(days=30)


class Secret(BaseModel):
    """A hook's secret, out of its file."""

    secret: SecretStr


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell one hook, as it was when the attempt was written down."""

    key: str
    body: bytes
    tries: int
    brand: str
    hook: int
    url: str
    secret: str


def tell_hooks(app: App) -> bool:
    """Put what happened into the outbox, then tell one hook of one thing. True if anything was done."""
    now = app.clock.now()
    with app.db.read() as session:
        wanted = bool(outhooks.all_of(session, None)) and outhooks.anything_new(session)
        ready = outhooks.due(session, now) is not None
    if not wanted and not ready:
        return False
    with app.db.begin() as session:
        collected = outhooks.collect(session, now) if wanted else 0
        row = outhooks.due(session, now)
        hook = outhooks.get(session, int(row.address)) if row is not None else None
        if row is None:
            return collected > 0
        if hook is None:
            return outbox.move(session, row.key, row.state, "withdrawn", error="The hook was ended.")
        one = Telling(row.key, row.text.encode(), row.tries + 1, row.brand, hook.id or 0, hook.url, hook.secret)
        outbox.move(session, row.key, row.state, "sending", tries=one.tries, tried_at=now)
    _tell(app, one)
    return True


def _tell(app: App, row: Telling) -> None:
    body, now = row.body, app.clock.now()
    try:
        opened = secrets.opened(app.settings.home, {"secret": row.secret}, Secret)["secret"].get_secret_value()
        name = sha256(row.key.encode()).hexdigest()[:32]
        headers = signing.headers(opened, f"msg_{name}", now, body) | {"content-type": "application/json"}
        _http(app.settings.private_addresses, app.settings.contact).request(
            "POST", row.url, headers=headers, content=body, write=True
        )
    except (PlatformError, ValueError) as error:
        _not_taken(app, row, error)
        return
    with app.db.begin() as session:
        outbox.move(session, row.key, "sending", "sent", sent_at=now, error="")


def _not_taken(app: App, row: Telling, error: Exception) -> None:
    """Again later; given up after MOST_TRIES. A lost answer may mean a second telling: its id makes that harmless."""
    now, tries = app.clock.now(), row.tries
    rest = min(timedelta(seconds=5 * 3 ** min(tries, 10) * jitter(0.8, 1.2)), LONGEST_REST)
    if isinstance(error, RateLimited):
        rest = max(error.retry_after, rest)
    why = str(error)[:300] or type(error).__name__
    with app.db.begin() as session:
        if tries >= MOST_TRIES:
            outbox.move(session, row.key, "sending", "refused", error=why)
            facts = {"hook": row.hook, "key": row.key, "unsure": isinstance(error, Unsure)}
            events.add(session, now, "earshot", "hook.gave_up", f"hook:{row.hook}", row.brand, **facts)
        else:
            outbox.move(session, row.key, "sending", "waiting", next_try_at=now + rest, error=why)


@lru_cache(maxsize=2)
def _http(private_ok: bool, contact: str) -> Http:
    return Http(agent=user_agent(contact), private_ok=private_ok, deadline_s=15.0, max_wire=100_000, max_redirects=0)


def tidy(app: App) -> int:
    """Forget what was settled a month ago."""
    with app.db.begin() as session:
        return outhooks.tidy(session, app.clock.now() - KEPT)
