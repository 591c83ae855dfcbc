"""The week in one value: every figure of the digest, its headline and what to do. Pure: rows in, figures out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.coverage import Coverage, together
from bot.core.figures import (
    Afterwards,
    Attainment,
    Day,
    Net,
    Share,
    Tally,
    Waits,
    afterwards,
    attainment,
    days,
    ids,
    net,
    voice,
    waits,
)
from bot.core.sowhat import news
from bot.core.themes import Theme, by_topic, themes
from bot.core.todo import todo
from bot.core.week import Claim, Owed, Said, Turned, Week
from bot.core.worst_day import Worst, worst

ENOUGH_HEARD = 0.9


@dataclass(frozen=True, slots=True)
class Figures:
    """A brand's week. Everything with `last` in its name is the week before, None if nothing was heard then.

    `comparable` is True if this week is over and both were heard by the same sources for nine tenths of the time: only
    then counts may be compared. `owed_since` is when the one spoke who waits longest.
    """

    week: Week
    brand: str
    mentions: Tally
    untagged: Tally
    complaints: Tally
    untagged_complaints: Tally
    net: Net
    net_last: Net | None
    days: tuple[Day, ...]
    voice: tuple[Share, ...]
    attained: Attainment
    attained_last: Attainment | None
    attained_by_platform: tuple[Attainment, ...]
    waits: Waits
    afterwards: Afterwards
    themes: tuple[Theme, ...]
    heard: tuple[tuple[str, Coverage], ...]
    comparable: bool
    over: bool = True
    worst: Worst | None = None
    owed_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """Figures and what they mean. `news` are the headline's sentences one by one, each with its posts."""

    figures: Figures
    headline: Claim
    todo: tuple[Claim, ...]
    news: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class WeekRows:
    """All rows a digest is made of, of this week and the one before, in any order; others are left out.

    `turned` are the customers whose recovery is reported this week (answered in an earlier one). `coverage` is by
    source, for the week, `coverage_before` for the one before; None where it was not measured, as in an import.
    `competitors` are the followed brands by name; `names` the brand's own, which never make a theme. `alike` is False
    where the two weeks were not heard by the same sources, or an import ends within them: their counts then differ
    because we did. `theme_names` are marks of what themes of earlier weeks were called, newest first.
    """

    said: Sequence[Said] = ()
    owed: Sequence[Owed] = ()
    turned: Sequence[Turned] = ()
    coverage: Mapping[str, Coverage] | None = None
    coverage_before: Mapping[str, Coverage] | None = None
    competitors: Sequence[str] = ()
    names: Sequence[str] = ()
    alike: bool = True
    theme_names: Sequence[str] = ()


def weekly(week: Week, brand: str, rows: WeekRows, now: datetime) -> Digest:
    """The digest of one brand's week as of `now`. Counted by the time the customer posted, in the week's zone."""
    figures = _figures(week, brand, rows, now)
    told = news(figures)
    return Digest(figures, Claim(" ".join(one.sentence for one in told), told[0].posts), todo(figures), told)


def _figures(week: Week, brand: str, rows: WeekRows, now: datetime) -> Figures:
    all_now, all_before = _within(week, rows.said), _within(week.before, rows.said)
    ours, before = _of(brand, all_now), _of(brand, all_before)
    listened = bool(before)
    owed_now = [case for case in rows.owed if week.holds(case.spoke_at)]
    owed_before = [case for case in rows.owed if week.before.holds(case.spoke_at)]
    total, by_platform = attainment(owed_now, now)
    complaints, complaints_before = _complaints(ours), _complaints(before)
    found = themes(
        complaints,
        complaints_before if listened else None,
        [row for row in ours if not row.complaint],
        [brand, *rows.names],
        known=rows.theme_names,
    )
    about = by_topic(found, {row.post_id: row.topic for row in complaints})
    each = days(week, ours)
    waiting = set(total.waiting)
    return Figures(
        week=week,
        brand=brand,
        mentions=_tally(ours, before),
        untagged=_tally(_untagged(ours), _untagged(before), listened),
        complaints=_tally(complaints, complaints_before, listened),
        untagged_complaints=_tally(_untagged(complaints), _untagged(complaints_before), listened),
        net=net(ours),
        net_last=net(before) if listened else None,
        days=each,
        voice=voice(all_now, all_before, [brand, *rows.competitors]),
        attained=total,
        attained_last=attainment(owed_before, now)[0] if owed_before else None,
        attained_by_platform=by_platform,
        waits=waits(case for case in owed_now if case.answered_at is not None or case.due_at <= now),
        afterwards=afterwards(rows.turned),
        themes=about,
        heard=tuple(sorted((rows.coverage or {}).items())),
        comparable=listened and now >= week.span.end and _heard_alike(rows),
        over=now >= week.span.end,
        worst=worst(each, about),
        owed_since=min((case.spoke_at for case in owed_now if case.post_id in waiting), default=None),
    )


def _heard_alike(rows: WeekRows) -> bool:
    return rows.alike and _well(rows.coverage) and _well(rows.coverage_before)


def _well(parts: Mapping[str, Coverage] | None) -> bool:
    """True if enough was heard to compare counts, or if it was not measured."""
    return parts is None or together(parts.values()).share >= ENOUGH_HEARD


def _within(week: Week, rows: Sequence[Said]) -> list[Said]:
    span = week.span
    return [row for row in rows if span.start <= row.at < span.end]


def _of(brand: str, rows: Sequence[Said]) -> list[Said]:
    return [row for row in rows if row.brand == brand]


def _untagged(rows: Sequence[Said]) -> list[Said]:
    return [row for row in rows if not row.tagged]


def _complaints(rows: Sequence[Said]) -> list[Said]:
    return [row for row in rows if row.complaint]


def _tally(rows: Sequence[Said], before: Sequence[Said], listened: bool | None = None) -> Tally:
    known = bool(before) if listened is None else listened
    return Tally(ids(rows), len(ids(before)) if known else None)
