"""Knowledge at hand, beside the composer: how this person writes, cases like this one and what worked, material."""

from datetime import datetime
from typing import Any

from bot.app import App
from bot.core import goodwill
from bot.core.cues import Known, cues
from bot.core.display import visible
from bot.core.languages import name_of
from bot.steps.answer.material import filled
from bot.steps.remembering import model_of
from bot.store import cases, customers, gestures, lists, memories, mentions, posts, snippets
from bot.store.db import Session
from bot.store.tables import CaseRow, PostRow
from bot.store.tables_house import AccountRow
from bot.web import views, words
from bot.web.case_views import OUTCOMES
from bot.web.macro_words import does_words

SHOWN = 30  # pieces of material


def of(
    app: App, session: Session, me: AccountRow, case: CaseRow, posts: list[PostRow], now: datetime
) -> dict[str, Any]:
    """What stands beside the composer."""
    there = [post for post in posts if post.gone_at is None]
    name = views.first(views.name_of(there[-1].author_name, there[-1].author_handle)) if there else ""
    return {
        "cues": _cues(session, case, [post.text for post in there], now),
        "like": [_like(one, app.settings.zone, now) for one in memories.like(session, case, model_of(app))],
        "material": _material(session, me, case, name, app.settings.zone, now),
        "recovery": _recovery(session, case, app.settings.zone, now),
    }


def _cues(session: Session, case: CaseRow, texts: list[str], now: datetime) -> list[dict[str, Any]]:
    customer = customers.get(session, case.customer_id)
    others = customers.cases(session, case.customer_id)
    last = next((row for row in others if row.id != case.id and row.first_answered_at is not None), None)
    heard_at = customer.first_heard_at if customer else case.opened_at
    first = min(customers.wrote_first(session, case.customer_id) or heard_at, heard_at)
    known = Known(first, len(others), *_last(session, last))
    language = name_of(case.language) if case.language not in (None, "", "und") else ""
    found = cues([text[:4_000] for text in texts[-10:]], language, known, now)
    return [{"lead": one.lead, "words": one.words, "careful": one.careful} for one in found]


def _last(session: Session, case: CaseRow | None) -> tuple[str, str]:
    """How the last case ended in the customer's own words, and what was given in it."""
    if case is None:
        return "", ""
    outcome = next((row.outcome for row in cases.recoveries(session, case.id or 0)), "")
    told = OUTCOMES.get(outcome, "").lower()
    given = [goodwill.words(row.cents, row.currency) for row in gestures.of_case(session, case.id or 0) if row.given_at]
    return told if outcome != "silent" else "", " and ".join(given)


def _recovery(session: Session, case: CaseRow, tz: str, now: datetime) -> list[dict[str, Any]]:
    """What they said in public after our answer, 7 and 30 days on, in their words. Silence is told as silence."""
    shown = []
    for row in sorted(cases.recoveries(session, case.id or 0), key=lambda one: one.days):
        there = [key for key in row.mentions[:3] if mentions.get(session, key) is not None]
        said = [posts.of_mention(session, key) for key in there]
        quotes = [views.flat(post.text, 160) for post in said if post.gone_at is None]
        lead = OUTCOMES.get(row.outcome, row.outcome)
        until = "" if row.final else ", so far"
        told = f"{row.days} days on{until}, {words.wall(row.decided_at, tz, now)}"
        shown.append({"lead": lead, "words": told, "quotes": quotes})
    return shown


def _like(one: memories.Past, tz: str, now: datetime) -> dict[str, Any]:
    return {
        "id": one.case_id,
        "near": f"{round(one.near * 100)} % alike",
        "text": views.flat(one.text, 140),
        "answer": visible(one.answer[:600]),
        "outcome": OUTCOMES.get(one.outcome, "Answered"),
        "at": words.wall(one.at, tz, now),
        "good": one.outcome == "recovered",
    }


def _material(
    session: Session, me: AccountRow, case: CaseRow, customer: str, tz: str, now: datetime
) -> list[dict[str, Any]]:
    rows = snippets.of_brand(session, case.brand)[:SHOWN]
    names = lists.names(session, [int(row.assign) for row in rows if row.assign.isdecimal()])
    return [
        {
            "id": row.id,
            "name": row.name,
            "fact": row.kind == "fact",
            "macro": row.kind == "macro",
            "does": [visible(line) for line in does_words(row, names, tz, now)],
            "finishes": bool(row.snooze),
            "mark": snippets.mark(row),
            "text": visible(filled(row.text, customer, views.first(me.name), case.brand)),
        }
        for row in rows
    ]
