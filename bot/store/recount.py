"""The week's rows from where they cannot be changed quietly: readings for mentions, the hash-chained log for cases."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.core.priority import Bars
from bot.core.recount import Changed, Ended, Kept, Listened, Member, Spoken
from bot.store import heard
from bot.store.spikes import STEP, floor
from bot.store.tables import CaseRow, MentionRow, PostRow, ReadingRow, RecoveryRow
from bot.store.tables_house import CoverageRow, EventRow, GapRow
from bot.store.weeks_cases import AFTER_DAYS
from connectors.types import Span

COMPLAINT = Bars().complaint
CHUNK = 400
CORRECTED = ("case.not_us", "case.not_complaint", "case.like_corrected", "case.tone")
SHIFTED = ("case.took_in", "case.split", "case.merged", "case.unmerged", "reply.withdrawn")
SOONER = "case.due_sooner"
CAME = ("incident.joined", "incident.took", "incident.parted")
WENT = ("incident.left", "incident.same", "incident.gave")
RECOVERED = "case.recovery"
READ = ("case.opened", "case.answered", SOONER, *CORRECTED, *SHIFTED)
Facts = Mapping[str, Any]
Log = Mapping[int, Sequence[tuple[str, Facts]]]


def log_of(session: Session, case_ids: Sequence[int]) -> Log:
    """What the log says of these cases, oldest first."""
    found: dict[int, list[tuple[str, Facts]]] = defaultdict(list)
    for at in range(0, len(case_ids), CHUNK):
        subjects = [f"case:{key}" for key in case_ids[at : at + CHUNK]]
        mine = select(EventRow).where(col(EventRow.subject).in_(subjects), col(EventRow.what).in_(READ))
        for event in session.exec(mine.order_by(col(EventRow.id))):
            found[int(event.subject.partition(":")[2])].append((event.what, json.loads(event.facts)))
    return found


def spoken(session: Session, brands: Sequence[str], span: Span) -> tuple[list[Spoken], list[Changed]]:
    """Mentions by their post and their reading, and the rows that say otherwise."""
    found = (
        select(MentionRow, PostRow, ReadingRow)
        .join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
        .join(ReadingRow, col(ReadingRow.id) == col(MentionRow.reading_id), isouter=True)
        .where(
            col(MentionRow.brand).in_(brands), col(PostRow.created_at) >= span.start, col(PostRow.created_at) < span.end
        )
        .order_by(col(MentionRow.id))
    )
    rows = list(session.exec(found))
    known = log_of(session, sorted({mention.case_id for mention, _p, _r in rows if mention.case_id is not None}))
    said: list[Spoken] = []
    changed: list[Changed] = []
    for mention, post, reading in rows:
        corrections = {what for what, _facts in known.get(mention.case_id or 0, ())} & set(CORRECTED)
        changed += _differs(mention, post, reading, bool(corrections))
        if mention.verdict != "not_us":
            said.append(_spoken(mention, post, reading, corrections))
    return said, changed


def _spoken(mention: MentionRow, post: PostRow, reading: ReadingRow | None, corrections: set[str]) -> Spoken:
    chance = reading.complaint if reading is not None else None
    complains = chance is not None and chance >= COMPLAINT and mention.verdict != "not_complaint"
    tone = _tone(reading) if reading is not None else ""
    tone = (mention.sentiment or "") if tone and corrections else tone
    return Spoken(post.id or 0, post.created_at, mention.tagged, complains, tone, mention.brand, post.text)


def _tone(reading: ReadingRow) -> str:
    best = max(reading.negative, reading.neutral, reading.positive)
    if reading.negative == best and reading.negative > max(reading.neutral, reading.positive):
        return "negative"
    return "positive" if reading.positive > max(reading.neutral, reading.negative) else "neutral"


def _differs(mention: MentionRow, post: PostRow, reading: ReadingRow | None, corrected: bool) -> Iterator[Changed]:
    name = f"mention {mention.id}"
    if mention.created_at != post.created_at:
        yield Changed(name, "its time is not its post's")
    if mention.complaint != (reading.complaint if reading is not None else None):
        yield Changed(name, "its complaint probability is not its reading's")
    if reading is not None and not corrected and mention.sentiment != _tone(reading):
        yield Changed(name, "its tone is not its reading's, and nobody corrected it")
    by_hand = mention.verdict in ("not_us", "not_complaint")
    if by_hand and not corrected and not mention.verdict_by.startswith("correction:"):
        yield Changed(name, f"it is called {mention.verdict}, and the log knows of no one who said so")


def listened(session: Session, span: Span, now: datetime) -> list[Listened]:
    """Every source's stretches as its rows say them."""
    found: list[Listened] = []
    for row in heard.measured(session):
        covered = _reaching(session, CoverageRow, row.name, span)
        holes = _reaching(session, GapRow, row.name, span, col(GapRow.state) != "healed")
        wanted = heard.wanted_of(row, span, max((one.end for one in covered), default=None), now)
        if wanted is not None:
            found.append(Listened(row.name, wanted, tuple(covered), tuple(holes)))
    return found


def _reaching(session: Session, table: type[CoverageRow | GapRow], source: str, span: Span, *more: Any) -> list[Span]:
    mine = select(table.from_at, table.to_at).where(
        col(table.source) == source, col(table.to_at) > span.start, col(table.from_at) < span.end, *more
    )
    return [Span(start, end) for start, end in session.exec(mine)]


def kept(session: Session, case_ids: Sequence[int]) -> tuple[list[Kept], list[Changed]]:
    """Cases by what the log says of their beginning and first answer, and the rows that say otherwise."""
    known = log_of(session, case_ids)
    made: list[Kept] = []
    changed: list[Changed] = []
    for at in range(0, len(case_ids), CHUNK):
        for row in session.exec(select(CaseRow).where(col(CaseRow.id).in_(case_ids[at : at + CHUNK]))):
            one, differs = _kept(row, known.get(row.id or 0, ()))
            made.append(one)
            changed += differs
    return made, changed


def ended(session: Session, brand: str, since: datetime) -> tuple[list[Ended], list[Changed]]:
    """What became of customers answered since then, by the newest verdict in the log, and the rows that say otherwise.

    A verdict is logged after its answer: none of them is older than `since`.
    """
    judged = select(EventRow.subject, EventRow.facts).where(
        col(EventRow.what) == RECOVERED, EventRow.brand == brand, col(EventRow.at) >= since
    )
    told: dict[int, str] = {}
    for subject, text in session.exec(judged.order_by(col(EventRow.id))):
        facts = json.loads(text)
        if facts.get("days") == AFTER_DAYS:
            told[int(subject.partition(":")[2])] = str(facts["outcome"])
    answers, changed = kept(session, sorted(told))
    there = _outcomes(session, sorted(told))
    changed += [
        Changed(f"case {key}", "its outcome is not what the log says") for key in told if there.get(key) != told[key]
    ]
    return [Ended(one.case_id, one.answered_at, told[one.case_id]) for one in answers if one.answered_at], changed


def members(session: Session, incident_id: int) -> tuple[list[Member], list[Changed]]:
    """An incident's cases by who joined and left it in the log, and the case rows that do not say what the log says."""
    told = select(EventRow.what, EventRow.facts).where(
        EventRow.subject == f"incident:{incident_id}", col(EventRow.what).in_(CAME + WENT)
    )
    inside: set[int] = set()
    for what, text in session.exec(told.order_by(col(EventRow.id))):
        facts = json.loads(text)
        those = set(facts["cases"]) if "cases" in facts else {facts["case"]}
        inside = inside | those if what in CAME else inside - those
    made: list[Member] = []
    for at in range(0, len(inside), CHUNK):
        for row in session.exec(select(CaseRow).where(col(CaseRow.id).in_(sorted(inside)[at : at + CHUNK]))):
            owed = row.answered_at is None and row.state in ("new", "claimed", "snoozed")
            made.append(Member(row.id or 0, owed, row.due_at))
    return made, kept(session, sorted(one.case_id for one in made))[1]


def rose(session: Session, brand: str, span: Span) -> dict[str, float]:
    """What rang in this stretch, by the log alone: of each moment the widest count, and what was usual then.

    A series is looked at in steps (store/spikes.py), so what the log says a moment later belongs to the step before.
    """
    rang = select(EventRow).where(
        EventRow.what == "spike.rang", EventRow.brand == brand,
        col(EventRow.at) >= span.start - STEP, col(EventRow.at) < span.end,
    )  # fmt: skip
    widest: dict[datetime, tuple[int, Facts]] = {}
    for event in session.exec(rang.order_by(col(EventRow.id))):
        moment, number = floor(event.at) + STEP, int(event.subject.partition(":")[2])
        if span.start <= moment < span.end:
            widest[moment] = max(widest.get(moment, (0, {})), (number, json.loads(event.facts)), key=lambda one: one[0])
    told: dict[str, float] = {}
    for number, facts in widest.values():
        told |= {f"rose_seen/{number}": facts["seen"], f"rose_usual/{number}": facts["expected"]}
    return told


def thrown(session: Session, brand: str, span: Span, since: datetime) -> dict[str, float]:
    """What was kept out of the queue, by its rows and the time of its posts, and what the log says of the sample drawn
    since then."""
    found = select(MentionRow.verdict, PostRow.id).join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
    found = found.where(MentionRow.brand == brand, col(PostRow.created_at) >= span.start)
    posts: dict[str, set[int]] = defaultdict(set)
    for verdict, post in session.exec(found.where(col(PostRow.created_at) < span.end)):
        posts[verdict].add(post or 0)
    looked = _looked_at(session, brand, since)
    return {
        "thrown_away/calm": len(posts["calm"]),
        "thrown_away/not-us": len(posts["not_us"]),
        "thrown_away/not-complaint": len(posts["not_complaint"]),
        "thrown_away/looked-at": len({post for _draw, post in looked}),
        "thrown_away/missed": len({post for (_draw, post), missed in looked.items() if missed}),
    }


def _looked_at(session: Session, brand: str, since: datetime) -> dict[tuple[str, int], bool]:
    """Each drawn post that somebody labelled, by the log: whether it was a miss."""
    told = select(EventRow.what, EventRow.subject, EventRow.facts).where(
        EventRow.brand == brand, col(EventRow.at) >= since,
        col(EventRow.what).in_(("audit.drawn", "audit.labelled", "audit.unlabelled")),
    )  # fmt: skip
    draws: set[str] = set()
    labels: dict[tuple[str, int], bool] = {}
    for what, subject, text in session.exec(told.order_by(col(EventRow.id))):
        facts = json.loads(text)
        if what == "audit.drawn":
            draws.add(subject)
        elif what == "audit.labelled" and subject in draws:
            labels[subject, facts["post"]] = facts["missed"]
        else:
            labels.pop((subject, facts["post"]), None)
    return labels


def _outcomes(session: Session, case_ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for at in range(0, len(case_ids), CHUNK):
        rows = select(RecoveryRow.case_id, RecoveryRow.outcome).where(
            col(RecoveryRow.case_id).in_(case_ids[at : at + CHUNK]), RecoveryRow.days == AFTER_DAYS
        )
        found |= dict(session.exec(rows).all())
    return found


def _kept(row: CaseRow, log: Sequence[tuple[str, Facts]]) -> tuple[Kept, list[Changed]]:
    """The row's own times are taken only where a later act that is in the log may have moved them."""
    mine = Kept(row.id or 0, row.platform, row.first_spoke_at, row.first_due_at, row.first_answered_at)
    opened = next((facts for what, facts in log if what == "case.opened"), None)
    if opened is None or any(what in SHIFTED for what, _facts in log):
        return mine, [] if opened is not None or log else [Changed(f"case {row.id}", "the log does not know it")]
    first = next((facts for what, facts in log if what == "case.answered" and facts.get("first")), None)
    moved = [facts for what, facts in log if what == SOONER and facts.get("first")]
    told = Kept(
        row.id or 0, str(opened.get("platform", row.platform)), _time(opened["spoke_at"]),
        _time([opened, *moved][-1]["due_at"]),
        _time(first["at"]) if first is not None else None,
    )  # fmt: skip
    names = {"platform": "platform", "spoke_at": "time", "due_at": "due time", "answered_at": "first answer"}
    return told, [
        Changed(f"case {row.id}", f"its {said} is not what the log says")
        for field, said in names.items()
        if getattr(mine, field) != getattr(told, field)
    ]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
