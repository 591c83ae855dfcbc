"""HTML becomes the words a person wrote, whatever the HTML is."""

import time

import pytest

from connectors.text import one_line, plain, storable, web_link


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("first<p>second<p>third", "first\n\nsecond\n\nthird"),
        ("a <b>bo</b>ld  word\n here", "a bold word here"),
        ("Tom &amp; Ann &lt;3 &#x2F; &eacute;", "Tom & Ann <3 / é"),
        ("I <3 you, 1 < 2", "I <3 you, 1 < 2"),
        ("<ul><li>milk</li><li>eggs</li></ul>", "• milk\n• eggs"),
        ("<pre><code>if x:\n    y</code></pre>", "if x:\n    y"),
        ("a<script>alert(1)</script>b<style>p{}</style>c<!-- d -->e", "abce"),
        ("<td>one</td><td>two</td>", "one two"),
        ("words <b that never ends", "words <b that never ends"),
        ("&lt;img src=x onerror=alert(1)&gt;", "<img src=x onerror=alert(1)>"),
        ("", ""),
    ],
)
def test_html_reads_as_its_words(html: str, words: str) -> None:
    assert plain(html) == words


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('see <a href="https://a.test/x">this</a>!', "see this (https://a.test/x)!"),
        ('<a href="https://a.test/x">https://a.test/x</a>', "https://a.test/x"),
        ('<a href="https://a.test/x/">a.test/x</a>', "a.test/x"),
        ('go <a href="https://a.test/long/path">https://a.test/lo...</a> now', "go https://a.test/long/path now"),
        ('<a href="https://s.test/@acme">@<span>acme</span></a> hi', "@acme hi"),
        ('<a href="https://s.test/tags/x">#<span>x</span></a>', "#x"),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ("<a href=https://a.test>t</a>", "t (https://a.test)"),
        ('<a title="href=x" href="https:&#x2F;&#x2F;a.test">t</a>', "t (https://a.test)"),
    ],
)
def test_a_link_is_its_words_and_its_address(html: str, words: str) -> None:
    assert plain(html) == words


def test_a_mastodon_link_cut_for_the_eye_is_read_in_full() -> None:
    html = (
        '<a href="https://shop.test/orders/4711"><span class="invisible">https://</span>'
        '<span class="ellipsis">shop.test/ord</span><span class="invisible">ers/4711</span></a>'
    )
    assert plain(html) == "https://shop.test/orders/4711"


def test_what_no_database_keeps_is_replaced_and_nothing_else() -> None:
    assert storable("a\x00b\ud800c\u202ed\U0001f600") == "a\ufffdb\ufffdc\u202ed\U0001f600"
    assert one_line(" a\n\tb\x00 ") == "a b\ufffd"


def test_only_a_web_address_is_a_link() -> None:
    assert web_link(" https://a.test/x ") == "https://a.test/x"
    assert web_link("javascript:alert(1)") == ""
    assert web_link("https://user:word@a.test/") == ""
    assert web_link("/relative") == ""


PIECES = [
    "<",
    "<a ",
    "<div>",
    "&",
    "<!--",
    '<a href="',
    '<a ">" ',
    "<script>x",
    "&ampxxxxxxxx",
    "<li>",
    "<a '",
    " ",
    "<br>",
]


@pytest.mark.parametrize("piece", PIECES)
def test_reading_is_linear_in_the_length(piece: str) -> None:
    """A megabyte of one nasty piece costs a second at most; quadratic code needs minutes for it."""
    html = piece * (2**20 // len(piece))
    started = time.process_time()
    plain(html)
    assert time.process_time() - started < 2
