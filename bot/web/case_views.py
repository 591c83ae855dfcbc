"""What the case page shows: who said what, why it is here, whom we know, what was done. Pure values from rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.core.display import visible
from bot.core.languages import name_of
from bot.core.misread import reader_words
from bot.readers.orders import left_out
from bot.store.lists import Face
from bot.store.tables import CaseRow, MentionRow, NoteRow, PostRow, ReadingRow, RecoveryRow, ReplyRow
from bot.store.tables_house import EventRow
from bot.web import views, words
from bot.web.log_words import DID, WHOM
from bot.web.views import Piece
from connectors.text import web_link
from responders import privately

SHOWN = 3_000  # characters of one message before "More"
LONGEST = 40_000  # characters of one message that a page ever shows
OUTCOMES = {"recovered": "Recovered", "unchanged": "Unchanged", "worse": "Lost", "silent": "Silent"}
SHAPE_OF = {"recovered": "kept", "worse": "late"}
REPLY_WORDS = {
    "queued": "waits in the outbox",
    "sent": "sent",
    "withdrawn": "withdrawn before it left",
    "refused": "refused by the platform",
    "unsure": "not known if it arrived",
    "looking": "opened on the platform: is it there?",
    "held": "held before it left",
    "taken_back": "deleted again",
}
MACHINE = 0.5  # how machine-like an author must behave before the page says so


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the thread: `kind` theirs, ours or jot (a note). `gone` says why its words are missing."""

    kind: str
    name: str
    time: datetime
    at: str
    iso: str
    where: str
    pieces: tuple[Piece, ...] = ()
    more: tuple[Piece, ...] = ()
    more_n: str = ""
    title: str = ""
    url: str = ""
    foot: tuple[str, ...] = ()
    gone: str = ""
    decide: int = 0
    withdraw: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log."""

    at: str
    iso: str
    words: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it is here: a name, an icon, the words that matched, a sentence."""

    icon: str
    name: str
    words: str
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """Another case of this customer."""

    id: int
    shape: str
    outcome: str
    at: str
    words: str


@dataclass(frozen=True, slots=True)
class Teller:
    """Turns times into words: the team's zone and the present moment."""

    tz: str
    now: datetime

    def at(self, moment: datetime) -> str:
        """A moment on the team's wall."""
        return words.wall(moment, self.tz, self.now)


def thread(
    messages: Iterable[tuple[MentionRow, PostRow]],
    replies: Iterable[ReplyRow],
    notes: Iterable[NoteRow],
    names: Mapping[int, str],
    tell: Teller,
) -> list[Said]:
    """Everything that was said in this case, by time."""
    said = [theirs(mention, post, tell) for mention, post in messages]
    said += [ours(reply, names, tell) for reply in replies]
    said += [_jot(note, names, tell) for note in notes]
    return sorted(said, key=lambda one: one.time)


def theirs(mention: MentionRow, post: PostRow, tell: Teller) -> Said:
    """A customer's message, the match marked; long ones continue under "More". Of a deleted one only that it was."""
    here = post.gone_at is None
    shown = views.pieces(post.text[:SHOWN], mention.spans)
    rest = post.text[SHOWN:LONGEST]
    return Said(
        kind="theirs",
        name=views.name_of(post.author_name, post.author_handle) if here else views.name_of("", ""),
        time=post.created_at,
        at=tell.at(post.created_at),
        iso=post.created_at.isoformat(),
        where=_where(mention, post, tell),
        pieces=shown if here else (),
        more=views.pieces(rest, _moved(mention.spans, SHOWN)) if rest and here else (),
        more_n=f"{len(post.text) - SHOWN:,}" if rest and here else "",
        title=views.flat(post.title, 300) if here else "",
        url=web_link(post.url) if here else "",
        foot=_foot(post),
        gone="" if post.gone_at is None else f"Deleted, seen {tell.at(post.gone_at)}. The words are removed here too.",
    )


def _moved(spans: Sequence[Sequence[object]], by: int) -> list[list[object]]:
    pairs = [(span[0], span[1]) for span in spans if len(span) >= 2]
    return [[a - by, b - by] for a, b in pairs if isinstance(a, int) and isinstance(b, int) and a >= by]


def _where(mention: MentionRow, post: PostRow, tell: Teller) -> str:
    told = [f"public, on {words.platform(post.platform)}"]
    told.append("tagged us" if mention.tagged else "untagged")
    if post.edited_at is not None:
        told.append(f"edited {tell.at(post.edited_at)}")
    if post.clock == "claimed":
        told.append("time as the author claims it")
    if "future" in post.flags.split():
        told.append("dated ahead of its time")
    return ", ".join(told)


def _foot(post: PostRow) -> tuple[str, ...]:
    told = []
    if post.followers is not None and post.followers >= 0:
        told.append(words.count(post.followers, "follower"))
    if post.engagement:
        told.append(words.count(post.engagement, "reaction"))
    if post.rating is not None:
        told.append(f"rated {round(post.rating * 5)} of 5")
    return tuple(told)


def ours(reply: ReplyRow, names: Mapping[int, str], tell: Teller) -> Said:
    """An answer of ours, and how it stands."""
    state = REPLY_WORDS.get(reply.state, reply.state)
    foot: tuple[str, ...] = (
        () if reply.state == "sent" and not reply.why else (f"{state}: {reply.why}" if reply.why else state,)
    )
    foot += (f"What stands there now: {visible(reply.difference)}",) if reply.difference else ()
    if reply.written_by is not None and reply.written_by != reply.approved_by:
        foot += (f"agreed by {names.get(reply.approved_by, 'somebody')}",)
    moment = reply.sent_at or reply.approved_at
    return Said(
        kind="ours",
        name=names.get(reply.written_by or reply.approved_by, "Somebody"),
        time=moment,
        at=tell.at(moment),
        iso=moment.isoformat(),
        where=f"{reply.visibility}, on {words.platform(reply.platform)}",
        pieces=(Piece(visible(reply.text)),),
        url=web_link(reply.receipt_url),
        foot=foot,
        decide=(reply.id or 0) if reply.state in ("unsure", "looking") else 0,
        withdraw=(reply.id or 0) if _can_go(reply) else 0,
    )


def _can_go(reply: ReplyRow) -> bool:
    """Whether it may be deletable where it was posted: what lies in an inbox is not."""
    inbox = reply.visibility == "private" and not privately.WAYS.get(reply.platform, privately.Way()).goes
    return reply.state == "sent" and bool(reply.receipt_id) and not inbox


def _jot(note: NoteRow, names: Mapping[int, str], tell: Teller) -> Said:
    return Said(
        kind="jot",
        name=names.get(note.by, "Somebody"),
        time=note.at,
        at=tell.at(note.at),
        iso=note.at.isoformat(),
        where="note, only we see it",
        pieces=(Piece(visible(note.text)),),
    )


def log(
    rows: Sequence[EventRow], names: Mapping[int, str], tags: Mapping[int, str], tell: Teller, limit: int = 40
) -> list[Line]:
    """What was done, newest first. An unknown act shows its own name."""
    shown = [row for row in reversed(rows)][:limit]
    return [Line(tell.at(row.at), row.at.isoformat(), did(row, names, tags.get(row.id or 0, ""))) for row in shown]


def did(row: EventRow, names: Mapping[int, str], tag: str = "") -> str:
    """One event as a sentence. `tag`: the word it put on or took off, where it is still known."""
    told = DID.get(row.what, row.what.replace(".", " ").replace("_", " "))
    facts = _facts(row)
    if row.what == "case.joined" and isinstance(facts.get("also_on"), str):
        told = f"Said the same on {words.platform(facts['also_on'])}; joined by itself"
    if row.what == "case.graded" and facts.get("more_time"):
        told += ", with that one’s time to resolve it"
    for name in WHOM.get(row.what, ()):
        told = told.replace(f"{{{name}}}", _whom(facts.get(name), names))
    for name in ("severity", "before", "why", "reactions"):
        told = told.replace(f"{{{name}}}", views.flat(str(facts.get(name, "")), 80))
    return told.replace("{who}", _actor(row.actor, names)).replace("{tag}", views.flat(tag, 40) or "(erased)")


def actors(rows: Iterable[EventRow]) -> list[int | None]:
    """Accounts that appear in these events."""
    every = list(rows)
    told = [_facts(row) for row in every if row.what in WHOM]
    whom = [facts.get(name) for facts in told for name in ("to", "before")]
    return [*(_account(row.actor) for row in every), *(one for one in whom if isinstance(one, int))]


def _facts(row: EventRow) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(row.facts)
    except ValueError:
        return {}
    return told


def _whom(account: object, names: Mapping[int, str]) -> str:
    if not isinstance(account, int):
        return "nobody in particular"
    return views.first(names.get(account, "somebody"))


def _actor(actor: str, names: Mapping[int, str]) -> str:
    number = _account(actor)
    name = names.get(number, "Somebody") if number is not None else "Earshot"
    return f"{views.first(name)}, in Slack," if actor.startswith("slack:") else views.first(name)


def _account(actor: str) -> int | None:
    tail = actor.rpartition("account:")[2]
    return int(tail) if "account:" in actor and tail.isdigit() else None


def reasons(
    case: CaseRow, mention: MentionRow | None, reading: ReadingRow | None, post: PostRow | None, clock: views.Clock
) -> list[Reason]:
    """The reasons, as far as they are known, and what of the post was not read."""
    told = [Reason("i-sources", "About us", _about(mention), _terms(mention))]
    told.append(Reason("i-incident", "A complaint", _complaint(case, reading)))
    told.append(Reason("i-audience", "Audience", _audience(case, post)))
    if unread := left_out(f"{post.title}\n{post.text}".strip()) if post is not None else ():
        quoted = ", ".join(f"“{views.flat(each, 90)}”" for each in unread[:2])
        told.append(Reason("i-warn", "Left out", f"Words that speak to a machine are not read: {quoted}."))
    if mention is not None and (mention.spam or 0.0) >= MACHINE:
        told.append(Reason("i-warn", "Perhaps a machine", f"Its author: {mention.spam_why}."))
    told.append(Reason("i-forecast", "Time", clock.told))
    return told


def _about(mention: MentionRow | None) -> str:
    if mention is None:
        return "The message is gone."
    why = views.flat(mention.why, 300)
    why = f"{why}." if why and not why.endswith(".") else why
    return f"{why} {'They tagged us.' if mention.tagged else 'No tag; nobody would have told us.'}".strip()


def _terms(mention: MentionRow | None) -> tuple[str, ...]:
    """The names found, where the matcher's own sentence does not tell them."""
    if mention is None or mention.why:
        return ()
    found = [str(span[2]) for span in mention.spans if len(span) >= 3]
    return tuple(dict.fromkeys(views.flat(term, 60) for term in found))[:4]


def _complaint(case: CaseRow, reading: ReadingRow | None) -> str:
    if reading is None:
        return "Nobody has read it yet; it stands here by its age."
    told = f"{reading.complaint:.2f} of 1. Tone {max(reading.negative, reading.neutral, reading.positive):.2f} "
    told += f"{case.sentiment or 'neutral'}; read by {reader_words([f'{reading.reader} {reading.version}'])}."
    if not reading.language_supported:
        told += f" It does not speak {name_of(reading.language)}, so this is a guess; it stands here by its age."
    if reading.topics:
        told += f" About {', '.join(views.flat(topic, 40) for topic in reading.topics[:4])}."
    return told


def _audience(case: CaseRow, post: PostRow | None) -> str:
    told = [words.count(case.followers, "follower")] if case.followers is not None and case.followers >= 0 else []
    if post is not None and post.engagement:
        told.append(words.count(post.engagement, "reaction"))
    return f"{', '.join(told)}." if told else "Not told by the platform."


def history(
    rows: Sequence[CaseRow], faces: Mapping[int, Face], found: Mapping[int, RecoveryRow], tell: Teller
) -> list[Before]:
    """Earlier and other cases of this customer, newest first."""
    return [_before(row, faces.get(row.id or 0), found.get(row.id or 0), tell) for row in rows]


def _before(row: CaseRow, face: Face | None, recovery: RecoveryRow | None, tell: Teller) -> Before:
    outcome = recovery.outcome if recovery is not None else ""
    shape = SHAPE_OF.get(outcome, "open" if row.state == "resolved" else views.clock(row, tell.now, tell.tz).shape)
    said = views.flat(face.text, 90) if face is not None and not face.gone else "(deleted)"
    return Before(row.id or 0, shape, OUTCOMES.get(outcome, state_words(row)), tell.at(row.spoke_at), said)


def state_words(case: CaseRow) -> str:
    """A case's state as the screen says it."""
    if case.state in ("waiting", "new", "claimed") and case.answered_at is not None:
        return "Their turn"
    names = {"new": "New", "claimed": "Open", "snoozed": "Snoozed", "resolved": "Resolved", "merged": "Merged"}
    return names.get(case.state, case.state)


def since(first_name: str, wrote_at: datetime | None, heard_at: datetime, tell: Teller) -> str:
    """When they first wrote, and when we first heard them where that was on another day."""
    wrote_at = min(wrote_at or heard_at, heard_at)
    told = f"{first_name}, first wrote {_first(wrote_at, tell)}"
    return told if heard_at - wrote_at < timedelta(days=1) else f"{told}; we first heard them {_first(heard_at, tell)}"


def _first(at: datetime, tell: Teller) -> str:
    return "today" if tell.now - at < timedelta(days=1) else f"in {words.month(at, tell.tz)}"
