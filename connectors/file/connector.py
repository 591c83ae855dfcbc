"""A file of posts, read page by page and resumed by the byte; a growing file is followed."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from connectors.errors import Rejected, Unavailable
from connectors.file.looking import Layout, look, rows
from connectors.file.settings import Settings as FileSettings
from connectors.http import Http
from connectors.types import Closed, Latency, Native, Page, Poison, Post, PostRef, Route, Want

PAGE_ROWS = 500
PAGE_BYTES = 4_000_000
_HEAD = 4096


class File:
    """The past, from a CSV, JSON Lines or JSON file. Needs a file on this machine; nothing in it rings.

    Reads CSV, JSON Lines and JSON. The cursor is a byte offset and a mark of the file's beginning.
    """

    platform: ClassVar[str] = "file"
    Settings: ClassVar[type[FileSettings]] = FileSettings
    latency: ClassVar[Latency] = Latency.BEST_EFFORT

    def __init__(
        self, settings: FileSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in

    def layout(self) -> Layout:
        """How the file will be read: what `earshot import` shows. Raises Rejected with the remedy."""
        told = self._settings
        try:
            return look(
                told.path,
                columns=told.columns,
                platform=told.platform,
                encoding=told.encoding,
                zone=ZoneInfo(told.zone),
                escaped=told.escaped,
            )
        except ValueError as error:
            raise Rejected(str(error)) from error
        except OSError as error:
            raise Unavailable(
                f"{told.path.name} cannot be opened: {error.strerror or type(error).__name__}."
            ) from error

    def fetch(self, want: Want) -> Iterator[Page]:
        """Rows in the file's own order, from where reading stopped. A file that was replaced is read from its start."""
        layout = self.layout()
        mark = _mark(self._settings.path)
        at = _place(want.cursor, mark, layout.size)
        page = _Pile(want)
        for after, outcome in rows(self._settings.path, layout, at, now=self._now()):
            if page.is_full() and after != page.after:
                yield page.close(mark)
                page = _Pile(want)
            page.add(after, outcome)
        if page.after:
            yield page.close(mark)

    def route(self, post: Post) -> Route:
        """By hand, where the post says where it is."""
        if post.url:
            return Native(post.url, "The post came from a file; the answer is given where it was written.")
        return Closed("The post came from a file that does not say where it was written.")

    def probe(self) -> str:
        """What the file's columns hold."""
        layout = self.layout()
        told = ", ".join(f"{field} from “{column}”" for field, column in layout.columns.items())
        return f"{self._settings.path.name} is {layout.form.kind.upper()}: {told}"

    def close(self) -> None:
        """Nothing is kept open."""


class _Pile:
    """Rows of one page. The last word on a post wins: gone after it was written, or written again after it was gone."""

    def __init__(self, want: Want) -> None:
        self._want = want
        self._posts: dict[PostRef, Post] = {}
        self._gone: dict[PostRef, None] = {}
        self._poison: list[Poison] = []
        self._bytes = self._rows = 0
        self.after = 0

    def is_full(self) -> bool:
        return self._rows >= PAGE_ROWS or self._bytes >= PAGE_BYTES

    def add(self, after: int, outcome: Post | Poison | PostRef) -> None:
        self.after = after
        self._rows += 1
        if isinstance(outcome, Poison):
            self._poison.append(outcome)
            self._bytes += len(outcome.raw)
        elif isinstance(outcome, PostRef):
            self._posts.pop(outcome, None)
            self._gone[outcome] = None
        elif _inside(outcome, self._want):
            self._bytes += len(outcome.text)
            self._gone.pop(outcome.ref, None)
            self._posts[outcome.ref] = outcome

    def close(self, mark: str) -> Page:
        cursor = json.dumps({"after": self.after, "mark": mark})
        return Page(tuple(self._posts.values()), cursor, tuple(self._gone), poison=tuple(self._poison))


def _inside(post: Post, want: Want) -> bool:
    since, until = want.since, want.until
    return (since is None or post.created_at >= since) and (until is None or post.created_at < until)


def _mark(path: Path) -> str:
    """A mark of the file's first lines, which stay when a file grows and change when it is another."""
    with path.open("rb") as stream:
        first = stream.readline(_HEAD)
        return sha256(first).hexdigest()[:16]


def _place(cursor: str | None, mark: str, size: int) -> int:
    if cursor is None:
        return 0
    try:
        told = json.loads(cursor)
        after = int(told["after"])
        return after if told["mark"] == mark and 0 <= after <= size else 0
    except (ValueError, TypeError, KeyError):
        return 0  # another file's cursor: read it all, the store knows what it has
