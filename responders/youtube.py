"""Answers on YouTube: a reply in the comment's thread, as the channel whose owner consented.

Facts: developers.google.com/youtube/v3/docs/comments/insert (50 units; a reply goes to the thread's first comment).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.errors import Rejected
from connectors.google import reason_of
from connectors.http import Http
from connectors.shapes import Odd
from connectors.types import Post
from connectors.youtube.client import Client
from connectors.youtube.parse import comment, comments, whole
from connectors.youtube.settings import Settings as YouTubeSettings
from responders.replies import REFUSALS, Replies, Said, address_of, refused, since
from responders.types import Receipt

_MOST_PAGES = 5


class YouTube(Replies):
    """Speaks as our channel. `address` is `answer_to`: {"id", "top", "video"}."""

    name: ClassVar[str] = "youtube"
    called: ClassVar[str] = "YouTube"
    longest: ClassVar[int] = 10_000
    Settings: ClassVar[type[YouTubeSettings]] = YouTubeSettings

    def __init__(
        self, settings: YouTubeSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if not settings.account:
            raise ValueError("To answer on YouTube the consent of the channel's owner is needed.")
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 only where no clock is handed in
        self._client = Client(settings, http or Http(), self._now)

    def __repr__(self) -> str:
        return f"YouTube({self._settings.channel_id})"

    def reach(self, address: str) -> Mapping[str, str]:
        """The comment, and the one its thread began with."""
        return address_of(address, ("id", "top", "video"), self.called)

    def parent(self, to: Mapping[str, str]) -> str:
        """A reply to a reply is filed under the thread's first comment."""
        return to["top"]

    def publish(self, to: Mapping[str, str], text: str) -> Any:
        """One attempt."""
        answer = self._client.reply(to["top"], text, REFUSALS)
        if answer.status == 403:
            raise Rejected(f"YouTube refuses the answer: comments are off there ({reason_of(answer)}).")
        refused(answer, self.called, "error", "message")
        return answer.json()

    def made(self, told: Any, to: Mapping[str, str]) -> Receipt | None:
        """The comment YouTube says it made."""
        try:
            return _receipt(comment(told, self._settings.channel_id, to["top"], _video(to)))
        except Odd:
            return None  # the caller looks it up in the thread

    def said(self, to: Mapping[str, str], after: datetime | None) -> Iterator[Said]:
        """What our channel replied in this thread."""
        token = ""
        for _ in range(_MOST_PAGES):
            thing = self._client.replies(to["top"], token)
            if thing is None:
                return
            told = whole(comments(thing, self._settings.channel_id))
            for post in told.posts:
                if post.by_us and since(after, post.created_at):
                    yield Said(post.in_reply_to.id if post.in_reply_to else "", post.text, _receipt(post, _video(to)))
            token = told.after
            if not token:
                return

    def withdraw(self, receipt: Receipt) -> None:
        """Take an answer back. One that is gone already is no error."""
        if not receipt.id or "/" in receipt.id:
            raise Rejected("This is no answer of ours on YouTube.")
        self._client.delete(receipt.id)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()


def _video(to: Mapping[str, str]) -> str:
    return "" if to["video"] == "-" else to["video"]


def _receipt(post: Post, video: str = "") -> Receipt:
    page = f"https://www.youtube.com/watch?v={video}&lc={post.ref.id}" if video else "https://www.youtube.com/"
    return Receipt(post.ref.id, post.url or page, post.created_at)
