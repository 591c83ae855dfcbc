"""What a case of responses.jsonl expects beside what was seen: a list of sentences, empty if all of it held."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.store.tables import PostRow
from tests.bench.faults.ears import Ear
from tests.bench.faults.front import Seen
from tests.fault.test_more_platforms import stands


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll: cursors around it, what the source's row says after it, its requests, seconds of the wall."""

    before: str | None
    after: str | None
    failures: int
    error: str
    due_in_s: float
    wall_s: float
    asked: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """One case through one connector."""

    ear: Ear
    row: dict[str, Any]
    own: bool
    polls: list[Poll]
    posts: list[PostRow]
    aside: int
    gaps: int
    ahead: timedelta


def judged(played: Played) -> tuple[str, ...]:
    """What differs from what the row expects."""
    found: list[str] = []
    for check in CHECKS:
        found += check(played)
    return tuple(found)


def _stored(played: Played) -> list[str]:
    want = played.row["expect"].get("stored_after_seq")
    if want is None:
        return []
    if not played.own and want:
        count = played.ear.count
        others = {"one-bad-item": count - 1, "out-of-order": count + 1, "huge-page": 5000}
        want = others.get(played.row["fault"], count)
    many = len({post.native_id for post in played.posts})
    return [] if many == want else [f"stored {many}, not {want}"]


def _whole(played: Played) -> list[str]:
    """A crash of a step is told as its class with "Error:"; the five errors of ours are sentences."""
    return [f"broke: {poll.error[:90]}" for poll in played.polls if "Error:" in poll.error[:30]][:1]


def _cursor(played: Played) -> list[str]:
    expect, first = played.row["expect"], played.polls[0]
    if expect.get("cursor") == "advanced" and played.polls[-1].after is None:
        return ["the cursor never advanced"]
    faulty = len(played.row["seq"]) > 1 or expect.get("stored_after_seq") == 0
    walks = played.row["fault"] == "gap-fail-on-page-2"
    still = first.after == first.before or stands(first.after) or walks
    return ["the fault moved the cursor"] if expect.get("cursor") == "unchanged" and faulty and not still else []


def _waits(played: Played) -> list[str]:
    if "next_request_after_s" not in played.row["expect"]:
        return []
    low, high = played.row["expect"]["next_request_after_s"]
    waits = _pauses(played) or [poll.due_in_s for poll in played.polls[:1]]
    return [f"next request after {wait:.1f} s" for wait in waits if not low - 1 <= wait <= high + 1][:1]


def _backs_off(played: Played) -> list[str]:
    expect, waits = played.row["expect"], _pauses(played)
    if "backoff_s" in expect and waits and not expect["backoff_s"][0] <= waits[0] <= expect["backoff_s"][1]:
        return [f"asked again after {waits[0]:.1f} s"]
    if "backoff" in expect and (not waits or waits[0] > 10.5 or max(waits) > 321 or sorted(waits) != waits):
        return [f"waited {[round(wait, 1) for wait in waits]}"]
    return []


def _pauses(played: Played) -> list[float]:
    """Seconds between a poll that failed and the next request."""
    pairs = zip(played.polls, played.polls[1:], strict=False)
    return [new.asked[0].at - old.asked[-1].at for old, new in pairs if old.failures and old.asked and new.asked]


def _few(played: Played) -> list[str]:
    expect, found = played.row["expect"], []
    asked = [seen for poll in played.polls for seen in poll.asked if seen.listing]
    for span in (60, 600):
        most = expect.get(f"attempts_in_first_{span}s_max")
        many = sum(seen.at - asked[0].at <= span for seen in asked)
        found += [f"{many} attempts in {span} s"] if most is not None and many > most else []
    first = sum(seen.listing for seen in played.polls[0].asked)
    for name in ("requests_max", "hops_max"):
        found += [f"{first} requests in one poll"] if first > expect.get(name, first) else []
    return found


def _fast(played: Played) -> list[str]:
    slowest = max(poll.wall_s for poll in played.polls)
    limits = [played.row["expect"].get(name, slowest) for name in ("request_wall_s_max", "wall_s_max")]
    return [f"took {slowest:.0f} s"] if slowest > min(limits) else []


def _told(played: Played) -> list[str]:
    expect, first, found = played.row["expect"], played.polls[0], []
    if expect.get("health") == "degraded" and not first.failures:
        found.append("the source still seems well")
    if expect.get("health") == "ok" and played.polls[-1].failures:
        found.append(f"the source seems unwell: {played.polls[-1].error[:60]}")
    wanted = "alert_operator_within_s" in expect or expect.get("alert_operator")
    if wanted and not played.gaps and not any(poll.error for poll in played.polls):
        found.append("nobody is told")
    if "alert_operator_within_s" in expect and "person must act" not in first.error:
        found.append(f"it does not say that a person must act: {first.error[:60]}")
    if "operator_warned" in expect and played.ahead < timedelta(seconds=120):
        found.append("the server's clock was not noticed")
    return found


def _contents(played: Played) -> list[str]:
    expect, found = played.row["expect"], []
    if expect.get("quarantined", played.aside) != played.aside:
        found.append(f"{played.aside} set aside")
    if expect.get("content_rows", len(played.posts)) != len(played.posts):
        found.append(f"{len(played.posts)} posts")
    words = [f"{post.title} {post.text}" for post in played.posts]
    found += [f"holds {part}" for part in expect.get("must_not_contain", ()) if any(part in text for text in words)]
    if expect.get("links_http_only") and any(post.url and not post.url.startswith("http") for post in played.posts):
        found.append("a link that is none")
    return found


def _asks(played: Played) -> list[str]:
    expect, found = played.row["expect"], []
    listings = [seen for poll in played.polls for seen in poll.asked if seen.listing]
    wanted = expect.get("second_request_has")
    if wanted and wanted not in listings[1].headers:
        found.append(f"the second request has no {wanted}")
    param = expect.get("requests_next_param")
    if param and not (any(param in seen.path for seen in listings[1:]) and "since_id" not in str(listings)):
        found.append(f"no {param}: {listings[-1].path[:60]}")
    elsewhere = [seen.path for seen in listings if "169.254" in seen.headers.get("host", "")]
    return found + [f"asked {path}" for path in elsewhere]


CHECKS: tuple[Callable[[Played], list[str]], ...] = (
    _stored, _whole, _cursor, _waits, _backs_off, _few, _fast, _told, _contents, _asks,
)  # fmt: skip
