import pytest

from connectors.types import Want
from connectors.wanted import Wanted, fold, tags

ACME = Wanted(
    Want(
        terms=("Acme Air", "Zürich Brot"),
        handles=("@acme.test",),
        hashtags=("#acmefail",),
        own=frozenset({"@Acme.test"}),
    )
)


@pytest.mark.parametrize(
    "text",
    [
        "ACME AIR lost my bag",
        "acme\n  air",
        "Áçmé Air",
        "Ａｃｍｅ Ａｉｒ",  # full width
        "Ac\u200bme\u00ad Air",  # zero width space, soft hyphen
        "Аcmе Аir",  # Cyrillic А, е, А
        "zurich brot",
        "hey @acme.test",
        "why #AcmeFail",
        "notacme airport",  # the real matcher decides about words
    ],
)
def test_what_the_matcher_may_accept_gets_through(text: str) -> None:
    assert ACME.in_text(text)


@pytest.mark.parametrize("text", ["", "acme", "air acme", "the weather", "@acme"])
def test_the_rest_of_the_firehose_does_not(text: str) -> None:
    assert not ACME.in_text(text)


def test_a_very_short_name_must_stand_alone() -> None:
    short = Wanted(Want(terms=("BA",)))
    assert short.in_text("flying BA today")
    assert short.in_text("#ba!")
    assert not short.in_text("the bank and the bar")


def test_a_short_name_in_another_script_may_stand_anywhere() -> None:
    assert Wanted(Want(terms=("京東",))).in_text("我喜歡京東的服務")


def test_wanting_nothing_hears_nothing() -> None:
    assert not Wanted(Want()).in_text("anything at all")


def test_our_own_names_are_known_with_and_without_at() -> None:
    assert ACME.ours("acme.TEST")
    assert ACME.ours("", "@acme.test")
    assert not ACME.ours("pat.test", "")


def test_a_term_is_also_followed_as_a_hashtag() -> None:
    want = Want(terms=("Acme Air", "42"), hashtags=("#AcmeFail", "acmeair"))
    assert tags(want) == ("acmefail", "acmeair")


def test_folding_is_linear_and_total() -> None:
    assert fold("ﷺ" * 50_000)
    assert fold("\ud800x") == "\ud800x"
