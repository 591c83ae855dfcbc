"""Names of people inside platforms' ids: a purged post's row keeps none, and is still known when it is shown again.

Some ids name who wrote: at://did:plc:…/app.bsky.feed.post/3k, https://m.social/users/ada/statuses/1, <x@firm.example>.
Of a purged post the name in them is replaced by a keyed hash of it: the same name gives the same mask here and nowhere
else, so the post, and all posts of an account that returns, are found, and nobody is named.
"""

import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
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
    return f"~{hmac.digest(key_, told, 'sha256').hex()[:LENGTH]}"


def of_id(key_: bytes, platform: str, id_: str, author_id: str = "", handle: str = "") -> str:
    """A platform's id without anybody's name: who is known to have written it, and what looks like a person's place."""
    if not key_ or not id_:
        return id_
    names = _held(id_, author_id, handle)
    if not names or not id_.isascii() or not all(name.isascii() for name in names):
        return _named(names).sub(lambda found: _instead(key_, platform, found[0]), id_)
    kept, at = list[str](), 0
    for start, end in _places(id_, names):
        kept += (id_[at:start], _instead(key_, platform, id_[start:end]))
        at = end
    return "".join((*kept, id_[at:]))


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


def _held(id_: str, author_id: str, handle: str) -> list[str]:
    """What may name the author and stands in the id: their id, their handle, that without its server; longest first."""
    names, here = {author_id, handle.lstrip("@"), handle.lstrip("@").partition("@")[0]}, id_.casefold()
    return sorted((name for name in names if len(name) >= _SHORTEST and name.casefold() in here), key=_longest_first)


def _longest_first(name: str) -> tuple[int, str]:
    return -len(name), name


def _named(names: list[str]) -> re.Pattern[str]:
    """What may name anybody: each of these as a whole word, and what looks like a person's place."""
    if not names:
        return _NAMED
    wanted = "|".join(map(re.escape, names))
    return re.compile(rf"(?i:(?<![A-Za-z0-9~])(?:{wanted})(?![A-Za-z0-9]))|{_NAMED.pattern}")


def _places(id_: str, names: list[str]) -> Iterator[tuple[int, int]]:
    """Where `_named` would find something, without a pattern made for it: that costs as much as storing the post, and
    each post of Bluesky holds another author's name. Id and names in ASCII, so that small letters change no length."""
    small, lower, at = id_.lower(), [name.lower() for name in names], 0
    while True:
        found = _NAMED.search(id_, at)
        general = found.span() if found else (len(id_), len(id_))
        own = [(start, start + len(name)) for name in lower if (start := _whole(small, name, at)) >= 0]
        first = min([*own, general], key=_start)  # of several at one place the longest name, as in the pattern
        if first[0] == first[1]:
            return
        yield first
        at = first[1]


def _start(span: tuple[int, int]) -> int:
    return span[0]


def _whole(text: str, name: str, at: int) -> int:
    """Where this name stands next as a whole word; -1 if nowhere."""
    start = text.find(name, at)
    while start >= 0:
        end = start + len(name)
        if not (start and (text[start - 1].isalnum() or text[start - 1] == "~")) and not text[end : end + 1].isalnum():
            return start
        start = text.find(name, start + 1)
    return -1


def _instead(key_: bytes, platform: str, name: str) -> str:
    return name if name.startswith("~") else of_name(key_, platform, name)


def unmasked(key_: bytes, platform: str, name: str, values: Any) -> list[Any]:
    """The same ids with this name back in its place."""
    mask = of_name(key_, platform, name)
    return [value.replace(mask, name) if isinstance(value, str) else value for value in values]
