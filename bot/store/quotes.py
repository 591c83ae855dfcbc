"""Where our own words repeat a customer's: notes, answers, promises, reasons, incidents. How those are taken out.

What several people said (an incident's name, a spike's words) stays when one post goes; a person's name never does.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, SQLModel, col, select

from bot.core import quoting
from bot.store import labels, search
from bot.store.tables import CaseRow, CustomerRow, DraftRow, NoteRow, ReplyRow, TagRow
from bot.store.tables_answering import ApprovalRow, GestureRow, PromiseRow, VariantRow
from bot.store.tables_corrections import AsideRow
from bot.store.tables_desk import SavedViewRow
from bot.store.tables_house import DeliveryRow, SearchRow
from bot.store.tables_incidents import DrillRow, IncidentCaseRow, IncidentNoteRow, IncidentRow, SpikeRow, StoryRow
from bot.store.tables_topics import TopicRow

CHUNK = 300
QUOTED = "It quoted a post that was deleted."

OF_CASE: tuple[tuple[type[SQLModel], tuple[str, ...]], ...] = (
    (NoteRow, ("text",)),
    (ReplyRow, ("text", "why", "difference")),
    (DraftRow, ("text",)),
    (PromiseRow, ("words",)),
    (GestureRow, ("because", "note")),
    (ApprovalRow, ("closing", "why", "note")),
    (IncidentCaseRow, ("settled_why",)),
    (StoryRow, ("why",)),
    (AsideRow, ("why",)),
)
SAID_BY_MANY: tuple[tuple[type[SQLModel], str], ...] = ((IncidentRow, "runs"), (SpikeRow, "words"))

Clean = Callable[[str], str]


def without(
    session: Session, case_ids: Sequence[int], sources: Sequence[str], names: Sequence[str], now: datetime
) -> int:
    """Take a customer's words (runs of four) and names out of what we wrote in and about these cases. Of how many."""

    def clean(text: str) -> str:
        return quoting.without(text, sources, names)

    changed = 0
    for at in range(0, len(case_ids), CHUNK):
        chunk = list(case_ids[at : at + CHUNK])
        for row, columns in _rows(session, chunk):
            changed += _cleaned(session, row, columns, clean, now)
        _variants(session, chunk, clean, now)
        _tags(session, chunk, clean, now)
        _waiting(session, chunk, clean)
    _drills(session, clean)
    return changed


def _drills(session: Session, clean: Clean) -> None:
    """What the rooms of a drill were told: a recorded incident's script has customers' words."""
    for row in session.exec(select(DrillRow)):
        told = row.debrief.get("said", [])
        if told and (left := [one | {"text": clean(one["text"])} for one in told]) != told:
            row.debrief = row.debrief | {"said": left}
            session.add(row)


def _rows(session: Session, case_ids: list[int]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Every row of ours that may quote, with the columns that may."""
    for table, columns in OF_CASE:
        mine: Any = table
        yield from ((row, columns) for row in session.exec(select(mine).where(mine.case_id.in_(case_ids))))
    theirs = session.exec(select(CaseRow).where(col(CaseRow.id).in_(case_ids))).all()
    yield from ((row, ("why",)) for row in theirs)
    who = {row.customer_id for row in theirs}
    yield from ((row, ("note",)) for row in session.exec(select(CustomerRow).where(col(CustomerRow.id).in_(who))))
    member = select(IncidentCaseRow.incident_id).where(col(IncidentCaseRow.case_id).in_(case_ids))
    going = session.exec(select(IncidentRow).where(col(IncidentRow.id).in_(member)))
    yield from ((row, ("statement",)) for row in going)
    noted = session.exec(select(IncidentNoteRow).where(col(IncidentNoteRow.incident_id).in_(member)))
    yield from ((row, ("text",)) for row in noted)


def _cleaned(session: Session, row: Any, columns: tuple[str, ...], clean: Clean, now: datetime) -> int:
    fresh = {name: clean(getattr(row, name)) for name in columns}
    if all(getattr(row, name) == words for name, words in fresh.items()):
        return 0
    for name, words in fresh.items():
        setattr(row, name, words)
    session.add(row)
    _follow(session, row, clean, now)
    return 1


def _follow(session: Session, row: Any, clean: Clean, now: datetime) -> None:
    """What else holds the same words, or must not go on as it was."""
    if isinstance(row, NoteRow):
        _refind(session, "note", row.id or 0, row.text)
    elif isinstance(row, ReplyRow):
        if row.state == "queued":  # nobody approved the words without the quote
            row.state, row.why = "held", QUOTED
        _refind(session, "reply", row.id or 0, row.text)
        _copy(session, row, clean)
    elif isinstance(row, DraftRow | IncidentRow):
        row.version += 1
    elif isinstance(row, ApprovalRow):
        _withdraw(row, now)


def _withdraw(row: ApprovalRow, now: datetime) -> None:
    if row.state == "open":
        row.state, row.decided_at = "withdrawn", now


def _refind(session: Session, kind: str, ref: int, words: str) -> None:
    for row in session.exec(select(SearchRow).where(SearchRow.kind == kind, SearchRow.ref == ref)):
        row.words = search.words_of(words)
        session.add(row)


def _copy(session: Session, reply: ReplyRow, clean: Clean) -> None:
    """The outbox's copy of an answer says what the answer says; one that is held leaves no more."""
    mine = select(DeliveryRow).where(DeliveryRow.reply_id == reply.id, DeliveryRow.audience == "customer")
    for row in session.exec(mine):
        if row.state == "waiting" and reply.state == "held":
            row.state, row.error = "withdrawn", reply.why
        if row.state != "waiting":
            row.text, row.body = reply.text, _inside(row.body, clean)
        session.add(row)


def _variants(session: Session, case_ids: list[int], clean: Clean, now: datetime) -> None:
    """A wording that nobody agreed to yet and that quotes is withdrawn: its bytes are no longer what was asked for."""
    asked = select(VariantRow, ApprovalRow).join(ApprovalRow, col(ApprovalRow.id) == col(VariantRow.approval_id))
    for row, approval in session.exec(asked.where(col(ApprovalRow.case_id).in_(case_ids))):
        words, facts = clean(row.text), _inside(row.facts, clean)
        if (words, facts) != (row.text, row.facts):
            row.text, row.facts = words, facts
            _withdraw(approval, now)
            session.add_all((row, approval))


def _tags(session: Session, case_ids: list[int], clean: Clean, now: datetime) -> None:
    labels.forget(session, case_ids, now, lambda tag: clean(tag) == tag)
    for row in session.exec(select(TagRow).where(col(TagRow.case_id).in_(case_ids))).all():
        if clean(row.tag) != row.tag:
            session.delete(row)


def _waiting(session: Session, case_ids: list[int], clean: Clean) -> None:
    """Messages to the team that have not left, of these cases or of no one case (digests, incidents)."""
    mine = col(DeliveryRow.case_id).in_(case_ids) | col(DeliveryRow.case_id).is_(None)
    found = select(DeliveryRow).where(mine, DeliveryRow.audience == "team", _unsaid())
    for row in session.exec(found):
        words, body = clean(row.text), _inside(row.body, clean)
        if (words, body) != (row.text, row.body):
            row.text, row.body = words, body
            session.add(row)


def _unsaid() -> ColumnElement[bool]:
    return col(DeliveryRow.state).in_(("waiting", "lost"))


def _inside(value: Any, clean: Clean) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: _inside(one, clean) for key, one in value.items()}
    return [_inside(one, clean) for one in value] if isinstance(value, list) else value


def unname(session: Session, brands: Sequence[str], names: Sequence[str]) -> None:
    """Take a person's names out of what belongs to no one case: incidents, spikes, topics a person named, views."""

    def clean(text: str) -> str:
        return quoting.without(text, (), names)

    for table, column in SAID_BY_MANY:
        rows: Any = table
        for row in session.exec(select(rows).where(rows.brand.in_(brands))):
            said = getattr(row, column)
            setattr(row, column, [words for words in said if clean(words) == words])
            session.add(row)
    for incident in session.exec(select(IncidentRow).where(col(IncidentRow.brand).in_(brands))):
        incident.title, incident.why = clean(incident.title), clean(incident.why)
        incident.statement = clean(incident.statement)
        session.add(incident)
        _unname_inside(session, incident.id or 0, clean)
    for topic in session.exec(select(TopicRow).where(col(TopicRow.brand).in_(brands), TopicRow.named_by != "")):
        topic.name = clean(topic.name)
        session.add(topic)
    for view in session.exec(select(SavedViewRow)).all():
        if "from:" in view.question and clean(view.question) != view.question:
            session.delete(view)
    session.flush()


def _unname_inside(session: Session, incident_id: int, clean: Clean) -> None:
    for note in session.exec(select(IncidentNoteRow).where(IncidentNoteRow.incident_id == incident_id)):
        note.text = clean(note.text)
        session.add(note)
    for case in session.exec(select(IncidentCaseRow).where(IncidentCaseRow.incident_id == incident_id)):
        case.why = clean(case.why)
        session.add(case)
