"""A rewind that takes its time: run in a thread, looked after by a page that says how far it is and can call it off.

One a person at a time, a few in all; kept in this process only. Nothing but the person's own save is written by it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot import ids, log
from bot.app import App
from bot.core.brand import Brand
from bot.web import preview, rehearse
from bot.web.brand_form import BrandForm

AT_ONCE = 200  # posts that are run again while the browser waits for its answer: well below a second
KEPT = timedelta(minutes=15)
LONGEST_ROUND_S = 2.0  # a person who calls it off waits so long for its batch at most
MOST_RUNNING = 2  # each takes a core while it runs


class Stopped(Exception):
    """The person called it off."""


@dataclass(slots=True)
class Look:
    """One rewind under way or done. `of` posts are run twice. `saving`: saved without a word if nothing changes."""

    key: str
    by: int
    form: BrandForm
    before: Brand
    brand: Brand
    saving: bool
    of: int
    began_at: datetime
    looked_at: int = 0
    told: rehearse.Rehearsal | None = None
    heard: preview.Preview | None = None
    saved: bool = False
    wrong: str = ""
    called_off: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def looked(self, posts: int) -> None:
        """So many more posts were looked at. Raises Stopped."""
        self.looked_at += posts
        if self.called_off.is_set():
            raise Stopped

    @property
    def hundredths(self) -> int:
        """How far it is, 0 to 99."""
        return min(99, 100 * self.looked_at // max(1, 2 * self.of))


@dataclass(slots=True)
class Looks:
    """Every rewind of this process."""

    _kept: dict[str, Look] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, app: App, look: Look, save: Callable[[], bool]) -> bool:
        """Start it; an earlier one of the same person ends. False if too many are under way."""
        if not self._take(look):
            return False
        threading.Thread(target=_run, args=(app, look, save), name="rewind", daemon=True).start()
        return True

    def get(self, key: str, by: int, brand: str) -> Look | None:
        """A person's own look at this brand."""
        with self._lock:
            look = self._kept.get(key)
        return look if look is not None and look.by == by and look.before.name == brand else None

    def _take(self, look: Look) -> bool:
        with self._lock:
            for key, other in list(self._kept.items()):
                if other.by == look.by or look.began_at - other.began_at > KEPT:
                    other.called_off.set()
                    del self._kept[key]
            if sum(not other.done.is_set() for other in self._kept.values()) >= MOST_RUNNING:
                return False
            self._kept[look.key] = look
            return True


def look_of(app: App, by: int, form: BrandForm, before: Brand, brand: Brand, saving: bool) -> Look:
    """A look that has not begun."""
    return Look(ids.token(12), by, form, before, brand, saving, rehearse.how_many(app), app.clock.now())


def _run(app: App, look: Look, save: Callable[[], bool]) -> None:
    try:
        look.heard = None if look.saving else preview.preview(app, look.brand)
        told = rehearse.rehearse(app, look.before, look.brand, looked=look.looked)
        if look.saving and not told.changes and not look.called_off.is_set():
            look.saved = save()
            look.wrong = "" if look.saved else "The brand was changed meanwhile. Look at it anew."
        look.told = told
    except Stopped:
        look.wrong = "Called off. Nothing was saved."
    except Exception as error:  # noqa: BLE001  our bug: the page says so, and the person can go on
        log.get("rewind").error("failed", error=f"{type(error).__name__}: {error}", exc_info=error)
        look.wrong = "It could not be run again: an error of ours, written in the log. Nothing was saved."
    finally:
        look.done.set()
