"""Names of people inside platforms' ids: a purged post's row keeps none, and is still known when it is shown again.

Some ids name who wrote: at://did:plc:…/app.bsky.feed.post/3k, https://m.social/users/ada/statuses/1, <x@firm.example>.
Of a purged post the name in them is replaced by a keyed hash of it: the same name gives the same mask here and nowhere
else, so the post, and all posts of an account that returns, are found, and nobody is named.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlmodel import Session, col, func, select

from bot import ids
from bot.store import switches
from bot.store.tables import PostRow

KEY, OLD = "mask key", "masked old"
LENGTH = 24
WINDOW = 5000  # rows looked at in one transaction
_MASKED = re.compile(rf"~[0-9a-f]{{{LENGTH}}}")
_DID = r"did:[a-z0-9]+:[A-Za-z0-9._%-]+"
_MAIL = r"[A-Za-z0-9._%+=-]+@[A-Za-z0-9.-]+"
_AT = r"(?<=/@)[^/?#]+"
_PLACE = "".join(
    rf"|(?<=/{word}/)[^/?#]+" for word in ("users", "user", "u", "profile", "people", "author", "accounts")
)
_NAMED = re.compile(f"{_DID}|{_AT}{_PLACE}|{_MAIL}")
_SHORTEST = 2


def key(session: Session) -> bytes:
    """The key of this installation's masks; b"" while nothing was masked yet."""
    return str(switches.get(session, KEY).get("key", "")).encode()


def made_key(session: Session, now: datetime) -> bytes:
    """The same, made by chance where there is none."""
    if not (known := key(session)):
        switches.put(session, KEY, {"key": ids.token()}, now)
        known = key(session)
    return known


def of_name(key_: bytes, platform: str, name: str) -> str:
    """What stands for a name."""
    told = f"{platform}\x1f{name.lower()}".encode("utf-8", "replace")
    return f"~{hmac.new(key_, told, sha256).hexdigest()[:LENGTH]}"


def of_id(key_: bytes, platform: str, id_: str, author_id: str = "", handle: str = "") -> str:
    """A platform's id without anybody's name: who is known to have written it, and what looks like a person's place."""
    if not key_ or not id_:
        return id_
    return _named(id_, author_id, handle).sub(lambda found: _instead(key_, platform, found[0]), id_)


def of_row(key_: bytes, row: PostRow) -> tuple[str, str | None, str | None]:
    """The three ids of a row without names: its own, what it replies to, its thread."""
    who = row.author_id, row.author_handle
    own = of_id(key_, row.platform, row.native_id, *who)
    above, thread = (of_id(key_, row.platform, id_ or "", *who) or None for id_ in (row.in_reply_to, row.thread))
    return own, above, thread


def is_masked(id_: str) -> bool:
    """Whether a name was taken out of this id."""
    return _MASKED.search(id_) is not None


@dataclass(frozen=True, slots=True)
class Window:
    """What was done of the old rows: posts by our ids, and what became of their ids."""

    posts: tuple[int, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


def mask_old(session: Session, now: datetime) -> Window | None:
    """The next rows of what was purged before ids were masked. None when all are done."""
    at = switches.get(session, OLD)
    if not at:
        at = {"at": 0, "until": session.exec(select(func.max(PostRow.id))).one() or 0}
    start, until = int(at["at"]), int(at["until"])
    if start >= until:
        return None
    here = col(PostRow.id) > start, col(PostRow.id) <= start + WINDOW
    empty = col(PostRow.gone_at).is_not(None), PostRow.text == "", PostRow.author_id == ""
    rows = [row for row in session.exec(select(PostRow).where(*here, *empty)) if not is_masked(row.native_id)]
    key_, renamed = made_key(session, now) if rows else b"", dict[str, str]()
    for row in rows:
        renamed |= mask(key_, row)
        session.add(row)
    switches.put(session, OLD, {"at": start + WINDOW, "until": until}, now)
    session.flush()
    return Window(tuple(row.id for row in rows if row.id is not None), renamed)


def mask(key_: bytes, row: PostRow) -> dict[str, str]:
    """Take the names out of a row's ids. What became of each that had one."""
    before = row.native_id, row.in_reply_to, row.thread
    row.native_id, row.in_reply_to, row.thread = after = of_row(key_, row)
    return {old: new for old, new in zip(before, after, strict=True) if old and new and old != new}


def _named(id_: str, author_id: str, handle: str) -> re.Pattern[str]:
    """What may name the author: their id, their handle, the handle without its server; each as a whole word.

    Only those that `id_` holds: a pattern of one's own costs as much as storing the post, and most ids hold no name.
    """
    names, here = {author_id, handle.lstrip("@"), handle.lstrip("@").partition("@")[0]}, id_.casefold()
    held = (re.escape(name) for name in names if len(name) >= _SHORTEST and name.casefold() in here)
    wanted = sorted(held, key=len, reverse=True)
    if not wanted:
        return _NAMED
    return re.compile(rf"(?i:(?<![A-Za-z0-9~])(?:{'|'.join(wanted)})(?![A-Za-z0-9]))|{_NAMED.pattern}")


def _instead(key_: bytes, platform: str, name: str) -> str:
    return name if name.startswith("~") else of_name(key_, platform, name)


def unmasked(key_: bytes, platform: str, name: str, values: Any) -> list[Any]:
    """The same ids with this name back in its place."""
    mask = of_name(key_, platform, name)
    return [value.replace(mask, name) if isinstance(value, str) else value for value in values]
