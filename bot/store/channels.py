"""How each way to the team is doing: what it was sent lately, and since when it takes nothing.

Kept in one small row a room, because a restart must neither forget an outage nor the messages of the last hour.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.core.storm import FIRST_HOUR, OUTAGE
from bot.store import switches
from bot.store.asked import kept
from bot.store.tables_house import SettingRow

PREFIX = "channel:"
KEPT = timedelta(hours=1)
TRIED = timedelta(minutes=10)
SECOND_WAY_AFTER = timedelta(seconds=100)  # so that the other way is used within two minutes (P-17)
_TIMES = ("down_since", "next_try_at", "last_at", "together_at", "away_from", "back_at", "mailed_until")


@dataclass(frozen=True, slots=True)
class Channel:
    """One room of one responder. `down_since` is set while it takes nothing; `hard` when only a person can mend it.

    `away_from` and `back_at` bound the last real outage. `posted` are times of messages of the last hour.
    """

    responder: str
    address: str
    down_since: datetime | None = None
    hard: bool = False
    why: str = ""
    failures: int = 0
    next_try_at: datetime | None = None
    posted: tuple[datetime, ...] = ()
    last_at: datetime | None = None
    together_at: datetime | None = None
    away_from: datetime | None = None
    back_at: datetime | None = None
    mailed_until: datetime | None = None

    def rests(self, now: datetime) -> bool:
        """Whether it must not be tried yet."""
        return self.next_try_at is not None and self.next_try_at > now

    def needs_second_way(self, now: datetime) -> bool:
        """Whether the team must be told another way: refused, asked to wait for long, or away for a while."""
        if self.down_since is None:
            return False
        longest = max(now, self.next_try_at or now) - self.down_since
        return self.hard or longest >= SECOND_WAY_AFTER

    def attempted(self, now: datetime, post: bool, together: bool) -> "Channel":
        """A message is about to leave."""
        recent = tuple(at for at in self.posted if now - at < KEPT)
        return replace(
            self,
            posted=(*recent, now) if post else recent,
            last_at=now,
            together_at=now if together else self.together_at,
        )

    def failed(self, now: datetime, why: str, hard: bool, wait: timedelta) -> "Channel":
        """It took nothing: try again after `wait`."""
        since = self.down_since or now
        return replace(
            self, down_since=since, hard=hard, why=why, failures=self.failures + 1, next_try_at=now + wait,
            mailed_until=self.mailed_until if self.down_since is not None else None,
        )  # fmt: skip

    def answered(self, now: datetime) -> "Channel":
        """It takes messages again. Only an outage worth the name changes how many follow."""
        if self.down_since is None:
            return self
        real = now - self.down_since >= OUTAGE
        return replace(
            self, down_since=None, hard=False, why="", failures=0, next_try_at=None, mailed_until=None,
            away_from=self.down_since if real else self.away_from, back_at=now if real else self.back_at,
        )  # fmt: skip

    def lost_since(self, now: datetime) -> datetime | None:
        """Since when messages of unknown fate are told again, together: now and then in an outage, and at its end.

        Each such try may be one more copy in the room: the longer it is away, the rarer they are, down to one in TRIED.
        """
        since = self.down_since or (self.away_from if self._back_lately(now) else None)
        if since is None or now - since < OUTAGE:
            return None
        rested = self.together_at is None or now - self.together_at >= min((now - since) / 4, TRIED)
        return since if rested or (self.down_since is None and self._before_return(self.together_at)) else None

    def was_away(self, now: datetime) -> tuple[datetime, datetime] | None:
        """From when to when: for the first message after an outage, also where only that message can tell its end."""
        if self.down_since is not None and now - self.down_since >= OUTAGE:
            return self.down_since, now
        if self.just_back(now) and self.away_from is not None and self.back_at is not None:
            return self.away_from, self.back_at
        return None

    def just_back(self, now: datetime) -> bool:
        """Whether nothing was posted since the outage ended."""
        return self._back_lately(now) and all(self._before_return(at) for at in self.posted)

    def _before_return(self, at: datetime | None) -> bool:
        return at is None or self.back_at is None or at < self.back_at

    def _back_lately(self, now: datetime) -> bool:
        return self.back_at is not None and now - self.back_at < FIRST_HOUR


def get(session: Session, responder: str, address: str) -> Channel:
    """A room as it stands."""
    return _channel(responder, address, switches.get(session, f"{PREFIX}{responder}:{address}"))


def put(session: Session, channel: Channel, now: datetime) -> None:
    """Keep a room's state, if it changed."""
    content: dict[str, Any] = {"hard": channel.hard, "why": channel.why[:300], "failures": channel.failures}
    content |= {name: _text(getattr(channel, name)) for name in _TIMES}
    content["posted"] = [at.isoformat() for at in channel.posted]
    key = f"{PREFIX}{channel.responder}:{channel.address}"
    if switches.get(session, key) != content:
        switches.put(session, key, content, now)


def troubled(session: Session) -> list[Channel]:
    """Rooms that take nothing now: what the banner on the queue names."""
    return [channel for channel in map(_of_row, _rooms(session)) if channel.down_since is not None]


@kept(SettingRow)
def _rooms(session: Session) -> list[SettingRow]:
    return list(session.exec(select(SettingRow).where(col(SettingRow.key).startswith(PREFIX))).all())


def _of_row(row: SettingRow) -> Channel:
    responder, _, address = row.key.removeprefix(PREFIX).partition(":")
    return _channel(responder, address, row.content)


def _channel(responder: str, address: str, content: dict[str, Any]) -> Channel:
    times = {name: _time(content.get(name)) for name in _TIMES}
    return Channel(
        responder,
        address,
        hard=bool(content.get("hard", False)),
        why=str(content.get("why", "")),
        failures=int(content.get("failures", 0)),
        posted=tuple(_times(content.get("posted", ()))),
        **times,
    )


def _times(texts: Iterable[str]) -> Iterable[datetime]:
    return (datetime.fromisoformat(text) for text in texts)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
