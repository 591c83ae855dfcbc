"""What we owe on a case: the question to a second person, promises with their own clock, goodwill and what is left."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zlib import crc32

from bot.app import App
from bot.core import goodwill
from bot.core.display import visible
from bot.core.goodwill import Purse
from bot.steps.answer.consent import names as either_of
from bot.steps.answer.consent import seconds
from bot.steps.answer.ready import PENDING
from bot.store import answering, approvals, cases, gestures, lists, promises, rights
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_answering import ApprovalRow, GestureRow, PromiseRow, VariantRow
from bot.store.tables_house import AccountRow
from bot.web import views, words
from bot.web.bands import Band

NO_BUDGET = "No budget is set for this brand."


@dataclass(frozen=True, slots=True)
class Act:
    """A button: where it posts, its words, its key, and one field it carries."""

    where: str
    words: str
    key: str = ""
    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing we owe, in words, with what can be done about it. `shape` is the clock's sign."""

    icon: str
    shape: str
    lead: str
    words: str
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording before a second person; `can` says whether this visitor may agree with it."""

    id: int
    digest: str
    text: str
    by: str
    can: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A request for consent as this visitor sees it."""

    id: int
    case_id: int
    by: str
    at: str
    why: tuple[str, ...]
    wordings: tuple[Wording, ...]
    closing: str
    private: bool
    native: bool
    mine: bool
    can_refuse: bool
    who: str
    typed: "Typed"


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood in a question's own boxes when something else was pressed: why not, and another wording."""

    note: str = ""
    wording: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A wording somebody else offered with a no. `words` as written; `asked`: those it is meant instead of."""

    by: str
    text: str
    words: str
    asked: str


@dataclass(frozen=True, slots=True)
class Bar:
    """How much of a limit is used, in words and in per cent."""

    words: str
    used: float


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be given here: the bars, what is left in words, the kinds, and who is asked beyond it."""

    bars: tuple[Bar, ...]
    left: str
    sign: str
    kinds: tuple[str, ...]
    ask: str
    token: str
    note: str = ""
    arrange: str = ""


NOTHING_TYPED = Typed()


def of(
    app: App, session: Session, me: AccountRow, case: CaseRow, now: datetime, token: str, typed: Typed = NOTHING_TYPED
) -> dict[str, Any]:
    """Everything the case page shows of what we owe."""
    can_act = rights.at_least(me, "agent")
    ledger = gestures.of_case(session, case.id or 0)
    rows = promises.of_case(session, case.id or 0)
    names = lists.names(session, [row.by for row in rows] + [who for row in ledger for who in (row.by, row.decided_by)])
    owed = [_promise(row, now, app.settings.zone, can_act) for row in rows]
    owed += [_gesture(row, me, names, now, app.settings.zone, can_act) for row in ledger if row.state != "withdrawn"]
    waiting = approvals.newest_of(session, case.id or 0)
    return {
        "owed": owed,
        "question": question(session, me, waiting, now, app.settings.zone, typed) if _is_open(waiting) else None,
        "answered_question": _decided(session, waiting, now, app.settings.zone),
        "offered": _offered(session, waiting),
        "mark": mark(session, case.id or 0),
        "budget": budget(session, me, case, now, token) if can_act else None,
        "ask": either_of(seconds(session, case.brand, me.id or 0)),
    }


def _is_open(row: ApprovalRow | None) -> bool:
    return row is not None and row.state == "open"


def _promise(row: PromiseRow, now: datetime, tz: str, can_act: bool) -> Owed:
    due = words.wall(row.due_at, tz, now)
    said = f"“{views.flat(row.words, 80)}”"
    where = f"/promises/{row.id}"
    if row.state == "kept":
        late = row.settled_at is not None and row.settled_at > row.due_at
        return Owed("i-promise", "late" if late else "kept", "Kept late" if late else "Kept", f"{said}, due {due}.")
    broken = now >= row.due_at
    lead = "Broken" if broken else "Promised" if row.state == "open" else "A promise?"
    acts: tuple[Act, ...] = (Act(f"{where}/keep", "Done", "p" if row.state == "open" else ""),)
    if row.state == "proposed":
        confirm = Act(f"{where}/confirm", "Keep the promise", "p")
        acts = (confirm, Act(f"{where}/keep", "Done"), Act(f"{where}/drop", "Not a promise"))
    told = f"{said} {'was' if broken else 'is'} due {due}: {words.left(row.due_at, now)}."
    return Owed("i-promise", "late" if broken else "open", lead, told, acts if can_act else ())


def _gesture(row: GestureRow, me: AccountRow, names: dict[int, str], now: datetime, tz: str, can_act: bool) -> Owed:
    shown = f"{goodwill.words(row.cents, row.currency)} {row.kind}"
    who = views.first(names.get(row.by, "Somebody"))
    told = f"By {who}, {words.wall(row.made_at, tz, now)}: {views.flat(row.because, 160)}."
    leads = {"asked": "asked of a lead", "promised": "promised", "given": "given", "confirmed": "arrived"}
    where = f"/gestures/{row.id}"
    lead = views.first(names.get(row.decided_by or 0, "Somebody"))
    if row.state == "refused":
        return Owed("i-gift", "late", f"{shown} not granted.", f"{lead}: {_ended(views.flat(row.note, 200))} {told}")
    if row.decided_by not in (None, row.by):
        told = f"{told} {lead} granted it."
    acts: tuple[Act, ...] = ()
    if row.state == "asked":
        yes = Act(f"{where}/decide", f"Grant {goodwill.words(row.cents, row.currency)}", "", "yes", "yes")
        acts = (yes,) if rights.at_least(me, "lead") and row.by != me.id else (Act(f"{where}/call-off", "Call off"),)
    elif row.state in ("promised", "given"):
        acts = (Act(f"{where}/move-on", "It is given" if row.state == "promised" else "It arrived"),)
        if row.state == "promised" and row.reply_id is None:
            acts += (Act(f"{where}/call-off", "Call off"),)
    shape = "kept" if row.state == "confirmed" else "soon" if row.state == "asked" else "open"
    return Owed("i-gift", shape, f"{shown} {leads[row.state]}.", told, acts if can_act else ())


def _ended(words_: str) -> str:
    return words_ if words_.endswith((".", "!", "?")) else f"{words_}."


def question(
    session: Session, me: AccountRow, row: ApprovalRow | None, now: datetime, tz: str, typed: Typed = NOTHING_TYPED
) -> Question | None:
    """A request for consent, for the case page and the page of all requests."""
    if row is None:
        return None
    there = approvals.variants(session, row.id or 0)
    names = lists.names(session, [row.asked_by, *(one.by for one in there)])
    mine = row.asked_by == me.id
    return Question(
        id=row.id or 0,
        case_id=row.case_id,
        by=names.get(row.asked_by, "Somebody"),
        at=words.wall(row.asked_at, tz, now),
        why=tuple(row.why.splitlines()),
        wordings=tuple(_wording(session, me, row, one, names) for one in there),
        closing=visible(row.closing),
        private=row.visibility == "private",
        native=row.how == "native",
        mine=mine,
        can_refuse=rights.at_least(me, "lead") and not mine,
        who=either_of(seconds(session, row.brand, row.asked_by)),
        typed=typed,
    )


def mark(session: Session, case_id: int) -> str:
    """What a page knows by a case on which it waits for others: for a second person, a lead, a platform. Another mark
    means that something came of it; "" where nothing is waited for."""
    asked, ledger = approvals.newest_of(session, case_id), gestures.of_case(session, case_id)
    replies = cases.replies(session, case_id)
    there = len(approvals.variants(session, asked.id or 0)) if asked is not None else 0
    standing = [(row.id, row.state) for row in ledger + replies]
    waits = _is_open(asked) or any(state in ("asked", *PENDING) for _, state in standing)
    stands = (asked.id, asked.state) if asked is not None else None
    return f"{crc32(repr((stands, there, standing)).encode()):x}{'' if waits else '-'}"


def _wording(session: Session, me: AccountRow, row: ApprovalRow, variant: VariantRow, names: dict[int, str]) -> Wording:
    if me.id == row.asked_by:
        can = variant.by != me.id and rights.at_least(session.get(AccountRow, variant.by), "lead")
    else:
        can = variant.by != me.id and rights.at_least(me, "lead")
    by = "" if variant.by == row.asked_by else names.get(variant.by, "Somebody")
    return Wording(variant.id or 0, variant.digest, visible(variant.text), by, can)


def _decided(session: Session, row: ApprovalRow | None, now: datetime, tz: str) -> str:
    """What was said to the last question, for who goes on writing."""
    if row is None or row.state not in ("refused", "overtaken"):
        return ""
    if row.state == "overtaken":
        return "They wrote again while a second person was asked. Read it, then ask anew."
    name = views.first(lists.names(session, [row.decided_by]).get(row.decided_by or 0, "Somebody"))
    return f"{name} did not agree, {words.wall(row.decided_at or now, tz, now)}: {visible(row.note)}"


def _offered(session: Session, row: ApprovalRow | None) -> list[Offered]:
    """The wordings that others than who asked put beside a question that was refused."""
    if row is None or row.state != "refused":
        return []
    there = [one for one in approvals.variants(session, row.id or 0) if one.text]
    asked = next((one.text for one in there if one.by == row.asked_by), "")
    others = [one for one in there if one.by != row.asked_by]
    names = lists.names(session, [one.by for one in others])
    return [Offered(names.get(one.by, "Somebody"), visible(one.text), one.text, asked) for one in others]


def budget(session: Session, me: AccountRow, case: CaseRow, now: datetime, token: str) -> Budget:
    """The two bars of the composer, and what is left as a chance."""
    purse = answering.settings(session, case.brand).purse
    spent = gestures.spent(session, case, me.id or 0, now)
    here = goodwill.left(purse, spent)
    rest = goodwill.words(here.cents, purse.currency)
    unset = not answering.is_set(session, case.brand)
    usual = f"Until one is, what is usual holds: {rest} here without asking."
    left = usual if unset else f"{rest} may be given here without asking."
    left = left if here.cents else "Nothing is left here without asking."
    bars = (
        _bar("This customer, this month", spent.customer, purse, "customer"),
        _bar("You, this month", spent.agent, purse, "agent"),
    )
    sign = goodwill.SIGNS.get(purse.currency, purse.currency)
    note = NO_BUDGET if unset else ""
    where = f"/answering/{quote(case.brand)}" if note and rights.at_least(me, "admin") else ""
    ask = either_of(seconds(session, case.brand, me.id or 0))
    return Budget(bars, left, sign, purse.kinds, ask, token, note, where)


def _bar(name: str, used: int, purse: Purse, limit: str) -> Bar:
    whole = goodwill.cents(getattr(purse, limit))
    told = f"{name}: {goodwill.words(used, purse.currency)} of {goodwill.words(whole, purse.currency)}"
    return Bar(told, round(min(100.0, 100 * used / whole), 1) if whole else 100.0)


def asking(session: Session, me: AccountRow, brands: list[str] | None, now: datetime) -> list[Band]:
    """For who may agree: how many replies and gestures wait for a second person, and the customer who is due first."""
    if not rights.at_least(me, "lead"):
        return []
    rows = [case for row, case in approvals.waiting(session, brands) if row.asked_by != me.id]
    rows += [case for row, case in gestures.waiting(session, brands) if row.by != me.id]
    if not rows:
        return []
    due = min(case.due_at for case in rows)
    told = f"{words.count(len(rows), 'answer')} wait{'s' if len(rows) == 1 else ''} for a second person."
    return [Band("soon", "i-resolve", told, f"The first customer: {words.left(due, now)}. See Approvals.")]
