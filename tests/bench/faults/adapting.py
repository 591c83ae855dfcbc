"""The same fault in another platform's shape: a fake's good answer is spoilt as the row spoils its own platform's."""

import base64
import copy
import gzip
import json
import re
import zlib
from typing import Any

from tests.bench.faults.ears import Ear
from tests.bench.faults.front import Ask, StepOf
from tests.fault.test_odd_answers import BAD, LEADS

Step = dict[str, Any]
LEADING = ("cursor-repeats", "cursor-cycle-2", "empty-page-with-cursor", "gap-fail-on-page-2")
LISTS = (*LEADING, "huge-page", "one-bad-item", "cursor-expired", "out-of-order")
PLATFORMS_OWN = frozenset({
    "author-missing-in-includes", "stream-silent", "stream-split-json", "stream-poison", "usage-cap",
    "stream-operational-disconnect", "duplicate-connection", "old-posts-reappear", "since-id-hole", "takedown",
    "createdAt-lies", "dead-comment", "comments-disabled", "billion-laughs", "quadratic-blowup", "xxe-file",
    "xxe-http", "no-guid-no-date", "link-javascript", "html-in-title", "etag-304", "permanent-redirect", "flood",
})  # fmt: skip
"""Faults that exist in one platform's shape only."""


class NotSo(Exception):
    """This fault has no shape at this platform."""


def spoiler(ear: Ear, row: dict[str, Any]) -> StepOf:
    """The n-th answer of `row` with the fake's good page in the place of the row's own."""
    first: list[Any] = []
    if ear.told and row["fault"] in LISTS:
        raise NotSo("a hook names one post, which is looked up: there is no list and no place in it")

    def step_of(number: int, ask: Ask) -> Step:
        step: Step = copy.deepcopy(row["seq"][min(number, len(row["seq"]) - 1)])
        passing = row["fault"] == "empty-page-with-cursor" and number < 2
        if not _is_page(step) and not passing:
            if row["fault"] == "wrong-shape-list-dict" and number == 0 and ask()[2].lstrip().startswith(b"["):
                step["body_b64"] = _b64(b"{}")
            return step
        status, headers, body = ask()
        good: Step = {"status": status, "headers": headers, "body_b64": _b64(body)}
        if row["fault"] in LEADING:
            first[:] = first or [json.loads(body) if ear.name in LEADS else None]
            return _leading(ear, row["fault"], number, first[0], good)
        return _spoilt(ear, row["fault"], number, body, good, step)

    return step_of


def _spoilt(ear: Ear, fault: str, number: int, body: bytes, good: Step, step: Step) -> Step:
    if number == 0:
        _once(fault, body, good)
    kind = step["headers"].get("content-type", "")
    if fault == "wrong-content-type" or (fault == "bad-charset" and "utf-7" in kind):
        good["headers"]["content-type"] = kind
    if fault == "clock-ahead":
        good["headers"]["date"] = step["headers"]["date"]
    if fault in ("slow-body", "slow-headers", "hang", "reset") and "deliver" in step:
        good["deliver"] = step["deliver"]
    if fault == "bom":
        good["body_b64"] = _b64(b"\xef\xbb\xbf" + body)
    if fault == "one-bad-item" and body.strip():
        good["body_b64"] = _b64(_one_bad(body))
    if fault == "huge-page" and body.strip():
        good["body_b64"] = _b64(_many(ear, body, 5000))
    return good


def _once(fault: str, body: bytes, good: Step) -> None:
    if fault == "truncated-body":
        good["deliver"] = {"send_bytes": max(10, len(body) // 3)}
    elif fault == "truncated-json-valid-length":
        good["body_b64"] = _b64(body[: len(body) * 2 // 3])
    elif fault == "gzip-truncated":
        packed = gzip.compress(body)
        good["body_b64"] = _b64(packed[: len(packed) // 2])
        good["headers"]["content-encoding"] = "gzip"


def _leading(ear: Ear, fault: str, number: int, thing: Any, good: Step) -> Step:
    """Pages that lead on. The others of our connectors ask for the next page by what they have read."""
    if ear.name not in LEADS:
        raise NotSo("its pages are asked for by what was read, not by a cursor of the server's")
    thing = copy.deepcopy(thing)
    if fault == "empty-page-with-cursor" and number < 2:
        _listed(thing)[:] = []
        LEADS[ear.name](thing, str(number + 1))
    elif fault == "cursor-repeats":
        LEADS[ear.name](thing, "1")
    elif fault == "cursor-cycle-2":
        LEADS[ear.name](thing, "12"[number % 2])
    elif fault == "gap-fail-on-page-2" and number in (0, 3):
        LEADS[ear.name](thing, "1")
    return {**good, "body_b64": _b64(json.dumps(thing).encode())}


def _listed(thing: Any) -> list[Any]:
    """The list of things in an answer, empty ones too."""
    if isinstance(thing, list):
        return thing
    return next((value for value in thing.values() if isinstance(value, list) and value), [])


def _one_bad(body: bytes) -> bytes:
    thing = _read(body)
    if things := _listed(thing):
        things[1:2] = [dict(BAD)]
    return json.dumps(thing).encode()


def _read(body: bytes) -> Any:
    if body.lstrip()[:1] not in (b"{", b"["):
        raise NotSo("its answers are no JSON")
    return json.loads(body)


def _many(ear: Ear, body: bytes, many: int) -> bytes:
    if ear.name == "discourse":
        raise NotSo("each page is asked for by the oldest post read: a page that is told again leads in circles")
    thing = _read(body)
    things = _listed(thing)
    key = _key(things[0]) if things else None
    if key is None:
        return body
    text = json.dumps(things[0])
    key = things[0]["number"] if ear.name == "github" else key
    things[:] = [json.loads(_renamed(text, key, number)) for number in range(many)]
    return json.dumps(thing).encode()


def _renamed(text: str, key: Any, number: int) -> str:
    new = str(int(key) + number + 1) if str(key).isdigit() else f"{key}{number}"
    if len(str(key)) > 6:
        return text.replace(str(key), new)
    return re.sub(rf"(?<![0-9]){re.escape(str(key))}(?![0-9])", new, text)


def _key(thing: Any) -> Any:
    if not isinstance(thing, dict):
        return None
    for name in ("id", "reviewId", "objectID", "question_id", "post_id", "uri"):
        if isinstance(thing.get(name), (int, str)):
            return thing[name]
    return next((key for value in thing.values() if (key := _key(value)) is not None), None)


def _is_page(step: Step) -> bool:
    """True for a step that carries posts, spoilt or not; the others are refusals and garbage and stay as they are."""
    if "body_gen" in step:
        return True
    body = base64.b64decode(step.get("body_b64", ""))
    if step["headers"].get("content-encoding") == "gzip":
        try:
            body = zlib.decompressobj(31).decompress(body, 5000)
        except zlib.error:
            return False
    return b"cme" in body


def _b64(body: bytes) -> str:
    return base64.b64encode(body).decode()
