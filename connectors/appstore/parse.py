"""The App Store's JSON → Post. Pure. Shapes: developer.apple.com/documentation/appstoreconnectapi/customer-reviews.

A review and the answer to it are two posts of one thread; the answer is among `included`.
"""

import json
from collections.abc import Mapping
from typing import Any

from connectors.appstore.client import cursor_of
from connectors.errors import Unavailable
from connectors.lanes import Told
from connectors.shapes import Odd, ident, line, moment, record, rows, sorted_out, stars, words
from connectors.types import Author, Post, PostRef

PLATFORM, NAME = "appstore", "The App Store"


def page(thing: Any, app_id: str) -> Told:
    """A page of reviews. Raises Unavailable for anything else."""
    things = rows(thing, "data", NAME)
    reviews, gone, odd = sorted_out(things, lambda each: review(each, app_id), NAME)
    answers = answers_in(thing)
    answered = [said for each in things if (said := _answered(each, answers, app_id)) is not None]
    links = thing.get("links")
    after = cursor_of(links.get("next")) if isinstance(links, dict) else ""
    times = tuple(post.created_at for post in reviews)
    return Told((*reviews, *answered), tuple(gone), tuple(odd), after, times, len(things))


def single(thing: Any, app_id: str) -> tuple[Post, Post | None, str]:
    """One review that was asked for, our answer to it, and the answer's own number. Raises Unavailable."""
    try:
        data = record(record(thing).get("data"))
        answers = answers_in(thing)
        return review(data, app_id), _answered(data, answers, app_id), response_of(data)
    except Odd as why:
        raise Unavailable(f"The App Store answered with a review that cannot be read: {why}.") from why


def review(thing: Any, app_id: str) -> Post:
    """The customer's words and stars. Raises Odd."""
    thing = record(thing)
    id_, told = ident(thing.get("id")), record(thing.get("attributes"), "its content")
    title, body = line(told.get("title")), words(told.get("body"))
    return Post(
        ref=PostRef(PLATFORM, id_),
        url=_page(app_id),
        author=Author(id_, line(told.get("reviewerNickname")) or "A customer"),
        text=body if body.strip() else title,
        created_at=moment(told.get("createdDate")),
        kind="review",
        title=title,
        thread=id_,
        rating=stars(told.get("rating")),
        answer_to=json.dumps({"app": app_id, "id": id_}, separators=(",", ":")),
        to_us=True,
    )


def answers_in(thing: Any) -> Mapping[str, Mapping[str, Any]]:
    """The answers that came along, by their numbers."""
    included = thing.get("included") if isinstance(thing, dict) else None
    known = [each for each in included if isinstance(each, dict)] if isinstance(included, list) else []
    return {
        str(each.get("id")): each["attributes"]
        for each in known
        if each.get("type") == "customerReviewResponses" and isinstance(each.get("attributes"), dict)
    }


def response_of(thing: Mapping[str, Any]) -> str:
    """The number of the answer to a review; "" if it has none."""
    try:
        return ident(record(record(record(thing.get("relationships")).get("response")).get("data")).get("id"))
    except Odd:
        return ""  # Apple leaves the relationship out, or its data empty, where nobody answered


def reply_id(review_id: str) -> str:
    """How our answer to a review is known: there is at most one."""
    return f"{review_id}/response"


def _answered(thing: Any, answers: Mapping[str, Mapping[str, Any]], app_id: str) -> Post | None:
    told = answers.get(response_of(thing)) if isinstance(thing, dict) else None
    if told is None:
        return None
    try:
        id_ = ident(thing.get("id"))
        return Post(
            ref=PostRef(PLATFORM, reply_id(id_)),
            url=_page(app_id),
            author=Author("developer", "developer"),
            text=words(told.get("responseBody")),
            created_at=moment(told.get("lastModifiedDate")),
            kind="reply",
            in_reply_to=PostRef(PLATFORM, id_),
            thread=id_,
            by_us=True,
        )
    except Odd:
        return None  # the review itself is whole without it


def _page(app_id: str) -> str:
    return f"https://apps.apple.com/app/id{app_id}?see-all=reviews"
