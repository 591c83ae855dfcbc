"""What a group of posts is worth as a topic, what it is called, and who belongs to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.likeness import said
from bot.core.topics import FITS, LEAST_POSTS, Told, best, distinct, group, name, profile
from bot.readers import grouping
from bot.readers.grouping import NotGrouped, groups, groups_apart

REFUND = [
    "still waiting for my refund", "refund has not arrived", "where is the refund you promised",
    "no refund after six weeks", "waiting for a refund since May", "my refund never came",
]  # fmt: skip
APP = [
    "the app crashes at checkout", "checkout in the app crashes", "app crashes when I pay",
    "your app crashed again", "cannot pay, the app crashes", "the app keeps crashing at login",
]  # fmt: skip


def told(texts: list[str], people: int = 99, first: int = 1) -> list[Told]:
    return [Told(first + at, f"p{(first + at) % people}", said(text), text) for at, text in enumerate(texts)]


def test_a_group_is_called_what_its_posts_share_and_others_do_not() -> None:
    mine, others = told(REFUND), told(APP, first=20)
    assert name(mine, others) == "refund"
    assert "app" in name(others, mine)


def test_it_is_called_by_a_phrase_where_one_speaks_for_it_and_by_a_word_where_none_does() -> None:
    people = [f"hold for {minutes} hours, unbelievable{minutes}" for minutes in range(4)]
    alone = ["hold music again", "stuck on hold, no reply", "hold hold hold", "endless hold please"]
    assert name(told(people + alone), told(APP, first=40)) == "hold for hours"
    assert name(told(alone), told(APP, first=40)) == "hold"
    runs = [
        "the gate agent was rude",
        "rude gate agent again",
        "gate agent at b14",
        "ask the gate agent",
        "no gate",
        "gate",
    ]
    assert name(told(runs), told(APP, first=40)) == "gate agent"


def test_a_group_that_shares_something_is_a_topic() -> None:
    found = group(told(REFUND), told(APP, first=20))
    assert found is not None
    assert len(found.posts) >= LEAST_POSTS
    assert next(iter(found.words)) == "refund"
    crash = group(told(APP), told(REFUND, first=20))
    assert crash is not None
    assert crash.written["crash"] == "crashes"  # as people write it, not as it is counted
    assert sum(weight**2 for weight in found.words.values()) == pytest.approx(1, abs=0.01)


def test_one_person_with_many_posts_is_no_topic() -> None:
    assert group(told(REFUND, people=2), told(APP, first=20)) is None


def test_posts_that_share_nothing_are_no_topic() -> None:
    assert group(told(["red kettle", "green lamp", "blue door", "old chair", "new table", "wet towel"]), []) is None


def test_the_brands_own_name_names_no_topic() -> None:
    mine = told([f"Acme {text}" for text in REFUND])
    assert "acme" not in name(mine, told(APP, first=20), ["Acme"]).lower()


def test_a_post_goes_to_the_topic_it_fits_best_and_to_none_if_it_fits_none() -> None:
    topics = {1: profile(told(REFUND), told(APP, first=20)), 2: profile(told(APP, first=20), told(REFUND))}
    assert best(said("I want my refund now"), topics) == 1
    assert best(said("the app crashes all day"), topics) == 2
    assert best(said("lovely weather at the lake"), topics) == 0
    assert best(frozenset(), topics) == 0
    assert best(said("I want my refund now"), {}) == 0


def test_of_two_topics_that_fit_alike_the_older_takes_the_post() -> None:
    words = {"refund": 1.0}
    assert best(said("refund please"), {7: words, 3: words}) == 3


@given(st.text(max_size=200))
def test_any_post_is_sorted(text: str) -> None:
    assert best(said(text), {1: {"refund": 1.0}}) in (0, 1)
    assert FITS > 0


def test_no_two_topics_have_one_name() -> None:
    assert distinct(["Refund", "app"], "refund") == "refund (2)"
    assert distinct(["refund", "refund (2)"], "refund") == "refund (3)"
    assert distinct([], "refund") == "refund"


def many() -> list[Told]:
    both = [text for pair in zip(REFUND, APP, strict=True) for text in pair]
    texts = [f"{text} {extra}" for extra in ("really", "seriously", "people") for text in both]
    return told([*texts, *texts])


def test_grouping_parts_what_shares_no_words_and_repeats_exactly() -> None:
    posts = many()
    labels = groups([post.words for post in posts])
    assert labels == groups([post.words for post in posts])
    refund = {label for post, label in zip(posts, labels, strict=True) if "refund" in post.words}
    assert refund.isdisjoint({label for post, label in zip(posts, labels, strict=True) if "crash" in post.words})


def test_a_process_of_its_own_groups_the_same_and_leaves_nothing_behind() -> None:
    said = [post.words for post in many()]
    assert groups_apart(said) == groups(said)


def test_what_goes_wrong_there_is_said_without_the_posts_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "__name__", "bot.readers.no_such_module")
    with pytest.raises(NotGrouped, match="no_such_module") as error:
        groups_apart([frozenset({"refund"})] * 30)
    assert "refund" not in str(error.value)


@pytest.mark.parametrize("said_", [[], [frozenset()] * 60, [frozenset([f"w{at}"]) for at in range(60)]])
def test_what_shares_nothing_is_grouped_nowhere(said_: list[frozenset[str]]) -> None:
    assert set(groups(said_)) <= {-1}
