"""Answers handed over to a platform's own reply box → looked for below the posts they answer.

What is heard brings many of them by itself. A feed, a search, or a source without an account of ours never does; there
the clock would run on over a customer who has been answered.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.app import App
from bot.core.wanting import is_own
from bot.store import brands, cases, costs, posts, sources
from bot.store.tables import PostRow, ReplyRow, SourceRow
from connectors.errors import PlatformError
from connectors.types import Converses, Post, PostRef

LOOKS = tuple(timedelta(minutes=at) for at in (1, 3, 7, 15, 30, 60, 180, 720, 1440))
"""How long after a hand-over it is looked for; the last is a day later."""
BILLED = (LOOKS[0], LOOKS[3], LOOKS[6])
"""Where each look costs money."""


class Seeker:
    """When each answer was last looked for. What is forgotten here is looked for once more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked: dict[int, datetime] = {}

    def seek_one(self, app: App) -> bool:
        """Look for the next answer whose time has come, one at a time on each platform. True if there was one."""
        now = app.clock.now()
        with app.db.read() as session:
            handed = cases.handed_over(session, now - LOOKS[-1] - LOOKS[0])
            known = {source.name: source for source in sources.listening(session)}
            asked = [(reply, posts.of_mention(session, reply.mention_id)) for reply in handed]
        for reply, post in asked:
            source = known.get(post.source)
            if source is None or not self._is_due(reply, source, now) or not app.turns.take(f"seek:{post.platform}"):
                continue
            try:
                _seek(app, source, post)
            finally:
                app.turns.end(f"seek:{post.platform}")
            return True
        return False

    def _is_due(self, reply: ReplyRow, source: SourceRow, now: datetime) -> bool:
        """Whether one of its moments has come since it was last looked for; it is then taken for looked for."""
        moments = BILLED if source.spent or source.monthly_cap else LOOKS
        with self._lock:
            last = self._looked.get(reply.id or 0, reply.approved_at)
            if not any(last < reply.approved_at + after <= now for after in moments):
                return False
            self._looked[reply.id or 0] = now
            return True


def _seek(app: App, source: SourceRow, post: PostRow) -> None:
    """Take in what we said in this conversation; the confirm step knows which reply it is."""
    try:
        connector = app.connector_of(source)
    except ValueError:
        return  # its settings are broken: the sources page says so
    if not isinstance(connector, Converses):
        return
    try:
        page = connector.conversation(PostRef(post.platform, post.native_id)).by("conversation")
    except PlatformError:
        return  # the listen step tells of a platform's trouble; it is looked for again
    now = app.clock.now()
    with app.db.begin() as session:
        costs.look(session, source.name, page.cost, now)
        ours: Callable[[Post], bool] = is_own(brands.all_of(session))
        posts.keep(session, source, [said for said in page.posts if ours(said)], now, ours)
    app.wake.ring("confirm")
