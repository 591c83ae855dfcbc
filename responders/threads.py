"""Answers on Threads: a container is made, then published; only the second step says anything to anybody.

Facts: developers.facebook.com/docs/threads (POST /{account}/threads with media_type=TEXT, text, reply_to_id; POST
/{account}/threads_publish; 500 characters; 1,000 replies in 24 hours).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from connectors.errors import Unavailable, Unsure
from connectors.http import Http
from connectors.meta.graph import Graph
from connectors.shapes import Odd, ident, moment, record, rows
from connectors.text import web_link
from connectors.threads.settings import Settings as ThreadsSettings
from responders.meta import MetaReplies
from responders.replies import Said, address_of, since
from responders.types import Receipt


class Threads(MetaReplies):
    """Speaks as our account. `address` is `answer_to`: {"id"}."""

    name: ClassVar[str] = "threads"
    called: ClassVar[str] = "Threads"
    longest: ClassVar[int] = 500
    Settings: ClassVar[type[ThreadsSettings]] = ThreadsSettings

    def __init__(
        self, settings: ThreadsSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if settings.access_token is None or not settings.account_id:
            raise ValueError("To answer on Threads access_token and account_id are needed.")
        self._settings, self._http = settings, http or Http()
        self._graph = Graph(settings.base_url, settings.access_token, self._http, self.called)

    def __repr__(self) -> str:
        return f"Threads({self._settings.account_id})"

    def receipt(self, id_: str, at: datetime | None = None, link: str = "") -> Receipt:
        """An answer, where Threads says it stands."""
        return Receipt(id_, web_link(link) or "https://www.threads.net/", at)

    def reach(self, address: str) -> Mapping[str, str]:
        """The post."""
        return address_of(address, ("id",), self.called)

    def parent(self, to: Mapping[str, str]) -> str:
        """What was answered."""
        return to["id"]

    def publish(self, to: Mapping[str, str], text: str) -> Any:
        """The container first: nothing is said by it, so its failure is no doubt. Then one attempt to publish."""
        return self._graph.post(
            f"{self._settings.account_id}/threads_publish", {"creation_id": self._drafted(to, text)}
        )

    def said(self, to: Mapping[str, str], after: datetime | None) -> Iterator[Said]:
        """What our account replied lately, newest hundred."""
        asked = {"fields": "id,text,timestamp,permalink,replied_to", "limit": "100"}
        if after is not None:
            asked["since"] = str(int(after.timestamp()) - 120)
        for thing in rows(self._graph.get(f"{self._settings.account_id}/replies", asked), "data", self.called):
            above = thing.get("replied_to") if isinstance(thing, dict) else None
            parent = str(above.get("id")) if isinstance(above, dict) else ""
            at = moment(thing.get("timestamp")) if isinstance(thing, dict) else None
            if parent and since(after, at):
                receipt = self.receipt(ident(thing.get("id")), at, str(thing.get("permalink") or ""))
                yield Said(parent, str(thing.get("text") or ""), receipt)

    def _drafted(self, to: Mapping[str, str], text: str) -> str:
        form = {"media_type": "TEXT", "text": text, "reply_to_id": ident(to["id"])}
        try:
            return ident(record(self._graph.post(f"{self._settings.account_id}/threads", form)).get("id"))
        except (Unsure, Odd) as error:
            raise Unavailable("Threads did not take the words; nothing was published.") from error
