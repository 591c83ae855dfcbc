"""A reply as the boundaries see it, with what may still be given in it."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from bot.core import goodwill
from bot.core.drafts import Draft, Sounding, Visibility
from bot.store import answering, gestures, limits
from bot.store.tables import CaseRow


def draft_of(
    session: Session, case: CaseRow, text: str, by: int, visibility: Visibility, *,
    longest: int | None, language: str | None, now: datetime, sounds: tuple[Sounding, ...] = (),
) -> Draft:  # fmt: skip
    """As `limits.draft_of`, with what a reader hears in it.

    The budget is what this writer may still give here, and what was promised here already.
    """
    draft = limits.draft_of(session, case, text, by, visibility, longest=longest, language=language, now=now)
    purse = answering.settings(session, case.brand).purse
    there = gestures.left(session, case, by, now).cents + gestures.promised(session, case.id or 0)
    return replace(
        draft, sounds=sounds, setting=replace(draft.setting, budget=goodwill.amount(there), currency=purse.currency)
    )
