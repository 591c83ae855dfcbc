"""A digest as flat lines, for CSV and JSON: every figure with its n, its interval, last week's, and its posts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.core.beside import Surge, Thrown, Trouble
from bot.core.figures import Attainment, Day, Net, Tally
from bot.core.intervals import Rate
from bot.core.weekly import Digest, Figures
from bot.core.when import iso


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `value` is None where there are too few; `low` and `high` bound a rate at 95 %, as shares 0…1,
    and net sentiment from -100 to 100.
    """

    part: str
    name: str
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    last: float | None = None
    posts: tuple[str, ...] = ()


def lines(digest: Digest) -> tuple[Line, ...]:
    """All figures of a digest, in the order of the page."""
    week = digest.figures
    return (
        *_counts(week), *_rates(week), *_days(week), *_worst(week), *_themes(week), *_voice(week), *_heard(week)
    )  # fmt: skip


def beside(thrown: Thrown | None, troubles: Iterable[Trouble], surges: Iterable[Surge] = ()) -> Iterator[Line]:
    """What stands beside the figures: incidents by their customers, what rose, and what was kept out of the queue.

    Of what rose `low` and `high` bound the count at 95 %, and `last` is what is usual at that hour.
    """
    for one in troubles:
        for name in ("customers", "answered", "late"):
            yield Line(f"incident_{name}", f"{one.title} (#{one.id})", getattr(one, name), one.customers)
    for rose in surges:
        n, (low, high) = round(rose.seen), rose.interval
        yield Line("rose", f"{rose.what}, {iso(rose.at)}", n, n, low, high, round(rose.expected, 1))
    for name, posts in thrown.posts.items() if thrown is not None else ():
        yield Line("thrown_away", name, len(posts), len(posts), posts=posts)


def _counts(week: Figures) -> Iterator[Line]:
    for name in ("mentions", "untagged", "complaints", "untagged_complaints"):
        tally: Tally = getattr(week, name)
        yield Line("count", name, tally.n, tally.n, last=tally.last, posts=tally.posts)
    last = week.net_last.value if week.net_last else None
    yield _net("count", "net_sentiment", week.net, last)
    for outcome in ("recovered", "unchanged", "worse", "silent"):
        posts: tuple[str, ...] = getattr(week.afterwards, outcome)
        yield Line("afterwards", outcome, len(posts), len(posts), posts=posts)


def _rates(week: Figures) -> Iterator[Line]:
    last = week.attained_last.rate.share if week.attained_last else None
    yield _rate("attainment", "all", week.attained.rate, last, _owed(week.attained))
    for part in week.attained_by_platform:
        yield _rate("attainment", part.platform, part.rate, None, _owed(part))
    after = week.afterwards
    yield _rate("afterwards", "spoke_better", after.rate, None, after.recovered + after.unchanged + after.worse)
    yield Line("wait", "median_minutes", week.waits.median, week.waits.n, posts=week.waits.posts)
    yield Line("wait", "ninth_of_ten_minutes", week.waits.ninth, week.waits.n, posts=week.waits.posts)


def _days(week: Figures) -> Iterator[Line]:
    for day in week.days:
        yield Line("day_mentions", day.day.isoformat(), day.mentions, day.mentions, posts=day.tagged + day.untagged)
        yield Line("day_untagged", day.day.isoformat(), len(day.untagged), len(day.untagged), posts=day.untagged)
        yield Line("day_complaints", day.day.isoformat(), day.complaints, day.complaints, posts=_complaints(day))
        untagged = day.complaints_untagged
        yield Line("day_untagged_complaints", day.day.isoformat(), len(untagged), len(untagged), posts=untagged)
        yield _net("day_net_sentiment", day.day.isoformat(), day.net)


def _worst(week: Figures) -> Iterator[Line]:
    """The worst day with what its other days had, and the theme that made it so."""
    if (worst := week.worst) is None:
        return
    day, n = worst.day.isoformat(), len(worst.complaints)
    yield Line("worst_day", day, n, n, posts=worst.complaints)
    yield Line("worst_day_others", day, worst.usual, n)
    if worst.theme is not None:
        name = week.themes[worst.theme].name
        yield Line("worst_day_theme", name, len(worst.posts), n, posts=worst.posts)
        yield Line("worst_day_theme_others", name, worst.theme_usual, n)


def _themes(week: Figures) -> Iterator[Line]:
    for theme in week.themes:
        yield Line("theme", theme.name, theme.n, week.complaints.n, last=theme.last, posts=theme.posts)


def _voice(week: Figures) -> Iterator[Line]:
    for share in week.voice:
        yield _rate("share_of_voice", share.brand, share.rate, share.last.share if share.last else None, share.posts)
    for share in week.voice:
        yield _net("voice_net_sentiment", share.brand, share.net)


def _heard(week: Figures) -> Iterator[Line]:
    for source, part in week.heard:
        yield Line("heard", source, part.share, round(part.wanted.total_seconds()))


def _rate(part: str, name: str, rate: Rate, last: float | None, posts: tuple[str, ...]) -> Line:
    low, high = rate.interval
    return Line(part, name, rate.share, rate.n, low, high, last, posts)


def _owed(part: Attainment) -> tuple[str, ...]:
    return part.kept + part.late


def _complaints(day: Day) -> tuple[str, ...]:
    return day.complaints_tagged + day.complaints_untagged


def _net(part: str, name: str, net: Net, last: float | None = None) -> Line:
    low, high = net.interval if net.n else (None, None)
    return Line(part, name, net.value, net.n, low, high, last, net.positive + net.negative)
