"""What is missing after an outage of a followed stream: `python -m tests.bench outages`.

Every play of tests/fault/streams.py: Jetstream in both versions and with an account, and Mastodon, over real sockets,
on a clock moved by hand. BENCH_ONLY keeps the plays whose name holds it. Every play is checked as its tests are: it
ends with an AssertionError where a post is missing outside of what the ledger calls lost.
"""

import os
import tempfile
import time
from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from bot.clock import HandClock
from bot.store import migrate
from bot.store.db import Database
from config.settings import Settings
from tests.conftest import NOW
from tests.fault.streams import Balance, Play, played, plays


def report() -> None:
    """Print a line for each outage: how many posts were offered, how many are missing, and how much time is lost."""
    only = os.environ.get("BENCH_ONLY", "")
    for (world, kind), some in groupby([one for one in plays() if only in one.name], lambda one: (one.world, one.kind)):
        began = time.thread_time()
        parts = ", ".join(_told(some))
        print(f"   {world.__name__} {kind}: {parts} ({time.thread_time() - began:.1f} s CPU)", flush=True)


def _told(some: Iterable[Play]) -> Iterable[str]:
    for play in some:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{folder}/outage.sqlite")
            migrate.upgrade(database)
            try:
                yield f"{_span(play.span)} {_said(played(play, database, HandClock(NOW), Settings(home=Path(folder))))}"
            finally:
                database.close()


def _said(balance: Balance) -> str:
    if not balance.missed:
        return f"{balance.offered} of {balance.offered}"
    stored = balance.offered - balance.missed
    return f"{stored} of {balance.offered}, the rest in {balance.lost / timedelta(hours=1):.1f} h told as lost"


def _span(span: timedelta) -> str:
    return f"{span.days} d" if span.days else f"{span.seconds // 60} min"
