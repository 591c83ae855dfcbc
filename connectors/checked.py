"""Is what a connector gave a page? Whoever writes one for the first time is told in a sentence what it should be."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from connectors.types import Page, Post

MORE = "docs/connectors.md has one that works"


def checked(page: object) -> Page:
    """The page itself. Raises ValueError with what is wrong with it."""
    if not isinstance(page, Page):
        raise ValueError(f"fetch gave a {type(page).__name__} where a Page belongs: yield Page(posts=(…)). {MORE}.")
    if not isinstance(page.cursor, str | None):
        raise ValueError(f"a page's cursor is a {type(page.cursor).__name__}: give a str, or None. {MORE}.")
    for post in page.posts:
        if not isinstance(post, Post):
            raise ValueError(f"a page's posts hold a {type(post).__name__} where a Post belongs. {MORE}.")
        if post.created_at.tzinfo is None:
            raise ValueError(f"post {post.ref.id} has a created_at without a zone: say datetime.fromtimestamp(…, UTC).")
    return page


def unfit(kind: Any) -> str:
    """What keeps a class from being a connector, as a sentence; empty if nothing does."""
    wanted: dict[str, Callable[[Any], bool]] = {
        "platform": lambda told: isinstance(told, str) and bool(told),
        "Settings": lambda told: isinstance(told, type) and issubclass(told, BaseModel),
        "fetch": callable,
        "close": callable,
    }
    missing = [name for name, fits in wanted.items() if not fits(getattr(kind, name, None))]
    named = getattr(kind, "__name__", str(kind))
    return f"{named} is no connector yet: it lacks {', '.join(missing)}. {MORE}" if missing else ""
