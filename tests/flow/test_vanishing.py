"""An account that leaves its platform takes all its posts with it, at once; one that returns is asked for again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.steps import forget, listen, match
from bot.store import brands, masks, posts, sources, vanished
from bot.store.db import Database
from bot.store.tables import PostRow, SourceRow
from config.settings import Settings
from connectors.bluesky.connector import Bluesky
from connectors.http import Http
from connectors.mastodon.connector import Mastodon
from connectors.memory import Memory
from connectors.types import AuthorRef, Connector, Page, PostRef
from tests.conftest import NOW, app_on
from tests.fakes.bluesky import FakeBluesky, did_of
from tests.fakes.mastodon import FakeMastodon
from tests.flow.path import Path, asked_again, laid, page, post
from tests.flow.test_forgetting import rows_with

LATE = "Acme charged me twice, quuxzanzibar, and nobody answers."


@dataclass
class Network:
    """A Bluesky that is followed."""

    fake: FakeBluesky
    app: App
    clock: HandClock

    def hear(self) -> None:
        """A minute passes and what was said in it is heard."""
        self.clock.move(timedelta(minutes=1))
        listen.poll_one(self.app)
        match.match_some(self.app)

    def words(self) -> list[str]:
        """The texts that can be read, oldest first."""
        with self.app.db.read() as session:
            shown = select(PostRow.text).where(PostRow.gone_at == None)  # noqa: E711 SQL's own
            return list(session.exec(shown.order_by(PostRow.id)))  # type: ignore[arg-type]


def app_with(connector: Connector, database: Database, clock: HandClock, settings: Settings) -> App:
    app = app_on(database, clock, settings, connector_of=lambda _row: connector)
    with app.db.begin() as session:
        brands.save(session, Brand(name="Acme"), "test", NOW, "test")
        sources.save(session, SourceRow(name="ear", connector="x", started_at=NOW, next_poll_at=NOW))
    return app


@pytest.fixture
def network(sqlite: Database, clock: HandClock, settings: Settings) -> Iterator[Network]:
    with FakeBluesky(now=clock.now) as fake:
        urls = {"stream_url": fake.stream_url, "base_url": fake.url, "public_url": fake.url}
        ear = Bluesky(
            Bluesky.Settings(**urls, quiet_s=0.05),  # type: ignore[arg-type]
            http=Http(private_ok=True, deadline_s=2), now=clock.now,
        )  # fmt: skip
        yield Network(fake, app_with(ear, sqlite, clock, settings), clock)
        ear.close()


@pytest.mark.parametrize("status", ["deleted", "takendown", "suspended", "deactivated"])
def test_an_account_that_leaves_takes_every_post_with_it_at_once(network: Network, status: str) -> None:
    for number in range(3):
        network.fake.post(f"{LATE} {number}", "pat.test")
    network.fake.post("acme is fine", "kim.test")
    network.hear()
    network.fake.leave("pat.test", status)
    network.hear()
    assert network.words() == ["acme is fine"]
    assert forget.forget_some(network.app) == 3
    assert rows_with(network.app.db, "quuxzanzibar") == []
    assert rows_with(network.app.db, "pat.test") == []
    assert rows_with(network.app.db, did_of("pat.test")) == []
    network.fake.post("acme again", "kim.test")
    network.hear()
    assert network.words() == ["acme is fine", "acme again"]


def test_an_account_that_is_only_out_of_step_stays(network: Network) -> None:
    network.fake.post(LATE, "pat.test")
    network.hear()
    network.fake.leave("pat.test", "desynchronized")
    network.hear()
    assert network.words() == [LATE]


@pytest.mark.parametrize("purged", [True, False])
def test_the_posts_of_an_account_that_returns_are_asked_for_and_shown_again(network: Network, purged: bool) -> None:
    network.fake.post(LATE, "pat.test")
    network.fake.post("acme, and another", "pat.test")
    network.hear()
    network.fake.leave("pat.test", "suspended")
    network.hear()
    assert network.words() == []
    assert not purged or forget.forget_some(network.app) == 2
    network.fake.come_back("pat.test")
    network.hear()
    assert asked_again(network.app) == 2
    assert network.words() == [LATE, "acme, and another"]
    with network.app.db.read() as session:
        assert {row.author_id for row in session.exec(select(PostRow))} == {did_of("pat.test")}


def test_a_purged_post_that_is_heard_again_stays_away_until_its_platform_says_it_is_there(path: Path) -> None:
    words = page(post("at://id-ada/1", LATE))
    path.hear(words)
    path.hear(page(gone=(PostRef("memory", "at://id-ada/1"),)))
    forget.forget_some(path.app)
    assert rows_with(path.app.db, "id-ada") == []
    path.hear(words)
    path.hear(words)
    with path.app.db.begin() as session:
        [row] = session.exec(select(PostRow)).all()
        assert (row.text, posts.AGAIN in row.flags, "id-ada" in row.native_id) == ("", False, False)
    path.app.clock.move(timedelta(hours=25))  # type: ignore[attr-defined]
    path.hear(words)  # its platform shows it still, a day later: it is asked for by its own id
    with path.app.db.begin() as session:
        [row] = session.exec(select(PostRow)).all()
        assert (row.native_id, posts.AGAIN in row.flags) == ("at://id-ada/1", True)
        posts.still_gone(session, [row], path.app.clock.now())
    assert rows_with(path.app.db, "id-ada") == []


def test_what_an_older_version_purged_loses_its_name_too(path: Path) -> None:
    path.hear(page(post("at://did:plc:abc/1", LATE), post("x", "Acme again", who="kim")))
    with path.app.db.begin() as session:
        row = session.exec(select(PostRow).where(PostRow.native_id == "at://did:plc:abc/1")).one()
        row.text = row.author_id = row.author_handle = row.author_name = row.url = ""
        row.answer_to, row.gone_at, row.matched_at = None, NOW, NOW
    forget.retain(path.app)
    assert rows_with(path.app.db, "did:plc:abc") == []
    with path.app.db.begin() as session:
        assert masks.mask_old(session, NOW) is None
        assert "x" in session.exec(select(PostRow.native_id)).all()


def test_a_stranger_who_comes_and_goes_costs_a_look_and_leaves_nothing(path: Path) -> None:
    strangers = tuple(AuthorRef("memory", f"did:plc:{number:024d}") for number in range(900))
    path.hear(page(post("1", LATE)))
    asked: list[str] = []
    with path.app.db.begin() as session:
        listened = session.connection().engine
        event.listen(listened, "before_cursor_execute", lambda *told: asked.append(told[2]))
        assert (vanished.hide(session, strangers, NOW), vanished.back(session, strangers)) == (0, 0)
    assert len(asked) <= 8, asked
    assert rows_with(path.app.db, "did:plc:") == []


def test_an_account_that_returns_has_its_posts_asked_for_where_they_name_it(path: Path) -> None:
    ada, kim = AuthorRef("memory", "id-ada"), AuthorRef("memory", "id-kim")
    path.hear(page(post("at://id-ada/1", LATE), post("at://id-kim/2", "Acme lost it", who="kim")))
    path.hear(page(gone_authors=(ada, kim)))
    with path.app.db.begin() as session:
        assert vanished.back(session, (ada,)) == 1
        assert vanished.back(session, (ada,)) == 0
        due = posts.recheckable(session, "memory", path.app.clock.now() - timedelta(days=1), 9)
        assert [row.native_id for row in due] == ["at://id-ada/1"]


def test_whoever_wrote_in_the_same_page_is_hidden_too(path: Path) -> None:
    path.hear(
        page(post("1", LATE), post("2", "Acme lost it", who="kim"), gone_authors=(AuthorRef("memory", "id-ada"),))
    )
    with path.app.db.read() as session:
        rows = {row.native_id: row.gone_at for row in session.exec(select(PostRow))}
    assert rows["1"] is not None
    assert rows["2"] is None


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return laid(db, clock, settings)


@pytest.mark.parametrize(
    ("how", "version", "gone"),
    [("left_accounts", "4.4.0", True), ("suspended", "3.5.1", True), ("", "4.4.0", False),
     ("left_accounts", "3.3.0", False), ("left_accounts", "2.7.2 (compatible; Pleroma 2.9)", False)],
)  # fmt: skip
def test_mastodon_is_asked_whether_the_account_went_with_the_post(
    clock: HandClock, how: str, version: str, gone: bool
) -> None:
    with FakeMastodon("social.test", now=clock.now, version=version) as fake:
        ear = Mastodon(
            Mastodon.Settings(servers=(fake.url,)),  # type: ignore[call-arg]
            http=Http(private_ok=True, deadline_s=2, now=clock.now), now=clock.now,
        )  # fmt: skip
        first = fake.post("acme lost it", "pat")
        uri = fake.uri(first)
        fake.delete(first)
        setattr(fake, how or "suspended", {"pat"} if how else set())
        told = ear.recheck([PostRef("mastodon", uri)])
        ear.close()
    assert told.gone == (PostRef("mastodon", uri),)
    assert told.gone_authors == ((AuthorRef("mastodon", "https://social.test/@pat"),) if gone else ())


def test_bluesky_is_asked_whether_the_account_went_with_the_post(network: Network) -> None:
    uris = [network.fake.post("acme lost it", who) for who in ("pat.test", "kim.test")]
    network.hear()
    network.fake.leave("pat.test")
    with network.app.db.read() as session:
        ear = network.app.connector_of(sources.all_of(session)[0])
    told: Page = ear.recheck([PostRef("bluesky", uri) for uri in uris])  # type: ignore[attr-defined]
    assert told.gone_authors == (AuthorRef("bluesky", did_of("pat.test")),)
    assert [one.ref.id for one in told.posts] == uris[1:]


class Asked(Memory):
    """A platform in memory that is asked about two posts at most, and remembers about which."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []
        self.there = {"3", "4"}

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        self.asked.append([ref.id for ref in refs])
        return Page(gone=tuple(ref for ref in refs if ref.id not in self.there))


def test_where_one_post_is_found_gone_the_others_of_its_author_are_asked_about_at_once(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    platform = Asked()
    path = laid(sqlite, clock, settings, platform=platform)
    path.hear(page(post("1", LATE)))
    clock.move(timedelta(hours=20))
    path.hear(page(post("2", f"{LATE} Still."), post("3", "Acme is fine", who="kim"), post("4", "Acme?", who="kim")))
    clock.move(timedelta(hours=5))
    with path.app.db.begin() as session:
        sources.note(session, "memory", spent=0.01)  # who waits is asked about more often where that is free
    asked_again(path.app)
    asked_again(path.app)
    assert platform.asked == [["1"], ["2"]]  # the other's posts wait for their day
