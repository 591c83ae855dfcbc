"""Telling us that we were wrong: acts at once on this post and on those like it that wait, and can be taken back."""

from collections.abc import Sequence

from bot.app import App
from bot.core.corrections import TONES
from bot.steps.answer.claim import GONE
from bot.steps.answer.spreading import OPEN, PARTS, Act, before_of, closed, mark, reopened, spread, take_back
from bot.steps.answer.values import Done, Refused
from bot.store import brands, cases, corrections, events, mentions, rights
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_house import AccountRow

CHANGED = Refused("The case changed in this moment. Load it again.")
Said = Sequence[tuple[MentionRow, PostRow]]


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
        act, before = Act(session, now, by), before_of(case)
        if not cases.move(session, case, among=OPEN, **closed(kind, now)):
            return CHANGED
        told = mentions.of_case(session, case_id)
        mark([mention for mention, _post in told], kind, act.actor, session)
        events.add(session, now, act.actor, f"case.{kind}", f"case:{case_id}", case.brand)
        _teach(act, case, kind, told, before)
    app.wake.ring("corrections", "tell", "live")
    return Done("put_back")


def wrong_tone(app: App, case_id: int, by: int, tone: str) -> Done | Refused:
    """The tone of these posts was misread: it is put right here and on open cases like them."""
    if tone not in TONES:
        return Refused("Choose negative, neutral or positive.")
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        act, told = Act(session, app.clock.now(), by), mentions.of_case(session, case_id)
        if case.sentiment == tone and all(mention.sentiment == tone for mention, _post in told):
            return Refused(f"It is read as {tone} already.")
        if not cases.move(session, case, sentiment=tone):
            return CHANGED
        events.add(session, act.now, act.actor, "case.tone", f"case:{case_id}", case.brand, tone=tone)
        _teach(act, case, "tone", told, {}, tone)
        for mention, _post in told:
            mention.sentiment = tone
            session.add(mention)
    app.wake.ring("corrections", "live")
    return Done("revoke")


def _teach(act: Act, case: CaseRow, kind: str, told: Said, before: dict[str, object], tone: str = "") -> None:
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
    like = spread(act, row, rule, brand, case.id) if rule is not None else 0
    facts = {"kind": kind, "tone": tone, "like": like, "left": row.left}
    events.add(act.session, act.now, act.actor, "correction.made", f"correction:{row.id}", case.brand, **facts)


def put_back(app: App, case_id: int, by: int) -> Done | Refused:
    """Undo: the case returns. Where the correction was made at this very case, it is revoked, with all it did."""
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        act = Act(session, app.clock.now(), by)
        row = corrections.of_case(session, case_id)
        kind = case.resolved_how if case.resolved_how in PARTS else "tone"
        if row is not None and row.kind == kind:
            take_back(act, row)
        elif kind == "tone":
            return Refused("There is nothing to put back.")
        elif not _returned(act, case):
            return CHANGED
        for one in corrections.over_case(session, case_id, kind):
            one.state = "back"
            session.add(one)
    app.wake.ring("corrections", "alert", "triage", "live")
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
        take_back(Act(session, app.clock.now(), by), row)
    app.wake.ring("corrections", "alert", "triage", "live")
    return Done()


def _returned(act: Act, case: CaseRow) -> bool:
    """One case alone is open again."""
    if not reopened(act, case, ""):
        return False
    mark([mention for mention, _post in mentions.of_case(act.session, case.id or 0)], "open", "", act.session)
    events.add(act.session, act.now, act.actor, "case.put_back", f"case:{case.id}", case.brand)
    return True
