"""The boundaries a brand's replies are held to, and what surrounds a reply when they are asked."""

from datetime import datetime, timedelta
from functools import lru_cache
from json import dumps, loads

from sqlmodel import Session, col, select

from bot.core.boundaries import Boundaries, boundaries_from_dict, shipped
from bot.core.drafts import Draft, Sent, Setting, Visibility
from bot.store import brands, switches
from bot.store.tables import CaseRow, ReplyRow

MOST_RECENT = 300


def boundaries(session: Session, brand: str) -> Boundaries:
    """The shipped rules with what this brand wants different."""
    own = switches.get(session, f"boundaries:{brand}")
    return _parsed(dumps(own, sort_keys=True)) if own else shipped()


@lru_cache(maxsize=64)
def _parsed(text: str) -> Boundaries:
    return boundaries_from_dict(loads(text))


def draft_of(
    session: Session, case: CaseRow, text: str, by: int, visibility: Visibility, *,
    longest: int | None, language: str | None, now: datetime,
) -> Draft:  # fmt: skip
    """A reply to this case as the boundaries see it. `longest` is the platform's limit; `language` the text's own."""
    brand = brands.get(session, case.brand)
    hours = boundaries(session, case.brand).repeat.hours
    setting = Setting(
        visibility=visibility,
        platform=case.platform,
        longest=longest,
        language=case.language if case.language not in (None, "und") else None,
        hosts=brand.domains if brand is not None else (),
        recent=said_since(session, case, now - timedelta(hours=hours)),
    )
    return Draft(text, f"account:{by}", setting, language)


def said_since(session: Session, but: CaseRow, since: datetime) -> tuple[Sent, ...]:
    """What the brand told other customers since then, newest first."""
    found = (
        select(ReplyRow.text, ReplyRow.approved_at)
        .join(CaseRow, col(CaseRow.id) == col(ReplyRow.case_id))
        .where(
            CaseRow.brand == but.brand,
            col(CaseRow.id) != but.id,
            col(ReplyRow.approved_at) >= since,
            col(ReplyRow.state).in_(("queued", "sent", "looking", "unsure")),
        )
    )
    rows = session.exec(found.order_by(col(ReplyRow.id).desc()).limit(MOST_RECENT))
    return tuple(Sent(text, at) for text, at in rows)
