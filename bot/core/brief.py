"""Yesterday in a few lines: for those who want a word each morning. Pure, from the same rows as the weekly digest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from bot.core.chance import clearly
from bot.core.coverage import Coverage
from bot.core.display import one_line
from bot.core.figures import ids, in_time
from bot.core.locales import day_and_month, day_name
from bot.core.sowhat import platform_words
from bot.core.themes import themes
from bot.core.week import Owed, Said, Week
from bot.core.when import counted, span_words
from bot.core.zones import day_start, zone
from connectors.types import Span

USUAL_DAYS = 7
WORTH_A_LINE = timedelta(minutes=5)
WORTH_NAMING = 5
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Brief:
    """One local day of a brand. `usual` is the median of complaints of the seven days before, None if unheard of.

    `unheard` is how long each source did not hear of that day, the longest first. `about` is what most complaints were
    about, in the customers' words, and how many; `rose` are that day's spikes in words.
    """

    brand: str
    day: date
    mentions: tuple[str, ...]
    complaints: tuple[str, ...]
    untagged: int
    usual: float | None
    kept: int
    late: int
    waiting: int
    incidents: tuple[str, ...] = ()
    unheard: tuple[tuple[str, timedelta], ...] = ()
    about: tuple[str, int] | None = None
    rose: tuple[str, ...] = ()

    def title(self) -> str:
        """ "Acme, Tuesday 3 November"."""
        return f"{self.brand}, {day_name(self.day)} {day_and_month(self.day)}"

    def lines(self) -> list[str]:
        """What happened, a sentence a line."""
        said = [f"{self._counts()}{self._against_usual()}."]
        if self.about is not None:
            said.append(f"Most often about “{one_line(self.about[0], 80)}”: {self.about[1]} of them.")
        said += [f"What rose: {one_line(one, 300)}." for one in self.rose]
        if self.kept or self.late:
            said.append(f"{self.kept} answered in time, {self.late} late or not yet.")
        if self.waiting:
            said.append(
                f"{counted(self.waiting, 'customer')} of that day still {'waits' if self.waiting == 1 else 'wait'}."
            )
        said += [f"Incident: {one}." for one in self.incidents]
        if self.unheard:
            missed = ", ".join(f"{span_words(length)} of {platform_words(name)}" for name, length in self.unheard)
            said.append(f"Not heard: {missed}.")
        return said

    def _counts(self) -> str:
        bad = len(self.complaints)
        if not self.mentions:
            return f"Nobody was heard to speak of {self.brand}"
        told = f"{counted(bad, 'complaint')} in {counted(len(self.mentions), 'mention')}"
        if not self.untagged:
            return told
        many = "it" if bad == 1 else "none of them" if self.untagged == bad else f"{self.untagged} of them"
        return f"{told}, {many} {'tagged us' if many.startswith('none') else 'never tagged us'}"

    def _against_usual(self) -> str:
        if self.usual is None:
            return ""
        change = clearly(len(self.complaints), round(self.usual))
        if change < 0 and self.unheard:
            return ""  # perhaps only because we did not listen
        if change:
            return f"; {'more' if change > 0 else 'fewer'} than usual ({self.usual:g})"
        return f"; about as usual ({self.usual:g})"


def brief(
    brand: str,
    day: date,
    tz: str,
    said: Sequence[Said],
    owed: Sequence[Owed],
    now: datetime,
    incidents: Sequence[str] = (),
    parts: Mapping[str, Coverage] | None = None,
    rose: Sequence[str] = (),
    names: Sequence[str] = (),
) -> Brief:
    """A day's brief. Rows of other days serve for what is usual; `parts` is what each source heard of the week, `names`
    what the brand is called: no theme is named after it."""
    week = Week(day - timedelta(days=day.weekday()), tz)
    mine = [row for row in said if row.brand == brand]
    today = [row for row in mine if week.day_of(row.at) == day]
    complaints = [row for row in today if row.complaint]
    before = [day - timedelta(days=back) for back in range(1, USUAL_DAYS + 1)]
    heard = {week.day_of(row.at) for row in mine}
    counts = [sum(row.complaint and week.day_of(row.at) == one for row in mine) for one in before]
    over = [case for case in owed if week.day_of(case.spoke_at) == day and (case.answered_at or case.due_at <= now)]
    kept = sum(in_time(case) for case in over)
    return Brief(
        brand, day, ids(today), ids(complaints), len(ids(row for row in complaints if not row.tagged)),
        median(counts) if set(before) <= heard else None, kept, len(over) - kept,
        sum(case.answered_at is None for case in over), tuple(incidents), _unheard(week, day, parts or {}),
        _about(today, [row for row in mine if row.complaint and week.day_of(row.at) in before], [brand, *names]),
        tuple(rose),
    )  # fmt: skip


def _about(today: Sequence[Said], before: Sequence[Said], names: Sequence[str]) -> tuple[str, int] | None:
    """The largest theme of the day, where enough complain of it."""
    complaints = [row for row in today if row.complaint]
    found = themes(complaints, before, [row for row in today if not row.complaint], names, most=1)
    return (found[0].name, found[0].n) if found and found[0].n >= WORTH_NAMING else None


def _unheard(week: Week, day: date, parts: Mapping[str, Coverage]) -> tuple[tuple[str, timedelta], ...]:
    """How long each source missed of a local day; what is less than five minutes is not worth a line."""
    where = zone(week.tz)
    whole = Span(day_start(day, where), day_start(day + timedelta(days=1), where))
    lengths = {name: sum((_within(span, whole) for span in part.unheard), timedelta()) for name, part in parts.items()}
    found = [(name, length) for name, length in lengths.items() if length >= WORTH_A_LINE]
    return tuple(sorted(found, key=lambda one: (-one[1], one[0])))


def _within(span: Span, whole: Span) -> timedelta:
    return max(timedelta(), min(span.end, whole.end) - max(span.start, whole.start))
