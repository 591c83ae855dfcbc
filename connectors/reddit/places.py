"""Whether our account may comment in a subreddit at all: asked before anybody types, remembered for a few minutes.

Facts (https://www.reddit.com/dev/api, r/subreddit/about, a `t5`): `user_is_banned`, `user_is_contributor` and
`user_is_moderator` are of the account that asks; null where nobody is signed in. `restrict_commenting` leaves comments
to approved members; `subreddit_type` "restricted" alone is about submissions. `user_is_muted` is about messages to the
moderators and closes no thread.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from connectors.errors import PlatformError
from connectors.reddit.client import Client

_NAME = re.compile(r"/r/([A-Za-z0-9_]{2,50})/comments/")
_KNOWN_FOR = timedelta(minutes=5)
_AFTER_TROUBLE = timedelta(minutes=1)
_KEPT = 1000
_BARRED = "Our account is banned from r/{name}: Reddit takes no answer from it there."
_MEMBERS = "In r/{name} only approved members may comment, and our account is none."
_ARCHIVED = "r/{name} is archived: nobody can answer there."


class Places:
    """Of each subreddit what stands against an answer of ours, "" if nothing does or Reddit does not say."""

    def __init__(self, client: Client, now: Callable[[], datetime]) -> None:
        self._client = client
        self._now = now
        self._known: OrderedDict[str, tuple[datetime, str]] = OrderedDict()
        self._lock = threading.Lock()

    def why_not(self, url: str) -> str:
        """Why the post at this address takes no answer of ours. Never raises: before it leaves, Reddit has its say."""
        found = _NAME.search(url)
        if found is None:
            return ""
        name, now = found[1], self._now()
        with self._lock:
            known = self._known.get(name.casefold())
        if known is not None and now < known[0]:
            return known[1]
        try:
            told, until = barred(self._client.about(name), name), now + _KNOWN_FOR
        except PlatformError:
            told, until = "", now + _AFTER_TROUBLE
        with self._lock:
            self._known[name.casefold()] = until, told
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return told


def barred(thing: Any, name: str) -> str:
    """What a subreddit's own page says against an answer of the account that asked; "" if nothing."""
    data = thing.get("data") if isinstance(thing, dict) and thing.get("kind") == "t5" else None
    if not isinstance(data, dict):
        return ""
    ours = data.get("user_is_contributor") is True or data.get("user_is_moderator") is True
    if data.get("user_is_banned") is True:
        return _BARRED.format(name=name)
    if data.get("subreddit_type") == "archived":
        return _ARCHIVED.format(name=name)
    return _MEMBERS.format(name=name) if data.get("restrict_commenting") is True and not ours else ""
