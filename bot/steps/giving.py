"""Cases nobody has → who is here: by each brand's rule, and again when somebody comes, goes, or has room."""

from bot.app import App
from bot.store import workers


def give_some(app: App) -> int:
    """Take back what the absent were given, then hand out what waits. Returns how much was done."""
    now = app.clock.now()
    with app.db.read() as session:
        if not workers.any_rule(session):
            return 0
    with app.db.begin() as session:
        done = workers.give_back_of_absent(session, now) + workers.hand_out(session, now)
    if done:
        app.wake.ring("live")
    return done
