"""The boundaries a brand's replies are held to, and what surrounds a reply when they are asked."""

from datetime import datetime, timedelta
from functools import lru_cache
from json import dumps, loads
from typing import Any

from sqlmodel import Session, col, select

from bot.core.boundaries import Boundaries, boundaries_from_dict, shipped
from bot.core.drafts import Draft, Sent, Setting, Visibility
from bot.store import brands, events, switches
from bot.store.tables import CaseRow, ReplyRow

MOST_RECENT = 300
LEFT = ("queued", "sent", "looking", "unsure")
"""States of a reply that left, or is about to."""


def boundaries(session: Session, brand: str) -> Boundaries:
    """The shipped rules with what this brand wants different."""
    own = switches.get(session, key(brand))
    return _parsed(dumps(own, sort_keys=True)) if own else shipped()


def key(brand: str) -> str:
    """The switch that holds what a brand wants different from the shipped rules."""
    return f"boundaries:{brand}"


def save(session: Session, brand: str, values: dict[str, Any], by: int, now: datetime) -> None:
    """Keep what a brand wants different, checked before by `boundaries_from_dict`, with an audit event."""
    switches.put(session, key(brand), values, now)
    version = boundaries(session, brand).version
    events.add(session, now, f"account:{by}", "boundaries.saved", f"brand:{brand}", brand, version=version)


def told_since(session: Session, brand: str, since: datetime, limit: int) -> list[tuple[ReplyRow, CaseRow]]:
    """The newest replies that left, or are about to, and still have their words: with their case, newest first."""
    found = select(ReplyRow, CaseRow).join(CaseRow, col(CaseRow.id) == col(ReplyRow.case_id))
    found = found.where(
        CaseRow.brand == brand, col(ReplyRow.approved_at) >= since, col(ReplyRow.state).in_(LEFT), ReplyRow.text != ""
    )
    return list(session.exec(found.order_by(col(ReplyRow.id).desc()).limit(limit)).all())


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
        spoken=brand.answers_in() if brand is not None else (),
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
            col(ReplyRow.state).in_(LEFT),
        )
    )
    rows = session.exec(found.order_by(col(ReplyRow.id).desc()).limit(MOST_RECENT))
    return tuple(Sent(text, at) for text, at in rows)
