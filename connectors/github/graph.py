"""The GraphQL questions for discussions: GitHub offers them in no other way (docs.github.com/graphql/guides)."""

from typing import Any

_TALK = """
id body createdAt lastEditedAt url upvoteCount authorAssociation
author { __typename login ... on User { databaseId } }
"""
_DISCUSSION = f"""
{_TALK} title updatedAt repository {{ nameWithOwner }}
comments(last: 30) {{ nodes {{ {_TALK} }} }}
"""

OF_REPOSITORY = f"""query($owner: String!, $name: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    found: discussions(first: 50, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
      nodes {{ {_DISCUSSION} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"""

SEARCH = f"""query($query: String!, $after: String) {{
  found: search(type: DISCUSSION, query: $query, first: 50, after: $after) {{
    nodes {{ ... on Discussion {{ {_DISCUSSION} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""

NODES = f"""query($ids: [ID!]!) {{ nodes(ids: $ids) {{ id __typename
  ... on Discussion {{ {_DISCUSSION} }}
  ... on DiscussionComment {{ {_TALK} discussion {{ id title repository {{ nameWithOwner }} }} }} }} }}"""


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
