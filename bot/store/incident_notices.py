"""What the team is told of an incident: queued with the decision, one message and then lines in its thread.

Which rooms hear of it is decided as for its cases, by the brand's routes. The first message is edited in place.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.core import incident_words, line_words
from bot.core.incident_words import IncidentNotice
from bot.core.incidents import JOINED, KNOWN, Count, pressing
from bot.core.line_words import Line
from bot.core.masking import masked
from bot.core.notices import Notice
from bot.core.routes import Asked
from bot.store import calling, events, incident_joins, incident_page, incidents, notices, outbox, rights, routing
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow, EventRow
from bot.store.tables_incidents import IncidentJoinRow, IncidentRow, SpikeRow
from config.settings import Settings

KIND = "incident"
APART, ALONE = (
    "incident.apart",
    "incident.alone",
)  # a person said that it is another one; nothing stands for it any more
SHOWN, EDITED = "shown", "edited_at"  # in a message's body: what it shows, and since when
ASIDE: dict[str, object] = {"aside": True}  # a line of a thread that the room itself need not show
EDIT_EVERY = timedelta(minutes=1)
CALLING, OVER = ("proposed", "open"), ("closed", "dismissed")
LIKE_A_CASE = {"notable": "normal", "high": "high", "extreme": "critical"}  # how a route weighs it


@dataclass(frozen=True, slots=True)
class Edit:
    """A first message that reads otherwise now: where it is, and what to write there."""

    key: str
    receipt_id: str
    notice: Notice
    mark: str
    facts: Mapping[str, object] = field(default_factory=dict)


def first(session: Session, settings: Settings, row: IncidentRow, now: datetime, apart: bool = False) -> None:
    """Queue the one message of an incident, and remember what it says. What quotes is added as it leaves (`living`).

    Proposed within half an hour of another one of the brand that goes on and is as grave, it is a line in that thread,
    unless it is no part of that one (`apart`).
    """
    seen = _seen(session, settings, row, now)
    says = incident_words.shown if incidents.called_for(session, row) else incident_words.first
    said = says(replace(seen, quotes=()), now)
    mark, every = incident_words.fingerprint(seen, now), ways(session, settings, row, now)
    there = _beside(session, row, every) if row.state == "proposed" and not apart else []
    for way in every:
        if way not in there:
            _queue(session, row, way, _key(row, "first", way), said, now, {SHOWN: mark})
    for way in there:
        line, thread = Line(plain(session, settings, row, now), row.told_in or 0), _thread(session, row, way)
        more = ASIDE | {SHOWN: line_words.fingerprint(line, now)} | ({"to": thread} if thread else {})
        _queue(session, row, way, line_key(row, line.host, way), line_words.also(line, now), now, more)
    remember(session, row, now, seen.count.members, seen.count.late, row.updates)


def _beside(session: Session, row: IncidentRow, every: Sequence[Way]) -> list[Way]:
    """The rooms where another one's message stands that this one can be told beside: there it is told."""
    other = incidents.beside(session, row)
    host = 0 if other is None else other.told_in or other.id or 0
    there = [way for way in every if outbox.get(session, _first_key(host, way)) is not None] if host else []
    row.told_in = host if there else None
    return there


def on_their_own(session: Session, settings: Settings, ended: IncidentRow, now: datetime) -> None:
    """Those told in the thread of one that has ended, or of what was joined into it, and that go on: each is told by
    itself, or beside another."""
    for row in incidents.live(session, ended.brand):
        if row.told_in is not None and incident_joins.end_of(session, row.told_in) == ended.id:
            _by_itself(session, settings, row, now)


def unless_beside(session: Session, settings: Settings, row: IncidentRow, now: datetime) -> None:
    """What took in the one in whose thread it is told is told by itself."""
    if row.told_in is not None and incident_joins.end_of(session, row.told_in) == row.id:
        _by_itself(session, settings, row, now)


def _by_itself(session: Session, settings: Settings, row: IncidentRow, now: datetime) -> None:
    host = row.told_in
    first(session, settings, row, now)
    if row.told_in is None:
        events.add(session, now, "earshot", ALONE, incidents.subject(row), row.brand, incident=host)


def line_key(row: IncidentRow, host: int, way: Way) -> str:
    """Its line in the thread of that one, in this room."""
    return _key(row, f"beside{host}", way)


def living(
    session: Session, settings: Settings, there: DeliveryRow, now: datetime, here: Collection[str]
) -> dict[str, Any] | None:
    """The body of a message that leaves now: a first message with what its customers say, and one that waited, its room
    was away, as things stand. None if there is nothing to say any more.

    The outbox keeps none of their words. `here`: platforms on which Earshot can answer.
    """
    number, what, *_ = there.key.removeprefix(f"{KIND}:").split(":")
    row = incidents.get(session, int(number)) if number.isdecimal() else None
    if row is None:
        return there.body
    if what != "first":  # queued before the first message had left
        thread = "" if "to" in there.body else _thread(session, row, Way(there.responder, there.address))
        return there.body | ({"to": thread} if thread else {})
    waited = now - there.created_at >= EDIT_EVERY
    if row.state == JOINED or (waited and row.state in OVER):
        return None  # the other one is told in that room
    seen = _whole(session, row, _seen(session, settings, row, now), here)
    calls = (row.state in CALLING or not waited) and not incidents.called_for(session, row)
    says = incident_words.first if calls else incident_words.shown
    kept = says(replace(seen, quotes=()), now)
    there.text, there.body = kept.text, there.body | body_of(kept) | {SHOWN: incident_words.fingerprint(seen, now)}
    session.add(there)
    session.flush()
    return there.body | body_of(says(seen, now))


def ways(session: Session, settings: Settings, row: IncidentRow, now: datetime) -> tuple[Way, ...]:
    """The rooms that hear of it: those that hear of its cases, and those of cases as grave as it is."""
    usual = notices.ways(settings)
    own = LIKE_A_CASE.get(row.severity, "normal")
    facts = incidents.asked(session, row.id or 0)
    asked = [Asked(row.brand, level, *where) for severity, *where in facts for level in (severity, own)]
    return routing.for_any(session, usual, asked or [Asked(row.brand, own)], now)


def heard_by(session: Session, settings: Settings, row: IncidentRow, now: datetime) -> Sequence[Way]:
    """The rooms that were told of it first: what follows goes where it began, also if routes changed since."""
    told: dict[Way, None] = {}
    for what in ("first:", "beside"):
        begins = col(DeliveryRow.key).startswith(f"incident:{row.id}:{what}", autoescape=True)
        found = session.exec(select(DeliveryRow.responder, DeliveryRow.address).where(begins))
        told |= {Way(*one): None for one in found}
    return list(told) or ways(session, settings, row, now)


def plain(session: Session, settings: Settings, row: IncidentRow, now: datetime) -> IncidentNotice:
    """An incident as plain values, without its customers' words."""
    return IncidentNotice(
        row.id or 0, row.title, row.brand, row.why, row.state, incidents.count(session, row.id or 0, now),
        link(settings, row), settings.zone, rights.name_of(session, row.led_by) if row.led_by is not None else "",
    )  # fmt: skip


def seen(session: Session, settings: Settings, row: IncidentRow, now: datetime) -> IncidentNotice:
    """The same; of one that was joined, where it went."""
    said = plain(session, settings, row, now)
    went = incident_joins.of(session, row.id or 0) if row.state == JOINED else None
    other = incidents.get(session, went.into_incident) if went is not None else None
    if went is None or other is None:
        return said
    return replace(said, into=other.title, count=Count(len(went.moved)), link=link(settings, other))


def _seen(
    session: Session, settings: Settings, row: IncidentRow, now: datetime, going: Sequence[IncidentRow] | None = None
) -> IncidentNotice:
    """With what its first customers say, as long as it goes on: of an ended one no words stay in any room. `going`:
    those that may be the same, where they are known. One in its own thread is asked about there."""
    beside = incidents.others(row, incidents.live(session, row.brand) if going is None else going)
    others = any(one.told_in != row.id for one in beside)
    return replace(seen(session, settings, row, now), quotes=_quotes(session, settings, row), others=others)


def _quotes(session: Session, settings: Settings, row: IncidentRow) -> tuple[str, ...]:
    said = incident_page.quotes(session, row.id or 0, incident_words.QUOTES) if row.state in KNOWN else []
    return tuple(masked(one) if settings.mask_personal else one for one in said)


def _whole(session: Session, row: IncidentRow, said: IncidentNotice, here: Collection[str]) -> IncidentNotice:
    if row.state not in KNOWN:
        return said
    native = said.count.members - incident_page.answerable(session, row.id or 0, here)
    return replace(said, native=native, reach=incident_page.followers(session, row.id or 0))


def outdated(session: Session, settings: Settings, way: Way, now: datetime, here: Collection[str] = ()) -> Edit | None:
    """A first message in this room that reads otherwise now; numbers in it at most once a minute."""
    going = incidents.of_late(session, now)
    for row in going:
        there = outbox.get(session, _key(row, "first", way))
        if there is None or there.state != "sent" or not there.receipt_id or SHOWN not in there.body:
            continue
        said = _seen(session, settings, row, now, going)
        if is_fresh(there, now) and incident_words.at_once(said) == str(there.body[SHOWN]).partition(" ")[2]:
            continue  # words that were deleted or rewritten are taken out at once, and who pressed a button sees it
        mark = incident_words.fingerprint(said, now)
        if mark != there.body[SHOWN]:
            notice = incident_words.shown(_whole(session, row, said, here), now)
            return Edit(there.key, there.receipt_id, notice, mark, facts_of(row, "first"))
    return None


def is_fresh(there: DeliveryRow, now: datetime) -> bool:
    """Whether it was said or edited less than a minute ago."""
    edited = datetime.fromisoformat(there.body.get(EDITED) or there.created_at.isoformat())
    return timedelta() <= now - edited < EDIT_EVERY


def edited(session: Session, edit: Edit, now: datetime, followed: bool) -> None:
    """The room shows it. Not `followed`: it was deleted there, or is too old, and is edited no more."""
    row = outbox.get(session, edit.key)
    if row is None:
        return
    rest = {key: value for key, value in row.body.items() if key != SHOWN}
    row.body = rest | ({SHOWN: edit.mark, EDITED: now.isoformat()} if followed else {})
    session.add(row)
    session.flush()


def update(session: Session, settings: Settings, row: IncidentRow, now: datetime, everywhere: bool) -> None:
    """Queue a line in its thread. Where there are no threads only a change of state (`everywhere`) is worth one."""
    count = incidents.count(session, row.id or 0, now)
    owed = len(incident_page.owed(session, row)) if row.state == "fixed" else 0
    group = calling.group_mention(session, row.brand, now)
    said = incident_words.update(row.title, row.state, count, owed, link(settings, row), settings.zone, now, group)
    aside = not everywhere and not pressing(count, now)
    line(session, settings, row, f"update{row.updates + 1}", said, now, everywhere, aside)
    remember(session, row, now, count.members, count.late, row.updates + 1)


def same(
    session: Session, settings: Settings, kept: IncidentRow, other: IncidentRow, join: IncidentJoinRow, now: datetime
) -> None:
    """The thread of the one that stays hears that the other is the same, or is parted again. Rooms that only the other
    was told in are told of this one; nobody is called."""
    undone, seen = join.undone_at is not None, _seen(session, settings, kept, now)
    there = heard_by(session, settings, kept, now)
    shown = incident_words.shown(replace(seen, quotes=()), now)
    for way in [] if undone else heard_by(session, settings, other, now):
        if way not in there:
            mark = incident_words.fingerprint(seen, now)
            _queue(session, kept, way, _key(kept, "first", way), shown, now, {SHOWN: mark})
    said = line_words.same(
        kept.title, other.title, len(join.moved), seen.count, link(settings, kept), settings.zone, now, undone
    )
    what = f"same{join.id}{'-undone' if undone else ''}"
    for way in there:
        if _says_so(session, kept, other, way):
            continue
        thread = _thread(session, kept, way)
        _queue(session, kept, way, _key(kept, what, way), said, now, {"to": thread, **ASIDE} if thread else {})
    remember(session, kept, now, seen.count.members, seen.count.late, kept.updates + 1)


def _says_so(session: Session, kept: IncidentRow, other: IncidentRow, way: Way) -> bool:
    """Whether the other one is a line in that very thread, which says so itself: it is edited, or leaves only now."""
    if other.told_in is None or incident_joins.end_of(session, other.told_in) != kept.id:
        return False
    there = outbox.get(session, line_key(other, other.told_in, way))
    return there is not None and (there.state == "waiting" or bool(there.receipt_id))


def line(
    session: Session, settings: Settings, row: IncidentRow, what: str, said: Notice, now: datetime, everywhere: bool,
    aside: bool = False,
) -> None:  # fmt: skip
    """Queue a line in each room that heard of it: in its thread, or where there are none (`everywhere`) beside it. The
    room shows it as well, unless it stands `aside`."""
    for way in heard_by(session, settings, row, now):
        thread = _thread(session, row, way)
        if thread or everywhere:
            more: dict[str, object] = {"to": thread, "aside": aside} if thread else {}
            _queue(session, row, way, _key(row, what, way), said, now, more)


def own_since(session: Session, row: IncidentRow) -> datetime:
    """Since when it has a message of its own: since it was proposed, or since nothing stands for it any more."""
    since = select(EventRow.at).where(
        EventRow.subject == incidents.subject(row), col(EventRow.what).in_((APART, ALONE))
    )  # fmt: skip
    return session.exec(since.order_by(col(EventRow.id).desc()).limit(1)).first() or row.proposed_at


def more_said(session: Session, settings: Settings, spike: SpikeRow, why: str, now: datetime) -> None:
    """A spike that is no incident: told in the rooms of cases as grave as it is, with the way to its posts."""
    said = incident_words.more_said(spike.brand, why, f"{settings.address}/spikes/{spike.id}")
    asked = [Asked(spike.brand, LIKE_A_CASE[spike.severity])]
    for way in routing.for_any(session, notices.ways(settings), asked, now):
        key = f"spike:{spike.id}:{way.responder}:{way.address}"
        outbox.add(session, message(key, spike.brand, way, said, now, {}))


def link(settings: Settings, row: IncidentRow) -> str:
    """Its page."""
    return f"{settings.address}/incidents/{row.id}"


def _key(row: IncidentRow, what: str, way: Way) -> str:
    return f"incident:{row.id}:{what}:{way.responder}:{way.address}"


def _first_key(incident_id: int, way: Way) -> str:
    return f"incident:{incident_id}:first:{way.responder}:{way.address}"


def _thread(session: Session, row: IncidentRow, way: Way) -> str:
    """Where the thread of the first message is, or of the one it is told beside; "" while that has not left or where
    there is none."""
    there = outbox.get(session, _first_key(row.id or 0, way))
    if there is None and row.told_in is not None:
        there = outbox.get(session, _first_key(row.told_in, way))
    if there is None or way.responder != "slack" or there.state != "sent" or ":" not in there.receipt_id:
        return ""
    room, _, stamp = there.receipt_id.rpartition(":")
    return f"{room}@{stamp}"


def _queue(
    session: Session, row: IncidentRow, way: Way, key: str, said: Notice, now: datetime, more: dict[str, object]
) -> None:
    what = key.removeprefix(f"{KIND}:{row.id}:").partition(":")[0]
    outbox.add(session, message(key, row.brand, way, said, now, more | {"facts": facts_of(row, what)}))


def facts_of(row: IncidentRow, what: str) -> dict[str, object]:
    """An incident for a program that reads, no words of a customer among them. `what`: first, step1, update2, same3,
    beside4 (in the thread of incident 4)."""
    state = "led" if row.state in CALLING and row.led_by is not None else row.state
    severity = LIKE_A_CASE.get(row.severity, "normal")
    return {"incident": row.id or 0, "what": what, "state": state, "severity": severity}


def message(
    key: str, brand: str, way: Way, said: Notice, now: datetime, more: Mapping[str, object] | None = None
) -> DeliveryRow:
    """A message as it is queued."""
    return DeliveryRow(
        key=key, kind=KIND, audience="team", responder=way.responder, address=way.address, text=said.text,
        body=body_of(said) | dict(more or {}), brand=brand, created_at=now, next_try_at=now,
    )  # fmt: skip


def body_of(said: Notice) -> dict[str, object]:
    """What the outbox keeps of it."""
    return {"blocks": list(said.blocks), "subject": said.subject, "html": said.html, "mail": said.body}


def remember(session: Session, row: IncidentRow, now: datetime, members: int, late: int, updates: int) -> None:
    """What the last message to the team said, and when."""
    row.told_at, row.told_members, row.told_late, row.updates = now, members, late, updates
    session.add(row)
    session.flush()
