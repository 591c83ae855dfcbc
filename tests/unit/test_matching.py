"""Who is named in a text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.brand import Brand, brand_from_dict
from bot.core.folding import fold, skeleton, squeeze
from bot.core.matching import LIKELY, Match, Matcher, match_line

TULIP: dict[str, Any] = {"name": "Tulo", "handles": ["tulo"], "domains": ["tulo.example"]}
FERRY: dict[str, Any] = {
    "name": "Harbour Ferry",
    "names": ["Harbourferry Line"],
    "handles": {"x": ["harbourferry"]},
    "hashtags": ["sailharbour"],
}


def one(text: str, brand: dict[str, Any] = TULIP, **more: Any) -> Match | None:
    found = Matcher([brand_from_dict(brand)]).match(text, **more)
    return found[0] if found else None


def spans(text: str, brand: dict[str, Any] = TULIP) -> list[str]:
    match = one(text, brand)
    return [text[start:end] for start, end, _ in match.spans] if match else []


@pytest.mark.parametrize(
    "text",
    [
        "Tulo lost my order",
        "tulo",
        "TULO!!!",
        "is (tulo) down?",
        "Tulo's app",
        "Tulo’s app",
        "Tulos are all the same",
        "tulo-app broke",
        "Túlò",
        "Ｔｕｌｏ",
        "𝕋𝕦𝕝𝕠",
        "Тulo",  # Cyrillic T
        "Τulο",  # Greek tau and omicron
        "ᴛᴜʟᴏ never answers",
        "Tu\u200blo",
        "Tu\u00adlo",
        "T\u0336u\u0336l\u0336o\u0336",
        "#TuloFail",
        "#tulofail",
        "#boycottTulo",
        "T U L O",
        "t.u.l.o.",
        "T-U-L-O",
        "tul0",
        "Tulo客服电话打不通",
        "昨日Tuloで買った",
        "خدمة Tulo سيئة",
        "TuloSupport kept me waiting",
        "Tulo™ and Tulo® are down",
    ],
)
def test_the_ways_people_write_a_name_are_heard(text: str) -> None:
    match = one(text)
    assert match is not None
    assert match.relevant >= LIKELY
    assert not match.tagged


@pytest.mark.parametrize(
    "text",
    [
        "tulology is a science",
        "cantulo",
        "tu lo sai",
        "name: T. U. Lorenz",
        "tulo-unrelated.example",
        "nottulo.example",
        "@tulowitz hello",
        "mail me at tulo@elsewhere.example",
        "#tuloxyz",
        "tulip",
        "",
        "   ",
    ],
)
def test_a_piece_of_another_word_is_not_the_name(text: str) -> None:
    assert one(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "harbourferry is late",
        "HARBOUR FERRY",
        "harbour-ferry",
        "Harbour  Ferry",
        "#HarbourFerry",
        "#harbourferrysucks",
        "the HarbourFerry app",
        "harbor ferry sank my day",
        "Harbour Ferrry",
        "Habrour Ferry",
        "harbour_ferry",
        "har bour ferry",
    ],
)
def test_a_name_of_two_words_is_heard_joined_split_and_misspelt(text: str) -> None:
    match = one(text, FERRY)
    assert match is not None
    assert match.relevant >= LIKELY


@pytest.mark.parametrize("text", ["harbour. ferry", "harbour, ferry", "ferry harbour", "harbour the ferry", "harbour"])
def test_words_that_only_stand_near_each_other_are_not_the_name(text: str) -> None:
    assert one(text, FERRY) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Sprint", "spring is here"),
        ("Orange", "the range is wide"),
        ("Amazon", "amazing"),
        ("American", "God bless America"),
        ("Charter", "I need a charger for Carter's phone"),
        ("Kestrel 12", "kestrel 13"),
    ],
)
def test_a_slip_that_makes_another_word_is_that_word(name: str, text: str) -> None:
    assert one(text, {"name": name}) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Earth, Wind & Fire", "Earth, Wind & Fire were late"),
        ("Earth, Wind & Fire", "earth,wind and fire merch"),
        ("Earth, Wind & Fire", "Earth Wind & Fire"),
        ("Panic! At The Disco", "Panic! at the disco cancelled"),
        ("Mission: Impossible", "mission: impossible broke"),
        ("Does, Ltd.", "Does, Ltd. stole it"),
    ],
)
def test_a_name_with_a_comma_or_another_sign_in_it_is_heard_as_it_is_written(name: str, text: str) -> None:
    assert one(text, {"name": name}) is not None
    assert one("the earth, the wind: impossible! at fire, it does", {"name": name}) is None


@pytest.mark.parametrize("text", ["earth wind, & fire", "earth: wind & fire", "earth, wind! & fire"])
def test_a_sign_of_a_name_stands_where_the_name_has_it(text: str) -> None:
    assert one(text, {"name": "Earth, Wind & Fire"}) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Сокол", "сокола нет, а Соколом довезли"),
        ("카모메", "카모메가 늦어요"),
        ("かもめ便", "昨日かもめ便で遅延"),
        ("أكمي", "والأكمي سيئة"),
        ("Brød & Co", "brod and co was closed"),
        ("O'Malley's", "omalleys burnt my pie"),
        ("PayLark", "pay lark took my money"),
    ],
)
def test_every_script_has_its_own_word_edges(name: str, text: str) -> None:
    assert one(text, {"name": name}) is not None


def test_a_name_with_a_sign_in_it_needs_the_sign() -> None:
    assert one("hm, ok", {"name": "H&M"}) is None
    assert one("H & M closed", {"name": "H&M"}) is not None


def test_spans_point_into_the_original() -> None:
    text = "Ⓣⓤⓛⓞ and Tu\u200blo’s #TuloFail"
    assert spans(text) == ["Ⓣⓤⓛⓞ", "Tu\u200blo", "Tulo"]


@pytest.mark.parametrize(
    ("text", "tagged"),
    [
        ("@tulo fix it", True),
        (".@Tulo, please", True),
        ("@tulo@ferry.example hi", True),
        ("@tulo-everyone: hi", True),
        ("@tulo.I waited", True),
        ("@tulo.evil.example hi", False),
        ("@tulo_fan hi", False),
        ("@tulo__ hi", False),
        ("@tulo-support hi", False),
        ("tulo fix it", False),
        ("@tulо fix it", False),  # Cyrillic o: the platform does not tell us
    ],
)
def test_tagged_is_a_fact(text: str, tagged: bool) -> None:
    match = one(text)
    assert (match is not None and match.tagged) is tagged


def test_the_platforms_word_for_it_counts_as_tagged() -> None:
    match = one("please fix this", mentioned=["Tulo"])
    assert match is not None
    assert match.tagged
    assert match.relevant >= 0.9


def test_a_handle_of_another_platform_does_not_tag_us() -> None:
    match = one("@harbourferry hello", FERRY, platform="mastodon")
    assert match is not None
    assert not match.tagged
    assert Matcher([brand_from_dict(FERRY)]).match("@harbourferry hello", platform="x")[0].tagged


def test_our_address_and_hashtag_are_heard() -> None:
    assert spans("see https://shop.tulo.example/a?b=c now") == ["tulo.example"]
    assert spans("write to help@tulo.example") == ["tulo.example"]
    assert spans("love to #SailHarbour", FERRY) == ["#SailHarbour"]


def test_an_excluded_word_removes_the_match() -> None:
    assert one("tulo the clown", {**TULIP, "excluded": ["clown"]}) is None
    assert one("tulo the clowning", {**TULIP, "excluded": ["clown"]}) is not None


def test_an_excluded_phrase_around_the_name_removes_only_itself() -> None:
    brand = {**TULIP, "excluded": ["Tulo Beach"]}
    assert one("sunny at Tulo Beach", brand) is None
    text = "flew with Tulo to Tulo Beach"
    assert spans(text, brand) == ["Tulo"]


def test_a_title_is_heard_with_its_own_spans() -> None:
    match = one("never again", title="Tulo review")
    assert match is not None
    assert match.spans == ()
    assert match.title_spans == ((0, 4, "Tulo"),)


def test_several_brands_are_told_apart_in_one_pass() -> None:
    matcher = Matcher([brand_from_dict(TULIP), brand_from_dict(FERRY), brand_from_dict({"name": "Quill"})])
    assert [match.brand for match in matcher.match("harbour ferry beats tulo")] == ["Tulo", "Harbour Ferry"]


def test_a_thousand_brands_with_ten_aliases_fit_in_one_matcher() -> None:
    letters = "bcdfghjklm"
    brands = [
        brand_from_dict({"name": f"zo{a}a{b}o{c}ix", "aliases": [f"zo{a}a{b}o{c}ix {d}oru" for d in letters]})
        for a in letters
        for b in letters
        for c in letters
    ]
    matcher = Matcher(brands)
    assert [match.brand for match in matcher.match("my zocafohix goru is broken")] == ["zocafohix"]


NAME = st.text(alphabet="abcdefghilmnoprstu", min_size=3, max_size=14)
AROUND = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30)


def _brand(name: str) -> Brand:
    return brand_from_dict({"name": name})


@given(NAME, AROUND, AROUND)
def test_every_exact_span_folds_to_its_term(name: str, before: str, after: str) -> None:
    text = f"{before} {name.title()} {after}"
    for match in Matcher([_brand(name)]).match(text):
        for start, end, term in match.spans:
            slices = {squeeze(fold(text[start:end])), squeeze(skeleton(text[start:end]))}
            near = any(abs(len(form) - len(squeeze(fold(term)))) <= 2 for form in slices)
            assert squeeze(fold(term)) in slices or near


@given(NAME, AROUND, AROUND)
def test_a_name_between_spaces_is_always_heard(name: str, before: str, after: str) -> None:
    before, after = (side.replace("http", "").replace("@", "").replace("#", "") for side in (before, after))
    text = f"{before} {name} {after}"
    seen = Matcher([_brand(name)]).match(text)
    assert any(text[start:end] == name for match in seen for start, end, _ in match.spans)


@given(st.text(max_size=200))
def test_no_text_breaks_the_matcher(text: str) -> None:
    for match in Matcher([brand_from_dict(TULIP), brand_from_dict(FERRY)]).match(text, title=text, author_name=text):
        assert 0 <= match.relevant <= 1
        assert all(0 <= start < end <= len(text) for start, end, _ in match.spans)


@pytest.mark.parametrize(
    "piece",
    ["tulo is late. ", "tulo", "#tulo ", "@tulo ", "a.", "http://a", "Ⓣulо е ", "t u l o ", "harborferr "],
)
def test_a_huge_post_is_read_and_its_spans_are_bounded(piece: str) -> None:
    match = one(piece * (200_000 // len(piece)))
    assert match is None or len(match.spans) <= 100


def test_a_line_answers_in_the_promised_shape() -> None:
    answer = match_line({"id": "7", "text": "@tulo help"}, brand_from_dict(TULIP))
    assert list(answer) == ["id", "matched", "relevant", "tagged", "spans", "why"]
    assert answer["id"] == "7"
    assert answer["matched"] is True
    assert answer["tagged"] is True
    assert answer["spans"] == [[0, 5, "@tulo"]]
    assert 0 <= answer["relevant"] <= 1


def test_a_line_without_the_brand_says_so() -> None:
    answer = match_line({"id": 1, "text": "lovely weather"}, brand_from_dict(TULIP))
    assert (answer["matched"], answer["spans"], answer["relevant"]) == (False, [], 0.0)
    assert "Tulo" in answer["why"]


@pytest.mark.parametrize("line", [{}, {"id": 1}, {"id": 1, "text": 5}, {"id": 1, "text": None}])
def test_a_bad_line_yields_an_error_and_its_id(line: dict[str, Any]) -> None:
    answer = match_line(line, brand_from_dict(TULIP))
    assert set(answer) == {"id", "error"}
    assert answer["id"] == line.get("id")
