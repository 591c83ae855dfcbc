"""Is what a connector gave a page? Whoever writes one for the first time is told in a sentence what it should be."""

import traceback
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable
from connectors.types import Page, Post

MORE = "docs/connectors.md has one that works"
MOST_ODD = 20
"""So many unreadable things end a stream; ten posts make up for one of them."""
SKEWED = timedelta(minutes=1)  # keys that are signed with the time are refused soon after
REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (RateLimited, "The settings may be right: try again later."),
    (AuthFailed, "Make a new key there and set it: its settings page and `earshot config keys` say how."),
    (Rejected, "Check the names, numbers and addresses in its settings."),
    (
        Unavailable,
        "Check the address in its settings and this machine's network, or try again later.",
    ),
)
"""What to do about each of the errors."""
_GRANTS = ("permission", "may not", "scope")
_TELLS = ("paste ", "make a new", "give a", "needs a", "set this", "set your")


def remedy(error: Exception, ahead: timedelta = timedelta(0)) -> str:
    """What went wrong with a platform, and what to do. `ahead`: how far the platform's clock is ahead of ours."""
    if isinstance(error, AuthFailed) and ahead >= SKEWED:
        minutes = max(1, int(ahead.total_seconds() // 60))
        behind = f"By its clock it is {minutes:,} min later than here: let this machine's clock be set (NTP) first."
        return f"{_ended(error)} {behind}"
    told = next((words for kind, words in REMEDIES if isinstance(error, kind)), "")
    if isinstance(error, AuthFailed) and any(word in str(error) for word in _GRANTS):
        told = "Grant it there: its settings page and `earshot config keys` name what it needs."
    elif isinstance(error, AuthFailed) and any(word in str(error).lower() for word in _TELLS):
        told = ""  # it says itself what to do
    return f"{_ended(error)} {told}".strip()


def broke(error: Exception) -> str:
    """A connector's own bug as a sentence for whoever writes it: what it was and where."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"The connector broke: {type(error).__name__}: {error}{place}."


def explained(error: Exception, ahead: timedelta = timedelta(0)) -> str:
    """Any failure of a connector as a sentence: the platform's or the settings' fault, or a bug of the connector's."""
    if isinstance(error, PlatformError):
        return remedy(error, ahead)
    return str(error) if isinstance(error, ValueError) else broke(error)


def _ended(error: Exception) -> str:
    words = str(error).strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."


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


def legible(pages: Iterable[Page]) -> Iterator[Page]:
    """The pages of a stream. Raises Unavailable once much of it is no post: it would be set aside without end.

    After a rest it is begun anew, from the last place that was surely heard.
    """
    odd = 0.0
    for page in pages:
        odd = max(0.0, odd + len(page.poison) - len(page.posts) / 10)
        yield page
        if odd >= MOST_ODD:
            raise Unavailable("The stream gives too much that is no post: it is begun anew.")


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
