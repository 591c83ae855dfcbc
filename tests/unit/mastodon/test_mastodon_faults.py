import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import AuthFailed, RateLimited, Unavailable
from connectors.http import Http
from connectors.mastodon.client import Server
from connectors.mastodon.connector import Mastodon
from connectors.mastodon.settings import Settings
from connectors.types import Page
from tests.fakes.clocks import NOW, Later
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.mastodon_ear import ACME, ago, each, ear, read, resumed, texts
from tests.fakes.server import Told


def test_a_server_that_hangs_is_not_waited_for_on_every_timeline(
    fake: FakeMastodon, other: FakeMastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.mastodon.client._SLOW_S", 0.1)
    fake.fail_next("/timelines", how="hang", times=9)
    other.post("#acme one", at=ago(minutes=1))
    connector = Mastodon(
        Settings(servers=(fake.url, other.url)), http=Http(private_ok=True, deadline_s=0.3), now=fake.now
    )
    assert texts(list(connector.fetch(ACME))) == ["#acme one"]
    list(connector.fetch(ACME))
    connector.close()
    assert len(fake.asked_for("/timelines")) == 1


def test_a_server_that_hung_once_is_asked_again_as_soon_as_it_kept_us_waiting_then_later_each_time(
    fake: FakeMastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.mastodon.client._SLOW_S", 0.1)
    fake.fail_next("/timelines", how="hang", times=2)
    connector = Mastodon(
        Settings(servers=(fake.url,), public=False), http=Http(private_ok=True, deadline_s=0.2), now=fake.now
    )
    for least in (0, 1):
        with pytest.raises(Unavailable):
            list(connector.fetch(ACME))
        with pytest.raises(RateLimited, match="did not answer in time") as waits:
            list(connector.fetch(ACME))
        rest = waits.value.retry_after
        assert rest > timedelta(seconds=0.2 * least)
        threading.Event().wait(rest.total_seconds())
    assert list(connector.fetch(ACME))
    connector.close()


def test_a_server_that_hung_for_days_is_told_as_away_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_asked: object, **_more: object) -> None:
        raise Unavailable("no answer")

    monkeypatch.setattr("connectors.mastodon.client._SLOW_S", -1.0)
    monkeypatch.setattr(Http, "get", away)
    monkeypatch.setattr(Server, "check_rest", lambda _server: None)
    server = Server("https://m.example", None, Http(), lambda: NOW)
    for _try in range(1_100):  # 2.0**1024 is no number any more
        with pytest.raises(Unavailable):
            server.get("/api/v1/timelines/public")


def test_a_heal_that_one_server_could_not_answer_has_failed(fake: FakeMastodon, other: FakeMastodon) -> None:
    fake.fail_next("/timelines")
    with pytest.raises(Unavailable):
        read(fake, other, want=replace(ACME, since=ago(minutes=58), until=ago(minutes=55)))


def test_a_closed_public_timeline_leaves_the_hashtags(fake: FakeMastodon) -> None:
    fake.closed_public = True
    fake.post("#acme one", at=ago(minutes=1))
    connector = ear(fake)
    pages = list(connector.fetch(ACME))
    connector.close()
    assert texts(pages) == ["#acme one"]
    assert pages[-1].covered is not None
    assert "does not show its public timeline" in connector.closed[0]


def test_a_server_closed_altogether_asks_for_an_account(fake: FakeMastodon) -> None:
    fake.closed_public = fake.closed_tags = True
    with pytest.raises(AuthFailed, match="account"):
        read(fake)


def test_a_server_that_is_away_does_not_silence_the_other(
    fake: FakeMastodon, other: FakeMastodon, clock: Later
) -> None:
    pages = read(fake, other)
    clock.now += timedelta(minutes=10)
    other.post("#acme one")
    fake.fail_next("/timelines", times=2)
    pages = read(fake, other, want=resumed(pages))
    assert texts(pages) == ["#acme one"]
    assert pages[-1].covered is None
    clock.now += timedelta(minutes=1)
    covered = read(fake, other, want=resumed(pages))[-1].covered
    assert covered is not None
    assert (covered.start, covered.end) == (NOW, clock.now)


def test_what_a_server_held_while_it_failed_is_heard_afterwards(fake: FakeMastodon, other: FakeMastodon) -> None:
    fake.post("#acme one", at=ago(minutes=1))
    fake.fail_next("/timelines", times=9)
    pages = read(fake, other)
    fake._faults.clear()
    assert texts(read(fake, other, want=resumed(pages))) == ["#acme one"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 503}, Unavailable),
        ({"status": 429, "headers": {"retry-after": "17"}}, RateLimited),
        ({"how": "html"}, Unavailable),
        ({"how": "garbage"}, Unavailable),
        ({"how": "drop"}, Unavailable),
        ({"how": "reset"}, Unavailable),
        ({"how": "truncate", "after": True}, Unavailable),
        ({"how": "hang"}, Unavailable),
    ],
)
def test_a_failing_server_is_one_of_the_five_errors(
    fake: FakeMastodon, fault: dict[str, Any], error: type[Exception]
) -> None:
    fake.post("#acme one", at=ago(minutes=1))
    fake.fail_next("/timelines", times=2, **fault)
    connector = Mastodon(
        Settings(servers=(fake.url,), public=False),
        http=Http(private_ok=True, deadline_s=0.4),
        now=fake.now,
    )
    pages: list[Page] = []
    with pytest.raises(error):
        pages.extend(connector.fetch(ACME))  # type: ignore[arg-type]
    connector.close()
    assert pages == []  # no page, no cursor


def test_a_server_that_asked_for_rest_is_left_alone(fake: FakeMastodon, other: FakeMastodon, clock: Later) -> None:
    fake.fail_next("/timelines", status=429, headers={"retry-after": "300"})
    connector = ear(fake, other)
    pages = list(connector.fetch(ACME))
    asked = len(fake.log)
    pages = list(connector.fetch(resumed(pages)))
    assert len(fake.log) == asked
    clock.now += timedelta(seconds=301)
    list(connector.fetch(resumed(pages)))
    assert len(fake.log) > asked
    connector.close()


def test_an_answer_of_another_shape_moves_nothing(fake: FakeMastodon) -> None:
    fake._tagged = lambda _asked: Told({"error": "oops"})  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        read(fake, public=False)


def test_one_odd_status_is_kept_and_the_others_are_heard(fake: FakeMastodon) -> None:
    fake.post("#acme one", at=ago(minutes=3))
    odd = fake.post("#acme two", at=ago(minutes=2))
    fake.statuses[odd].raw = {"content": {"a": 1}}
    fake.post("#acme three", at=ago(minutes=1))
    pages = read(fake)
    assert texts(pages) == ["#acme one", "#acme three"]
    assert {poison.why for page in pages for poison in page.poison} == {f"status {odd} has no content"}
    assert texts(read(fake, want=resumed(pages))) == []


def test_a_place_the_server_no_longer_takes_is_found_by_time(fake: FakeMastodon, clock: Later) -> None:
    first = read(fake, public=False)
    fake.post("#acme one", at=NOW + timedelta(seconds=30))
    clock.now += timedelta(minutes=1)
    fake.fail_next("/timelines", status=400)
    assert texts(read(fake, public=False, want=resumed(first))) == ["#acme one"]


def test_a_hashtag_nobody_used_yet_is_empty(fake: FakeMastodon) -> None:
    fake.fail_next("/timelines", status=404)
    [page] = read(fake, public=False)
    assert (page.posts, page.covered is not None) == ((), True)


def test_a_refused_token_is_told_after_the_rest_was_heard(fake: FakeMastodon, other: FakeMastodon) -> None:
    other.post("#acme one", at=ago(minutes=1))
    connector = ear(fake, other, token="revoked")
    pages: list[Page] = []
    with pytest.raises(AuthFailed) as refused:
        pages.extend(each(connector.fetch(ACME), pages))
    connector.close()
    assert texts(pages) == ["#acme one"]
    assert "revoked" not in str(refused.value)
