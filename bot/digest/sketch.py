"""What the mail's pictures show: a few bars with their words, small enough to wait in the outbox until it leaves.

Counts and names of brands and platforms only: nothing a customer wrote.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from unicodedata import normalize

from bot.core.figures import Attainment
from bot.core.intervals import percent_words
from bot.core.locales import number, short_day
from bot.core.sowhat import platform_words
from bot.core.weekly import Figures
from bot.digest.words import heard_on

MOST = 8  # rows of a picture
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "ı": "i"}
    | dict.fromkeys("–—−‑", "-")
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a picture. `part` is its length as a share of the longest, 0…1, `more` what stands on top of it,
    `span` its interval and `before` last week, in the same measure; `said` is written at its end, `strong` is ours."""

    label: str
    said: str
    part: float
    more: float = 0.0
    span: tuple[float, float] | None = None
    before: float | None = None
    strong: bool = True


@dataclass(frozen=True, slots=True)
class Sketch:
    """A picture of a week ("2026-W41"): `shape` is "columns", "shares" or "kept"; `alt` says all that it shows."""

    week: str
    name: str
    shape: str
    alt: str
    bars: tuple[Bar, ...]
    legend: tuple[str, ...] = ()

    def cid(self, look: str) -> str:
        """Its Content-ID without the angle brackets; `look` is light or dark."""
        return f"{self.name}-{look}.{self.week}@earshot"

    def stored(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


def restored(item: Mapping[str, Any]) -> Sketch:
    """What `stored` made. TypeError or KeyError for anything else."""
    bars = tuple(Bar(**bar | {"span": tuple(bar["span"]) if bar["span"] else None}) for bar in item["bars"])
    return Sketch(item["week"], item["name"], item["shape"], item["alt"], bars, tuple(item["legend"]))


def sketches(week: Figures) -> dict[str, Sketch]:
    """The pictures of a week by name: `complaints`, `answers`, `voice`; one that has nothing to show is left out."""
    made = (_complaints(week), _answers(week), _voice(week))
    return {one.name: one for one in made if one is not None and all(bar.label for bar in one.bars)}


def _complaints(week: Figures) -> Sketch:
    most = max([1, *(day.complaints for day in week.days)])
    bars, said = [], []
    for day in week.days:
        low, high, name = len(day.complaints_untagged), len(day.complaints_tagged), short_day(day.day)
        known = heard_on(day, week)
        written = number(day.complaints) if known else "-"
        bars.append(Bar(drawable(name), written, low / most, high / most))
        said.append(f"{name} {written if known else 'not heard'}{f' ({number(low)} untagged)' if low else ''}")
    alt = f"Complaints a day: {', '.join(said)}."
    return Sketch(
        week.week.label, "complaints", "columns", alt, tuple(bars), ("untagged: nobody would have told us", "tagged")
    )


def _answers(week: Figures) -> Sketch | None:
    each = week.attained_by_platform if len(week.attained_by_platform) > 1 else ()
    enough = [part for part in (week.attained, *each) if part.rate.enough][:MOST]
    if not enough or enough[0] is not week.attained:
        return None
    bars = [_kept(part) for part in enough]
    said = [f"{_name(part)} {part.rate.words()}" for part in enough]
    return Sketch(week.week.label, "answers", "kept", f"Answered in time: {'; '.join(said)}.", tuple(bars))


def _kept(part: Attainment) -> Bar:
    share = part.rate.share or 0.0
    said = f"{percent_words(share)} of {number(part.rate.n)}"
    return Bar(drawable(_name(part)), drawable(said), share, span=part.rate.interval, strong=not part.platform)


def _name(part: Attainment) -> str:
    return platform_words(part.platform) if part.platform else "All"


def _voice(week: Figures) -> Sketch | None:
    if not week.voice or week.voice[0].rate.share is None:
        return None
    shown = week.voice[:MOST]
    known = all(one.last is not None and one.last.hits for one in week.voice)  # one may be followed since then only
    pairs = [(one.rate.share or 0.0, one.last.share if one.last is not None and known else None) for one in shown]
    most = max(1e-9, *(max(share, last or 0.0) for share, last in pairs))
    bars, said = [], []
    for one, (share, last) in zip(shown, pairs, strict=True):
        before = last / most if last is not None else None
        bars.append(
            Bar(
                drawable(one.brand),
                f"{percent_words(share)}",
                share / most,
                before=before,
                strong=one.brand == week.brand,
            )
        )
        was = f" (last week {percent_words(last)})" if last is not None else ""
        said.append(f"{one.brand} {percent_words(share)}{was}")
    return Sketch(week.week.label, "voice", "shares", f"Share of voice: {', '.join(said)}.", tuple(bars))


def drawable(text: str) -> str:
    """The same in the letters that the pictures' font has; "" where they would say something else.

    Pillow's own font is ASCII with a few signs: accents are left out, other scripts cannot be drawn.
    """
    plain = "".join(
        letter for letter in normalize("NFKD", text.translate(_LETTERS)) if not 0x300 <= ord(letter) < 0x370
    )
    return plain if plain.isascii() and plain.isprintable() else ""
