"""Fire drills: which were played, and what each one showed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from bot.app import App
from bot.core.when import counted, span_words
from bot.demo.crisis import Rooms
from bot.store import drills
from bot.store.tables_house import AccountRow
from bot.store.tables_incidents import DrillRow
from bot.web.auth import Me, may_see
from bot.web.late import new_routes
from bot.web.pages import render

NEVER = "never"
CALLED = {"slack": "Slack", "email": "mail", "teams": "Teams", "discord": "Discord", "pagerduty": "PagerDuty"}


def router(app: App) -> APIRouter:
    """A list, a page, and the same as JSON."""
    web = new_routes()

    @web.get("/drills")
    def every(request: Request, me: Me) -> Response:
        """The newest first."""
        with app.db.read() as session:
            rows = drills.newest(session)
        here = isinstance(app.responders, Rooms)
        return render(request, "drills.html", rows=[(row, lead(row.debrief)) for row in rows], goes_on=here)

    @web.get("/drills/room")
    def room(request: Request, me: Me) -> Response:
        """What the team was told so far, in the sandbox of a drill that goes on."""
        if not isinstance(app.responders, Rooms):
            raise HTTPException(404, "No drill goes on here. Its rooms are read where its queue is.")
        with app.db.read() as session:
            names = drills.members(session)
        return render(request, "drill_room.html", said=said(app.responders.told(names), me))

    @web.get("/drills/{drill_id}")
    def one(request: Request, me: Me, drill_id: int) -> Response:
        """One debrief."""
        row = _row(app, drill_id)
        facts = row.debrief
        told = said(facts.get("said", []), me) if "said" in facts else None
        return render(
            request, "drill.html", row=row, lead=lead(facts), firsts=firsts(facts), lists=lists(facts), said=told
        )  # fmt: skip

    @web.get("/drills/{drill_id}/debrief.json")
    def plain(me: Me, drill_id: int) -> Response:
        """The same for a program."""
        row = _row(app, drill_id)
        shown = row.debrief | {"said": _seen(row.debrief.get("said", []), me)}
        return JSONResponse({"id": row.id, "name": row.name, "started_at": row.started_at.isoformat(), **shown})

    return web


def _row(app: App, drill_id: int) -> DrillRow:
    with app.db.read() as session:
        row = drills.get(session, drill_id) if 0 < drill_id < 2**53 else None
    if row is None:
        raise HTTPException(404, "There is no such drill.")
    return row


@dataclass(frozen=True, slots=True)
class Said:
    """One message to the team as a page shows it: when after the start, where, in lines."""

    after: str
    where: str
    lines: tuple[str, ...]


def said(every: Sequence[Mapping[str, Any]], me: AccountRow) -> list[Said]:
    """What the rooms were told, as far as it is about this person's brands."""
    return [Said(_span(one["after_s"]), _where(one), tuple(one["text"].splitlines())) for one in _seen(every, me)]


def _seen(every: Sequence[Mapping[str, Any]], me: AccountRow) -> list[Mapping[str, Any]]:
    """A message about several brands, or none, is for who may see all of them."""
    return [one for one in every if not me.brands or (one["brand"] and may_see(me, one["brand"]))]


def _where(one: Mapping[str, Any]) -> str:
    where = f"{one['room']} ({CALLED.get(one['by'], one['by'])})" + (", in a thread" if one["thread"] else "")
    return f"{where}, changed {counted(one['edits'], 'time')} since" if one["edits"] else where


def lead(facts: Mapping[str, Any]) -> str:
    """What it came to, in a sentence."""
    owed, answered = int(facts.get("owed", 0)), int(facts.get("answered", 0))
    said = f"{answered} of {counted(owed, 'customer')} answered, {int(facts.get('windows_kept', 0))} {_within(facts)}."
    worst = facts.get("worst_wait_s")
    return f"{said} The longest wait was {_span(worst)}." if worst is not None else said


def _within(facts: Mapping[str, Any]) -> str:
    """ "within the promised 30 minutes": what the brands promise. Debriefs of before this was kept meant an hour."""
    spans = [span_words(timedelta(seconds=each)) for each in facts.get("windows_s", [3_600])]
    if len(spans) < 2:
        return f"within the promised {spans[0]}" if spans else "in time"
    return f"within what was promised ({spans[0]} to {spans[-1]})"


def firsts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How soon things happened, counted from the first post that was owed an answer."""
    return [
        ("First heard", _span(facts.get("first_heard_s"))),
        ("First claimed", _span(facts.get("first_claimed_s"))),
        ("Incident proposed or declared", _span(facts.get("proposed_s"))),
        ("First answer", _span(facts.get("first_answer_s"))),
        ("Messages to the team", f"{int(facts.get('messages', 0)):,}"),
        ("Customers answered more than once", f"{int(facts.get('duplicates', 0)):,}"),
        ("Answers in the very words of another", f"{int(facts.get('same_words', 0)):,}"),
    ]


def lists(facts: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Posts of the script by what went wrong with them; only where something did."""
    every = [
        ("Without an answer", facts.get("missed")),
        ("Not heard", facts.get("unheard")),
        ("Heard, and no case was opened", facts.get("without_case")),
        ("In the queue though nobody was owed an answer", facts.get("noise_in_queue")),
    ]
    return [(name, [str(one) for one in posts]) for name, posts in every if posts]


def _span(seconds: Any) -> str:
    if not isinstance(seconds, int | float):
        return NEVER
    return "at once" if seconds < 1 else span_words(timedelta(seconds=seconds))
