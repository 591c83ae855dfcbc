"""Read mentions, in the order the customers spoke: a few in one transaction, and a poisonous one alone."""

from datetime import timedelta

from bot.app import App
from bot.core.brand import Brand
from bot.steps.triage.deciding import decide_on
from bot.steps.triage.opening import write
from bot.steps.triage.round import Round
from bot.store import brands, bundling, corrections, desk, mentions, posts, quarantine, recalibrating
from bot.store.bundling import Lately
from bot.store.db import Session
from bot.store.tables import MentionRow, PostRow

BATCH = 50
FEWEST = 10  # decided on in one transaction while somebody waits for an answer: a press waits for the whole of it
LEAST = 3  # at once, however slow the machine is
TRIES = 3


def triage_some(app: App, limit: int = BATCH) -> int:
    """Decide on read mentions, in the order the customers spoke. Returns how many."""
    now, began = app.clock.now(), app.clock.monotonic()
    with app.db.read() as session:
        due = mentions.due_to_triage(session, now, min(limit, app.batches.of("triage", BATCH, LEAST)))
        said = bundling.lately(session, due, now) if due else {}
    if not due:
        return 0
    rest = due
    while rest:
        many = FEWEST if app.db.is_wanted() else limit
        some, rest = rest[:many], rest[many:]
        try:
            rest = _decide(app, some, said) + rest
        except Exception:  # noqa: BLE001  one mention of these is poison: find it by going one at a time
            for mention_id in some:
                _alone(app, mention_id, said)
    app.batches.took("triage", len(due), app.clock.monotonic() - began)
    app.wake.ring("incidents", "tell", "alert", "live", "recover")
    return len(due)


def _decide(app: App, ids: list[int], said: dict[str, Lately]) -> list[int]:
    """Decide on these in one transaction. Returns those that are left, because somebody came who waits for it."""
    left: list[int] = []
    app.hold("triage:before commit")
    with app.db.begin() as session:
        now = app.clock.now()
        known = recalibrating.applied(session, brands.all_of(session), app.reader)
        every = {brand.name: brand for brand in known}
        due = mentions.untriaged(session, ids)
        rules = corrections.rules(session, _corrected(session, due, every))
        work = Round(session, app, now, desk.laid(session, due, now), every, rules, said)
        for number, (mention, post) in enumerate(due):
            if number >= FEWEST and app.db.is_wanted():
                left = [one.id or 0 for one, _post in due[number:]]
                break
            decide_on(work, mention, post)
        write(work)
    app.hold("triage:after commit")
    return left


def _corrected(session: Session, due: list[tuple[MentionRow, PostRow]], every: dict[str, Brand]) -> list[Brand]:
    """Those of the batch's brands that somebody corrected."""
    names = corrections.brands_with(session, sorted({mention.brand for mention, _post in due}))
    return [every[name] for name in sorted(names) if name in every]


def _alone(app: App, mention_id: int, said: dict[str, Lately]) -> None:
    try:
        _decide(app, [mention_id], said)
    except Exception as error:  # noqa: BLE001  our bug: this one is put off and at last quarantined
        _put_off(app, mention_id, error)


def _put_off(app: App, mention_id: int, error: Exception) -> None:
    now = app.clock.now()
    with app.db.begin() as session:
        mention = mentions.get(session, mention_id)
        if mention is None:
            return
        mentions.put_off(session, [mention_id], now + timedelta(seconds=5))
        if mention.tries + 1 >= TRIES:
            mention.triaged_at = now
            session.add(mention)
            post = posts.of_mention(session, mention_id)
            raw = post.text.encode("utf-8", "replace")[:1_000_000]
            why = f"{type(error).__name__} while opening a case"
            quarantine.add(session, post.source, "triage", raw, why, now, f"mention:{mention_id}")
