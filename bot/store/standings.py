"""A case as the clock sees it, from its row and its brand's chain."""

from datetime import datetime

from sqlmodel import Session

from bot.core.standing import Standing
from bot.store import cases, oncall
from bot.store.tables import CaseRow


def of(session: Session, case: CaseRow, now: datetime) -> Standing:
    """What the clock asks about. Raises ValueError for a case whose policy cannot be read."""
    return Standing(
        state=case.state,
        section=case.section,
        quiet=case.history or case.late_arrival,
        held=case.holder is not None and case.lease_until is not None and case.lease_until > now,
        opened_at=case.opened_at,
        window=cases.window(case),
        told=case.told,
        steps=tuple(step.after for step in oncall.chain(session, case.brand)),
    )
