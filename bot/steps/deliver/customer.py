"""Outbox → platform: the exact words a person approved, in one attempt, or not at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.app import App
from bot.steps.deliver import fresh, unknown
from bot.steps.deliver.boundaries import stopped_by
from bot.steps.deliver.fresh import Look
from bot.steps.deliver.interrupted import DEAD_AFTER, sweep
from bot.steps.deliver.outcome import outcome
from bot.steps.deliver.remember import hold_back, record_sent
from bot.store import cases, events, mentions, outbox, posts, rights, switches
from bot.store.db import Session
from bot.store.tables import CaseRow, PostRow, ReplyRow
from bot.store.tables_house import AccountRow, DeliveryRow
from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unsure
from responders.types import Message, Receipt

FRESH = timedelta(seconds=60)  # P-28: how old the last look at the post may be
GIVE_UP = timedelta(hours=1)  # after this the moment has passed, and a person decides anew
LOOK_AGAIN = timedelta(seconds=15)
AFTER_IT = timedelta(seconds=3)
BEFORE_IT = "The private message it speaks of did not leave, so this sentence did not either."
NOT_ALLOWED = "Who approved it may no longer answer here."
NOT_APPROVED = "These are not the words that were approved."


@dataclass(frozen=True, slots=True)
class Attempt:
    """A reply about to leave; its row says `sending` and is committed."""

    key: str
    responder: str
    message: Message
    tries: int


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything that belongs to one queued reply, as it is now."""

    row: DeliveryRow
    reply: ReplyRow
    case: CaseRow
    post: PostRow


def deliver_customer(app: App) -> bool:
    """Send the next reply that is due, or look for one whose fate is unknown. True if there was anything to do.

    Several threads may call it: each speaks with another platform, so that one that hangs delays no other's (P-32).
    """
    now = app.clock.now()
    did = sweep(app, now - DEAD_AFTER) > 0
    with app.db.read() as session:
        platforms = outbox.speakers_due(session, now, "customer", ("waiting", "unsure"))
    return any(_speak(app, platform) for platform in platforms) or did


def _speak(app: App, platform: str) -> bool:
    if not app.turns.take(platform):
        return False
    try:
        return unknown.look_for_one(app, platform) or _send_one(app, platform)
    finally:
        app.turns.end(platform)


def _send_one(app: App, platform: str) -> bool:
    now = app.clock.now()
    with app.db.read() as session:
        if not switches.sending_is_on(session):
            return False
        due = outbox.due(session, now, "customer", limit=1, responder=platform)
        ready = _ready(session, due[0]) if due else None
    if not due:
        return False
    if ready is None:
        _refuse(app, due[0].key)
        return True
    if ready.reply.after_reply is not None and _wait_for_it(app, ready):
        return True
    try:
        seen = fresh.look(app, ready.post, ready.reply)
    except PlatformError as error:
        _put_off(app, ready.row.key, error)
        return True
    except Exception as error:  # noqa: BLE001  a connector's bug: this reply goes back to a person, the next one goes on
        _put_off(app, ready.row.key, Rejected(f"{type(error).__name__} in the connector"))
        return True
    attempt = _take(app, due[0].key, seen)
    if attempt is not None:
        _send(app, attempt)
    return attempt is not None or not _still_due(app, due[0].key)


def _wait_for_it(app: App, ready: Ready) -> bool:
    """A closing sentence waits while the private words before it are still on their way."""
    now = app.clock.now()
    with app.db.begin() as session:
        if _before(session, ready.reply) not in ("queued", "unsure"):
            return False
        return outbox.move(session, ready.row.key, "waiting", "waiting", next_try_at=now + AFTER_IT)


def _before(session: Session, reply: ReplyRow) -> str:
    first = cases.reply(session, reply.after_reply or 0)
    return first.state if first is not None else ""


def _ready(session: Session, row: DeliveryRow) -> Ready | None:
    """None for anything that is not a reply a person approved: there is no other way to a customer (P-25)."""
    reply = cases.reply(session, row.reply_id) if row.kind == "reply" and row.reply_id is not None else None
    case = cases.get(session, reply.case_id) if reply is not None else None
    mention = mentions.get(session, reply.mention_id) if reply is not None else None
    if reply is None or case is None or mention is None:
        return None
    return Ready(row, reply, case, posts.of_mention(session, mention.id or 0))


def _take(app: App, key: str, seen: Look) -> Attempt | None:
    """All that must hold is asked in the transaction that commits the attempt."""
    now = app.clock.now()
    app.hold("reply:approved, attempt not committed")
    with app.db.begin() as session:
        row = outbox.get(session, key)
        ready = _ready(session, row) if row is not None and row.state == "waiting" else None
        if ready is None or not switches.sending_is_on(session) or now - seen.at > FRESH:
            return None
        why = _held_by(app, session, ready, seen, now)
        if why:
            hold_back(session, ready.row, ready.reply, why, now, difference=seen.difference if seen.why else "")
            app.wake.ring("live")
            return None
        return _begun(session, ready, now)


def _begun(session: Session, ready: Ready, now: datetime) -> Attempt | None:
    row, reply = ready.row, ready.reply
    message = Message(
        key=row.key,
        address=row.address,
        text=reply.text,
        visibility="private" if reply.visibility == "private" else "public",
        language=ready.case.language,
        after=now,
    )
    attempt = Attempt(row.key, row.responder, message, row.tries + 1)
    mine = outbox.move(session, attempt.key, "waiting", "sending", tries=attempt.tries, tried_at=now, error="")
    return attempt if mine else None


def _held_by(app: App, session: Session, ready: Ready, seen: Look, now: datetime) -> str:
    """Why this reply must not leave now, "" if nothing holds it."""
    row, reply, case = ready.row, ready.reply, ready.case
    if reply.state != "queued":
        return "It is no longer waiting to leave."
    if not all(_may_answer(session, who, case) for who in {reply.approved_by, reply.written_by or reply.approved_by}):
        return NOT_ALLOWED
    if row.text != reply.text:
        return NOT_APPROVED
    if reply.after_reply is not None and _before(session, reply) != "sent":
        return BEFORE_IT
    if now - reply.approved_at > GIVE_UP:
        return "It could not leave for an hour. Read the case again before you send it."
    return seen.why or _heard_since(session, ready) or stopped_by(app, session, case, reply, now)


def _may_answer(session: Session, who: int, case: CaseRow) -> bool:
    account = session.get(AccountRow, who)
    return account is not None and rights.at_least(account, "agent") and rights.sees(account, case.brand)


def _heard_since(session: Session, ready: Ready) -> str:
    """What we heard ourselves since the approval."""
    reply, case, post = ready.reply, ready.case, ready.post
    if post.gone_at is not None:
        return fresh.GONE
    if post.edited_at is not None and post.edited_at > reply.approved_at:
        return fresh.EDITED
    if case.answered_at is not None and case.answered_at > reply.approved_at and reply.after_reply is None:
        return fresh.ANSWERED
    later = (said for _mention, said in mentions.of_case(session, case.id or 0) if said.heard_at > reply.approved_at)
    return fresh.AGAIN if any(said.author_id == post.author_id for said in later) else ""


def _still_due(app: App, key: str) -> bool:
    with app.db.read() as session:
        row = outbox.get(session, key)
        return row is not None and row.state == "waiting"


def _send(app: App, attempt: Attempt) -> None:
    responder = app.responders.get(attempt.responder)
    app.hold("reply:attempt committed")
    if responder is None or responder.audience != "customer":
        _not_sent(app, attempt, Rejected(f"Earshot is not signed in to {attempt.responder}."))
        return
    if not _is_mine(app, attempt):
        return
    try:
        receipt = responder.send(attempt.message)
    except PlatformError as error:
        app.hold("reply:answer read")
        _not_sent(app, attempt, error)
    except Exception as error:  # noqa: BLE001  a responder's bug: it may have posted before it broke, so it is looked for
        _not_sent(app, attempt, Unsure(f"{type(error).__name__} in the {attempt.responder} responder."))
    else:
        app.hold("reply:answer read")
        _sent(app, attempt, receipt)
        app.hold("reply:remembered")


def _is_mine(app: App, attempt: Attempt) -> bool:
    with app.db.read() as session:
        return outbox.is_mine(session, attempt.key, attempt.tries, app.clock.now())


def _sent(app: App, attempt: Attempt, receipt: Receipt) -> None:
    now = app.clock.now()
    with app.db.begin() as session:
        row = outbox.get(session, attempt.key)
        if row is not None and row.state in ("sending", "unsure"):
            record_sent(session, row, receipt, now)
    app.wake.ring("tell", "live", "recover")


def _not_sent(app: App, attempt: Attempt, error: PlatformError) -> None:
    now = app.clock.now()
    state, wait = outcome(error, attempt.tries)
    with app.db.begin() as session:
        row = outbox.get(session, attempt.key)
        if row is None or row.state != "sending":
            return
        reply = cases.reply(session, row.reply_id or 0)
        if reply is None:
            return
        if isinstance(error, AuthFailed | Rejected):
            hold_back(session, row, reply, str(error), now, "held" if isinstance(error, AuthFailed) else "refused")
        elif state == "unsure":
            unknown.begin(session, row, reply, now)
        else:
            outbox.move(session, attempt.key, "sending", "waiting", next_try_at=now + wait, error=str(error)[:300])
            reply.why = f"Not sent yet: {error}" if isinstance(error, RateLimited) else f"Trying again: {error}"
            session.add(reply)
    app.wake.ring("live", "deliver")


def _put_off(app: App, key: str, error: PlatformError) -> None:
    """The post could not be looked at: nothing leaves blind; after an hour a person decides."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = outbox.get(session, key)
        ready = _ready(session, row) if row is not None and row.state == "waiting" else None
        if row is None or ready is None:
            return
        if now - ready.reply.approved_at > GIVE_UP or isinstance(error, AuthFailed | Rejected):
            hold_back(session, row, ready.reply, f"The post could not be looked at before sending: {error}", now)
            return
        wait = error.retry_after if isinstance(error, RateLimited) else LOOK_AGAIN
        outbox.move(session, key, "waiting", "waiting", next_try_at=now + wait, error=str(error)[:300])


def _refuse(app: App, key: str) -> None:
    now = app.clock.now()
    with app.db.begin() as session:
        if outbox.move(session, key, "waiting", "refused", error="no person approved this"):
            events.add(session, now, "earshot", "delivery.refused", "", "", delivery=key)
