"""Facebook, Instagram and Threads: their webhooks' door, what each says, the search, and their answers; by the kit.

The shapes are our own, written after Meta's documentation.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable
from connectors.facebook.connector import Facebook
from connectors.facebook.settings import Settings as FacebookSettings
from connectors.hooks import Admitted, Arrival, Challenge, Delivery, Hooked, Refused
from connectors.http import Http
from connectors.instagram.connector import Instagram
from connectors.instagram.settings import Settings as InstagramSettings
from connectors.testing import ConnectorContract, HttpConnectorContract, Signed, posts, refs
from connectors.threads.connector import Threads
from connectors.threads.settings import Settings as ThreadsSettings
from connectors.types import Connector, Here, Native, Page, PostRef, Span, Want
from tests.fakes.meta import OURS, TOKEN, FakeMeta
from tests.fakes.wire import Wire

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SECRET, VERIFY = "app-s3cret", "acme verifies"
KEYS = {"app_secret": SECRET, "verify_token": VERIFY, "access_token": TOKEN, "account_id": OURS, "handle": "acme_care"}
AT = int(NOON.timestamp())


def comment(id_: str, text: str, **more: Any) -> dict[str, Any]:
    value = {
        "item": "comment", "verb": "add", "comment_id": id_, "post_id": "100_7", "parent_id": "100_7", "message": text,
        "from": {"id": "555", "name": "Ada L"}, "created_time": AT - 600,
    }  # fmt: skip
    return {"field": "feed", "value": value | more}


def page_of(*changes: Any, kind: str = "page") -> dict[str, Any]:
    return {"object": kind, "entry": [{"id": OURS, "time": AT - 30, "changes": list(changes)}]}


TWO = page_of(comment("7_1", "acme lost my bag"), comment("7_2", "acme again", created_time=AT - 300))
GRAMS = page_of(
    {"field": "comments", "value": {"id": "181", "from": {"id": "9", "username": "ada"}, "text": "acme, where is it?",
                                    "media": {"id": "77", "media_product_type": "FEED"}}},
    {"field": "mentions", "value": {"media_id": "78", "comment_id": "182"}},
    kind="instagram",
)  # fmt: skip
THREADED = {
    "app_id": "1", "topic": "moderate", "target_id": OURS, "time": AT - 60, "subscription_id": "2",
    "values": {"field": "replies", "value": {
        "id": "8901", "username": "Ada.L", "text": "acme, still waiting", "media_type": "TEXT_POST",
        "permalink": "https://www.threads.net/@ada.l/post/Pp", "replied_to": {"id": "567"},
        "root_post": {"id": "123", "owner_id": OURS, "username": "acme_care"}, "timestamp": "2026-05-04T11:33:16+0000",
    }},
}  # fmt: skip


class Kept:
    """Deliveries as the store keeps them."""

    def __init__(self, *bodies: Any) -> None:
        self.rows = [Delivery(number, json.dumps(body).encode(), NOON) for number, body in enumerate(bodies, 1)]

    def after(self, place: int, most: int) -> Sequence[Delivery]:
        return [row for row in self.rows if row.id > place][:most]


def fake() -> FakeMeta:
    made = FakeMeta(now=lambda: NOON)
    told = {"text": "@acme_care lost it", "timestamp": "2026-05-04T11:50:00+0000", "username": "bob"}
    made.objects["182"] = {**told, "id": "182", "media": {"id": "78", "permalink": "https://www.instagram.com/p/x/"}}
    made.thread("1", "Acme lost my bag", NOON - timedelta(hours=2))
    made.thread("2", "acme, hello?", NOON - timedelta(hours=1), "bob")
    made.thread("3", "we at acme are here", NOON - timedelta(minutes=30), "acme_care")
    return made


def over(kind: type, platform: FakeMeta, *bodies: Any, now: datetime = NOON, **more: Any) -> Any:
    settings = kind.Settings.model_validate(KEYS | {"base_url": "https://graph.test/v1"} | more)  # type: ignore[attr-defined]
    made = kind(settings, http=Http(transport=Wire(platform), now=lambda: now), now=lambda: now)
    made.inbox = Kept(*bodies)
    return made


class Posted(Signed, ConnectorContract):
    """What is posted to us has no past to read again."""

    secret = TOKEN
    bounded_first_look = False

    def arriving(self) -> Arrival:
        return arrival(BODY)

    def test_a_backfill_stays_inside_its_time(self) -> None:
        (page,) = self.pages(Want(since=NOON - timedelta(hours=2), until=NOON))
        assert (page.posts, page.lost) == ((), Span(NOON - timedelta(hours=2), NOON))


class TestFacebook(Posted):
    def make(self) -> Connector:
        return over(Facebook, fake(), TWO)  # type: ignore[no-any-return]

    def saying(self, text: str) -> Connector:
        return over(Facebook, fake(), page_of(comment("7_1", text)))  # type: ignore[no-any-return]


class TestInstagram(Posted):
    def make(self) -> Connector:
        return over(Instagram, fake(), GRAMS)  # type: ignore[no-any-return]


class TestThreads(HttpConnectorContract):
    secret = TOKEN
    want = Want(terms=("acme",), own=frozenset({"acme_care"}))

    def over(self, http: Http) -> Connector:
        settings = ThreadsSettings.model_validate(KEYS | {"base_url": "https://graph.test/v1"})
        return Threads(settings, http=http, now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        return Wire(fake())

    def saying(self, text: str) -> Connector:
        platform = FakeMeta(now=self.clock)
        platform.thread("1", "", NOON - timedelta(hours=1))
        platform.found[0]["text"] = text
        platform.answer = lambda asked: _found(platform)  # type: ignore[method-assign]
        return self.over(Http(transport=Wire(platform), now=self.clock))


def _found(platform: FakeMeta) -> Any:
    from tests.fakes.server import Told

    return Told({"data": platform.found})


def arrival(body: bytes, secret: str = SECRET) -> Arrival:
    mark = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Arrival("POST", {}, {"x-hub-signature-256": f"sha256={mark}"}, body)


ALL = [(Facebook, TWO), (Instagram, GRAMS), (Threads, THREADED)]
BODY = json.dumps(TWO).encode()


@pytest.mark.parametrize("kind", [Facebook, Instagram, Threads])
def test_the_address_is_confirmed_to_who_knows_the_verify_token(kind: type) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "115820"}
    assert isinstance(over(kind, fake()), Hooked)
    assert over(kind, fake()).admit(Arrival("GET", asked, {}, b"")) == Challenge("115820")
    for wrong in ({"hub.verify_token": "no"}, {"hub.mode": "x"}, {"hub.challenge": "<b>"}, {"hub.challenge": ""}):
        assert isinstance(over(kind, fake()).admit(Arrival("GET", asked | wrong, {}, b"")), Refused)
    assert isinstance(over(kind, fake(), verify_token=None).admit(Arrival("GET", asked, {}, b"")), Refused)


@pytest.mark.parametrize("kind", [Facebook, Instagram, Threads])
def test_only_what_the_apps_secret_signed_is_taken(kind: type) -> None:
    good = over(kind, fake()).admit(arrival(BODY))
    assert isinstance(good, Admitted)
    assert good == over(kind, fake()).admit(arrival(BODY))
    mark = arrival(BODY).headers["x-hub-signature-256"]
    for headers in ({}, {"x-hub-signature-256": "sha1=" + mark[7:]}, {"x-hub-signature-256": mark[7:]},
                    {"x-hub-signature-256": "sha256="}, {"x-hub-signature": mark}):  # fmt: skip
        verdict = over(kind, fake()).admit(replace(arrival(BODY), headers=headers))
        assert verdict == Refused(401, "This is not signed with this source's app secret.")
    assert isinstance(over(kind, fake()).admit(arrival(BODY, "other")), Refused)
    assert isinstance(over(kind, fake(), app_secret=None).admit(arrival(BODY, "")), Refused)
    assert over(kind, fake()).admit(arrival(b"[]")) == Refused(400, "The body is no JSON object.")


def heard(kind: type, *bodies: Any, platform: FakeMeta | None = None, **more: Any) -> list[Page]:
    return list(over(kind, platform or fake(), *bodies, **more).fetch(Want()))


def test_a_comment_on_our_page_is_read_as_it_was_posted() -> None:
    first, second = posts(heard(Facebook, TWO))
    assert (first.text, first.author.id, first.author.name) == ("acme lost my bag", "555", "Ada L")
    assert (first.kind, first.in_reply_to, first.thread) == ("comment", PostRef("facebook", "100_7"), "100_7")
    assert first.created_at == NOON - timedelta(minutes=10)
    assert first.through == "hook feed"
    assert second.url == "https://www.facebook.com/7_2"


def test_our_own_page_is_known_by_its_handle() -> None:
    (post,) = posts(
        heard(Facebook, page_of(comment("7_3", "We look into it", **{"from": {"id": OURS, "name": "Acme"}})))
    )
    assert post.author.handle == "acme_care"


def test_a_deleted_or_hidden_comment_is_gone_and_an_edited_one_comes_again() -> None:
    told = page_of(comment("7_1", "", verb="remove"), comment("7_2", "other words", verb="edited"))
    (page, _end) = heard(Facebook, told)
    assert page.gone == (PostRef("facebook", "7_1"),)
    assert (page.posts[0].text, page.posts[0].edited_at) == ("other words", NOON)


def test_what_is_no_words_is_left_out_and_what_cannot_be_read_is_set_aside() -> None:
    like = {"field": "feed", "value": {"item": "like", "verb": "add", "post_id": "100_7"}}
    told = page_of(like, {"field": "feed", "value": 7}, comment("", "x"), {"field": "ratings", "value": {}}, "odd")
    (page, _end) = heard(Facebook, told)
    assert (page.posts, len(page.poison)) == ((), 3)


def test_a_mention_that_only_names_a_post_is_looked_up() -> None:
    platform = fake()
    platform.objects["900_1"] = {"id": "900_1", "message": "Never again, Acme", "from": {"id": "8", "name": "Bo"},
                                 "created_time": "2026-05-04T11:00:00+0000"}  # fmt: skip
    named = {"field": "mention", "value": {"item": "post", "verb": "add", "post_id": "900_1"}}
    gone = {"field": "mention", "value": {"item": "post", "verb": "add", "post_id": "900_2"}}
    (page, _end) = heard(Facebook, page_of(named, gone), platform=platform)
    assert [(post.text, post.kind, post.created_at.hour) for post in page.posts] == [("Never again, Acme", "post", 11)]
    assert page.gone == (PostRef("facebook", "900_2"),)


def test_while_a_mention_cannot_be_looked_up_the_delivery_stays_to_be_read() -> None:
    platform = fake()
    platform.refuse = (400, 4, "Application request limit reached")
    ear = over(Instagram, platform, GRAMS)
    with pytest.raises(RateLimited):
        list(ear.fetch(Want()))
    platform.refuse = None
    assert len(refs(ear.fetch(Want()))) == 2


def test_a_mention_on_instagram_is_asked_for_and_keeps_its_own_time() -> None:
    first, second = posts(heard(Instagram, GRAMS))
    assert [first.text, second.text] == ["@acme_care lost it", "acme, where is it?"]
    assert (first.author.handle, first.created_at) == ("bob", datetime(2026, 5, 4, 11, 50, tzinfo=UTC))
    assert json.loads(first.answer_to or "") == {"media": "78", "comment": "182", "mention": "yes"}
    assert second.created_at == NOON - timedelta(seconds=30)


def test_without_a_token_a_mention_is_set_aside_with_the_reason() -> None:
    (page, _end) = heard(Instagram, GRAMS, access_token=None)
    assert len(page.posts) == 1
    assert "access_token and account_id are missing" in page.poison[0].why


def test_a_reply_on_threads_is_read_as_it_was_posted_and_a_deletion_hides() -> None:
    deleted = {"time": AT, "values": [{"field": "delete", "value": {"id": "8901"}}, {"field": "publish", "value": {}}]}
    (page, *_rest) = heard(Threads, THREADED, deleted, search=False)
    (post,) = page.posts
    assert (post.text, post.author.id, post.kind) == ("acme, still waiting", "ada.l", "reply")
    assert (post.in_reply_to, post.thread) == (PostRef("threads", "567"), "123")
    assert page.gone == (PostRef("threads", "8901"),)


def test_search_and_webhook_resume_each_where_it_was() -> None:
    platform = fake()
    want = Want(terms=("acme",), own=frozenset({"acme_care"}))
    pages = list(over(Threads, platform, THREADED).fetch(want))
    assert sorted(ref.id for ref in refs(pages)) == ["1", "2", "8901"]
    later = NOON + timedelta(hours=1)
    platform.thread("4", "acme!", NOON + timedelta(minutes=50))
    ear = over(Threads, platform, THREADED, TWO, now=later)
    assert [ref.id for ref in refs(ear.fetch(replace(want, cursor=pages[-1].cursor)))] == ["4"]
    assert pages[-1].covered == Span(NOON - timedelta(hours=24), NOON)


def test_searches_are_spread_over_the_day() -> None:
    platform = fake()
    want = Want(terms=("acme", "acme parcels"))
    (*_first, last) = over(Threads, platform, searches_a_day=24).fetch(want)
    platform.log.clear()
    soon = list(
        over(Threads, platform, now=NOON + timedelta(minutes=119), searches_a_day=24).fetch(
            replace(want, cursor=last.cursor)
        )
    )
    assert platform.log == []
    assert [page.covered for page in soon] == [Span(NOON, NOON)]  # nothing is claimed that was not searched
    list(
        over(Threads, platform, now=NOON + timedelta(minutes=120), searches_a_day=24).fetch(
            replace(want, cursor=last.cursor)
        )
    )
    assert len(platform.log) == 2


def test_more_than_may_be_read_at_once_is_a_gap() -> None:
    platform = FakeMeta(now=lambda: NOON)
    for number in range(30):
        platform.thread(str(number), "acme", NOON - timedelta(minutes=60 - number))
    platform.page = 10
    (_hook, page) = over(Threads, platform, most_pages=2).fetch(Want(terms=("acme",)))
    assert (len(page.posts), page.truncated) == (20, True)
    assert page.covered == Span(NOON - timedelta(minutes=50), NOON)


CODES: Mapping[tuple[int, int], type[PlatformError]] = {
    (400, 190): AuthFailed, (400, 4): RateLimited, (403, 80_002): RateLimited, (400, 613): RateLimited,
    (403, 10): AuthFailed, (403, 200): AuthFailed, (403, 0): AuthFailed, (400, 2): Unavailable, (400, 100): Rejected,
}  # fmt: skip


@pytest.mark.parametrize(("status", "code"), CODES)
def test_metas_codes_mean_one_of_the_five_errors(status: int, code: int) -> None:
    platform = fake()
    platform.refuse = (status, code, "no")
    with pytest.raises(PlatformError) as raised:
        list(over(Threads, platform).fetch(Want(terms=("acme",))))
    assert type(raised.value) is CODES[status, code]


@pytest.mark.parametrize(("kind", "body"), ALL)
def test_answers_are_given_here_with_a_token_and_natively_without(kind: type, body: Any) -> None:
    (post, *_more) = posts(heard(kind, body, **({"search": False} if kind is Threads else {})))
    assert over(kind, fake()).route(post) == Here(kind.platform)  # type: ignore[attr-defined]
    assert isinstance(over(kind, fake(), access_token=None).route(replace(post, url="https://a.test/1")), Native)
    assert type(over(kind, fake(), access_token=None).route(replace(post, url=""))).__name__ == "Closed"


def test_each_says_whose_token_it_has() -> None:
    assert over(Facebook, fake()).probe() == "webhooks are taken; signed in as Acme"
    assert over(Instagram, fake()).probe() == "webhooks are taken; signed in as @acme_care"
    assert over(Threads, fake()).probe() == "signed in as @acme_care"
    for kind in (Facebook, Instagram, Threads):
        assert "no app_secret" in over(kind, fake(), app_secret=None, access_token=None).probe()


def test_settings_know_the_kinds_of_keys() -> None:
    with pytest.raises(ValueError, match="account_id"):
        FacebookSettings(account_id="acme")
    with pytest.raises(ValueError, match="base_url"):
        InstagramSettings(base_url="graph.facebook.com")


ELEVEN = "2026-05-04T11:00:00+0000"


def ref(platform: str, id_: str) -> PostRef:
    return PostRef(platform, id_)


def gram(id_: str, text: str, **more: Any) -> dict[str, Any]:
    told = {"id": id_, "text": text, "username": "ada", "timestamp": "2026-05-04T11:00:00+0000"}
    return (
        told | {"from": {"id": "9", "username": "ada"}, "media": {"id": "77", "permalink": "https://x.test/p"}} | more
    )


def test_an_instagram_comment_is_looked_up_and_one_that_was_deleted_is_gone() -> None:
    platform = fake()
    platform.objects |= {"181": gram("181", "acme, where is it now?"), "182": gram("182", "hello @acme_care")}
    platform.only_mentioned = {"182"}
    (before, _end) = heard(Instagram, page_of(GRAMS["entry"][0]["changes"][0], kind="instagram"), platform=platform)
    told = over(Instagram, platform).recheck([ref("instagram", id_) for id_ in ("181", "182", "190")])
    comment, mention = told.posts
    assert (comment.text, comment.author.id, comment.thread) == ("acme, where is it now?", "9", "77")
    assert (before.posts[0].ref, before.posts[0].answer_to) == (comment.ref, comment.answer_to)
    assert (mention.text, mention.author.handle) == ("hello @acme_care", "ada")
    assert told.gone == (ref("instagram", "190"),)


def test_a_threads_post_that_was_edited_comes_again_and_one_that_was_deleted_is_gone() -> None:
    platform = FakeMeta(now=lambda: NOON)
    platform.thread("1", "acme lost my bag, then found it", NOON - timedelta(hours=5))
    connector = over(Threads, platform)
    list(connector.fetch(Want(terms=("acme",))))
    told = connector.recheck([ref("threads", "1"), ref("threads", "2")])
    assert [(post.ref.id, post.text) for post in told.posts] == [("1", "acme lost my bag, then found it")]
    assert told.gone == (ref("threads", "2"),)


def test_where_no_strangers_post_can_be_looked_up_none_is_taken_for_gone() -> None:
    platform = FakeMeta(now=lambda: NOON)
    platform.thread("1", "acme lost my bag", NOON - timedelta(hours=5))
    platform.objects["8901"] = {"id": "8901", "username": "bo", "text": "x", "timestamp": ELEVEN, "is_reply": True}
    platform.shows_strangers = False
    connector = over(Threads, platform)
    list(connector.fetch(Want(terms=("acme",))))
    told = connector.recheck([ref("threads", "1"), ref("threads", "8901")])
    assert ([post.ref.id for post in told.posts], told.gone) == (["8901"], ())


@pytest.mark.parametrize("kind", [Facebook, Instagram])
def test_if_nothing_can_be_seen_nothing_is_gone(kind: type) -> None:
    gone = [ref(kind.platform, "501"), ref(kind.platform, "502")]  # type: ignore[attr-defined]
    platform = fake()
    assert over(kind, platform).recheck(gone).gone == ()
    platform.objects["181"] = gram("181", "x", message="x", permalink_url="https://x.test/p")
    connector = over(kind, platform, page_of(comment("181", "x")) if kind is Facebook else GRAMS)
    list(connector.fetch(Want()))
    connector._lately = "181"
    assert connector.recheck(gone).gone == tuple(gone)


@pytest.mark.parametrize("kind", [Facebook, Instagram, Threads])
def test_a_token_that_lost_its_permission_hides_no_post(kind: type) -> None:
    platform = fake()
    platform.refuse = (400, 10, "Application does not have permission for this action")
    with pytest.raises(AuthFailed):
        over(kind, platform).recheck([ref(kind.platform, "1")])  # type: ignore[attr-defined]
    assert over(kind, fake(), access_token=None).recheck([ref(kind.platform, "1")]) == Page()  # type: ignore[attr-defined]
