"""YouTube obeys the kit; its quota is counted, its searches are rationed, switched-off comments are passed over."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from connectors.errors import AuthFailed, RateLimited, Unavailable
from connectors.http import Http
from connectors.testing import HttpConnectorContract, posts
from connectors.types import Connector, Here, Native, PostRef, Want, powers
from connectors.youtube.client import until_midnight
from connectors.youtube.connector import YouTube, query_of
from connectors.youtube.parse import threads
from connectors.youtube.settings import Settings
from tests.fakes.wire import Wire
from tests.fakes.youtube import OURS, VIDEO, FakeYouTube

ANSWER = json.loads((Path(__file__).parents[1] / "answers" / "youtube" / "threads.json").read_text("utf-8"))
NOW = HttpConnectorContract.now
WANT = Want(terms=("acme", "Acme Care"))
CONSENT = {"client_id": "app", "client_secret": "app-SECRET", "refresh_token": "refresh-SECRET"}


def ear(fake: FakeYouTube, **more: Any) -> YouTube:
    chosen = {"channel_id": OURS, "api_key": "key-SECRET", "searches_a_day": 0, **more}
    return YouTube(Settings(**chosen), http=Http(transport=Wire(fake), now=fake.now), now=fake.now)


def later(fake: FakeYouTube, **span: float) -> None:
    fake.now = lambda: NOW + timedelta(**span)


@pytest.fixture
def fake() -> FakeYouTube:
    return FakeYouTube(now=lambda: NOW)


class TestYouTube(HttpConnectorContract):
    want = WANT
    secret = "SECRET"
    consent: dict[str, Any] = {}  # noqa: RUF012 read only

    def over(self, http: Http) -> Connector:
        settings = Settings(channel_id=OURS, api_key="key-SECRET", videos=("elsewhere1",), **self.consent)  # type: ignore[arg-type]
        return YouTube(settings, http=http, now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        fake = FakeYouTube(now=self.clock)
        fake.page_limit = 40
        fake.comment("too long ago", at=self.now - timedelta(days=6))
        for number in range(90):
            fake.comment(
                f"empty box {number}", f"UCpatpatpat{number:05d}", at=self.now - timedelta(minutes=400 - number)
            )
        fake.comment("sorry!", OURS, to="Ug9", at=self.now - timedelta(minutes=5))
        fake.comment("acme is no better", video="elsewhere1", at=self.now - timedelta(minutes=7))
        fake.film("Acme tested", "the truth", at=self.now - timedelta(minutes=30))
        return Wire(fake)

    def saying(self, text: str) -> Connector:
        fake = FakeYouTube(now=self.clock)
        fake.comment(text, at=self.now - timedelta(minutes=1))
        settings = Settings(channel_id=OURS, api_key="key-SECRET")  # type: ignore[arg-type]
        return YouTube(settings, http=Http(transport=Wire(fake), now=self.clock), now=self.clock)

    def test_it_can_do_what_youtube_allows(self) -> None:
        assert powers(self.make()) == ["Rechecks", "Converses", "Routes", "Probes"]


class TestYouTubeWithConsent(TestYouTube):
    """The same signed in as the channel."""

    consent = CONSENT


def test_a_thread_is_read_with_its_replies_and_ours_are_known() -> None:
    told = threads(ANSWER, OURS)
    top, reply = told.posts
    assert (top.text, top.author.id, top.author.handle) == ("The box arrived empty…", "UCquietfern0001", "quietfern")
    assert top.url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ&lc=UgyA"
    assert (top.engagement, top.edited_at) == (7, top.created_at + timedelta(minutes=6))
    assert (reply.by_us, reply.in_reply_to, reply.thread) == (True, top.ref, "UgyA")
    assert (len(told.poison), told.after, told.tag) == (1, "QURTS", "e-1")


def test_what_is_said_under_our_videos_is_said_to_us(fake: FakeYouTube) -> None:
    fake.comment("empty box", at=NOW - timedelta(minutes=5))
    fake.comment("nice film", video="elsewhere1", at=NOW - timedelta(minutes=5))
    [heard] = posts(ear(fake, channel_id="", videos=("elsewhere1",)).fetch(Want(terms=("nice",))))
    assert (heard.text, heard.to_us) == ("nice film", False)
    assert [post.to_us for post in posts(ear(fake).fetch(WANT))] == [True, True]


def test_a_video_without_comments_is_passed_over(fake: FakeYouTube) -> None:
    fake.off = {"elsewhere1"}
    fake.comment("empty box", at=NOW - timedelta(minutes=5))
    [page] = ear(fake, videos=("elsewhere1",)).fetch(WANT)
    assert (len(page.posts), page.covered is not None) == (1, True)


def test_an_unchanged_list_is_asked_with_its_etag(fake: FakeYouTube) -> None:
    fake.comment("empty box", at=NOW - timedelta(minutes=5))
    [page] = ear(fake).fetch(WANT)
    later(fake, minutes=5)
    [again] = ear(fake).fetch(replace(WANT, cursor=page.cursor))
    assert "if-none-match" in fake.asked_for("/commentThreads")[1].headers
    assert (again.posts, again.covered is not None) == ((), True)


def rounds(fake: FakeYouTube, cursor: str | None, many: int, **more: Any) -> tuple[list[str], Any]:
    """So many reads, five minutes apart: what they heard, and the last page."""
    heard: list[str] = []
    page = None
    for _read in range(many):
        pages = list(ear(fake, **more).fetch(replace(WANT, cursor=cursor)))
        heard += [post.text for post in posts(pages)]
        page, cursor, now = pages[-1], pages[-1].cursor, fake.now() + timedelta(minutes=5)
        fake.now = lambda now=now: now  # type: ignore[misc]
    return heard, page


def test_a_reply_to_a_year_old_comment_is_heard_once(fake: FakeYouTube) -> None:
    old = [fake.comment(f"last year {n}", at=NOW - timedelta(days=400, minutes=n)) for n in range(120)]
    fake.page_limit = 25
    [page] = ear(fake).fetch(WANT)
    fake.comment("it broke again after a year", to=old[110], at=NOW + timedelta(minutes=1))
    later(fake, minutes=5)
    heard, last = rounds(fake, page.cursor, 8)
    assert heard == ["it broke again after a year"]
    assert last.covered is not None


def test_of_a_thread_with_many_replies_the_new_one_is_read_and_the_others_not_again(fake: FakeYouTube) -> None:
    top = fake.comment("everybody has something to say", at=NOW - timedelta(days=300))
    for number in range(12):
        fake.comment(f"old {number}", to=top, at=NOW - timedelta(days=200, minutes=number))
    [page] = ear(fake).fetch(WANT)
    later(fake, minutes=5)
    heard, last = rounds(fake, page.cursor, 8)
    assert (heard, len(fake.asked_for("/comments"))) == ([], 1)
    fake.comment("and mine never came", to=top, at=fake.now())
    fake.comment("sorry!", OURS, to=top, at=fake.now())
    heard, last = rounds(fake, last.cursor, 8)
    assert heard == ["and mine never came", "sorry!"]
    assert len(fake.asked_for("/comments")) == 2


def test_the_rounds_keep_to_their_part_of_the_quota_and_say_how_late_they_are(fake: FakeYouTube) -> None:
    for number in range(100):
        fake.comment(f"last year {number}", at=NOW - timedelta(days=400, minutes=number))
    fake.page_limit = 2
    [page] = ear(fake).fetch(WANT)
    later(fake, minutes=5)
    before = len(fake.log)
    _, last = rounds(fake, page.cursor, 12, older_units_a_day=100)
    assert len(fake.log) - before - 12 <= 27  # a quarter of the day in California, of a hundred
    told = json.loads(last.cursor)
    assert told["tags"]["older"].startswith("0 p")
    fake.page_limit = 100
    later(fake, hours=8)
    _, last = rounds(fake, last.cursor, 1, older_units_a_day=100)
    assert "took 8 hours" in last.notice
    assert rounds(fake, page.cursor, 1, older_units_a_day=0)[1].notice is None


def test_a_place_that_youtube_no_longer_knows_ends_the_round_with_a_sentence(fake: FakeYouTube) -> None:
    fake.comment("last year", at=NOW - timedelta(days=400))
    [page] = ear(fake).fetch(WANT)
    told = json.loads(page.cursor or "")
    told["tags"]["older"] = "0 p900"
    told["turns"] |= {"older began": int(NOW.timestamp()) - 60, "older reached": int(NOW.timestamp()) - 9 * 86_400}
    fake.unknown = "p900"
    [again] = ear(fake).fetch(replace(WANT, cursor=json.dumps(told)))
    assert again.notice == "YouTube lists comments back to 25 April 2026 only: replies to older ones are not heard."
    assert json.loads(again.cursor or "")["tags"]["older"] == ""


def test_searches_are_spread_over_the_day_across_restarts(fake: FakeYouTube) -> None:
    fake.film("Acme tested", "", at=NOW - timedelta(minutes=5))
    [page] = ear(fake, searches_a_day=90).fetch(WANT)
    assert [post.ref.id for post in page.posts] == ["video:film00000"]
    later(fake, minutes=15)
    pages = list(ear(fake, searches_a_day=90).fetch(replace(WANT, cursor=page.cursor)))
    assert len(fake.asked_for("/search")) == 1
    fake.film("Acme again & again", "still", at=NOW + timedelta(minutes=1))
    later(fake, minutes=17)
    [found] = posts(ear(fake, searches_a_day=90).fetch(replace(WANT, cursor=pages[-1].cursor)))
    assert (found.title, found.text) == ("Acme again & again", "still")
    assert fake.asked_for("/search")[0].one("q") == '"acme"|"acme care"'


def test_the_quota_of_the_day_is_counted_in_the_cursor_and_never_passed(fake: FakeYouTube) -> None:
    fake.comment("empty box", at=NOW - timedelta(minutes=5))
    [page] = ear(fake, units_a_day=100).fetch(WANT)
    assert page.rate is not None
    assert page.rate.left == 99
    cursor = json.loads(page.cursor or "")
    cursor["turns"]["units"] = 100
    with pytest.raises(RateLimited, match="quota") as raised:
        list(ear(fake, units_a_day=100).fetch(replace(WANT, cursor=json.dumps(cursor))))
    assert raised.value.retry_after == timedelta(hours=19, seconds=1)  # noon UTC is five in the morning there
    later(fake, days=1)
    assert next(ear(fake, units_a_day=100).fetch(replace(WANT, cursor=json.dumps(cursor)))).rate is not None


def test_googles_own_word_that_the_quota_is_used_up_rests_until_midnight_there(fake: FakeYouTube) -> None:
    fake.refuse = "quotaExceeded"
    with pytest.raises(RateLimited) as raised:
        list(ear(fake).fetch(WANT))
    assert raised.value.retry_after == until_midnight(NOW)
    assert until_midnight(datetime(2026, 12, 1, 7, 59, 59, tzinfo=UTC)) == timedelta(seconds=2)


def test_what_became_of_comments_and_videos_is_looked_up(fake: FakeYouTube) -> None:
    here, film = fake.comment("empty box"), fake.film("Acme", "tested")
    asked = [PostRef("youtube", id_) for id_ in (here, "Ug77", f"video:{film}", "video:film99999")]
    page = ear(fake).recheck(asked)
    assert [post.ref for post in page.posts] == [asked[0], asked[2]]
    assert page.gone == (asked[1], asked[3])


def test_a_comment_that_cannot_be_read_is_not_taken_for_gone(fake: FakeYouTube) -> None:
    odd = httpx.MockTransport(lambda request: httpx.Response(200, json={"items": [{"id": "Ug1"}]}))
    with pytest.raises(Unavailable):
        YouTube(Settings(api_key="k"), http=Http(transport=odd), now=fake.now).recheck([PostRef("youtube", "Ug1")])  # type: ignore[arg-type]


def test_a_thread_is_read_from_any_of_its_comments(fake: FakeYouTube) -> None:
    top = fake.comment("empty box", at=NOW - timedelta(minutes=5))
    below = fake.comment("mine too", to=top, at=NOW)
    page = ear(fake).conversation(PostRef("youtube", below))
    assert [post.ref.id for post in page.posts] == [top, below]
    assert ear(fake).conversation(PostRef("youtube", "Ug77")).gone == (PostRef("youtube", "Ug77"),)


def test_a_comment_is_answered_with_consent_and_a_video_on_youtube(fake: FakeYouTube) -> None:
    fake.comment("empty box", at=NOW - timedelta(minutes=5))
    fake.film("Acme", "", at=NOW - timedelta(minutes=5))
    said, film = sorted(posts(ear(fake, searches_a_day=90).fetch(WANT)), key=lambda post: post.kind)
    assert isinstance(ear(fake).route(said), Native)
    assert ear(fake, **CONSENT).route(said) == Here("youtube")
    assert isinstance(ear(fake, **CONSENT).route(film), Native)
    assert VIDEO in said.url


def test_the_probe_says_whose_channel_it_is(fake: FakeYouTube) -> None:
    assert "“Acme”" in ear(fake).probe()
    assert "answers as the channel" in ear(fake, **CONSENT).probe()
    assert "no channel" in ear(fake, channel_id="").probe()
    with pytest.raises(Unavailable, match="no channel"):
        ear(fake, channel_id="UCsomebodyelse01").probe()
    with pytest.raises(AuthFailed, match="key"):
        ear(fake, api_key=None).probe()


def test_names_make_one_question() -> None:
    assert query_of(Want(terms=('Ac"me', "a|b"), hashtags=("#AcmeFail",))) == '"ac me"|"a b"|"acmefail"'


@pytest.mark.parametrize("wrong", [{"channel_id": "acme"}, {"videos": ("a b",)}, {"refresh_token": "x"}])
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)
