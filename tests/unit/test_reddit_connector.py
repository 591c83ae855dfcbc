"""Hearing Reddit: listings, their holes, locks, and what is left without a key."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable
from connectors.http import Http
from connectors.reddit.connector import Reddit
from connectors.reddit.places import barred
from connectors.reddit.settings import Settings
from connectors.types import Closed, Here, Native, Page, PostRef, Span, Want
from tests.fakes.reddit import FakeReddit
from tests.fakes.server import Told
from tests.fakes.wire import Wire

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACME = Want(terms=("acme",), own=frozenset({"acme_care"}))
LOGIN: dict[str, Any] = {"username": "acme_care", "password": "password-SECRET"}


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> FakeReddit:
    return FakeReddit(now=clock)


def ear(fake: FakeReddit, **settings: Any) -> Reddit:
    key = {"client_id": "app", "client_secret": "app-SECRET", "subreddits": ("complaints",), "search": False}
    http = Http(transport=Wire(fake), now=fake.now)
    return Reddit(Settings(**{**key, **settings}), http=http, now=fake.now)


def read(fake: FakeReddit, cursor: str | None = None, **settings: Any) -> list[Page]:
    connector = ear(fake, **settings)
    try:
        return list(connector.fetch(replace(ACME, cursor=cursor)))
    finally:
        connector.close()


def ids(pages: list[Page]) -> list[str]:
    return [post.ref.id for page in pages for post in page.posts]


def ago(**time: float) -> datetime:
    return NOON - timedelta(**time)


def test_a_deleted_anchor_does_not_stop_the_reading(fake: FakeReddit, clock: Clock) -> None:
    newest = fake.submit("acme one", at=ago(minutes=9))
    cursor = read(fake)[-1].cursor
    fake.forget(newest)
    after = fake.submit("acme two", at=ago(minutes=1))
    clock.now += timedelta(minutes=1)
    assert ids(read(fake, cursor)) == [after]
    assert not any("before" in asked.query for asked in fake.log)


def test_old_posts_that_return_are_given_once(fake: FakeReddit, clock: Clock) -> None:
    fake.submit("acme now", at=ago(minutes=5))
    old = fake.submit("acme three days ago", at=ago(days=3))
    kept = fake.things.pop(old)
    first = read(fake)
    fake.things[old] = kept
    second = read(fake, first[-1].cursor)
    third = read(fake, second[-1].cursor)
    assert (ids(second), ids(third)) == ([old], [])


def test_what_was_too_old_at_first_stays_too_old(fake: FakeReddit) -> None:
    fake.submit("acme three days ago", at=ago(days=3))
    pages = read(fake)
    assert ids(pages) == ids(read(fake, pages[-1].cursor)) == []


def test_a_busy_subreddit_is_walked_back_to_where_we_were(fake: FakeReddit, clock: Clock) -> None:
    fake.submit("acme first", at=ago(minutes=1))
    cursor = read(fake, comments=False)[-1].cursor
    clock.now += timedelta(minutes=60)
    said = [fake.submit(f"acme {number}", at=NOON + timedelta(seconds=9 * number)) for number in range(350)]
    fake.log.clear()
    pages = read(fake, cursor, comments=False)
    assert ids(pages) == said
    assert len(fake.asked_for("/new")) == 4
    assert pages[-1].covered == Span(NOON, clock.now)


def test_more_than_a_listing_holds_opens_a_gap(fake: FakeReddit, clock: Clock) -> None:
    fake.submit("acme first", at=ago(hours=1))
    cursor = read(fake, comments=False, overlap_s=0)[-1].cursor
    clock.now += timedelta(minutes=60)
    said = [fake.submit(f"acme {number}", at=NOON + timedelta(seconds=2 * number + 2)) for number in range(1200)]
    pages = read(fake, cursor, comments=False, overlap_s=0)
    assert ids(pages) == said[200:]
    assert (pages[0].truncated, pages[-1].truncated) == (True, False)
    assert pages[-1].covered == Span(fake.things[said[200]].at, clock.now)


def test_only_what_names_us_is_heard_except_in_our_own_subreddit(fake: FakeReddit) -> None:
    fake.submit("nothing of ours", at=ago(minutes=9))
    named = fake.submit("my order", "from Acme is lost", at=ago(minutes=8))
    ours = fake.submit("nothing works", subreddit="acmehelp", at=ago(minutes=7))
    inside = fake.comment(named, "which shop?", at=ago(minutes=6))
    assert ids(read(fake, ours=("AcmeHelp",))) == [named, ours]
    assert inside not in ids(read(fake))


def test_an_account_hears_its_inbox_and_its_own_answers(fake: FakeReddit) -> None:
    elsewhere = fake.submit("broken", subreddit="other", at=ago(minutes=9))
    called = fake.comment(elsewhere, "u/acme_care help", at=ago(minutes=8))
    answer = fake.comment(called, "on it", "acme_care", at=ago(minutes=7))
    thanks = fake.comment(answer, "thanks", at=ago(minutes=6))
    assert ids(read(fake, **LOGIN)) == [called, answer, thanks]
    assert ids(read(fake)) == []


def test_a_clock_set_back_silences_nobody(fake: FakeReddit, clock: Clock) -> None:
    fake.submit("acme", at=ago(minutes=5))
    clock.now = NOON + timedelta(days=3)
    cursor = read(fake)[-1].cursor
    clock.now = NOON
    new = fake.submit("acme again", at=ago(minutes=1))
    assert new in ids(read(fake, cursor))


def test_search_finds_submissions_anywhere(fake: FakeReddit, clock: Clock) -> None:
    found = fake.submit("Is Acme down?", subreddit="other", at=ago(minutes=9))
    pages = read(fake, subreddits=(), search=True)
    late = fake.submit("acme, indexed late", subreddit="other", at=ago(hours=5))
    assert ids(pages) == [found]
    assert ids(read(fake, pages[-1].cursor, subreddits=(), search=True)) == [late]


def test_edits_come_again_and_deletions_are_told(fake: FakeReddit, clock: Clock) -> None:
    edited = fake.submit("acme", "broke", at=ago(minutes=5))
    deleted = fake.submit("acme", "sorry", at=ago(minutes=4))
    cursor = read(fake)[-1].cursor
    clock.now += timedelta(minutes=1)
    fake.edit(edited, "broke, mended")
    fake.delete(deleted)
    [page] = read(fake, cursor)
    [post] = page.posts
    assert (post.ref.id, post.text, post.edited_at) == (edited, "broke, mended", clock.now)
    assert page.gone == (PostRef("reddit", deleted),)


def test_a_comment_knows_that_its_thread_is_locked(fake: FakeReddit) -> None:
    locked, free = (fake.submit(f"acme {word}", at=ago(minutes=9)) for word in ("locked", "free"))
    comments = [fake.comment(name, "me too", at=ago(minutes=8)) for name in (locked, free)]
    fake.things[locked].locked = True
    connector = ear(fake, **LOGIN)
    [page] = connector.fetch(ACME)
    routes = {post.ref.id: connector.route(post) for post in page.posts}
    assert isinstance(routes[locked], Closed)
    assert isinstance(routes[comments[0]], Closed)
    assert routes[comments[1]] == routes[free] == Here("reddit")
    [again] = connector.recheck([PostRef("reddit", comments[0])]).posts
    assert isinstance(connector.route(again), Closed)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"user_is_banned": True}, "Our account is banned from r/complaints"),
        ({"subreddit_type": "archived"}, "r/complaints is archived"),
        ({"subreddit_type": "restricted", "restrict_commenting": True}, "only approved members may comment"),
    ],
)
def test_where_our_account_may_not_comment_is_told_before_anybody_types(
    fake: FakeReddit, about: dict[str, Any], words: str
) -> None:
    fake.submit("acme", at=ago(minutes=9))
    fake.abouts["complaints"] = about
    connector = ear(fake, **LOGIN)
    [page] = connector.fetch(ACME)
    route = connector.route(page.posts[0])
    assert isinstance(route, Closed)
    assert words in route.why


@pytest.mark.parametrize(
    "about",
    [
        {"user_is_muted": True},
        {"subreddit_type": "restricted"},
        {"restrict_commenting": True, "user_is_contributor": True},
        {"restrict_commenting": True, "user_is_moderator": True},
        {"user_is_banned": None, "subreddit_type": None},
        {"user_is_banned": "yes"},
    ],
)
def test_what_closes_no_thread_is_not_taken_for_it(fake: FakeReddit, about: dict[str, Any]) -> None:
    fake.submit("acme", at=ago(minutes=9))
    fake.abouts["complaints"] = about
    connector = ear(fake, **LOGIN)
    [page] = connector.fetch(ACME)
    assert connector.route(page.posts[0]) == Here("reddit")


def test_a_subreddit_is_asked_about_every_five_minutes_at_most_and_a_ban_that_ends_ends(
    fake: FakeReddit, clock: Clock
) -> None:
    names = [fake.submit(f"acme {number}", at=ago(minutes=9)) for number in range(3)]
    fake.abouts["complaints"] = {"user_is_banned": True}
    connector = ear(fake, **LOGIN)
    [page] = connector.fetch(ACME)
    assert len(page.posts) == len(names)
    assert all(isinstance(connector.route(post), Closed) for post in page.posts)
    assert len(fake.asked_for("/about")) == 1
    fake.abouts.clear()
    clock.now += timedelta(minutes=5)
    assert connector.route(page.posts[0]) == Here("reddit")
    assert len(fake.asked_for("/about")) == 2


@pytest.mark.parametrize("status", [403, 404, 429, 503])
def test_a_subreddit_that_does_not_say_leaves_the_way_open_and_is_not_pestered(
    fake: FakeReddit, clock: Clock, status: int
) -> None:
    fake.submit("acme", at=ago(minutes=9))
    connector = ear(fake, **LOGIN)
    [page] = connector.fetch(ACME)
    fake._about = lambda _name: Told({"message": "no", "error": status}, status)  # type: ignore[method-assign]
    for _case in range(3):
        assert connector.route(page.posts[0]) == Here("reddit")
    assert len(fake.asked_for("/about")) == 1
    clock.now += timedelta(minutes=6)
    connector.route(page.posts[0])
    assert len(fake.asked_for("/about")) == 2


@pytest.mark.parametrize(
    "thing", [None, [], {"kind": "t3", "data": {"user_is_banned": True}}, {"kind": "t5", "data": []}]
)
def test_what_is_no_subreddit_bars_nobody(thing: Any) -> None:
    assert barred(thing, "complaints") == ""


def test_without_an_account_the_answer_is_given_on_reddit(fake: FakeReddit) -> None:
    fake.submit("acme", at=ago(minutes=9))
    connector = ear(fake)
    [page] = connector.fetch(ACME)
    route = connector.route(page.posts[0])
    assert isinstance(route, Native)
    assert route.url == page.posts[0].url


def test_a_lost_look_at_locks_gives_the_posts_and_keeps_the_cursor(fake: FakeReddit) -> None:
    root = fake.submit("acme", at=ago(minutes=9))
    comment = fake.comment(root, "acme too", at=ago(minutes=8))
    answer = fake._api
    fake._api = lambda asked: Told({}, 500) if asked.path == "/api/info" else answer(asked)  # type: ignore[method-assign]
    pages = ear(fake).fetch(ACME)
    kept = next(pages)
    with pytest.raises(Unavailable):
        next(pages)
    assert (ids([kept]), kept.cursor) == ([root, comment], None)


def test_what_became_of_posts_is_looked_up(fake: FakeReddit) -> None:
    kept, gone, away = (fake.submit(f"acme {number}", at=ago(hours=1)) for number in range(3))
    fake.delete(gone)
    fake.forget(away)
    page = ear(fake).recheck([PostRef("reddit", name) for name in (kept, gone, away)])
    assert ids([page]) == [kept]
    assert page.gone == (PostRef("reddit", gone), PostRef("reddit", away))


def test_a_whole_thread_is_read(fake: FakeReddit) -> None:
    root = fake.submit("acme broke", at=ago(minutes=9))
    first = fake.comment(root, "how?", at=ago(minutes=8))
    second = fake.comment(first, "it fell", "pat", at=ago(minutes=7))
    connector = ear(fake)
    assert ids([connector.conversation(PostRef("reddit", second))]) == [root, first, second]
    fake.delete(root)
    assert connector.conversation(PostRef("reddit", root)).gone == (PostRef("reddit", root),)


def test_reddits_own_count_is_obeyed(fake: FakeReddit, clock: Clock) -> None:
    fake.submit("acme", at=ago(minutes=1))
    connector = ear(fake, comments=False)
    [page] = connector.fetch(ACME)
    assert page.rate is not None
    assert (page.rate.left, page.rate.resets_at) == (99, NOON + timedelta(minutes=5))
    fake.left = 0
    list(connector.fetch(ACME))
    asked = len(fake.log)
    with pytest.raises(RateLimited) as raised:
        list(connector.fetch(ACME))
    assert (raised.value.retry_after, len(fake.log)) == (timedelta(minutes=5), asked)


@pytest.mark.parametrize(
    ("told", "meaning", "words"),
    [
        (Told({"reason": "private"}, 403), AuthFailed, "credentials"),
        (Told({"message": "Not Found"}, 404), Rejected, "misspelled"),
        (Told("", 302, {"location": "https://www.reddit.com/subreddits/search?q=x"}), Rejected, "misspelled"),
        (Told("", 302, {"location": "http://169.254.169.254/"}), Unavailable, "elsewhere"),
        (Told({}, 429, {"x-ratelimit-reset": "90"}), RateLimited, "90 seconds"),
        (Told({}, 500), Unavailable, "500"),
        (Told({"error": "internal"}), Unavailable, "listing"),
        (Told([]), Unavailable, "listing"),
        (Told(""), Unavailable, "JSON"),
    ],
)
def test_each_refusal_has_one_meaning(fake: FakeReddit, told: Told, meaning: type[PlatformError], words: str) -> None:
    fake._api = lambda _asked: told  # type: ignore[method-assign]
    with pytest.raises(meaning, match=words):
        read(fake)
    assert len(fake.log) == 2


@pytest.mark.parametrize(
    ("told", "meaning"),
    [
        (Told({"error": "invalid_grant"}), AuthFailed),
        (Told({"error": "unauthorized_client"}, 401), AuthFailed),
        (Told({"access_token": 5}), Unavailable),
        (Told([]), Unavailable),
        (Told({}, 503), Unavailable),
    ],
)
def test_a_token_that_is_not_given_is_told(fake: FakeReddit, told: Told, meaning: type[PlatformError]) -> None:
    fake._grant = lambda _asked: told  # type: ignore[method-assign]
    with pytest.raises(meaning):
        read(fake)
    assert len(fake.log) == 1


def test_the_login_shows_in_no_log_even_at_debug(fake: FakeReddit, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with fake:
        at = {"base_url": fake.url, "oauth_url": fake.url}
        settings = Settings(client_id="app", client_secret="app-SECRET", **LOGIN, **at)  # type: ignore[arg-type]
        connector = Reddit(settings, http=Http(private_ok=True), now=fake.now)
        assert connector.probe() == "signed in as u/acme_care"
        fake.fail_next("/api/v1/me", status=401)
        fake.password = "changed"
        said = []
        for _ in range(2):
            with pytest.raises(PlatformError) as raised:
                connector.probe()
            said.append(f"{raised.value!r} {raised.value.__cause__!r} {connector!r} {vars(connector)!r}")
        connector.close()
    assert "SECRET" not in caplog.text + "".join(said)


def test_without_a_key_public_feeds_are_read_and_the_probe_says_what_is_missing(fake: FakeReddit) -> None:
    root = fake.submit("acme broke", "really", at=ago(minutes=9))
    comment = fake.comment(root, "acme, again", at=ago(minutes=8))
    keyless = {"client_id": "", "client_secret": None, "search": True}
    pages = read(fake, **keyless)
    assert ids(pages) == [root, comment]
    assert all(asked.path.endswith("/.rss") for asked in fake.log)
    connector = ear(fake, **keyless)
    assert "public feeds only" in connector.probe()
    ref = PostRef("reddit", root)
    assert connector.recheck([ref]) == connector.conversation(ref) == Page()
    assert isinstance(connector.route(pages[0].posts[0]), Native)


def test_a_full_feed_may_have_been_cut_off_and_opens_a_gap(fake: FakeReddit) -> None:
    keyless = {"client_id": "", "client_secret": None, "comments": False}
    for number in range(120):
        fake.submit(f"acme {number}", at=ago(seconds=9 * number))
    pages = read(fake, **keyless)
    assert (len(ids(pages)), pages[0].truncated) == (100, True)
    assert pages[-1].covered == Span(ago(seconds=9 * 99), NOON)


def test_many_subreddits_are_asked_for_in_several_addresses(fake: FakeReddit) -> None:
    fake.submit("acme", subreddit="sub77", at=ago(minutes=1))
    assert len(ids(read(fake, subreddits=tuple(f"sub{number}" for number in range(80)), comments=False))) == 1
    assert len(fake.asked_for("/new")) == 2


@pytest.mark.parametrize(
    "settings",
    [
        {"subreddits": ("no such/name",)},
        {"password": "x"},
        {"refresh_token": "x", "client_id": "a"},
        {"password": "x", "client_id": "a", "username": "pat"},
        {"username": "not a name"},
        {"oauth_url": "oauth.reddit.com"},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**settings)


def test_names_may_be_written_as_reddit_shows_them() -> None:
    settings = Settings(subreddits=("r/Complaints", "/r/complaints/"), username="u/acme_care", client_id="a")
    assert (settings.subreddits, settings.username) == (("complaints",), "acme_care")


@pytest.mark.parametrize("away", [timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24)])
def test_after_an_outage_everything_still_offered_is_heard(fake: FakeReddit, clock: Clock, away: timedelta) -> None:
    fake.submit("acme before", at=ago(minutes=1))
    cursor = read(fake)[-1].cursor
    said = [fake.submit(f"acme {number}", at=NOON + away * number / 200) for number in range(200)]
    clock.now += away
    fake._api, answer = lambda _asked: Told({}, 503), fake._api  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        read(fake, cursor)
    fake._api = answer  # type: ignore[method-assign]
    pages = read(fake, cursor)
    assert ids(pages) == said
    assert pages[-1].covered == Span(NOON, clock.now)
