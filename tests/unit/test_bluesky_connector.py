from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.bluesky.connector import Bluesky
from connectors.bluesky.settings import Settings
from connectors.errors import AuthFailed, Unavailable
from connectors.http import Http
from connectors.types import (
    Closed,
    Connector,
    Converses,
    Here,
    Native,
    Post,
    PostRef,
    Probes,
    Rechecks,
    Routes,
    Streams,
    Want,
)
from tests.fakes.bluesky import FakeBluesky

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@pytest.fixture
def fake() -> Iterator[FakeBluesky]:
    with FakeBluesky(now=lambda: NOW) as fake:
        yield fake


@pytest.fixture
def opened() -> Iterator[list[Bluesky]]:
    opened: list[Bluesky] = []
    yield opened
    for connector in opened:
        connector.close()
        connector.close()


def settings(fake: FakeBluesky, *, signed: bool, **more: Any) -> Settings:
    account = {"handle": f"@{fake.handle}", "password": fake.password} if signed else {}
    urls = {"stream_url": fake.stream_url, "base_url": fake.url, "public_url": fake.url}
    return Settings(**{**urls, **account, "quiet_s": 0.1, **more})


def bluesky(fake: FakeBluesky, opened: list[Bluesky], *, signed: bool = False, **more: Any) -> Bluesky:
    connector = Bluesky(
        settings(fake, signed=signed, **more),
        http=Http(private_ok=True, deadline_s=2),
        now=lambda: NOW + timedelta(seconds=1),
    )
    opened.append(connector)
    return connector


def heard(fake: FakeBluesky, opened: list[Bluesky], uri: str) -> Post:
    [post] = bluesky(fake, opened).recheck([PostRef("bluesky", uri)]).posts
    return post


def test_it_has_every_power(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    connector = bluesky(fake, opened)
    assert all(isinstance(connector, power) for power in (Connector, Streams, Rechecks, Converses, Routes, Probes))


def test_nothing_is_asked_before_it_is_used(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    bluesky(fake, opened, signed=True)
    assert (fake.log, fake.stream_log) == ([], [])


def test_the_password_is_nowhere_to_be_seen(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    connector = bluesky(fake, opened, signed=True)
    connector.probe  # noqa: B018 bound, not called
    assert fake.password not in repr(connector) + repr(vars(connector)) + repr(settings(fake, signed=True))


@pytest.mark.parametrize(
    "wrong",
    [
        {"handle": "acme.test"},
        {"password": "x"},
        {"stream_url": "https://jetstream.test"},
        {"base_url": "bsky.social"},
        {"silence_s": 0},
        {"first_replay": 5},
    ],
)
def test_wrong_settings_are_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)


def test_a_recheck_tells_deleted_hidden_and_changed_posts_apart(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    kept, edited, deleted, hidden = (fake.post(f"Acme {number}") for number in range(4))
    fake.edit(edited, "Acme, solved")
    fake.delete(deleted)
    fake.take_down(hidden)
    refs = [PostRef("bluesky", uri) for uri in (kept, edited, deleted, hidden)]
    page = bluesky(fake, opened).recheck(refs)
    assert [post.text for post in page.posts] == ["Acme 0", "Acme, solved"]
    assert {ref.id for ref in page.gone} == {deleted, hidden}


def test_many_posts_are_rechecked_in_the_batches_the_server_takes(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    refs = [PostRef("bluesky", fake.post(f"Acme {number}")) for number in range(60)]
    assert len(bluesky(fake, opened).recheck(refs).posts) == 60
    assert [len(asked.query["uris"]) for asked in fake.asked_for("getPosts")] == [25, 25, 10]


def test_a_recheck_that_failed_calls_nothing_gone(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    ref = PostRef("bluesky", fake.post("Acme"))
    fake.fail_next("getPosts", how="html")
    with pytest.raises(Unavailable):
        bluesky(fake, opened).recheck([ref])


def test_a_conversation_is_given_oldest_first(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    root = fake.post("Acme lost it", author="pat.test", at=NOW - timedelta(minutes=9))
    ours = fake.post("We are sorry", author="acme.test", reply_to=root, at=NOW - timedelta(minutes=8))
    fake.post("me too!", author="kim.test", reply_to=root, at=NOW - timedelta(minutes=7))
    last = fake.post("thanks", author="pat.test", reply_to=ours, at=NOW - timedelta(minutes=6))
    page = bluesky(fake, opened).conversation(PostRef("bluesky", ours))
    assert [post.text for post in page.posts] == ["Acme lost it", "We are sorry", "thanks"]
    assert {post.thread for post in page.posts} == {root}
    assert page.posts[-1].ref.id == last


def test_a_conversation_that_is_gone_says_so(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    ref = PostRef("bluesky", "at://did:plc:x/app.bsky.feed.post/3kx")
    assert bluesky(fake, opened).conversation(ref).gone == (ref,)


def test_with_an_account_a_post_is_answered_here(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    post = heard(fake, opened, fake.post("Acme"))
    assert bluesky(fake, opened, signed=True).route(post) == Here("bluesky")


def test_without_an_account_it_is_answered_in_bluesky(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    post = heard(fake, opened, fake.post("Acme"))
    route = bluesky(fake, opened).route(post)
    assert isinstance(route, Native)
    assert route.url == post.url


def test_a_gated_thread_is_closed_before_anybody_types(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    root = fake.post("Acme")
    reply = fake.post("Acme!", author="kim.test", reply_to=root)
    post = heard(fake, opened, reply)
    fake.gate(root)
    assert isinstance(bluesky(fake, opened).route(post), Closed)
    assert isinstance(bluesky(fake, opened, signed=True).route(post), Closed)


def test_a_thread_open_to_some_is_closed_only_when_we_are_not_among_them(
    fake: FakeBluesky, opened: list[Bluesky]
) -> None:
    uri = fake.post("Acme")
    post = heard(fake, opened, uri)
    fake.gate(uri, [{"$type": "app.bsky.feed.threadgate#mentionRule"}])
    assert isinstance(bluesky(fake, opened).route(post), Native)
    assert isinstance(bluesky(fake, opened, signed=True).route(post), Closed)


def test_an_author_who_blocks_us_cannot_be_answered(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    post = heard(fake, opened, fake.post("Acme"))
    fake.blockers.add("pat.test")
    assert isinstance(bluesky(fake, opened, signed=True).route(post), Closed)


def test_a_deleted_post_cannot_be_answered(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    uri = fake.post("Acme")
    post = heard(fake, opened, uri)
    fake.delete(uri)
    assert bluesky(fake, opened, signed=True).route(post) == Closed("The post is no longer there.")


def test_a_failed_look_is_an_error_with_an_account_and_a_word_without(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    post = heard(fake, opened, fake.post("Acme"))
    fake.fail_next("getPosts", times=2)
    route = bluesky(fake, opened).route(post)
    assert isinstance(route, Native)
    assert "could not be looked up" in route.why
    with pytest.raises(Unavailable):
        bluesky(fake, opened, signed=True).route(post)


def test_the_probe_says_what_it_found(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    fake.post("anything")
    assert "not signed in" in bluesky(fake, opened).probe()
    assert "signed in as @acme.test" in bluesky(fake, opened, signed=True).probe()


def test_the_probe_tells_a_wrong_password(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    fake.post("anything")
    with pytest.raises(AuthFailed, match="app password"):
        bluesky(fake, opened, signed=True, password="wrong").probe()


def test_a_refused_password_does_not_make_us_deaf(fake: FakeBluesky, opened: list[Bluesky]) -> None:
    fake.post("Acme lost it")
    connector = bluesky(fake, opened, signed=True, password="wrong", search="never")
    pages = list(connector.fetch(Want(terms=("acme",))))
    assert [post.text for page in pages for post in page.posts] == ["Acme lost it"]
