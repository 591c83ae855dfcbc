"""A process that follows one stream of a database and writes a line for each page it stored: for the election's test.

python -m tests.fakes.follower DATABASE-URL HOME NAME
"""

import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from bot.clock import SystemClock
from bot.listening import Followers
from bot.store.db import Database
from config.settings import Settings
from connectors.memory import Memory
from connectors.types import Author, Page, Post, PostRef, Want
from tests.conftest import app_on


class Ticking(Memory):
    """A stream with a post every twentieth of a second."""

    def __init__(self, who: str) -> None:
        super().__init__()
        self.who = who

    def fetch(self, want: Want) -> Iterator[Page]:
        return iter(())

    def stream(self, want: Want, stop: threading.Event) -> Iterator[Page]:
        number = 0
        while not stop.wait(0.05):
            number += 1
            now = SystemClock().now()
            ref = PostRef("memory", f"{self.who}-{number}")
            yield Page(posts=(Post(ref, "", Author("a", "a"), "acme", now),), cursor=f"{self.who}-{number}")


def main() -> None:
    """Tend the followers until the process is killed."""
    url, home, who = sys.argv[1:4]
    database = Database(url, readers=4)
    platform = Ticking(who)
    app = app_on(database, SystemClock(), Settings(home=Path(home)), connector_of=lambda _row: platform)  # type: ignore[arg-type]
    followers = Followers(threading.Event(), lease=timedelta(seconds=1))
    while True:
        followers.tend(app)
        time.sleep(0.1)


if __name__ == "__main__":
    main()
