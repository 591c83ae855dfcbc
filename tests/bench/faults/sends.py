"""send_outcomes.jsonl: what each answer of a platform means for a reply that a person approved.

Our responders over real sockets; the journey of the one request that publishes is spoilt as the row says. Rows about a
process that died are played with the delivery step on a real database.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from connectors.errors import PlatformError
from responders.types import Finds, Message
from tests.bench.faults import slack_sends
from tests.bench.faults.mouths import NOW, Detour, Mouth, full, resetting, speaking
from tests.bench.faults.rows import Fate, lines
from tests.fakes.server import Told

MEANS: dict[str, tuple[str, ...]] = {
    "not_sent_retry": ("Unavailable",), "unknown": ("Unsure",), "not_sent_wait": ("RateLimited",),
    "failed_edit": ("Rejected",), "failed_final": ("Rejected",), "failed_config": ("AuthFailed",),
    "sent_id_unknown": ("Unsure", "sent"), "check_own_timeline": ("Unsure",), "failed_handoff": ("Rejected",),
    "sent_once": ("sent",), "sent": ("sent",),
}  # fmt: skip
"""What we make of each outcome. Bluesky's record key says at once what became of a lost answer: "sent" then, too."""
NOT_OURS = {
    "HTTP/2": "we speak HTTP/1.1 only: there is no such frame",
    "after 61 min": "a person decides about a lost reply; the same key is never sent again by itself after an hour",
    "is not Mastodon": "the answer is looked for before any second try, whatever the server does with keys",
    "scheduled_at": "we never schedule at the platform",
    "slack_sdk": "we do not use slack_sdk",
    "without rkey": "every record of ours has its own key",
}
_X_REFUSALS = {
    "duplicate content": (403, "You are not allowed to create a Tweet with duplicate content."),
    "not permitted": (403, "You can only reply to or quote posts where you are mentioned or are the author."),
    "usage-capped": (402, "CreditsDepleted"),
}


@dataclass(frozen=True, slots=True)
class Journey:
    """How the request that publishes travels: by a detour, and where its answer is spoilt in the fake."""

    to: str = ""
    error: type[httpx.RequestError] | None = None
    spoil: dict[str, Any] = field(default_factory=dict)


def play(folder: Path) -> Iterator[Fate]:
    """Each row on the platform that it names."""
    for row in lines(folder, "send_outcomes"):
        why = next((said for part, said in NOT_OURS.items() if part in row["provider"]), "")
        if why or "process died" in row["provider"]:
            yield Fate(row["id"], unplayable=why or "`make crash` kills a process at these very points (crash_points)")
        elif row["platform"] == "slack":
            yield Fate(row["id"], slack_sends.differs(row))
        else:
            yield Fate(row["id"], tuple(_sent(row)))


def _sent(row: dict[str, Any]) -> list[str]:
    with speaking(row["platform"]) as mouth, ExitStack() as stack:
        journey = _journey(row, mouth, stack)
        if journey.spoil:
            mouth.fake.fail_next(mouth.part, **{"method": "POST", **journey.spoil})
        responder = mouth.responder(Detour(mouth.part, journey.to, journey.error))
        stack.callback(responder.close)
        message = Message("reply:1", mouth.address, "We are on it", after=NOW)
        said = [_outcome(responder, message) for _ in range(2 if "then repeat" in row["provider"] else 1)][-1]
        if row["outcome"] == "sent_once" and said.startswith("Unsure") and isinstance(responder, Finds):
            said = "sent" if responder.find(message) else said
        found = [] if said.split(":")[0] in _meant(row) else [f"{row['provider']}: {said[:90]}, not {row['outcome']}"]
        many = len(mouth.said())
        return found + ([f"published {many} times"] if many > 1 else [])


def _meant(row: dict[str, Any]) -> tuple[str, ...]:
    looked_at = row["platform"] == "bluesky" and row["outcome"] == "unknown"
    return MEANS[row["outcome"]] + (("sent", "Unavailable") if looked_at else ())


def _outcome(responder: Any, message: Message) -> str:
    try:
        responder.send(message)
    except PlatformError as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:
        return f"broke: {type(error).__name__}: {error}"
    return "sent"


def _journey(row: dict[str, Any], mouth: Mouth, stack: ExitStack) -> Journey:
    said = row["provider"]
    for part, journey in _BY_WORD.items():
        if part in said:
            return journey
    if "connect timeout" in said:
        return Journey(to=stack.enter_context(full()))
    if "write timeout" in said:
        return Journey(to=stack.enter_context(resetting()))
    if "TLS" in said:
        return Journey(to=mouth.fake.url.replace("http:", "https:"))
    if _refused_by(row["platform"], said, mouth):
        return Journey()
    return Journey(spoil={"status": int(said[:3]), "headers": {"retry-after": "20"} if "Retry" in said else {}})


_BY_WORD = {
    "DNS": Journey(to="http://nobody.invalid"),
    "connect refused": Journey(to="http://127.0.0.1:9"),
    "pool timeout": Journey(error=httpx.PoolTimeout),
    "read timeout": Journey(spoil={"how": "hang", "after": True}),
    "reset after": Journey(spoil={"how": "reset", "after": True}),
    "unreadable": Journey(spoil={"how": "truncate", "after": True}),
    "HTML": Journey(spoil={"how": "html"}),
    "301/302": Journey(spoil={"status": 302, "headers": {"location": "https://elsewhere.test/"}}),
    "then repeat": Journey(),
    "429": Journey(spoil={"status": 429, "headers": {"retry-after": "9"}}),
}


def _refused_by(platform: str, said: str, mouth: Mouth) -> bool:
    """Refusals that only one platform knows, told in its own words. False if this is none of them."""
    fake: Any = mouth.fake
    refusal = next((told for part, told in _X_REFUSALS.items() if part in said), None)
    if platform == "x" and refusal is not None:
        status, words = refusal
        title = words if status == 402 else "Forbidden"
        fake._create = lambda _body: Told({"title": title, "status": status, "detail": words}, status)
    elif "THREAD_LOCKED" in said:
        next(iter(fake.things.values())).locked = True
    elif "banned" in said:
        fake.forbidden = True
    elif "quotaExceeded" in said or "commentsDisabled" in said:
        listed, told = fake._comments, {"error": {"code": 403, "errors": [{"reason": said.split()[-1]}]}}
        fake._comments = lambda asked: Told(told, 403) if asked.method == "POST" else listed(asked)
    else:
        return False
    return True
