"""What we heard of the time we meant to hear. The rest is shown, never hidden."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor

from bot.core.locales import decimal, hundredths
from connectors.types import Span


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the time wanted was heard, and the stretches that were not (UTC, joined, in order)."""

    wanted: timedelta
    heard: timedelta
    unheard: tuple[Span, ...]

    @property
    def share(self) -> float:
        """Heard / wanted, 0…1; 1 where nothing was wanted."""
        return self.heard / self.wanted if self.wanted else 1.0

    def words(self) -> str:
        """ "99.4%". Rounded down: 100% only if nothing is missing."""
        tenths = floor(self.share * 1000 + 1e-9) if self.unheard else 1000
        return hundredths(decimal(f"{min(tenths, 999) / 10 if self.unheard else 100:g}"))


@dataclass(frozen=True, slots=True)
class Missed:
    """A stretch a source did not hear in time. `state`: lost, open (being read again), healed (heard, but late)."""

    source: str
    span: Span
    state: str
    cause: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A source that began or ended at that time."""

    source: str
    at: datetime
    began: bool


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in the fewest stretches, in order. Empty and backward spans vanish."""
    out: list[Span] = []
    for span in sorted((span for span in spans if span.start < span.end), key=lambda span: span.start):
        if out and span.start <= out[-1].end:
            out[-1] = Span(out[-1].start, max(out[-1].end, span.end))
        else:
            out.append(span)
    return tuple(out)


def without(wanted: Span, covered: Iterable[Span]) -> tuple[Span, ...]:
    """The stretches of `wanted` that no covered span reaches, in order."""
    out, at = [], wanted.start
    for span in joined(covered):
        if span.start >= wanted.end:
            break
        if span.start > at:
            out.append(Span(at, span.start))
        at = max(at, span.end)
    if at < wanted.end:
        out.append(Span(at, wanted.end))
    return tuple(out)


def coverage(wanted: Span, covered: Iterable[Span], gaps: Iterable[Span] = ()) -> Coverage:
    """What was heard of `wanted`. A gap (open or lost) takes away even where a span claims it: doubt is not hearing.

    Give healed gaps as covered spans, not as gaps.
    """
    holes = joined(gaps)
    heard = [piece for span in joined(covered) for piece in without(span, holes)]
    unheard = without(wanted, heard)
    missing = sum((span.end - span.start for span in unheard), timedelta())
    whole = max(timedelta(), wanted.end - wanted.start)
    return Coverage(whole, whole - missing, unheard)


def together(parts: Iterable[Coverage]) -> Coverage:
    """Several sources as one figure, each weighing by the time it was wanted. Stretches are kept a source each."""
    known = list(parts)
    unheard = sorted((span for part in known for span in part.unheard), key=lambda span: (span.start, span.end))
    wanted = sum((part.wanted for part in known), timedelta())
    return Coverage(wanted, sum((part.heard for part in known), timedelta()), tuple(unheard))
