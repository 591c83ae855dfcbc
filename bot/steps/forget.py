"""Deletions, retention, erasure: words go everywhere they are; figures and a tombstone stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.store import (
    brands,
    corrections,
    emptied,
    erase,
    events,
    fading,
    inbox,
    masks,
    people,
    person_copy,
    persons,
    platforms,
    posts,
    quotes,
    sources,
    steady,
)
from bot.store.db import Session
from bot.store.tables import PostRow
from connectors.types import Fades, Visits

BATCH = 200
UNMENTIONED = timedelta(days=7)
WINDOWS = 40  # of rows that were purged by an older version, looked at in an hour
LOG_INS = timedelta(days=30)  # kept so long after their end: a person may ask where they were signed in


def forget_some(app: App) -> int:
    """Purge posts that are gone at their platform, and people who are to be erased. Returns how much was done."""
    with app.db.read() as session:
        if persons.waiting(session) is None and not erase.gone_with_words(session, 1):
            return 0  # most looks find nothing: they hold up no writer
    if erased := erase_some(app):  # first: it needs their names to find what we wrote of them
        return erased
    now = app.clock.now()
    with app.db.begin() as session:
        gone = erase.gone_with_words(session, BATCH)
        _purge(session, gone, now, "post.purged", posts.GONE)
    return len(gone)


def _purge(
    session: Session, rows: list[PostRow], now: datetime, what: str, why: str, names: Sequence[str] = ()
) -> None:
    if not rows:
        return
    ids = [row.id for row in rows if row.id is not None]
    said = [words for row in rows for words in (row.text, row.title) if words]
    cases = persons.cases_of_posts(session, ids)
    erase.words_about(session, ids, ids_too=why != posts.RETIRED)
    quotes.without(session, cases, said, names, now)
    erase.put_aside(session, rows)
    erase.untidy(session, now)
    brands.unlearn(session, [row.text for row in rows], now)
    corrections.bury(session, ids, now)
    erase.relink(session, cases, posts.bury(session, rows, now, why))
    if why != posts.RETIRED:
        emptied.end(session, cases, now, emptied.ERASED if why == posts.ERASED else emptied.DELETED)
    events.add_many(session, now, "earshot", [(what, f"post:{key}", "", {}) for key in ids])


def retain(app: App) -> int:
    """After the retention period words go and numbers stay. Refused while the clock cannot be trusted."""
    now, kept = app.clock.now(), timedelta(days=app.settings.retention_days)
    _mask_old(app, now)
    _end_old(app, now)
    with app.db.begin() as session:
        if not steady.is_steady(session, now):
            return 0  # the clock leapt, or we slept: the next look decides (P-57)
        inbox.tidy(session, now - kept)
        if erase.aside_before(session, now - kept) + posts.drop_unmentioned(session, now - UNMENTIONED):
            erase.untidy(session, now)
        people.tidy(session, now - LOG_INS)
    retired = 0
    while batch := _retired(app, now, kept):
        retired += batch
    return retired + _fade(app, now)


def _fade(app: App, now: datetime) -> int:
    """What a source may never learn to be deleted leaves after the source's own days, where it names some."""
    with app.db.read() as session:
        rows = sources.all_of(session)
    done = 0
    for row in rows:
        try:
            connector = app.connector_of(row)
        except ValueError:
            continue  # its settings are broken: the listen step says so
        keeps = connector.keeps if isinstance(connector, Fades) else None
        while keeps and (batch := _faded(app, row.name, now, keeps, not isinstance(connector, Visits))):
            done += batch
    return done


def _faded(app: App, source: str, now: datetime, keeps: timedelta, all_of_it: bool) -> int:
    with app.db.begin() as session:
        rows = fading.faded(session, source, now - keeps, BATCH, all_of_it=all_of_it)
        _purge(session, rows, now, "post.retired", posts.RETIRED)
    return len(rows)


def _mask_old(app: App, now: datetime) -> None:
    """Posts that an older version purged: their ids lose the names in them, some at a time."""
    for _window in range(WINDOWS):
        with app.db.begin() as session:
            done = masks.mask_old(session, now)
            if done is None:
                return
            erase.relink(session, persons.cases_of_posts(session, done.posts), done.renamed)


def _end_old(app: App, now: datetime) -> None:
    """Cases that an older version left open when their last post went, some at a time."""
    for _window in range(WINDOWS):
        with app.db.begin() as session:
            if not emptied.end_old(session, now):
                return


def _retired(app: App, now: datetime, kept: timedelta) -> int:
    with app.db.begin() as session:
        rows = erase.older_than(session, now - kept, BATCH)
        _purge(session, rows, now, "post.retired", posts.RETIRED)
    return len(rows)


def scrub(app: App) -> bool:
    """Take the bytes of forgotten words out of the database's files (P-59: a search of the raw file finds none)."""
    return erase.scrub(app.db, app.clock.now())


@dataclass(frozen=True, slots=True)
class Erased:
    """The receipt: what there was of a person, when they were erased, and whether anything later is kept of them."""

    customer: int
    at: datetime
    places: persons.Places
    objects: bool


def preview(app: App, customer_id: int, by: int | None) -> persons.Places | None:
    """What erasing would take out. None where there is no such customer, or not for this person (None: the console)."""
    with app.db.read() as session:
        if persons.within_reach(session, customer_id, by) is None:
            return None
        return persons.places(session, persons.of(session, customer_id))


def erase_person(app: App, customer_id: int, by: int | None, objects: bool = False) -> Erased | None:
    """Erase a person from everything we hold, in all brands: words, names, ids, notes, drafts, copies at the team's
    rooms, the search index. Figures stay. `objects`: what they write later is not kept either. None as in `preview`."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = persons.within_reach(session, customer_id, by)
        if row is None:
            return None
        person = persons.of(session, customer_id)
        places = persons.places(session, person)
        persons.ask(session, person, now, objects)
        actor = f"account:{by}" if by is not None else "console"
        facts = {"customers": list(person.customers), "cases": places.cases, "posts": places.posts, "objects": objects}
        events.add(session, now, actor, "customer.erasing", f"customer:{customer_id}", row.brand, **facts)
    while erase_some(app):
        pass
    app.wake.ring("forget", "tell", "live")
    return Erased(customer_id, now, places, objects)


def copy_of(app: App, customer_id: int, by: int | None) -> dict[str, Any] | None:
    """All that is held of a person, for them (GDPR, article 15), written down in the log. None as in `preview`."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = persons.within_reach(session, customer_id, by)
        if row is None:
            return None
        person = persons.of(session, customer_id)
        told = person_copy.of(session, person)
        facts = {"posts": len(told["posts"]), "cases": len(told["cases"])}
        actor = f"account:{by}" if by is not None else "console"
        events.add(session, now, actor, "customer.copied", f"customer:{customer_id}", row.brand, **facts)
    return {"made_at": now.isoformat(), "customer": customer_id} | told


def purge_platform(app: App, platform: str) -> int:
    """Take everything a platform told us out of every place, because our access to it ended. Returns of how many posts.

    Figures and our own words stay. Raises ValueError while one of its sources still hears. May be run again after a
    crash: it goes on where it stopped.
    """
    with app.db.read() as session:
        hearing = platforms.heard_by(session, platform)
    if hearing:
        raise ValueError(f"{', '.join(hearing)} still hears {platform}: switch it off first, or it all comes back.")
    done = 0
    while batch := _purged(app, platform):
        done += batch
    now = app.clock.now()
    with app.db.begin() as session:
        platforms.finish(session, platform, now)
        erase.untidy(session, now)
        events.add(session, now, "console", "platform.purged", f"platform:{platform}", "", posts=done)
    app.wake.ring("forget", "tell", "live")
    return done


def _purged(app: App, platform: str) -> int:
    now = app.clock.now()
    with app.db.begin() as session:
        rows = platforms.posts_of(session, platform, BATCH)
        names = {name for row in rows for name in (row.author_handle, row.author_name) if name}
        _purge(session, rows, now, "post.erased", posts.ERASED, sorted(names))
        persons.unlink(session, rows)
    return len(rows)


def erase_some(app: App) -> int:
    """One step for a person who is to be erased: some of their posts, then what is left. Survives a crash between."""
    now = app.clock.now()
    with app.db.begin() as session:
        customer_id = persons.waiting(session)
        if customer_id is None:
            return 0
        person = persons.of(session, customer_id)
        rows = persons.posts_of(session, person, BATCH)
        if rows:
            persons.unname(session, person, [row.text for row in rows], now)
            _purge(session, rows, now, "post.erased", posts.ERASED, person.names)
            persons.unlink(session, rows)
            return len(rows)
        persons.unname(session, person, [], now)
        persons.finish(session, person, now)
        erase.untidy(session, now)
        for key in person.customers:
            events.add(session, now, "earshot", "customer.erased", f"customer:{key}")
    return 1
