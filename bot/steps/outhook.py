"""Events → other programs: signed, each under an id of its own, again until it is taken."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
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
    """Put what happened into the outbox, then tell the next hook of one thing. True if anything was done.

    Several threads may call it: each tells another hook, so that one that hangs keeps only its own waiting.
    """
    now = app.clock.now()
    with app.db.read() as session:
        wanted = bool(outhooks.all_of(session, None)) and outhooks.anything_new(session)
        waiting = outhooks.waiting(session, now)
    collected = wanted and _in_turn(app, "hooks", partial(_collect, app))
    return any(_in_turn(app, f"hook:{hook}", partial(_tell_one, app, hook)) for hook in waiting) or collected


def _in_turn(app: App, name: str, work: Callable[[], bool]) -> bool:
    """Do it unless another thread does."""
    if not app.turns.take(name):
        return False
    try:
        return work()
    finally:
        app.turns.end(name)


def _collect(app: App) -> bool:
    with app.db.begin() as session:
        return outhooks.collect(session, app.clock.now()) > 0


def _tell_one(app: App, hook_id: str) -> bool:
    now = app.clock.now()
    with app.db.begin() as session:
        row = outhooks.due(session, now, hook_id)
        hook = outhooks.get(session, int(hook_id)) if row is not None else None
        if row is None:
            return False
        if hook is None:
            return outbox.move(session, row.key, row.state, "withdrawn", error="The hook was ended.")
        one = Telling(row.key, row.text.encode(), row.tries + 1, row.brand, hook.id or 0, hook.url, hook.secret)
        if not outbox.move(session, row.key, row.state, "sending", tries=one.tries, tried_at=now):
            return True  # another process tells it
    _tell(app, one)
    return True


def _tell(app: App, row: Telling) -> None:
    body, now = row.body, app.clock.now()
    try:
        opened = secrets.opened(app.settings.home, {"secret": row.secret}, Secret)["secret"].get_secret_value()
        name = sha256(row.key.encode()).hexdigest()[:32]
        headers = signing.headers(opened, f"msg_{name}", now, body) | {"content-type": "application/json"}
        _http(app.settings.private_addresses, user_agent(app.settings.contact, app.settings.public_url)).request(
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
def _http(private_ok: bool, agent: str) -> Http:
    return Http(agent=agent, private_ok=private_ok, deadline_s=15.0, max_wire=100_000, max_redirects=0)


def tidy(app: App) -> int:
    """Forget what was settled a month ago."""
    with app.db.begin() as session:
        return outhooks.tidy(session, app.clock.now() - KEPT)
