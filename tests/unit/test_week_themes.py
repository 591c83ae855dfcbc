"""Themes: found in the customers' own words, counted by posts and people."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.grams import bare, grams_of
from bot.core.themes import Theme, by_topic, marks_of, shared, themes
from bot.core.week import Said

START = datetime(2025, 3, 3, tzinfo=UTC)


def post(name: str, text: str, author: str = "", platform: str = "mastodon") -> Said:
    at = START + timedelta(minutes=sum(map(ord, name)))
    return Said(name, at, platform, "Lumo", complaint=True, text=text, author=author or name)


def filler(n: int, mark: str) -> list[Said]:
    return [post(f"{mark}{number}", f"{mark}{number}aa {mark}{number}bb") for number in range(n)]


def marks(*names: str) -> list[str]:
    """What was kept of themes of these names."""
    found = [Theme(name, (), None, 0.0, "", (), key=" ".join(max(grams_of(name), key=len))) for name in names]
    return [mark for theme in found for mark in marks_of(theme)]


def test_a_theme_that_is_new_this_week_is_found_and_named_by_its_longest_common_words():
    now = [post(f"p{n}", f"why does the seat map crash on row {n}?") for n in range(6)] + filler(10, "now")
    found = themes(now, filler(20, "old"))
    assert found[0].name == "seat map crash"
    assert (found[0].n, found[0].last) == (6, 0)
    assert found[0].posts == tuple(f"p{n}" for n in range(6))


def test_a_steady_theme_stands_out_against_what_is_not_a_complaint():
    now = [post(f"p{n}", "my parcel was dented again") for n in range(8)]
    before = [post(f"b{n}", "my parcel was dented") for n in range(12)]
    praise = [post(f"g{n}", f"lovely colours {n}") for n in range(30)]
    found = themes(now, before, praise)
    assert found[0].n == 8
    assert found[0].last == 12
    assert "parcel" in found[0].name


def test_how_people_always_talk_is_no_theme():
    now = [post(f"p{n}", f"train number{n} smelled") for n in range(10)] + filler(10, "now")
    talk = [post(f"t{n}", f"train to place{n}") for n in range(40)]
    assert [theme.name for theme in themes(now, None, talk)] == ["smelled"]


def test_singular_and_plural_are_one_theme_shown_as_most_people_wrote_it():
    now = [post(f"p{n}", f"x{n}x lost luggages") for n in range(2)]
    now += [post(f"q{n}", f"y{n}y lost luggage") for n in range(5)]
    found = themes([*now, *filler(10, "now")], filler(20, "old"))
    assert (found[0].name, found[0].n) == ("lost luggage", 7)


def test_one_loud_person_makes_no_theme():
    now = [post(f"p{n}", "the lift is stuck", author="loud") for n in range(9)] + filler(10, "now")
    assert themes(now, filler(20, "old")) == ()


def test_two_mentions_make_no_theme():
    now = [post("a", "the lift is stuck"), post("b", "the lift is stuck"), *filler(10, "now")]
    assert themes(now, filler(20, "old")) == ()


def test_the_brands_own_names_are_no_theme():
    now = [post(f"p{n}", "Lumo Lamps flickering") for n in range(6)] + filler(10, "now")
    found = themes(now, filler(20, "old"), not_words=["Lumo", "lumo lamp"])
    assert [theme.name for theme in found] == ["flickering"]


def test_links_and_handles_are_not_words():
    assert grams_of("@lumo_care see https://lumo.example/refund &amp; www.lumo.example RT") == {}


def test_runs_do_not_cross_a_full_stop():
    assert ("refund", "hotel") not in grams_of("Still no refund. Hotel was cold.")


def test_words_that_say_nothing_start_no_run():
    assert set(grams_of("the door of the room")) == {("door",), ("room",)}
    assert ("door", "of", "room") in grams_of("door of room")


def test_each_complaint_belongs_to_one_theme():
    now = [post(f"p{n}", "cold pizza, rude courier") for n in range(5)]
    now += [post(f"q{n}", "rude courier") for n in range(5)]
    found = themes([*now, *filler(10, "now")], filler(20, "old"))
    claimed = [name for theme in found for name in theme.posts]
    assert len(claimed) == len(set(claimed)) == 10


def test_quotes_are_by_different_people_in_their_own_words():
    long = "The kettle leaks. " + "It began on a rainy morning and nobody could say why it did so. " * 4
    now = [
        post("p1", "My kettle LEAKS all over the bench, every single time I make tea for my mother!", "ann"),
        post("p2", "My kettle LEAKS all over the bench, every single time I make tea for my mother?", "ann"),
        post("p3", long, "ben"),
        post("p4", "kettle leaks", "cem"),
    ]
    (theme,) = themes([*now, *filler(10, "now")], filler(20, "old"))
    assert theme.name == "kettle leaks"
    first, second = theme.quotes
    assert first.text.startswith("My kettle LEAKS all over the bench")
    assert {first.post_id, second.post_id} == {"p1", "p4"}


def test_a_long_post_is_quoted_by_the_sentence_that_holds_the_words():
    now = [post(f"p{n}", f"{n}aaa {n}bbb {n}ccc. " * 20 + "The kettle leaks badly. Bye.") for n in range(6)]
    (theme,) = themes([*now, *filler(10, "now")], filler(20, "old"))
    assert theme.quotes[0].text == "The kettle leaks badly."


def test_a_long_post_without_a_full_stop_is_cut_at_a_word():
    now = [post(f"p{n}", "kettle leaks " + f"{n}aaa {n}bbb " * 40) for n in range(6)]
    (theme,) = themes([*now, *filler(10, "now")], filler(20, "old"))
    assert theme.quotes[0].text.startswith("kettle leaks ")
    assert theme.quotes[0].text.endswith(" …")
    assert len(theme.quotes[0].text) <= 162


def test_the_platform_is_named_only_where_it_says_something():
    on_two = [post(f"p{n}", "the lift is stuck", platform="bluesky") for n in range(4)] + filler(10, "now")
    assert themes(on_two, filler(20, "old"))[0].platform == "bluesky"
    on_one = [post(f"p{n}", "the lift is stuck") for n in range(4)] + filler(10, "now")
    assert themes(on_one, filler(20, "old"))[0].platform == ""


def test_without_a_week_before_last_is_unknown():
    now = [post(f"p{n}", "the lift is stuck") for n in range(4)]
    assert themes(now)[0].last is None


def test_nothing_said_is_no_theme():
    assert themes([]) == ()
    assert themes([post(f"p{n}", "") for n in range(5)]) == ()


some_words = st.sampled_from(["door", "key", "lost", "the", "été", "電車", "42", "@x", "a.b"])
words = st.lists(some_words, max_size=12).map(" ".join)


def posts(mark: str, texts: list[str]) -> list[Said]:
    return [post(f"{mark}{number}", text) for number, text in enumerate(texts)]


@settings(max_examples=40, deadline=None)
@given(st.lists(words | st.text(max_size=40), max_size=30), st.lists(words, max_size=15), st.lists(words, max_size=15))
def test_any_text_gives_themes_that_add_up(now, before, others):
    rows = posts("p", now)
    found = themes(rows, posts("b", before), posts("o", others))
    claimed = [name for theme in found for name in theme.posts]
    assert len(claimed) == len(set(claimed))
    assert all(theme.n >= 3 and theme.quotes for theme in found)
    assert found == themes(rows[::-1], posts("b", before), posts("o", others))


def test_which_one_it_is_belongs_to_the_name_of_a_theme() -> None:
    assert ("gate", "14") in grams_of("Still at gate 14. Nobody comes.")
    assert ("14",) not in grams_of("14 hours")


def test_the_same_theme_keeps_the_name_it_had_and_is_counted_by_it_in_both_weeks() -> None:
    now = [post(f"p{n}", f"the voucher page fails for {n}a") for n in range(8)] + filler(10, "now")
    before = [post(f"b{n}", "voucher page hangs") for n in range(6)]
    assert [theme.name for theme in themes(now, before)] == ["voucher page fails"]
    (kept,) = themes(now, before, known=marks("gate", "voucher page"))
    assert (kept.name, kept.n, kept.last) == ("voucher page", 8, 6)


def test_a_name_that_only_two_posts_hold_now_is_given_up() -> None:
    said = ("page broken", "page broken", "red thing", "blue thing")
    now = [post(str(n), f"voucher {rest}") for n, rest in enumerate((*said, "green thing"))]
    (one, *_rest) = themes(now, filler(20, "old"), known=marks("voucher page"))
    assert (one.name, one.n) == ("voucher", 5)
    assert not themes(now[:2] + now[-1:], filler(20, "old"))  # a lone word of three posts is no theme


def test_a_name_is_not_given_to_another_theme_nor_twice() -> None:
    now = [post(f"p{n}", f"the seat map crashed {n}a") for n in range(8)]
    now += [post(f"q{n}", f"no refund since {n}q") for n in range(5)] + filler(10, "now")
    fresh = [theme.name for theme in themes(now, filler(20, "old"))]
    found = themes(now, filler(20, "old"), known=marks("lost bag", fresh[1]))
    assert [theme.name for theme in found] == fresh
    called = [theme.name for theme in themes(now, filler(20, "old"), known=marks("seat map", "map", "seat"))]
    assert called == ["seat map", fresh[1]]


def test_a_word_without_a_phrase_is_taken_last_in_a_digest_and_by_its_size_in_an_incident() -> None:
    """An incident asks what all say (`shared`), a digest what tells a reader most."""
    lone = [post(f"p{n}", f"x{n}a parcel y{n}b") for n in range(9)]
    phrase = [post(f"q{n}", "the gate agent shouted") for n in range(5)]
    rows = [*lone, *phrase, *filler(10, "now")]
    assert [one.name for one in themes(rows, filler(20, "old"), most=1)] == ["gate agent shouted"]
    assert [one.key for one in shared(rows, filler(20, "old"), [], [], 8)] == ["parcel"]


@pytest.mark.parametrize(
    ("ways", "key"),
    [
        (("it didn't work", "still not working", "it doesn't work", "works? it never worked"), "not work"),
        (("page won't load", "not loading", "it never loads", "doesn't load"), "not load"),
        (("my card can't be charged", "not charging my card", "it wasn't charged", "won't charge"), "not charg"),
    ],
)
def test_a_no_and_a_word_are_one_theme_however_they_are_written(ways: tuple[str, ...], key: str) -> None:
    rows = [post(f"p{n}", f"{ways[n % 4]} {n}x y{n}b") for n in range(12)] + filler(10, "now")
    found = {one.key: one.n for one in themes(rows, filler(20, "old"))}
    assert found[key] >= 9
    assert not any(other != key and set(other.split()) & {"not"} for other in found)


def test_only_behind_a_no_an_ending_says_nothing() -> None:
    assert {bare(word) for word in ("charge", "charges", "charged", "charging")} == {"charg"}
    assert {bare(word) for word in ("close", "closed", "closing")} == {bare("close")} == {bare(bare("close"))}
    assert [bare(word) for word in ("need", "red", "use", "gepäck")] == ["need", "red", "use", "gepäck"]
    said = grams_of("the locker is delayed")
    assert ("delayed",) in said


def test_a_theme_whose_posts_are_mostly_in_one_topic_of_the_brand_is_called_as_that_is():
    now = [post(f"p{n}", f"why does the seat map crash on row {n}?") for n in range(6)]
    now += [post(f"q{n}", f"the refund for ticket {n} never came") for n in range(5)]
    found = themes([*now, *filler(10, "now")], filler(20, "old"))
    seats, refund = found[0], found[1]
    some = {f"p{n}": "Choosing a seat" for n in range(4)} | {"q1": "Money back", "q2": "Money back"}
    named = by_topic(found, some)
    assert [(one.name, one.topic) for one in named[:2]] == [("Choosing a seat",) * 2, (refund.name, "")]
    assert (named[0].posts, named[0].key, named[0].counted_by) == (seats.posts, seats.key, seats.said)
    every = by_topic(found, {one: "Trouble" for theme in found for one in theme.posts})
    assert [one.name for one in every[:2]] == ["Trouble", refund.name]  # no two themes have one name
    assert [one.name for one in by_topic(found, {})] == [one.name for one in found]


def test_two_people_of_the_same_words_are_quoted_once():
    now = [post(f"p{n}", "why does the seat map crash?") for n in range(6)] + [post("q", "the seat map crashed on me!")]
    quotes = themes([*now, *filler(10, "now")], filler(20, "old"))[0].quotes
    assert [quote.text for quote in quotes] == ["why does the seat map crash?", "the seat map crashed on me!"]
