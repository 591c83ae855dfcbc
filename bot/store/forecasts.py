"""The last forecast for each wall people look through, made each minute behind the pages and read by them; and once an
hour what it says, in the log, to be held against what came."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlmodel import Session, col, select

from bot.core.forecast_score import ENDED, GRACE, HOUR, HOURS, Came, Hour, Said, Score, judged, score
from bot.store import events, switches
from bot.store.tables_house import EventRow

FRESH = timedelta(minutes=4)
SAID, CAME = "forecast.said", "forecast.came"
CHUNK = 400


def put(session: Session, brands: Sequence[str] | None, content: dict[str, Any], now: datetime) -> None:
    """Keep a forecast; an empty one says that nothing can be said."""
    switches.put(session, _key(brands), content | {"at": now.isoformat()}, now)


def get(session: Session, brands: Sequence[str] | None, now: datetime) -> dict[str, Any]:
    """The last forecast for this wall; {} where there is none, or it is too old to act on."""
    found = switches.get(session, _key(brands))
    if not found or now - datetime.fromisoformat(found["at"]) > FRESH:
        return {}
    return found


def _key(brands: Sequence[str] | None) -> str:
    if brands is None:
        return "forecast:all"
    return f"forecast:{sha256(chr(0).join(sorted(brands)).encode()).hexdigest()[:16]}"


def note(
    session: Session, brands: Sequence[str] | None, said: Sequence[Said], low: int, high: int, now: datetime
) -> bool:
    """Write down once an hour what is said of those who are due within it. True if that was now."""
    last = _newest(session, brands, SAID)
    if not said or (last is not None and now - last.at < HOUR):
        return False
    told = [[one.case_id, round(one.chance, 3), one.due_at] for one in said]
    events.add(session, now, "earshot", SAID, _key(brands), "", cases=told, low=low, high=high)
    return True


def judge(session: Session, brands: Sequence[str] | None, now: datetime) -> int:
    """Hold what was said against what came, for every hour that is over and was not judged. How many those were."""
    last = _newest(session, brands, CAME)
    done = int(str(events.facts_of(last)["of"])) if last is not None else 0
    over = (col(EventRow.id) > done, col(EventRow.at) <= now - HOUR - GRACE)
    found = select(EventRow).where(EventRow.subject == _key(brands), EventRow.what == SAID, *over)
    rows = list(session.exec(found.order_by(col(EventRow.id)).limit(HOURS)).all())
    for row in rows:
        hour = hour_of(session, row, row.at + HOUR + GRACE)
        facts: dict[str, Any] = {"n": 0} if hour is None else asdict(hour) | {"squares": round(hour.squares, 4)}
        events.add(session, now, "earshot", CAME, _key(brands), "", of=row.id, **facts)
    return len(rows)


def hour_of(session: Session, said: EventRow, until: datetime) -> Hour | None:
    """What came of an hour, from the log up to `until` alone: anybody can count it again."""
    facts: Any = events.facts_of(said)
    told = [Said(int(key), float(chance), datetime.fromisoformat(due)) for key, chance, due in facts["cases"]]
    came = _came(session, [one.case_id for one in told], said.id or 0, until)
    return judged(told, int(facts["low"]), int(facts["high"]), came)


def _came(session: Session, ids: Sequence[int], after: int, until: datetime) -> dict[int, list[Came]]:
    """What the log tells of these cases after that event."""
    found: dict[int, list[Came]] = defaultdict(list)
    for at in range(0, len(ids), CHUNK):
        subjects = [f"case:{key}" for key in ids[at : at + CHUNK]]
        whats = col(EventRow.what).in_(("case.answered", *ENDED))
        asked = select(EventRow).where(col(EventRow.subject).in_(subjects), whats)
        for row in session.exec(asked.where(col(EventRow.id) > after, col(EventRow.at) <= until)):
            posted = events.facts_of(row).get("at") if row.what == "case.answered" else None
            moment = datetime.fromisoformat(str(posted)) if posted else row.at
            found[int(row.subject.partition(":")[2])].append(Came(row.what, moment))
    return found


def record(session: Session, brands: Sequence[str] | None) -> Score | None:
    """How often it was right in the last hours that were judged; None before the first."""
    mine = (EventRow.subject == _key(brands), EventRow.what == CAME)
    rows = session.exec(select(EventRow).where(*mine).order_by(col(EventRow.id).desc()).limit(HOURS)).all()
    told: list[Any] = [events.facts_of(row) for row in rows]
    return score([Hour(one["n"], one["missed"], one["low"], one["high"], one["squares"]) for one in told if one["n"]])


def _newest(session: Session, brands: Sequence[str] | None, what: str) -> EventRow | None:
    mine = (EventRow.subject == _key(brands), EventRow.what == what)
    return session.exec(select(EventRow).where(*mine).order_by(col(EventRow.id).desc()).limit(1)).first()
