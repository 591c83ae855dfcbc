"""What the tests of hearing Mastodon share: one look at small servers, and what it brought."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connectors.http import Http
from connectors.mastodon.connector import Mastodon
from connectors.mastodon.settings import Settings
from connectors.types import Page, Post, Want
from tests.fakes.clocks import NOW
from tests.fakes.mastodon import FakeMastodon

ACME = Want(terms=("Acme",), own=frozenset({"acme@social.test"}))


def ear(*fakes: FakeMastodon, **settings: Any) -> Mastodon:
    chosen = {"servers": [fake.url for fake in fakes], **settings}
    return Mastodon(Settings(**chosen), http=Http(private_ok=True, deadline_s=2), now=fakes[0].now)


def read(*fakes: FakeMastodon, want: Want = ACME, **settings: Any) -> list[Page]:
    connector = ear(*fakes, **settings)
    try:
        return list(connector.fetch(want))
    finally:
        connector.close()


def posts(pages: list[Page]) -> list[Post]:
    return [post for page in pages for post in page.posts]


def texts(pages: list[Page]) -> list[str]:
    return [post.text for post in posts(pages)]


def resumed(pages: list[Page], want: Want = ACME) -> Want:
    return replace(want, cursor=pages[-1].cursor)


def each(found: Iterator[Page], kept: list[Page]) -> list[Page]:
    """Walk to the end, keeping each page even if the walk ends in an error."""
    for page in found:
        kept.append(page)
    return []


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)
