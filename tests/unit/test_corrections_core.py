"""Likeness, rules in words, and bars from costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.corrections import Rule, Rules, does
from bot.core.costs import MOST_IN_VAIN, bar_of, expected, in_vain_of
from bot.core.likeness import ALIKE, alike, may_be_alike, said

TRAIL = "The Acme river trail is closed by a landslide near the old bridge"


@pytest.mark.parametrize(
    ("other", "like"),
    [
        ("acme river trail closed: landslide near the old bridge", True),
        ("ÁCME RIVER TRAILS CLOSED, LANDSLIDES NEAR THE OLD BRIDGE!!! https://a.test/x", True),
        ("Acme charged me twice and nobody answers", False),
        ("Acme", False),
        ("", False),
        ("acme river", False),
    ],
)
def test_posts_are_alike_by_what_they_speak_of(other: str, like: bool) -> None:
    assert (alike(said(TRAIL, ["Acme"]), said(other, ["Acme"])) >= ALIKE) is like


def test_very_short_posts_are_alike_only_when_they_say_the_same() -> None:
    assert alike(said("Acme lol", ["Acme"]), said("acme LOL", ["Acme"])) == 1
    assert alike(said("Acme lol", ["Acme"]), said("acme lol shop", ["Acme"])) == 0


texts = st.lists(st.sampled_from(["river", "trails", "closing", "bridge", "boxes", "é", "naïve", "a", "Acme", "lost!"]),
                 max_size=12).map(" ".join)  # fmt: skip


@given(texts, texts)
def test_the_quick_look_never_says_no_to_a_like_post(one: str, other: str) -> None:
    first = said(one)
    if alike(first, said(other)):
        assert may_be_alike(first, other)
    assert alike(first, said(other)) == alike(said(other), first)


def test_the_likest_rule_holds_and_brands_and_tags_are_kept_apart() -> None:
    about = said(TRAIL, ["Acme"])
    near = said("acme river trail closed landslide near bridge today", ["Acme"])
    rules = Rules(
        [Rule(1, "Acme", "not_us", about), Rule(2, "Acme", "not_complaint", near), Rule(3, "Bo", "not_us", near)]
    )
    hit = rules.hit("Acme", near, False)
    assert hit is not None
    assert (hit.rule.id, hit.likeness) == (2, 1.0)
    assert rules.hit("Acme", near, False, ("not_us",)).rule.id == 1  # type: ignore[union-attr]
    assert rules.hit("Acme", near, True) is None
    assert rules.hit("Acme", frozenset(), False) is None
    assert not Rules()
    assert rules


def test_a_rule_says_what_it_does() -> None:
    assert does("not_us", "Acme", "a river") == (
        "Posts like “a river” from anybody who does not tag you are set aside as not about Acme."
    )
    assert "from anybody are set aside as no complaint" in does("not_complaint", "Acme", "x", tagged=True)
    assert "are read as positive in tone" in does("tone", "Acme", "x", tone="positive")


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0.1, MOST_IN_VAIN))
def test_no_bar_costs_less_than_the_one_that_follows_from_the_costs(chances: list[float], worth: float) -> None:
    best = expected(chances, 1 / (1 + worth)).cost(worth)
    for bar in [0.0, 1.1, *chances]:
        assert best <= expected(chances, bar).cost(worth) + 1e-6


def test_costs_and_bars_go_both_ways() -> None:
    assert bar_of(9) == 0.1
    assert in_vain_of(0.1) == 9
    assert in_vain_of(0) == MOST_IN_VAIN
    told = expected([0.05, 0.2, 0.9], 0.1)
    assert (told.shown, round(told.in_vain, 2), round(told.missed, 2)) == (2, 0.9, 0.05)
    with pytest.raises(ValueError, match="worth more"):
        bar_of(0)
