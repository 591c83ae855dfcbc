"""What each source's platform last said of its limit."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from bot.core.quota import Quota, learnt
from bot.store import switches
from bot.store.tables import SourceRow
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
    """False while what is left of the limit is needed for hearing, or the platform asked us to rest."""
    quota = of_source(session, source)
    return (quota is None or quota.spare(now)) and rests_until(session, source, now) is None


def told_to_rest(session: Session, source: str, until: datetime, now: datetime) -> None:
    """The platform said when it may be asked again: nobody asks before, whatever asked this time."""
    before = rests_until(session, source, now)
    if before is None or before < until:
        switches.put(session, _rest_key(source), {"until": until.isoformat()}, now)
    polled = col(SourceRow.name) == source, col(SourceRow.next_poll_at) < until, col(SourceRow.streams).is_(False)
    waits = update(SourceRow).where(*polled, col(SourceRow.state) == "listening")
    session.connection().execute(waits.values(next_poll_at=until, state="waiting"))


def rests_until(session: Session, source: str, now: datetime) -> datetime | None:
    """Until when the platform does not want to be asked: it said so, or nothing is left of its limit. None: it may."""
    told, quota = switches.get(session, _rest_key(source)).get("until"), of_source(session, source)
    times = [datetime.fromisoformat(told)] if told else []
    if quota is not None and quota.runs(now) and quota.left < quota.each:
        times.append(quota.resets_at)
    until = max(times, default=now)
    return until if until > now else None


def release(session: Session, source: str, now: datetime) -> None:
    """Other settings, perhaps another account: the rest was not asked of that one."""
    for key in (_rest_key(source), _key(source)):
        if switches.get(session, key):
            switches.put(session, key, {}, now)


def _rest_key(source: str) -> str:
    return f"rest:{source}"
