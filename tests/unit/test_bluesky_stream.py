import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.bluesky.connector import Bluesky
from connectors.bluesky.settings import Settings
from connectors.errors import AuthFailed, RateLimited, Unavailable
from connectors.http import Http
from connectors.types import Page, Post, PostRef, Want
from tests.fakes.bluesky import FakeBluesky, did_of
from tests.fault.server import FaultServer, whole

ACME = Want(terms=("acme",), own=frozenset({"acme.test"}))
NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@pytest.fixture
def fake() -> Iterator[FakeBluesky]:
    with FakeBluesky(now=lambda: NOW) as fake:
        yield fake


def ear(fake: FakeBluesky, **settings: Any) -> Bluesky:
    chosen = {"quiet_s": 0.1, **settings}
    urls = {"stream_url": fake.stream_url, "base_url": fake.url, "public_url": fake.url}
    return Bluesky(
        Settings(**(urls | chosen)), http=Http(private_ok=True, deadline_s=2), now=lambda: NOW + timedelta(seconds=1)
    )


def test_the_stream_is_told_whom_to_write_to_about_us(fake: FakeBluesky) -> None:
    settings = Settings(stream_url=fake.stream_url, base_url=fake.url, public_url=fake.url, quiet_s=0.1)
    http = Http(private_ok=True, agent="Earshot/1 (+ops@acme.test)")
    connector = Bluesky(settings, http=http, now=lambda: NOW)
    list(connector.fetch(ACME))
    connector.close()
    assert set(fake.listeners) == {"Earshot/1 (+ops@acme.test)"}


def posts(pages: list[Page]) -> list[Post]:
    return [post for page in pages for post in page.posts]


def texts(pages: list[Page]) -> list[str]:
    return [post.text for post in posts(pages)]


def replay(fake: FakeBluesky, want: Want = ACME, **settings: Any) -> list[Page]:
    connector = ear(fake, **settings)
    try:
        return list(connector.fetch(want))
    finally:
        connector.close()


def test_only_posts_about_us_are_given_on(fake: FakeBluesky) -> None:
    fake.post("Acme lost my parcel")
    fake.post("lovely weather")
    assert texts(replay(fake)) == ["Acme lost my parcel"]


def test_the_author_is_named_with_followers(fake: FakeBluesky) -> None:
    fake.followers["pat.test"] = 41_000
    fake.post("Acme!", author="pat.test")
    [post] = posts(replay(fake))
    assert (post.author.handle, post.author.name, post.author.followers) == ("pat.test", "Pat", 41_000)


def test_a_post_is_heard_even_when_nobody_can_name_its_author(fake: FakeBluesky) -> None:
    fake.fail_next("getProfiles", status=500)
    fake.post("Acme!", author="pat.test")
    [post] = posts(replay(fake))
    assert post.author.handle == did_of("pat.test")


def test_our_own_posts_are_dropped(fake: FakeBluesky) -> None:
    fake.post("Acme says hello", author="acme.test")
    fake.post("Acme lost it", author="pat.test")
    assert texts(replay(fake)) == ["Acme lost it"]


def test_our_own_answers_come_back_to_us(fake: FakeBluesky) -> None:
    theirs = fake.post("hm", author="pat.test")
    ours = fake.post("We are sorry", author="acme.test", reply_to=theirs)
    fake.post("and more", author="acme.test", reply_to=ours)
    [post] = posts(replay(fake))
    assert (post.text, post.in_reply_to) == ("We are sorry", PostRef("bluesky", theirs))


def test_an_answer_to_our_own_post_is_heard_whatever_it_says(fake: FakeBluesky) -> None:
    ours = fake.post("We are sorry", author="acme.test")
    fake.post("still nothing!", author="pat.test", reply_to=ours)
    assert texts(replay(fake)) == ["still nothing!"]


def test_a_deleted_post_is_told_as_gone_and_not_as_heard(fake: FakeBluesky) -> None:
    uri = fake.post("Acme is bad")
    fake.delete(uri)
    pages = replay(fake)
    assert texts(pages) == []
    assert [ref for page in pages for ref in page.gone] == [PostRef("bluesky", uri)]


def test_an_edited_post_comes_once_with_its_new_words(fake: FakeBluesky) -> None:
    uri = fake.post("Acme is bad")
    fake.edit(uri, "Acme is good")
    [post] = posts(replay(fake))
    assert post.text == "Acme is good"
    assert post.edited_at is not None


def test_resuming_gives_only_what_is_new(fake: FakeBluesky) -> None:
    fake.post("Acme one")
    first = replay(fake)
    fake.post("Acme two")
    assert texts(replay(fake, Want(terms=("acme",), cursor=first[-1].cursor))) == ["Acme two"]


def test_an_edit_after_the_cursor_is_heard_although_the_post_was_seen(fake: FakeBluesky) -> None:
    uri = fake.post("Acme one")
    first = replay(fake)
    fake.edit(uri, "Acme one, solved")
    assert texts(replay(fake, Want(terms=("acme",), cursor=first[-1].cursor))) == ["Acme one, solved"]


def test_resuming_asks_for_a_few_seconds_more_than_was_heard(fake: FakeBluesky) -> None:
    fake.post("Acme one")
    [page] = replay(fake)
    replay(fake, Want(terms=("acme",), cursor=page.cursor))
    asked = int(fake.stream_log[-1]["cursor"][0])
    assert json.loads(page.cursor or "")["us"] - asked == 5_000_000


def test_what_was_heard_is_said_without_holes(fake: FakeBluesky) -> None:
    fake.post("Acme one", at=NOW - timedelta(minutes=5))
    [page] = replay(fake)
    assert page.covered is not None
    assert page.covered.start == NOW + timedelta(seconds=1) - timedelta(minutes=15)
    assert page.covered.end == NOW + timedelta(seconds=1)
    assert page.lost is None


def test_a_server_that_forgot_our_place_is_noticed(fake: FakeBluesky) -> None:
    fake.post("Acme one", at=NOW - timedelta(hours=40))
    since = NOW - timedelta(hours=41)
    first = replay(fake, Want(terms=("acme",), since=since))
    fake.forget_before(NOW - timedelta(hours=36))
    fake.post("Acme two", at=NOW - timedelta(hours=35))
    [page] = replay(fake, Want(terms=("acme",), cursor=first[-1].cursor))
    assert page.lost is not None
    assert page.lost.start == NOW - timedelta(hours=40)
    assert page.lost.end == NOW - timedelta(hours=35)
    assert page.covered is not None
    assert page.covered.start == page.lost.end


def test_a_long_quiet_after_our_place_is_no_loss(fake: FakeBluesky) -> None:
    fake.post("Acme one", at=NOW - timedelta(hours=9))
    first = replay(fake, Want(terms=("acme",), since=NOW - timedelta(hours=10)), jump_s=7200)
    fake.post("Acme two", at=NOW)
    [page] = replay(fake, Want(terms=("acme",), cursor=first[-1].cursor))
    assert page.lost is None


def test_a_heal_stays_inside_its_bounds(fake: FakeBluesky) -> None:
    for minute in range(5):
        fake.post(f"Acme {minute}", at=NOW - timedelta(minutes=10 - minute))
    want = Want(terms=("acme",), since=NOW - timedelta(minutes=9), until=NOW - timedelta(minutes=7))
    pages = replay(fake, want)
    assert texts(pages) == ["Acme 1", "Acme 2"]
    assert pages[-1].covered is not None
    assert pages[-1].covered.end == want.until


def test_a_frame_that_cannot_be_read_is_kept_and_the_next_post_is_heard(fake: FakeBluesky) -> None:
    fake.send_frame('{"time_us": "soon"}')
    fake.post("Acme one")
    pages = replay(fake)
    assert texts(pages) == ["Acme one"]
    assert [poison.raw for page in pages for poison in page.poison] == [b'{"time_us": "soon"}']


def test_an_event_from_the_future_does_not_carry_the_cursor_away(fake: FakeBluesky) -> None:
    fake.post("Acme one")
    fake.send_frame(json.dumps({"did": "did:plc:x", "time_us": 10**18, "kind": "identity"}))
    pages = replay(fake)
    assert json.loads(pages[-1].cursor or "")["us"] < 10**17
    assert len(pages[-1].poison) == 1


class Listening:
    """A stream in a thread, as the runner holds it."""

    def __init__(self, connector: Bluesky, want: Want) -> None:
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
        end = time.monotonic() + 5
        while len(texts(self.pages)) < seen and time.monotonic() < end and self.error is None:
            time.sleep(0.01)
        return texts(self.pages)

    def finish(self) -> None:
        self.stop.set()
        self.wait()

    def wait(self) -> None:
        self._thread.join(5)
        assert not self._thread.is_alive()
        self._connector.close()


def test_a_streamed_post_arrives_while_listening(fake: FakeBluesky) -> None:
    listening = Listening(ear(fake), ACME)
    fake.post("Acme one")
    assert listening.until(1) == ["Acme one"]
    fake.post("Acme two")
    assert listening.until(2) == ["Acme one", "Acme two"]
    listening.finish()
    assert listening.error is None


def test_stopping_gives_on_what_was_already_heard(fake: FakeBluesky) -> None:
    listening = Listening(ear(fake), ACME)
    while not fake.stream_log:
        time.sleep(0.01)
    fake.post("Acme one")
    listening.finish()
    assert texts(listening.pages) in (["Acme one"], [])
    resumed = replay(fake, Want(terms=("acme",), cursor=listening.pages[-1].cursor if listening.pages else None))
    assert texts([*listening.pages, *resumed]) == ["Acme one"]


def test_a_broken_stream_gives_on_what_it_heard_and_says_so(fake: FakeBluesky) -> None:
    fake.post("Acme one")
    listening = Listening(ear(fake), ACME)
    assert listening.until(1) == ["Acme one"]
    fake.post("Acme two")
    time.sleep(0.1)
    fake.cut_streams()
    listening.wait()
    assert isinstance(listening.error, Unavailable)
    again = replay(fake, Want(terms=("acme",), cursor=listening.pages[-1].cursor))
    assert texts([*listening.pages, *again]) == ["Acme one", "Acme two"]


def test_a_silent_stream_is_noticed(fake: FakeBluesky) -> None:
    fake.mute()
    listening = Listening(ear(fake, silence_s=0.5), ACME)
    listening.wait()
    assert isinstance(listening.error, Unavailable)
    assert "silent" in str(listening.error)


@pytest.mark.parametrize(
    ("status", "error"), [(401, AuthFailed), (429, RateLimited), (503, Unavailable), (200, Unavailable)]
)
def test_a_refused_stream_is_one_of_the_five_errors(fake: FakeBluesky, status: int, error: type[Exception]) -> None:
    fake.stream_status = status
    with pytest.raises(error):
        replay(fake)


@pytest.mark.parametrize("elsewhere", ["/", "ws://other.test/", "http://169.254.169.254/", "https://[bad"])
def test_a_stream_that_sends_us_elsewhere_is_not_followed_and_asked_again(fake: FakeBluesky, elsewhere: str) -> None:
    with FaultServer(whole(302, b"", {"location": elsewhere})) as server:
        connector = ear(fake, stream_url=server.url.replace("http", "ws"))
        with pytest.raises(Unavailable):
            list(connector.fetch(ACME))
        connector.close()
        assert len(server.seen) == 1


def test_a_server_that_is_not_there_is_unavailable(fake: FakeBluesky) -> None:
    connector = ear(fake, stream_url="ws://127.0.0.1:9/subscribe")
    with pytest.raises(Unavailable):
        list(connector.fetch(ACME))
    connector.close()


def test_a_private_address_is_refused_unless_allowed(fake: FakeBluesky) -> None:
    connector = Bluesky(Settings(stream_url=fake.stream_url, public_url=fake.url), http=Http(), now=lambda: NOW)
    with pytest.raises(Exception, match="private"):
        list(connector.fetch(ACME))
    connector.close()


def test_a_foreign_cursor_is_refused_rather_than_taken_for_now(fake: FakeBluesky) -> None:
    with pytest.raises(ValueError, match="cursor"):
        replay(fake, Want(terms=("acme",), cursor='{"id": 4}'))


def test_a_burst_is_paged_at_a_hundred(fake: FakeBluesky) -> None:
    for number in range(250):
        fake.post(f"Acme {number}")
    pages = replay(fake)
    assert texts(pages) == [f"Acme {number}" for number in range(250)]
    assert max(len(page.posts) for page in pages) <= 100


def test_a_stream_and_a_heal_may_ask_for_names_at_the_same_moment(
    fake: FakeBluesky, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = [0.02, 0.2]

    class Late(threading.Thread):
        def start(self) -> None:
            time.sleep(waits.pop(0) if waits else 0)
            super().start()

    monkeypatch.setattr("connectors.bluesky.names.threading.Thread", Late)
    fake.post("hello", author="pat.test")
    names = ear(fake)._names
    with ThreadPoolExecutor(2) as both:
        known = list(both.map(names.authors, ([did_of("acme.test")], [did_of("pat.test")])))
    assert any(known)


def test_slow_names_do_not_hold_up_what_people_say(fake: FakeBluesky) -> None:
    fake.fail_next("getProfiles", how="hang")
    fake.post("Acme one")
    started = time.monotonic()
    [post] = posts(replay(fake))
    assert post.author.handle == did_of("pat.test")
    assert time.monotonic() - started < 10
