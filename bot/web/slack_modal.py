"""Answering from Slack: a form with the same boundaries, the same approval and the same seconds of undo as the web.

Nothing typed in a thread comes this way; only a form that the linked person sent. Their account is looked up at each
step: a right taken away acts at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from bot.app import App
from bot.core.drafts import Breach, Visibility
from bot.core.notices import CaseNotice, wall
from bot.steps import answer
from bot.store import cases, events, mentions, notices, people, presses, rights
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow
from bot.web import composer, slack_view
from bot.web.slack_forms import text_at
from bot.web.slack_view import FIELD, SEEN_BY, WHO, WORDS_ACTION, View
from connectors.errors import PlatformError

STRANGER = "Earshot does not know you yet. Write /earshot link to link your account."
READER = "You can read cases, and not act on them. An admin can change that."
NOT_HERE = "This case is not there, or not yours to see."
WROTE_AGAIN = "They wrote again while you were writing. Open the case, read it, then answer."
CHANGED = "Somebody else changed the draft while you were writing. Open the case and read it."
TOO_LONG = "The draft is longer than a form in Slack takes. You have the case; answer it in Earshot."
ASKS = "ask|"  # before the form's metadata: sent again, it asks a second person
SECOND = "A second person must agree with exactly these words. Send the form again to ask one."
Answer = dict[str, Any]


@runtime_checkable
class Forms(Protocol):
    """Can show forms in Slack."""

    def open_view(self, trigger: str, view: dict[str, Any]) -> str: ...
    def update_view(self, view_id: str, view: dict[str, Any], seen: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class Written:
    """What is in the form. `seen_at` is the moment of the customer's newest words when it was opened."""

    user: str
    team: str
    case_id: int
    seen_at: str
    text: str
    visibility: Visibility
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """A case as the form shows it, for one person."""

    case: CaseNotice
    ways: composer.Ways
    words_at: datetime
    brand: str


def who(session: Session, user: str, team: str, case_id: int) -> tuple[AccountRow | None, str]:
    """The account behind a Slack user who may act on a case, or why not."""
    account, why = linked(session, user, team)
    if account is not None and rights.case_for(session, account.id or 0, case_id) is None:
        return None, NOT_HERE
    return account, why


def linked(session: Session, user: str, team: str) -> tuple[AccountRow | None, str]:
    """The account behind a Slack user who may act, or why not."""
    ours = presses.workspace(session)
    account = people.by_slack(session, user)
    if account is None or (ours and team != ours):
        return None, STRANGER
    return (account, "") if rights.at_least(account, "agent") else (None, READER)


def open_form(app: App, case_id: int, by: int, trigger: str) -> str:
    """Claim the case and show the form. Returns what the presser must be told instead, "" if it stands there."""
    forms = app.responders.get("slack")
    if not isinstance(forms, Forms) or app.settings.slack.bot_token is None:
        return "Answering from Slack needs a bot token. Open the case instead."
    claimed = answer.claim(app, case_id, by)
    if isinstance(claimed, answer.Taken):
        return f"{claimed.name} has it."
    if isinstance(claimed, answer.Refused):
        return f"Nothing was changed. {claimed.why}"
    desk, text = _desk(app, case_id)
    if desk is None or desk.ways.kind == "closed":
        return desk.ways.words if desk is not None else NOT_HERE
    if len(text.encode("utf-16-le", "replace")) // 2 > slack_view.LONGEST:
        return TOO_LONG
    view = slack_view.form(desk.case, desk.ways, _metadata(desk), text, _checked(app, desk, case_id, by, text))
    try:
        forms.open_view(trigger, view)
    except PlatformError as error:
        return f"The form could not be opened ({error}). You have the case; answer it in Earshot."
    return ""


def typed(app: App, payload: dict[str, Any]) -> None:
    """While they type: the draft is kept, the claim renewed, and what stops the words is shown under the box."""
    written = read(payload)
    if written is None:
        return
    with app.db.read() as session:
        account, refusal = who(session, written.user, written.team, written.case_id)
    by = account.id or 0 if account is not None else 0
    told = refusal or _kept(app, written, by)
    desk, _draft = _desk(app, written.case_id) if not refusal else (None, "")
    if desk is None:
        return
    found = _checked(app, desk, written.case_id, by, written.text, written.visibility)
    view = slack_view.form(desk.case, desk.ways, _same_metadata(written), written.text, found, told)
    if _tail(view["blocks"]) == _tail(list((payload.get("view") or {}).get("blocks") or [])):
        return  # nothing new to say: a redraw would only disturb who types
    _update(app, payload, view)


def _kept(app: App, written: Written, by: int) -> str:
    """Keep the draft. Returns why that was refused."""
    if not written.text.strip():
        return ""
    kept = answer.save_draft(app, written.case_id, by, written.text, written.visibility)
    return kept.why if isinstance(kept, answer.Refused) else ""


def submitted(app: App, payload: dict[str, Any]) -> Answer | None:
    """The form was sent: these exact words, approved by this person. What Slack is to show next."""
    written = read(payload)
    if written is None:
        return None
    with app.db.read() as session:
        account, refusal = who(session, written.user, written.team, written.case_id)
        case = cases.get(session, written.case_id)
        refusal = refusal or _overtaken(session, case, written, account)
    if account is None or case is None or refusal:
        return wrong(refusal or NOT_HERE)
    desk, _draft = _desk(app, written.case_id)
    if desk is None or desk.ways.kind == "closed":
        return wrong(desk.ways.words if desk is not None else NOT_HERE)
    done = _send(app, written, account.id or 0, desk)
    _note(app, written, account.id or 0, case.brand, type(done).__name__.lower())
    return _next(app, written, account.id or 0, desk, done)


def _send(app: App, written: Written, by: int, desk: Desk) -> object:
    if written.asks:
        letter = answer.Letter(written.text, written.visibility)
        return answer.ask(app, written.case_id, by, letter, "native" if desk.ways.kind == "native" else "here")
    if desk.ways.kind == "native":
        return answer.hand_over(app, written.case_id, by, written.text)
    return answer.answer(app, written.case_id, by, written.text, written.visibility)


def _next(app: App, written: Written, by: int, desk: Desk, done: object) -> Answer:
    match done:
        case answer.Queued(reply_id=reply_id, leaves_at=leaves_at):
            leaves = f"{wall(leaves_at, app.settings.zone, app.clock.now())}:{leaves_at:%S}"
            return show(slack_view.queued(desk.case, reply_id, leaves, desk.ways.platform))
        case answer.Handed(url=url):
            return show(slack_view.handed(desk.case, url, desk.ways.platform))
        case answer.Stopped(breaches=breaches):
            if _only_seconds(breaches):
                return show(slack_view.asking(_form(desk, written, breaches)))
            shown = composer.shown(breaches)
            told = "A boundary stops these words." if any(one.stops for one in shown) else ""
            return show(slack_view.form(desk.case, desk.ways, _same_metadata(written), written.text, shown, told))
        case answer.Asked(who=who_can):
            return show(slack_view.said("Asked", f"{', '.join(who_can[:5])} can agree. The customer’s clock runs on."))
        case answer.Refused(why=why):
            return wrong(why)
        case _:
            return wrong("This needs another step: open the case in Earshot.")


def _only_seconds(breaches: Sequence[Breach]) -> bool:
    """Does nothing stop these words but that a second person must agree?"""
    found = {one.severity for one in breaches}
    return "second_person" in found and "stop" not in found


def _form(desk: Desk, written: Written, breaches: Sequence[Breach]) -> View:
    metadata = ASKS + _same_metadata(written)
    return slack_view.form(desk.case, desk.ways, metadata, written.text, composer.shown(breaches), SECOND)


def undo(app: App, payload: dict[str, Any], reply_id: int, by: int) -> None:
    """Take a reply back from the form that queued it."""
    back = answer.undo(app, reply_id, by)
    line = "Taken back. The draft is in the case again." if back else "It was too late: it has left."
    _update(app, payload, slack_view.said("Undone" if back else "Too late", line))


def read(payload: dict[str, Any]) -> Written | None:
    """The form's fields; None for anything that is not this form of ours."""
    view = payload.get("view")
    if not isinstance(view, dict) or view.get("callback_id") != slack_view.CALLBACK:
        return None
    metadata = text_at(view, "private_metadata")
    asks = metadata.startswith(ASKS)
    number, _, seen_at = metadata.removeprefix(ASKS).partition(":")
    user = text_at(payload, "user", "id")
    if not number.isdecimal() or len(number) > 15 or not user.isalnum():
        return None
    private = text_at(view, "state", "values", SEEN_BY, WHO, "selected_option", "value") == "private"
    text = text_at(view, "state", "values", FIELD, WORDS_ACTION, "value")
    return Written(
        user, text_at(payload, "team", "id"), int(number), seen_at, text, "private" if private else "public", asks
    )


def _desk(app: App, case_id: int) -> tuple[Desk | None, str]:
    now = app.clock.now()
    with app.db.read() as session:
        row = cases.get(session, case_id)
        if row is None:
            return None, ""
        post = next((post for _m, post in reversed(mentions.of_case(session, case_id)) if post.gone_at is None), None)
        draft = cases.draft(session, case_id)
        seen = notices.view(session, app.settings, row, now)
        alone = composer.why_no_private(session, row, post, now)
        sought = composer.is_sought(session, post)
        ways = composer.ways(app, composer.usual_route(app, post), row.platform, alone, sought=sought)
        return Desk(seen, ways, row.words_at, row.brand), draft.text if draft is not None else ""


def _checked(
    app: App, desk: Desk, case_id: int, by: int, text: str, visibility: Visibility = "public"
) -> list[composer.Shown]:
    return composer.shown(answer.check(app, case_id, by, text, visibility)) if text.strip() else []


def _overtaken(session: Session, case: CaseRow | None, written: Written, account: AccountRow | None) -> str:
    """What happened while they wrote, "" if nothing did."""
    if case is None or account is None:
        return ""
    if case.words_at.isoformat() != written.seen_at:
        return WROTE_AGAIN
    draft = cases.draft(session, case.id or 0)
    return CHANGED if draft is not None and draft.by != account.id and draft.text != written.text else ""


def _note(app: App, written: Written, by: int, brand: str, outcome: str) -> None:
    actor = f"slack:{written.user}→account:{by}"
    with app.db.begin() as session:
        events.add(session, app.clock.now(), actor, "slack.answered", f"case:{written.case_id}", brand, outcome=outcome)


def _metadata(desk: Desk) -> str:
    return f"{desk.case.id}:{desk.words_at.isoformat()}"


def _same_metadata(written: Written) -> str:
    return f"{written.case_id}:{written.seen_at}"


def _tail(built: list[Any]) -> list[Any]:
    """What stands under the box: everything else in the form stays as it is."""
    at = next((n for n, block in enumerate(built) if isinstance(block, dict) and block.get("block_id") == FIELD), -1)
    return [text_at(block, "text", "text") or text_at(block, "elements", 0, "text") for block in built[at + 1 :]]


def show(view: View) -> Answer:
    """The form is replaced by this one."""
    return {"response_action": "update", "view": view}


def wrong(why: str) -> Answer:
    """The form stays, with why under its box."""
    return {"response_action": "errors", "errors": {FIELD: why[:2_000]}}


def _update(app: App, payload: dict[str, Any], view: View) -> None:
    """Redraw the form, if it is still the one that was seen; a lost redraw costs nothing."""
    forms, view_id = app.responders.get("slack"), text_at(payload, "view", "id")
    if not isinstance(forms, Forms) or not view_id:
        return
    try:
        forms.update_view(view_id, view, text_at(payload, "view", "hash"))
    except PlatformError as error:
        now = app.clock.now()
        with app.db.begin() as session:
            events.add(session, now, "earshot", "slack.form_not_redrawn", "", "", error=type(error).__name__)
