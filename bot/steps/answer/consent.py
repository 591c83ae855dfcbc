"""A second person: asked with exact words, agreeing with exactly those, or refusing with a reason.

Consent is bound to bytes. The one who agrees names the variant and its digest as their page showed it; anything else
is refused. Agreeing queues the reply at once, so there is no moment in which agreed words could be changed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.app import App
from bot.core.display import storable
from bot.core.drafts import Visibility
from bot.core.reply import allowed, breaches, digest_of
from bot.core.room_words import asks, put_before
from bot.steps.answer.claim import GONE
from bot.steps.answer.ready import (
    OVERTAKEN,
    Hands,
    Letter,
    Overtaken,
    Ready,
    draft_of,
    hindrance,
    queue,
    queue_closing,
    ready,
    write_down,
)
from bot.steps.answer.values import Asked, Done, Handed, Queued, Refused, Stopped
from bot.steps.answer.way import link_with, newest
from bot.store import answering, approvals, ask_notices, cases, events, limits, mentions, notices, rights
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_answering import ApprovalRow, VariantRow
from bot.store.tables_house import AccountRow

MOST_VARIANTS = 5
LONGEST_NOTE = 1_000
VOLUNTARY = "Asked for a second look."
DECIDED = Refused("That was decided in this moment, or taken back. Load it again.")
NOT_YOURS = Refused("Nobody agrees with their own words. Another lead must.")
WROTE_AGAIN = Refused("They have written again since these words were put. The agent reads that first, then asks anew.")
NOT_THESE = Refused("These are not the words that were put before you. Read them again.")


def ask(app: App, case_id: int, by: int, letter: Letter, how: str = "here") -> Asked | Stopped | Refused:
    """Put these exact words before a second person. A stop is a stop: nobody may agree to it."""
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        refusal = hindrance(session, case, by, None, now)
        if refusal is not None:
            return refusal
        found = newest(mentions.of_case(session, case_id))
        if found is None:
            return Refused("The post is gone; there is nothing left to answer.")
        if approvals.open_of(session, case_id) is not None:
            return Refused("A second person was asked already. Add a wording there, or take it back.")
        if not seconds(session, case.brand, by):
            return Refused("There is nobody else here who could agree. An admin can invite a lead.")
        why = _why(app, session, case, by, letter, now)
        if not isinstance(why, str):
            return why
        row = ApprovalRow(
            case_id=case_id, mention_id=found[0].id or 0, brand=case.brand, asked_by=by, asked_at=now, how=how,
            visibility=letter.visibility, closing=letter.closing.strip(), why=why, words_at=case.words_at,
        )  # fmt: skip
        session.add(row)
        session.flush()
        variant = _variant(session, row, letter, by)
        facts = {"approval": row.id, "variant": variant.id, "digest": variant.digest}
        events.add_many(session, now, f"account:{by}", [("approval.asked", f"case:{case_id}", case.brand, facts)])
        left, link = cases.window(case).left(now), f"{app.settings.address}/approvals"
        text, body = asks(rights.name_of(session, by), "for a second person", left, link)
        if not row.closing:
            value = f"{row.id}:{variant.id}:{variant.digest}:{case_id}"
            text, body = put_before((text, body), letter.text, value, link, app.settings.mask_personal)
        notices.queue_plain(session, app.settings, ask_notices.key(row.id or 0), ask_notices.KIND, text, body, now)
        asked = Asked(row.id or 0, tuple(seconds(session, case.brand, by)))
    app.wake.ring("live", "tell")
    return asked


def _why(app: App, session: Session, case: CaseRow, by: int, letter: Letter, now: datetime) -> str | Stopped | Refused:
    """The reasons in words, or what stops these words whoever agrees."""
    told: list[str] = []
    texts: list[tuple[str, Visibility]] = [(letter.text, letter.visibility)]
    texts += [(letter.closing, "public")] if letter.closing.strip() else []
    for text, visibility in texts:
        found = breaches(
            draft_of(app, session, case, by, text, visibility, now), limits.boundaries(session, case.brand), now
        )
        if any(one.severity == "stop" for one in found):
            return Stopped(found)
        told += [one.why for one in found if not allowed([one])]
    told += [one.why for one in answering.consent_for(session, case, by)]
    return "\n".join(dict.fromkeys(told)) or VOLUNTARY


def seconds(session: Session, brand: str, but: int) -> list[str]:
    """Who could agree: the leads of this brand, without the one who asks."""
    return [row.name for row in rights.leads(session, brand) if row.id != but]


def _variant(session: Session, row: ApprovalRow, letter: Letter, by: int) -> VariantRow:
    facts = {"keeps": list(letter.keeps), "drops": list(letter.drops)}
    variant = VariantRow(approval_id=row.id or 0, text=letter.text, digest=digest_of(letter.text), by=by, facts=facts)
    session.add(variant)
    session.flush()
    return variant


def add_wording(app: App, approval_id: int, by: int, text: str) -> Done | Stopped | Refused:
    """Another wording of the same reply, from the agent or from a lead; what is there stays as it is."""
    now, words = app.clock.now(), _plain(text)
    if not words.strip():
        return Refused("Write the other wording first.")
    with app.db.begin() as session:
        row, case = _open(session, approval_id, by)
        if row is None or case is None:
            return DECIDED
        if len(approvals.variants(session, approval_id)) >= MOST_VARIANTS:
            return Refused(f"{MOST_VARIANTS} wordings are enough to choose from.")
        if _is_there(session, approval_id, words):
            return Refused("That wording is there already.")
        letter = Letter(words, "private" if row.visibility == "private" else "public")
        why = _why(app, session, case, row.asked_by, letter, now)
        if not isinstance(why, str):
            return why
        _put_beside(session, row, case, letter, by, now)
    app.wake.ring("live")
    return Done()


def _plain(text: str) -> str:
    return storable(text).replace("\r\n", "\n")


def _is_there(session: Session, approval_id: int, words: str) -> bool:
    return any(one.digest == digest_of(words) for one in approvals.variants(session, approval_id))


def _put_beside(session: Session, row: ApprovalRow, case: CaseRow, letter: Letter, by: int, now: datetime) -> None:
    variant = _variant(session, row, letter, by)
    facts = {"approval": row.id, "variant": variant.id, "digest": variant.digest}
    events.add_many(session, now, f"account:{by}", [("approval.wording", f"case:{case.id}", case.brand, facts)])


def _open(session: Session, approval_id: int, by: int) -> tuple[ApprovalRow | None, CaseRow | None]:
    row = approvals.get(session, approval_id)
    case = rights.case_for(session, by, row.case_id) if row is not None and row.state == "open" else None
    return (row, case) if case is not None else (None, None)


def agree(
    app: App, approval_id: int, by: int, variant_id: int, digest: str, note: str = ""
) -> Queued | Handed | Stopped | Refused:
    """Agree with exactly these bytes: they are queued in this transaction, with the undo seconds before them."""
    try:
        return _agreed(app, approval_id, by, variant_id, digest, storable(note).strip()[:LONGEST_NOTE])
    except Overtaken:
        return OVERTAKEN


def _agreed(
    app: App, approval_id: int, by: int, variant_id: int, digest: str, note: str
) -> Queued | Handed | Stopped | Refused:
    now = app.clock.now()
    with app.db.begin() as session:
        row, case = _open(session, approval_id, by)
        if row is None or case is None:
            return DECIDED
        variant = next((one for one in approvals.variants(session, approval_id) if one.id == variant_id), None)
        if variant is None or variant.digest != digest or digest_of(variant.text) != digest:
            return NOT_THESE
        refusal = _may_agree(session, row, variant, by)
        if refusal is not None:
            return refusal
        if case.words_at != row.words_at:
            approvals.move(session, approval_id, "overtaken", now, decided_by=by)
            return WROTE_AGAIN
        letter = _letter(row, variant)
        hands = Hands(variant.by if variant.by != by else row.asked_by, by, approval_id)
        made = ready(app, session, case.id or 0, hands, letter, None, now)
        if not isinstance(made, Ready):
            return made
        if not approvals.move(session, approval_id, "approved", now, decided_by=by, note=note, chosen=variant_id):
            return DECIDED
        facts = {"approval": approval_id, "variant": variant_id, "digest": digest}
        told = ("approval.agreed", f"case:{made.case.id}", made.case.brand, facts)
        events.add_many(session, now, f"account:{by}", [told])
        done = _leaves(app, session, made, row.how, hands, letter, now)
    app.wake.ring("deliver", "confirm", "live", "tell")
    return done


def _letter(row: ApprovalRow, variant: VariantRow) -> Letter:
    visibility: Visibility = "private" if row.visibility == "private" else "public"
    keeps, drops = (tuple(variant.facts.get(name, ())) for name in ("keeps", "drops"))
    return Letter(variant.text, visibility, row.closing, keeps, drops)


def _may_agree(session: Session, row: ApprovalRow, variant: VariantRow, by: int) -> Refused | None:
    """A lead who wrote none of it; or the asker, where a lead gave the wording: two people stand behind it."""
    if by == variant.by or (by == row.asked_by and variant.by == row.asked_by):
        return NOT_YOURS
    lead = by if by != row.asked_by else variant.by
    if not rights.at_least(session.get(AccountRow, lead), "lead"):
        return Refused("Agreeing is for leads.")
    return None


def _leaves(
    app: App, session: Session, made: Ready, how: str, hands: Hands, letter: Letter, now: datetime
) -> Queued | Handed:
    if how == "native":
        reply = write_down(session, made, "native", "looking", hands, letter, now)
        return Handed(reply.id or 0, link_with(made.post, letter.text))
    leaves_at = now + timedelta(seconds=app.settings.undo_s)
    reply = write_down(session, made, "here", "queued", hands, letter, now)
    queue(session, made, reply, leaves_at, now)
    queue_closing(session, made, reply, hands, leaves_at, now)
    return Queued(reply.id or 0, leaves_at)


def may_refuse(app: App, approval_id: int, by: int) -> Refused | None:
    """Why this person cannot refuse these words, before they write why they would."""
    with app.db.read() as session:
        row, case = _open(session, approval_id, by)
        return DECIDED if row is None or case is None else _may_close(session, row, by, "refused")


def refuse(app: App, approval_id: int, by: int, note: str, instead: str = "") -> Done | Refused:
    """Say no, and why: the agent reads it beside the draft, with the wording the lead would have liked, if any."""
    words = storable(note).strip()[:LONGEST_NOTE]
    if not words:
        return Refused("Say why, so that the next wording can be right.")
    return _closed(app, approval_id, by, "refused", words, _plain(instead))


def take_back_question(app: App, approval_id: int, by: int) -> Done | Refused:
    """The agent goes on writing: the question is withdrawn."""
    return _closed(app, approval_id, by, "withdrawn", "")


def _closed(app: App, approval_id: int, by: int, after: str, note: str, instead: str = "") -> Done | Refused:
    now = app.clock.now()
    with app.db.begin() as session:
        row, case = _open(session, approval_id, by)
        if row is None or case is None:
            return DECIDED
        refusal = _may_close(session, row, by, after)
        if refusal is not None:
            return refusal
        if instead.strip() and not _is_there(session, approval_id, instead):
            _put_beside(session, row, case, Letter(instead), by, now)
        approvals.move(session, approval_id, after, now, decided_by=by, note=note)
        subject = f"case:{case.id}"
        events.add(session, now, f"account:{by}", f"approval.{after}", subject, case.brand, approval=approval_id)
    app.wake.ring("live", "tell")
    return Done()


def _may_close(session: Session, row: ApprovalRow, by: int, after: str) -> Refused | None:
    if after == "withdrawn":
        return None if by == row.asked_by else Refused("Only who asked can take the question back.")
    if by == row.asked_by:
        return Refused("You asked yourself; take the question back instead.")
    return None if rights.at_least(session.get(AccountRow, by), "lead") else Refused("Deciding is for leads.")


def names(leads: Sequence[str]) -> str:
    """ "Ruth", "Ruth or Tomás", "Ruth or 3 others"."""
    if len(leads) <= 2:
        return " or ".join(name.split()[0] for name in leads)
    return f"{leads[0].split()[0]} or {len(leads) - 1} others"
