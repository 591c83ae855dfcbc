"""What a source hears no longer is told by addresses, and where they do not say it, that is said."""

from dataclasses import dataclass
from typing import Any

import pytest

from bot.core import unheard

PYTHON = "https://www.reddit.com/r/Python/comments/1/x/"


@pytest.mark.parametrize(
    ("source", "url", "had"),
    [
        ("forum", PYTHON, True),
        ("forum", "https://www.reddit.com/r/python", True),
        ("other", PYTHON, False),
        ("forum", "https://www.reddit.com/r/PythonJobs/comments/1/", False),
        ("forum", "https://www.reddit.com/r/rust/comments/r/python/", False),
        ("forum", "", False),
    ],
)
def test_a_dropped_place_takes_the_posts_whose_addresses_lie_there(source: str, url: str, had: bool) -> None:
    gone = unheard.between("forum", "reddit", {"subreddits": ["r/Python", "rust"]}, {"subreddits": ["rust"]})
    assert gone.had(source, url) is had


def test_a_source_that_is_gone_takes_all_of_its_own() -> None:
    assert unheard.whole("forum").had("forum", "https://anywhere.test/")
    assert not unheard.whole("forum").had("other", "https://anywhere.test/")


@pytest.mark.parametrize(
    ("connector", "before", "after", "is_gone"),
    [
        ("rss", {"url": "https://a.test/feed"}, {"url": "https://b.test/feed"}, True),
        ("rss", {"url": "https://a.test/feed"}, {"url": "https://a.test/feed", "max_items": "9"}, False),
        ("imap", {"host": "a.test", "user": "u"}, {"host": "a.test", "user": "u", "folder": "Care"}, True),
    ],
)
def test_a_source_that_reads_another_feed_or_folder_brings_nothing_of_what_it_brought(
    connector: str, before: dict[str, Any], after: dict[str, Any], is_gone: bool
) -> None:
    assert unheard.between("s", connector, before, after).whole is is_gone


@pytest.mark.parametrize(
    ("connector", "before", "after", "paths", "unknown"),
    [
        ("reddit", {"subreddits": ["a", "b"]}, {"subreddits": ["B"], "ours": ["a"]}, (), ()),
        ("reddit", {"ours": ["a"]}, {}, ("/r/a/",), ()),
        ("reddit", {"subreddits": ["a"]}, {"subreddits": ["a", "b"]}, (), ()),
        ("reddit", {"overlap_s": 1}, {"overlap_s": 2}, (), ("overlap_s",)),
        ("github", {"repositories": ["Acme/App", "acme/web"]}, {"repositories": ["acme/web"]}, ("/acme/app/",), ()),
    ],
)
def test_places_are_compared_as_the_platform_names_them(
    connector: str, before: dict[str, Any], after: dict[str, Any], paths: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    gone = unheard.between("s", connector, before, after)
    assert (gone.paths, gone.unknown) == (paths, unknown)


@pytest.mark.parametrize(
    ("connector", "before", "after", "lost", "kept"),
    [
        ("mastodon", {"servers": ["https://a.test", "https://b.test/"]}, {"servers": ["a.test"]},
         ["b.test/public", "b.test/tag/acme"], ["a.test/public", "ab.test/public", ""]),
        ("mastodon", {}, {"servers": ["https://a.test"]}, ["mastodon.social/mentions"], ["a.test/public"]),
        ("mastodon", {"servers": ["https://a.test"]}, {"servers": ["https://a.test"], "public": False},
         ["a.test/public"], ["a.test/tag/acme", "a.test/mentions"]),
        ("reddit", {}, {"search": False}, ["search"], ["posts", "comments"]),
        ("github", {}, {"search": False}, ["search Acme", "discussions Acme"], ["repos/acme/app/issues"]),
        ("lemmy", {"communities": ["a@x.test"], "ours": ["b"]}, {"ours": ["A@x.test"]}, ["b posts"],
         ["a@x.test posts", "search Acme posts"]),
        ("lemmy", {"search": True}, {"search": False}, ["search Acme posts"], ["b posts"]),
        ("stackexchange", {"sites": ["stackoverflow", "superuser"]}, {}, ["superuser tags"], ["stackoverflow tags"]),
        ("bluesky", {}, {"stream": False}, ["stream"], ["search"]),
        ("threads", {"search": True}, {"search": False}, ["search"], ["hook"]),
        ("youtube", {"videos": ["a[b]c"]}, {"videos": []}, ["video a[b]c"], ["video abc", "channel"]),
    ],
)  # fmt: skip
def test_what_came_by_a_dropped_server_list_or_search_is_told_by_how_it_came(
    connector: str, before: dict[str, Any], after: dict[str, Any], lost: list[str], kept: list[str]
) -> None:
    gone = unheard.between("s", connector, before, after)
    assert [way for way in (*lost, *kept) if gone.had("s", "https://a.test/1", way)] == lost
    assert not gone.unknown
    assert not gone.had("other", "https://a.test/1", lost[0])
    assert gone.doubts("s", "")
    assert not gone.doubts("s", kept[0] or lost[0])


def test_nothing_is_doubted_where_nothing_is_dropped() -> None:
    assert not unheard.between("s", "mastodon", {}, {"public": True}).doubts("s", "")
    assert not unheard.whole("s").doubts("s", "")


@dataclass(frozen=True, slots=True)
class Heard:
    query: str = "(acme) -is:retweet"
    text: str = "acme lost my bag https://a.test/1"
    language: str | None = "en"
    native_id: str = "1"
    thread: str | None = None
    source: str = "s"
    url: str = "https://x.com/a/status/1"
    kind: str = "post"
    author_handle: str = "a"
    author_id: str = "7"
    in_reply_to: str | None = None


@pytest.mark.parametrize(
    ("before", "after", "took", "unknown"),
    [
        ("-is:retweet", "-is:retweet -has:links", True, ()),
        ("-is:retweet", "-is:retweet lang:en", False, ()),
        ("-is:retweet", '"my bag" -lang:de', False, ()),
        ("-is:retweet", "lang:de OR lang:fr", True, ()),
        ("-is:retweet", "-is:retweet is:verified -lang:en", True, ("query_filter is:verified",)),
        ("has:links is:verified", "has:links", False, ("query_filter without is:verified",)),
        ("is:verified", "is:verified lang:de", True, ()),
        ("-is:retweet", "-is:retweet url:shop", None, ()),
    ],
)
def test_what_a_changed_filter_of_x_leaves_out_is_told_by_the_posts(
    before: str, after: str, took: bool | None, unknown: tuple[str, ...]
) -> None:
    gone = unheard.between("s", "x", {"query_filter": before, "price_post": "1"}, {"query_filter": after})
    assert gone.unknown == unknown
    assert gone.took(Heard(), {}) is took
    assert gone.took(Heard("another query"), {}) is took
    assert gone.took(Heard("mentions"), {}) is False
    assert gone.took(Heard(""), {}) is (False if took is False else None)
    assert gone.took(Heard(source="other"), {}) is False


@pytest.mark.parametrize(
    ("left", "query", "took"),
    [
        (["b"], "so tags a", True),
        (["b"], "so tags a b", False),
        (["b"], "so tags", None),
        (["b"], "so search acme", False),
        (["b"], "", None),
        (["b"], "so answers", True),
        ([], "so tags", True),
        ([], "so comments", True),
        (["b", "A", "c"], "so tags a", False),
    ],
)
def test_a_question_without_any_tag_that_is_left_goes_and_takes_what_is_said_below_it(
    left: list[str], query: str, took: bool | None
) -> None:
    gone = unheard.between("s", "stackexchange", {"tags": ["a", "b"]}, {"tags": left})
    above = {"so/q/1": "so tags a"}
    assert gone.took(Heard(query, thread="so/q/1"), above) is took
    assert gone.unknown == ()
    assert gone.took(Heard("so answers", thread="so/q/2"), above) is ({0: True, 1: None, 3: False}[len(left)])
