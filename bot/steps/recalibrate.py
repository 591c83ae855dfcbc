"""Where a brand's probabilities are corrected, the correction follows what people say: fitted every ten minutes."""

from datetime import datetime, timedelta

from bot.app import App
from bot.core.recalibrated import Curve, Label, fit
from bot.store import recalibrating, rights
from bot.store.db import Session
from bot.store.tables_house import AccountRow

SINCE = timedelta(days=90)  # of labels that count


def labels(app: App, session: Session, brand: str, now: datetime) -> list[Label]:
    """What people said of this reader's probabilities in the last ninety days."""
    return recalibrating.labels(session, brand, now - SINCE, app.reader)


def fit_due(app: App) -> int:
    """Fit every brand it is switched on for; one with too few labels left is corrected no more. Returns how many."""
    now = app.clock.now()
    with app.db.read() as session:
        names = recalibrating.all_on(session)
        found = {name: fit(labels(app, session, name, now)) for name in names}
        stale = [name for name in names if recalibrating.curve(session, name, app.reader) != found[name]]
    for name in stale:
        with app.db.begin() as session:
            if recalibrating.is_on(session, name):
                recalibrating.keep(session, name, found[name], app.reader, now)
    return len(stale)


def switch(app: App, brand: str, by: int, found: Curve | None) -> bool:
    """Correct a brand's probabilities by this curve from now on, or (None) no more. False if not theirs to say."""
    with app.db.begin() as session:
        account = session.get(AccountRow, by)
        if account is None or not rights.at_least(account, "admin") or not rights.sees(account, brand):
            return False
        recalibrating.switch(session, brand, found, app.reader, by, app.clock.now())
    return True
