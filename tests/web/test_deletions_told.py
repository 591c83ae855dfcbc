"""The sources page says where deletions cannot be learnt, and how long words stay there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.app import App
from bot.store import sources
from bot.store.tables import SourceRow
from bot.web import trying
from connectors.imap.connector import Imap
from connectors.imap.settings import Settings as ImapSettings
from connectors.reddit.connector import Reddit
from connectors.reddit.settings import Settings as RedditSettings
from connectors.rss.connector import Rss
from connectors.rss.settings import Settings as RssSettings
from connectors.stackexchange.connector import StackExchange
from connectors.stackexchange.settings import Settings as StackSettings
from tests.web.conftest import Browser, hire

FEED = "Deletions are learnt from each item’s own page; where it does not tell, words go after {} days."
NONE = "Deletions cannot be learnt here: words go after {} days."


@pytest.mark.parametrize(
    ("connector", "told"),
    [
        (Rss(RssSettings(url="https://f.test/feed")), FEED.format(30)),
        (Rss(RssSettings(url="https://f.test/feed", keep_days=0)), FEED.format(90)),
        (Reddit(RedditSettings(subreddits=("acme",), keep_days=7)), NONE.format(7)),
        (Reddit(RedditSettings(subreddits=("acme",), client_id="a")), ""),
        (Imap(ImapSettings(host="imap.test", user="a@b.test")), NONE.format(90)),
        (StackExchange(StackSettings(tags=("acme",))), ""),
    ],
)
def test_what_cannot_be_learnt_is_said(app: App, connector: Any, told: str) -> None:
    row = SourceRow(name="it", connector=connector.platform, started_at=app.clock.now(), next_poll_at=app.clock.now())
    assert trying.deletions_of(replace(app, connector_of=lambda _row: connector), row) == told
    connector.close()


def test_the_sources_page_says_it_beside_the_source(
    app: App, visit: Callable[[], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "deletions_of", lambda _app, row: NONE.format(30) if row.name == "reddit" else "")
    now = app.clock.now()
    with app.db.begin() as session:
        for name in ("reddit", "hackernews"):
            at = now + timedelta(days=1)
            sources.save(session, SourceRow(name=name, connector=name, started_at=now, next_poll_at=at))
    hire(app, "ruth@acme.example", "admin")
    browser = visit()
    browser.log_in("ruth@acme.example")
    page = browser.get("/sources").text
    assert page.count(NONE.format(30)) == 1
