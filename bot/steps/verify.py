"""A digest counted again from readings and the log, and compared with what it says."""

from dataclasses import dataclass

from bot.app import App
from bot.core.recount import (
    Changed,
    Compared,
    Counted,
    compare,
    last_week,
    listened,
    recount,
    themed,
    themed_before,
    troubled,
    turned,
    worst_day,
)
from bot.core.recovery import Outcome
from bot.core.week_table import lines
from bot.core.weekly import Digest, Figures
from bot.digest.document import Document
from bot.store import brands, events, weeks_beside, weeks_cases
from bot.store import recount as rows

WORST = ("worst_day", "worst_day_others", "worst_day_theme", "worst_day_theme_others")
DAYS = ("day_mentions", "day_untagged", "day_complaints", "day_untagged_complaints")
AS_THEY_ARE = (*DAYS, "theme", "heard", *WORST)
NETS = ("day_net_sentiment", "voice_net_sentiment")  # None where nobody read
COUNTED = ("mentions", "untagged", "complaints", "untagged_complaints", "net_sentiment")


@dataclass(frozen=True, slots=True)
class Verified:
    """Every figure twice, the rows that were changed past the log, and the first broken link of the log, if any."""

    figures: tuple[Compared, ...]
    changed: tuple[Changed, ...]
    broken_at: int | None

    @property
    def holds(self) -> bool:
        """Whether everything agrees."""
        return not self.changed and self.broken_at is None and all(one.same for one in self.figures)


def verify(app: App, document: Document) -> Verified:
    """Recount a digest that was made just now."""
    figures = document.digest.figures
    week, brand, now = figures.week, figures.brand, document.made_at
    with app.db.read() as session:
        rivals = [one.name for one in brands.all_of(session) if one.competitor]
        said, changed = rows.spoken(session, [brand, *rivals], week.span)
        earlier, differs = rows.spoken(session, [brand, *rivals], week.before.span)
        ended, changed_since = rows.ended(session, brand, week.before.span.start)
        opened = weeks_cases.opened(session, brand, week)
        known = weeks_cases.answers_known(opened)
        ids = [one.case_id for one in opened if not one.is_closed and (known or not one.history)]
        kept, moved = rows.kept(session, ids)
        inside = {one.id: rows.members(session, one.id) for one in document.troubles}
        rose = rows.rose(session, brand, week.span)
        thrown = rows.thrown(session, brand, week.span, week.span.end - weeks_beside.SAMPLED_FOR)
        heard = rows.listened(session, week.span, now)
        broken = events.verify(session)
    told = _themes(figures)
    again = (
        recount(week, brand, said, kept, now, rivals)
        | themed(told, said, brand)
        | listened(heard)
        | turned(ended, week)
    )
    again |= themed_before(told, earlier, brand) | worst_day(week, told, said, brand)
    again |= last_week(week, brand, earlier, kept, now, rivals) | (
        thrown if document.thrown or any(thrown.values()) else {}
    )
    again |= rose
    for incident, (members, odd) in inside.items():
        again |= troubled(incident, members, now)
        moved += odd
    every = dict.fromkeys((*changed, *differs, *moved, *changed_since))
    return Verified(tuple(compare(_of(document.digest) | _beside(document), again)), tuple(every), broken)


def _of(digest: Digest) -> dict[str, float | None]:
    """The digest's figures by the recount's names: rates as the counts they are made of."""
    week = digest.figures
    told: dict[str, float | None] = {}
    for line in lines(digest):
        if line.part == "count" and line.name in COUNTED and not (line.name == "net_sentiment" and line.value is None):
            told[f"count/{line.name}"] = line.value
        elif line.part in AS_THEY_ARE or (line.part in NETS and line.value is not None):
            told[f"{line.part}/{line.name}"] = line.value
    told |= {f"share_of_voice/{share.brand}": share.rate.hits for share in week.voice if share.rate.hits}
    for part in (week.attained, *week.attained_by_platform) if week.attained.rate.n else ():
        name = part.platform or "all"
        told |= {f"kept/{name}": len(part.kept), f"late/{name}": len(part.late)}
    waits = {"median": week.waits.median, "ninth_of_ten": week.waits.ninth}
    told |= {f"wait/{name}_minutes": wait for name, wait in waits.items() if wait is not None}
    told |= {f"afterwards/{outcome.value}": len(getattr(week.afterwards, outcome.value)) for outcome in Outcome}
    masked = min((one.place for one in _themes(week) if one.masked), default=len(week.themes))
    known = [theme for theme in week.themes if theme.last is not None and theme.place < masked]
    return told | {f"theme_last_week/{theme.name}": theme.last for theme in known} | _last(week)


def _last(week: Figures) -> dict[str, float | None]:
    """What it says of the week before."""
    tallies = {name: getattr(week, name).last for name in COUNTED if name != "net_sentiment"}
    tallies["net_sentiment"] = week.net_last.value if week.net_last is not None else None
    told = {f"last_week_count/{name}": last for name, last in tallies.items() if last is not None}
    if (part := week.attained_last) is not None and part.rate.n:
        told |= {"last_week_kept/all": len(part.kept), "last_week_late/all": len(part.late)}
    shares = {share.brand: share.last.hits for share in week.voice if share.last is not None and share.last.hits}
    return told | {f"last_week_share_of_voice/{brand}": hits for brand, hits in shares.items()}


def _beside(document: Document) -> dict[str, float | None]:
    """Incidents by their customers, what rose, and what was kept out of the queue."""
    told: dict[str, float | None] = {}
    for one in document.troubles:
        told |= {f"incident_{name}/{one.id}": getattr(one, name) for name in ("customers", "answered", "late")}
    for rose in document.surges:
        told |= {f"rose_seen/{rose.id}": rose.seen, f"rose_usual/{rose.id}": rose.expected}
    thrown = document.thrown.posts if document.thrown is not None else {}
    return told | {f"thrown_away/{name}": len(posts) for name, posts in thrown.items()}


def _themes(week: Figures) -> list[Counted]:
    return [Counted(theme.name, theme.key, theme.place, theme.posts) for theme in week.themes]
