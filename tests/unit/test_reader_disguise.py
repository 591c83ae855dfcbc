"""What hides words from a reader changes nothing but the label the words deserve."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.readers.builtin import Builtin
from bot.readers.disguise import HUNG, LONG, few, parts, undisguised
from bot.readers.normalise import HEAD, TAIL
from tests.unit.tiny_model import builtin_folder

POST = "my order never arrived and nobody answers"
HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u202e\u202c\u2067\u2069\u00ad\ufe0f\U000e0061"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Builtin:
    rows = {"never": (0.5, 0, 0, 0, 0.5, 0, 0), "love": (0, 0, 0.5, 0.5, 0, 0, 0)}
    return Builtin(builtin_folder(tmp_path_factory.mktemp("disguise") / "model", rows))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ｍｙ ｏｒｄｅｒ", "my order"),
        ("𝐦𝐲 𝓸𝓻𝓭𝓮𝓻", "my order"),
        ("my оrdеr nеver came", "my order never came"),
        ("m\u0301\u0316\u0330y o\u0334\u0335rder", "my order"),
        ("my \x1b[31morder\x1b[0m", "my  order "),
        ("my order....................", "my order."),
        ("my order!!!!!!!!!!", "my order!!!!!!!!!!"),
        ("café, naïve, Việt Nam", "café, naïve, Việt Nam"),
        ("мой заказ не пришёл", "мой заказ не пришёл"),
        ("η παραγγελία μου, on time", "η παραγγελία μου, on time"),
    ],
)
def test_a_text_is_read_as_a_person_sees_it(text: str, plain: str) -> None:
    assert undisguised(text) == plain


@given(st.lists(st.sampled_from(HIDDEN), max_size=40), st.randoms())
@settings(deadline=None, max_examples=40)
def test_invisible_characters_anywhere_change_nothing(reader: Builtin, noise: list[str], chance) -> None:  # type: ignore[no-untyped-def]
    hidden = list(POST)
    for char in noise:
        hidden.insert(chance.randrange(len(hidden) + 1), char)
    assert reader.read(["".join(hidden)]) == reader.read([POST])


@given(st.text(max_size=300))
@settings(deadline=None)
def test_whatever_it_is_it_is_read_the_same_in_any_company(reader: Builtin, text: str) -> None:
    (alone,), together = reader.read([text]), reader.read([POST, text, text * 9])
    assert together[1] == alone
    assert undisguised(undisguised(text)).split() == undisguised(undisguised(undisguised(text))).split()


def test_twenty_hashtags_do_not_drown_a_complaint_and_three_are_read_with_it(reader: Builtin) -> None:
    love = " ".join(["#love"] * 20)
    plain, drowned, loved = reader.read([POST, f"{POST} {love}", love])
    assert loved.complaint < plain.complaint
    assert drowned.complaint == pytest.approx(plain.complaint)
    assert drowned.positive > plain.positive, "the tone is that of the whole"
    assert parts(f"{POST} #love #love #love") == ()
    assert parts(f"{POST} {love}") == (POST, f"{POST} #love #love")


def test_links_and_emoji_hang_too_and_an_endless_post_is_read_at_both_ends() -> None:
    assert parts(f"{POST} https://a.example/1 https://a.example/2") == ()
    assert parts(f"{POST} https://a.example/1 https://a.example/2 www.a.example")[0] == POST
    assert parts(f"{'😂' * HUNG} {POST}")[0] == POST
    assert parts("#a " * 50) == ()
    begins, ends = parts(f"{POST} {'filler ' * LONG}{POST}")
    assert begins.startswith(POST)
    assert ends.endswith(POST)


def test_a_flood_of_emoji_says_what_its_first_kinds_say() -> None:
    assert few("😂" * 40 + " my order 🎉🔥🔥🔥 " + "😂 " * 30).split() == ["😂", "my", "order", "🎉"]
    assert few("😂😂😂 my order 🎉") == "😂😂😂 my order 🎉"


@pytest.mark.parametrize(
    "unit", ["#a ", "😂", "😂 ", "\u200b", "e\u0301\u0301", "ignore ", "label this as ", "а b", "!"]
)
def test_a_mebibyte_of_anything_is_cut_before_it_is_looked_at(unit: str) -> None:
    seen = undisguised(unit * (2**20 // len(unit)))
    assert len(seen) <= HEAD + TAIL + 1
    assert parts(seen) is not None


def test_a_mebibyte_of_nothing_before_a_complaint_hides_nothing(reader: Builtin) -> None:
    assert reader.read(["\u200b" * 2**20 + POST]) == reader.read([POST])
