"""The bench of grouping counts right: who is found, who is a stranger, and what likeness alone would do."""

from tests.bench.grouping import CAUSES, Group, Heard, near_duplicates, score, written


def test_a_stream_is_the_same_for_the_same_seed_and_holds_every_cause() -> None:
    one = written(list(CAUSES)[:3], 1)
    assert one == written(list(CAUSES)[:3], 1) != written(list(CAUSES)[:3], 2)
    assert len(one) == 75
    assert len({heard.text for heard in one}) == 75
    assert [heard.minute for heard in one] == sorted(heard.minute for heard in one)


def test_members_of_the_groups_cause_are_found_and_others_are_strangers() -> None:
    stream = [Heard(at, "x", cause) for at, cause in enumerate(["a", "a", "a", "b", ""])]
    told = score(stream, [Group(frozenset({0, 1, 3, 4}), 7.0), Group(frozenset({4}), 9.0)])
    assert (told.expected, told.found, told.false, told.delays, told.groups, told.causes) == (4, 2, 3, (7.0,), 2, 2)


def test_the_baseline_puts_together_what_says_nearly_the_same() -> None:
    stream = [Heard(at, f"the locker door does not open at station {at}", "a") for at in range(9)]
    stream += [Heard(20 + at, f"odd{at} thing{at} matter{at}", "") for at in range(9)]
    (group,) = near_duplicates(stream, set(range(18)))
    assert (group.members, group.minute) == (frozenset(range(9)), 7)
    assert near_duplicates(stream, set(range(7))) == []
