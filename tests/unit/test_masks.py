"""A name inside a platform's id is replaced by a keyed hash; the rest stays, and so does an id without a name."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.store import masks

KEY = b"a key"
MASK = "~[0-9a-f]{24}"


@pytest.mark.parametrize(
    ("id_", "author", "handle", "left"),
    [
        ("at://did:plc:ab12/app.bsky.feed.post/3k", "did:plc:ab12", "ada.test", f"at://{MASK}/app.bsky.feed.post/3k"),
        ("https://m.social/users/ada/statuses/11", "", "", f"https://m.social/users/{MASK}/statuses/11"),
        ("https://m.social/@ada/11", "", "", f"https://m.social/@{MASK}/11"),
        ("<2026.77@ada.example>", "", "", f"<{MASK}>"),
        ("ada/tool#12", "4711", "ada", f"{MASK}/tool#12"),
        ("900_12", "900", "Ada", f"{MASK}_12"),
        ("https://forum.example/t/9/3", "ada", "ada", "https://forum.example/t/9/3"),
        ("t1_abcada1", "t2_x", "ada", "t1_abcada1"),
        ("1789001", "44", "ada", "1789001"),
    ],
)
def test_only_the_name_leaves(id_: str, author: str, handle: str, left: str) -> None:
    once = masks.of_id(KEY, "x", id_, author, handle)
    assert re.fullmatch(left, once)
    assert masks.is_masked(once) == ("~" in left)
    assert masks.of_id(KEY, "x", once, author, handle) == once
    assert masks.of_id(KEY, "x", id_, author, handle) == once


def test_a_mask_says_nothing_without_the_key_and_differs_by_platform() -> None:
    told = {masks.of_name(key, platform, "ada") for key in (KEY, b"another") for platform in ("x", "bluesky")}
    assert len(told) == 4
    assert masks.of_name(KEY, "x", "Ada") == masks.of_name(KEY, "x", "ada")
    assert masks.of_id(b"", "x", "at://did:plc:a/1") == "at://did:plc:a/1"


def test_the_name_of_who_returns_is_put_back_in_its_place() -> None:
    ids = ["at://did:plc:ab/1", "at://did:plc:cd/2", None]
    hidden = [masks.of_id(KEY, "bluesky", id_) if id_ else None for id_ in ids]
    back = masks.unmasked(KEY, "bluesky", "did:plc:ab", hidden)
    assert (back[0], back[1], back[2]) == (ids[0], hidden[1], None)


def test_an_id_that_holds_nobody_s_name_costs_no_pattern_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(_pattern: str) -> None:
        raise AssertionError("thousands of posts a minute come with another author each")

    monkeypatch.setattr(re, "compile", compiled)
    assert masks.of_id(b"key", "reddit", "t3_1abc", "t2_ada9", "ada_lovelace") == "t3_1abc"


def test_an_id_with_its_author_s_name_costs_no_pattern_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(_pattern: str) -> None:
        raise AssertionError("each post of Bluesky holds another author's name")

    monkeypatch.setattr(re, "compile", compiled)
    told = masks.of_id(KEY, "bluesky", "at://did:plc:ab12/app.bsky.feed.post/3k", "did:plc:ab12", "ada.test")
    assert told == f"at://{masks.of_name(KEY, 'bluesky', 'did:plc:ab12')}/app.bsky.feed.post/3k"


PIECES = st.sampled_from(
    ["ada", "Ada", "ADA.test", "ada@m.social", "did:plc:ab", "did:plc:ab.c", "x@ada.example", "/users/", "/@", "/", "~",
     "#", "_", "-", ".", ":", "1", "a", "é", "ſam", "sam", "K", "k", "ß", "~00112233445566778899aabb", "<", ">", " "]
)  # fmt: skip
WORDS = st.lists(PIECES, max_size=7).map("".join)


@settings(max_examples=60)
@given(WORDS, WORDS, WORDS)
def test_what_is_taken_out_is_what_one_pattern_of_all_names_would_find(id_: str, author: str, handle: str) -> None:
    for whole in (id_, f"{id_}{author}", f"/{handle}/{id_}"):
        pattern = masks._named(masks._held(whole, author, handle))
        told = pattern.sub(lambda at: at[0] if at[0].startswith("~") else masks.of_name(KEY, "x", at[0]), whole)
        assert masks.of_id(KEY, "x", whole, author, handle) == told
