"""Reading what Slack sends: a form or JSON, never trusted to be either."""

import json
from typing import Any
from urllib.parse import parse_qsl


class Unreadable(ValueError):
    """Signed, and yet not what Slack sends."""


def form_of(body: bytes) -> dict[str, str]:
    """A form's fields, the first of each name. Raises Unreadable."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=200, errors="strict")
    except ValueError as error:
        raise Unreadable("not a form") from error
    return dict(reversed(pairs))


def json_of(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises Unreadable."""
    try:
        read = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    if not isinstance(read, dict):
        raise Unreadable("not an object")
    return read


def text_at(read: Any, *path: str | int) -> str:
    """The text at a place in JSON, "" if there is none there."""
    for step in path:
        if isinstance(read, dict) and isinstance(step, str):
            read = read.get(step)
        elif isinstance(read, list) and isinstance(step, int) and -len(read) <= step < len(read):
            read = read[step]
        else:
            return ""
    return read if isinstance(read, str) else ""
