import pytest

from responders.richtext import graphemes, marks


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("👨‍👩‍👧‍👦", 1),
        ("👋🏽", 1),
        ("❤️", 1),
        ("🇩🇪🇫🇷", 2),
        ("🇩🇪🇫", 2),
        ("\r\n", 1),
        ("\u1112\u1161\u11ab", 1),
        ("한국", 2),
        ("🏴\U000e0067\U000e0062\U000e007f", 1),
        ("a\u200db", 2),
        ("\u0301", 1),
    ],
)
def test_graphemes_are_what_a_reader_counts(text: str, count: int) -> None:
    assert graphemes(text) == count


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://acme.test/a.", [("link", "https://acme.test/a")]),
        ("(https://acme.test/a_(b))", [("link", "https://acme.test/a_(b)")]),
        ("“https://acme.test”", [("link", "https://acme.test")]),
        ("https://acme.test/#part @kim.test", [("link", "https://acme.test/#part"), ("mention", "kim.test")]),
        ("mail care@acme.test", []),
        ("@kim", []),
        ("@kim.test, hello", [("mention", "kim.test")]),
        ("#sorry! #1 &#39; #größe", [("tag", "sorry"), ("tag", "größe")]),
    ],
)
def test_links_names_and_hashtags_are_found(text: str, found: list[tuple[str, str]]) -> None:
    assert [(mark.kind, mark.value) for mark in sorted(marks(text), key=lambda mark: mark.start)] == found


def test_places_are_counted_in_bytes() -> None:
    text = "ä👋 https://acme.test/ü"
    [mark] = marks(text)
    assert text.encode()[mark.start : mark.end].decode() == "https://acme.test/ü"
