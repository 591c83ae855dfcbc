"""What each source's platform last said of its limit."""

from datetime import datetime

from sqlmodel import Session

from bot.core.quota import Quota, learnt
from bot.store import switches
from connectors.types import Rate


def _key(source: str) -> str:
    return f"quota:{source}"


def of_source(session: Session, source: str) -> Quota | None:
    """The limit of a source; None where its platform told of none."""
    told = switches.get(session, _key(source))
    if not told:
        return None
    return Quota(told["left"], told["of"], datetime.fromisoformat(told["resets_at"]), told["each"])


def note(session: Session, source: str, rate: Rate | None, now: datetime, *, one_read: bool) -> None:
    """Write down what an answer said of the limit. `one_read`: it came from an everyday read."""
    if rate is None or rate.left is None or rate.resets_at is None:
        return
    before = of_source(session, source)
    told = learnt(before, rate.left, rate.of or 0, rate.resets_at, one_read=one_read)
    if told != before:
        content = {"left": told.left, "of": told.of, "resets_at": told.resets_at.isoformat(), "each": told.each}
        switches.put(session, _key(source), content, now)


def spare(session: Session, source: str, now: datetime) -> bool:
    """False while what is left of the limit is needed for hearing."""
    quota = of_source(session, source)
    return quota is None or quota.spare(now)
