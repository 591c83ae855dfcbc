"""One-time links: first account, invitation, new password. Their host comes from the settings, never a request."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot import ids
from bot.app import App
from bot.store import people
from bot.store.tables_house import LinkRow

INVITE_LIVES = timedelta(days=3)
PASSWORD_LIVES = timedelta(hours=1)


def make(app: App, purpose: str, facts: Mapping[str, Any], lives: timedelta) -> str:
    """A new link's token. Only its hash is kept, so it can be shown once."""
    token = ids.token()
    with app.db.begin() as session:
        people.make_link(session, ids.digest_of(token), purpose, facts, app.clock.now(), lives)
    return token


def find(app: App, token: str, *purposes: str) -> LinkRow | None:
    """The link, if it still works: it does no longer once its maker may not make such a one."""
    now, hashed = app.clock.now(), ids.digest_of(token)
    with app.db.read() as session:
        found = (people.link(session, hashed, purpose, now) for purpose in purposes)
        return next((row for row in found if row is not None and people.stands(session, row)), None)
