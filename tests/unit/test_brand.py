"""A brand is written by a person; refusals say where and what to write instead."""

import pytest

from bot.core.brand import Brand, account, brand_from_dict, brand_from_toml
from bot.core.checked import BadRules

FERRY = """
name = "Harbour Ferry"
aliases = ["HarbourFerry", "HF Line"]
handles = ["@HarbourFerry"]
hashtags = ["#sailharbour"]
domains = ["https://www.harbourferry.example/tickets"]
excluded = ["harbour master"]
context = "We run ferries."
zone = "Europe/Oslo"
[policy]
minutes = 60
"""


def test_a_brand_reads_from_toml() -> None:
    brand = brand_from_toml(FERRY, "ferry.toml")
    assert brand.called() == ("Harbour Ferry", "HarbourFerry", "HF Line")
    assert brand.handles == {"any": ("harbourferry",)}
    assert brand.hashtags == ("sailharbour",)
    assert brand.domains == ("harbourferry.example",)
    assert brand.policy == {"minutes": 60}


def test_a_brand_may_stand_in_a_table_of_its_own() -> None:
    assert brand_from_toml('[brand]\nname = "Quill"\n[brand.handles]\nbluesky = "quill.example"', "q").name == "Quill"


def test_the_first_of_several_names_will_do() -> None:
    assert brand_from_dict({"names": ["Quill", "Quill Pens"]}).name == "Quill"


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(BadRules, match=r"ferry\.toml: `exclded` is not known here. Did you mean `excluded`\?"):
        brand_from_toml('name = "F"\nexclded = ["x"]', "ferry.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('aliases = ["x"]', "`name` is missing"),
        ('name = ""', "needs a name"),
        ('name = "Q"\nnames = ["!?"]', "no letter or digit"),
        ('name = "Q"\nzone = "Europe/Olso"', "Europe/Oslo"),
        ('name = "Q"\ndomains = ["quill"]', "is not a domain"),
        ('name = "Q"\nhandles = ["two words"]', "is not a handle"),
        ('name = "Q"\nlanguages = ["Bavarian"]', "is no language known here"),
        ("name = 5", "valid string"),
        ("name = ", "Mend that line"),
    ],
)
def test_each_refusal_says_what_to_mend(text: str, said: str) -> None:
    with pytest.raises(BadRules, match=said):
        brand_from_toml(text, "b.toml")


def test_all_refusals_come_at_once() -> None:
    with pytest.raises(BadRules) as refused:
        brand_from_dict({"name": "", "domains": ["x"], "colour": "red"}, "form")
    assert len(str(refused.value).splitlines()) == 3


def test_handles_count_on_their_platform_only() -> None:
    brand = brand_from_dict({"name": "Q", "handles": {"x": ["quill"], "any": ["quillpens"]}})
    assert brand.owns("@Quill", "x")
    assert not brand.owns("quill", "mastodon")
    assert brand.owns("quillpens", "mastodon")
    assert brand.owns("quill")


def test_a_look_alike_never_owns() -> None:
    assert not brand_from_dict({"name": "Q", "handles": ["quill"]}).owns("quіll")  # Cyrillic i


def test_a_brand_cannot_be_changed() -> None:
    brand = Brand(name="Q")
    with pytest.raises(ValueError, match="frozen"):
        brand.name = "R"  # type: ignore[misc]


def test_a_handle_is_compared_without_its_at_sign() -> None:
    assert account(" @Quill ") == "quill"


def test_the_languages_answered_in_are_kept_by_code_and_old_words_mean_nothing() -> None:
    assert brand_from_dict({"name": "Q", "languages": ["German", "en-GB", "de"]}).languages == ("de", "en")
    assert Brand(name="Q").answers_in() == ()
    stored = Brand.model_validate_json('{"name": "Q", "languages": ["Bavarian", "de"]}', context={"stored": True})
    assert (stored.languages, stored.answers_in()) == (("Bavarian", "de"), ("de",))
