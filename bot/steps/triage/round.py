"""One transaction's work, and what every part of it knows of posts and cases."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.app import App
from bot.core.brand import Brand
from bot.core.corrections import Rules
from bot.store import calendars, cases, customers
from bot.store.bundling import Lately
from bot.store.db import Session
from bot.store.desk import Desk
from bot.store.tables import CaseRow, MentionRow, PostRow


class Overtaken(Exception):
    """Somebody else changed the case between our look and our write: the mention is decided on again."""


@dataclass(slots=True)
class Round:
    """One transaction's work: what is known, and what is to be written at its end."""

    session: Session
    app: App
    now: datetime
    desk: Desk
    brands: dict[str, Brand]
    rules: Rules = field(default_factory=Rules)
    said: dict[str, Lately] = field(default_factory=dict)
    opened: list[tuple[MentionRow, PostRow, CaseRow]] = field(default_factory=list)
    happened: list[tuple[str, str, str, dict[str, object]]] = field(default_factory=list)


def thread_of(post: PostRow) -> str:
    """What keeps a conversation together: the platform's thread, else the post that was replied to, else the post."""
    return post.thread or post.in_reply_to or post.native_id


def asked(work: Round, brand: Brand, customer_id: int | None) -> tuple[str, tuple[str, ...]]:
    """The customer's tier and the days the team is closed, where the brand's rules look at them."""
    tier = customers.tier(work.session, customer_id) if "tier" in brand.policy else ""
    closed = calendars.days(work.session, brand.name, work.now) if "hours" in brand.policy else ()
    return tier, closed


def answered_already(work: Round, case: CaseRow, post: PostRow) -> None:
    """Somebody of us answered on the platform before we opened the case: the clock stops with that post's time."""
    answers = work.desk.answers.get((post.platform, post.native_id), [])
    later = sorted((row for row in answers if row.created_at >= post.created_at), key=lambda row: row.created_at)
    if later:
        cases.answered(work.session, case, later[0].created_at, "native", work.now, post_id=later[0].id)
        for row in later:
            row.matched_at = work.now
            work.session.add(row)
