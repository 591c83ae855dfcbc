"""Answers that are complete and yet wrong, or odd and yet right, from each of the newer platforms over real sockets."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable
from connectors.facebook.connector import Facebook
from connectors.hooks import Delivery
from connectors.http import Http
from connectors.instagram.connector import Instagram
from connectors.meta.posted import Posted
from tests.fakes import meta
from tests.fakes.meta import FakeMeta
from tests.fakes.server import FakeServer, Told
from tests.fakes.stages import NOON, STAGES, Stage
from tests.fault.test_more_platforms import WANT, ear, poll, stands

Twist = Callable[[Told], Told]


def says(body: Any, **headers: str) -> Twist:
    """Another body in the place of the good one."""
    return lambda told: Told(body, 200, {name.replace("_", "-"): value for name, value in headers.items()})


def around(change: Callable[[bytes], bytes], **headers: str) -> Twist:
    """The good body, changed."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda told: Told(change(told.bytes()), told.status, {**told.headers, **more})


NO_ANSWER: dict[str, Twist] = {
    "null": says(b"null"),
    "nothing": says(b""),
    "a list for an object": lambda told: says(b"{}" if told.bytes().startswith(b"[") else b"[]")(told),
    "an error": says({"error": {"code": 500, "message": "Backend Error"}}),
    "errors": says({"errors": [{"message": "over capacity"}]}),
    "a page that says it is JSON": says(b"<!doctype html><title>Attention</title>", content_type="application/json"),
    "cut, its length agrees": around(lambda body: body[: len(body) // 2]),
    "the half of what was packed": around(lambda body: body, content_encoding="gzip"),
    "another alphabet": around(lambda body: body, content_type="application/json; charset=utf-7"),
    "a longer thing": around(lambda body: body + b'{"more": 1}'),
}


@pytest.mark.parametrize("twist", sorted(NO_ANSWER))
def test_what_is_no_answer_moves_nothing_and_then_all_is_heard(stage: Stage, fake: FakeServer, twist: str) -> None:
    fake.twist_next(stage.path, NO_ANSWER[twist])
    connector = ear(stage, fake.url)
    heard, cursor, error = poll(connector, None)
    assert (heard, stands(cursor), type(error)) == (set(), True, Unavailable)
    heard, cursor, error = poll(connector, cursor)
    connector.close()
    assert (len(heard), error) == (3, None)
    assert not stands(cursor)


ODD: dict[str, Twist] = {
    "a mark before it": around(lambda body: b"\xef\xbb\xbf" + body),
    "a picture": around(lambda body: body, content_type="image/png"),
    "two hours ahead": around(lambda body: body, date="Mon, 04 May 2026 14:00:00 GMT"),
    "a thousand headers": around(lambda body: body, **{f"x_pad_{n}": "a" * 40 for n in range(90)}),
}


@pytest.mark.parametrize("twist", sorted(ODD))
def test_an_odd_answer_that_is_whole_is_heard(stage: Stage, fake: FakeServer, twist: str) -> None:
    fake.twist_next(stage.path, ODD[twist])
    connector = ear(stage, fake.url)
    heard, cursor, error = poll(connector, None)
    connector.close()
    assert (len(heard), error) == (3, None)
    assert not stands(cursor)


REFUSALS: list[tuple[int, dict[str, str], type[PlatformError], float]] = [
    (429, {"retry-after": "Mon, 04 May 2026 12:10:30 GMT", "date": "Mon, 04 May 2026 12:10:00 GMT"}, RateLimited, 30),
    (429, {"retry-after": "-5"}, RateLimited, 60),
    (429, {"retry-after": "1000000000"}, RateLimited, 3600),
    (429, {"x-ratelimit-reset": str(int(NOON.timestamp()) - 60), "x-ratelimit-remaining": "0"}, RateLimited, 60),
    (400, {}, Rejected, 0),
    (402, {}, AuthFailed, 0),
]


@pytest.mark.parametrize(("status", "headers", "meaning", "wait"), REFUSALS)
def test_a_limit_is_waited_for_and_an_old_place_refused_is_asked_for_anew(
    stage: Stage,
    fake: FakeServer,
    status: int,
    headers: dict[str, str],
    meaning: type[PlatformError],
    wait: float,
) -> None:
    fake.fail_next(stage.path, status=status, headers=headers)
    connector = ear(stage, fake.url)
    _, cursor, error = poll(connector, None)
    assert (type(error), stands(cursor)) == (meaning, True)
    if isinstance(error, RateLimited):
        assert error.retry_after == timedelta(seconds=wait)
    assert len(poll(connector, cursor)[0]) == 3
    connector.close()


def listed(thing: Any) -> list[Any]:
    """The list of things in an answer."""
    return thing if isinstance(thing, list) else next(v for v in thing.values() if isinstance(v, list) and v)


def with_list(change: Callable[[list[Any]], list[Any]]) -> Twist:
    """The good answer with another list of things in it."""

    def twist(told: Told) -> Told:
        thing = json.loads(told.bytes())
        things = listed(thing)
        things[:] = change(list(things))
        return Told(thing, told.status, told.headers)

    return twist


BAD = {"$oid": 1, "id": {"$oid": 1}, "uri": 7, "kind": 5, "data": "x", "snippet": [], "reviewId": None}


def test_one_bad_thing_is_set_aside_and_the_others_are_heard(stage: Stage, fake: FakeServer) -> None:
    fake.twist_next(stage.path, with_list(lambda things: [*things[:1], BAD, *things[1:]]))
    connector = ear(stage, fake.url)
    pages = list(connector.fetch(WANT))
    connector.close()
    assert sum(len(page.posts) for page in pages) == 3
    assert sum(len(page.poison) for page in pages) == 1
    assert not stands(pages[-1].cursor)


def test_what_becomes_visible_late_is_heard_within_the_overlap(stage: Stage, fake: FakeServer) -> None:
    connector = ear(stage, fake.url)
    _, cursor, _ = poll(connector, None)
    connector.close()
    stage.write(fake, "acme, seen late", NOON - timedelta(minutes=4))
    connector = ear(stage, fake.url, now=lambda: NOON + timedelta(minutes=1))
    heard, cursor, error = poll(connector, cursor)
    assert (len(heard), error) == (1, None)
    assert poll(connector, cursor)[0] == set()
    connector.close()


def _led(told: Told, change: Callable[[dict[str, Any]], object]) -> Told:
    thing = json.loads(told.bytes())
    change(thing)
    return Told(thing, told.status, told.headers)


LEADS: dict[str, Callable[[dict[str, Any], str], object]] = {
    "appstore": lambda thing, to: thing.update(links={"next": f"https://api.test/v1/x?cursor={to}"}),
    "googleplay": lambda thing, to: thing.update(tokenPagination={"nextPageToken": f"t{to}"}),
    "stackexchange": lambda thing, _to: thing.update(has_more=True),
    "threads": lambda thing, to: thing.update(paging={"cursors": {"after": to}, "next": "https://x"}),
    "youtube": lambda thing, to: thing.update(nextPageToken=f"p{to}"),
}
"""How each says that there is a next page. The others are asked by what was read before."""


@pytest.mark.parametrize("name", sorted(LEADS))
@pytest.mark.parametrize("tokens", ["1", "12"])
def test_a_listing_that_leads_in_circles_is_left_at_once(name: str, tokens: str) -> None:
    stage = STAGES[name]
    with stage.fake() as fake:
        stage.write(fake, "acme", NOON - timedelta(minutes=9))
        good: list[Told] = []

        def again(number: int, told: Told) -> Told:
            good.append(told)
            return _led(good[0], lambda thing: LEADS[name](thing, tokens[number % len(tokens)]))

        fake.twist_next(stage.path, *(partial(again, number) for number in range(20)))
        connector = ear(stage, fake.url)
        heard, cursor, error = poll(connector, None)
        assert (len(heard), stands(cursor), type(error)) == (1, True, Unavailable)
        assert "circles" in str(error)
        assert len(fake.asked_for(stage.path)) <= 5
        connector.close()


@pytest.mark.parametrize("name", sorted(LEADS))
def test_an_empty_page_that_has_a_next_one_is_passed_over(name: str) -> None:
    stage = STAGES[name]
    with stage.fake() as fake:
        stage.write(fake, "acme", NOON - timedelta(minutes=9))
        good: list[Told] = []

        def empty(number: int, told: Told) -> Told:
            good.append(told)
            return _led(with_list(lambda things: [])(good[0]), lambda thing: LEADS[name](thing, str(number)))

        fake.twist_next(stage.path, partial(empty, 1), partial(empty, 2), lambda told: good[0])
        connector = ear(stage, fake.url)
        heard, cursor, error = poll(connector, None)
        assert (len(heard), stands(cursor), error) == (1, False, None)
        connector.close()


COMMENTED = {"field": "mentions", "value": {"media_id": "78", "comment_id": "182"}}
NAMED = {"field": "mention", "value": {"item": "post", "verb": "add", "post_id": "900_1"}}
TOLD: list[tuple[type[Posted], str, dict[str, Any], str, dict[str, Any]]] = [
    (Facebook, "page", NAMED, "900_1", {"message": "Acme lost it", "from": {"id": "8", "name": "Bo"}}),
    (Instagram, "instagram", COMMENTED, "182", {"text": "Acme lost it", "username": "bob", "media": {"id": "78"}}),
]


@pytest.mark.parametrize(("kind", "called", "change", "id_", "words"), TOLD)
@pytest.mark.parametrize("how", [*sorted(NO_ANSWER), 302, 401, 403, 429, 500, 503])
def test_a_post_that_a_webhook_only_names_is_not_lost_while_it_cannot_be_looked_up(
    kind: type[Posted], called: str, change: dict[str, Any], id_: str, words: dict[str, Any], how: Any
) -> None:
    told = {"object": called, "entry": [{"id": meta.OURS, "time": 1777890000, "changes": [change]}]}
    with FakeMeta(lambda: NOON) as fake:
        fake.objects[id_] = {"id": id_, **words}
        keys = {"access_token": meta.TOKEN, "account_id": meta.OURS, "base_url": fake.url}
        http = Http(private_ok=True, deadline_s=2.0, now=lambda: NOON)
        connector: Any = kind(kind.Settings.model_validate(keys), http=http, now=lambda: NOON)  # type: ignore[attr-defined]
        connector.inbox = Shelf((Delivery(1, json.dumps(told).encode(), NOON),))
        if isinstance(how, str):
            fake.twist_next("", NO_ANSWER[how])
        else:
            headers = {429: {"retry-after": "7"}, 302: {"location": "http://169.254.169.254/latest/"}}
            fake.fail_next(status=how, headers=headers.get(how, {}))
        heard, cursor, error = poll(connector, None)
        meaning = {401: AuthFailed, 403: AuthFailed, 429: RateLimited}.get(how, Unavailable)  # type: ignore[call-overload]
        assert (heard, cursor, type(error)) == (set(), None, meaning)
        heard, cursor, error = poll(connector, cursor)
        assert (heard, error) == ({id_}, None)
        connector.close()


@pytest.mark.parametrize(("kind", "called", "change", "id_", "words"), TOLD)
def test_a_named_post_whose_words_are_refused_is_set_aside_and_not_taken_for_deleted(
    kind: type[Posted], called: str, change: dict[str, Any], id_: str, words: dict[str, Any]
) -> None:
    told = {"object": called, "entry": [{"id": meta.OURS, "time": 1777890000, "changes": [change]}]}
    with FakeMeta(lambda: NOON) as fake:
        keys = {"access_token": meta.TOKEN, "account_id": meta.OURS, "base_url": fake.url}
        connector: Any = kind(kind.Settings.model_validate(keys), http=Http(private_ok=True), now=lambda: NOON)  # type: ignore[attr-defined]
        connector.inbox = Shelf((Delivery(1, json.dumps(told).encode(), NOON),))
        fake.fail_next(status=400, times=5)
        pages = list(connector.fetch(WANT))
        connector.close()
    assert [(page.posts, page.gone) for page in pages if page.posts or page.gone] == []
    assert ["refused" in odd.why for page in pages for odd in page.poison] == [True]


@dataclass(frozen=True)
class Shelf:
    """Deliveries as the store keeps them."""

    rows: tuple[Delivery, ...]

    def after(self, place: int, most: int) -> tuple[Delivery, ...]:
        return tuple(row for row in self.rows if row.id > place)[:most]
