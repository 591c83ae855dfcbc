import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.errors import AuthFailed, Rejected, Unavailable
from connectors.http import Http
from connectors.mastodon.connector import Mastodon
from connectors.mastodon.settings import Settings
from connectors.types import Here, Native, Page, Post, PostRef, Want
from tests.fakes.mastodon import FakeMastodon

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
ACME = Want(terms=("Acme",), own=frozenset({"acme@social.test"}))


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    with FakeMastodon(now=lambda: NOW) as fake:
        yield fake


@pytest.fixture
def other() -> Iterator[FakeMastodon]:
    with FakeMastodon("other.test", now=lambda: NOW) as fake:
        yield fake


@pytest.fixture
def opened() -> Iterator[list[Mastodon]]:
    opened: list[Mastodon] = []
    yield opened
    for connector in opened:
        connector.close()


def ear(opened: list[Mastodon], *fakes: FakeMastodon, **settings: Any) -> Mastodon:
    chosen = {"servers": [fake.url for fake in fakes], **settings}
    connector = Mastodon(Settings(**chosen), http=Http(private_ok=True, deadline_s=2), now=lambda: NOW)
    opened.append(connector)
    return connector


def ref(fake: FakeMastodon, status_id: str) -> PostRef:
    return PostRef("mastodon", fake.uri(status_id))


def texts(pages: list[Page]) -> list[str]:
    return [post.text for page in pages for post in page.posts]


# -- looking again -----------------------------------------------------------------------------------------------------


def test_a_recheck_tells_deleted_and_changed_posts_apart(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    kept, edited, deleted = (fake.post(f"Acme {number}", author="pat") for number in range(3))
    refs = [ref(fake, status_id) for status_id in (kept, edited, deleted)]
    fake.edit(edited, "Acme, solved")
    fake.delete(deleted)
    page = ear(opened, fake).recheck(refs)
    assert [post.text for post in page.posts] == ["Acme 0", "Acme, solved"]
    assert page.posts[1].edited_at == NOW
    assert page.gone == (refs[2],)


def test_a_post_of_another_server_is_asked_where_it_was_heard(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    status_id = fake.post("#acme", author="pat@elsewhere.test", at=NOW - timedelta(minutes=1))
    connector = ear(opened, fake)
    list(connector.fetch(ACME))
    there = ref(fake, status_id)
    assert [post.ref for post in connector.recheck([there]).posts] == [there]
    fake.delete(status_id)
    assert connector.recheck([there]).gone == (there,)


def test_after_a_restart_a_foreign_post_is_looked_up_through_our_account(
    fake: FakeMastodon, opened: list[Mastodon]
) -> None:
    status_id = fake.post("Acme", author="pat@elsewhere.test", uri="https://elsewhere.test/objects/0b2c")
    there = ref(fake, status_id)
    assert ear(opened, fake).recheck([there]) == Page()  # a stranger cannot tell
    assert [post.ref for post in ear(opened, fake, token=fake.token).recheck([there]).posts] == [there]


def test_a_number_that_means_another_post_there_proves_nothing(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    status_id = fake.post("other words", author="pat")
    wrong = PostRef("mastodon", f"https://social.test/users/kim/statuses/{status_id}")
    assert ear(opened, fake).recheck([wrong]) == Page()


def test_a_recheck_that_failed_calls_nothing_gone(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    refs = [ref(fake, fake.post(f"Acme {number}", author="pat")) for number in range(2)]
    connector = ear(opened, fake)
    connector.recheck(refs)
    fake.fail_next("/api/v1/statuses", times=1)
    assert [post.ref for post in connector.recheck(refs).posts] == refs[1:]
    fake.fail_next("/api/v1/statuses", times=2)
    with pytest.raises(Unavailable):
        connector.recheck(refs)


def test_a_conversation_is_given_oldest_first(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    root = fake.post("Acme lost it", author="pat", at=NOW - timedelta(minutes=9))
    ours = fake.post("We are sorry", author="acme", reply_to=root, at=NOW - timedelta(minutes=8))
    last = fake.post("thanks", author="pat", reply_to=ours, at=NOW - timedelta(minutes=6))
    page = ear(opened, fake).conversation(ref(fake, ours))
    assert [post.text for post in page.posts] == ["Acme lost it", "We are sorry", "thanks"]
    assert {post.thread for post in page.posts} == {fake.uri(root)}
    assert [post.in_reply_to for post in page.posts] == [None, ref(fake, root), ref(fake, ours)]
    assert page.posts[2].ref == ref(fake, last)


def test_a_conversation_that_is_gone_says_so(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    status_id = fake.post("Acme", author="pat")
    gone = ref(fake, status_id)
    fake.delete(status_id)
    assert ear(opened, fake).conversation(gone).gone == (gone,)


# -- routes, settings, probe -------------------------------------------------------------------------------------------


def heard(connector: Mastodon) -> Post:
    [post] = [post for page in connector.fetch(ACME) for post in page.posts]
    return post


def test_with_an_account_a_post_is_answered_here(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    fake.post("#acme", at=NOW - timedelta(minutes=1))
    connector = ear(opened, fake, token=fake.token)
    assert connector.route(heard(connector)) == Here("mastodon")


def test_without_an_account_it_is_answered_on_its_own_server(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    fake.post("#acme", at=NOW - timedelta(minutes=1))
    connector = ear(opened, fake)
    post = heard(connector)
    route = connector.route(post)
    assert isinstance(route, Native)
    assert route.url == post.url


@pytest.mark.parametrize(
    "wrong",
    [
        {"servers": ()},
        {"servers": ("ftp://social.test",)},
        {"servers": ("https://social.test/path",)},
        {"servers": ("https://user:pass@social.test",)},
        {"home": "https://social.test"},
        {"sweep_s": 0},
        {"server": "https://social.test"},
    ],
)
def test_wrong_settings_are_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)


def test_servers_may_be_written_as_people_write_them() -> None:
    settings = Settings(
        servers=("Social.test", "https://social.test/", "https://other.test"), home="home.test", token="x"
    )  # type: ignore[arg-type]
    assert settings.servers == ("https://social.test", "https://other.test")
    assert settings.vantages == ("https://social.test", "https://other.test", "https://home.test")


def test_nothing_is_asked_before_it_is_used(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    connector = ear(opened, fake, token=fake.token)
    assert fake.log == []
    assert fake.token not in repr(connector) + repr(vars(connector))


def test_the_token_goes_to_our_own_server_only(fake: FakeMastodon, other: FakeMastodon, opened: list[Mastodon]) -> None:
    list(ear(opened, fake, other, token=fake.token).fetch(ACME))
    assert {asked.token for asked in fake.log} == {fake.token}
    assert {asked.token for asked in other.log} == {""}


def test_the_probe_says_what_it_found(fake: FakeMastodon, other: FakeMastodon, opened: list[Mastodon]) -> None:
    other.closed_public = True
    said = ear(opened, fake, other, token=fake.token).probe()
    assert "(4.4.0): signed in as @acme" in said
    assert "hashtags only, its public timeline is closed to strangers" in said
    assert "hears hashtags and the public timeline" in ear(opened, fake).probe()


def test_a_site_that_is_no_mastodon_is_told_so(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    fake.fail_next(status=404, times=9)
    with pytest.raises(Rejected, match="not as a Mastodon server"):
        ear(opened, fake).probe()


def test_the_probe_tells_a_wrong_token(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    with pytest.raises(AuthFailed):
        ear(opened, fake, token="revoked").probe()


# -- streaming ---------------------------------------------------------------------------------------------------------


class Listening:
    """A stream in a thread, as the runner holds it."""

    def __init__(self, connector: Mastodon, want: Want = ACME) -> None:
        self.pages: list[Page] = []
        self.error: Exception | None = None
        self.stop = threading.Event()
        self._connector, self._want = connector, want
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            for page in self._connector.stream(self._want, self.stop):
                self.pages.append(page)
        except Exception as error:
            self.error = error

    def until(self, seen: int) -> list[str]:
        self.wait_for(lambda: len(texts(self.pages)) >= seen)
        return texts(self.pages)

    def wait_for(self, true: Any) -> None:
        end = time.monotonic() + 8
        while not true() and time.monotonic() < end and self.error is None:
            time.sleep(0.01)

    def finish(self) -> None:
        self.stop.set()
        self._thread.join(8)
        assert not self._thread.is_alive()


def listening(fake: FakeMastodon, opened: list[Mastodon], streams: int = 2, **settings: Any) -> Listening:
    live = Listening(ear(opened, fake, **settings))
    live.wait_for(lambda: fake.listeners() >= streams and live.pages)
    return live


def test_a_streamed_post_arrives_while_listening_and_says_on_which_server(
    fake: FakeMastodon, opened: list[Mastodon]
) -> None:
    fake.post("#acme before", at=NOW - timedelta(minutes=1))
    live = listening(fake, opened)
    fake.post("#acme now")
    assert live.until(2) == ["#acme before", "#acme now"]
    assert {f"http://{post.through.partition('/')[0]}" for page in live.pages for post in page.posts} == {fake.url}
    live.finish()
    assert live.error is None


def test_a_post_on_two_streams_is_told_once(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    live = listening(fake, opened, sweep_s=0.3)
    fake.post("#Acme on public and on its hashtag")
    live.until(1)
    sweeps = len(fake.asked_for("/timelines/public"))
    live.wait_for(lambda: len(fake.asked_for("/timelines/public")) > sweeps + 1)
    live.finish()
    assert texts(live.pages) == ["#Acme on public and on its hashtag"]


def test_edits_and_deletions_are_streamed(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    live = listening(fake, opened)
    status_id = fake.post("#acme broke")
    live.until(1)
    fake.edit(status_id, "#acme broke, solved")
    assert live.until(2) == ["#acme broke", "#acme broke, solved"]
    gone = ref(fake, status_id)
    fake.delete(status_id)
    live.wait_for(lambda: any(page.gone for page in live.pages))
    live.finish()
    assert [one for page in live.pages for one in page.gone] == [gone]


def test_with_an_account_what_is_said_to_us_is_streamed(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    live = listening(fake, opened, streams=3, token=fake.token)
    root = fake.post("hm", author="pat")
    fake.post("@acme help", author="kim@elsewhere.test", reply_to=root)
    assert live.until(1) == ["@acme help"]
    live.finish()
    assert [post.thread for page in live.pages for post in page.posts] == [fake.uri(root)]


def test_where_streams_are_closed_the_sweeps_go_on(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    fake.closed_streaming = True
    connector = ear(opened, fake, sweep_s=0.2)
    live = Listening(connector)
    live.wait_for(lambda: live.pages)
    fake.post("#acme now")
    assert live.until(1) == ["#acme now"]
    live.finish()
    assert any("cannot be streamed" in why for why in connector.closed)


def test_what_passed_while_a_stream_was_cut_is_found_by_the_next_sweep(
    fake: FakeMastodon, opened: list[Mastodon]
) -> None:
    live = listening(fake, opened, sweep_s=0.5)
    fake.cut_streams()
    fake.post("#acme meanwhile")
    assert live.until(1) == ["#acme meanwhile"]
    live.wait_for(lambda: fake.listeners() >= 2)
    fake.post("#acme again")
    assert live.until(2) == ["#acme meanwhile", "#acme again"]
    live.finish()


def test_a_crash_after_a_streamed_page_loses_nothing(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    live = listening(fake, opened)
    fake.post("#acme one")
    live.until(1)
    live.finish()
    fake.post("#acme two")
    again = list(ear(opened, fake).fetch(Want(terms=("Acme",), cursor=live.pages[-1].cursor)))
    assert texts(again) == ["#acme two"]


def test_a_frame_that_cannot_be_read_is_kept(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    live = listening(fake, opened)
    fake.send_event("update", '{"id": 7}')
    fake.send_event("filters_changed", "undefined")
    live.wait_for(lambda: any(page.poison for page in live.pages))
    fake.post("#acme one")
    assert live.until(1) == ["#acme one"]
    live.finish()
    assert {poison.raw for page in live.pages for poison in page.poison} == {b'{"id": 7}'}


def test_a_server_that_is_gone_ends_the_stream(fake: FakeMastodon, opened: list[Mastodon]) -> None:
    live = listening(fake, opened, sweep_s=0.2)
    fake.fail_next("/timelines", times=50)
    live.wait_for(lambda: live.error is not None)
    live.finish()
    assert isinstance(live.error, Unavailable)
