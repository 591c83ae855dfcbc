"""`/api/v1`: cases and mentions for other programs, behind the same roles and brand walls as the pages."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel

from bot.app import App
from bot.store import cases, feed
from bot.store.tables import CaseRow, MentionRow, PostRow, ReadingRow
from bot.web.api_case import CaseHolds, holds
from bot.web.auth import Me, brands_of
from bot.web.late import new_routes
from bot.web.pages import TheApp

web = new_routes()
LARGEST_ID = 2**63 - 1
MOST = 200

Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
After = Annotated[int, Query(ge=0, le=LARGEST_ID, description="The last id you have; 0 to begin")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most")]
State = Annotated[str, Query(pattern="^(new|claimed|waiting|snoozed|resolved|merged)?$", description="Only these")]
Late = Annotated[bool, Query(description="Only those whose answer is owed and was due by now")]


class MentionOut(BaseModel):
    """A post that names a brand, and what the reader made of it. Text is empty once the author deleted it.

    `language_supported` is false where the reader does not speak the language: its numbers are then a guess. It and
    `reader` are null where nobody has read the post.
    """

    id: int
    brand: str
    platform: str
    url: str
    author: str
    text: str
    title: str
    created_at: datetime
    heard_at: datetime
    tagged: bool
    relevance: float
    sentiment: str | None
    complaint: float | None
    urgency: float | None
    language: str | None
    language_supported: bool | None
    reader: str | None
    verdict: str
    case: int | None
    history: bool
    gone: bool


class CaseOut(BaseModel):
    """One customer's issue. `due_at` is when an answer is owed; `breached` whether that time passed unanswered."""

    id: int
    brand: str
    platform: str
    state: str
    section: str
    severity: str
    why: str
    spoke_at: datetime
    due_at: datetime
    answered_at: datetime | None
    resolved_at: datetime | None
    breached: bool
    history: bool
    held: bool


class CaseWithMentions(CaseOut, CaseHolds):
    """A case, what its customer said, oldest first, our notes and answers, its tags and whose it is."""

    mentions: list[MentionOut]


class Cases(BaseModel):
    """A page. `after` is what to ask for next; null at the end."""

    cases: list[CaseOut]
    after: int | None


class Mentions(BaseModel):
    """A page. `after` is what to ask for next; null at the end."""

    mentions: list[MentionOut]
    after: int | None


def router(_app: App) -> APIRouter:
    """The API's routes."""
    return web


@web.get("/api/v1/cases")
def list_cases(
    app: TheApp, me: Me, after: After = 0, limit: Limit = 50, state: State = "", late: Late = False
) -> Cases:
    """Cases, oldest first. Ids only grow, so a page asked for by the last id one has lacks none and repeats none."""
    now = app.clock.now()
    with app.db.read() as session:
        rows = feed.cases_after(session, brands_of(me), after, limit + 1, state, now if late else None)
        shown = [case_out(row, now) for row in rows[:limit]]
    return Cases(cases=shown, after=shown[-1].id if len(rows) > limit else None)


@web.get("/api/v1/cases/{case_id}")
def one_case(app: TheApp, me: Me, case_id: Id) -> CaseWithMentions:
    """A case with what its customer said, its tags, notes, whose it is, and our answers, also those not sent."""
    with app.db.read() as session:
        row = feed.case(session, brands_of(me), case_id)
        if row is None:
            raise HTTPException(404, "No such case.")
        said = feed.mentions_of(session, brands_of(me), case_id)
        plain = (
            case_out(row, app.clock.now()).model_dump()
            | holds(session, row, [(one[0], one[1]) for one in said]).model_dump()
        )
        return CaseWithMentions(**plain, mentions=[mention_out(*one) for one in said])


@web.get("/api/v1/mentions")
def list_mentions(app: TheApp, me: Me, after: After = 0, limit: Limit = 50) -> Mentions:
    """Posts that name a brand, in the order they were heard, each with what its reader made of it."""
    with app.db.read() as session:
        rows = feed.mentions_after(session, brands_of(me), after, limit + 1)
        shown = [mention_out(*one) for one in rows[:limit]]
    return Mentions(mentions=shown, after=shown[-1].id if len(rows) > limit else None)


@web.get("/api/v1/mentions/{mention_id}")
def one_mention(app: TheApp, me: Me, mention_id: Id) -> MentionOut:
    """One post that names a brand."""
    with app.db.read() as session:
        one = feed.mention(session, brands_of(me), mention_id)
    if one is None:
        raise HTTPException(404, "No such mention.")
    return mention_out(*one)


def case_out(row: CaseRow, now: datetime) -> CaseOut:
    """A case as the API shows it."""
    window = cases.window(row)
    return CaseOut(
        id=row.id or 0,
        brand=row.brand,
        platform=row.platform,
        state=row.state,
        section=row.section,
        severity=row.severity,
        why=row.why,
        spoke_at=row.spoke_at,
        due_at=window.due_at,
        answered_at=row.answered_at,
        resolved_at=row.resolved_at,
        breached=window.state(now) in ("late", "missed"),
        history=row.history,
        held=row.holder is not None,
    )


def mention_out(row: MentionRow, post: PostRow, reading: ReadingRow | None) -> MentionOut:
    """A mention as the API shows it: nothing of the platform's raw answer, no words of what was deleted there."""
    gone = post.gone_at is not None
    return MentionOut(
        id=row.id or 0,
        brand=row.brand,
        platform=row.platform,
        url="" if gone else post.url,
        author="" if gone else post.author_handle,
        text="" if gone else post.text,
        title="" if gone else post.title,
        created_at=row.created_at,
        heard_at=row.heard_at,
        tagged=row.tagged,
        relevance=row.relevance,
        sentiment=row.sentiment,
        complaint=row.complaint,
        urgency=row.urgency,
        language=row.language,
        language_supported=reading.language_supported if reading else None,
        reader=f"{reading.reader}/{reading.version}" if reading else None,
        verdict=row.verdict,
        case=row.case_id,
        history=row.history,
        gone=gone,
    )
