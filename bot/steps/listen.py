"""Platform → posts, cursor, coverage."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from threading import Event

from bot import log
from bot.app import App
from bot.core.spending import Meter, Spending, dollars, next_month
from bot.core.wanting import is_own, want_of
from bot.ids import jitter
from bot.store import brands, clocks, costs, events, gaps, intake, quotas, retold, sources, tally
from bot.store.db import Session
from bot.store.tables import SourceRow
from connectors.checked import checked, legible
from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected
from connectors.text import storable
from connectors.types import Connector, Page, Post, Streams, Want

Mine = Callable[[Session], bool]
LEASE = timedelta(minutes=2)  # a poll of a dead process is due again after this
LONGEST_WAIT = timedelta(hours=1)
CROWD = 32  # of so many reads at once most hang: the other threads are kept for sources that are well
RENEW_FROM = timedelta(seconds=75)  # of what is left of the lease of a long read
SHARE = 20  # a source that kept a processor busy for a second rests for so many: a twentieth of one core is its part
LONGEST_PAUSE_S = 0.5  # of a stream after a page
PILE = 150_000  # posts that wait for the steps after us: more than a minute of two thousand a second (P-35)
LOOK_AGAIN = timedelta(seconds=0.5)
LONGEST_BREATHER = timedelta(minutes=4)  # beyond five a source counts as stranded
CAPPED = gaps.CAPPED  # how the sentence begins that says why nothing is read any more this month
AUTH_WAIT = timedelta(minutes=12)  # P-08: a revoked token is tried at most six times an hour


def wait_after(error: Exception, failures: int) -> timedelta:
    """How long a source rests after its n-th failure in a row."""
    if isinstance(error, RateLimited):
        return min(max(error.retry_after, timedelta(seconds=1)), timedelta(days=1))
    if isinstance(error, AuthFailed):
        return AUTH_WAIT
    return min(timedelta(seconds=5 * 2 ** min(failures, 10) * jitter(0.8, 1.2)), LONGEST_WAIT)


def poll_one(app: App) -> bool:
    """Read the source whose time has come. True if there was one."""
    taken = take_some(app, 1)
    for source in taken:
        poll_taken(app, source)
    return bool(taken)


def take_some(app: App, limit: int) -> list[SourceRow]:
    """Have sources whose time has come for this process alone, all in one transaction. Each is to be read at once."""
    now, well = app.clock.now(), len(app.held.all()) >= CROWD
    with app.db.read() as session:
        due = sources.due(session, now, limit, well)
    if not due:
        return []  # most looks find nothing: they hold up no writer
    with app.db.begin() as session:
        taken = [row for row in due if sources.take(session, row, now, LEASE)]
    for row in taken:
        app.held.begin(row.name, now + LEASE)
    return taken


def poll_taken(app: App, source: SourceRow) -> None:
    """Read a source that this process has for itself, and give it back."""
    try:
        poll(app, source)
    finally:
        app.held.end(source.name)


def renew_some(app: App) -> bool:
    """Make the lease of every long read of this process longer; one that was lost lets go. True if there was any."""
    now = app.clock.now()
    ending = {name: until for name, until in app.held.all().items() if until - now < RENEW_FROM}
    if not ending:
        return False
    with app.db.begin() as session:
        kept = {name: sources.renew(session, name, until, now + LEASE) for name, until in ending.items()}
    for name, ours in kept.items():
        if ours:
            app.held.begin(name, now + LEASE)
        else:
            app.held.end(name)
    return True


def resume(app: App) -> int:
    """For the start of a process that is alone: reads that a dead one had begun are due now. Returns how many."""
    with app.db.begin() as session:
        return sources.free(session, app.clock.now())


def poll(app: App, source: SourceRow) -> None:
    """Read everything new from a source, page by page; what went wrong is written on its row, never raised."""
    began, quiet = app.clock.worked(), list[Page]()
    try:
        connector = app.connector_of(source)
        told = _keep_all(app, source, _but_quiet(map(checked, connector.fetch(want(app, source))), quiet), Event())
    except intake.Overtaken:
        return
    except Exception as error:  # noqa: BLE001  a connector may be a stranger's: it rests, the other sources go on
        if not _changed_meanwhile(app, source):
            failed(app, source, error)
    else:
        rest = rest_of(source.every_s, app.clock.worked() - began)
        with suppress(intake.Overtaken):
            went_well(app, source, told or any(map(_tells, quiet)), rest, quiet)


def rest_of(every_s: float, worked_s: float) -> timedelta:
    """How long a source rests after a read: its interval; longer after much work, so that others get their turn."""
    return max(timedelta(seconds=every_s), min(timedelta(seconds=worked_s * SHARE), LONGEST_BREATHER))


def follow(app: App, source: SourceRow, connector: Connector, stop: Event, mine: Mine = lambda _session: True) -> None:
    """Hear a stream until it breaks or `stop` is set; first what was missed meanwhile is fetched.

    `mine` is asked in every transaction that stores a page: whether nobody else follows this source by now.
    """
    try:
        if source.cursor is not None:
            _keep_all(app, source, connector.fetch(want(app, source)), stop, mine)
        if isinstance(connector, Streams) and not stop.is_set() and may_follow(app, source):
            wanted = want(app, source)
            meter = Meter(app.clock.now(), wanted.resting) if source.monthly_cap > 0 else None
            _keep_all(app, source, _evenly(app, connector.stream(wanted, stop), stop), stop, mine, True, meter)
    except intake.Overtaken:
        return
    except Exception as error:  # noqa: BLE001  as in poll
        if not _changed_meanwhile(app, source):
            failed(app, source, error)


def may_follow(app: App, source: SourceRow) -> bool:
    """Whether a stream may be begun under the month's cap; else the source is read from time to time."""
    if not source.monthly_cap:
        return True
    now = app.clock.now()
    with app.db.read() as session:
        closed = costs.is_closed(session, source, now)
        return not closed and costs.spending(session, source, now, useful=False).may_stream()


def _changed_meanwhile(app: App, source: SourceRow) -> bool:
    """A person gave the source other settings while it was read: what broke was the old connection, no platform."""
    with app.db.begin() as session:
        now = sources.get(session, source.name)
        if now is None or (now.connector, now.options) == (source.connector, source.options):
            return now is None
        if now.state in ("listening", "waiting"):
            sources.note(session, source.name, next_poll_at=app.clock.now())
    return True


def want(app: App, source: SourceRow) -> Want:
    """What this source should look for: every brand's words, from where it stopped.

    Raises RateLimited once its monthly cap is spent; before that the queries that bring least for their money wait.
    """
    now = app.clock.now()
    with app.db.read() as session:
        every = brands.all_of(session)
        capped = source.monthly_cap > 0
        spending = costs.spending(session, source, now) if capped else Spending((), 0.0, now)
    _within(spending)
    wanted = want_of(every, source.cursor, timedelta(hours=app.settings.first_look_h))
    return replace(wanted, resting=spending.resting(), budget=spending.left)


def _within(spending: Spending) -> None:
    """Raise RateLimited where the cap of the month is spent."""
    if spending.used_up:
        words = f"{CAPPED} of {dollars(spending.cap)} is reached. Raise it, or wait for the new month (UTC)."
        raise RateLimited(words, next_month(spending.now) - spending.now)


def _goes_on(app: App, source: SourceRow, page: Page, meter: Meter | None) -> bool:
    """A stream is asked once what it may cost: while it runs, too, it must not go beyond the cap, with all that is
    under way. Raises RateLimited once the cap is spent."""
    if not page.cost or not source.monthly_cap:
        return True
    now = app.clock.now()
    with app.db.read() as session:
        spending = costs.spending(session, source, now)
    _within(spending)
    if meter is None:
        return True
    under_way = meter.under_way(float(page.cost), now)
    if not spending.may_stream(under_way):
        with app.db.begin() as session:
            costs.close_stream(session, source, now)
        return False
    return not meter.ends(spending, [bill.query for bill in page.bills], now)


def _keep_all(
    app: App,
    source: SourceRow,
    pages: Iterable[Page],
    stop: Event,
    mine: Mine = lambda _session: True,
    live: bool = False,
    meter: Meter | None = None,
) -> bool:
    """Store page by page. True if the connector itself said what it heard and what it missed.

    A source that failed is well again once it got on. `live`: a stream is, once it brings anything; a read may give
    what it found before it breaks off at the same place each time, and must rest longer and longer.
    """
    told, own = False, cache(partial(_own, app))
    for page in pages:
        told, before = told or _tells(page), source.cursor
        app.hold("ingest:page in memory")
        for part in intake.parts(page):
            with app.db.begin() as session:
                if not mine(session):
                    raise intake.Overtaken(source.name)
                kept = intake.keep_page(session, source, part, app.clock.now(), own())
                app.hold("ingest:before commit")
            app.hold("ingest:after commit")
            if kept.new or kept.changed:
                app.wake.ring("match", "confirm")
            if kept.hidden:
                app.wake.ring("forget")
        if (page.posts and source.cursor != before) or (live and _heard(page)):
            _listening_again(app, source)
        if not _goes_on(app, source, page, meter) or stop.is_set():
            break
    return told


def _own(app: App) -> Callable[[Post], bool]:
    with app.db.read() as session:
        return is_own(brands.all_of(session))


def _tells(page: Page) -> bool:
    """Whether the connector itself says what it heard or missed."""
    return page.covered is not None or page.truncated or page.lost is not None


def _heard(page: Page) -> bool:
    """Whether a stream brought anything, if only a stretch of silence: to be connected is not to hear."""
    return bool(page.posts) or (page.covered is not None and page.covered.start < page.covered.end)


def _but_quiet(pages: Iterable[Page], quiet: list[Page]) -> Iterator[Page]:
    """The pages of a read. A last one that brings nothing is put into `quiet`: it is stored with the read's end.

    Most reads are such a page, and each transaction less is a wait for the disk less.
    """
    waiting: Page | None = None
    try:
        for page in pages:
            if waiting is not None:
                yield waiting
            waiting = page if _brings_nothing(page) else None
            if waiting is None:
                yield page
    except Exception:
        if waiting is not None:
            yield waiting
        raise
    quiet += [waiting] if waiting is not None else []


def _brings_nothing(page: Page) -> bool:
    brings = (page.posts, page.poison, page.lost, page.truncated, page.cost, page.bills)
    return not any((*brings, page.gone, page.gone_authors, page.back_authors))


def _evenly(app: App, pages: Iterable[Page], stop: Event) -> Iterator[Page]:
    """After each page a rest as long as it kept a processor busy: a stream without end has half a core at most.

    Hearing waits for reading last of all (P-35): what is urgent in a flood is found only in what was heard, and the
    line of what waits lets it, and others' posts, pass (match.py). Only where more piles up than any crisis brings the
    stream is not read for a while.
    """
    worked, unasked, room = app.clock.worked(), 0, 0
    for page in legible(map(checked, pages)):
        yield page
        rest = min(app.clock.worked() - worked, LONGEST_PAUSE_S)
        app.clock.sleep(timedelta(seconds=rest), stop)
        unasked += len(page.posts)
        if unasked >= max(intake.BREATH, room // 2):
            room, unasked = PILE - _until_less_waits(app, stop), 0
        worked = app.clock.worked()


def _until_less_waits(app: App, stop: Event) -> int:
    """Wait while posts wait for the steps after us and these get on; where nobody takes any away it helps none.

    Returns how many wait then.
    """
    before: int | None = None
    while True:
        with app.db.read() as session:
            waiting = tally.waiting(session, app.clock.now(), 4 * PILE)
        if waiting < PILE or (before is not None and waiting >= before) or stop.is_set():
            return waiting
        before = waiting
        app.clock.sleep(LOOK_AGAIN, stop)


def _listening_again(app: App, source: SourceRow) -> None:
    if source.failures or source.error_since is not None:
        went_well(app, source)


def went_well(
    app: App, source: SourceRow, told: bool = True, rest: timedelta | None = None, quiet: Sequence[Page] = ()
) -> None:
    """A read ended well: the next one is due after the source's interval; an outage's end is logged once.

    Where that would use up what the platform said is left of its limit, the source waits longer.
    A connector that tells nothing of coverage was read to its end: all since the read before, if that was well.
    `quiet`: the read's last page, which brought nothing. Raises intake.Overtaken as storing any page does.
    """
    now = app.clock.now()
    with app.db.begin() as session:
        for page in quiet:
            intake.keep_page(session, source, page, now, lambda _post: False)
        if source.failures:
            events.add(session, now, "earshot", "source.recovered", f"source:{source.name}", failures=source.failures)
        retold.heard_again(session, source.name, source.error_since)  # also where a person mended it: it counts anew
        if not told and source.polled_at is not None and source.failures == 0 and not source.history:
            gaps.cover(session, source.name, source.polled_at, now)
        changes: dict[str, object] = {
            "failures": 0,
            "error": "",
            "error_since": None,
            "polled_at": now,
            "heard_at": now,
        }
        primed = source.primed_at or now
        rest = rest or timedelta(seconds=source.every_s)
        clocks.told_ahead(session, source.name, app.ahead_of(source.name), now)
        quota = quotas.of_source(session, source.name)
        slower = quota.rest(now, rest) if quota is not None else None
        state = "listening" if slower is None else "waiting"
        changes |= {"next_poll_at": now + (slower or rest), "primed_at": primed}
        sources.became(session, source.name, state, **changes)
    source.failures, source.error_since = 0, None
    source.primed_at, source.polled_at = primed, now


def failed(app: App, source: SourceRow, error: Exception) -> None:
    """A read failed: rest as the error asks, and say so once when it starts."""
    now = app.clock.now()
    wait = wait_after(error, source.failures)
    if not isinstance(error, PlatformError | ValueError) and source.failures == 0:
        log.get(f"source:{source.name}").error("broke", **log.broke(error))
    stopped = isinstance(error, Rejected | ValueError) and not isinstance(error, UnicodeError)
    with app.db.begin() as session:
        if source.failures == 0:
            events.add(session, now, "earshot", "source.failed", f"source:{source.name}", error=type(error).__name__)
        if isinstance(error, RateLimited) and not str(error).startswith(CAPPED):
            quotas.told_to_rest(session, source.name, now + wait, now)
        needs_person = isinstance(error, AuthFailed) or (stopped and source.failures >= 2)
        sources.became(
            session,
            source.name,
            "stopped" if stopped and source.failures >= 2 else "waiting",
            failures=source.failures + 1,
            error=("A person must act: " if needs_person else "") + _words_of(error),
            error_since=source.error_since or now,
            polled_at=now,
            next_poll_at=now + wait,
        )
    source.failures, source.error_since = source.failures + 1, source.error_since or now
    app.wake.ring("alert")


def _words_of(error: Exception) -> str:
    """What the sources page says of it; of our own bugs the kind, too."""
    kind = "" if isinstance(error, PlatformError | ValueError) else f"{type(error).__name__}: "
    return storable(f"{kind}{error}")[:500]
