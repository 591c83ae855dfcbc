"""What came in from Slack, once: its own retries and anybody's replays find that it was done before."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from bot.ids import digest_of
from bot.store import switches
from bot.store.tables_house import LinkRow

PURPOSE = "slack"
KEPT = timedelta(hours=1)  # a signature is good for five minutes, Slack's retries of an event for about half an hour


def first_time(session: Session, key: str, now: datetime) -> bool:
    """True for the first one to bring this key."""
    session.connection().execute(delete(LinkRow).where(col(LinkRow.purpose) == PURPOSE, col(LinkRow.expires_at) <= now))
    name = digest_of(f"{PURPOSE}:{key}")
    if session.get(LinkRow, name) is not None:
        return False
    session.add(LinkRow(hash=name, purpose=PURPOSE, facts={}, expires_at=now + KEPT, used_at=now))
    session.flush()
    return True


def forget(session: Session, key: str) -> None:
    """It was not done after all: a retry may try again."""
    session.connection().execute(delete(LinkRow).where(col(LinkRow.hash) == digest_of(f"{PURPOSE}:{key}")))


def workspace(session: Session) -> str:
    """The Slack workspace our bot lives in, "" until it has told us."""
    return str(switches.get(session, "slack").get("workspace", ""))


def learnt_by(session: Session, token: str) -> bool:
    """Whether it was with this token that it told us: with another one the house may have moved."""
    return switches.get(session, "slack").get("by") == _mark(token)


def set_workspace(session: Session, workspace: str, now: datetime, token: str = "") -> None:
    """Presses from any other workspace are not ours."""
    switches.put(session, "slack", {"workspace": workspace, "by": _mark(token)}, now)


def _mark(token: str) -> str:
    return digest_of(f"{PURPOSE}:{token}")[:16]
