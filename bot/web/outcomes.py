"""What a press of a button comes to: a fragment, or without JavaScript the page again. The wall stands here too."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from fastapi import HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.core import goodwill
from bot.core.drafts import Visibility
from bot.steps import answer as steps
from bot.store import cases, lists, workers
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow
from bot.web import corrected, pane, place, queue, sections, views, words
from bot.web.auth import brands_of, may_see
from bot.web.macro_words import listed
from bot.web.owing import NOTHING_TYPED, Typed
from bot.web.pages import go, is_fragment, render
from bot.web.pane import Extra, Form, Told, Written

NEXT = "earshot-next"  # header of a fragment: queue.js goes there
NOT_HERE = "There is no such case, or it is another team’s."
WROTE_AGAIN = Told("They wrote again while you were writing. Read it, then send.", "warn", "i-reply")
HANDED = Told("Your words are ready for the platform’s own reply box.", icon="i-native")
MOVED_ON = Told("The case changed in this moment. Nothing was done; look again.", "warn", "i-warn")
SAID = {
    "given-back": "Given back. The draft is kept.",
    "noted": "Noted.",
    "tagged": "Tagged.",
    "untagged": "The tag is off.",
    "assigned": "Assigned.",
    "snoozed": "Snoozed.",
    "resolved": "Resolved.",
    "reopened": "Reopened.",
    "not-us": "Not us.",
    "not-complaint": "Not a complaint. It counts in how often the reader is wrong.",
    "tone": "Its tone is put right.",
    "graded": "Written down. It is due as it was, or sooner: Explain has the sum.",
    "put-back": "Back in the queue.",
    "queued": "In the outbox.",
    "handed": "Looking for your reply on the platform.",
    "elsewhere": "The clock stopped at that time.",
    "undone": "Taken back. The draft is in the case again.",
    "decided": "Written down.",
    "asked": "A second person is asked. The customer’s clock runs on.",
    "agreed": "Agreed. It leaves when the undo seconds are over.",
    "refused": "Written down; the agent reads why.",
    "worded": "Another wording is there to choose from.",
    "unasked": "Taken back. Go on writing.",
    "gift": "Promised. Give it, then say so here.",
    "gift-asked": "A lead is asked. The customer’s clock runs on, so answer now.",
    "granted": "Granted; it counts as promised.",
    "moved-on": "Written down.",
    "called-off": "Called off; the money is free again.",
    "promised": "A promise, with its own clock.",
    "kept": "Kept.",
    "dropped": "Not a promise.",
    "paused": "Our clock is paused until they write; theirs runs on.",
    "running": "Our clock runs again.",
    "taken-back": "Deleted on the platform. Who has read it has read it; the clock runs again.",
}


def wall(app: App, me: AccountRow, case_id: int) -> CaseRow:
    """The case, if it is on this person's side of the wall; 404 otherwise, as if it did not exist."""
    with app.db.read() as session:
        case = cases.get(session, case_id) if 0 < case_id < 2**53 else None
        if case is None or not may_see(me, case.brand):
            raise HTTPException(404, NOT_HERE)
    return case


class OfCase(Protocol):
    """A row that belongs to a case."""

    @property
    def case_id(self) -> int:
        """Which case."""


def case_of(app: App, me: AccountRow, key: int, get: Callable[[Session, int], OfCase | None]) -> int:
    """The case of what `get` finds by this key, behind the same wall."""
    with app.db.read() as session:
        row = get(session, key) if 0 < key < 2**53 else None
        case_id = row.case_id if row is not None else 0
    return wall(app, me, case_id).id or 0


def after(
    app: App,
    request: Request,
    me: AccountRow,
    case_id: int,
    start: str,
    done: object,
    code: str,
    written: Written | None = None,
    again_with: Mapping[str, str] | None = None,
) -> Response:
    """Answer to an act: the page that shows it, or why it was not done (409), or what stops it (422).

    `again_with` are the fields of a form that may be meant all the same: the way to say so stands beside the refusal.
    """
    status, told = read(app, done)
    if again_with is not None and told is not None:
        told = replace(told, forms=meant(case_id, done, again_with))
    if status == 200:
        onward = _onward(app, request, me, case_id, start, code)
        if is_fragment(request):
            answer = fragment(app, request, me, case_id, start, Extra(told=told_of(app, case_id, code)))
            if onward:
                answer.headers[NEXT] = onward
            return answer
        if onward:
            return go(onward)
        stays = start == "case" or code == "queued"
        here = place.of(request)
        return go(here.case(case_id, code) if stays else here.at(case_id))
    if isinstance(done, steps.Stopped):
        before = written or Written()
        written = Written(before.text, before.visibility, before.version, done.breaches, seen=before.seen)
    extra = Extra(told=(told,) if told else (), written=written)
    shown = fragment if is_fragment(request) else show
    return shown(app, request, me, case_id, start, extra, status)


def _onward(app: App, request: Request, me: AccountRow, case_id: int, start: str, code: str) -> str:
    """Where the next case is, for who wants it after an answer; else empty. Nothing is claimed by looking. Who works
    through a part of the queue, or a filter, is led through that."""
    if code not in ("queued", "resolved"):
        return ""
    now = app.clock.now()
    with app.db.read() as session:
        if not workers.get(session, me.id or 0).goes_on:
            return ""
        here = place.of(request)
        following = sections.following(session, me, here, app.settings.zone, now)
        if following is None or following.id == case_id:
            return ""
        return here.case(following.id or 0, code) if start == "case" else here.at(following.id or 0)


def again(
    app: App,
    request: Request,
    me: AccountRow,
    case_id: int,
    start: str,
    written: Written | None,
    told: Told,
    status: int = 409,
    typed: Typed = NOTHING_TYPED,
) -> Response:
    """The case again, with what was written still in the box, and what was typed into a question still there."""
    answer = fragment if is_fragment(request) else show
    extra = Extra(told=(told,), written=written, typed=typed)
    return answer(app, request, me, case_id, start, extra, status)


def meant(case_id: int, done: object, fields: Mapping[str, str]) -> tuple[Form, ...]:
    """What can be done instead of a gesture that was not made: give what is left, ask a lead, or give once more."""
    where = f"/cases/{case_id}/give"
    if isinstance(done, steps.Beyond):
        less = dict(fields) | {"amount": str(goodwill.amount(done.left))}
        give = Form(where, f"Give {goodwill.words(done.left, done.currency)}", tuple(less.items()))
        wanted = goodwill.words(done.wanted, done.currency)
        ask = Form(where, f"Ask a lead for {wanted}", (*fields.items(), ("ask", "yes")), "y")
        return (give, ask) if done.left else (ask,)
    if isinstance(done, steps.Refused) and "once more" in done.why:
        return (Form(where, "Once more", (*fields.items(), ("again", "yes"))),)
    return ()


def read(app: App, done: object) -> tuple[int, Told | None]:
    """An outcome of a step as a status and a sentence."""
    match done:
        case steps.Taken(name=name, until=until):
            now = app.clock.now()
            tail = f" for {words.span(until - now)} more" if until is not None and until > now else ""
            return 409, Told(f"{name} was quicker and has it{tail}.", "warn", "i-claim")
        case steps.Refused(why=why):
            return 409, Told(why, "warn", "i-warn")
        case steps.Beyond(why=why):
            return 409, Told(f"{why} Their clock runs on.", "warn", "i-gift")
        case steps.Stopped():
            return 422, None
        case False:
            return 409, MOVED_ON
        case _:
            return 200, None


def told_of(app: App, case_id: int, code: str) -> tuple[Told, ...]:
    """The line that says what was done; of a correction also what it does from now on."""
    more = corrected.words(app, case_id) if code in ("not-us", "not-complaint", "tone") else ""
    undo: dict[str, Any] = {"act": f"/cases/{case_id}/put-back", "do": "Undo", "key": "u"} if code == "tone" else {}
    return tuple(replace(told, words=f"{told.words} {more}".strip(), **undo) for told in after_words(code))


def uncalled(names: Sequence[str]) -> Told:
    """A note is kept, and who it names was not called."""
    told = listed([f"@{views.flat(name, 40)}" for name in names])
    why = "No colleague of this brand is called so, or more than one is: a log-in names one."
    return Told(f"Noted. {told} called nobody. {why}", "warn", "i-warn")


def after_words(code: str) -> tuple[Told, ...]:
    """The line that says what was done."""
    return (Told(SAID[code], "good", "i-resolve"),) if code in SAID else ()


def show(
    app: App, request: Request, me: AccountRow, case_id: int, start: str, extra: Extra, status: int = 200
) -> Response:
    """The case as a page of its own."""
    now = app.clock.now()
    with app.db.read() as session:
        told: dict[str, Any] = pane.of(app, session, me, case_id, now, "case", extra)
        here = place.of(request)
        told["back"], told["back_words"] = here.at(case_id), sections.called(session, me, here)
        told["place"] = sections.neighbours(session, me, case_id, here, app.settings.zone, now)
        told["outbox"] = queue.outbox(app, session, me.id or 0, now)
        told["many_brands"] = lists.many_brands(session, brands_of(me))
    told["title"] = f"{told['c']['clock'].left}: {told['c']['name']} – Earshot"
    return render(request, "case.html", status, **told)


def fragment(
    app: App, request: Request, me: AccountRow, case_id: int, start: str, extra: Extra, status: int = 200
) -> Response:
    """The case as a fragment; queue.js puts its parts where they belong and leaves the answer box alone."""
    now = app.clock.now()
    with app.db.read() as session:
        told: dict[str, Any] = pane.of(app, session, me, case_id, now, "case" if start == "case" else "queue", extra)
        told["outbox"] = queue.outbox(app, session, me.id or 0, now)
        told["many_brands"] = lists.many_brands(session, brands_of(me))
    return render(request, "_pane_answer.html", status, **told)


def seen_by(visibility: str) -> Visibility:
    """Who may read the reply: public unless private was asked for."""
    return "private" if visibility == "private" else "public"


def plain(text: str) -> str:
    """What a browser's form sends, with the line ends people typed."""
    return text.replace("\r\n", "\n")


def wrote_since(case: CaseRow, seen: str) -> bool:
    """Has the customer said more than the page that was sent had shown?"""
    return bool(seen) and case.words_at.isoformat() > seen
