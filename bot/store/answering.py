"""A brand's settings for answering, and the facts its rules look at."""

from datetime import datetime
from functools import lru_cache
from json import dumps, loads
from typing import Any

from sqlmodel import Session, col, func, select

from bot.core import consent
from bot.core.answering import Answering, answering_from_dict, shipped
from bot.core.consent import Situation
from bot.core.drafts import Breach
from bot.store import events, limits, rights, switches
from bot.store.tables import CaseRow, ReplyRow, TagRow
from bot.store.tables_house import AccountRow


def settings(session: Session, brand: str) -> Answering:
    """What this brand set; as shipped where nobody did."""
    own = switches.get(session, key(brand))
    if own:
        return _parsed(dumps(own, sort_keys=True))
    budget = limits.boundaries(session, brand).budget
    return shipped(budget.amount, budget.currency)


def is_set(session: Session, brand: str) -> bool:
    """Did anybody set this brand's budget, here or in its boundaries? If not, what holds is only the default."""
    return bool(switches.get(session, key(brand))) or "budget" in switches.get(session, f"boundaries:{brand}")


def save(session: Session, brand: str, values: dict[str, Any], by: int, now: datetime) -> None:
    """Keep a brand's settings, checked before by `answering_from_dict`, with an audit event."""
    switches.put(session, key(brand), values, now)
    events.add(session, now, f"account:{by}", "answering.saved", f"brand:{brand}", brand)


def key(brand: str) -> str:
    """The switch that holds a brand's settings."""
    return f"answering:{brand}"


@lru_cache(maxsize=64)
def _parsed(text: str) -> Answering:
    return answering_from_dict(loads(text))


def situation(session: Session, case: CaseRow, writer: int, before: datetime | None = None) -> Situation:
    """What the consent rules look at, for this writer on this case. `before`: only replies approved before count."""
    account = session.get(AccountRow, writer)
    author = (col(ReplyRow.written_by) == writer) | (
        col(ReplyRow.written_by).is_(None) & (col(ReplyRow.approved_by) == writer)
    )
    sent = select(func.count()).select_from(ReplyRow).where(author, ReplyRow.state == "sent")
    if before is not None:
        sent = sent.where(ReplyRow.approved_at < before)
    return Situation(
        severity=case.severity,
        followers=case.followers,
        sent=int(session.exec(sent).one()),
        incident=bool(getattr(case, "incident_id", None)) or session.get(TagRow, (case.id, "incident")) is not None,
        lead=rights.at_least(account, "lead"),
    )


def consent_for(session: Session, case: CaseRow, writer: int, before: datetime | None = None) -> tuple[Breach, ...]:
    """Why a second person must agree before this writer's words leave; empty if nobody must."""
    rules = settings(session, case.brand).consent
    return consent.breaches(rules, situation(session, case, writer, before))
