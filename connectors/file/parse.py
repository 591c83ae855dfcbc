"""One row of a file → a post, a notice that a post is gone, or a reason why it is neither. Pure."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from connectors.file.columns import PLATFORM, Columns, value
from connectors.file.times import is_zoned, moment
from connectors.text import one_line, plain, storable, web_link
from connectors.types import Author, Clock, Post, PostRef

LONGEST_ID = 512
_LONGEST_URL = 4000
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*")
_WHOLE = re.compile(r"(\d+)\.0+")
_DELETED_AUTHORS = {"[deleted]", "[removed]", "deleted"}
_ESCAPES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&"}
_ESCAPE = re.compile("|".join(_ESCAPES))
_YES, _NO = {"true", "1"}, {"false", "0", "", "none", "null"}


class Odd(ValueError):
    """A row that cannot be a post; the message says why."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a file's rows are to be read. `escaped`: its text holds `&amp;` where people wrote `&`."""

    columns: Columns
    platform: str = "file"
    escaped: bool = False
    zone: tzinfo = UTC


def read(row: Any, manner: Manner, around: datetime) -> Post | PostRef:
    """A row as a post, or the reference of a post that is gone (deleted, or its author hidden). Raises Odd.

    A time that is missing or unreadable becomes `around`, marked as estimated; a missing id becomes a hash of the row
    where the file has no ids at all.
    """
    if not isinstance(row, Mapping):
        raise Odd("it is no object with fields")
    ref = PostRef(_platform(row, manner), _id(row, manner))
    if _flag(_of(row, manner, "deleted")) or _hidden(row, manner):
        return ref
    created, clock = _time(row, manner, around)
    text, parent, thread = _text(row, manner), _link(row, manner, "in_reply_to"), _link(row, manner, "thread")
    return Post(
        ref=ref,
        url=_url(_of(row, manner, "url")),
        author=_author(row, manner, ref.id),
        text=text,
        created_at=created,
        clock=clock,
        kind="review" if "rating" in manner.columns else "reply" if parent else "post",
        title=one_line(_words(_of(row, manner, "title")))[:500],
        in_reply_to=PostRef(ref.platform, parent) if parent else None,
        thread=thread,
        edited_at=moment(_of(row, manner, "edited_at"), manner.zone),
        language=_language(_of(row, manner, "language")),
        rating=_rating(_of(row, manner, "rating")),
        engagement=_count(_of(row, manner, "engagement")),
    )


def looks_escaped(texts: list[str]) -> bool:
    """True if these texts were escaped once for HTML, as Twitter's exports are: entities, and never a bare sign."""
    entity = re.compile("&(?:amp|lt|gt|quot|#39);")
    return any(entity.search(text) for text in texts) and not any(
        re.search("[<>]", text) or re.search("&(?!(?:amp|lt|gt|quot|#39);)", text) for text in texts
    )


def _of(row: Mapping[str, Any], manner: Manner, field: str) -> Any:
    return value(row, manner.columns.get(field))


def _platform(row: Mapping[str, Any], manner: Manner) -> str:
    if "platform" not in manner.columns:
        return manner.platform
    told = _of(row, manner, "platform")
    if not isinstance(told, str) or not PLATFORM.fullmatch(told):
        raise Odd("it does not say which platform it is from")
    return told


def _id(row: Mapping[str, Any], manner: Manner) -> str:
    if "id" not in manner.columns:
        return hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()[:24]
    told = _identity(_of(row, manner, "id"))
    if not told:
        raise Odd("it has no id")
    return told


def _identity(told: Any) -> str:
    if told is None or isinstance(told, bool) or not isinstance(told, str | int | float):
        return ""
    text = storable(str(int(told)) if isinstance(told, float) and told.is_integer() else str(told))
    if len(text) > LONGEST_ID:
        raise Odd(f"its id is longer than {LONGEST_ID} characters")
    return text if text.strip() else ""


def _link(row: Mapping[str, Any], manner: Manner, field: str) -> str | None:
    """Another post's id. Spreadsheets turn a column with gaps into decimals: 24.0 means 24."""
    told = _identity(_of(row, manner, field))
    whole = _WHOLE.fullmatch(told)
    return (whole[1] if whole else told) or None


def _flag(told: Any) -> bool:
    if told is None or isinstance(told, bool):
        return bool(told)
    text = str(told).strip().lower()
    if text not in _YES | _NO:
        raise Odd("it does not say clearly whether it is deleted")
    return text in _YES


def _hidden(row: Mapping[str, Any], manner: Manner) -> bool:
    """An account that was suspended or made private takes its posts with it."""
    author = row.get("author", row.get("user"))
    return isinstance(author, Mapping) and any(author.get(word) is True for word in ("suspended", "protected"))


def _words(told: Any) -> str:
    if told is None:
        return ""
    if isinstance(told, bool) or not isinstance(told, str | int | float):
        raise Odd("its words are no text")
    return storable(str(told))


def _text(row: Mapping[str, Any], manner: Manner) -> str:
    words = _words(_of(row, manner, "text"))
    if manner.escaped:
        words = _ESCAPE.sub(lambda found: _ESCAPES[found[0]], words)
    if words:
        return words
    html = _of(row, manner, "html")
    return plain(html) if isinstance(html, str) else _alternatives(_of(row, manner, "media"))


def _alternatives(media: Any) -> str:
    """What the pictures show, by their descriptions: a complaint in a screenshot has no other words."""
    if not isinstance(media, list):
        return ""
    told = (each.get("alt") or each.get("description") for each in media if isinstance(each, Mapping))
    return "\n".join(dict.fromkeys(storable(each) for each in told if isinstance(each, str) and each))


def _author(row: Mapping[str, Any], manner: Manner, post_id: str) -> Author:
    handle = _name(_of(row, manner, "handle")).lstrip("@")
    id_ = _name(_of(row, manner, "author_id"))
    name = _name(_of(row, manner, "name"))
    if handle.lower() in _DELETED_AUTHORS:
        return Author(id=f"unknown:{post_id}", handle="", name="deleted account")
    if not handle and not id_:
        return Author(id=f"unknown:{post_id}", handle="", name=name or "unknown author")
    return Author(id_ or handle, handle or id_, name, _count(_of(row, manner, "followers")))


def _name(told: Any) -> str:
    if isinstance(told, bool) or not isinstance(told, str | int | float):
        return ""
    return one_line(str(int(told)) if isinstance(told, float) and told.is_integer() else str(told))[:200]


def _time(row: Mapping[str, Any], manner: Manner, around: datetime) -> tuple[datetime, Clock]:
    told = _of(row, manner, "created_at")
    when = moment(told, manner.zone)
    if when is None:
        return around, "estimated"
    return when, "server" if is_zoned(told) else "claimed"


def _url(told: Any) -> str:
    return web_link(storable(told)) if isinstance(told, str) and len(told) <= _LONGEST_URL else ""


def _language(told: Any) -> str | None:
    found = _LANGUAGE.fullmatch(told.strip()) if isinstance(told, str) else None
    return found[1].lower() if found else None


def _rating(told: Any) -> float | None:
    """One to five stars as 0…1."""
    number = _float(told)
    return (number - 1) / 4 if number is not None and 1 <= number <= 5 else None


def _count(told: Any) -> int | None:
    number = _float(told)
    return min(int(number), 2**31 - 1) if number is not None and 0 <= number < 1e300 else None


def _float(told: Any) -> float | None:
    if isinstance(told, bool) or not isinstance(told, str | int | float):
        return None
    try:
        return float(told)
    except (ValueError, OverflowError):
        return None  # "12k" followers is no count; the post is kept without it
