"""What other rules of answering would have said of the last weeks' replies: stop, second person, reminder.

Each reply is judged as it stood when it was approved: its words, where it went, what had been said before it and, for
the first replies of a new agent, how many they had sent. The case's severity, followers and incident, and what was left
to give in that month, are as they are now.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.app import App
from bot.core.drafts import Breach
from bot.core.reply import breaches
from bot.ids import digest_of
from bot.store import answering, limits, switches, writing
from bot.store.db import Session
from bot.store.tables import CaseRow, ReplyRow
from responders import privately

DAYS = 28
MOST = 200
Kind = Literal["stopped", "second", "noted"]
KINDS: tuple[Kind, ...] = ("stopped", "second", "noted")
_KIND: Mapping[str, Kind] = {"stop": "stopped", "second_person": "second", "note": "noted"}


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of one reply: the heaviest kind, and why."""

    kind: Kind | None
    why: str


@dataclass(frozen=True, slots=True)
class Resaid:
    """The replies approved since then, newest first, by the rules as they are and by the new. `cut`: there were more.

    `seen` is what this look is known by: the same rules over the same replies have the same.
    """

    replies: tuple[ReplyRow, ...]
    before: Mapping[int, Judged]
    after: Mapping[int, Judged]
    since: datetime
    cut: bool
    seen: str

    def count(self, kind: Kind, rules: Literal["before", "after"]) -> int:
        """How many replies these rules judge so."""
        judged: Mapping[int, Judged] = getattr(self, rules)
        return sum(one.kind == kind for one in judged.values())

    @property
    def moved(self) -> list[tuple[ReplyRow, Judged, Judged]]:
        """Replies that the new rules judge otherwise, newest first."""
        both = ((row, self.before[row.id or 0], self.after[row.id or 0]) for row in self.replies)
        return [(row, old, new) for row, old, new in both if old.kind != new.kind]

    @property
    def changes(self) -> bool:
        """Would any reply have been judged otherwise?"""
        return bool(self.moved)


def resaid(app: App, brand: str, supposed: dict[str, dict[str, Any]], days: int = DAYS, limit: int = MOST) -> Resaid:
    """Judge the newest replies of the last days by the rules as they are and as if these switches were set."""
    since = app.clock.now() - timedelta(days=days)
    with app.db.read() as session:
        found = limits.told_since(session, brand, since, limit + 1)
        told = found[:limit]
        before = dict(_judge(app, session, told))
        with switches.suppose(session, supposed):
            after = dict(_judge(app, session, told))
    seen = digest_of(repr((sorted(supposed.items()), sorted(after.items()), sorted(before.items()))))
    return Resaid(tuple(row for row, _ in told), before, after, since, len(found) > limit, seen)


def _judge(app: App, session: Session, told: list[tuple[ReplyRow, CaseRow]]) -> Iterator[tuple[int, Judged]]:
    for row, case in told:
        crossed = _crossed(app, session, row, case)
        kinds = {_KIND[one.severity]: one.why for one in reversed(crossed)}
        kind = next((kind for kind in KINDS if kind in kinds), None)
        yield row.id or 0, Judged(kind, kinds[kind] if kind else "")


def _crossed(app: App, session: Session, row: ReplyRow, case: CaseRow) -> tuple[Breach, ...]:
    responder = app.responders.get(row.platform)
    longest = responder.longest if responder is not None else None
    private = row.visibility == "private"
    writer = row.written_by or row.approved_by
    draft = writing.draft_of(
        session, case, row.text, writer, "private" if private else "public",
        longest=privately.longest(row.platform, longest) if private else longest,
        language=app.language_of(row.text), now=row.approved_at, sounds=app.sounds_of(row.text),
    )  # fmt: skip
    recent = tuple(one for one in draft.setting.recent if one.sent_at is None or one.sent_at < row.approved_at)
    draft = replace(draft, setting=replace(draft.setting, recent=recent))
    rules = limits.boundaries(session, case.brand)
    asked = answering.consent_for(session, case, writer, row.approved_at)
    return (*breaches(draft, rules, row.approved_at), *asked)
