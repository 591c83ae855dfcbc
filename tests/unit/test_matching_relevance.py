"""How likely it is us, from evidence a person can check."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.brand import Brand, brand_from_dict
from bot.core.matching import FLOOR, LIKELY, Match, Matcher, match_line
from bot.core.ordinary import known_words, ordinary_words
from bot.core.resting import ALONE, ENOUGH, FOR

RIVER: dict[str, Any] = {
    "name": "Delta",
    "context": "We are the airline, not the river: flights, bags, gates, crews.",
    "us": ["Delta left us at the gate for six hours"],
    "not_us": ["the delta variant is spreading again"],
}
PIECES = ["Delta", "the", "bag", "gate", "refund", "river", "variant", "left us at the gate", "is spreading", "DELTA"]


def judged(text: str, brand: dict[str, Any]) -> Match:
    (match,) = Matcher([brand_from_dict(brand)]).match(text)
    return match


@pytest.mark.parametrize(
    "text", ["Delta lost my bag", "delta lost my bag", "flying Delta again", "stuck at the gate, thanks Delta"]
)
def test_a_name_that_is_a_word_counts_where_the_context_fits(text: str) -> None:
    assert judged(text, RIVER).relevant >= LIKELY


@pytest.mark.parametrize("text", ["the Delta variant", "deep in the delta of a river", "the delta between the two"])
def test_a_name_that_is_a_word_does_not_count_where_it_is_the_word(text: str) -> None:
    assert judged(text, RIVER).relevant < LIKELY


def test_the_ordinary_word_is_not_even_a_match() -> None:
    assert not judged("this is the pinnacle of art", {"name": "Pinnacle"}).matched
    line = match_line({"id": 1, "text": "the pinnacle of art"}, brand_from_dict({"name": "Pinnacle"}))
    assert (line["matched"], line["spans"]) == (False, [])


def test_a_small_letter_name_after_an_article_is_doubtful() -> None:
    assert judged("she reached the zenitho.", {"name": "Zenitho"}).relevant < LIKELY
    assert judged("the zenitho app broke", {"name": "Zenitho"}).relevant >= LIKELY


def test_the_context_is_named_in_the_why() -> None:
    assert "“bag”" in judged("Delta lost my bag", RIVER).why


def test_an_example_of_not_us_pulls_down_posts_like_it() -> None:
    brand = {"name": "Kestrel", "not_us": ["saw a kestrel hovering over the motorway this morning"]}
    like = judged("Kestrel hovering over the motorway again this morning", brand)
    other = judged("Kestrel charged me twice this morning", brand)
    assert like.relevant < other.relevant
    assert "not us" in like.why
    assert judged("saw a Kestrel hovering over the motorway this morning", brand).relevant < FLOOR


def test_an_example_of_us_pulls_up_posts_like_it() -> None:
    brand = {"name": "Swift", "us": ["swift transfer stuck for three days"]}
    assert judged("my swift transfer is stuck, three days now", brand).relevant >= LIKELY


def test_a_required_word_that_is_missing_lowers() -> None:
    brand = {"name": "Quill", "required": ["pen", "ink"]}
    assert judged("Quill is great", brand).relevant < FLOOR
    assert "required" in judged("Quill is great", brand).why
    assert judged("Quill ink is great", brand).relevant >= LIKELY


def test_a_required_word_in_the_title_will_do() -> None:
    (match,) = Matcher([brand_from_dict({"name": "Quill", "required": ["ink"]})]).match("Quill dried out", title="ink")
    assert match.relevant >= LIKELY


def test_a_namesake_known_by_its_words_is_told_apart() -> None:
    assert judged("an Apple pie with cinnamon", {"name": "Apple"}).relevant < LIKELY


def test_the_brands_own_context_overrules_the_hint() -> None:
    brand = {"name": "Apple", "context": "We bake pies and sell cider."}
    assert judged("Apple pie was cold", brand).relevant >= LIKELY


def test_tagged_is_relevant_whatever_surrounds_it() -> None:
    assert judged("@delta the Delta variant of service", {**RIVER, "handles": ["delta"]}).relevant >= 0.9


def test_a_whole_word_of_another_alphabet_is_not_us_by_chance() -> None:
    russian = judged("убери сор из избы", {"name": "Cop"})
    assert not russian.matched
    assert "another language" in russian.why
    assert judged("the Сор app is down", {"name": "Cop"}).matched


def test_very_short_names_are_doubtful() -> None:
    assert judged("my hq printer", {"name": "HQ"}).relevant < LIKELY


def test_capitals_say_more_than_small_letters() -> None:
    brand = {"name": "Target"}
    assert judged("I went to Target yesterday", brand).relevant > judged("I hit the target yesterday", brand).relevant


def test_the_list_of_ordinary_words_is_there() -> None:
    assert {"target", "delta", "apple", "spring"} <= ordinary_words()
    assert "#" not in ordinary_words()


def test_a_known_word_is_no_slip_and_makes_no_name_doubtful() -> None:
    assert ordinary_words() < known_words()
    assert {"america", "charger", "colombia"} <= known_words() - ordinary_words()
    assert all(word.isascii() and word.isalpha() for word in known_words() - ordinary_words())
    assert judged("Columbia lost my coat", {"name": "Columbia"}).relevant > LIKELY


def test_what_the_context_says_we_are_not_speaks_against_us() -> None:
    brand = Brand(name="Northwind", context="We are an airline, not the wind and not a sample database.")
    (wind,) = Matcher([brand]).match("Northwind again, what a wind")
    (plane,) = Matcher([brand]).match("Northwind again, what an airline")
    assert wind.relevant < 0.5 < plane.relevant
    assert "which your context says you are not" in wind.why


@pytest.mark.parametrize(
    ("context", "text"),
    [
        ("A phone network. We are not the fruit, the colour, or Zenitho County.", "Zenitho County is closed"),
        ("A phone network, not the fruit, the band and the county: calls, bills.", "the Zenitho county is closed"),
        ("Сеть магазинов. Мы не фрукт и не партия.", "Zenitho партия"),
        ("Ein Netz, nicht die Frucht, die Farbe oder der Bezirk.", "Zenitho Bezirk"),
    ],
)
def test_a_list_of_what_we_are_not_is_denied_to_its_end(context: str, text: str) -> None:
    found = judged(text, {"name": "Zenitho", "context": context})
    assert "which your context says you are not" in found.why
    assert found.relevant < LIKELY


@pytest.mark.parametrize(
    "context",
    [
        "Not the river, we run flights.",
        "Not the river, an airline with flights.",
        "Not the river or the sea, but flights.",
    ],
)
def test_what_follows_a_denial_may_be_what_we_are(context: str) -> None:
    assert "as your context does" in judged("Zenitho flights", {"name": "Zenitho", "context": context}).why


@pytest.mark.parametrize(
    ("text", "rests"),
    [
        ("saw Zenitho yesterday", "only the name speaks for it"),
        ("Zenitho lost a bag", "the name alone would do"),
        ("thanks @zenitho", ""),
        ("see zenitho.example/help", ""),
    ],
)
def test_a_verdict_says_whether_the_name_alone_upholds_it(text: str, rests: str) -> None:
    brand = {"name": "Zenitho", "context": "flights, bags", "handles": ["zenitho"], "domains": ["zenitho.example"]}
    found = judged(text, brand)
    assert found.why.split("; ")[-1] == rests if rests else not {ALONE, ENOUGH} & set(found.why.split("; "))


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8))
def test_looking_away_from_what_is_cited_for_us_changes_the_verdict_unless_it_says_that_the_name_would_do(
    said: list[str],
) -> None:
    text = f"{' '.join(said)} delta"
    for match in Matcher([brand_from_dict(RIVER)]).match(text):
        bare = Matcher([brand_from_dict(RIVER)]).match(text, without=FOR)[0]
        assert match.alone == bare.relevant
        upheld = bool({ALONE, ENOUGH} & set(match.why.split("; ")))
        assert upheld == (match.relevant >= LIKELY and bare.relevant >= LIKELY)


@pytest.mark.parametrize(
    "text",
    [
        "American lost my bag in Dallas",
        "never again with American.",
        "stuck on an American flight for hours, refund please",
        "American's crew was rude",
        "I flew American Airlines",
        "thanks to American http://t.example/x",
    ],
)
def test_a_name_that_is_also_a_people_standing_by_itself_is_the_brand(text: str) -> None:
    assert judged(text, {"name": "American", "context": "flights, bags"}).relevant >= LIKELY


@pytest.mark.parametrize(
    "text",
    [
        "American cheese is disgusting", "As an American I am ashamed", "the american dream is dead",
        "Latin Americans are treated terribly", "I wish I was American", "the American people decide",
    ],
)  # fmt: skip
def test_what_is_from_there_is_not_the_brand_and_the_why_says_so(text: str) -> None:
    found = judged(text, {"name": "American", "context": "flights, bags"})
    assert found.relevant < LIKELY
    assert "also w" in found.why
    (bare,) = Matcher([Brand(name="American")]).match(text, without=frozenset(("word",)))
    assert bare.relevant >= LIKELY


def test_two_words_of_custom_outweigh_small_letters() -> None:
    brand = {"name": "Target"}
    assert judged("waited at target returns with my receipt", brand).relevant >= LIKELY
    assert judged("waited at target returns", brand).relevant < LIKELY
    assert judged("return and returned at target", brand).relevant < LIKELY
