"""What answers on Facebook, Instagram and Threads share: Meta says an answer's id, and deletes by it."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.errors import Rejected
from connectors.http import Http
from connectors.meta.graph import Graph
from connectors.shapes import Odd, ident, record
from responders.private_replies import is_private
from responders.replies import Replies
from responders.types import Receipt


class MetaReplies(Replies):
    """One answer by one account. A subclass says where its answers stand (`receipt`)."""

    _http: Http
    _graph: Graph

    @abstractmethod
    def receipt(self, id_: str, at: datetime | None = None, link: str = "") -> Receipt:
        """An answer by its id, with the page where it stands; `link` is what the platform says of that."""

    def made(self, told: Any, to: Mapping[str, str]) -> Receipt | None:
        """The answer the platform says it made."""
        try:
            return self.receipt(ident(record(told).get("id")))
        except Odd:
            return None  # the caller looks it up among what we said there

    def withdraw(self, receipt: Receipt) -> None:
        """Take an answer back. One that is gone already is no error."""
        if is_private(receipt):
            raise Rejected("A private message cannot be taken back from here.")
        if not receipt.id or "/" in receipt.id:
            raise Rejected(f"This is no answer of ours on {self.called}.")
        self._graph.delete(receipt.id)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()
