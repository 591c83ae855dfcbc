"""Jetstream version 2: heard as version 1 is, and what it says of itself is believed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.bluesky.frames import V1, V2, Notice, is_too_old, spoken_at
from connectors.bluesky.parse import Event, Odd
from connectors.errors import Rejected, Unavailable
from connectors.types import AuthorRef, Page, PostRef, Span, Want
from tests.fakes.bluesky import FakeBluesky, did_of, micros
from tests.unit.test_bluesky_stream import ACME, NOW, Listening, ear, posts, texts

HOUR = timedelta(hours=1)
V2_URL = "wss://jetstream.test/xrpc/network.bsky.jetstream.subscribeEvents"


@pytest.fixture
def fake() -> Iterator[FakeBluesky]:
    with FakeBluesky(now=lambda: NOW) as fake:
        yield fake


def replay(fake: FakeBluesky, want: Want = ACME, **settings: Any) -> list[Page]:
    connector = ear(fake, stream_url=fake.stream_v2_url, **settings)
    try:
        return list(connector.fetch(want))
    finally:
        connector.close()


def again(pages: list[Page], **more: Any) -> Want:
    return Want(terms=("acme",), cursor=pages[-1].cursor, **more)


def lost(pages: list[Page]) -> list[Span]:
    return [page.lost for page in pages if page.lost is not None]


def covered(pages: list[Page]) -> list[Span]:
    return [page.covered for page in pages if page.covered is not None]


@pytest.mark.parametrize("version", ["stream_url", "stream_v2_url"])
def test_both_versions_tell_the_same(fake: FakeBluesky, version: str) -> None:
    edited, deleted = fake.post("Acme lost it"), fake.post("Acme is bad", author="kim.test")
    fake.post("lovely weather")
    fake.edit(edited, "Acme found it")
    fake.delete(deleted)
    fake.leave("kim.test")
    connector = ear(fake, stream_url=getattr(fake, version))
    pages = list(connector.fetch(ACME))
    connector.close()
    [post] = posts(pages)
    assert (post.ref.id, post.text, post.edited_at) == (edited, "Acme found it", NOW + timedelta(microseconds=3))
    assert [ref for page in pages for ref in page.gone] == [PostRef("bluesky", deleted)]
    assert [who for page in pages for who in page.gone_authors] == [AuthorRef("bluesky", did_of("kim.test"))]


def test_it_is_asked_in_its_own_words_whatever_the_address_carried(fake: FakeBluesky) -> None:
    connector = ear(
        fake, stream_url=f"{fake.stream_v2_url}?wantedCollections=x&zstdDictionary=3&collections=y&dids=did:plc:z"
    )
    list(connector.fetch(ACME))
    connector.close()
    [asked] = fake.stream_log
    assert asked.pop("cursor") == [str(micros(NOW + timedelta(seconds=1) - timedelta(minutes=15)))]
    assert asked == {
        "collections": ["app.bsky.feed.post"], "kinds": ["commit", "account", "sync"], "dids": ["did:plc:z"],
    }  # fmt: skip


def test_a_cursor_kept_from_version_1_goes_on_in_version_2_and_gives_nothing_twice(fake: FakeBluesky) -> None:
    fake.post("Acme one")
    old = ear(fake)
    first = list(old.fetch(ACME))
    old.close()
    fake.post("Acme two")
    assert texts(replay(fake, again(first))) == ["Acme two"]


def test_a_place_the_server_no_longer_has_is_lost_up_to_its_first_event(fake: FakeBluesky) -> None:
    fake.post("Acme one", at=NOW - 40 * HOUR)
    first = replay(fake, Want(terms=("acme",), since=NOW - 41 * HOUR))
    fake.forget_before(NOW - 36 * HOUR)
    fake.post("Acme two", at=NOW - 35 * HOUR)
    pages = replay(fake, again(first))
    assert lost(pages) == [Span(NOW - 40 * HOUR, NOW - 35 * HOUR)]
    assert covered(pages) == [Span(NOW - 35 * HOUR, NOW + timedelta(seconds=1))]
    assert texts(pages) == ["Acme two"]


def test_a_clamp_of_a_minute_is_lost_although_version_1_could_not_have_told(fake: FakeBluesky) -> None:
    since = NOW - HOUR
    fake.forget_before(since + timedelta(seconds=40))
    fake.post("Acme one", at=since + timedelta(seconds=60))
    assert lost(replay(fake, Want(terms=("acme",), since=since))) == [Span(since, since + timedelta(seconds=60))]


def test_hours_without_a_word_are_no_loss_where_the_server_says_nothing_of_one(fake: FakeBluesky) -> None:
    fake.post("Acme one", at=NOW - 9 * HOUR)
    first = replay(fake, Want(terms=("acme",), since=NOW - 10 * HOUR))
    fake.post("Acme two")
    pages = replay(fake, again(first))
    assert (texts(pages), lost(pages)) == (["Acme two"], [])
    assert covered(pages)[0].start == NOW - 9 * HOUR


def test_a_server_that_refuses_an_old_place_is_heard_from_now_on_and_what_lies_between_is_lost(
    fake: FakeBluesky,
) -> None:
    fake.post("Acme one", at=NOW - 40 * HOUR)
    first = replay(fake, Want(terms=("acme",), since=NOW - 41 * HOUR))
    fake.forget_before(NOW - 36 * HOUR)
    fake.strict = True
    listening = Listening(ear(fake, stream_url=fake.stream_v2_url), again(first))
    while len(fake.stream_log) < 3 and listening.error is None:
        listening.until(0)
    fake.post("Acme two")
    assert listening.until(1) == ["Acme two"]
    listening.finish()
    assert "cursor" in fake.stream_log[-2]
    assert "cursor" not in fake.stream_log[-1]
    assert lost(listening.pages) == [Span(NOW - 40 * HOUR, NOW)]


def test_a_server_that_starts_later_and_then_says_nothing_has_neither_been_heard_nor_lost_anything(
    fake: FakeBluesky,
) -> None:
    """Most likely it is ill: what it still has would be given up, and is read again once it speaks."""
    fake.forget_before(NOW - HOUR)
    with pytest.raises(Unavailable, match="told nothing since"):
        replay(fake, Want(terms=("acme",), since=NOW - 3 * HOUR, until=NOW - 2 * HOUR), quiet_s=0.02)
    fake.post("Acme one", at=NOW - timedelta(minutes=50))
    pages = replay(fake, Want(terms=("acme",), since=NOW - 3 * HOUR))
    assert lost(pages) == [Span(NOW - 3 * HOUR, NOW - timedelta(minutes=50))]
    assert texts(pages) == ["Acme one"]


def test_a_first_look_loses_nothing(fake: FakeBluesky) -> None:
    fake.forget_before(NOW - timedelta(minutes=5))
    fake.post("Acme one", at=NOW - timedelta(minutes=4))
    pages = replay(fake)
    assert (texts(pages), lost(pages)) == (["Acme one"], [])


def test_who_reads_too_slowly_is_told_so_keeps_what_was_heard_and_resumes(fake: FakeBluesky) -> None:
    listening = Listening(ear(fake, stream_url=fake.stream_v2_url), ACME)
    fake.post("Acme one")
    assert listening.until(1) == ["Acme one"]
    fake.hang_up_on_the_slow()
    listening.wait()
    assert isinstance(listening.error, Unavailable)
    assert "(ConsumerTooSlow)" in str(listening.error)
    fake.post("Acme two")
    assert texts(replay(fake, again(listening.pages))) == ["Acme two"]


def test_what_a_repository_tells_again_keeps_the_time_it_was_written(fake: FakeBluesky) -> None:
    """Else years of an account's posts would be fresh complaints the day its server stumbles."""
    fake.post("Acme, years ago", at=NOW - timedelta(days=1000))
    fake.post("Acme, with a clock of 1970", at=NOW - timedelta(minutes=3), claimed="1970-01-01T00:00:00Z")
    fake.events.clear()
    fake.resync("pat.test")
    fake.post("Acme, now", claimed="1970-01-01T00:00:00Z")
    told = {post.text: (post.created_at, post.clock) for post in posts(replay(fake))}
    assert told == {
        "Acme, years ago": (NOW - timedelta(days=1000), "claimed"),
        "Acme, with a clock of 1970": (datetime(1970, 1, 1, tzinfo=UTC), "claimed"),
        "Acme, now": (NOW + timedelta(microseconds=3), "server"),
    }


def test_a_question_it_refuses_for_another_reason_is_no_gap(fake: FakeBluesky) -> None:
    connector = ear(fake, stream_url=f"{fake.stream_v2_url}?colections=oops")
    with pytest.raises(Rejected):
        list(connector.fetch(ACME))
    connector.close()


def said(payload: dict[str, Any], kind: str = "commit") -> str:
    return json.dumps(
        {"$type": "message", "payload": {"$type": f"network.bsky.jetstream.subscribeEvents#{kind}", **payload}}
    )


@pytest.mark.parametrize(
    "frame",
    [
        said({"name": "FutureCursor"}, "info"),
        said({"seq": 3}, "wholly-new"),
        '{"$type": "message"}',
        '{"$type": "other", "payload": {}}',
    ],
)
def test_what_is_not_known_yet_only_says_that_the_stream_lives(frame: str) -> None:
    assert V2().read(frame) == Notice()


@pytest.mark.parametrize("frame", ["", "[]", "[" * 9000, said({"seq": 1, "did": "did:plc:x"}), said({"time": "soon"})])
def test_what_cannot_be_read_is_odd(frame: str) -> None:
    with pytest.raises(Odd):
        V2().read(frame)


def test_the_witnessed_time_is_what_a_cursor_counts_by(fake: FakeBluesky) -> None:
    payload = {
        "seq": 1,
        "did": "did:plc:x",
        "time": "2019-01-01T00:00:00Z",
        "witnessedAt": "2026-05-04T10:00:00.000007Z",
    }
    assert V2().read(said(payload, "identity")) == Event(micros(NOW) + 7)
    del payload["witnessedAt"]
    assert V2().read(said(payload, "identity")) == Event(1546300800000000)


@pytest.mark.parametrize(
    ("error", "told"), [("ConsumerTooSlow", "ConsumerTooSlow"), ("<b>", "an error without a name")]
)
def test_an_error_is_named_and_never_quoted(error: str, told: str) -> None:
    assert V2().read(json.dumps({"$type": "error", "error": error, "message": "<script>"})) == Notice(ended=told)


def test_the_address_says_which_version_is_spoken() -> None:
    assert isinstance(spoken_at(V2_URL), V2)
    assert isinstance(spoken_at(f"{V2_URL}/?dids=did:plc:x"), V2)
    assert isinstance(spoken_at("wss://jetstream2.us-east.bsky.network/subscribe"), V1)


@pytest.mark.parametrize("dialect", [V1(), V2()])
def test_no_time_is_ever_so_early_that_a_server_takes_it_for_a_number_of_its_own(dialect: V1 | V2) -> None:
    assert dialect.address("wss://j.test/x", -5).endswith("cursor=1000000000000000")


@pytest.mark.parametrize(
    ("body", "is_so"), [(b'{"error": "CursorTooOld"}', True), (b"<html>", False), (b"[" * 9000, False), (b"[]", False)]
)
def test_only_a_named_refusal_is_one_of_an_old_place(body: bytes, is_so: bool) -> None:
    assert is_too_old(body) is is_so
