"""What the incident pages show, made from rows: words, numbers and times, no decisions."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core import spike_words
from bot.core.display import one_line
from bot.core.incident_words import standing
from bot.core.incidents import JOINED, KNOWN, Count
from bot.core.masking import masked
from bot.core.when import counted
from bot.store import incident_joins, incident_page, incidents, rights, spike_topics
from bot.store.db import Session
from bot.store.incident_joins import EARSHOT
from bot.store.incident_page import Member
from bot.store.tables import ReplyRow
from bot.store.tables_house import EventRow, GapRow
from bot.store.tables_incidents import IncidentJoinRow, IncidentRow, SpikeRow
from bot.web import pages, views, words
from bot.web.bands import Band

STATES = {
    "proposed": "Proposed",
    "open": "Open",
    "fixed": "Fixed, circling back",
    "closed": "Closed",
    "dismissed": "Dismissed",
    JOINED: "Joined into another",
}
SHAPES = {"proposed": "soon", "open": "late", "fixed": "soon", "closed": "kept", "dismissed": "kept", JOINED: "kept"}
HAPPENED = {
    "incident.proposed": "proposed it",
    "incident.opened": "declared it",
    "incident.led": "leads it",
    "incident.escalated": "called the next people: nobody had it",
    "incident.open": "opened it",
    "incident.dismissed": "dismissed it",
    "incident.fixed": "called it fixed",
    "incident.closed": "closed it",
    "incident.reopened": "opened it again",
    "incident.statement": "changed the holding statement",
    "incident.noted": "wrote a note",
    "incident.left": "took a case out",
    "incident.same": "said that it is the same as",
    "incident.took": "said that the same is",
    "incident.parted": "parted it again from",
    "incident.gave": "parted from it again",
    "incident.apart": "said that it is not the same as",
    "incident.alone": "told it by itself, as what it was told beside has ended:",
    "incident.settled": "said that nothing more is owed to a customer",
}
BY_ITSELF = HAPPENED | {"incident.same": "took it for the same as", "incident.took": "took in as the same"}
JOINS = ("incident.same", "incident.took", "incident.parted", "incident.gave", "incident.apart", "incident.alone")
ORIGINS = {"spike": "from a spike", "alike": "from complaints that say the same", "person": "declared by a person"}
LONGEST = 240
MOST_BANDS = 3  # incidents that stand on the queue one by one


@dataclass(frozen=True, slots=True)
class Joined:
    """An incident that was joined with this one, by whom, and how many cases went over. `taken`: no person said so."""

    id: int
    title: str
    cases: int
    who: str
    at: datetime
    statement: str = ""
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One incident in the list."""

    id: int
    title: str
    brand: str
    state: str
    shape: str
    since: str
    count: str
    others: tuple[tuple[int, str], ...] = ()
    into: tuple[int, str] | None = None
    told_in: str = ""


def row(
    one: IncidentRow, count: Count, tz: str, now: datetime, others: Sequence[IncidentRow] = (),
    into: Joined | None = None, told_in: str = "",
) -> Row:  # fmt: skip
    """A line of the list. `others`: those it may be the same as; `into`: where it went; `told_in`: in whose thread."""
    said = counted(count.members, "case") if count.members else "no case yet"
    said += f", {count.owed} without an answer" if count.owed else ", all answered" if count.members else ""
    said += f", {count.late} late" if count.late else ""
    since = pages.when(one.started_at, tz, now)
    return Row(
        one.id or 0, one.title, one.brand, STATES[one.state], SHAPES[one.state], since, said if into is None else "",
        tuple((other.id or 0, other.title) for other in others), None if into is None else (into.id, into.title),
        told_in,
    )  # fmt: skip


def host(session: Session, one: IncidentRow) -> str:
    """What the one is called in whose thread the room hears of it; "" where it has a message of its own, or ended."""
    found = incidents.get(session, one.told_in) if one.told_in is not None and one.state in KNOWN else None
    return found.title if found is not None else ""


def joined(session: Session, incident_id: int) -> list[Joined]:
    """What was joined into it."""
    found = ((one, incidents.get(session, one.from_incident)) for one in incident_joins.into(session, [incident_id]))
    return [_joined_with(session, one, other) for one, other in found if other is not None]


def went(session: Session, incident: IncidentRow) -> Joined | None:
    """Where it went, if it was joined into another."""
    one = incident_joins.of(session, incident.id or 0) if incident.state == JOINED else None
    other = incidents.get(session, one.into_incident) if one is not None else None
    return _joined_with(session, one, other) if one is not None and other is not None else None


def _joined_with(session: Session, one: IncidentJoinRow, other: IncidentRow) -> Joined:
    who = rights.name_of(session, one.by) if one.by != EARSHOT else "Earshot"
    return Joined(other.id or 0, other.title, len(one.moved), who, one.at, other.statement, one.by == EARSHOT)


@dataclass(frozen=True, slots=True)
class MemberView:
    """One case of an incident on its page."""

    id: int
    name: str
    platform: str
    words: str
    why: str
    due: str
    shape: str
    answered: str
    settled: str


def member(one: Member, tz: str, now: datetime) -> MemberView:
    """A line of the cases or of the circle-back list."""
    post, case = one.post, one.case
    text = masked(post.text or post.title)[:LONGEST] if post is not None else "(deleted where it was written)"
    answered = one.answered_at is not None
    late = not answered and case.due_at <= now
    return MemberView(
        case.id or 0,
        views.name_of(post.author_name, post.author_handle) if post is not None else "Somebody",
        words.platform(case.platform),
        text,
        one.membership.why,
        pages.when(case.due_at, tz, now),
        "kept" if answered or one.membership.settled_at else "late" if late else "soon",
        pages.when(one.answered_at, tz, now) if answered else "",
        one.membership.settled_why,
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the timeline. `path`: where more of it stands."""

    at: datetime
    who: str
    what: str
    text: str = ""
    path: str = ""
    way: str = "The posts behind it"


def timeline(session: Session, incident: IncidentRow, happened: Sequence[EventRow]) -> list[Moment]:
    """Events, notes and spikes in one order. Cases that joined within a minute are one line."""
    rang = incident_page.spikes(session, incident)
    called = spike_topics.names(session, [one.series for one in rang])
    moments = [_spike(one, called.get(one.series, "")) for one in rang]
    notes = iter(incidents.notes(session, incident.id or 0))
    for event in happened:
        if event.what == "incident.joined":
            _joined(moments, event)
        elif event.what == "incident.noted":
            note = next(notes, None)
            moments.append(Moment(event.at, _who(session, event.actor), "noted", note.text if note else ""))
        elif event.what in JOINS:
            moments.append(_join(session, event))
        else:
            moments.append(Moment(event.at, _who(session, event.actor), HAPPENED.get(event.what, event.what)))
    return sorted(moments, key=lambda one: one.at)


def _spike(one: SpikeRow, topic: str) -> Moment:
    over = timedelta(seconds=one.over_s)
    counted_ = spike_words.measured(one.seen, spike_words.what(one.series, topic), over, one.expected)
    return Moment(one.at, "Earshot", f"heard {counted_} ({one.severity})", path=f"/spikes/{one.id}")


def _join(session: Session, event: EventRow) -> Moment:
    facts = json.loads(event.facts)
    other = incidents.get(session, int(facts["incident"]))
    name = other.title if other is not None else "another"
    many = f" ({counted(len(facts['cases']), 'case')})" if "cases" in facts else ""
    said = f"{(HAPPENED if event.actor != 'earshot' else BY_ITSELF)[event.what]} “{name}”{many}"
    return Moment(event.at, _who(session, event.actor), said, path=f"/incidents/{facts['incident']}", way="Look at it")


def _joined(moments: list[Moment], event: EventRow) -> None:
    many = len(json.loads(event.facts).get("cases", []))
    last = moments[-1] if moments else None
    if last is not None and last.what.startswith("took in ") and (event.at - last.at).total_seconds() < 60:
        many += int(last.what.split()[2])
        moments.pop()
    moments.append(Moment(event.at, "Earshot", f"took in {many} {'case' if many == 1 else 'cases'}"))


def _who(session: Session, actor: str) -> str:
    kind, _, number = actor.partition(":")
    return rights.name_of(session, int(number)) if kind == "account" and number.isdigit() else "Earshot"


def lost(gaps: Sequence[GapRow], tz: str, now: datetime) -> list[str]:
    """What was not heard meanwhile, a sentence a gap."""
    how = {
        "lost": "not heard, and it cannot be read again",
        "open": "not heard; being read again",
        "healed": "read late",
    }
    return [
        f"{gap.source}: {pages.when(gap.from_at, tz, now)} to {pages.when(gap.to_at, tz, now)}, {how[gap.state]} "
        f"({gap.cause})."
        for gap in gaps
    ]


def said(session: Session, replies: Sequence[ReplyRow], tz: str, now: datetime) -> list[Mapping[str, object]]:
    """What we told its customers."""
    return [
        {
            "case": one.case_id,
            "by": rights.name_of(session, one.approved_by),
            "at": pages.when(one.sent_at or one.approved_at, tz, now),
            "text": one.text[:600],
            "state": "" if one.state == "sent" else "on its way" if one.state == "queued" else "posted there by hand",
        }
        for one in replies
    ]


def of_case(session: Session, case_id: int) -> dict[str, object] | None:
    """What a case's page says of the incident it is part of; None if it is part of none."""
    found = incidents.of_case(session, case_id)
    if found is None:
        return None
    one, _membership = found
    quiet = "; the team’s messages about it are held back meanwhile. Its clock runs on" if one.state in KNOWN else ""
    return {"id": one.id, "title": one.title, "words": f"{STATES[one.state].lower()}{quiet}."}


def bands(session: Session, brands: Collection[str] | None, tz: str, now: datetime) -> list[Band]:
    """What stands on the queue while incidents of these brands (None: all) go on."""
    going = incidents.going(session, None if brands is None else tuple(brands))
    said = []
    for one in going[:MOST_BANDS]:
        count = incidents.count(session, one.id or 0, now)
        lead = f"{'Perhaps an incident' if one.state == 'proposed' else 'Incident'}: “{one_line(one.title, 60)}”."
        said.append(Band("soon", "i-incident", lead, f"{standing(count, tz, now)} See Incidents."))
    if len(going) > MOST_BANDS:
        perhaps = sum(one.state == "proposed" for one in going[MOST_BANDS:])
        more = counted(len(going) - MOST_BANDS, "more incident")
        rest = f"{perhaps} of them proposed and not yet judged. " if perhaps else ""
        said.append(Band("soon", "i-incident", f"And {more}.", f"{rest}See Incidents."))
    return said
