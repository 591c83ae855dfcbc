"""Telling us that we were wrong: acts at once on this post and on those like it that wait, and can be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.app import App
from bot.core.brand import Brand
from bot.core.corrections import SERIOUS, TONES, Rule
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Done, Refused
from bot.store import brands, cases, corrections, events, mentions, rights
from bot.store.db import Session
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_corrections import AsideRow, CorrectionRow
from bot.store.tables_house import AccountRow

CHANGED = Refused("The case changed in this moment. Load it again.")
OPEN = ("new", "claimed", "waiting", "snoozed")
PARTS = {"not_us": ("owed", "snoozed", "delight"), "not_complaint": ("owed", "snoozed")}
PARTS["tone"] = PARTS["not_us"]
Said = Sequence[tuple[MentionRow, PostRow]]


@dataclass(frozen=True, slots=True)
class _Act:
    """One press: who, when, in which transaction."""

    session: Session
    now: datetime
    by: int

    @property
    def actor(self) -> str:
        return f"account:{self.by}"


def not_us(app: App, case_id: int, by: int) -> Done | Refused:
    """These posts are not about the brand: out of the queue at once, with those like them that wait."""
    return _wrong(app, case_id, by, "not_us")


def not_complaint(app: App, case_id: int, by: int) -> Done | Refused:
    """These posts ask nothing of us: out of the queue, with those like them; counted in the reader's error rate."""
    return _wrong(app, case_id, by, "not_complaint")


def _wrong(app: App, case_id: int, by: int, kind: str) -> Done | Refused:
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        act, before = _Act(session, now, by), _before(case)
        if not cases.move(session, case, among=OPEN, **_closed(kind, now)):
            return CHANGED
        told = mentions.of_case(session, case_id)
        _mark([mention for mention, _post in told], kind, act.actor, session)
        events.add(session, now, act.actor, f"case.{kind}", f"case:{case_id}", case.brand)
        _teach(act, case, kind, told, before)
    app.wake.ring("tell", "live")
    return Done("put_back")


def wrong_tone(app: App, case_id: int, by: int, tone: str) -> Done | Refused:
    """The tone of these posts was misread: it is put right here and on open cases like them."""
    if tone not in TONES:
        return Refused("Choose negative, neutral or positive.")
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        act, told = _Act(session, app.clock.now(), by), mentions.of_case(session, case_id)
        if case.sentiment == tone and all(mention.sentiment == tone for mention, _post in told):
            return Refused(f"It is read as {tone} already.")
        if not cases.move(session, case, sentiment=tone):
            return CHANGED
        events.add(session, act.now, act.actor, "case.tone", f"case:{case_id}", case.brand, tone=tone)
        _teach(act, case, "tone", told, {}, tone)
        for mention, _post in told:
            mention.sentiment = tone
            session.add(mention)
    app.wake.ring("live")
    return Done("revoke")


def _before(case: CaseRow) -> dict[str, object]:
    return {"state": case.state}


def _closed(kind: str, now: datetime) -> dict[str, Any]:
    changes = {"resolved_at": now, "resolved_how": kind, "holder": None, "lease_until": None, "look_at": None}
    return {"state": "resolved", **changes}


def _mark(told: Sequence[MentionRow], verdict: str, actor: str, session: Session) -> None:
    for mention in told:
        mention.verdict, mention.verdict_by = verdict, actor if verdict != "open" else ""
        session.add(mention)


def _teach(act: _Act, case: CaseRow, kind: str, told: Said, before: dict[str, object], tone: str = "") -> None:
    """The first message that still has words becomes the correction's example; like cases that wait follow it."""
    brand = brands.get(act.session, case.brand)
    example = next(
        (mention for mention, post in told if post.gone_at is None and corrections.words_of(post).strip()), None
    )
    if brand is None or example is None:
        return
    row = corrections.add(act.session, case.brand, kind, example, act.by, act.now, tone=tone)
    for mention, _post in told:
        corrections.put(act.session, row.id or 0, mention, act.now, "aside", before, direct=True)
    rule = corrections.rule_of(act.session, row, brand)
    like = _spread(act, row, rule, brand, case.id) if rule is not None else 0
    facts = {"kind": kind, "tone": tone, "like": like}
    events.add(act.session, act.now, act.actor, "correction.made", f"correction:{row.id}", case.brand, **facts)


def _spread(act: _Act, row: CorrectionRow, rule: Rule, brand: Brand, but: int | None) -> int:
    """The rule holds for open, unanswered cases all of whose messages are like its own. Returns how many it changed."""
    like = corrections.waiting_like(act.session, brand, rule, PARTS[row.kind], but)
    told = corrections.messages(act.session, [case.id for case in like if case.id is not None])
    known = corrections.earlier(act.session, row.id or 0)
    happened: list[tuple[str, str, str, dict[str, object]]] = []
    facts: dict[str, object] = {"correction": row.id, "kind": row.kind}
    for case in like:
        theirs = told.get(case.id or 0, [])
        why = _stands_back(case, row, act)
        if why:
            for mention in theirs:
                corrections.put(act.session, row.id or 0, mention, act.now, "kept", {}, why=why, known=known)
        elif _applied(act, row, case, theirs, known):
            happened.append(("case.like_corrected", f"case:{case.id}", case.brand, facts))
    events.add_many(act.session, act.now, act.actor, happened)
    return len(happened)


def _stands_back(case: CaseRow, row: CorrectionRow, act: _Act) -> str:
    """Why a like case stays as it is: a person is shown it instead."""
    if case.severity in SERIOUS[row.kind]:
        return "serious"
    busy = case.holder not in (None, act.by) and case.lease_until is not None
    return "held" if busy and case.lease_until > act.now else ""  # type: ignore[operator]


def _applied(
    act: _Act, row: CorrectionRow, case: CaseRow, told: Sequence[MentionRow], known: Mapping[int, AsideRow]
) -> bool:
    before = {} if row.kind == "tone" else _before(case)
    changes = {"sentiment": row.tone} if row.kind == "tone" else _closed(row.kind, act.now)
    if not cases.move(act.session, case, among=OPEN, **changes):
        return False
    for mention in told:
        corrections.put(act.session, row.id or 0, mention, act.now, "aside", before, known=known)
        if row.kind == "tone":
            mention.sentiment = row.tone
            act.session.add(mention)
    if row.kind != "tone":
        _mark(told, row.kind, f"correction:{row.id}", act.session)
    return True


def put_back(app: App, case_id: int, by: int) -> Done | Refused:
    """Undo: the case returns. Where the correction was made at this very case, it is revoked, with all it did."""
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        act = _Act(session, app.clock.now(), by)
        row = corrections.of_case(session, case_id)
        kind = case.resolved_how if case.resolved_how in PARTS else "tone"
        if row is not None and row.kind == kind:
            _revoke(act, row)
        elif kind == "tone":
            return Refused("There is nothing to put back.")
        elif not _returned(act, case):
            return CHANGED
        for one in corrections.over_case(session, case_id, kind):
            one.state = "back"
            session.add(one)
    app.wake.ring("alert", "triage", "live")
    return Done()


def revoke(app: App, correction_id: int, by: int) -> Done | Refused:
    """The correction ends and everything it did is put back, but for what a person decided on since."""
    with app.db.begin() as session:
        row, account = corrections.get(session, correction_id), session.get(AccountRow, by)
        if (
            row is None
            or account is None
            or not rights.at_least(account, "agent")
            or not rights.sees(account, row.brand)
        ):
            return GONE
        if row.revoked_at is not None:
            return Refused("It is revoked already.")
        _revoke(_Act(session, app.clock.now(), by), row)
    app.wake.ring("alert", "triage", "live")
    return Done()


def _revoke(act: _Act, row: CorrectionRow) -> None:
    row.revoked_at, row.revoked_by = act.now, act.by
    act.session.add(row)
    held = corrections.asides(act.session, row.id or 0)
    keys = {one.case_id or mention.case_id for one, mention in held}
    theirs, returned = corrections.cases_of(act.session, sorted(key for key in keys if key is not None)), set[int]()
    for one, mention in held:
        one.state = "back"
        act.session.add(one)
        case = theirs.get(one.case_id or mention.case_id or 0)
        if row.kind == "tone":
            continue
        if case is None:
            _anew(act, row, mention)
        elif case.resolved_how == row.kind and _reopened(act, case, str(one.before.get("state", ""))):
            returned.add(case.id or 0)
    if row.kind == "tone":
        act.session.flush()
        _retone(act, held, theirs)
    for messages in corrections.messages(act.session, sorted(returned)).values():
        _mark(messages, "open", "", act.session)
    facts: dict[str, object] = {"correction": row.id, "kind": row.kind}
    put_back = [("case.put_back", f"case:{key}", row.brand, facts) for key in sorted(returned)]
    told: dict[str, object] = {"kind": row.kind, "back": len(returned)}
    put_back.append(("correction.revoked", f"correction:{row.id}", row.brand, told))
    events.add_many(act.session, act.now, act.actor, put_back)


def _anew(act: _Act, row: CorrectionRow, mention: MentionRow) -> None:
    """A post that never became a case is decided on anew."""
    if mention.verdict == row.kind:
        mention.verdict, mention.verdict_by, mention.triaged_at = "open", "", None
        mention.next_try_at = act.now
        act.session.add(mention)


def _retone(act: _Act, held: Sequence[tuple[AsideRow, MentionRow]], theirs: Mapping[int, CaseRow]) -> None:
    """The tone that the newest correction still in force says, else the reader's own."""
    told = corrections.tones(act.session, [mention for _one, mention in held])
    for _one, mention in held:
        mention.sentiment = told[mention.id or 0]
        act.session.add(mention)
    act.session.flush()
    for key, messages in corrections.messages(act.session, sorted(theirs)).items():
        loudest = max(messages, key=lambda one: one.complaint or 0.0, default=None)
        if loudest is not None and theirs[key].sentiment != loudest.sentiment:
            cases.move(act.session, theirs[key], sentiment=loudest.sentiment)


def _returned(act: _Act, case: CaseRow) -> bool:
    """One case alone is open again."""
    if not _reopened(act, case, ""):
        return False
    _mark([mention for mention, _post in mentions.of_case(act.session, case.id or 0)], "open", "", act.session)
    events.add(act.session, act.now, act.actor, "case.put_back", f"case:{case.id}", case.brand)
    return True


def _reopened(act: _Act, case: CaseRow, before: str) -> bool:
    """The case is open again, where it was: answered ones wait, sleeping ones sleep on."""
    asleep = before == "snoozed" and case.snoozed_until is not None and case.snoozed_until > act.now
    state = "snoozed" if asleep else "waiting" if case.answered_at is not None else "new"
    look = None if case.history or state != "new" else act.now
    changes = {"state": state, "resolved_at": None, "resolved_how": "", "look_at": look}
    return cases.move(act.session, case, among=("resolved",), **changes)
