"""From brands to what a connector looks for, and how we know our own posts."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bot.core.brand import Brand
from connectors.types import Post, Want

TRIAL = Decimal(1)
"""US dollars that trying a source may cost. What X was paid for on a day is free for the rest of it."""


def trial_of(brands: Iterable[Brand], first_look: timedelta) -> Want:
    """As `want_of`, to see what would be heard: it must not cost more than trying is worth."""
    return replace(want_of(brands, None, first_look), budget=TRIAL)


def want_of(brands: Iterable[Brand], cursor: str | None, first_look: timedelta) -> Want:
    """One wish for all brands: a source is read once, whoever it is about."""
    every = list(brands)
    return Want(
        terms=_once(term for brand in every for term in (brand.name, *brand.names, *brand.aliases, *brand.products)),
        handles=_once(handle for brand in every for handles in brand.handles.values() for handle in handles),
        hashtags=_once(tag for brand in every for tag in brand.hashtags),
        own=frozenset(_handle(handle) for brand in every for handles in brand.handles.values() for handle in handles),
        cursor=cursor,
        first_look=first_look,
    )


def is_own(brands: Iterable[Brand]) -> Callable[[Post], bool]:
    """Says of a post whether one of our own accounts wrote it (P-07)."""
    pairs = {
        (platform, _handle(handle))
        for brand in brands
        for platform, handles in brand.handles.items()
        for handle in handles
    }
    anywhere = {handle for platform, handle in pairs if platform == "any"}

    def ours(post: Post) -> bool:
        names = {_handle(post.author.handle), _handle(post.author.id)} - {""}
        return post.by_us or any(name in anywhere or (post.ref.platform, name) in pairs for name in names)

    return ours


def _handle(handle: str) -> str:
    return handle.strip().lstrip("@").casefold()


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))
