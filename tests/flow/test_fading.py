"""What a source may never learn to be deleted: its page is looked at once a day, and after some days its words go."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.steps import forget, listen, match, read, recheck, triage
from bot.store import brands, fading, sources
from bot.store.db import Database
from bot.store.tables import CaseRow, PostRow, SourceRow
from config.settings import Settings
from connectors.http import Http
from connectors.imap.connector import Imap
from connectors.imap.settings import Settings as ImapSettings
from connectors.memory import Memory
from connectors.reddit.connector import Reddit
from connectors.reddit.settings import Settings as RedditSettings
from connectors.rss.connector import Rss
from connectors.rss.settings import Settings as RssSettings
from connectors.types import Connector, Fades
from tests.conftest import NOW, app_on
from tests.fakes.server import Asked, FakeServer, Told
from tests.flow.path import laid, page, post

WORD = "quuxzanzibar"
DAY = timedelta(days=1)


@dataclass
class Item:
    """One item of the site: its words, its link, and what its page answers."""

    words: str
    link: str
    says: int = 200


@dataclass
class Site(FakeServer):
    """A feed and the pages of its items, by the last part of their path."""

    items: dict[str, Item] = field(default_factory=dict)
    no_head: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def write(self, name: str, link: str = "", says: int = 200) -> None:
        words = f"Acme lost my parcel, {WORD} {name}, and nobody answers. Worst service ever."
        self.items[name] = Item(words, link or f"{self.url}/t/{name}", says)

    def answer(self, asked: Asked) -> Told:
        if asked.path == "/feed":
            return Told(self._feed(), headers={"content-type": "application/rss+xml"})
        if asked.method == "HEAD" and self.no_head:
            return Told(b"", 405)
        return Told(b"", self.items[asked.path.rsplit("/", 1)[1]].says)

    def _feed(self) -> bytes:
        listed = "".join(
            f"<item><guid isPermaLink='false'>{name}</guid><title>About it</title><author>writer {name}</author>"
            f"<link>{item.link}</link>"
            f"<description>{item.words}</description><pubDate>Wed, 04 Nov 2026 13:50:00 GMT</pubDate></item>"
            for name, item in self.items.items()
            if item.says < 300
        )
        return f"<rss version='2.0'><channel><title>f</title><link>{self.url}/</link>{listed}</channel></rss>".encode()

    def visits(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.log if asked.path != "/feed"]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def app(site: Site, sqlite: Database, clock: HandClock, settings: Settings) -> Iterator[App]:
    http = Http(private_ok=True, deadline_s=2, now=clock.now)
    rss = Rss(RssSettings(url=f"{site.url}/feed"), http=http, now=clock.now)
    app = app_on(sqlite, clock, settings, connector_of=lambda _source: rss)
    with app.db.begin() as session:
        brands.save(session, Brand(name="Acme"), "test", NOW, "test")
        sources.save(session, SourceRow(name="forum", connector="rss", started_at=NOW - DAY, next_poll_at=NOW))
    yield app
    rss.close()


def hear(app: App) -> None:
    with app.db.begin() as session:
        sources.note(session, "forum", next_poll_at=app.clock.now())
    while listen.poll_one(app):
        pass
    for step in (match.match_some, read.read_some, triage.triage_some):
        while step(app):
            pass


def looked(app: App) -> int:
    with app.db.read() as session:
        (source,) = sources.all_of(session)
    return recheck.ask_about(app, source)


def words_of(app: App) -> set[str]:
    """The items whose words are still in the table of posts."""
    with app.db.read() as session:
        said = session.exec(select(PostRow.text)).all()
    return {text.split(WORD)[1].split(",")[0].strip() for text in said if WORD in text}


def test_an_item_whose_page_is_gone_is_gone_here_within_a_day_and_its_case_ends(
    app: App, site: Site, clock: HandClock
) -> None:
    for name in ("a", "b", "c"):
        site.write(name)
    hear(app)
    assert looked(app) == 0, "it was heard just now"
    clock.move(timedelta(hours=23, minutes=1))
    site.items["b"].says = 404
    assert looked(app) == 3
    assert site.visits() == ["HEAD /t/a", "HEAD /t/b", "GET /t/b", "HEAD /t/c"]
    assert forget.forget_some(app) == 1
    assert words_of(app) == {"a", "c"}
    with app.db.read() as session:
        states = sorted(case.state for case in session.exec(select(CaseRow)).all())
    assert (len(states), states.count("new")) == (3, 2)
    assert looked(app) == 0, "once a day"
    hear(app)
    assert words_of(app) == {"a", "c"}


@pytest.mark.parametrize("says", [403, 500])
def test_a_page_that_does_not_tell_is_neither_there_nor_gone_and_its_words_go_after_the_source_s_days(
    app: App, site: Site, clock: HandClock, says: int
) -> None:
    site.write("a", says=200)
    hear(app)
    site.items["a"].says = says
    clock.move(DAY)
    assert looked(app) == 1
    assert forget.forget_some(app) == 0
    later(app, clock, timedelta(days=28))
    assert words_of(app) == {"a"}
    later(app, clock, 2 * DAY)
    assert words_of(app) == set()


def test_what_its_page_shows_stays_as_long_as_any(app: App, site: Site, clock: HandClock) -> None:
    site.write("a")
    hear(app)
    clock.move(DAY)
    assert looked(app) == 1
    later(app, clock, 40 * DAY)
    assert words_of(app) == {"a"}


def test_a_server_in_trouble_for_a_day_takes_no_words_away_of_which_it_told_before(
    app: App, site: Site, clock: HandClock
) -> None:
    site.write("a")
    hear(app)
    clock.move(DAY)
    looked(app)
    clock.move(40 * DAY)
    site.items["a"].says = 500
    assert looked(app) == 1
    later(app, clock, timedelta(hours=1))
    assert words_of(app) == {"a"}
    clock.move(DAY)
    assert looked(app) == 1
    later(app, clock, timedelta(hours=1))
    assert words_of(app) == set()


def test_an_item_that_was_taken_off_and_is_back_is_heard_again_also_after_a_page_that_did_not_tell(
    app: App, site: Site, clock: HandClock
) -> None:
    site.write("a")
    hear(app)
    clock.move(DAY)
    site.items["a"].says = 404
    looked(app)
    assert forget.forget_some(app) == 1
    clock.move(2 * DAY)
    site.write("a")
    site.items["a"].words += " Still."
    hear(app)  # shown again: its page is asked
    site.fail_next("/t/a", status=503)
    assert looked(app) == 1
    clock.move(DAY)
    assert looked(app) == 1
    site.items["a"].words += " Still so."
    hear(app)
    assert words_of(app) == {"a"}


def later(app: App, clock: HandClock, span: timedelta) -> None:
    """Days pass with the clock watched, as in a process that runs."""
    clock.move(span)
    forget.retain(app)
    clock.move(timedelta(minutes=11))
    forget.retain(app)


def test_a_page_elsewhere_or_of_many_items_is_not_asked_for(app: App, site: Site, clock: HandClock) -> None:
    site.write("a", link="https://elsewhere.example/t/a")
    site.write("b", link=f"{site.url}/t/all")
    site.write("c", link=f"{site.url}/t/all")
    site.write("d", link=f"{site.url}/")
    hear(app)
    clock.move(DAY)
    assert looked(app) == 4
    assert site.visits() == []
    with app.db.read() as session:
        assert [row.flags for row in session.exec(select(PostRow)).all()] == ["untold"] * 4


def test_where_all_pages_are_gone_at_once_the_site_has_moved(app: App, site: Site, clock: HandClock) -> None:
    for name in "abcdef":
        site.write(name)
    hear(app)
    for item in site.items.values():
        item.says = 404
    clock.move(DAY)
    assert looked(app) == 6
    assert forget.forget_some(app) == 0
    assert words_of(app) == set("abcdef")


def test_a_server_without_head_is_asked_by_get(app: App, site: Site, clock: HandClock) -> None:
    site.no_head = True
    site.write("a")
    site.write("b")
    hear(app)
    site.items["a"].says = 410
    clock.move(DAY)
    looked(app)
    assert forget.forget_some(app) == 1
    assert words_of(app) == {"b"}


def test_a_site_that_wants_a_rest_gets_it(app: App, site: Site, clock: HandClock) -> None:
    site.write("a")
    hear(app)
    site.fail_next("/t/a", status=429, headers={"retry-after": "600"})
    clock.move(DAY)
    assert looked(app) == 0
    assert looked(app) == 0
    assert site.visits() == ["HEAD /t/a"]
    clock.move(timedelta(seconds=601))
    assert looked(app) == 1


def kept(connector: Connector) -> timedelta | None:
    assert isinstance(connector, Fades)
    return connector.keeps


@pytest.mark.parametrize(
    ("connector", "days"),
    [
        (Reddit(RedditSettings(subreddits=("acme",))), 30),
        (Reddit(RedditSettings(subreddits=("acme",), keep_days=2)), 2),
        (Reddit(RedditSettings(subreddits=("acme",), client_id="a")), None),
        (Imap(ImapSettings(host="imap.test", user="a@b.test")), None),
        (Imap(ImapSettings(host="imap.test", user="a@b.test", keep_days=60)), 60),
        (Rss(RssSettings(url="https://f.test/feed")), 30),
        (Rss(RssSettings(url="https://f.test/feed", keep_days=0)), None),
    ],
)
def test_how_long_words_stay_of_which_nobody_tells(connector: Any, days: int | None) -> None:
    assert kept(connector) == (timedelta(days=days) if days else None)
    connector.close()


def test_on_both_engines_a_marked_post_fades_and_a_shared_page_is_nobody_s(db: Database) -> None:
    def kept(name: str, flags: str) -> PostRow:
        return PostRow(
            platform="rss", native_id=name, source="forum", url=f"https://f.test/{name[0]}", text="words", flags=flags,
            created_at=NOW, heard_at=NOW, next_try_at=NOW,
        )  # fmt: skip

    with db.begin() as session:
        session.add_all([kept("a", "to_us untold"), kept("b", ""), kept("bb", "untold")])
    with db.read() as session:
        faded = fading.faded(session, "forum", NOW, 9, all_of_it=False)
        assert [row.native_id for row in faded] == ["a", "bb"]
        assert len(fading.faded(session, "forum", NOW, 9, all_of_it=True)) == 3
        assert fading.faded(session, "forum", NOW - DAY, 9, all_of_it=True) == []
        assert fading.shared(session, "forum", {"https://f.test/a", "https://f.test/b"}) == {"https://f.test/b"}


class Keyless(Memory):
    """Knows nothing of deletions, as public feeds do."""

    @property
    def keeps(self) -> timedelta | None:
        return timedelta(days=30)


def test_where_no_page_tells_either_all_of_a_source_go_after_its_days(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    path = laid(db, clock, settings, platform=Keyless())
    path.hear(page(post("1", f"Acme lost my parcel, {WORD} 1, and nobody answers.")))
    clock.move(10 * DAY)
    path.hear(page(post("2", f"Acme lost my parcel, {WORD} 2, and nobody answers.", at=clock.now())))
    assert words_of(path.app) == {"1", "2"}
    later(path.app, clock, 20 * DAY)
    assert words_of(path.app) == {"2"}
