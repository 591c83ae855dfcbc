"""Each day a few discarded posts are drawn for people to look at: what we missed is then a number, not a feeling."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot import ids
from bot.app import App
from bot.core.brand import Brand
from bot.core.matching import LIKELY, Matcher
from bot.core.recall import allocate, band_of, strata
from bot.core.zones import zone
from bot.store import audits, brands, events, mentions, recalibrating, rights
from bot.store.audits import Discarded
from bot.store.db import Session
from bot.store.tables import PostRow
from bot.store.tables_corrections import DrawnRow, DrawRow
from bot.store.tables_house import AccountRow

DAY = timedelta(days=1)
Found = tuple[int, int | None, str]  # post, mention, stratum


def draw_due(app: App) -> int:
    """Draw for every brand that had no draw today (the team's day). Returns how many draws were made."""
    if app.settings.audit_posts <= 0:
        return 0
    now = app.clock.now()
    with app.db.read() as session:
        every = [brand for brand in brands.all_of(session) if not brand.competitor]
        due = [brand for brand in every if _is_due(session, app, brand.name, now)]
    return sum(draw(app, brand) for brand in due)


def _is_due(session: Session, app: App, brand: str, now: datetime) -> bool:
    last = audits.last(session, brand)
    local = zone(app.settings.zone)
    return last is None or last.drawn_at.astimezone(local).date() < now.astimezone(local).date()


def draw(app: App, brand: Brand) -> bool:
    """One draw from all that was discarded since the last one. False if nothing new was decided on."""
    now = app.clock.now()
    with app.db.begin() as session:
        last = audits.last(session, brand.name)
        after = last.upto_id if last is not None else audits.heard_before(session, now - DAY)
        upto, since = audits.settled_upto(session), last.to_at if last is not None else now - DAY
        if upto <= after:
            return False
        (moved,) = recalibrating.applied(session, [brand], app.reader)
        pool = _pool(session, moved, after, upto, since, now, app.settings.audit_posts)
        seed = ids.token(12)
        items, sizes = _drawn(pool, app.settings.audit_posts, seed)
        row = DrawRow(
            brand=brand.name, after_id=after, upto_id=upto, from_at=since, to_at=now, sizes=sizes, seed=seed,
            drawn_at=now, queued=audits.queued(session, brand.name, after, upto),
        )  # fmt: skip
        audits.keep(session, row, items)
        facts = {"discarded": sum(sizes.values()), "drawn": len(items)}
        events.add(session, now, "earshot", "audit.drawn", f"draw:{row.id}", brand.name, **facts)
    app.wake.ring("live")
    return True


def _pool(
    session: Session, brand: Brand, after: int, upto: int, since: datetime, until: datetime, k: int
) -> list[Found]:
    """Everything discarded in the stretch, each in its stratum."""
    found = audits.discarded(session, brand.name, after, upto)
    silenced = _silenced(brand, audits.unmentioned(session, brand.name, since, until)) if brand.excluded else []
    told: list[tuple[int, int | None, str, str]] = [
        (one.post_id, one.mention_id, _band(one, brand), one.source) for one in found
    ]
    told += [(row.id or 0, None, "silenced", row.source) for row in silenced]
    sizes: dict[tuple[str, str], int] = {}
    for _post, _mention, band, source in told:
        sizes[(band, source)] = sizes.get((band, source), 0) + 1
    names = strata(sizes, k)
    return [(post, mention, names[(band, source)]) for post, mention, band, source in told]


def _band(one: Discarded, brand: Brand) -> str:
    return band_of(one.relevance, one.tagged, one.complaint, brand.queue_at, one.corrected)


def _silenced(brand: Brand, rows: Sequence[PostRow]) -> list[PostRow]:
    """Posts that would likely be about us if no excluded word took them out."""
    heard, open_ = Matcher([brand]), Matcher([brand.model_copy(update={"excluded": ()})])
    return [row for row in rows if _relevant(open_, row) >= LIKELY and _relevant(heard, row) == 0]


def _relevant(matcher: Matcher, row: PostRow) -> float:
    told = matcher.match(
        row.text, title=row.title, author_handle=row.author_handle, author_name=row.author_name, platform=row.platform
    )
    return max((match.relevant for match in told), default=0.0)


def _drawn(pool: Sequence[Found], k: int, seed: str) -> tuple[list[DrawnRow], dict[str, int]]:
    """Draw from each stratum in the order of a seeded hash: chance nobody chose, and anybody can repeat."""
    by_stratum: dict[str, list[Found]] = {}
    for one in sorted(pool, key=lambda one: ids.digest_of(f"{seed}:{one[0]}")):
        by_stratum.setdefault(one[2], []).append(one)
    sizes = {name: len(several) for name, several in by_stratum.items()}
    chosen = [one for name, many in allocate(sizes, k).items() for one in by_stratum[name][:many]]
    chosen.sort(key=lambda one: ids.digest_of(f"{seed}:place:{one[0]}"))
    items = [
        DrawnRow(draw_id=0, post_id=post, mention_id=mention, stratum=name, place=0) for post, mention, name in chosen
    ]
    return items, sizes


def label(app: App, item_id: int, by: int, missed: bool) -> bool:
    """A person's word on one drawn post. A missed complaint goes into the queue. False if it is not theirs to say."""
    now = app.clock.now()
    with app.db.begin() as session:
        found = audits.item(session, item_id)
        if found is None or not _may(session, by, found[1].brand):
            return False
        item, draw_ = found
        item.label, item.labelled_by, item.labelled_at = "yes" if missed else "no", by, now
        session.add(item)
        if missed and item.mention_id is not None:
            _queue(session, item.mention_id, now)
        facts = {"post": item.post_id, "missed": missed}
        events.add(session, now, f"account:{by}", "audit.labelled", f"draw:{draw_.id}", draw_.brand, **facts)
    app.wake.ring("read", "triage", "live")
    return True


def unlabel(app: App, item_id: int, by: int) -> bool:
    """Take a label back; a case it opened stays, and can be set aside there. False if it is not theirs."""
    now = app.clock.now()
    with app.db.begin() as session:
        found = audits.item(session, item_id)
        if found is None or not _may(session, by, found[1].brand) or found[0].label not in ("yes", "no"):
            return False
        item, draw_ = found
        item.label, item.labelled_by, item.labelled_at, item.offer = "", None, None, ""
        session.add(item)
        facts = {"post": item.post_id}
        events.add(session, now, f"account:{by}", "audit.unlabelled", f"draw:{draw_.id}", draw_.brand, **facts)
    return True


def settle(app: App, item_id: int, by: int, offer: str, brand: Brand | None) -> bool:
    """Accept a proposed change (`brand` as it then is) or, without one, leave the rules. False if it is not theirs."""
    now = app.clock.now()
    with app.db.begin() as session:
        found = audits.item(session, item_id)
        least = "agent" if brand is None else "admin"
        if found is None or found[0].label != "yes" or not _may(session, by, found[1].brand, least):
            return False
        item, draw_ = found
        row = brands.row(session, draw_.brand)
        if brand is not None and (row is None or row.origin == "file"):
            return False
        item.offer, item.offer_by, item.offer_at = offer, by, now
        session.add(item)
        if brand is not None:
            brands.save(session, brand, "web", now, f"account:{by}")
        kind = "audit.accepted" if brand is not None else "audit.left"
        events.add(session, now, f"account:{by}", kind, f"draw:{draw_.id}", draw_.brand, post=item.post_id)
    app.wake.ring("listen", "match", "live")
    return True


def _may(session: Session, by: int, brand: str, least: str = "agent") -> bool:
    account = session.get(AccountRow, by)
    return account is not None and rights.at_least(account, least) and rights.sees(account, brand)


def _queue(session: Session, mention_id: int, now: datetime) -> None:
    """Decided on anew, and this time a person has said what it is: triage opens a case for it."""
    mention = mentions.get(session, mention_id)
    if mention is None or mention.case_id is not None:
        return
    mention.verdict, mention.verdict_by, mention.triaged_at = "missed", "", None
    mention.read_at = mention.read_at if mention.reading_id is not None else None
    mention.next_try_at = now
    session.add(mention)
