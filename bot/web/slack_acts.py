"""What comes in from Slack, whichever way it came (signed HTTP or Socket Mode): the same acts, each once."""

import json
import threading
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from bot import log
from bot.app import App
from bot.store import presses
from bot.web import pressing, slack_choice, slack_modal, slack_refusal, slack_same
from bot.web.slack_command import command

__all__ = ["command", "interaction", "within"]
Answer = dict[str, Any]
T = TypeVar("T")


def interaction(app: App, payload: dict[str, Any]) -> Answer | None:
    """A press, a form being typed in, or a form that was sent. Returns what Slack is to show in the form, if anything.

    Done once: Slack's own repeats and anybody's replays carry the same payload. What failed may be sent again.
    """
    return _once(app, f"press:{mark_of(payload)}", lambda: _act(app, payload))


def _act(app: App, payload: dict[str, Any]) -> Answer | None:
    if payload.get("type") == "view_submission":
        forms = (slack_refusal, slack_choice, slack_same, slack_modal)
        return next((said for form in forms if (said := form.submitted(app, payload))), None)
    pressing.press(app, payload)
    return None


def mark_of(payload: dict[str, Any]) -> str:
    """A name for a payload: each real press differs in its trigger and its time."""
    return sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def _once(app: App, key: str, act: Callable[[], Answer | None]) -> Answer | None:
    with app.db.begin() as session:
        if not presses.first_time(session, key, app.clock.now()):
            return None
    try:
        return act()
    except Exception:
        with app.db.begin() as session:
            presses.forget(session, key)
        raise


def within(seconds: float, act: Callable[[], T]) -> T | None:
    """What it comes to, or None when it takes longer: Slack wants its word in three seconds, the act goes on.

    Raises what the act raised in time; what it raises later is logged.
    """
    done: list[T] = []
    failed: list[Exception] = []
    late = threading.Event()

    def run() -> None:
        try:
            done.append(act())
        except Exception as error:  # noqa: BLE001  handed to who waits, or logged when nobody does any more
            failed.append(error)
            if late.is_set():
                log.get("slack").error("failed after its time", **log.broke(error))

    thread = threading.Thread(target=run, name="slack-act", daemon=True)
    thread.start()
    thread.join(seconds)
    late.set()
    if failed:
        raise failed[0]
    return done[0] if done else None
