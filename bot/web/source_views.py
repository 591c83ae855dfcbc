"""What the sources page says: each source's last day as a strip, how it is, and what one can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.coverage import joined
from bot.core.spending import LOOKS, OURS, Spending
from bot.store.tables import SourceRow
from bot.store.tables_house import CoverageRow, GapRow
from bot.web.words import platform
from connectors.types import Latency, Span

DAY = timedelta(hours=24)
THINNEST = 0.5  # per cent of the strip; a shorter gap would not be seen
SPEEDS = {
    Latency.SECONDS: ("Can be kept", "heard within seconds"),
    Latency.MINUTES: ("Can be kept", "heard within minutes"),
    Latency.BEST_EFFORT: ("Cannot be promised", "heard when the platform shows it"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the strip in per cent. `kind`: heard, open, healed, lost."""

    kind: str
    x: float
    w: float


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source as its row shows it. `shape`: kept, soon, late, off; `acts`: read, off, on."""

    name: str
    what: str
    shape: str
    last: str
    state: str
    note: str
    promise: str
    speed: str
    strip: tuple[Piece, ...]
    strip_words: str
    posts: int
    spent: float
    acts: tuple[str, ...]
    editable: bool
    hooked: bool = False
    heard: str = ""
    costs: Spending | None = None
    deletions: str = ""


def view(
    row: SourceRow, covered: Sequence[CoverageRow], missing: Sequence[GapRow], now: datetime, latency: Latency | None,
    *, hooked: bool = False, heard: str = "", costs: Spending | None = None, left: str = "",
    deletions: str = "",
) -> SourceView:  # fmt: skip
    """One source, from its rows. `latency` is None where its connector is not installed; `heard` the day's share;
    `left` says what its platform's limit leaves, `deletions` how little of them can be learnt."""
    shape, state, note = standing(row, missing, now, left)
    if (
        shape in ("kept", "soon")
        and not row.failures
        and (waits := waiting_words(costs, bool(row.options.get("stream"))))
    ):
        shape, state, note = "soon", "Saving", f"{waits} {note}".strip()
    promise, speed = _promise(row, latency)
    acts = ("on",) if row.state == "off" else ("read", "off")
    return SourceView(
        name=row.name,
        what=platform(row.connector) + (", as history" if row.history else ""),
        shape=shape,
        last="never" if row.heard_at is None else "",
        state=state,
        note=note,
        promise=promise,
        speed=speed,
        strip=strip(covered, missing, now),
        strip_words=strip_words(missing),
        posts=row.kept,
        spent=row.spent,
        acts=acts,
        editable=row.origin != "file",
        hooked=hooked,
        heard=heard,
        costs=costs,
        deletions=deletions,
    )


def _promise(row: SourceRow, latency: Latency | None) -> tuple[str, str]:
    if latency is None:
        return "Cannot be promised", "its connector is missing"
    if row.state in ("off", "stopped"):
        return "Cannot be promised", "it is not read now"
    if row.failures and row.heard_at is None:
        return "Cannot be promised", "it was never heard"
    return SPEEDS[latency]


def standing(row: SourceRow, missing: Sequence[GapRow], now: datetime, left: str = "") -> tuple[str, str, str]:
    """How a source is: its shape, a word, a sentence with what to do."""
    if row.state == "off":
        return "off", "Off", "Switched off. Its place is kept; what is said meanwhile becomes a gap."
    if row.state == "stopped":
        return "late", "Stopped", f"{row.error} It is not read until somebody mends it."
    if row.failures:
        when = "now" if row.next_poll_at <= now else f"in {_minutes(row.next_poll_at - now)}"
        tries = "1 try" if row.failures == 1 else f"{row.failures} tries"
        return "soon", "Waiting", f"{row.error} Tried again {when}; {tries} failed."
    if row.polled_at is None:
        return "open", "Starting", "Not read yet: the first look is under way."
    if row.state == "waiting" and row.next_poll_at > now:
        note = f"Slowed: {left or 'few calls are left'}. Read again in {_minutes(row.next_poll_at - now)}."
        return "kept", "Slowed", f"{note} {row.notice}".strip()
    if not row.streams and now - row.polled_at > max(timedelta(seconds=3 * row.every_s), timedelta(minutes=2)):
        return "late", "Silent", "Nobody has read it for three of its turns. Is the listening loop running?"
    if any(gap.state == "open" for gap in missing):
        return "soon", "Catching up", "A stretch was missed and is being read again."
    return "kept", "Listening", row.notice


def waiting_words(costs: Spending | None, streams: bool = False) -> str:
    """What still runs where a monthly cap lets queries wait; "" where none does."""
    if costs is None:
        return ""
    if not (resting := costs.resting()):
        closed = streams and not costs.may_stream()
        return "The monthly cap is nearly reached: the stream is closed, searches go on." if closed else ""
    if costs.tight:
        rest = "only your own account's timelines are read until the new month (UTC)."
        return f"The monthly cap is nearly reached: {rest}"
    queries = [query.name for query in costs.queries if query.name not in (OURS, LOOKS)]
    waiting = sum(name in resting for name in queries)
    parts = [f"{waiting} of {len(queries)} queries" if waiting else "", LOOKS if LOOKS in resting else ""]
    told = " and ".join(part for part in parts if part)
    return f"To stay under the monthly cap, {told} wait; the rest is read as ever."


def strip(covered: Sequence[CoverageRow], missing: Sequence[GapRow], now: datetime) -> tuple[Piece, ...]:
    """The last 24 hours from left to right: what was heard, over it what was not."""
    heard = joined(Span(row.from_at, row.to_at) for row in covered)
    pieces = [_piece("heard", span.start, span.end, now, 0.0) for span in heard]
    pieces += [_piece(gap.state, gap.from_at, gap.to_at, now, THINNEST) for gap in missing]
    return tuple(piece for piece in pieces if piece is not None)


def strip_words(missing: Sequence[GapRow]) -> str:
    """The strip for those who do not see it."""
    names = {"open": "a gap still open", "healed": "a gap healed later", "lost": "a gap lost for good"}
    return ", ".join(names.get(gap.state, gap.state) for gap in missing) or "no gap"


def _piece(kind: str, start: datetime, end: datetime, now: datetime, least: float) -> Piece | None:
    x, to = (max(0.0, min(100.0, 100 * (1 - (now - at) / DAY))) for at in (start, end))
    return Piece(kind, round(min(x, 100 - least), 2), round(max(to - x, least), 2)) if to > x or least else None


def _minutes(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return f"{minutes} min" if minutes else "less than a minute"


def headline(views: Sequence[SourceView]) -> str:
    """The page in a sentence."""
    on = [each for each in views if each.shape != "off"]
    whole = [each for each in on if each.shape == "kept"]
    if not views:
        return "No source yet, so nothing is heard."
    if not on:
        return "Every source is off, so nothing is heard."
    if len(whole) == len(on):
        return f"We hear {'our only source' if len(on) == 1 else f'all {len(on)} sources'} in full."
    states = dict.fromkeys(each.state.lower() for each in on if each.shape != "kept")
    named = {
        state: [each.name for each in on if each.shape != "kept" and each.state.lower() == state] for state in states
    }
    rest = " ".join(f"{_and(names)} {'is' if len(names) == 1 else 'are'} {state}." for state, names in named.items())
    return f"We hear {len(whole)} of {len(on)} sources in full. {rest}"


def _and(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
