"""The conformance kit: what every connector must do, as tests one inherits. Ships in the wheel.

    class TestLemmy(HttpConnectorContract):
        want = Want(terms=("acme",))
        secret = "s3cret-token"

        def over(self, http: Http) -> Connector:
            return Lemmy(Settings(server="https://lemmy.test", token=self.secret), http=http, now=self.clock)

        def answers(self) -> httpx.BaseTransport:
            return httpx.MockTransport(LemmyAnswers())

Whenever a real platform surprises us, the surprise becomes a test here and every connector gets it. pytest is imported
here and nowhere else in the wheel; only tests import this module.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import httpx
import pytest
from pydantic import BaseModel, ValidationError

from connectors.errors import AuthFailed, PlatformError, RateLimited, Unavailable
from connectors.hooks import Admitted, Arrival, Hooked, Refused
from connectors.http import Http
from connectors.text import storable
from connectors.types import Connector, Latency, Page, Post, PostRef, Routes, Want

HOSTILE = (
    "<script>alert('x')</script> acme <img src=x onerror=alert(1)>",
    "acme \x00 \ud800 \udfff end",
    "acme \u202egnp.exe \u2066\u200b\ufeff",
    "acme <!channel> <@U123> *bold* [a](javascript:alert(1))",
    "=cmd|' /C calc'!A0 acme",
    "acme " + "a\u0301\u0302\u0303" * 500,
    "acme " + "&amp;lt;" * 2000,
    "\u0627\u0643\u0645\u064a acme \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "",
)
"""Texts that have broken readers before. `saying` wraps each in the platform's own shape."""


def refs(pages: Iterable[Page]) -> list[PostRef]:
    """The references of all posts, in order."""
    return [post.ref for page in pages for post in page.posts]


def posts(pages: Iterable[Page]) -> list[Post]:
    """All posts, in order."""
    return [post for page in pages for post in page.posts]


class ConnectorContract:
    """Sentences that hold for every connector. Inherit, name `want`, and make the connector over its good answers."""

    want: ClassVar[Want] = Want(terms=("acme",))
    now: ClassVar[datetime] = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
    secret: ClassVar[str] = ""
    sorted_by_time: ClassVar[bool] = True  # False where the platform does not order by `created_at`
    bounded_first_look: ClassVar[bool] = True  # False where the source is finite, as a file is
    platforms_vary: ClassVar[bool] = False  # True where the source itself names other platforms

    def make(self) -> Connector:
        """A fresh connector over good answers that hold at least two posts."""
        raise NotImplementedError

    def saying(self, text: str) -> Connector | None:
        """A connector whose platform offers one post with exactly this text; None if it has no such test."""
        return None

    def clock(self) -> datetime:
        """The moment of the test: hand it to the connector as `now`."""
        return self.now

    def pages(self, want: Want | None = None) -> list[Page]:
        connector = self.make()
        try:
            return list(connector.fetch(want or self.want))
        finally:
            connector.close()

    def test_it_is_a_connector(self) -> None:
        connector = self.make()
        assert isinstance(connector, Connector)
        assert connector.platform
        assert connector.platform == connector.platform.lower()
        assert isinstance(connector.latency, Latency)
        connector.close()
        connector.close()

    def test_an_unknown_setting_is_refused(self) -> None:
        settings = self.make().Settings
        assert issubclass(settings, BaseModel)
        with pytest.raises(ValidationError, match="surely_no_setting"):
            settings.model_validate({"surely_no_setting": 1})

    def test_it_hears_something(self) -> None:
        assert len(posts(self.pages())) >= 2

    def test_every_post_has_its_own_reference(self) -> None:
        heard = refs(self.pages())
        assert len(heard) == len(set(heard))
        assert all(0 < len(ref.id) <= 512 for ref in heard)
        if not self.platforms_vary:
            assert {ref.platform for ref in heard} == {self.make().platform}

    def test_posts_are_whole_and_storable(self) -> None:
        for post in posts(self.pages()):
            words = (post.text, post.title, post.author.id, post.author.handle, post.author.name, post.url, post.ref.id)
            assert all(storable(word) == word for word in words)
            assert post.author.id
            assert post.created_at.utcoffset() == timedelta(0)
            assert post.edited_at is None or post.edited_at.utcoffset() == timedelta(0)
            assert post.rating is None or 0 <= post.rating <= 1

    def test_links_lead_to_the_web(self) -> None:
        for post in posts(self.pages()):
            assert post.url == "" or post.url.startswith(("https://", "http://"))

    def test_posts_come_oldest_first(self) -> None:
        times = [post.created_at for post in posts(self.pages())]
        assert not self.sorted_by_time or times == sorted(times)

    def test_a_first_run_does_not_flood(self) -> None:
        first = replace(self.want, cursor=None, since=None)
        oldest = self.now - first.first_look
        late = [post.ref for post in posts(self.pages(first)) if post.created_at < oldest]
        assert not self.bounded_first_look or late == []

    def test_every_page_can_be_resumed_from(self) -> None:
        """What was on later pages comes again after a crash; nothing of it is skipped."""
        pages = self.pages()
        for done, page in enumerate(pages, start=1):
            rest = set(refs(self.pages(replace(self.want, cursor=page.cursor))))
            assert set(refs(pages[done:])) <= rest

    def test_a_second_poll_brings_nothing_new(self) -> None:
        pages = self.pages()
        again = refs(self.pages(replace(self.want, cursor=pages[-1].cursor)))
        assert set(again) <= set(refs(pages))

    def test_the_cursor_survives_json_and_holds_no_secret(self) -> None:
        for page in self.pages():
            assert isinstance(page.cursor, str)
            assert json.loads(json.dumps(page.cursor)) == page.cursor
            assert len(page.cursor) <= 65_536
            assert not self.secret or self.secret not in page.cursor

    def test_a_backfill_stays_inside_its_time(self) -> None:
        times = sorted({post.created_at for post in posts(self.pages())})
        since, until = times[0] + timedelta(seconds=1), times[-1]
        inside = {p.ref for p in posts(self.pages()) if since <= p.created_at < until and p.clock != "estimated"}
        heard = posts(self.pages(replace(self.want, cursor=None, since=since, until=until)))
        known = [post for post in heard if post.clock != "estimated"]
        assert all(since <= post.created_at < until for post in known)
        assert {post.ref for post in known} == inside

    def test_coverage_is_claimed_for_the_past_only(self) -> None:
        for page in self.pages():
            if page.covered is not None:
                assert page.covered.start <= page.covered.end <= self.now
            if page.truncated:
                assert page.lost is not None or page.covered is not None or page.posts

    def test_it_never_sleeps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def sleep(seconds: float) -> None:
            raise AssertionError("a connector slept; all waiting is the runner's")

        monkeypatch.setattr(time, "sleep", sleep)
        self.pages()

    def test_the_secret_is_in_no_repr_and_no_log(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        connector = self.make()
        said = repr(connector) + str(connector) + repr(vars(connector)) + repr(list(connector.fetch(self.want)))
        connector.close()
        assert not self.secret or self.secret not in said + caplog.text

    def test_hostile_text_is_kept_as_text(self) -> None:
        for text in HOSTILE:
            connector = self.saying(text)
            if connector is None:
                pytest.skip("this connector gives no `saying`")
            pages = list(connector.fetch(self.want))
            connector.close()
            kept = len(posts(pages)) + sum(len(page.poison) for page in pages)
            assert kept == 1, f"{text!r} is neither a post nor poison"
            assert all(storable(post.text) == post.text for post in posts(pages))

    def test_a_route_is_known_before_anybody_types(self) -> None:
        connector = self.make()
        if isinstance(connector, Routes):
            for post in connector.fetch(self.want).__iter__().__next__().posts:
                assert connector.route(post).__class__.__name__ in ("Here", "Native", "Closed")
        connector.close()


class HttpConnectorContract(ConnectorContract):
    """The same, and what a platform behind HTTP can do to us."""

    def over(self, http: Http) -> Connector:
        """A fresh connector that speaks through this door."""
        raise NotImplementedError

    def answers(self) -> httpx.BaseTransport:
        """A platform that answers well: the same posts each time it is asked."""
        raise NotImplementedError

    def make(self) -> Connector:
        return self.over(Http(transport=self.answers(), now=self.clock))

    def _over(self, answer: Callable[[httpx.Request], httpx.Response]) -> Connector:
        return self.over(Http(transport=httpx.MockTransport(answer), now=self.clock))

    def _error(self, answer: Callable[[httpx.Request], httpx.Response]) -> PlatformError:
        connector = self._over(answer)
        with pytest.raises(PlatformError) as raised:
            list(connector.fetch(self.want))
        connector.close()
        assert not self.secret or self.secret not in repr(raised.value) + str(raised.value)
        return raised.value

    @pytest.mark.parametrize(
        ("status", "headers", "meaning"),
        [
            (401, {}, AuthFailed),
            (429, {"retry-after": "7"}, RateLimited),
            (500, {}, Unavailable),
            (502, {}, Unavailable),
            (503, {}, Unavailable),
        ],
    )
    def test_a_refusal_is_one_of_the_five_errors(
        self, status: int, headers: dict[str, str], meaning: type[PlatformError]
    ) -> None:
        error = self._error(lambda request: httpx.Response(status, headers=headers, content=b"{}"))
        assert type(error) is meaning
        if isinstance(error, RateLimited):
            assert error.retry_after == timedelta(seconds=7)

    @pytest.mark.parametrize(
        "body",
        [b"", b"\x00\xff\xfe", b"<html><body>Down for maintenance</body></html>", b'{"a": [', b"null", b"7", b'["x"]'],
    )
    def test_garbage_is_no_answer_and_moves_no_cursor(self, body: bytes) -> None:
        assert type(self._error(lambda request: httpx.Response(200, content=body))) is Unavailable

    def test_a_line_that_breaks_is_unavailable(self) -> None:
        def broken(request: httpx.Request) -> httpx.Response:
            raise httpx.ReadError("connection reset", request=request)

        assert type(self._error(broken)) is Unavailable

    def test_it_does_not_ask_twice_by_itself(self) -> None:
        asked: list[tuple[str, str]] = []

        def refuse(request: httpx.Request) -> httpx.Response:
            asked.append((request.method, str(request.url)))
            return httpx.Response(500)

        self._error(refuse)
        assert len(asked) == len(set(asked)), "retries are the runner's"

    def test_a_crash_at_any_request_loses_nothing(self) -> None:
        """The n-th request fails; what came before is kept, and the next poll brings all the rest."""
        whole = set(refs(self.pages()))
        for fail_at in range(1, 40):
            kept, cursor, failed = self._until(fail_at)
            rest = self.pages(replace(self.want, cursor=cursor)) if failed else []
            assert whole <= kept | set(refs(rest)), f"posts were lost when request {fail_at} failed"
            if not failed:
                return

    def _until(self, fail_at: int) -> tuple[set[PostRef], str | None, bool]:
        good = self.answers()
        count = iter(range(1, 10_000))

        def answer(request: httpx.Request) -> httpx.Response:
            return good.handle_request(request) if next(count) < fail_at else httpx.Response(503)

        connector = self._over(answer)
        kept: set[PostRef] = set()
        cursor = self.want.cursor
        try:
            for page in connector.fetch(self.want):
                kept, cursor = kept | set(refs([page])), page.cursor
        except PlatformError:
            return kept, cursor, True
        finally:
            connector.close()
        return kept, cursor, False


class Signed:
    """For a connector that is posted to, before one of the contracts: TestPlaza(Signed, HttpConnectorContract)."""

    def arriving(self) -> Arrival:
        """A signed request that `make`'s connector takes in."""
        raise NotImplementedError

    def make(self) -> Connector:
        """The contract's own."""
        made: Connector = super().make()  # type: ignore[misc]
        return made

    def test_only_what_is_signed_is_taken_in(self) -> None:
        connector, good = self.make(), self.arriving()
        assert isinstance(connector, Hooked)
        taken = connector.admit(good)
        assert isinstance(taken, Admitted)
        assert connector.admit(good) == taken, "the same request twice must have the same key"
        for spoiled in (replace(good, body=good.body + b" "), replace(good, headers={})):
            assert isinstance(connector.admit(spoiled), Refused), "what nobody signed was taken in"
