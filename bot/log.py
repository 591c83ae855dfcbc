"""One event, one line, no secret: structured or plain."""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from bot.core.display import one_line

# What looks like a credential is masked whatever field it hides in; names of fields that hold one, too.
_SECRETS = re.compile(
    r"(?i)(xox[a-z]-[\w-]+|xapp-[\w-]+|bearer\s+[\w.~+/=-]+|basic\s+[\w+/=]{8,}|hooks\.slack\.com/\S+"
    r"|(?:password|passwd|token|secret|api[_-]?key|authorization)[\"']?\s*[=:]\s*[\"']?[^\s\"'&,;]+"
    r"|://[^\s/:@]+:[^\s/@]+@)"
)
PLACES = 5
_FIELDS = re.compile(r"(?i)password|token|secret|authorization|cookie|api_?key")


def redacted(text: str) -> str:
    """`text` without anything that looks like a credential."""
    return _SECRETS.sub("[masked]", text)


def _clean(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: "[masked]" if _FIELDS.search(key) else _value(value) for key, value in event.items()}


def _value(value: Any) -> Any:
    if isinstance(value, bool | int | float | type(None)):
        return value
    return one_line(redacted(str(value)))


class _Foreign(logging.Handler):
    """Lines of libraries go the same way, redacted, and never below INFO: some print tokens at DEBUG."""

    def emit(self, record: logging.LogRecord) -> None:
        told = _failure(record.exc_info[1]) if record.exc_info else {}
        structlog.get_logger(record.name).log(record.levelno, record.getMessage(), **told)


def _failure(error: BaseException | None) -> dict[str, str]:
    """What broke and where, in two fields: an operator must find the place without reading a page of trace."""
    if error is None:
        return {}
    return broke(error) | {"error": f"{type(error).__name__}: {str(error).partition(chr(10))[0][:300]}"}


def broke(error: BaseException) -> dict[str, str]:
    """The same of a bug of ours that may have met a post: its type and place, never its words, which may be theirs."""
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    where = " → ".join(
        f"{frame.filename.rpartition('/site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames
    )
    return {"error": type(error).__name__, "where": where}


def configure(form: str = "plain", level: str = "info") -> None:
    """Set up logging once, to stderr."""
    number = logging.getLevelNamesMapping()[level.upper()]
    last: Any = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _clean,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),  # the stream of the moment, not of the start
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Foreign()]
    root.setLevel(max(number, logging.WARNING))
    for name in ("tweepy", "praw", "prawcore", "urllib3", "requests", "httpx", "httpcore", "slack_sdk", "websockets"):
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def get(name: str) -> Any:
    """A logger that carries the part's name."""
    return structlog.get_logger(part=name)
