"""From rows to the message that leaves: worded at the last moment, so that it says what is true when it is said."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

from bot.app import App
from bot.core import notices as words
from bot.core import summaries
from bot.core.blocks import opens
from bot.core.notices import CaseNotice, Notice
from bot.core.standing import STEPS
from bot.digest.paint import painted
from bot.digest.sketch import restored
from bot.store import calling, cases, lost, notices, rooms
from bot.store.channels import Channel
from bot.store.db import Session
from bot.store.notices import Way
from bot.store.tables import CaseRow
from bot.store.tables_house import DeliveryRow
from responders.types import Attachment, Message, Updates

SOON = timedelta(minutes=15)  # what is due by then comes before what is graver
CALLS = (*STEPS, "at_risk", "late")
NAMES = {
    "slack": "Slack", "email": "Mail", "teams": "Teams", "discord": "Discord", "pagerduty": "PagerDuty",
    "ntfy": "ntfy", "hook": "The alert hook", "notify": "apprise",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Worded:
    """A message ready to leave. `mark` is what the case's own message shows once this is posted, "" if it is none."""

    message: Message
    mark: str = ""


def of_case(app: App, session: Session, row: DeliveryRow, case: CaseRow, way: Way, now: datetime) -> Worded:
    """What one delivery says of its case now."""
    seen = notices.view(session, app.settings, case, now, frozenset(app.responders))
    edits = isinstance(app.responders.get(way.responder), Updates)
    place = rooms.place_of(session, seen.id, way) if edits else None
    kind: Any = row.kind
    if kind == "new" and seen.holder:
        notice = words.shown(seen, now)
    else:
        notice = words.told(kind, seen, now, _mention(session, row.kind, case.brand, now), again=place is not None)
    notice = words.repeated(notice) if lost.may_be_there([row]) else notice
    threads = place is not None and way.responder == "slack"
    address = _thread(place.receipt_id) if place is not None and threads else str(row.body.get("to") or way.address)
    mark = rooms.mark(case.version, words.fingerprint(seen)) if edits and place is None else ""
    facts = _facts(row.kind, seen, case)
    return Worded(spoken(row.key, address, notice, way, now, facts), mark)


def as_it_stands(app: App, session: Session, case: CaseRow, way: Way, now: datetime, shown: str = "") -> Worded:
    """The case's own message, to be edited in place. `shown` is the mark of what stands there."""
    seen = notices.view(session, app.settings, case, now, frozenset(app.responders))
    key = f"shown:case:{seen.id}:{case.version}"
    mark = rooms.mark(case.version, words.fingerprint(seen))
    facts = _facts("shown", seen, case) | {"was": words.state_of(shown.partition(" ")[2])}
    return Worded(spoken(key, way.address, words.shown(seen, now), way, now, facts), mark)


def of_many(app: App, session: Session, row: DeliveryRow, way: Way, channel: Channel, now: datetime) -> Worded | None:
    """One message for all cases gathered under a key; None if all of them were settled meanwhile."""
    away = channel.was_away(now)
    ids = rooms.members(session, row.key, now + SOON if away is None else None)
    if not ids:
        return None
    if away is not None:
        name, zone = NAMES.get(way.responder, way.responder), app.settings.zone
        lead = summaries.back(name, *away, len(ids), zone, now)
    else:
        lead = summaries.storm(len(ids))
    notice = many(app, session, lead, ids, now)
    again = lost.may_be_there([row]) or rooms.told_before(session, row.key)
    notice = words.repeated(notice) if again else notice
    return Worded(spoken(row.key, str(row.body.get("to") or way.address), notice, way, now))


def many(app: App, session: Session, lead: str, ids: list[int], now: datetime) -> Notice:
    """A summary of these cases, the first ones named. One whose facts are broken is numbered with the rest."""
    named = []
    for case_id in ids[: summaries.NAMED]:
        try:
            named.append(notices.view(session, app.settings, _case(session, case_id), now))
        except (ValueError, ArithmeticError, LookupError):
            continue
    others = set(ids) - {case.id for case in named}
    return summaries.together(lead, named, sorted(others), len(ids), f"{app.settings.address}/", now)


def _case(session: Session, case_id: int) -> CaseRow:
    case = cases.get(session, case_id)
    if case is None:
        raise LookupError(f"case {case_id} is gone")
    return case


def ready(app: App, row: DeliveryRow, way: Way, now: datetime, living: dict[str, Any] | None = None) -> Worded:
    """A message whose words were made when it was queued: digests, source trouble, whispers.

    `living` is its body without what was deleted since, where that was looked at.
    """
    body = row.body if living is None else living
    text = row.text if way.responder == "slack" else str(body.get("mail") or row.text)
    link = f"{app.settings.address}/unsubscribe/{body['unsubscribe']}" if body.get("unsubscribe") else ""
    repeat = "Repeat: " if body.get("repeat") else ""
    message = Message(
        key=row.key,
        address=str(body.get("to") or row.address),
        text=repeat + text + (f"\n\nStop these mails: {link}\n" if link else ""),
        subject=repeat + str(body.get("subject", "")),
        html=_with_link(str(body.get("html", "")), link),
        blocks=() if repeat else tuple(body.get("blocks", ())),
        after=now,
        attachments=(*_pictures(body), *(_attachment(item) for item in body.get("attachments", ()))),
        facts={"kind": row.kind, "brand": row.brand, "link": str(body.get("link") or opens(body.get("blocks", ())))}
        | dict(body.get("facts", {}))
        | ({"unsubscribe": link} if link else {}),
        aside=bool(body.get("aside")),
    )
    return Worded(message)


def _with_link(html: str, link: str) -> str:
    """A reader's way out at the end of a mail."""
    if not link or not html:
        return html
    line = f'<p style="font-size:12px;padding:12px"><a href="{escape(link)}">Stop these mails</a></p>'
    body, end, rest = html.rpartition("</body>")
    return f"{body}{line}{end}{rest}" if end else html + line


def replayed(app: App, session: Session, row: DeliveryRow, way: Way, now: datetime) -> Worded | None:
    """A case told again to a receiver that asks for what it missed: as it stands now, under its first name."""
    case = cases.get(session, row.case_id or 0)
    if case is None:
        return None
    seen = notices.view(session, app.settings, case, now, frozenset(app.responders))
    facts = _facts(str(row.body.get("kind", "new")), seen, case) | {"replay_of": str(row.body.get("of", row.key))}
    return Worded(spoken(row.key, way.address, words.shown(seen, now), way, now, facts))


def _attachment(item: dict[str, Any]) -> Attachment:
    return Attachment(item["name"], item["media_type"], b64decode(item["content"]), item.get("cid"))


def _pictures(body: dict[str, Any]) -> tuple[Attachment, ...]:
    """The pictures of a mail, painted now: the outbox keeps what they show, not their bytes."""
    return painted(restored(item) for item in body.get("pictures", ())) if body.get("html") else ()


def _facts(kind: str, seen: CaseNotice, case: CaseRow) -> dict[str, Any]:
    """A case for a program that reads: no words of a customer among them."""
    state = "gone" if seen.gone else "answered" if seen.answered_at is not None else seen.state
    return {
        "kind": kind, "case": seen.id, "version": seen.version, "brand": seen.brand, "platform": seen.platform,
        "state": state, "severity": case.severity, "tagged": seen.tagged, "holder": seen.holder, "link": seen.link,
        "spoke_at": seen.spoke_at.isoformat(), "due_at": seen.due_at.isoformat(),
    }  # fmt: skip


def spoken(
    key: str, address: str, notice: Notice, way: Way, now: datetime, facts: dict[str, Any] | None = None
) -> Message:
    """A notice as this room reads it."""
    text = notice.text if way.responder == "slack" else notice.body
    return Message(
        key=key, address=address, text=text, subject=notice.subject, html=notice.html, blocks=notice.blocks, after=now,
        facts={"link": opens(notice.blocks)} | (facts or {}),
    )  # fmt: skip


def _thread(receipt_id: str) -> str:
    room, _, ts = receipt_id.rpartition(":")
    return f"{room}@{ts}"


def _mention(session: Session, kind: str, brand: str, now: datetime) -> str:
    """Who is called, as Slack mentions: the people of a step; the group on shift when a customer is at risk or late."""
    if kind not in CALLS:
        return ""
    if kind not in STEPS:
        return calling.group_mention(session, brand, now)
    return calling.mention(session, brand, STEPS.index(kind) + 1, now)
