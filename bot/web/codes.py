"""Whether a code is right: from the app, or one of the ten for a lost phone. One that is right is used up by asking."""

import logging

from bot import ids
from bot.app import App
from bot.core import second
from bot.store import events, seconds
from bot.store.tables_second import SecondStepRow
from bot.web import passwords
from config import secrets

log = logging.getLogger(__name__)


def right(app: App, account_id: int, typed: str) -> bool:
    """Is it right, and was it not used before? A wrong one is counted and in the audit."""
    with app.db.read() as session:
        row = seconds.get(session, account_id)
    if row is None:
        return False
    code = second.plain(typed)
    good = _by_time(app, row, code) if second.is_by_time(code) else _recovered(app, account_id, code)
    if not good:
        with app.db.begin() as session:
            seconds.missed(session, account_id)
            events.add(session, app.clock.now(), "stranger", "session.refused", f"account:{account_id}", "", way="code")
    return good


def _by_time(app: App, row: SecondStepRow, code: str) -> bool:
    try:
        secret = second.bytes_of(secrets.told(app.settings.home, row.secret))
    except ValueError as error:  # the file is gone: recovery codes still work, and an operator can reset it
        log.error("A second step cannot be checked: %s", error)
        return False
    step = second.step_of(secret, code, app.clock.now(), row.last_step)
    if step is None:
        return False
    with app.db.begin() as session:
        return seconds.take(session, row.account_id, row.secret, step)


def _recovered(app: App, account_id: int, code: str) -> bool:
    """Takes as long for a number that was used as for one that was not."""
    now, number = app.clock.now(), second.number_of(code)
    if number is None:
        return False
    with app.db.read() as session:
        stored = seconds.code_hash(session, account_id, number)
    if not passwords.fits(stored, code) or stored is None:
        return False
    with app.db.begin() as session:
        if not seconds.spend(session, account_id, number, stored, now):
            return False
        left = seconds.codes_left(session, account_id)
        events.add(session, now, f"account:{account_id}", "second.recovered", f"account:{account_id}", "", left=left)
    return True


def fresh() -> tuple[list[str], list[str]]:
    """Ten recovery codes as people read them, and their hashes."""
    codes = [
        f"{number}{ids.word(second.RECOVERY_SIZE, second.RECOVERY_LETTERS)}" for number in range(second.RECOVERY_CODES)
    ]
    return [second.recovery_shown(code) for code in codes], [passwords.hashed(code) for code in codes]
