"""Messages to the team: queued with the decision they follow, worded from the rows as they are when they leave."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_
from sqlmodel import Session, col, select

from bot.core.house_words import source_trouble
from bot.core.masking import masked
from bot.core.notices import CaseNotice
from bot.core.priority import lasting
from bot.core.standing import Kind
from bot.store import brands, cases, incidents, outbox, recoveries, rights
from bot.store.bundling import MARK
from bot.store.retold import outage_key
from bot.store.routing import Way as Way
from bot.store.routing import chooser
from bot.store.tables import CaseRow, CustomerRow, MentionRow, PostRow, SourceRow
from bot.store.tables_house import DeliveryRow
from config.settings import Settings
from connectors.text import web_link
from responders import handoff

OPEN = ("new", "claimed", "snoozed")
WEBHOOK = "webhook"
CHUNK = 400  # SQLite allows 999 variables in a statement on old builds


def ways(settings: Settings) -> tuple[Way, ...]:
    """How the team is told where no route says otherwise: Slack if it is set up, else the first other room that is
    read by people, else mail, else nothing but the queue itself."""
    slack = settings.slack
    if slack.bot_token is not None:
        return (Way("slack", slack.room),)
    if slack.webhook_url is not None:
        return (Way("slack", slack.room or WEBHOOK),)
    return chat_rooms(settings)[:1] or mails(settings)


def second_ways(settings: Settings) -> tuple[Way, ...]:
    """How the team is told while the first way is away: mail, else another room that is read by people."""
    first = ways(settings)
    return mails(settings) or tuple(way for way in chat_rooms(settings) if way not in first)[:1]


def mails(settings: Settings) -> tuple[Way, ...]:
    """The mail addresses of the team."""
    return tuple(Way("email", address) for address in settings.mail.to) if settings.mail.host else ()


def chat_rooms(settings: Settings) -> tuple[Way, ...]:
    """Rooms other than Slack's that people read, in the order in which the first of them is the usual one."""
    named = (("teams", settings.teams.rooms), ("discord", settings.discord.rooms), ("ntfy", settings.ntfy.topics))
    found = [Way(responder, room) for responder, rooms in named for room in rooms]
    return (*found, *(Way("notify", room) for room in settings.notify.targets))


def every_way(settings: Settings) -> tuple[Way, ...]:
    """Every room the settings name: what a route may choose. In Slack any room the bot was invited to is possible."""
    pagers = tuple(Way("pagerduty", name) for name in settings.pagerduty.services)
    hooks = tuple(Way("hook", name) for name in settings.hooks.targets)
    slack = ways(settings) if settings.slack.bot_token or settings.slack.webhook_url else ()
    return (*slack, *chat_rooms(settings), *pagers, *hooks, *mails(settings))


def queue_many(
    session: Session,
    settings: Settings,
    saying: Sequence[tuple[CaseRow, Kind]],
    now: datetime,
    gathered: datetime | None = None,
) -> set[tuple[int, Kind]]:
    """Kinds of messages for cases, each once a window and way. Returns those that were not queued before.

    No words are kept: they are made when the message leaves. An incident speaks for its cases. `gathered`: until then
    they wait for others like them (store/bundling.py).
    """
    if not saying:
        return set()
    to = chooser(session, ways(settings), now)
    told = [(case, kind, way) for case, kind in saying for way in to(case)]
    quiet = incidents.spoken_for(session, {case.id or 0 for case, _kind, _way in told})
    rows = {
        f"{kind}:case:{case.id}:{int(case.spoke_at.timestamp())}:{way.responder}:{way.address}": (case, kind, way)
        for case, kind, way in told
        if case.id not in quiet
    }
    known = _known(session, list(rows))
    fresh = {key: said for key, said in rows.items() if key not in known}
    if fresh:
        session.flush()
        session.connection().execute(
            insert(DeliveryRow), [_row(key, *said, now, gathered) for key, said in fresh.items()]
        )
    return {(case.id or 0, kind) for case, kind, _way in fresh.values()}


def _row(key: str, case: CaseRow, kind: Kind, way: Way, now: datetime, gathered: datetime | None) -> dict[str, Any]:
    return {
        "key": key, "kind": kind, "audience": "team", "responder": way.responder, "address": way.address, "text": "",
        "body": {MARK: True} if gathered else {}, "brand": case.brand, "case_id": case.id, "state": "waiting",
        "urgent_by": case.due_at, "created_at": now, "next_try_at": gathered or now, "tries": 0, "fence": 0,
        "receipt_id": "", "receipt_url": "", "error": "",
    }  # fmt: skip


def _known(session: Session, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for at in range(0, len(keys), CHUNK):
        found.update(session.exec(select(DeliveryRow.key).where(col(DeliveryRow.key).in_(keys[at : at + CHUNK]))))
    return found


def queue_source(session: Session, settings: Settings, source: SourceRow, now: datetime) -> bool:
    """The team is to hear that a source does not hear, once an outage."""
    link = f"{settings.address}/sources"
    since = source.error_since or now
    notice = source_trouble(source.name, since, source.error, link, settings.zone, now)
    body: dict[str, object] = {
        "blocks": list(notice.blocks),
        "subject": notice.subject,
        "html": notice.html,
        "mail": notice.body,
    }
    return queue_plain(session, settings, _outage(source), "source", notice.text, body, now)


def told(session: Session, source: SourceRow) -> bool:
    """Whether the team was to hear of this outage before."""
    mine = select(DeliveryRow.key).where(col(DeliveryRow.key).startswith(f"{_outage(source)}:", autoescape=True))
    return session.exec(mine.limit(1)).first() is not None


def _outage(source: SourceRow) -> str:
    return outage_key(source.name, source.error_since)


def queue_plain(
    session: Session, settings: Settings, key: str, kind: str, text: str, body: dict[str, object], now: datetime
) -> bool:
    """A message whose words are ready. `body`: blocks, subject, html, mail (plain text for mail)."""
    added = False
    for way in ways(settings):
        row = DeliveryRow(
            key=f"{key}:{way.responder}:{way.address}", kind=kind, audience="team", responder=way.responder,
            address=way.address, text=text, body=dict(body), created_at=now, next_try_at=now,
        )  # fmt: skip
        added = outbox.add(session, row) or added
    return added


def whisper(session: Session, settings: Settings, room: str, reader: str, text: str, now: datetime, key: str) -> bool:
    """A sentence for one person's eyes in a Slack room."""
    row = DeliveryRow(
        key=f"whisper:{key}", kind="whisper", audience="team", responder="slack", address=settings.slack.room or room,
        text=text, body={"to": f"{room}!{reader}"}, created_at=now, next_try_at=now,
    )  # fmt: skip
    return outbox.add(session, row)


def view(
    session: Session, settings: Settings, row: CaseRow, now: datetime, here: Collection[str] | None = None
) -> CaseNotice:
    """A case as plain values, its customer's newest words masked if the settings say so.

    `here`: the platforms on which Earshot can answer; None: how it can be answered is not said.
    """
    window = cases.window(row)
    post = _newest(session, row)
    return CaseNotice(
        id=row.id or 0,
        version=row.version,
        brand=row.brand,
        customer=_customer(session, row, post),
        platform=row.platform,
        tagged=_tagged(session, row, post),
        words=_masked(post.text or post.title, settings) if post is not None else "",
        why=lasting(row.why),
        link=f"{settings.address}/cases/{row.id}",
        zone=settings.zone,
        spoke_at=row.spoke_at,
        due_at=window.due_at,
        target=window.target,
        left=window.left(now),
        waited=window.waited(now),
        state=row.state,
        holder=rights.name_of(session, row.holder) if row.holder is not None else "",
        lease_until=row.lease_until,
        answered_at=row.answered_at,
        answered_by=rights.name_of(session, row.answered_by) if row.answered_by is not None else "",
        snoozed_until=row.snoozed_until,
        ended=row.resolved_how,
        gone=post is None,
        alone=not brands.are_several(session),
        how=_how(post, here) if post is not None and here is not None else "",
        outcome=recoveries.spoken(session, row.id or 0) if row.answered_at is not None else "",
        given=_given_to(session, row),
        into=row.merged_into or 0,
    )


def _given_to(session: Session, row: CaseRow) -> str:
    """Who it was given to, while nobody has it and it waits."""
    waits = row.assigned_to is not None and row.holder is None and row.answered_at is None and row.state in OPEN
    return rights.name_of(session, row.assigned_to) if waits else ""


def _how(post: PostRow, here: Collection[str]) -> str:
    """The way as far as it is known without asking the platform, as the answer's form shows it."""
    if post.answer_to and post.platform in here:
        return "here"
    return "native" if handoff.template(post.platform, post.native_id, web_link(post.url)) else "closed"


def _masked(words: str, settings: Settings) -> str:
    return masked(words) if settings.mask_personal else words


def _newest(session: Session, row: CaseRow) -> PostRow | None:
    """The customer's newest message that is still there."""
    found = (
        select(PostRow)
        .join(MentionRow, col(MentionRow.post_id) == col(PostRow.id))
        .where(MentionRow.case_id == row.id, col(PostRow.gone_at).is_(None))
    )
    return session.exec(found.order_by(col(PostRow.created_at).desc(), col(PostRow.id).desc()).limit(1)).first()


def _customer(session: Session, row: CaseRow, post: PostRow | None) -> str:
    if post is not None and (post.author_name or post.author_handle):
        return post.author_name or f"@{post.author_handle}"
    customer = session.get(CustomerRow, row.customer_id)
    return customer.name if customer is not None and post is not None else ""


def _tagged(session: Session, row: CaseRow, post: PostRow | None) -> bool:
    if post is None:
        return True
    found = select(MentionRow.tagged).where(MentionRow.post_id == post.id, MentionRow.brand == row.brand)
    return bool(session.exec(found).first())


def troubled_sources(session: Session, now: datetime, after: timedelta) -> Sequence[SourceRow]:
    """Sources that have not heard for so long, or that stopped until a person acts."""
    found = select(SourceRow).where(
        SourceRow.state != "off",
        or_(col(SourceRow.state) == "stopped", col(SourceRow.error_since) < now - after),
        col(SourceRow.error_since).is_not(None),
    )
    return session.exec(found).all()
