"""Digests that were made already: a week is a document, and making one of a busy week takes seconds.

Kept in memory only, so that nothing a customer deletes stays in a copy; found again by a stamp of the rows it is of.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from bot.app import App
from bot.core.brand import Brand
from bot.core.week import Week
from bot.digest import render
from bot.digest.document import Document, address
from bot.steps import digest
from bot.store import brands, schedules, topics, weeks, weeks_beside

MOST = 6
RUNNING = timedelta(minutes=1)  # how old the figures of a week that still runs may be
FILES = (("eml", "As an e-mail"), ("csv", "CSV"), ("json", "JSON"), ("pdf", "PDF"))

Stamp = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A digest and its page. `rows` stamps the rows it is of; `words` what must never be out of date: deletions and
    the brand's own rules."""

    document: Document
    body: Markup
    rows: Stamp
    words: Stamp


class Kept:
    """The last few digests. Two who ask for the same one wait for one making."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._turn = threading.Lock()
        self._turns: dict[tuple[str, str], threading.Lock] = {}
        self._made: OrderedDict[tuple[str, str], Made] = OrderedDict()

    def get(self, brand: Brand, week: Week) -> Made:
        """The digest as of now; of a week that still runs, as of a minute ago at most."""
        key = (brand.name, week.label)
        with self._turn:
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:
            rows, words = self._stamps(brand, week)
            there = self._made.get(key)
            if there is None or there.words != words or not (there.rows == rows or self._young(there)):
                there = self._make(brand, week, rows, words)
                self._keep(key, there)
        return there

    def _stamps(self, brand: Brand, week: Week) -> tuple[Stamp, Stamp]:
        with self._app.db.read() as session:
            rivals = [one.name for one in brands.all_of(session) if one.competitor]
            rows = (*weeks.stamp(session, [brand.name, *rivals], week), *weeks_beside.stamp(session, brand.name, week))
            gone = weeks.gone(session, brand.name, week)
            named = tuple(topics.shown(session, brand.name).items())
            locale = schedules.of(session, brand.name, schedules.WEEKLY, brand.zone).locale
        return (*rows, tuple(rivals)), (brand.model_dump_json(), gone, locale, named)

    def _young(self, made: Made) -> bool:
        now = self._app.clock.now()
        return not made.document.over and timedelta() <= now - made.document.made_at < RUNNING

    def _make(self, brand: Brand, week: Week, rows: Stamp, words: Stamp) -> Made:
        document = digest.build(self._app, brand.name, week)
        home = address(brand.name, week.label)
        files = tuple((f"{home}/file/{form}", said) for form, said in FILES)
        return Made(document, render.body(document, files_at=files), rows, words)

    def _keep(self, key: tuple[str, str], made: Made) -> None:
        with self._turn:
            self._made[key] = made
            self._made.move_to_end(key)
            while len(self._made) > MOST:
                old, _ = self._made.popitem(last=False)
                self._turns.pop(old, None)
