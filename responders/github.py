"""Answers on GitHub: a comment in the issue, as the account of the token.

Facts: docs.github.com/rest/issues/comments (201; 403 with "locked" for locked issues; 410 where issues are off).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.errors import Rejected, Unavailable
from connectors.github.client import Client
from connectors.github.parse import LOCKED, listing, single
from connectors.github.settings import Settings as GitHubSettings
from connectors.http import Http
from connectors.types import Post
from responders.replies import CLOCKS_DIFFER, REFUSALS, Replies, Said, address_of, refused
from responders.types import Receipt

_MOST_PAGES = 5


class GitHub(Replies):
    """Speaks as the account of the token. `address` is `answer_to`: {"repository", "number", "locked"}."""

    name: ClassVar[str] = "github"
    called: ClassVar[str] = "GitHub"
    longest: ClassVar[int] = 65_000
    Settings: ClassVar[type[GitHubSettings]] = GitHubSettings

    def __init__(
        self, settings: GitHubSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if settings.token is None:
            raise ValueError("To answer on GitHub the token of an account is needed.")
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 only where no clock is handed in
        self._client = Client(settings, http or Http(), self._now)

    def __repr__(self) -> str:
        return "GitHub()"

    def reach(self, address: str) -> Mapping[str, str]:
        """The issue."""
        to = address_of(address, ("repository", "number", "locked"), self.called)
        if to["locked"] == "yes":
            raise Rejected(LOCKED)
        if not to["number"].isdecimal() or to["repository"].count("/") != 1:
            raise Rejected("This post has no address on GitHub to answer to.")
        return to

    def parent(self, to: Mapping[str, str]) -> str:
        """The issue, as its comments name it."""
        return f"{to['repository']}#{to['number']}"

    def publish(self, to: Mapping[str, str], text: str) -> Any:
        """One attempt."""
        answer = self._client.comment(to["repository"], to["number"], text, REFUSALS)
        if answer.status == 403:
            raise Rejected(LOCKED)
        refused(answer, self.called, "message")
        return answer.json()

    def made(self, told: Any, to: Mapping[str, str]) -> Receipt | None:
        """The comment GitHub says it made."""
        try:
            post = single(told, ())
        except Unavailable:
            return None  # the caller looks it up in the issue
        return None if post is None else _receipt(post)

    def said(self, to: Mapping[str, str], after: datetime | None) -> Iterator[Said]:
        """What our account said in the issue."""
        ours = self._client.login().casefold()
        since = "" if after is None else (after - CLOCKS_DIFFER).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for page in range(1, _MOST_PAGES + 1):
            told = listing(self._client.said(to["repository"], to["number"], since, page), str(page), ())
            for post in told.posts:
                if post.author.handle.casefold() == ours and post.in_reply_to is not None:
                    yield Said(post.in_reply_to.id, post.text, _receipt(post))
            if not told.after:
                return

    def withdraw(self, receipt: Receipt) -> None:
        """Take an answer back. One that is gone already is no error."""
        repository, _, number = receipt.id.partition("#c")
        if not number.isdecimal() or repository.count("/") != 1:
            raise Rejected("This is no answer of ours on GitHub.")
        self._client.delete(repository, number)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()


def _receipt(post: Post) -> Receipt:
    return Receipt(post.ref.id, post.url, post.created_at)
