"""GitHub's JSON → Post. Pure. Shapes: docs.github.com/rest (issue, issue comment), graphql (Discussion).

Names: "owner/name#12" for an issue, "owner/name#c345" for a comment, GitHub's own node id for discussions. In our own
repositories members and collaborators speak for us. Machines and pull requests are left out.
"""

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.errors import Unavailable
from connectors.github.graph import said_below
from connectors.lanes import Told
from connectors.shapes import Odd, count, ident, later, line, moment, record, rows, sorted_out, words
from connectors.text import web_link
from connectors.types import Author, Post, PostRef

PLATFORM, NAME = "github", "GitHub"
PAGE = 100
_OURS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_ISSUE = re.compile(r".*/repos/([^/]+/[^/]+)/issues/(\d{1,18})")
LOCKED = "The conversation is locked: nobody but its team can answer there."


def listing(things: Any, page: str, ours: Collection[str]) -> Told:
    """A page of issues or comments. Raises Unavailable for anything else."""
    if not isinstance(things, list):
        raise Unavailable("GitHub answered with something that is not a list.")
    posts, gone, odd = sorted_out(things, lambda each: either(each, ours), NAME)
    times = tuple(time for each in things if (time := _time(each)) is not None)
    after = str(int(page or 1) + 1) if len(things) >= PAGE else ""
    return Told(tuple(posts), tuple(gone), tuple(odd), after, times, len(things))


def found(thing: Any, page: str, ours: Collection[str]) -> Told:
    """A page of what a search found; its end is a thousand results."""
    told = listing(rows(thing, "items", NAME), page, ours)
    return told if int(page or 1) < 10 else Told(told.posts, told.gone, told.poison, "", told.times, told.count)


def single(thing: Any, ours: Collection[str]) -> Post | None:
    """One issue or comment that was asked for. Raises Unavailable where it cannot be read."""
    try:
        return either(thing, ours)
    except Odd as why:
        raise Unavailable(f"GitHub answered with something that cannot be read: {why}.") from why


def either(thing: Any, ours: Collection[str]) -> Post | None:
    """An issue or a comment on one; None for a machine's words and for pull requests. Raises Odd."""
    thing = record(thing)
    if _left_out(thing):
        return None
    is_comment = "issue_url" in thing
    repository, number = _place(thing["issue_url"] if is_comment else thing.get("url"))
    issue = f"{repository}#{number}"
    id_ = f"{repository}#c{ident(thing.get('id'))}" if is_comment else issue
    written, title = moment(thing.get("created_at")), line(thing.get("title"))
    body = words(thing.get("body"))
    to = {"repository": repository, "number": number, "locked": "yes" if thing.get("locked") is True else "no"}
    return Post(
        ref=PostRef(PLATFORM, id_),
        url=web_link(words(thing.get("html_url"))),
        author=_author(thing.get("user")),
        text=body if body.strip() else title,
        created_at=written,
        kind="comment" if is_comment else "post",
        title=title,
        in_reply_to=PostRef(PLATFORM, issue) if is_comment else None,
        thread=issue,
        edited_at=later(thing.get("updated_at"), written) if is_comment else None,
        engagement=_reactions(thing.get("reactions")) + count(thing.get("comments")),
        answer_to=json.dumps(to, separators=(",", ":")),
        to_us=repository in ours,
        by_us=repository in ours and line(thing.get("author_association")) in _OURS,
    )


def discussions(nodes: Any, ours: Collection[str], after: str) -> Told:
    """Discussions with the comments and replies that came along, last changed first. Else raises Unavailable."""
    if not isinstance(nodes, list):
        raise Unavailable("GitHub answered with something that is not a list of discussions.")
    known = [node for node in nodes if isinstance(node, dict)]
    posts, _, odd = sorted_out(known, lambda each: talk(each, ours), NAME)
    below = [(node, said) for node in known for said in said_below(node)]
    replies, _, odd_replies = sorted_out(below, lambda pair: talk(pair[1], ours, pair[0]), NAME)
    times = tuple(time for node in known if (time := _time({"created_at": node.get("updatedAt")})) is not None)
    return Told((*posts, *replies), (), (*odd, *odd_replies), after, times, len(nodes))


def changed_at(node: Mapping[str, Any]) -> datetime:
    """When a discussion, or anything below it, was last changed; long ago where it does not say."""
    return _time({"created_at": node.get("updatedAt")}) or datetime.fromtimestamp(0, UTC)


def talk(thing: Any, ours: Collection[str], above: Mapping[str, Any] | None = None) -> Post | None:
    """A discussion, or a comment or reply below one (`above`); None for a machine's words. Raises Odd."""
    thing = record(thing)
    top = above or thing
    user = record(thing.get("author"), "its author") if thing.get("author") else {"login": "ghost"}
    if user.get("__typename") == "Bot":
        return None
    written, title = moment(thing.get("createdAt")), line(top.get("title"))
    repository = line(record(top.get("repository"), "its place").get("nameWithOwner")).lower()
    body, to = words(thing.get("body")), thing.get("replyTo")
    answered = to.get("id") if isinstance(to, dict) else top.get("id")
    return Post(
        ref=PostRef(PLATFORM, ident(thing.get("id"))),
        url=web_link(words(thing.get("url"))),
        author=_author({"id": user.get("databaseId"), "login": user.get("login")}),
        text=body if body.strip() else title,
        created_at=written,
        kind="comment" if above else "post",
        title=title,
        in_reply_to=PostRef(PLATFORM, ident(answered)) if above else None,
        thread=ident(top.get("id")),
        edited_at=later(thing.get("lastEditedAt"), written),
        engagement=count(thing.get("upvoteCount")),
        to_us=repository in ours,
        by_us=repository in ours and line(thing.get("authorAssociation")) in _OURS,
    )


def _left_out(thing: Mapping[str, Any]) -> bool:
    user = thing.get("user")
    machine = isinstance(user, dict) and user.get("type") == "Bot"
    return machine or "pull_request" in thing or "/pull/" in line(thing.get("html_url"))


def _author(user: Any) -> Author:
    """The account; one that was deleted is "ghost", as GitHub shows it."""
    told = user if isinstance(user, dict) else {"login": "ghost"}
    login = line(told.get("login"))
    if not login:
        raise Odd("it has no author")
    number = told.get("id")
    return Author(ident(number) if isinstance(number, int) else login, login)


def _place(url: Any) -> tuple[str, str]:
    place = _ISSUE.fullmatch(url) if isinstance(url, str) and len(url) < 500 else None
    if place is None:
        raise Odd("it does not say where it was written")
    return place[1].lower(), place[2]


def _reactions(told: Any) -> int:
    return count(told.get("total_count")) if isinstance(told, dict) else 0


def _time(thing: Any) -> Any:
    try:
        return moment(thing.get("created_at")) if isinstance(thing, dict) else None
    except Odd:
        return None  # the entry is kept aside; the others tell how far the page reaches
