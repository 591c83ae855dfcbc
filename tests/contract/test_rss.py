"""Feeds obey the kit, over a server that knows ETags as good servers do."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import httpx
import pytest
import respx

from connectors.errors import Rejected, Unavailable
from connectors.http import Http
from connectors.rss.connector import Rss
from connectors.rss.parse import feed
from connectors.rss.settings import Settings
from connectors.testing import HttpConnectorContract, posts, refs
from connectors.types import Connector, Native, Page, PostRef, Span, Want, powers

ANSWERS = Path(__file__).parents[1] / "answers" / "rss"
FORUM = (ANSWERS / "forum.xml").read_bytes()
BLOG = (ANSWERS / "blog.atom").read_bytes()
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
URL = "https://forum.example/latest.rss"


class Server(httpx.MockTransport):
    """Gives `body`, or 304 to those who know its ETag."""

    def __init__(self, body: bytes, **headers: str) -> None:
        super().__init__(self.answer)
        self.body = body
        self.headers = {"content-type": "application/rss+xml", **headers}
        self.asked: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        etag = f'"{hash(self.body)}"'
        if request.headers.get("if-none-match") == etag:
            return httpx.Response(304)
        return httpx.Response(200, headers={**self.headers, "etag": etag}, content=self.body)


def rss(body: bytes | Server, now: datetime = NOON, url: str = URL, **more: int) -> Rss:
    server = body if isinstance(body, Server) else Server(body)
    return Rss(Settings(url=url, **more), http=Http(transport=server), now=lambda: now)


def items(*inside: str) -> bytes:
    parts = "".join(f"<item>{part}</item>" for part in inside)
    return f"<rss version='2.0'><channel><title>f</title>{parts}</channel></rss>".encode()


class TestRss(HttpConnectorContract):
    secret = "s3cret-feed-token"

    def over(self, http: Http) -> Connector:
        return Rss(Settings.model_validate({"url": URL, "token": self.secret}), http=http, now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        return Server(FORUM)

    def saying(self, text: str) -> Connector:
        safe = escape("".join(letter for letter in text if letter.isprintable()))
        return rss(items(f"<guid>1</guid><link>https://a.test/1</link><description>{safe}</description>"))


class TestAtom(TestRss):
    def answers(self) -> httpx.BaseTransport:
        return Server(BLOG)


def test_an_item_is_read_as_its_words() -> None:
    heard = posts(rss(FORUM).fetch(Want()))
    first, second = heard
    assert second.text == "Third time this month.\n\nSee my list (https://forum.example/u/tilda)."
    assert (second.title, second.author.name, second.language) == ("Acme lost it again", "Tilda", "en")
    assert second.created_at == datetime(2026, 5, 4, 11, 40, tzinfo=UTC)
    assert first.text == "Does a 5 < 6 & 7 box fit an Acme locker?\nAsking for a friend."
    assert first.author.id == "forum.example/osk & co"


def test_an_atom_entry_is_read_as_its_words() -> None:
    first, second = posts(rss(BLOG).fetch(Want()))
    assert (first.title, first.text) == ("Acme & die verlorene Woche", "Kein Paket.\n\nKeine Antwort.")
    assert (first.author.name, first.language, first.ref.id) == ("Ümit", "de", "tag:paketblog.example,2026:acme")
    assert first.created_at == datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
    assert second.created_at == datetime(2026, 5, 4, 11, 0, tzinfo=UTC)


def test_a_feed_without_items_is_no_trouble() -> None:
    (page,) = rss(items()).fetch(Want(terms=("acme",)))
    assert (page.posts, page.poison) == ((), ())
    assert page.cursor


def test_an_unchanged_feed_costs_one_small_answer() -> None:
    server = Server(FORUM, **{"last-modified": "Mon, 04 May 2026 11:59:00 GMT"})
    (first,) = rss(server).fetch(Want())
    (second,) = rss(server, NOON + timedelta(minutes=5)).fetch(Want(cursor=first.cursor))
    assert second.posts == ()
    assert second.covered == Span(NOON, NOON + timedelta(minutes=5))
    assert server.asked[1].headers["if-modified-since"] == "Mon, 04 May 2026 11:59:00 GMT"
    (third,) = rss(server).fetch(Want(cursor=second.cursor))
    assert third.posts == ()


def test_only_new_and_edited_items_come_again() -> None:
    (first,) = rss(FORUM).fetch(Want())
    changed = FORUM.replace(b"Third time", b"Fourth time").replace(b"topic-911<", b"topic-913<")
    (page,) = rss(changed, NOON + timedelta(minutes=5)).fetch(Want(cursor=first.cursor))
    new, edited = page.posts
    assert new.ref.id.endswith("topic-913")
    assert edited.text.startswith("Fourth")
    assert edited.edited_at == NOON + timedelta(minutes=5)
    assert page.lost is None


def test_an_item_without_a_date_keeps_the_moment_it_was_first_seen() -> None:
    (first,) = rss(items("<guid>1</guid><title>acme</title>")).fetch(Want())
    assert [(post.clock, post.created_at) for post in first.posts] == [("estimated", NOON)]
    body = items("<guid>1</guid><title>acme!</title>", "<guid>2</guid><title>acme</title><pubDate>never</pubDate>")
    later = NOON + timedelta(hours=3)
    (second,) = rss(body, later).fetch(Want(cursor=first.cursor))
    assert [(post.title, post.created_at) for post in second.posts] == [("acme!", NOON), ("acme", later)]


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00Z", "99999-01-01T00:00:00Z", "soon", ""])
def test_an_impossible_date_is_estimated_or_kept_but_never_fatal(date: str) -> None:
    body = items(f"<guid>1</guid><title>acme</title><pubDate>{date}</pubDate>")
    (page,) = rss(body).fetch(Want(since=datetime.min.replace(tzinfo=UTC)))
    assert len(page.posts) + len(page.poison) == 1


def test_ids_are_stable_and_differ_between_feeds() -> None:
    body = items("<guid>1</guid><title>a</title>", "<title>b</title>", "<title>b</title>", "<title>c</title>")
    one, same, other = (refs(rss(body, url=url).fetch(Want())) for url in (URL, URL, "https://b.test/f"))
    assert one == same
    assert len(one) == 3
    assert not set(one) & set(other)
    (long,) = refs(rss(items(f"<guid>https://a.test/{'x' * 9000}</guid><title>a</title>")).fetch(Want()))
    assert len(long.id) < 100


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "https://user:pw@a.test/", "/relative", ""]
)
def test_a_link_that_is_none_falls_back_to_the_feed(link: str) -> None:
    (post,) = posts(rss(items(f"<guid>1</guid><title>acme</title><link>{link}</link>")).fetch(Want()))
    assert post.url == URL


def test_markup_in_a_title_is_text() -> None:
    body = items("<guid>1</guid><title>Acme &lt;img src=x onerror=alert(1)&gt;</title><description>late</description>")
    (post,) = posts(rss(body).fetch(Want()))
    assert (post.title, post.text) == ("Acme <img src=x onerror=alert(1)>", "late")


BOMB = (
    b"<!DOCTYPE l [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><rss version='2.0'><channel><title>&b;</title></channel></rss>"
)
HARMFUL = [
    BOMB,
    b"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss><channel/></rss>",
    b"<!DOCTYPE r SYSTEM 'http://canary.invalid/x.dtd'><rss version='2.0'><channel/></rss>",
    b"<!doctype r [<!entity x 'y'>]><rss><channel><item><title>&x;</title></item></channel></rss>",
    BOMB.decode().encode("utf-16"),
    b"<!DOCTYPE html><html><body>Down</body></html>",
    FORUM[:-200],
    FORUM[:300],
    b"",
    b"{}",
    b"/etc/passwd",
    b"http://127.0.0.1/",
]


@pytest.mark.parametrize("body", HARMFUL)
def test_what_is_dangerous_broken_or_no_feed_is_not_read(body: bytes) -> None:
    with pytest.raises(Unavailable):
        list(rss(body).fetch(Want()))


def test_a_sloppy_feed_is_read_and_its_one_bad_item_set_aside() -> None:
    bad = "<guid></guid><title>&#0;&#xFFFE;Acme</title><link>https://a.test/2</link>"
    body = items("<guid>1</guid><title>acme &nbsp; & co</title>", bad, "<guid>3</guid><title>acme</title>")
    (page,) = rss(body).fetch(Want())
    assert [post.ref.id.split(":")[1] for post in page.posts] == ["1", "3"]
    assert [poison.raw.startswith(b"<item><guid></guid>") for poison in page.poison] == [True]
    (again,) = rss(body + b" ").fetch(Want(cursor=page.cursor))
    assert (again.posts, again.poison) == ((), ())


def test_a_feed_of_nonsense_does_not_flood_the_quarantine() -> None:
    (page,) = rss(items(*["<x/>"] * 5000)).fetch(Want())
    assert (len(page.poison), page.poison[-1].why[:4]) == (201, "1300")
    assert len(page.cursor or "") < 65_536


def test_an_empty_item_is_set_aside() -> None:
    (page,) = rss(items("<guid>1</guid>", "<guid>2</guid><title>acme</title>")).fetch(Want())
    assert (len(page.posts), len(page.poison)) == (1, 1)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<?xml version='1.0' encoding='iso-8859-1'?>{}".encode("latin-1"), "text/xml; charset=utf-8"),
        (b"{}", "application/rss+xml; charset=ISO-8859-1"),
        (b"\xef\xbb\xbf{}", "text/xml; charset=utf-7"),
        (b"{}", "image/png; charset=surely-none"),
    ],
)
def test_the_feeds_own_encoding_counts_most(body: bytes, content_type: str) -> None:
    charset = "utf-8" if b"\xef\xbb" in body or "none" in content_type else "latin-1"
    full = body.replace(b"{}", items("<guid>1</guid><title>Café Acme</title>").decode().encode(charset))
    (post,) = posts(rss(Server(full, **{"content-type": content_type})).fetch(Want()))
    assert post.title == "Café Acme"


def test_a_feed_that_rolled_over_says_what_is_lost() -> None:
    (first,) = rss(FORUM).fetch(Want())
    later = NOON + timedelta(hours=9)
    body = items("<guid>77</guid><title>acme</title><pubDate>Mon, 04 May 2026 20:00:00 GMT</pubDate>")
    (page,) = rss(body, later).fetch(Want(cursor=first.cursor))
    assert page.lost == Span(NOON, datetime(2026, 5, 4, 20, 0, tzinfo=UTC))


def test_a_large_feed_keeps_a_small_cursor() -> None:
    (page,) = rss(numbered(0, 5000)).fetch(Want())
    assert len(page.cursor or "") < 65_536


def numbered(start: int, end: int) -> bytes:
    return items(*(f"<guid>{at}</guid><title>acme {at}</title>" for at in range(start, end)))


MANY, MINUTE = 350, timedelta(minutes=1)
LITTLE = {"max_items": 100}


def swept(*bodies: bytes, limit: int = 30) -> tuple[set[int], list[Page]]:
    """What reads hear until all of it was: each minute a read, of these feeds in turn, the last for ever."""
    heard: set[int] = set()
    pages: list[Page] = []
    for minute in range(limit):
        body = bodies[min(minute, len(bodies) - 1)]
        want = Want(cursor=pages[-1].cursor if pages else None)
        (page,) = rss(body, NOON + timedelta(minutes=minute), **LITTLE).fetch(want)
        pages.append(page)
        heard |= {int(post.title.split()[1]) for post in page.posts}
        if page.covered is not None and page.covered.end > page.covered.start:
            break
    return heard, pages


def test_the_middle_of_a_large_feed_is_read_over_the_next_reads_and_claimed_once_it_was() -> None:
    heard, pages = swept(numbered(0, MANY))
    assert heard == set(range(MANY))
    assert {int(post.title.split()[1]) for post in pages[0].posts} == {*range(50), *range(300, 350)}
    assert 4 <= len(pages) <= 8
    assert max(len(page.posts) for page in pages) <= 100
    assert pages[0].notice is not None
    assert pages[0].notice.startswith("It holds 350 items, read 100 at a time (max_items): the middle follows")
    begun = NOON - Want().first_look
    assert [page.covered for page in pages[:-1]] == [Span(begun, begun)] * (len(pages) - 1)
    assert pages[-1].covered == Span(begun, NOON + timedelta(minutes=len(pages) - 1))
    assert pages[-1].notice is not None
    assert pages[-1].notice.startswith("It holds 350 items; the middle was read, now 100 at its ends are each time")
    (small,) = rss(numbered(0, 100), **LITTLE).fetch(Want())
    assert (len(small.posts), small.notice) == (100, "")


@pytest.mark.parametrize(
    "feed_at",
    [
        lambda minute: numbered(-7 * minute, MANY),  # new ones come first
        lambda minute: numbered(-7 * minute, MANY - 7 * minute),  # and the last ones drop out
        lambda minute: numbered(0, MANY + 7 * minute),  # new ones come last
        lambda minute: numbered(5 * minute, MANY + 5 * minute),  # and the first ones drop out
    ],
    ids=["at the front", "through it", "at the end", "through it the other way"],
)
def test_a_feed_that_moves_while_its_middle_is_read_is_heard_whole(feed_at: Callable[[int], bytes]) -> None:
    bodies = [feed_at(minute) for minute in range(30)]
    heard, pages = swept(*bodies)
    first, last = numbers_in(bodies[0]), numbers_in(bodies[len(pages) - 1])
    assert first & last <= heard  # what stayed in it all the time
    assert last - first <= heard  # what came meanwhile
    assert all(page.lost is None for page in pages)


def numbers_in(body: bytes) -> set[int]:
    return {int(number) for number in re.findall(rb"<guid>(-?[0-9]+)</guid>", body)}


def test_new_items_that_reach_into_the_middle_have_it_read_again() -> None:
    _, pages = swept(numbered(1000, 1000 + MANY))
    place, later = pages[-1].cursor, NOON + timedelta(hours=1)
    (some,) = rss(numbered(980, 1000 + MANY), later, **LITTLE).fetch(Want(cursor=place))
    assert len({*range(980, 1000)} - {int(post.title.split()[1]) for post in some.posts}) == 0
    assert (some.lost, some.covered) == (None, Span(NOON + timedelta(minutes=len(pages) - 1), later))
    (flood,) = rss(numbered(850, 1000 + MANY), later, **LITTLE).fetch(Want(cursor=place))
    assert flood.covered == Span(some.covered.start, some.covered.start)  # nothing is claimed yet
    heard = {int(post.title.split()[1]) for post in flood.posts}
    cursor = flood.cursor
    for minute in range(1, 12):
        (page,) = rss(numbered(850, 1000 + MANY), later + minute * MINUTE, **LITTLE).fetch(Want(cursor=cursor))
        heard, cursor = heard | {int(post.title.split()[1]) for post in page.posts}, page.cursor
    assert {*range(850, 1000)} <= heard
    assert page.covered == Span(later + 10 * MINUTE, later + 11 * MINUTE)


def test_a_flood_on_a_flood_is_told_as_lost() -> None:
    (first,) = rss(numbered(2000, 2000 + MANY), **LITTLE).fetch(Want())
    (again,) = rss(numbered(1000, 2000 + MANY), NOON + MINUTE, **LITTLE).fetch(Want(cursor=first.cursor))
    assert again.lost == Span(NOON - Want().first_look, NOON + MINUTE)
    assert again.covered == Span(NOON + MINUTE, NOON + MINUTE)


def test_a_look_into_the_past_reads_all_that_a_large_feed_holds() -> None:
    pages = list(rss(numbered(0, MANY), **LITTLE).fetch(Want(since=NOON - timedelta(days=1))))
    assert {int(post.title.split()[1]) for post in posts(pages)} == set(range(MANY))
    assert [page.covered is not None for page in pages] == [False] * (len(pages) - 1) + [True]


def test_history_in_the_middle_of_a_first_look_is_left_out() -> None:
    old = "<pubDate>Mon, 06 Apr 2026 20:00:00 GMT</pubDate>"
    body = items(*(f"<guid>{at}</guid><title>acme {at}</title>{old if at > 60 else ''}" for at in range(MANY)))
    assert swept(body)[0] == set(range(61))


def test_the_same_bytes_are_not_read_twice_even_where_the_server_knows_no_etag(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(Server):
        def answer(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers=self.headers, content=self.body)

    (first,) = rss(Forgetful(FORUM)).fetch(Want())
    later = NOON + timedelta(minutes=5)
    with monkeypatch.context() as patched:
        patched.setattr("connectors.rss.parse.feed", None)  # whoever reads it again fails
        (page,) = rss(Forgetful(FORUM), later).fetch(Want(cursor=first.cursor))
    assert (page.posts, page.covered, page.lost) == ((), Span(NOON, later), None)
    (again,) = rss(Forgetful(FORUM), later).fetch(Want(since=NOON - timedelta(days=400)))
    assert again.posts  # a look into the past reads it whole


def test_a_moved_feed_is_followed_and_the_move_is_told() -> None:
    forum = respx.Router(base_url="https://forum.example")
    old = forum.get("/latest.rss").respond(301, headers={"location": "https://forum.example/new"})
    new = forum.get("/new").respond(200, content=FORUM)
    connector = Rss(Settings(url=URL), http=Http(transport=httpx.MockTransport(forum.handler)), now=lambda: NOON)
    assert connector.probe().endswith("it has moved for good, set url to https://forum.example/new")
    assert (old.call_count, new.call_count) == (1, 1)
    assert rss(FORUM).probe() == "the feed “Parcel people: newest topics” holds 3 items"


@pytest.mark.parametrize("status", [404, 410])
def test_a_feed_that_is_gone_is_for_a_person(status: int) -> None:
    gone = Http(transport=httpx.MockTransport(lambda request: httpx.Response(status)))
    with pytest.raises(Rejected):
        list(Rss(Settings(url=URL), http=gone).fetch(Want()))


def test_answers_are_given_on_the_page() -> None:
    connector = rss(FORUM)
    (first, _) = posts(connector.fetch(Want()))
    route = connector.route(first)
    assert isinstance(route, Native)
    assert route.url == "https://forum.example/t/which-locker/911"
    assert type(connector.route(replace(first, url=""))).__name__ == "Closed"
    assert powers(connector) == ["Visits", "Fades", "Routes", "Probes"]


@pytest.mark.parametrize("cursor", ["{}", "[]", "7", "x", '{"at": "x", "etag": "", "modified": "", "seen": {}}'])
def test_a_foreign_cursor_starts_again(cursor: str) -> None:
    (page,) = rss(FORUM).fetch(Want(cursor=cursor))
    assert len(page.posts) == 2


def test_a_304_without_a_question_is_no_answer() -> None:
    odd = Http(transport=httpx.MockTransport(lambda request: httpx.Response(304)))
    with pytest.raises(Unavailable):
        list(Rss(Settings(url=URL), http=odd).fetch(Want()))


@pytest.mark.parametrize("url", ["", "ftp://a.test", "https://me:pw@a.test/", "a.test/feed"])
def test_settings_want_a_web_address(url: str) -> None:
    with pytest.raises(ValueError, match=r"address"):
        Settings(url=url)


def test_reading_is_pure() -> None:
    pages: Sequence[Page] = [Page(posts=feed(FORUM, URL, NOON).posts)]
    assert PostRef("rss", "https://forum.example/t/old/12") in refs(pages)


class Moving:
    """A feed that moved for good; `gone` takes it away from its new home."""

    def __init__(self) -> None:
        self.gone = False
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.host == "new.example":
            return httpx.Response(404) if self.gone else httpx.Response(200, content=FORUM, headers={"etag": '"n"'})
        if self.gone:
            return httpx.Response(200, content=FORUM)
        return httpx.Response(301, headers={"location": "https://new.example/feed"})

    def read(self, cursor: str | None = None, minutes: int = 0) -> Page:
        settings = Settings.model_validate({"url": URL, "token": "s3cret-feed-token"})
        now = NOON + timedelta(minutes=minutes)
        (page,) = Rss(settings, http=Http(transport=httpx.MockTransport(self)), now=lambda: now).fetch(
            Want(cursor=cursor)
        )
        return page


def test_a_feed_that_moved_for_good_is_read_at_its_new_home_and_says_so() -> None:
    moving = Moving()
    first = moving.read()
    assert first.notice == "It has moved for good and is read at https://new.example/feed. Set its url to that."
    moving.asked.clear()
    again = moving.read(first.cursor, 5)
    assert [str(request.url) for request in moving.asked] == ["https://new.example/feed"]
    assert moving.asked[0].headers["if-none-match"] == '"n"'
    assert "authorization" not in moving.asked[0].headers  # the token was for the old home
    assert (again.posts, again.notice) == ((), first.notice)  # its items keep their ids


def test_a_move_that_was_taken_back_is_forgotten() -> None:
    moving = Moving()
    first = moving.read()
    moving.gone = True
    back = moving.read(first.cursor, 5)
    assert (back.posts, back.notice) == ((), "")
    moving.asked.clear()
    moving.read(back.cursor, 10)
    assert [request.url.host for request in moving.asked] == ["forum.example"]


def test_a_feed_that_is_too_large_is_not_read() -> None:
    body = items(*(f"<guid>{at}</guid><title>acme {'x' * 400}</title>" for at in range(2600)))
    with pytest.raises(Unavailable, match="larger than 1 MB"):
        list(Rss(Settings(url=URL, max_mb=1), http=Http(transport=Server(body)), now=lambda: NOON).fetch(Want()))
