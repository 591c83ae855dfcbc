"""A rewind that takes its time: run in a thread, looked after by a page that says how far it is and can call it off.

One of a kind a person at a time, a few in all; kept in this process only. Nothing but the person's own save is written.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from bot import ids, log
from bot.app import App
from bot.core.brand import Brand
from bot.store import rehearsal
from bot.web import preview, rehearse
from bot.web.brand_form import BrandForm

AT_ONCE = 400  # judgements of a post (each is judged by the old rules and by every new one) while the browser waits
FOR_OFFERS = 600  # of the newest posts that offers are tried on: there are several offers
KEPT = timedelta(minutes=15)
LONGEST_ROUND_S = 2.0  # a person who calls it off waits so long for its batch at most
MOST_RUNNING = 2  # each takes a core while it runs
MOST_KEPT = 8  # what they found is up to 2,000 posts each
BUSY = "Others are trying changes in this moment. Press again in a minute."


class Stopped(Exception):
    """The person called it off."""


@dataclass(slots=True, kw_only=True)
class Look:
    """One rewind under way or done. `of` posts are run by the rules as they are and by each of `afters`.

    `mark` names all that its answer depends on; `back` is the page that shows it, without the look's key.
    """

    key: str
    by: int
    before: Brand
    afters: tuple[Brand, ...]
    of: int
    began_at: datetime
    limit: int = rehearse.MOST
    days: int = rehearse.DAYS
    mark: str = ""
    back: str = ""
    looked_at: int = 0
    told: tuple[rehearse.Rehearsal, ...] | None = None
    wrong: str = ""
    otherwise: rehearse.Otherwise = rehearse.same
    called_off: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def looked(self, posts: int) -> None:
        """So many more posts were looked at. Raises Stopped."""
        self.looked_at += posts
        if self.called_off.is_set():
            raise Stopped

    def run(self, app: App) -> tuple[rehearse.Rehearsal, ...]:
        """What each change would have brought. Raises Stopped."""
        return tuple(
            rehearse.rehearse_many(app, self.before, self.afters, self.days, self.limit, self.looked, self.otherwise)
        )

    @property
    def looks(self) -> int:
        """How many judgements it takes in all."""
        return (1 + len(self.afters)) * self.of

    @property
    def hundredths(self) -> int:
        """How far it is, 0 to 99."""
        return min(99, 100 * self.looked_at // max(1, self.looks))

    @property
    def first(self) -> rehearse.Rehearsal | None:
        """What the first change would have brought, once that is known."""
        return self.told[0] if self.told else None

    @property
    def under_way(self) -> bool:
        """Neither told nor ended yet."""
        return self.told is None and not self.done.is_set()

    @property
    def here(self) -> str:
        """The page that says how far it is."""
        return f"/brands/{quote(self.before.name, safe='')}/rewind/{self.key}"


@dataclass(slots=True, kw_only=True)
class Change(Look):
    """A look at what a person typed. `saving`: saved without a word if nothing changes."""

    form: BrandForm
    saving: bool
    heard: preview.Preview | None = None
    saved: bool = False


@dataclass(slots=True)
class Looks:
    """Every rewind of this process."""

    _kept: dict[str, Look] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, app: App, look: Look, work: Callable[[], None]) -> bool:
        """Start it; an earlier one of the same person ends. False if too many are under way."""
        if not self._take(look):
            return False
        threading.Thread(target=_run, args=(app, look, work), name="rewind", daemon=True).start()
        return True

    def get(self, key: str, by: int, brand: str) -> Look | None:
        """A person's own look at this brand."""
        with self._lock:
            look = self._kept.get(key)
        return look if look is not None and look.by == by and look.before.name == brand else None

    def found(self, mark: str, now: datetime) -> Look | None:
        """Anybody's look that has answered the same question, while all that the answer depends on is as it was."""
        with self._lock:
            every = [look for look in self._kept.values() if look.mark == mark and look.told is not None]
        return next((look for look in every if now - look.began_at <= KEPT), None)

    def keep(self, look: Look) -> None:
        """A look that was done at once, for who asks the same again."""
        look.done.set()
        with self._lock:
            self._clear(look)
            self._kept[look.key] = look

    def _take(self, look: Look) -> bool:
        with self._lock:
            self._clear(look)
            if sum(not other.done.is_set() for other in self._kept.values()) >= MOST_RUNNING:
                return False
            self._kept[look.key] = look
            return True

    def _clear(self, look: Look) -> None:
        """Room for it: the person's earlier one of its kind is called off, old answers go."""
        for key, other in list(self._kept.items()):
            again = other.by == look.by and type(other) is type(look) and not other.done.is_set()
            if again or look.began_at - other.began_at > KEPT:
                other.called_off.set()
                del self._kept[key]
        done = [key for key, other in self._kept.items() if other.done.is_set()]
        for key in done[: max(0, len(done) + 1 - MOST_KEPT)]:
            del self._kept[key]


def change_of(
    app: App, by: int, form: BrandForm, before: Brand, brand: Brand, saving: bool, days: int = rehearse.DAYS
) -> Change:
    """A look at a changed brand that has not begun."""
    return Change(
        key=ids.token(12), by=by, form=form, before=before, afters=(brand,), saving=saving, days=days,
        of=rehearse.how_many(app, days=days), began_at=app.clock.now(),
    )  # fmt: skip


def asked(
    app: App, looks: Looks, by: int, before: Brand, afters: Sequence[Brand], *, back: str, key: str = "",
    limit: int = rehearse.MOST,
) -> Look | None:  # fmt: skip
    """What these changes would have done: the look of that key, one found before, one done here, else one that begins.

    None when too many are under way.
    """
    look = looks.get(key, by, before.name) if key else None
    if look is not None and look.afters == tuple(afters):
        return look
    mark, now = _mark(app, before, afters, limit), app.clock.now()
    if (known := looks.found(mark, now)) is not None:
        return known
    look = Look(
        key=ids.token(12), by=by, before=before, afters=tuple(afters), limit=limit, mark=mark, back=back,
        of=rehearse.how_many(app, limit), began_at=now,
    )  # fmt: skip
    if look.looks > AT_ONCE:
        return look if looks.begin(app, look, lambda: _tell(app, look)) else None
    _tell(app, look)
    looks.keep(look)
    return look


def _tell(app: App, look: Look) -> None:
    look.told = look.run(app)


def _mark(app: App, before: Brand, afters: Sequence[Brand], limit: int) -> str:
    """All that an answer depends on: the rules, and where the store stands. (A process has one reader.)"""
    with app.db.read() as session:
        stands = rehearsal.stands(session)
    rules = "\n".join(brand.model_dump_json() for brand in (before, *afters))
    return ids.digest_of(f"{stands} {limit}\n{rules}")


def _run(app: App, look: Look, work: Callable[[], None]) -> None:
    try:
        work()
    except Stopped:
        look.wrong = "Called off. Nothing was saved."
    except Exception as error:  # noqa: BLE001  our bug: the page says so, and the person can go on
        log.get("rewind").error("failed", **log.broke(error))
        look.wrong = "It could not be run again: an error of ours, written in the log. Nothing was saved."
    finally:
        look.done.set()
