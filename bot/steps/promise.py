"""Promises whose time passed unkept: written down as broken, once, so that the queue and the figures say so."""

from bot.app import App
from bot.core.room_words import broke
from bot.store import ask_notices, events, notices, promises

BATCH = 100


def watch_promises(app: App) -> bool:
    """Note what broke since the last look. True if anything did; it stays owed until somebody keeps it."""
    now = app.clock.now()
    with app.db.read() as session:
        if not promises.due(session, now, 1):
            return False
    with app.db.begin() as session:
        broken = promises.due(session, now, BATCH)
        happened = []
        for row in broken:
            promises.broke(session, row.id or 0, now)
            facts: dict[str, object] = {"promise": row.id, "due_at": row.due_at}
            happened.append(("promise.broken", f"case:{row.case_id}", row.brand, facts))
            text, body = broke(row.case_id, now - row.due_at, f"{app.settings.address}/cases/{row.case_id}")
            notices.queue_plain(
                session, app.settings, ask_notices.promise_key(row.id or 0), ask_notices.PROMISE, text, body, now
            )
        events.add_many(session, now, "earshot", happened)
    app.wake.ring("live", "tell")
    return True
