"""Which severities of a case still bind: what it was ever taken for, until a person lets go of the graver ones."""

import json

from sqlmodel import Session, col, select

from bot.store.tables import CaseRow
from bot.store.tables_house import EventRow

WHATS = ("case.graded", "case.worse")
LET_GO = "more_time"  # the fact of a case.graded by which a person took the milder one's time to resolve


def binding(session: Session, case: CaseRow) -> frozenset[str]:
    """The severities whose time to resolve was promised: of them the strictest holds."""
    said = select(EventRow.facts).where(col(EventRow.subject) == f"case:{case.id}", col(EventRow.what).in_(WHATS))
    bound: set[str] = set()
    for facts in map(json.loads, session.exec(said.order_by(col(EventRow.id))).all()):
        bound = {facts["severity"]} if facts.get(LET_GO) else bound | {facts["before"], facts["severity"]}
    return frozenset(bound | {case.severity})
