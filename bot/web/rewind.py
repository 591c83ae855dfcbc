"""What a change to a brand would have changed: the newest kept posts, matched the old way and the new way."""

from dataclasses import dataclass

from bot.app import App
from bot.core.brand import Brand
from bot.core.matching import LIKELY, Matcher
from bot.store import posts
from bot.store.tables import PostRow

LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True)
class Change:
    """Of `looked_at` posts: those that would be ours now and were not, and the other way round."""

    looked_at: int
    more: tuple[PostRow, ...]
    fewer: tuple[PostRow, ...]


def rewind(app: App, before: Brand, after: Brand) -> Change:
    """Judge the newest posts twice."""
    with app.db.read() as session:
        rows = posts.newest(session, LOOKED_AT)
    old, new = Matcher([before]), Matcher([after])
    was = {row.id for row in rows if _ours(old, row)}
    now = {row.id for row in rows if _ours(new, row)}
    return Change(
        len(rows),
        tuple(row for row in rows if row.id in now - was),
        tuple(row for row in rows if row.id in was - now),
    )


def _ours(matcher: Matcher, row: PostRow) -> bool:
    found = matcher.match(
        row.text, title=row.title, author_handle=row.author_handle, author_name=row.author_name, platform=row.platform
    )
    return any(match.relevant >= LIKELY for match in found)
