"""X's JSON → Post. Pure. Shapes: https://docs.x.com/x-api/fundamentals/data-dictionary (post, user, errors)."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.errors import Unavailable
from connectors.text import one_line, storable, web_link
from connectors.types import Author, Poison, Post, PostRef
from connectors.walked import raw

PLATFORM = "x"
_ID = re.compile(r"[0-9]{1,19}")
_NAME = re.compile(r"[A-Za-z0-9_]{1,15}")
_QUOTED = re.compile(r"https://(?:twitter|x)\.com/([A-Za-z0-9_]{1,15})/status/")
_EPOCH_MS = 1288834974657  # ids count milliseconds from here, above their lowest 22 bits
EVERYWHERE = frozenset({"XX", "XY"})
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


class Odd(ValueError):
    """Something that should be a post and is none; the message says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """One page of X. `posts` in the newest version of each; `numbers` of all versions; `read`: what is charged for."""

    posts: tuple[Post, ...]
    poison: tuple[Poison, ...]
    numbers: tuple[int, ...]
    token: str
    read: int = 0


def page(thing: Any, countries: Collection[str] = ()) -> Told:
    """A page of posts, without those that X withholds in one of these countries (they are read, and charged for).

    Raises Unavailable for anything else, an answer that only holds errors included.
    """
    if not isinstance(thing, dict) or not (isinstance(thing.get("data"), list) or isinstance(thing.get("meta"), dict)):
        raise Unavailable("X answered with something that is not a page of posts.")
    things = thing.get("data", [])
    if not isinstance(things, list):
        raise Unavailable("X answered with something that is not a list of posts.")
    users, unseen = _users(thing), _withheld_users(thing, countries)
    posts: dict[PostRef, tuple[int, Post]] = {}
    poison: list[Poison] = []
    numbers: list[int] = []
    for each in things:
        try:
            number, heard = post(each, users)
        except Odd as why:
            poison.append(Poison(raw(each), f"X: {why}."))
            continue
        numbers.append(number)
        if heard is None or heard.author.id in unseen or _withheld(each, countries):
            continue
        if posts.get(heard.ref, (0, heard))[0] <= number:
            posts[heard.ref] = (number, heard)
    meta = thing.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    token = meta.get("next_token")
    return Told(
        posts=tuple(heard for _, heard in posts.values()),
        poison=tuple(poison),
        numbers=tuple(numbers),
        token=token if isinstance(token, str) else "",
        read=len(things),
    )


def looked_up(thing: Any, countries: Collection[str] = ()) -> Told:
    """The answer to a question for single posts: those that may still be seen. X names the others among `errors`.

    What is withheld in one of these countries may not be seen there.

    Raises Unavailable where X answers neither for one post nor against one.
    """
    errors = _objects(thing, "errors") if isinstance(thing, dict) else []
    named = any(_ID.fullmatch(str(each.get("resource_id", each.get("value")))) for each in errors)
    if not isinstance(thing, dict) or not (thing.get("data") or named):
        raise Unavailable("X answered with something that is not a list of posts.")
    told = page({"data": [], **thing}, countries)
    if told.poison:
        raise Unavailable("X answered with a post that cannot be read.")
    return told


def post(thing: Any, users: Mapping[str, Author]) -> tuple[int, Post | None]:
    """(the number of this version, the post); None for a retweet, which holds nobody's own words. Raises Odd."""
    if not isinstance(thing, dict):
        raise Odd("it is no object")
    id_ = _id(thing.get("id"))
    versions = _versions(thing, id_)
    referenced = _referenced(thing)
    if "retweeted" in referenced:
        return int(id_), None
    written = moment_of(id_) if thing.get("created_at") is None else _moment(thing["created_at"])
    edited = len(versions) > 1 and versions[0] != id_
    author = _author(thing, users)
    parent = referenced.get("replied_to")
    return int(id_), Post(
        ref=PostRef(PLATFORM, versions[0]),
        url=f"https://x.com/{author.handle or 'i'}/status/{id_}",
        author=author,
        text=_text(thing),
        created_at=moment_of(versions[0]) if edited else written,
        kind="reply" if parent else "post",
        in_reply_to=PostRef(PLATFORM, parent) if parent else None,
        thread=_id(thing["conversation_id"]) if thing.get("conversation_id") is not None else None,
        edited_at=written if edited else None,
        language=_language(thing.get("lang")),
        engagement=_engagement(thing.get("public_metrics")),
        answer_to=_answer_to(thing, versions),
    )


def moment_of(id_: str) -> datetime:
    """When the post of this id was written, as X's own numbering tells."""
    return datetime.fromtimestamp(((int(id_) >> 22) + _EPOCH_MS) / 1000, UTC)


def before(id_: str, seconds: int) -> str:
    """The id that so many seconds earlier would have been given."""
    return str(max(1, int(id_) - (seconds * 1000 << 22)))


def address(answer_to: str | None) -> dict[str, Any] | None:
    """What `answer_to` holds: {"id", "first", "names", "open"}; None for anything else."""
    try:
        told = json.loads(answer_to or "")
        names = [str(name) for name in told["names"]]
        return {"id": _id(told["id"]), "first": _id(told["first"]), "names": names, "open": str(told["open"])}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _answer_to(thing: Mapping[str, Any], versions: list[str]) -> str:
    """The version to answer, the first one, whom the post names or quotes (they may answer), to whom it is open."""
    entities = thing.get("entities")
    entities = entities if isinstance(entities, dict) else {}
    names = [each.get("username") for each in _objects(entities, "mentions")]
    for each in _objects(entities, "urls"):
        quoted = _QUOTED.match(str(each.get("expanded_url")))
        names += [quoted[1]] if quoted else []
    kept = sorted({name.casefold() for name in names if isinstance(name, str) and _NAME.fullmatch(name)})
    settings = thing.get("reply_settings")
    whom = settings if isinstance(settings, str) and len(settings) < 30 else "everyone"
    told = {"id": versions[-1], "first": versions[0], "names": kept, "open": whom}
    return json.dumps(told, separators=(",", ":"))


def _text(thing: Mapping[str, Any]) -> str:
    """The words: those of a long post where there are more, links as they lead, X's own escaping undone."""
    note = thing.get("note_tweet")
    text, entities = thing.get("text"), thing.get("entities")
    if isinstance(note, dict) and isinstance(note.get("text"), str):
        text, entities = note["text"], note.get("entities")
    if not isinstance(text, str):
        raise Odd("it has no text")
    for each in _objects(entities if isinstance(entities, dict) else {}, "urls"):
        short, long = each.get("url"), web_link(str(each.get("expanded_url") or ""))
        if isinstance(short, str) and short.startswith("https://t.co/") and long:
            text = text.replace(short, long)
    for entity, letter in _ENTITIES:
        text = text.replace(entity, letter)
    return storable(text)


def _withheld(thing: Mapping[str, Any], countries: Collection[str]) -> bool:
    """Whether X shows a post or an account nowhere (XX; XY: for copyright), or not in one of these countries."""
    told = thing.get("withheld")
    codes = told.get("country_codes") if isinstance(told, dict) else None
    return isinstance(codes, list) and any(code in EVERYWHERE or code in countries for code in map(str, codes))


def _withheld_users(thing: Mapping[str, Any], countries: Collection[str]) -> set[str]:
    includes = thing.get("includes")
    users = _objects(includes if isinstance(includes, dict) else {}, "users")
    return {str(user.get("id")) for user in users if _withheld(user, countries)}


def _users(thing: Mapping[str, Any]) -> dict[str, Author]:
    includes = thing.get("includes")
    users: dict[str, Author] = {}
    for each in _objects(includes if isinstance(includes, dict) else {}, "users"):
        id_, name = each.get("id"), each.get("username")
        if isinstance(id_, str) and isinstance(name, str) and _NAME.fullmatch(name):
            shown = each.get("name")
            users[id_] = Author(id_, name, one_line(shown) if isinstance(shown, str) else "", _followers(each))
    return users


def _author(thing: Mapping[str, Any], users: Mapping[str, Author]) -> Author:
    id_ = _id(thing.get("author_id"))
    return users.get(id_, Author(id_, ""))  # a suspended author is missing from the expansion


def _followers(user: Mapping[str, Any]) -> int | None:
    metrics = user.get("public_metrics")
    return _count(metrics.get("followers_count")) if isinstance(metrics, dict) else None


def _engagement(metrics: Any) -> int | None:
    if not isinstance(metrics, dict):
        return None
    return sum(_count(metrics.get(f"{name}_count")) or 0 for name in ("retweet", "reply", "like", "quote"))


def _referenced(thing: Mapping[str, Any]) -> dict[str, str]:
    return {str(each.get("type")): _id(each.get("id")) for each in _objects(thing, "referenced_tweets")}


def _versions(thing: Mapping[str, Any], id_: str) -> list[str]:
    told = thing.get("edit_history_tweet_ids")
    versions = (
        [each for each in told if isinstance(each, str) and _ID.fullmatch(each)] if isinstance(told, list) else []
    )
    return sorted(versions, key=int) or [id_]


def _objects(thing: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = thing.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _id(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Odd("it has no number of its own, or one that is none")
    return value


def _moment(value: Any) -> datetime:
    try:
        told = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Odd("it does not say when it was written") from error
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)


def _language(value: Any) -> str | None:
    """Two or three letters; X's own signs for "unknown" and "no words" (und, qme, …) are none."""
    known = isinstance(value, str) and value.isascii() and value.isalpha() and len(value) in (2, 3)
    return value if known and value != "und" and not (value[0] == "q" and len(value) == 3) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None
