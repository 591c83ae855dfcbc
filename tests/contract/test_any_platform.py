"""Whatever a stranger puts into an answer of the newer platforms is a page or Unavailable, and nothing else."""

import copy
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.appstore import parse as appstore
from connectors.discourse import parse as discourse
from connectors.errors import Rejected, Unavailable
from connectors.github import parse as github
from connectors.googleplay import parse as googleplay
from connectors.lanes import Told
from connectors.lemmy import parse as lemmy
from connectors.stackexchange import parse as stackexchange
from connectors.text import storable
from connectors.youtube import parse as youtube
from responders.replies import address_of

ANSWERS = Path(__file__).parents[1] / "answers"
TEXT = st.text(st.characters(), max_size=20)  # lone surrogates included
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.just(10**30) | st.just("9" * 400)
JSON = st.recursive(SCALARS, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXT, inside, max_size=3))
READERS: dict[str, tuple[str, Callable[[Any], Told]]] = {
    "appstore": ("appstore/reviews.json", lambda thing: appstore.page(thing, "7")),
    "discourse": ("discourse/latest.json", lambda thing: discourse.latest(thing, "https://forum.test", "9")),
    "github": ("github/issues.json", lambda thing: github.listing(thing, "1", ("acme/app",))),
    "googleplay": ("googleplay/reviews.json", lambda thing: googleplay.page(thing, "com.example.app")),
    "lemmy": ("lemmy/comments.json", lambda thing: lemmy.listing(thing, "comments", "https://lemmy.test", "")),
    "stackexchange": ("stackexchange/questions.json", lambda thing: stackexchange.page(thing, "stackoverflow")),
    "youtube": ("youtube/threads.json", lambda thing: youtube.threads(thing, "UCacmeacmeacme1")),
}


def places(thing: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON thing where a value stands."""
    found = [here] if here else []
    if isinstance(thing, dict | list):
        for key, inner in thing.items() if isinstance(thing, dict) else enumerate(thing):
            found += places(inner, (*here, key))
    return found


def spoiled(thing: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value there."""
    thing = copy.deepcopy(thing)
    at = thing
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    return thing


@pytest.mark.parametrize("name", sorted(READERS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_in_any_place_is_a_page_or_unavailable(name: str, data: st.DataObject) -> None:
    file, read = READERS[name]
    good = json.loads((ANSWERS / file).read_text("utf-8"))
    thing = spoiled(good, data.draw(st.sampled_from(places(good))), data.draw(JSON))
    with suppress(Unavailable):
        told = read(thing)
        for post in told.posts:
            for words in (post.text, post.title, post.author.handle, post.author.id, post.url, post.ref.id):
                assert storable(words) == words
            assert post.created_at.tzinfo is not None
            assert len(post.ref.id) <= 512
        assert all(odd.raw and odd.why for odd in told.poison)


@pytest.mark.parametrize("name", sorted(READERS))
@settings(max_examples=25, deadline=None)
@given(thing=JSON)
def test_any_answer_is_a_page_or_unavailable(name: str, thing: Any) -> None:
    with suppress(Unavailable):
        assert isinstance(READERS[name][1](thing), Told)


@given(TEXT | JSON.map(repr))
def test_any_address_is_one_or_refused(address: str) -> None:
    with suppress(Rejected):
        assert set(address_of(address, ("id",), "It")) == {"id"}
