"""What people's work says of a brand's posts: answered ones were about us, set-aside ones not. Read where it is needed,
never copied: a post whose words go takes its example with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from bot.store.tables import MentionRow, PostRow, ReplyRow
from bot.store.tables_corrections import CorrectionRow, DrawnRow, DrawRow

NEWEST = 60
"""Examples of each kind and brand, about; those of several brands are read together."""

LONGEST = 500  # characters of a post that speak for it

Said = tuple[str, str, str]
"""Text, source, author (platform and id)."""


@dataclass(slots=True)
class Shown:
    """Examples of one brand, the oldest first. `missed`: those of *us* that a person found among the discarded."""

    us: list[Said] = field(default_factory=list)
    not_us: list[Said] = field(default_factory=list)
    missed: list[Said] = field(default_factory=list)


def of(session: Session, brands: Mapping[str, bool]) -> dict[str, Shown]:
    """The newest examples of each of these brands; True where the brand itself names some that were not about it.

    A brand that nobody ever set a post aside for has nothing to tell apart: its answered posts are not looked at.
    """
    found = {brand: Shown() for brand in brands}
    for brand, post in session.exec(_set_aside(list(found), NEWEST * max(1, len(found)))):
        found[brand].not_us.insert(0, said(post))
    curious = [brand for brand, shown in found.items() if shown.not_us or brands[brand]]
    if curious:
        for brand, post in session.exec(_answered(curious, NEWEST * len(curious))):
            found[brand].us.insert(0, said(post))
    for brand, post in session.exec(_found(list(found), NEWEST * max(1, len(found)))):
        found[brand].missed.insert(0, said(post))
    for shown in found.values():
        shown.us += [one for one in shown.missed if one not in shown.us]
    return found


def missed(session: Session, brands: list[str]) -> dict[str, list[Said]]:
    """Posts that a person found among the discarded and said to be about each brand; the newest first."""
    found: dict[str, list[Said]] = {}
    for brand, post in session.exec(_found(brands, NEWEST * max(1, len(brands)))):
        found.setdefault(brand, []).append(said(post))
    return found


def said(post: PostRow) -> Said:
    """A post as an example."""
    text = " ".join(f"{post.title} {post.text}".split())[:LONGEST]
    return text, post.source, f"{post.platform}:{post.author_id}"


def _answered(brands: list[str], limit: int) -> Select[str, PostRow]:
    found = select(MentionRow.brand, PostRow).join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
    found = found.join(ReplyRow, col(ReplyRow.mention_id) == col(MentionRow.id))
    found = found.where(col(MentionRow.brand).in_(brands), ReplyRow.state == "sent", MentionRow.verdict == "open")
    found = found.where(col(PostRow.gone_at).is_(None), PostRow.text != "")
    return found.order_by(col(ReplyRow.id).desc()).limit(limit)


def _found(brands: list[str], limit: int) -> Select[str, PostRow]:
    found = select(DrawRow.brand, PostRow).join(DrawnRow, col(DrawnRow.draw_id) == col(DrawRow.id))
    found = found.join(PostRow, col(PostRow.id) == col(DrawnRow.post_id))
    found = found.where(col(DrawRow.brand).in_(brands), DrawnRow.label == "yes")
    found = found.where(col(PostRow.gone_at).is_(None), PostRow.text != "")
    return found.order_by(col(DrawnRow.id).desc()).limit(limit)


def _set_aside(brands: list[str], limit: int) -> Select[str, PostRow]:
    found = select(CorrectionRow.brand, PostRow).join(PostRow, col(PostRow.id) == col(CorrectionRow.post_id))
    found = found.where(col(CorrectionRow.brand).in_(brands), CorrectionRow.kind == "not_us", PostRow.text != "")
    found = found.where(col(CorrectionRow.revoked_at).is_(None), col(CorrectionRow.gone_at).is_(None))
    return found.order_by(col(CorrectionRow.id).desc()).limit(limit)
