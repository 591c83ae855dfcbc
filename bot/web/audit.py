"""Who did what: the event log, newest first, and whether its chain holds."""

import json
import re

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.app import App
from bot.store import events, labels, people
from bot.store.tables_house import EventRow
from bot.web.auth import Me, brands_of, may_see
from bot.web.late import new_routes
from bot.web.pages import render

A_PAGE = 100
MOST_LISTED = 40  # ids of an event
_TIME = re.compile(r"\d{4}-\d\d-\d\dT? ?\d\d:\d\d:\d\d[.\d]*(?:\+00:00|Z)")


def router(app: App) -> APIRouter:
    """One page. Nobody can change an event, here or elsewhere."""
    web = new_routes()

    @web.get("/audit")
    def audit(request: Request, me: Me, before: int | None = None, check: bool = False) -> Response:
        with app.db.read() as session:
            rows = events.newest(session, A_PAGE + 1, before)
            names = {f"account:{row.id}": row.name for row in people.all_of(session)}
            broken = events.verify(session) if check else None
            tags = labels.of(session, rows)
        shown = [
            line(row, names, tags.get(row.id or 0, ""))
            for row in rows[:A_PAGE]
            if brands_of(me) is None or may_see(me, row.brand)
        ]
        older = rows[A_PAGE - 1].id if len(rows) > A_PAGE else None
        return render(
            request, "audit.html", lines=shown, older=older, first=before is None, checked=check, broken=broken
        )

    return web


def line(row: EventRow, names: dict[str, str], tag: str = "") -> dict[str, object]:
    """One event for the page: ids become people's names, and a tag's number its words, where we know them."""
    facts: dict[str, object] = json.loads(row.facts)
    facts = {key: content for key, content in facts.items() if key != "label"} | {"tag": tag} if tag else facts
    return {
        "id": row.id,
        "at": row.at,
        "who": who(row.actor, names),
        "what": row.what,
        "subject": names.get(row.subject, row.subject),
        "case": row.subject.removeprefix("case:") if row.subject.startswith("case:") else "",
        "brand": row.brand,
        "facts": ", ".join(f"{key.replace('_', ' ')} {_plain(content)}" for key, content in facts.items()),
    }


def _plain(content: object) -> object:
    """A fact as people write it: yes and no, a number without its tail, a time to the second, a long list counted."""
    if isinstance(content, bool):
        return "yes" if content else "no"
    if isinstance(content, float):
        return f"{content:.4g}"
    if isinstance(content, str) and _TIME.fullmatch(content):
        return f"{content[:10]} {content[11:19]}"
    if isinstance(content, list) and len(content) > MOST_LISTED:
        return f"({len(content)} of them)"
    if isinstance(content, list):
        return " ".join(str(_plain(each)) for each in content)
    return content


def who(actor: str, names: dict[str, str]) -> str:
    """`account:3` as a name; `slack:U1→account:3` as a name and where they pressed."""
    place, _, account = actor.rpartition("→")
    name = names.get(account, account)
    return f"{name}, in Slack" if place.startswith("slack:") else name
