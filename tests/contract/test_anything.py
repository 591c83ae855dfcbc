"""Whatever a stranger sends is a post or says why it is none: no reader fails in another way."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answers import read_json, retry_after
from connectors.errors import Unavailable
from connectors.file.columns import NAMES, guess_columns
from connectors.file.parse import Manner
from connectors.file.parse import Odd as OddRow
from connectors.file.parse import read as read_row
from connectors.file.times import moment
from connectors.hackernews.parse import Odd as OddHit
from connectors.hackernews.parse import hit, item
from connectors.rss.parse import feed
from connectors.text import one_line, plain, storable, web_link

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
TEXT = st.text(st.characters(), max_size=60)  # lone surrogates included
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(SCALARS, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXT, inside, max_size=3))
HIT = st.fixed_dictionaries(
    {},
    optional={
        name: JSON | st.just(1_777_888_800) | st.just("77")
        for name in ("objectID", "author", "comment_text", "title", "created_at_i", "parent_id", "story_id", "points")
    },
)
ITEM = st.fixed_dictionaries(
    {"id": st.just(7) | JSON, "by": st.just("pat") | JSON},
    optional={name: JSON | st.just(1_777_888_800) for name in ("time", "text", "title", "parent", "type", "score")},
)
ROW = st.fixed_dictionaries(
    {"id": st.just("7") | JSON},
    optional={
        name: JSON for name in ("text", "html", "created_at", "author", "lang", "url", "deleted", "media", "rating")
    },
)


@given(TEXT, st.sampled_from(["", "<p>", "<a href='", "&#", "<!--", "<script", "\x00"]))
def test_any_text_reads_as_storable_text(text: str, lead: str) -> None:
    for read in (plain, one_line, storable):
        words = read(lead + text)
        assert storable(words) == words
        words.encode()
    assert web_link(lead + text) in ("", (lead + text).strip())


@given(HIT, ITEM)
def test_any_hit_is_a_post_or_odd(told: object, single: object) -> None:
    with suppress(OddHit):
        assert getattr(hit(told), "text", "").encode() is not None
    with suppress(OddHit):
        assert getattr(item(single), "text", "").encode() is not None


@given(ROW)
def test_any_row_is_a_post_or_gone_or_odd(row: dict[str, object]) -> None:
    columns = {**{name: name for name in NAMES if name in row}, "id": "id", "text": "text", "handle": "author.handle"}
    with suppress(OddRow):
        found = read_row(row, Manner(columns), NOON)
        assert getattr(found, "created_at", NOON).utcoffset() == timedelta(0)
    guess_columns(list(row), [row])


@given(JSON)
def test_any_value_names_a_moment_or_none(told: object) -> None:
    found = moment(told)
    assert found is None or found.utcoffset() == timedelta(0)


@given(st.binary(max_size=80), TEXT)
def test_any_answer_is_read_or_unavailable(body: bytes, header: str) -> None:
    with suppress(Unavailable):
        read_json(body, "a.test")
    wait = retry_after({"retry-after": header, "x-ratelimit-reset": header, "date": header}, NOON)
    assert timedelta(seconds=1) <= wait <= timedelta(days=1)


@settings(max_examples=50)
@given(st.binary(max_size=60), TEXT)
def test_any_feed_is_read_or_unavailable(body: bytes, text: str) -> None:
    words = text.encode("utf-8", "replace")
    for content in (
        body,
        b"<rss version='2.0'><channel><item><title>" + words + body + b"</title></item></channel></rss>",
    ):
        with suppress(Unavailable):
            feed(content, "https://a.test/feed", NOON)
