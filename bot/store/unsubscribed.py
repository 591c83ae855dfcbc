"""Who reads no digest any more: links signed for one address and one brand, and the addresses that used theirs."""

from collections.abc import Sequence
from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer
from sqlmodel import Session, col, select

from bot import ids
from bot.store import events, switches
from bot.store.tables_house import DeliveryRow
from bot.store.tables_telling import UnsubscribedRow

KEY = "unsubscribe"
SALT = "earshot.digest"


def token(session: Session, address: str, brand: str, now: datetime) -> str:
    """What a link carries: it names the reader and the brand, and cannot be made by anybody else. It never expires."""
    secret = str(switches.get(session, KEY).get("secret", ""))
    if not secret:
        secret = ids.token()
        switches.put(session, KEY, {"secret": secret}, now)
    return URLSafeSerializer(secret, SALT).dumps([folded(address), brand])


def read(session: Session, carried: str) -> tuple[str, str] | None:
    """The address and the brand of a link of ours; None for anything else."""
    secret = str(switches.get(session, KEY).get("secret", ""))
    if not secret or len(carried) > 2_000:
        return None
    try:
        found = URLSafeSerializer(secret, SALT).loads(carried)
    except BadSignature:
        return None
    return (str(found[0]), str(found[1])) if isinstance(found, list) and len(found) == 2 else None


def stop(session: Session, address: str, brand: str, now: datetime) -> bool:
    """This address wants no digest of this brand. False if that was known."""
    if session.get(UnsubscribedRow, (folded(address), brand)) is not None:
        return False
    session.add(UnsubscribedRow(address=folded(address), brand=brand, at=now))
    events.add(session, now, "reader", "digest.unsubscribed", f"brand:{brand}"[:200], brand)
    return True


def again(session: Session, address: str, brand: str, now: datetime) -> bool:
    """It wants them after all. False if it never left."""
    row = session.get(UnsubscribedRow, (folded(address), brand))
    if row is None:
        return False
    session.delete(row)
    events.add(session, now, "reader", "digest.subscribed", f"brand:{brand}"[:200], brand)
    return True


def is_out(session: Session, address: str, brand: str) -> bool:
    """Whether this address wants no digest of this brand."""
    return session.get(UnsubscribedRow, (folded(address), brand)) is not None


def all_of(session: Session) -> list[UnsubscribedRow]:
    """Everybody who left, by address."""
    return list(session.exec(select(UnsubscribedRow).order_by(col(UnsubscribedRow.address))).all())


def wanted(session: Session, rows: Sequence[DeliveryRow], now: datetime) -> list[DeliveryRow]:
    """The mails that are still wanted, each with its reader's link to stop; what goes to rooms is left as it is."""
    kept = [row for row in rows if row.responder != "email" or not is_out(session, row.address, row.brand)]
    for row in kept:
        if row.responder == "email":
            row.body = {**row.body, "unsubscribe": token(session, row.address, row.brand, now)}
    return kept


def folded(address: str) -> str:
    """How an address is kept and compared: without a name, in small letters."""
    return address.rpartition("<")[2].rstrip("> ").strip().casefold()
