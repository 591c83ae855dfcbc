"""How our small Bluesky's stream speaks version 2, as the lexicon `network.bsky.jetstream.subscribeEvents` says.

Events are kept as version 1 frames; what only version 2 tells (`#sync`, and the rows after it) is marked.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection
from websockets.typing import Subprotocol

V2_PATH = "/xrpc/network.bsky.jetstream.subscribeEvents"
SUBPROTOCOL = "xrpc.v1.json"
TIMES = 10**15

Query = Mapping[str, Sequence[str]]


def chosen(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Version 2 confirms its subprotocol to who offers it, and serves others alike."""
    assert connection.request is not None
    return Subprotocol(SUBPROTOCOL) if SUBPROTOCOL in offered and is_v2(connection.request) else None


def is_v2(request: Request) -> bool:
    return request.path.startswith(V2_PATH)


def refusal(connection: ServerConnection, query: Query, floor: int, oldest_us: int) -> Response | None:
    """The envelope a bad question gets: a number before `floor`, or a time before `oldest_us`, is too old.

    A server that follows the lexicon moves a time forward instead: `oldest_us` is 0.
    """
    unknown = set(query) - {"cursor", "collections", "dids", "kinds", "maxMessageSizeBytes", "zstdDictionary"}
    cursor = int(query["cursor"][0]) if "cursor" in query else oldest_us + TIMES
    if unknown:
        return _refused(connection, "InvalidRequest", f"unknown parameter {sorted(unknown)[0]}")
    if cursor < (floor if cursor < TIMES else oldest_us):
        return _refused(connection, "CursorTooOld", f"the oldest event is {floor}")
    return None


def _refused(connection: ServerConnection, name: str, message: str) -> Response:
    response = connection.respond(400, json.dumps({"error": name, "message": message}))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response


def outdated(seq: int) -> str:
    return _message("info", {"name": "OutdatedCursor", "message": f"resumed from {seq}"})


def too_slow() -> str:
    return json.dumps({"$type": "error", "error": "ConsumerTooSlow", "message": "read faster"})


def frame_v1(frame: str) -> str | None:
    """What version 1 sends of an event; None for what it never tells."""
    return None if '"only_v2"' in frame else frame


def frame_v2(frame: str, seq: int, query: Query) -> str | None:
    """What version 2 sends of an event; None where the kinds asked for leave it out. Garbage stays garbage."""
    try:
        thing = json.loads(frame)
        kind, time_us = thing["kind"], int(thing["time_us"])
    except (ValueError, KeyError, TypeError):
        return frame
    if "kinds" in query and kind not in query["kinds"]:
        return None
    when = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)).isoformat(timespec="microseconds")
    when = when.replace("+00:00", "Z")
    told = {"seq": seq, "did": thing["did"], "time": when, "witnessedAt": when}
    return _message(kind, told | (thing["commit"] if kind == "commit" else {kind: thing.get(kind)}))


def _message(kind: str, payload: dict[str, Any]) -> str:
    named = {"$type": f"{V2_PATH.removeprefix('/xrpc/')}#{kind}", **payload}
    told = json.dumps({"$type": "message", "payload": named}, ensure_ascii=False)
    return told.encode("utf-8", "backslashreplace").decode()
