"""Yesterday in five lines: for those who want a word each morning. Pure, from the same rows as the weekly digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from bot.core.chance import clearly
from bot.core.figures import ids, in_time
from bot.core.locales import day_and_month, day_name
from bot.core.week import Owed, Said, Week
from bot.core.when import counted

USUAL_DAYS = 7
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Brief:
    """One local day of a brand. `usual` is the median of complaints of the seven days before, None if unheard of."""

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

    def title(self) -> str:
        """ "Acme, Tuesday 3 November"."""
        return f"{self.brand}, {day_name(self.day)} {day_and_month(self.day)}"

    def lines(self) -> list[str]:
        """What happened, a sentence a line."""
        said = [f"{counted(len(self.complaints), 'complaint')} in {counted(len(self.mentions), 'mention')}"]
        if self.untagged:
            said[0] += f", {self.untagged} of them never tagged us"
        said[0] += f"{self._against_usual()}."
        if self.kept or self.late:
            said.append(f"{self.kept} answered in time, {self.late} late or not yet.")
        if self.waiting:
            said.append(
                f"{counted(self.waiting, 'customer')} of that day still {'waits' if self.waiting == 1 else 'wait'}."
            )
        return [*said, *(f"Incident: {one}" for one in self.incidents)]

    def _against_usual(self) -> str:
        if self.usual is None:
            return ""
        change = clearly(len(self.complaints), round(self.usual))
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
) -> Brief:
    """A day's brief. Rows of other days serve for what is usual."""
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
        sum(case.answered_at is None for case in over), tuple(incidents),
    )  # fmt: skip
