"""A digest counted again from readings and the log, and compared with what it says."""

from dataclasses import dataclass

from bot.app import App
from bot.core.recount import (
    Changed,
    Compared,
    Counted,
    compare,
    listened,
    recount,
    themed,
    themed_before,
    turned,
    worst_day,
)
from bot.core.recovery import Outcome
from bot.core.week_table import lines
from bot.core.weekly import Digest, Figures
from bot.digest.document import Document
from bot.store import brands, events, weeks_cases
from bot.store import recount as rows

WORST = ("worst_day", "worst_day_others", "worst_day_theme", "worst_day_theme_others")
AS_THEY_ARE = ("day_mentions", "day_complaints", "theme", "heard", *WORST)
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
        earlier, differs = rows.spoken(session, [brand], week.before.span)
        ended, changed_since = rows.ended(session, brand, week.before.span.start)
        opened = weeks_cases.opened(session, brand, week)
        known = weeks_cases.answers_known(opened)
        ids = [one.case_id for one in opened if not one.is_closed and (known or not one.history)]
        kept, moved = rows.kept(session, ids)
        heard = rows.listened(session, week.span, now)
        broken = events.verify(session)
    told = _themes(figures)
    again = recount(week, brand, said, kept, now) | themed(told, said, brand) | listened(heard) | turned(ended, week)
    again |= themed_before(told, earlier, brand) | worst_day(week, told, said, brand)
    every = dict.fromkeys((*changed, *differs, *moved, *changed_since))
    return Verified(tuple(compare(_of(document.digest), again)), tuple(every), broken)


def _of(digest: Digest) -> dict[str, float | None]:
    """The digest's figures by the recount's names: rates as the counts they are made of."""
    week = digest.figures
    told: dict[str, float | None] = {}
    for line in lines(digest):
        if line.part == "count" and line.name in COUNTED and not (line.name == "net_sentiment" and line.value is None):
            told[f"count/{line.name}"] = line.value
        elif line.part in AS_THEY_ARE:
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
    return told | {f"theme_last_week/{theme.name}": theme.last for theme in known}


def _themes(week: Figures) -> list[Counted]:
    return [Counted(theme.name, theme.key, theme.place, theme.posts) for theme in week.themes]
