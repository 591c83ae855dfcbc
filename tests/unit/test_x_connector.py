"""Hearing X: the cursor, what is late, what it costs, and who may be answered."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.errors import AuthFailed, PlatformError, RateLimited, Unavailable
from connectors.http import Http
from connectors.types import Closed, Here, Native, Page, PostRef, Span, Want
from connectors.x import parse
from connectors.x.connector import X
from connectors.x.parse import before
from connectors.x.settings import Settings
from tests.fakes.server import Told
from tests.fakes.wire import Wire
from tests.fakes.x import FakeX

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACME = Want(terms=("acme",), own=frozenset({"acme_care"}))
KEYS = {"api_key": "key-SECRET", "api_secret": "key-SECRET", "access_secret": "key-SECRET"}
ACCOUNT: dict[str, Any] = {**KEYS, "access_token": "1001-token-SECRET", "handle": "acme_care"}


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> FakeX:
    return FakeX(now=clock)


def ear(fake: FakeX, **settings: Any) -> X:
    chosen = {"bearer_token": fake.bearer, "base_url": fake.url, **settings}
    return X(Settings(**chosen), http=Http(transport=Wire(fake), private_ok=True, now=fake.now), now=fake.now)


def read(fake: FakeX, cursor: str | None = None, want: Want = ACME, **settings: Any) -> list[Page]:
    connector = ear(fake, **settings)
    try:
        return list(connector.fetch(replace(want, cursor=cursor)))
    finally:
        connector.close()


def ids(pages: list[Page]) -> list[str]:
    return [post.ref.id for page in pages for post in page.posts]


def ago(**time: float) -> datetime:
    return NOON - timedelta(**time)


def test_what_the_index_shows_late_is_still_heard(fake: FakeX, clock: Clock) -> None:
    first = fake.post("acme one", at=ago(minutes=1))
    pages = read(fake)
    late = fake.post("acme late", at=ago(minutes=3))
    clock.now += timedelta(minutes=1)
    assert ids(pages) == [first]
    assert ids(read(fake, pages[-1].cursor)) == [late]


def test_a_failed_second_page_moves_no_cursor(fake: FakeX) -> None:
    fake.page_limit = 3
    said = [fake.post(f"acme {number}", at=ago(minutes=9 - number)) for number in range(6)]
    answer = fake._page

    def second_fails(*args: Any) -> Told:
        return Told({}, 500) if args[0].one("next_token") else answer(*args)

    fake._page = second_fails  # type: ignore[method-assign]
    pages = ear(fake).fetch(ACME)
    kept = next(pages)
    with pytest.raises(Unavailable):
        next(pages)
    assert (ids([kept]), kept.cursor, kept.covered) == (said[3:], None, None)
    fake._page = answer  # type: ignore[method-assign]
    assert ids(read(fake)) == said


def test_reading_resumes_a_little_before_the_newest_number(fake: FakeX) -> None:
    newest = fake.post("acme", at=ago(minutes=1))
    cursor = read(fake)[-1].cursor
    fake.log.clear()
    read(fake, cursor)
    [asked] = fake.asked_for("search")
    assert asked.one("since_id") == before(newest, 300)
    assert asked.one("start_time") == ""


def test_too_much_for_one_read_opens_a_gap(fake: FakeX) -> None:
    fake.page_limit = 2
    said = [fake.post(f"acme {number}", at=ago(minutes=20 - number)) for number in range(8)]
    [page] = read(fake, most_pages=2)
    assert ids([page]) == said[4:]
    assert page.truncated
    assert page.covered == Span(ago(minutes=16), ago(seconds=30))


def test_what_seven_days_of_search_cannot_reach_is_lost(fake: FakeX, clock: Clock) -> None:
    fake.post("acme", at=ago(minutes=1))
    cursor = read(fake)[-1].cursor
    clock.now += timedelta(days=9)
    newer = fake.post("acme is back", at=clock.now - timedelta(hours=1))
    fake.log.clear()
    [page] = read(fake, cursor)
    assert ids([page]) == [newer]
    assert page.lost is not None
    assert page.lost.start == ago(seconds=30)
    assert timedelta(days=6.9) < clock.now - page.lost.end < timedelta(days=7)
    assert fake.asked_for("search")[0].one("since_id") == ""


def test_after_a_quiet_week_reading_resumes_by_time(fake: FakeX, clock: Clock) -> None:
    """X refuses numbers older than seven days, however lately we read."""
    fake.post("acme", at=ago(minutes=1))
    cursor = read(fake)[-1].cursor
    for _ in range(8):
        clock.now += timedelta(days=1)
        pages = read(fake, cursor)
        assert [page.lost for page in pages] == [None]
        cursor = pages[-1].cursor
    asked = fake.asked_for("search")[-1]
    assert (asked.one("since_id"), asked.one("start_time")) == ("", "2026-05-11T11:54:30Z")


def test_a_number_from_the_future_leads_nowhere(fake: FakeX) -> None:
    good = fake.post("acme", at=ago(minutes=2))
    odd = fake.post("acme from tomorrow", at=ago(minutes=1))
    fake.tweets[odd].raw = {"id": "9" * 19, "edit_history_tweet_ids": [], "created_at": "2099-01-01T00:00:00Z"}
    cursor = read(fake)[-1].cursor
    fake.log.clear()
    read(fake, cursor)
    assert fake.asked_for("search")[0].one("since_id") == before(good, 300)


def test_an_edit_in_the_overlap_comes_again(fake: FakeX, clock: Clock) -> None:
    first = fake.post("acme broke", at=ago(minutes=2))
    cursor = read(fake)[-1].cursor
    fake.edit(first, "acme broke, now mended", at=ago(minutes=1))
    clock.now += timedelta(minutes=1)
    [page] = read(fake, cursor)
    [post] = page.posts
    assert (post.ref.id, post.text, post.edited_at) == (first, "acme broke, now mended", ago(minutes=1))


def test_what_it_costs_is_told_once_a_day(fake: FakeX, clock: Clock) -> None:
    for number in range(3):
        fake.post(f"acme {number}", "pat" if number else "kim", at=ago(minutes=4 - number))
    pages = read(fake)
    assert sum(page.cost for page in pages) == 3 * Decimal("0.005") + 2 * Decimal("0.010")
    clock.now += timedelta(minutes=1)
    again = read(fake, pages[-1].cursor)
    assert sum(page.cost for page in again) == 0
    clock.now = NOON + timedelta(hours=12)
    fake.post("acme after midnight", at=clock.now - timedelta(minutes=1))
    fake.log.clear()
    tomorrow = read(fake, again[-1].cursor)
    assert sum(page.cost for page in tomorrow) == 4 * Decimal("0.005") + 2 * Decimal("0.010")


def test_authors_can_be_left_out_to_save_their_price(fake: FakeX) -> None:
    fake.post("acme", at=ago(minutes=1))
    fake._people = lambda _part: []  # type: ignore[method-assign]
    [page] = read(fake, authors=False)
    assert page.cost == Decimal("0.005")
    assert (page.posts[0].author.handle, fake.asked_for("search")[0].one("expansions")) == ("", "")


def test_our_mentions_are_an_owned_read(fake: FakeX) -> None:
    said = fake.post("hello @acme_care", at=ago(minutes=1))
    [page] = read(fake, want=replace(ACME, terms=()), **ACCOUNT)
    assert ids([page]) == [said]
    assert page.cost == Decimal("0.001") + Decimal("0.010")
    assert [asked.path for asked in fake.log] == ["/2/users/1001/mentions", "/2/users/1001/tweets"]


def test_what_we_answer_is_heard_and_what_we_say_is_not(fake: FakeX) -> None:
    theirs = fake.post("acme broke", at=ago(minutes=5))
    ours = fake.post("on it", "acme_care", at=ago(minutes=4), reply_to=theirs)
    fake.post("acme is great", "acme_care", at=ago(minutes=3))
    pages = read(fake, **ACCOUNT)
    assert [(post.ref.id, post.through) for page in pages for post in page.posts] == [
        (theirs, ""),
        (ours, "own posts"),
    ]


def test_no_request_leaves_while_x_wants_rest(fake: FakeX, clock: Clock) -> None:
    fake.post("acme", at=ago(minutes=1))
    fake.left = 0
    connector = ear(fake)
    pages = list(connector.fetch(ACME))
    assert pages[-1].rate is not None
    assert (pages[-1].rate.left, pages[-1].rate.resets_at) == (0, NOON + timedelta(minutes=10))
    asked = len(fake.log)
    with pytest.raises(RateLimited) as raised:
        list(connector.fetch(ACME))
    assert (raised.value.retry_after, len(fake.log)) == (timedelta(minutes=10), asked)
    clock.now += timedelta(minutes=10)
    list(connector.fetch(ACME))
    connector.close()


@pytest.mark.parametrize(
    ("told", "meaning", "words"),
    [
        (
            Told({"title": "UsageCapExceeded", "type": "https://api.x.com/2/problems/usage-capped"}, 429),
            AuthFailed,
            "cap",
        ),
        (Told({"title": "Forbidden", "reason": "client-not-enrolled"}, 403), AuthFailed, "credentials"),
        (Told({}, 429, {"x-rate-limit-reset": str(int(NOON.timestamp()) + 90)}), RateLimited, "90 seconds"),
        (Told({}, 302, {"location": "http://169.254.169.254/"}), Unavailable, "elsewhere"),
        (Told({"errors": [{"message": "internal"}]}), Unavailable, "page of posts"),
        (Told([7]), Unavailable, "page of posts"),
    ],
)
def test_each_refusal_has_one_meaning(fake: FakeX, told: Told, meaning: type[PlatformError], words: str) -> None:
    fake._answer = lambda _asked: told  # type: ignore[method-assign]
    with pytest.raises(meaning, match=words):
        read(fake)


def test_without_any_key_a_person_is_told(fake: FakeX) -> None:
    with pytest.raises(AuthFailed, match="bearer_token"):
        read(fake, bearer_token=None)
    assert fake.log == []


def test_the_keys_show_in_no_log_even_at_debug(fake: FakeX, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fake.post("acme", at=ago(minutes=1))
    read(fake)
    read(fake, bearer_token=None, **ACCOUNT)
    with pytest.raises(AuthFailed) as raised:
        read(fake, bearer_token="other-SECRET")
    assert "SECRET" not in caplog.text + repr(raised.value) + repr(raised.value.__cause__)


def test_what_became_of_posts_is_looked_up(fake: FakeX) -> None:
    kept, edited, gone = (fake.post(f"acme {word}", at=ago(hours=1)) for word in ("kept", "edited", "gone"))
    fake.edit(edited, "acme changed", at=ago(minutes=50))
    fake.delete(gone)
    connector = ear(fake)
    page = connector.recheck([PostRef("x", id_) for id_ in (kept, edited, gone)])
    connector.close()
    assert {post.ref.id: post.text for post in page.posts} == {kept: "acme kept", edited: "acme changed"}
    assert page.gone == (PostRef("x", gone),)
    assert page.cost > 0


@pytest.mark.parametrize(
    ("codes", "hidden"), [(["DE"], True), (["TR", "DE"], True), (["TR"], False), (["XX"], True), (["XY"], True)]
)
def test_what_x_withholds_where_the_team_reads_is_gone_and_never_heard(
    fake: FakeX, codes: list[str], hidden: bool
) -> None:
    seen, withheld = (fake.post(f"acme {word}", at=ago(hours=1)) for word in ("seen", "withheld"))
    fake.tweets[withheld].raw["withheld"] = {"copyright": False, "country_codes": codes}
    connector = ear(fake, countries=("de", "FR"))
    page = connector.recheck([PostRef("x", id_) for id_ in (seen, withheld)])
    heard = {post.ref.id for page in connector.fetch(ACME) for post in page.posts}
    connector.close()
    assert page.gone == ((PostRef("x", withheld),) if hidden else ())
    assert heard == ({seen} if hidden else {seen, withheld})


def test_all_posts_of_an_account_that_is_withheld_are() -> None:
    user = {"id": "77", "username": "pat", "withheld": {"country_codes": ["DE"], "scope": "user"}}
    posts = [{"id": "1890000000000000001", "author_id": id_, "text": "acme"} for id_ in ("77", "78")]
    told = parse.page({"data": posts, "includes": {"users": [user]}, "meta": {}}, ("DE",))
    assert (len(told.posts), told.read, len(told.numbers)) == (1, 2, 2)
    assert len(parse.page({"data": posts[:1], "includes": {"users": [user]}, "meta": {}}).posts) == 1


def test_a_whole_conversation_is_read(fake: FakeX) -> None:
    root = fake.post("acme broke", at=ago(minutes=9))
    reply = fake.post("same here", "kim", at=ago(minutes=8), reply_to=root)
    fake.post("something else", at=ago(minutes=7))
    connector = ear(fake)
    assert ids([connector.conversation(PostRef("x", reply))]) == [root, reply]
    assert connector.conversation(PostRef("x", "5")).gone == (PostRef("x", "5"),)
    connector.close()


def test_only_who_names_us_is_answered_through_the_api(fake: FakeX) -> None:
    fake.post("acme broke", at=ago(minutes=2))
    fake.post("acme broke @Acme_Care", at=ago(minutes=1))
    [page] = read(fake)
    untagged, tagged = page.posts
    self_serve, enterprise = ear(fake, **ACCOUNT), ear(fake, tier="enterprise", **ACCOUNT)
    native = self_serve.route(untagged)
    assert isinstance(native, Native)
    assert native.url == f"https://x.com/intent/tweet?in_reply_to={untagged.ref.id}&text={{text}}"
    assert "mention or quote us" in native.why
    assert self_serve.route(tagged) == enterprise.route(untagged) == Here("x")
    assert isinstance(ear(fake).route(tagged), Native)


def test_a_post_open_only_to_those_it_names_is_closed_to_us(fake: FakeX) -> None:
    id_ = fake.post("acme broke", at=ago(minutes=2))
    fake.tweets[id_].raw = {"reply_settings": "mentionedUsers"}
    [page] = read(fake)
    assert isinstance(ear(fake, tier="enterprise", **ACCOUNT).route(page.posts[0]), Closed)


def test_the_probe_says_whose_keys_they_are(fake: FakeX) -> None:
    assert ear(fake, **ACCOUNT).probe() == "signed in as @acme_care; self-serve"
    assert "not the handle set" in ear(fake, **{**ACCOUNT, "handle": "other"}).probe()
    assert "bearer token is good" in ear(fake).probe()
    with pytest.raises(AuthFailed):
        ear(fake, bearer_token="wrong").probe()


@pytest.mark.parametrize(
    "settings",
    [{"api_key": "a"}, {**ACCOUNT, "handle": ""}, {"handle": "much_too_long_for_x"}, {"base_url": "api.x.com"}],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**settings)


def test_a_handle_may_be_written_with_its_sign() -> None:
    assert Settings(handle="@acme_care").handle == "acme_care"


def test_after_a_day_away_the_gap_and_its_heal_bring_everything(fake: FakeX, clock: Clock) -> None:
    fake.post("acme before", at=ago(minutes=1))
    cursor = read(fake)[-1].cursor
    clock.now += timedelta(hours=24)
    said = {fake.post(f"acme {number}", at=NOON + timedelta(seconds=60 * number)) for number in range(1400)}
    pages = read(fake, cursor)
    gap = pages[0].posts[0].created_at
    assert pages[0].truncated
    assert pages[-1].covered == Span(gap, clock.now - timedelta(seconds=30))
    healed = read(fake, want=replace(ACME, since=ago(minutes=6), until=gap))
    assert not healed[0].truncated
    assert set(ids(pages)) | set(ids(healed)) >= said


def test_a_read_under_a_budget_takes_the_newest_that_it_can_pay_and_says_that_there_was_more(fake: FakeX) -> None:
    said = [fake.post(f"acme {number}", f"p{number}", at=ago(minutes=90 - number)) for number in range(60)]
    budget = Decimal("0.015") * 25
    [page] = read(fake, want=replace(ACME, budget=budget))
    assert ids([page]) == said[-25:]
    assert page.cost == budget
    assert page.truncated
    assert page.covered is not None
    assert page.covered.start == ago(minutes=90 - 35)
    [all_of_it] = read(fake, want=replace(ACME, budget=Decimal(100)))
    assert (ids([all_of_it]), all_of_it.truncated) == (said, False)


def test_what_was_paid_for_today_is_free_under_a_budget_and_an_empty_one_reads_one_small_page(fake: FakeX) -> None:
    for number in range(40):
        fake.post(f"acme {number}", "pat", at=ago(seconds=240 - number))
    cursor = read(fake)[-1].cursor
    fake.log.clear()
    later = fake.post("acme, once more", "pat", at=ago(seconds=60))
    pages = read(fake, cursor, replace(ACME, budget=Decimal(0)))
    assert [asked.one("max_results") for asked in fake.asked_for("search")] == ["10"]
    assert ids(pages) == [later]
    assert pages[-1].truncated
