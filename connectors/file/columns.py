"""Which column holds what: guessed from names and values, shown to a person, overridable. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.file.times import moment

Columns = Mapping[str, str]
"""Our field → the file's column. `a.b` reaches into an object; `a|b` takes the first that holds something."""

NAMES: dict[str, tuple[str, ...]] = {
    "text": (
        *("text", "full_text", "body", "content", "message", "tweet", "tweet_text", "comment", "comment_text", "post"),
        *("review", "review_text", "description", "caption", "status", "sentence", "utterance", "selftext"),
    ),
    "html": ("html", "body_html", "content_html", "text_html"),
    "id": (
        *("external_id", "id", "id_str", "tweet_id", "post_id", "status_id", "message_id", "comment_id", "review_id"),
        *("native_id", "guid", "uri", "objectid"),
    ),
    "created_at": (
        *(
            "created_at",
            "created",
            "tweet_created",
            "created_utc",
            "published_at",
            "published",
            "posted_at",
            "datetime",
        ),
        *("timestamp", "date_time", "date", "time", "written_at", "at", "when", "posted", "sent_at", "creation_date"),
    ),
    "author_id": ("author.id", "author_id", "user_id", "user.id", "userid", "account.id", "from_id", "client_id"),
    "handle": (
        *("author.handle", "handle", "username", "user_name", "screen_name", "user.screen_name", "account.acct"),
        *("author.username", "user.username", "user", "author", "author_handle", "from", "nickname"),
    ),
    "name": ("author.name", "author_name", "display_name", "user.name", "account.display_name", "full_name"),
    "followers": (
        "author.followers",
        "followers",
        "followers_count",
        "user.followers_count",
        "account.followers_count",
    ),
    "in_reply_to": (
        *("in_reply_to", "in_reply_to_id", "in_response_to_tweet_id", "in_reply_to_status_id", "reply_to", "parent_id"),
        "in_reply_to_status_id_str",
    ),
    "thread": ("thread_id", "thread", "conversation_id", "conversation", "session_id", "sessionid", "story_id"),
    "url": ("url", "link", "permalink", "post_url", "tweet_url"),
    "title": ("title", "subject", "headline"),
    "language": ("lang", "language", "language_code", "locale"),
    "edited_at": ("edited_at", "updated_at", "edited"),
    "deleted": ("deleted", "is_deleted", "removed"),
    "platform": ("source", "platform", "network", "channel"),
    "rating": ("rating", "stars", "star_rating", "star"),
    "engagement": ("retweets", "retweet_count", "likes", "like_count", "favorite_count", "points", "engagement"),
    "media": ("media", "attachments", "media_attachments"),
}
PLATFORM = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SPEAKERS = re.compile(r"(?:.*\.)?(?:client|customer|agent|speaker)\d*")


def guess_columns(header: Sequence[str], sample: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Our fields and the columns they most likely live in; a field nobody seems to hold is left out.

    `header` names the columns (nested ones with dots), `sample` holds the first rows. Names are compared without case
    and punctuation; a name that is not among the known ones is judged by its values (longest text, readable times).
    """
    plain = {_plain(name): name for name in reversed(header)}
    found: dict[str, str] = {}
    for field, names in NAMES.items():
        column = next((plain[name] for name in names if name in plain and _may(field, plain[name], sample)), None)
        column = column or _nested(field, names, plain)
        if column is not None:
            found[field] = column
    speakers = [name for name in header if _SPEAKERS.fullmatch(_plain(name))]
    if "handle" not in found and speakers:
        found["handle"] = "|".join(speakers)
    _by_value(found, header, sample)
    return found


def checked(columns: Columns, header: Iterable[str]) -> dict[str, str]:
    """The same mapping, if it names known fields and existing columns and says where the words are.

    An empty column name drops a field. Raises ValueError with a sentence that names what is wrong.
    """
    there = set(header)
    kept = {field: column for field, column in columns.items() if column}
    for field, column in kept.items():
        if field not in NAMES:
            raise ValueError(f"“{field}” is no field of a post. Fields: {', '.join(NAMES)}.")
        missing = [part for part in column.split("|") if part not in there]
        if missing:
            raise ValueError(f"The file has no column “{missing[0]}” for {field}. Columns: {', '.join(sorted(there))}.")
    if "text" not in kept and "html" not in kept:
        raise ValueError(
            f"No column holds words; say which does, e.g. --map text=COLUMN. Columns: {', '.join(sorted(there))}."
        )
    return kept


def value(row: Mapping[str, Any], column: str | None) -> Any:
    """What a row holds under a column of the mapping; None where it holds nothing."""
    if column is None:
        return None
    if column in row:
        return row[column]
    for part in column.split("|"):
        found = _reach(row, part)
        if found not in (None, ""):
            return found
    return None


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's columns by name, objects inside it one level down by dotted names."""
    out: dict[str, Any] = {}
    for name, inside in row.items():
        out[name] = inside
        if isinstance(inside, Mapping):
            out |= {f"{name}.{key}": each for key, each in inside.items()}
    return out


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "_", name.strip().lower()).strip("_")


def _reach(row: Mapping[str, Any], column: str) -> Any:
    if column in row:
        return row[column]
    name, _, rest = column.partition(".")
    inside = row.get(name)
    if isinstance(inside, Mapping):
        return _reach(inside, rest) if rest else inside
    return inside if rest in ("handle", "name", "username") and isinstance(inside, str) else None


def _may(field: str, column: str, sample: Sequence[Mapping[str, Any]]) -> bool:
    """Names deceive: a source is a platform only if it looks like one, a user is a handle only if it is a word."""
    values = [value(row, column) for row in sample]
    if field == "platform":
        told = [each for each in values if each not in (None, "")]
        fits = [isinstance(each, str) and PLATFORM.fullmatch(each) is not None for each in told]
        return bool(told) and sum(fits) * 10 >= len(fits) * 9
    if field in ("handle", "text"):
        return not any(isinstance(each, Mapping) for each in values)
    return True


def _nested(field: str, names: tuple[str, ...], plain: Mapping[str, str]) -> str | None:
    """The same names one level down, for conversations: `dialog.datetime`."""
    if field in ("id", "name", "title", "url", "language", "platform"):
        return None
    ends = {column.rsplit(".", 1)[1]: original for column, original in plain.items() if "." in column}
    return next((ends[name] for name in names if name in ends), None)


def _by_value(found: dict[str, str], header: Sequence[str], sample: Sequence[Mapping[str, Any]]) -> None:
    free = [name for name in header if name not in found.values()]
    if "text" not in found and "html" not in found:
        lengths = {name: _words(value(row, name) for row in sample) for name in free}
        best = max(lengths, key=lambda name: lengths[name], default="")
        if best and lengths[best] >= 3:
            found["text"] = best
            free.remove(best)
    if "created_at" not in found:
        column = next((name for name in free if _is_dated([value(row, name) for row in sample])), None)
        if column is not None:
            found["created_at"] = column


def _is_dated(values: Sequence[Any]) -> bool:
    """Two of three that hold something are times: one that is broken must not cost all others theirs."""
    held = [each for each in values if each not in (None, "")]
    return bool(held) and 3 * sum(moment(each) is not None for each in held) >= 2 * len(held)


def _words(values: Iterable[Any]) -> float:
    """Words in the middle value: what people wrote is longer than a label."""
    counts = sorted(len(each.split()) if isinstance(each, str) else 0 for each in values)
    return counts[len(counts) // 2] if counts else 0
