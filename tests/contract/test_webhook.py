"""The inbound hook obeys the kit; its door lets in what is signed, once, and nothing else."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.hooks import Admitted, Arrival, Delivery, Hooked, Refused
from connectors.testing import ConnectorContract, Signed, posts, refs
from connectors.types import Connector, PostRef, Span, Want
from connectors.webhook.connector import Webhook
from connectors.webhook.parse import delivery
from connectors.webhook.settings import Settings

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SECRET, OLD = "s3cret-of-the-hook", "s3cret-before"
TWO = {
    "id": "d-1",
    "posts": [
        {"id": "1", "author": "Ada", "text": "acme lost my bag", "created_at": "2026-05-04T11:40:00Z"},
        {"id": "2", "author": {"id": "u7", "handle": "bob"}, "title": "acme!", "created_at": "2026-05-04T11:50:00Z"},
    ],
}


class Kept:
    """Deliveries as the store keeps them."""

    def __init__(self, *bodies: Any) -> None:
        told = (body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies)
        self.rows = [Delivery(number, body, NOON) for number, body in enumerate(told, 1)]

    def after(self, place: int, most: int) -> Sequence[Delivery]:
        return [row for row in self.rows if row.id > place][:most]


def hook(*bodies: Any, now: datetime = NOON, **more: Any) -> Webhook:
    settings = Settings.model_validate({"platform": "reviews", "secret": SECRET, **more})
    made = Webhook(settings, now=lambda: now)
    made.inbox = Kept(*bodies)
    return made


def arrival(body: bytes, secret: str = SECRET, at: datetime = NOON, **headers: str) -> Arrival:
    stamp = str(int(at.timestamp()))
    mark = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return Arrival("POST", {}, {"earshot-timestamp": stamp, "earshot-signature": f"v1={mark}", **headers}, body)


BODY = json.dumps(TWO).encode()


class TestWebhook(Signed, ConnectorContract):
    secret = SECRET
    platforms_vary = True
    bounded_first_look = False  # what is posted to us is taken however old it is

    def make(self) -> Connector:
        return hook(TWO)

    def arriving(self) -> Arrival:
        return arrival(BODY)

    def saying(self, text: str) -> Connector:
        return hook({"posts": [{"id": "1", "author": "Ada", "text": text}]})

    def test_a_backfill_stays_inside_its_time(self) -> None:
        (page,) = hook(TWO).fetch(Want(since=NOON - timedelta(hours=2), until=NOON))
        assert (page.posts, page.lost) == ((), Span(NOON - timedelta(hours=2), NOON))


def test_what_is_signed_is_admitted_under_its_own_id() -> None:
    first, again = hook().admit(arrival(BODY)), hook().admit(arrival(BODY, at=NOON + timedelta(minutes=1)))
    assert isinstance(first, Admitted)
    assert isinstance(again, Admitted)
    assert first.key == again.key
    assert first.says == {"posts": 2, "gone": 0, "unreadable": []}


def test_without_an_id_the_very_bytes_are_the_name() -> None:
    body = json.dumps({"posts": TWO["posts"]}).encode()
    keys = {one.key for one in (hook().admit(arrival(body)), hook().admit(arrival(body))) if isinstance(one, Admitted)}
    later = hook().admit(arrival(body, at=NOON + timedelta(seconds=1)))
    assert isinstance(later, Admitted)
    assert len(keys) == 1
    assert later.key not in keys


SIGNED = arrival(BODY)
REFUSED = {
    "another secret": arrival(BODY, "wrong"),
    "no secret at all": arrival(BODY, ""),
    "too old": arrival(BODY, at=NOON - timedelta(seconds=301)),
    "too far ahead": arrival(BODY, at=NOON + timedelta(seconds=301)),
    "another body": replace(SIGNED, body=BODY + b" "),
    "another time": replace(SIGNED, headers={**SIGNED.headers, "earshot-timestamp": str(int(NOON.timestamp()) + 1)}),
    "no signature": replace(SIGNED, headers={"earshot-timestamp": SIGNED.headers["earshot-timestamp"]}),
    "no time": replace(SIGNED, headers={"earshot-signature": SIGNED.headers["earshot-signature"]}),
    "odd time": replace(SIGNED, headers={**SIGNED.headers, "earshot-timestamp": "１２３"}),
    "a sign before the time": replace(SIGNED, headers={**SIGNED.headers, "earshot-timestamp": "-1"}),
    "a long time": replace(SIGNED, headers={**SIGNED.headers, "earshot-timestamp": "9" * 400}),
    "no version": replace(SIGNED, headers={**SIGNED.headers, "earshot-signature": "0" * 64}),
    "odd letters": replace(SIGNED, headers={**SIGNED.headers, "earshot-signature": "v1=" + "é" * 64}),
    "many signatures": replace(
        SIGNED, headers={**SIGNED.headers, "earshot-signature": ",".join(["v1=" + "0" * 64] * 9)}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_signed_is_refused_in_the_same_words(name: str) -> None:
    verdict = hook().admit(REFUSED[name])
    assert verdict == Refused(401, "This is not signed with this source's secret, or too old.")


def test_without_a_secret_nothing_is_taken() -> None:
    assert isinstance(hook(secret=None).admit(arrival(BODY, "")), Refused)


def test_the_secret_before_is_good_until_its_time() -> None:
    until = NOON + timedelta(hours=24)
    both = {"old_secret": OLD, "old_until": until}
    assert isinstance(hook(**both).admit(arrival(BODY, OLD)), Admitted)
    assert isinstance(hook(**both).admit(arrival(BODY)), Admitted)
    assert isinstance(hook(now=until, **both).admit(arrival(BODY, OLD, at=until)), Refused)
    assert isinstance(hook(old_secret=OLD).admit(arrival(BODY, OLD)), Refused)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"[]", 400), (b"\xff", 400), (b"[" * 99_999, 400), (b"{}", 422), (b'{"posts": {}}', 422),
        (b'{"posts": [1], "post": []}', 422), (b'{"id": 7, "posts": [1]}', 422), (b'{"gone": [""]}', 422),
        (json.dumps({"posts": [{}] * 201}).encode(), 422),
    ],
)  # fmt: skip
def test_what_is_signed_and_yet_no_delivery_is_refused_with_its_reason(body: bytes, status: int) -> None:
    verdict = hook().admit(arrival(body))
    assert isinstance(verdict, Refused)
    assert verdict.status == status


def test_a_post_that_cannot_be_read_stops_no_other_and_its_sender_is_told() -> None:
    body = {"posts": [{"id": "1", "author": "A", "text": "acme"}, {"id": "2", "author": "B", "txt": "acme"}, 7]}
    verdict = hook().admit(arrival(json.dumps(body).encode()))
    assert isinstance(verdict, Admitted)
    assert [each["post"] for each in verdict.says["unreadable"]] == [1, 2]
    assert "unknown field 'txt'" in verdict.says["unreadable"][0]["why"]
    (page, _end) = hook(body).fetch(Want())
    assert (len(page.posts), len(page.poison)) == (1, 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""}, {"id": None}, {"id": True}, {"id": "x" * 401}, {"author": 7}, {"author": {}}, {"author": " "},
        {"text": None}, {"text": 7}, {"created_at": "yesterday"}, {"created_at": 7}, {"rating": 5}, {"rating": True},
        {"created_at": "2026-05-04T11:40:00"}, {"created_at": "0001-01-01T00:00:00+23:00"}, {"kind": "tweet"},
        {"engagement": -1}, {"author": {"id": "1", "followers": 2**60}}, {"edited_at": ""}, {"thread": ["x"]},
    ],
)  # fmt: skip
def test_each_field_is_held_to_its_meaning(wrong: dict[str, Any]) -> None:
    thing = {"id": "1", "author": "Ada", "text": "acme"} | wrong
    read = delivery(json.dumps({"posts": [thing]}).encode(), "reviews", NOON)
    assert (read.posts, len(read.poison)) == ((), 1)


def test_a_post_from_the_future_is_from_now() -> None:
    thing = {"id": 1, "author": "Ada", "text": "acme", "created_at": "2031-01-01T00:00:00Z", "url": "javascript:x"}
    (post,) = delivery(json.dumps({"posts": [thing]}).encode(), "reviews", NOON).posts
    assert (post.created_at, post.ref, post.url) == (NOON, PostRef("reviews", "1"), "")


def test_deletions_are_told_by_id() -> None:
    (page, _end) = hook({"gone": ["1"]}).fetch(Want())
    assert page.gone == (PostRef("reviews", "1"),)


def test_fifty_deliveries_make_a_page_and_the_next_read_goes_on_behind_them() -> None:
    many = hook(*({"posts": [{"id": str(n), "author": "A", "text": "acme"}]} for n in range(120)))
    pages = list(many.fetch(Want()))
    assert [len(page.posts) for page in pages] == [50, 50, 20, 0]
    assert refs(many.fetch(Want(cursor=pages[1].cursor))) == [PostRef("reviews", str(n)) for n in range(100, 120)]
    assert posts(many.fetch(Want(cursor=pages[-1].cursor))) == []


def test_time_nobody_was_there_to_be_posted_to_is_not_claimed() -> None:
    (first,) = hook().fetch(Want())
    (soon,) = hook(now=NOON + timedelta(minutes=1)).fetch(Want(cursor=first.cursor))
    assert soon.covered == Span(NOON, NOON + timedelta(minutes=1))
    late = NOON + timedelta(hours=3)
    (after,) = hook(now=late).fetch(Want(cursor=soon.cursor))
    assert after.covered == Span(late, late)


def test_it_says_that_it_can_be_posted_to_and_whether_its_door_is_open() -> None:
    assert isinstance(hook(), Hooked)
    assert "open" in hook().probe()
    assert "earshot hook" in hook(secret=None).probe()


@pytest.mark.parametrize("name", ["mastodon", "x", "Reviews", "", "a b", "a" * 41])
def test_a_sender_cannot_pass_for_a_platform(name: str) -> None:
    with pytest.raises(ValueError, match="platform"):
        Settings(platform=name)
