"""What a source hears no longer is told by addresses, and where they do not say it, that is said."""

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
    ("connector", "before", "after", "paths", "unknown"),
    [
        ("reddit", {"subreddits": ["a", "b"]}, {"subreddits": ["B"], "ours": ["a"]}, (), ()),
        ("reddit", {"ours": ["a"]}, {}, ("/r/a/",), ()),
        ("reddit", {"subreddits": ["a"]}, {"subreddits": ["a", "b"]}, (), ()),
        ("reddit", {"search": True}, {"search": False}, (), ("search",)),
        ("github", {"repositories": ["Acme/App", "acme/web"]}, {"repositories": ["acme/web"]}, ("/acme/app/",), ()),
        ("mastodon", {"servers": ["https://a", "https://b"]}, {"servers": ["https://a"]}, (), ("servers",)),
    ],
)
def test_places_are_compared_as_the_platform_names_them(
    connector: str, before: dict[str, Any], after: dict[str, Any], paths: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    gone = unheard.between("s", connector, before, after)
    assert (gone.paths, gone.unknown) == (paths, unknown)
