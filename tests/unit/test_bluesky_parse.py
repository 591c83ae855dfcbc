import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.bluesky.parse import Event, Odd, event, heard, hidden, micros, moment, poison, view
from connectors.types import Author, PostRef

DID = "did:plc:pat"
SEEN = datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)


def frame(operation: str = "create", **record: Any) -> str:
    commit: dict[str, Any] = {"operation": operation, "collection": "app.bsky.feed.post", "rkey": "3k1", "cid": "bafy1"}
    if operation != "delete":
        commit["record"] = {"text": "Acme lost my parcel", "createdAt": "2026-05-04T10:00:01.000Z", **record}
    return json.dumps({"did": DID, "time_us": micros(SEEN), "kind": "commit", "commit": commit})


def test_a_post_is_read_with_its_address_and_its_words() -> None:
    post = heard(event(frame(langs=["en", "de"])))
    assert post.ref == PostRef("bluesky", "at://did:plc:pat/app.bsky.feed.post/3k1")
    assert post.url == "https://bsky.app/profile/did:plc:pat/post/3k1"
    assert (post.text, post.language, post.kind, post.thread) == ("Acme lost my parcel", "en", "post", post.ref.id)
    assert post.author == Author(id=DID, handle=DID)


def test_the_answer_address_names_the_post_and_its_root() -> None:
    root = {"uri": "at://did:plc:kim/app.bsky.feed.post/3k0", "cid": "bafy0"}
    post = heard(event(frame(reply={"root": root, "parent": root})))
    assert post.kind == "reply"
    assert post.in_reply_to == PostRef("bluesky", root["uri"])
    assert post.thread == root["uri"]
    assert json.loads(post.answer_to or "") == {"uri": post.ref.id, "cid": "bafy1", "root": root}


def test_the_first_post_of_a_thread_is_its_own_root() -> None:
    post = heard(event(frame()))
    assert json.loads(post.answer_to or "")["root"] == {"uri": post.ref.id, "cid": "bafy1"}


@pytest.mark.parametrize(
    ("claimed", "spoken_at", "clock"),
    [
        ("2026-05-04T10:00:01.000Z", SEEN - timedelta(seconds=4), "claimed"),
        ("2026-05-04T12:00:01+02:00", SEEN - timedelta(seconds=4), "claimed"),
        ("2031-01-01T00:00:00Z", SEEN, "claimed"),
        ("1970-01-01T00:00:00Z", SEEN, "server"),
        ("0001-01-01T00:00:00+14:00", SEEN, "server"),
        ("yesterday", SEEN, "server"),
        (None, SEEN, "server"),
        (7, SEEN, "server"),
    ],
)
def test_a_claimed_time_counts_only_within_a_day_before_it_was_seen(
    claimed: object, spoken_at: datetime, clock: str
) -> None:
    post = heard(event(frame(createdAt=claimed)))
    assert (post.created_at, post.clock) == (spoken_at, clock)


def test_an_edit_is_the_post_again_with_the_time_of_the_edit() -> None:
    assert heard(event(frame("update"))).edited_at == SEEN


def test_a_deletion_names_the_post() -> None:
    happening = event(frame("delete"))
    assert (happening.operation, happening.ref.id) == ("delete", "at://did:plc:pat/app.bsky.feed.post/3k1")


@pytest.mark.parametrize("kind", ["identity", "account", "commit", "news"])
def test_other_events_only_tell_the_time(kind: str) -> None:
    thing = {"did": DID, "time_us": 5, "kind": kind, "commit": {"collection": "app.bsky.feed.like"}}
    assert event(json.dumps(thing)) == Event(5)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "null",
        "[]",
        '{"time_us": "5"}',
        '{"time_us": true}',
        '{"time_us": -1}',
        "[" * 100_000,
        frame(text=None),
        frame(text=["?"]),
        frame().replace(DID, "did:plc:a/../b"),
        frame().replace("3k1", "3k1\\u0000"),
    ],
)
def test_what_cannot_be_read_is_odd(raw: str) -> None:
    with pytest.raises(Odd):
        event(raw)


def test_a_record_that_is_no_reference_becomes_nobodys_thread() -> None:
    post = heard(event(frame(reply={"root": {"uri": "javascript:alert(1)"}, "parent": 7})))
    assert (post.thread, post.in_reply_to) == (post.ref.id, None)


def test_letters_no_database_keeps_are_replaced() -> None:
    assert heard(event(frame(text="a\x00b\ud800c"))).text == "a�b�c"


def test_a_far_future_moment_stays_a_moment() -> None:
    assert moment(10**30).year == 9999
    assert moment(micros(SEEN)) == SEEN


def search_view(**changes: Any) -> dict[str, Any]:
    record = {"text": "Acme order 1", "createdAt": "2026-05-04T10:00:01Z"}
    author = {"did": DID, "handle": "pat.test", "displayName": " Pat\n P ", "followersCount": 41}
    return {
        "uri": "at://did:plc:pat/app.bsky.feed.post/3k1",
        "cid": "bafy1",
        "author": author,
        "record": record,
        "indexedAt": "2026-05-04T10:00:05Z",
        "likeCount": 2,
        "replyCount": 1,
        **changes,
    }


def test_a_search_result_knows_its_author_and_its_echo() -> None:
    post = view(search_view())
    assert post.author == Author(id=DID, handle="pat.test", name="Pat P", followers=41)
    assert post.engagement == 3
    assert post.created_at == datetime(2026, 5, 4, 10, 0, 1, tzinfo=UTC)


def test_an_invalid_handle_is_replaced_by_what_stays() -> None:
    assert view(search_view(author={"did": DID, "handle": "handle.invalid"})).author.handle == DID


@pytest.mark.parametrize(
    "changes",
    [
        {"uri": 7},
        {"uri": "https://bsky.app/x"},
        {"record": None},
        {"record": {"text": 5}},
        {"author": 9},
        {"author": {"handle": "pat.test"}},
        {"indexedAt": None, "record": {"text": "x"}},
    ],
)
def test_a_misshapen_search_result_is_odd(changes: dict[str, Any]) -> None:
    with pytest.raises(Odd):
        view(search_view(**changes))


@pytest.mark.parametrize(
    ("changes", "is_hidden"),
    [
        ({"labels": [{"val": "!hide"}]}, True),
        ({"labels": [{"val": "!takedown", "neg": True}]}, False),
        ({"labels": [{"val": "spam"}]}, False),
        ({"labels": "odd"}, False),
        ({"author": {"did": DID, "labels": [{"val": "!takedown"}]}}, True),
    ],
)
def test_what_moderation_took_down_is_hidden(changes: dict[str, Any], is_hidden: bool) -> None:
    assert hidden(search_view(**changes)) is is_hidden


def test_poison_keeps_its_bytes() -> None:
    assert poison("a\ud800", "odd").raw == b"a\\ud800"
    assert json.loads(poison({"uri": 7}, "odd").raw) == {"uri": 7}
