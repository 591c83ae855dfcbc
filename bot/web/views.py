"""What the queue shows of a case: pure values made from rows and the time, ready for a template."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.display import one_line, visible
from bot.core.priority import PROMISE_NEAR
from bot.store.lists import Face
from bot.store.presence import Present
from bot.store.tables import CaseRow
from bot.web import words
from connectors.text import web_link

SHAPES = {"open": "open", "soon": "soon", "late": "late", "kept": "kept", "missed": "late"}
WORDS = {"open": "", "soon": "At risk", "late": "Late", "kept": "Kept", "missed": "Missed"}
PROMISE_BROKEN = "Promise broken"
ENDED = {
    "not_us": "Not us",
    "not_complaint": "Not a complaint",
    "deleted": "Deleted where it was written",
    "erased": "Erased with its customer",
}
SIZES = {"soon": "tall", "late": "mid"}
ROW_TEXT = 240
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Bar:
    """The window as lengths, in per cent: `lag` not yet heard, `spent` after that, a notch where the promise ended."""

    lag: float
    spent: float
    notch: float | None


@dataclass(frozen=True, slots=True)
class Clock:
    """A window in words: state, shape, what is left, the state's word, the sentence under the bar."""

    state: str
    shape: str
    left: str
    word: str
    due_at: str
    due: str
    waited: str
    promised: str
    heard: str
    ticking: bool
    bar: Bar

    @property
    def told(self) -> str:
        """What is left, and of what, in a sentence."""
        if self.word.startswith("Promise"):
            return f"{self.left}; our answer promised something for {self.due}."
        return f"{self.left}; promised within {self.promised} of the post."


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a customer's words; `us` where it named the brand."""

    text: str
    us: bool = False


@dataclass(frozen=True, slots=True)
class Who:
    """Who is at a case: `mine`, `held`, `writing` or `reading`, and the words for it."""

    kind: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    id: int
    name: str
    platform: str
    tagged: bool
    clock: Clock
    pieces: tuple[Piece, ...]
    why: str
    reach: str
    size: str
    who: Who | None
    tags: tuple[str, ...] = ()
    gone: bool = False
    brand: str = ""
    owed: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the queue: its name, how many it holds in all, a note, and the rows shown."""

    key: str
    name: str
    note: str
    total: int
    rows: tuple[Row, ...] = field(default=())


def promise_near(case: CaseRow, now: datetime) -> bool:
    """Is a promise of ours broken, or due before anything else here?"""
    return case.promised_at is not None and case.promised_at <= now + PROMISE_NEAR


def row_clock(case: CaseRow, now: datetime, tz: str) -> Clock:
    """What a row counts down to: a promise of ours where that presses, else the case's window."""
    if case.promised_at is None or not promise_near(case, now):
        return clock(case, now, tz)
    broken, left = now >= case.promised_at, case.promised_at - now
    spent = 100.0 if broken else round(100 * (1 - left / PROMISE_NEAR), 1)
    return replace(
        clock(case, now, tz),
        bar=Bar(0.0, spent, None),
        state="late" if broken else "soon",
        shape="late" if broken else "soon",
        left=words.left(case.promised_at, now),
        word=PROMISE_BROKEN if broken else "Promised",
        due_at=case.promised_at.isoformat(),
        due=words.wall(case.promised_at, tz, now),
        ticking=True,
    )


def clock(case: CaseRow, now: datetime, tz: str) -> Clock:
    """The case's window, now. Times from the row are facts; nothing here is stored."""
    state = _state(case, now)
    start = min(case.spoke_at, case.heard_at)
    end = case.answered_at or (case.resolved_at if case.state == "resolved" else None) or now
    waited, promised = max(timedelta(), end - start), max(timedelta(minutes=1), case.due_at - start)
    return Clock(
        state=state,
        shape=SHAPES[state],
        left=_left(case, state, now),
        word=WORDS[state],
        due_at=case.due_at.isoformat(),
        due=words.wall(case.due_at, tz, now),
        waited=words.span(waited),
        promised=words.span(promised),
        heard=_heard(case.heard_at - case.spoke_at),
        ticking=case.answered_at is None and case.state in ("new", "claimed"),
        bar=bar(waited, max(timedelta(), case.heard_at - case.spoke_at), promised),
    )


def bar(waited: timedelta, lag: timedelta, promised: timedelta) -> Bar:
    """100 % is the promise, or the whole wait where that was longer."""
    whole = max(waited, promised).total_seconds()
    lag_part = round(100 * min(lag, waited).total_seconds() / whole, 1)
    spent = round(100 * waited.total_seconds() / whole - lag_part, 1)
    notch = round(100 * promised.total_seconds() / whole, 1) if waited > promised else None
    return Bar(lag_part, max(0.0, spent), notch)


def standing(case: CaseRow, now: datetime) -> tuple[str, str]:
    """A case's window as far as its words and its shape change with the time."""
    state = _state(case, now)
    return state, _left(case, state, now)


def _state(case: CaseRow, now: datetime) -> str:
    if case.answered_at is not None:
        return "kept" if case.answered_at <= case.due_at else "missed"
    if case.state in ("resolved", "merged"):
        return "open"
    if now >= case.due_at:
        return "late"
    return "soon" if now >= case.at_risk_at else "open"


def _left(case: CaseRow, state: str, now: datetime) -> str:
    if case.answered_at is not None:
        return f"Answered in {words.span(case.answered_at - min(case.spoke_at, case.heard_at))}"
    if case.state == "resolved":
        return ENDED.get(case.resolved_how, "Resolved without an answer")
    if case.state == "merged":
        return f"Part of case {case.merged_into}"
    return words.left(case.due_at, now)


def _heard(lag: timedelta) -> str:
    return "at once" if lag < timedelta(minutes=1) else f"after {words.span(lag)}"


def who(case: CaseRow, me: int, names: dict[int, str], present: Sequence[Present], now: datetime) -> Who | None:
    """Who is at the case, as others should know it: somebody writing, then the holder."""
    for one in present:
        if one.writing and one.account_id != me:
            return Who("writing", one.name, f"{first(one.name)} is writing")
    if not held(case, now) or case.holder is None or case.lease_until is None:
        return None
    more = f"{words.span(case.lease_until - now)} more"
    if case.holder == me:
        return Who("mine", names.get(me, ""), f"Yours, {more}")
    name = names.get(case.holder, "Somebody")
    return Who("held", name, f"{first(name)} has it, {more}")


def held(case: CaseRow, now: datetime) -> bool:
    """Is there a living claim?"""
    return case.holder is not None and case.lease_until is not None and case.lease_until > now


def owed(case: CaseRow) -> bool:
    """Does the customer still wait for us?"""
    return case.state in ("new", "claimed") and case.answered_at is None


def first(name: str) -> str:
    """A colleague's first name."""
    return name.split()[0] if name.split() else name


def row(
    case: CaseRow,
    face: Face | None,
    now: datetime,
    tz: str,
    *,
    why: str,
    holder: Who | None,
    reach: str,
    tags: Sequence[str] = (),
) -> Row:
    """One line of the queue."""
    view = row_clock(case, now, tz)
    return Row(
        id=case.id or 0,
        name=name_of(face.name, face.handle) if face else "Someone",
        platform=words.platform(case.platform),
        tagged=bool(face and face.tagged),
        clock=view,
        pieces=line(face) if face else (),
        why=flat(beside_clock(why), 200),
        reach=reach,
        size=SIZES.get(view.state, "short"),
        who=holder,
        tags=tuple(tags),
        gone=bool(face and face.gone),
        brand=case.brand,
        owed=owed(case) or promise_near(case, now),
    )


SPACE = re.compile(r"\s+")
PROMISED = re.compile(r"^a promise, (broken|due) [^;]*")
TIMED = re.compile(r"^(?!a promise)[^;]*\b(left|late)\b[^;]*; ")


def beside_clock(why: str) -> str:
    """A place's reason without its time: the clock stands right beside it and counts on."""
    return PROMISED.sub(lambda found: f"a {'broken ' * (found[1] == 'broken')}promise", TIMED.sub("", why, count=1))


def name_of(name: str, handle: str) -> str:
    """What we call a customer: their name, else their account, on one line and not too long."""
    return flat(name, LONGEST_NAME) or flat(handle, LONGEST_NAME) or "Someone"


def handle_of(handle: str) -> str:
    """An account as platforms write it: with @, unless it carries its own mark."""
    shown = flat(handle, LONGEST_NAME)
    return shown if not shown or shown.startswith(("@", "u/")) else f"@{shown}"


def line(face: Face) -> tuple[Piece, ...]:
    """The newest words on one line, the match marked, cut for a list."""
    rest, shown = ROW_TEXT, list[Piece]()
    for piece in pieces(face.text, face.spans):
        if rest <= 0:
            break
        text = one_line(SPACE.sub(" ", piece.text), rest)
        shown.append(Piece(text, piece.us))
        rest -= len(text)
    return tuple(shown)


def flat(text: str, longest: int) -> str:
    """A stranger's text on one line, runs of white space as one space, not longer than that."""
    return one_line(SPACE.sub(" ", text).strip(), longest)


def pieces(text: str, spans: Sequence[Sequence[object]]) -> tuple[Piece, ...]:
    """The text cut where the brand is named. Spans are [start, end, term] in code points; bad ones are passed over."""
    found, at = list[Piece](), 0
    for start, end in sorted(_sound(spans, len(text))):
        if start < at:
            continue
        if start > at:
            found.append(Piece(visible(text[at:start])))
        found.append(Piece(visible(text[start:end]), us=True))
        at = end
    if at < len(text):
        found.append(Piece(visible(text[at:])))
    return tuple(found)


def _sound(spans: Sequence[Sequence[object]], length: int) -> list[tuple[int, int]]:
    pairs = [(span[0], span[1]) for span in spans if len(span) >= 2]
    whole = [(a, b) for a, b in pairs if isinstance(a, int) and isinstance(b, int)]
    return [(a, min(b, length)) for a, b in whole if 0 <= a < min(b, length)]


def reach(face: Face | None, responders: Collection[str]) -> str:
    """At a glance: `here` when this platform's responder can answer, else `native`. The case page asks the platform."""
    if face is None or face.gone:
        return "closed"
    if face.answer_to and face.platform in responders:
        return "here"
    return "native" if web_link(face.url) else "closed"


def other_at(present: Sequence[Present], me: int) -> Who | None:
    """The colleague at this case whom one should know of: a writer before a reader."""
    others = [one for one in present if one.account_id != me]
    if not others:
        return None
    one, alike = others[0], sum(each.writing == others[0].writing for each in others)
    doing = "writing" if one.writing else "reading this"
    several = f" and {words.count(alike - 1, 'other')} are" if alike > 1 else " is"
    rest = len(others) - alike
    too = f", {words.count(rest, 'other')} {'reads' if rest == 1 else 'read'} it" if rest else ""
    return Who("writing" if one.writing else "reading", one.name, f"{first(one.name)}{several} {doing}{too}")


def stands(case: CaseRow, now: datetime) -> str:
    """By what an open page knows that other things can be done with its case by now: its state, and who has it."""
    return f"{case.state}.{case.holder if held(case, now) else 0}"


def lease_words(case: CaseRow, me: int, names: dict[int, str], now: datetime) -> str:
    """Whose the case is, and for how long."""
    if not held(case, now) or case.lease_until is None:
        return "Your claim ran out. Claim it again." if case.holder == me else ""
    more = words.span(case.lease_until - now)
    if case.holder == me:
        return f"Yours for {more} more"
    return f"{first(names.get(case.holder or 0, 'Somebody'))} has it for {more} more"


def wrote_again(case: CaseRow, seen: str, tz: str, now: datetime) -> str:
    """A line when the customer has said more than this page shows."""
    if not seen or case.words_at.isoformat() <= seen:
        return ""
    return f"They wrote again, {words.wall(case.words_at, tz, now)}."
