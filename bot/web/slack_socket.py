"""Socket Mode at work: lines to Slack that are kept open, and what comes over them done by the same acts as over HTTP.

A line that announces its end is followed by a new one before it closes, so that no press falls between the two. Every
envelope is acknowledged in time, whatever becomes of it; what the act shows in a form travels with the word.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot import log
from bot.app import App
from bot.store import events, switches
from bot.web import slack_acts
from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected
from responders.slack.socket import Envelope, Line, SocketMode

PATIENCE_S = 2.0
LOOK_S = 0.5
SOONEST, LATEST = timedelta(seconds=1), timedelta(seconds=60)
UNTIL_MENDED = timedelta(minutes=10)
SWITCH = "slack:socket"
log_ = log.get("slack")


@dataclass(slots=True)
class _Open:
    """A line and the thread that reads it. `leaving` once Slack has announced its end."""

    line: Line
    thread: threading.Thread | None = None
    leaving: bool = False

    def lives(self) -> bool:
        return self.thread is not None and self.thread.is_alive()


@dataclass(slots=True)
class Lines:
    """Keeps one good line open. `tend` is called now and then, and at once when a line begins to leave."""

    mode: SocketMode
    stop: threading.Event
    _open: list[_Open] = field(default_factory=list)
    _failures: int = 0
    _next_try_at: datetime | None = None

    def tend(self, app: App) -> bool:
        """Open a line if there is no good one. True if one was opened."""
        self._open = [each for each in self._open if each.lives()]
        now = app.clock.now()
        if any(not each.leaving for each in self._open) or self.stop.is_set():
            return False
        if self._next_try_at is not None and now < self._next_try_at:
            return False
        try:
            line = self.mode.open()
        except PlatformError as error:
            self._rest(app, error, now)
            return False
        self._failures, self._next_try_at = 0, None
        self._begin(app, line)
        _note(app, "slack.line_open", since=now.isoformat(), why="")
        return True

    def finish(self) -> list[str]:
        """Close every line; returns nothing that would have to be waited for."""
        self.stop.set()
        for each in self._open:
            each.line.close()
        self.mode.close()
        return []

    def _begin(self, app: App, line: Line) -> None:
        here = _Open(line)
        here.thread = threading.Thread(target=self._read, args=(app, here), name="slack-line", daemon=True)
        self._open.append(here)
        here.thread.start()

    def _rest(self, app: App, error: PlatformError, now: datetime) -> None:
        self._failures += 1
        wait = min(SOONEST * 2 ** min(self._failures - 1, 6), LATEST)
        if isinstance(error, AuthFailed | Rejected):
            wait = UNTIL_MENDED
        elif isinstance(error, RateLimited):
            wait = error.retry_after
        self._next_try_at = now + wait
        if self._failures == 1:
            _note(app, "slack.line_lost", since="", why=str(error)[:300])
            log_.warning("no line to Slack", why=str(error))

    def _read(self, app: App, here: _Open) -> None:
        try:
            while not self.stop.is_set():
                envelope = here.line.receive(LOOK_S)
                if envelope is not None:
                    self._take(app, here, envelope)
        except PlatformError as error:
            if not self.stop.is_set() and not here.leaving:
                log_.warning("the line to Slack broke", why=str(error))
        finally:
            here.leaving = True
            here.line.close()
            app.wake.ring("slack")

    def _take(self, app: App, here: _Open, envelope: Envelope) -> None:
        if envelope.kind == "disconnect":
            here.leaving = True
            if envelope.reason == "link_disabled":
                self._next_try_at = app.clock.now() + UNTIL_MENDED
                _note(app, "slack.line_lost", since="", why="Socket Mode is switched off in Slack’s app settings.")
            app.wake.ring("slack")
        elif envelope.id:
            threading.Thread(target=_deal, args=(app, here.line, envelope), name="slack-envelope", daemon=True).start()


def _deal(app: App, line: Line, envelope: Envelope) -> None:
    """Act and acknowledge. What fails is logged and not acknowledged: Slack sends it again."""
    try:
        shown = slack_acts.within(PATIENCE_S, lambda: act(app, envelope))
    except Exception as error:  # our bug: without our word Slack repeats the envelope, which may act then
        log_.error("an envelope failed", kind=envelope.kind, error=type(error).__name__, exc_info=error)
        return
    line.acknowledge(envelope, shown)


def act(app: App, envelope: Envelope) -> dict[str, Any] | None:
    """What an envelope asks for, done once. Words typed in channels and threads are taken note of, and that is all."""
    payload = envelope.payload
    if not isinstance(payload, dict):
        return None
    if envelope.kind == "interactive":
        return slack_acts.interaction(app, payload)
    if envelope.kind == "slash_commands":
        return slack_acts.command(app, {key: said for key, said in payload.items() if isinstance(said, str)})
    return None


def _note(app: App, what: str, since: str, why: str) -> None:
    now = app.clock.now()
    with app.db.begin() as session:
        before = switches.get(session, SWITCH)
        if bool(before.get("since")) != bool(since) or before.get("why") != why:
            events.add(session, now, "earshot", what, "channel:slack")
        switches.put(session, SWITCH, {"since": since, "why": why}, now)
