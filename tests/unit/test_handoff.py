from urllib.parse import parse_qs, urlsplit

import pytest

from responders.handoff import LONGEST_URL, carries, filled, template


@pytest.mark.parametrize(
    ("platform", "native_id", "expected"),
    [
        ("x", "1790000000000000001", "https://x.com/intent/tweet?in_reply_to=1790000000000000001&text={text}"),
        ("hackernews", "40000001", "https://news.ycombinator.com/reply?id=40000001"),
        ("reddit", "t3_abc123", "https://www.reddit.com/comments/abc123"),
        ("bluesky", "at://did:plc:pat/app.bsky.feed.post/3k1", "https://bsky.app/profile/did:plc:pat/post/3k1"),
    ],
)
def test_each_platform_has_its_own_reply_box(platform: str, native_id: str, expected: str) -> None:
    assert template(platform, native_id, "https://post.test/1") == expected


@pytest.mark.parametrize(
    ("platform", "native_id"),
    [
        ("x", "17&text=evil"),
        ("hackernews", "1#x"),
        ("reddit", "t1_abc"),
        ("bluesky", "at://did:plc:x/app.bsky.feed.post/../3"),
        ("mastodon", "https://x.test/1"),
        ("lemmy", "5"),
    ],
)
def test_without_a_better_page_the_posts_own_is_opened(platform: str, native_id: str) -> None:
    assert template(platform, native_id, "https://post.test/1") == "https://post.test/1"


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "data:text/html,x", "//post.test", "file:///etc/passwd"])
def test_what_is_no_web_page_is_not_opened(url: str) -> None:
    assert template("file", "7", url) == ""


def test_a_mastodon_post_opens_on_the_server_we_are_signed_in_to() -> None:
    url = template(
        "mastodon", "https://x.test/users/pat/statuses/1?a=b", "https://x.test/@pat/1", home="https://social.test/"
    )
    assert (
        url == "https://social.test/authorize_interaction?uri=https%3A%2F%2Fx.test%2Fusers%2Fpat%2Fstatuses%2F1%3Fa%3Db"
    )


@pytest.mark.parametrize("text", ["hello", "a & b = c? #d %41 +", "Grüße 👋\nzwei", "{text}", "x" * 280])
def test_the_words_arrive_as_they_were_written(text: str) -> None:
    url = filled(template("x", "17", ""), text)
    assert parse_qs(urlsplit(url).query, keep_blank_values=True) == {"in_reply_to": ["17"], "text": [text]}
    assert carries(template("x", "17", ""), text)


def test_words_that_are_too_long_are_cut_between_characters() -> None:
    url = filled(template("x", "17", ""), "ä👋" * 1000)
    assert len(url) <= LONGEST_URL
    [text] = parse_qs(urlsplit(url).query)["text"]
    assert text == ("ä👋" * 1000)[: len(text)]
    assert not carries(template("x", "17", ""), "ä👋" * 1000)


def test_half_a_character_does_not_break_the_address() -> None:
    assert filled(template("x", "17", ""), "oops \ud83d").isascii()


def test_a_page_that_takes_no_words_is_opened_as_it_is() -> None:
    assert filled("https://post.test/1", "hello") == "https://post.test/1"
    assert not carries("https://post.test/1", "hello")
