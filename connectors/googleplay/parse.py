"""Google Play's JSON → Post. Pure. Shapes: developers.google.com/android-publisher/api-ref/rest/v3/reviews.

A review holds the customer's words and, once there is one, the developer's answer: two posts of one thread.
"""

import json
from collections.abc import Mapping
from typing import Any

from connectors.errors import Unavailable
from connectors.lanes import Told
from connectors.shapes import Odd, count, ident, line, moment, record, sorted_out, stars, words
from connectors.types import Author, Post, PostRef

PLATFORM, NAME = "googleplay", "Google Play"
_KNOWN = frozenset({"reviews", "tokenPagination", "pageInfo"})


def page(thing: Any, package: str) -> Told:
    """A page of reviews. An app without any answers with an empty object. Raises Unavailable for anything else."""
    if not isinstance(thing, dict) or not set(thing) <= _KNOWN or not isinstance(thing.get("reviews", []), list):
        raise Unavailable("Google Play answered with something that is not a page of reviews.")
    things = thing.get("reviews", [])
    reviews, gone, odd = sorted_out(things, lambda each: review(each, package), NAME)
    pages = thing.get("tokenPagination")
    after = pages.get("nextPageToken") if isinstance(pages, dict) else ""
    answers = [answer for each in things if (answer := _answered(each, package)) is not None]
    times = tuple(post.created_at for post in reviews)
    return Told(
        (*reviews, *answers), tuple(gone), tuple(odd), after if isinstance(after, str) else "", times, len(things)
    )


def single(thing: Any, package: str) -> tuple[Post, Post | None]:
    """One review that was asked for, and our answer to it. Raises Unavailable where it cannot be read."""
    try:
        return review(thing, package), answer_of(thing, package)
    except Odd as why:
        raise Unavailable(f"Google Play answered with a review that cannot be read: {why}.") from why


def review(thing: Any, package: str) -> Post:
    """The customer's words and stars. Raises Odd."""
    thing = record(thing)
    id_ = ident(thing.get("reviewId"))
    said = _part(thing, "userComment")
    if said is None:
        raise Odd("it holds no words of a customer")
    title, _, text = words(said.get("text")).strip("\t").rpartition("\t")
    return Post(
        ref=PostRef(PLATFORM, id_),
        url=_page(package, id_),
        author=Author(id_, line(thing.get("authorName")) or "A Google user"),
        text=text.strip(),
        created_at=_time(said),
        kind="review",
        title=line(title),
        thread=id_,
        language=_language(said.get("reviewerLanguage")),
        rating=stars(said.get("starRating")),
        engagement=count(said.get("thumbsUpCount")),
        answer_to=json.dumps({"package": package, "id": id_}, separators=(",", ":")),
        to_us=True,
    )


def answer_of(thing: Any, package: str) -> Post | None:
    """What the developer answered to this review; None if nobody did. Raises Odd."""
    thing = record(thing)
    said = _part(thing, "developerComment")
    if said is None:
        return None
    id_ = ident(thing.get("reviewId"))
    return Post(
        ref=PostRef(PLATFORM, reply_id(id_)),
        url=_page(package, id_),
        author=Author("developer", "developer"),
        text=words(said.get("text")),
        created_at=_time(said),
        kind="reply",
        in_reply_to=PostRef(PLATFORM, id_),
        thread=id_,
        by_us=True,
    )


def reply_id(review_id: str) -> str:
    """How our answer to a review is known: there is at most one."""
    return f"{review_id}/reply"


def _answered(thing: Any, package: str) -> Post | None:
    try:
        return answer_of(thing, package)
    except Odd:
        return None  # the review itself is set aside with its bytes, or is whole without it


def _part(thing: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    comments = thing.get("comments")
    parts = (
        [each[name] for each in comments if isinstance(each, dict) and name in each]
        if isinstance(comments, list)
        else []
    )
    return record(parts[-1], "its comment") if parts else None


def _time(said: Mapping[str, Any]) -> Any:
    told = record(said.get("lastModified"), "its time")
    return moment(told.get("seconds"))


def _page(package: str, id_: str) -> str:
    return f"https://play.google.com/store/apps/details?id={package}&reviewId={id_}"


def _language(value: Any) -> str | None:
    return line(value).replace("_", "-")[:35] or None
