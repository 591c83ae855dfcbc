"""The estimate of what was missed: its interval holds the truth, and it says so when it knows nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.recall import BANDS, OTHERS, Caught, Stratum, allocate, band_of, gamma_interval, recall, strata
from tests.bench.recall import WORLDS, coverage

NOBODY = Caught(0, 0, 0)


@pytest.mark.parametrize("world", [w for w in WORLDS if w.days * sum(w.sizes.values()) < 15_000], ids=lambda w: w.name)
def test_the_interval_holds_the_truth_in_at_least_95_of_100_lives(world: object) -> None:
    held, _width, _told, _truth = coverage(world, 60)  # type: ignore[arg-type]
    assert held >= 0.95


def test_the_estimate_is_right_on_average() -> None:
    _held, _width, told, truth = coverage(WORLDS[3], 60)
    assert told == pytest.approx(truth, abs=0.03)


def test_what_was_labelled_in_full_is_known_exactly() -> None:
    found = recall([Stratum("below · rss", 8, 8, 2), Stratum("namesake · rss", 4, 4, 0)], Caught(10, 10, 6))
    assert (found.missed, found.missed_low, found.missed_high) == (2, 2, 2)
    assert (found.share, found.low, found.high) == (0.75, 0.75, 0.75)


def test_nothing_labelled_is_nothing_known() -> None:
    found = recall([Stratum("below · rss", 50, 0, 0)], Caught(10, 10, 6))
    assert (found.missed_low, found.missed_high) == (0, 50)
    assert found.low == pytest.approx(6 / 56)
    assert found.high == 1


def test_nothing_decided_on_gives_no_share() -> None:
    found = recall([Stratum("below · rss", 50, 20, 1)], Caught(10, 0, 0))
    assert found.share is None
    assert found.low < found.high


def test_no_miss_among_n_is_the_rule_of_three() -> None:
    low, high = gamma_interval(0, 0, 1.0)
    assert low == 0
    assert high == pytest.approx(3.69, abs=0.01)  # Poisson's upper 97.5 % limit for a count of none


def test_one_plain_count_gets_garwoods_exact_limits() -> None:
    assert gamma_interval(10, 10, 1.0) == (pytest.approx(4.795, abs=0.001), pytest.approx(18.390, abs=0.001))


def test_a_stratum_nobody_labelled_counts_with_its_neighbour() -> None:
    parts = [Stratum("below · a", 100, 10, 1), Stratum("namesake · a", 100, 10, 0), Stratum("just below · a", 50, 0, 0)]
    assert recall(parts, NOBODY).missed == 15


sizes = st.dictionaries(
    st.tuples(st.sampled_from(BANDS), st.sampled_from("abcdefgh")), st.integers(1, 5000), min_size=1, max_size=40
)


@given(sizes, st.integers(2, 60))
def test_every_stratum_is_drawn_from_and_never_more_than_there_is(given_: dict[tuple[str, str], int], k: int) -> None:
    names = strata(given_, k)
    joined: dict[str, int] = {}
    for key, size in given_.items():
        joined[names[key]] = joined.get(names[key], 0) + size
    drawn = allocate(joined, k)
    assert sum(drawn.values()) == min(k, sum(joined.values()))
    assert all(drawn[name] <= size for name, size in joined.items())
    if len(joined) <= k:
        assert all(drawn.values())


def test_small_sources_are_joined_and_large_ones_kept() -> None:
    names = strata({("below", f"s{n}"): 10 ** (3 - n // 3) for n in range(12)}, 10)
    assert names[("below", "s0")] == "below · s0"
    assert names[("below", "s11")] == f"below · {OTHERS}"


@pytest.mark.parametrize(
    ("given_", "band"),
    [
        ((0.1, False, None, 0.3, False), "namesake"), ((0.4, False, 0.9, 0.3, False), "doubtful"),
        ((0.4, True, 0.25, 0.3, False), "just below"), ((0.9, False, 0.15, 0.3, False), "below"),
        ((0.9, False, 0.01, 0.3, False), "far below"), ((0.9, False, 0.9, 0.3, True), "corrected"),
        ((0.9, False, 0.1, 0.0, False), "far below"),
    ],
)  # fmt: skip
def test_a_band_says_why_a_post_was_discarded(given_: tuple[float, bool, float | None, float, bool], band: str) -> None:
    assert band_of(*given_) == band
