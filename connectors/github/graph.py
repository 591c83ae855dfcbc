"""The GraphQL questions for discussions: GitHub offers them in no other way (docs.github.com/graphql/guides).

A question costs a point for each hundred lists it opens, of 5,000 an hour: so a page brings the newest comments of each
discussion, and the rest of one that has more is asked for only where it changed.
"""

from collections.abc import Mapping
from typing import Any

_TALK = """
id body createdAt lastEditedAt url upvoteCount authorAssociation
author { __typename login ... on User { databaseId } }
"""
_SAID = f"{_TALK} replyTo {{ id }}"
_PAGE = "pageInfo { hasPreviousPage startCursor }"
_TOP = f"{_TALK} title updatedAt repository {{ nameWithOwner }}"
_LIMIT = "rateLimit { limit remaining resetAt }"
_DISCUSSION = f"""
{_TOP} comments(last: 10) {{ {_PAGE} nodes {{ {_SAID} replies(last: 10) {{ {_PAGE} nodes {{ {_SAID} }} }} }} }}
"""

OF_REPOSITORY = f"""query($owner: String!, $name: String!, $after: String) {{ {_LIMIT}
  repository(owner: $owner, name: $name) {{
    found: discussions(first: 25, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
      nodes {{ {_DISCUSSION} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"""

SEARCH = f"""query($query: String!, $after: String) {{ {_LIMIT}
  found: search(type: DISCUSSION, query: $query, first: 25, after: $after) {{
    nodes {{ ... on Discussion {{ {_DISCUSSION} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""

BELOW = f"""query($id: ID!, $before: String) {{ {_LIMIT} node(id: $id) {{ ... on Discussion {{ {_TOP}
  comments(last: 50, before: $before) {{ {_PAGE}
    nodes {{ {_SAID} replies(last: 50) {{ {_PAGE} nodes {{ {_SAID} }} }} }} }} }} }} }}"""

NODES = f"""query($ids: [ID!]!) {{ {_LIMIT} nodes(ids: $ids) {{ id __typename
  ... on Discussion {{ {_TOP} }}
  ... on DiscussionComment {{ {_SAID} discussion {{ id title repository {{ nameWithOwner }} }} }} }} }}"""


def found_in(data: Any) -> tuple[Any, str]:
    """The nodes of a page, and where the next one begins ("" at the end)."""
    holder = data.get("repository", data) if isinstance(data, dict) else None
    found = holder.get("found") if isinstance(holder, dict) else None
    if not isinstance(found, dict):
        return None, ""
    place = found.get("pageInfo")
    more = isinstance(place, dict) and place.get("hasNextPage") is True
    after = place.get("endCursor") if more and isinstance(place, dict) else ""
    return found.get("nodes"), after if isinstance(after, str) else ""


def said_below(node: Mapping[str, Any]) -> list[Any]:
    """The comments that came along with a discussion, and the replies that came along with each of them."""
    nodes = _nodes(node.get("comments"))
    return [each for comment in nodes for each in (comment, *_nodes(_of(comment, "replies")))]


def earlier(node: Any) -> str:
    """Where the comments before those that came along are; "" where there are none."""
    return _before(_of(node, "comments"))


def cut_short(node: Any) -> bool:
    """Whether some comment has more replies than came along."""
    return any(_before(_of(comment, "replies")) for comment in _nodes(_of(node, "comments")))


def _before(listed: Any) -> str:
    place = _of(listed, "pageInfo")
    more = isinstance(place, dict) and place.get("hasPreviousPage") is True
    cursor = place.get("startCursor") if more and isinstance(place, dict) else ""
    return cursor if isinstance(cursor, str) else ""


def _of(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, dict) else None


def _nodes(listed: Any) -> list[Any]:
    nodes = _of(listed, "nodes")
    return nodes if isinstance(nodes, list) else []
