"""Accounts and links that pass for ours."""

from typing import Any

import pytest

from bot.core.brand import brand_from_dict
from bot.core.impostor import impostor
from bot.core.links import address_of
from bot.core.matching import Matcher

LARK = brand_from_dict({"name": "Paylark", "handles": ["paylark"], "domains": ["paylark.example"]})


def warnings(text: str, **more: Any) -> tuple[str, ...]:
    found = Matcher([LARK]).match(text, **more)
    return found[0].warnings if found else ()


@pytest.mark.parametrize(
    "text",
    [
        "@paylark\u200b help desk",
        "@paylark\u202etroppus",
        "@pаylark here",  # Cyrillic a
        "@payIark here",  # capital i
        "@paylark_support will call you",
        "@PaylarkHelpDesk will call you",
        "@paylark1 here",
        "@paylark_ here",
        "@paylark-support here",
        "@paylarc here",
        "see https://paylark-example.test",
        "see https://pаylark.example/refund",  # Cyrillic a
        "see https://paylark.example.evil.test/",
        "see https://evil.test/paylark.example",
        "see https://paylark.example@evil.test/",
        "see https://paylark-refunds.example",
        "see https://paylarck.example",
        "see https://payl4rk.example",
        f"see https://xn--{'pаylark'.encode('punycode').decode()}.example/",
    ],
)
def test_what_passes_for_us_is_flagged_and_heard(text: str) -> None:
    assert warnings(text)


@pytest.mark.parametrize(
    "text",
    [
        "@paylark help",
        "see https://paylark.example/help",
        "see https://shop.paylark.example",
        "Pаylark is down",  # a look-alike name in running text hurts nobody
        "Pay\u200blark is down",
        "paylark-unrelated.example",
        "https://news.example/2026/paylark-is-down",
        "paylark and @otherbank are down",
        "#PaylarkFail",
    ],
)
def test_what_does_not_pass_for_us_is_left_alone(text: str) -> None:
    assert warnings(text) == ()


def test_the_warning_says_where_the_link_goes() -> None:
    (said,) = warnings("https://paylark.example@evil.test/")
    assert "evil.test" in said
    assert "paylark.example" in said


@pytest.mark.parametrize(
    ("handle", "name", "flagged"),
    [
        ("paylark", "Paylark", False),
        ("PayLark", "anything", False),
        ("pay1ark", "", True),
        ("paylark_care", "", True),
        ("rando77", "Paylark Support", True),
        ("rando77", "Раylark", True),
        ("rando77", "Priya", False),
        ("larkpay", "Lark Pay", False),
        ("", "", False),
    ],
)
def test_authors_who_pass_for_us_are_flagged(handle: str, name: str, flagged: bool) -> None:
    assert (impostor(handle, name, LARK) is not None) is flagged


def test_a_match_carries_the_warning_about_its_author() -> None:
    (match,) = Matcher([LARK]).match("Paylark refunds here", author_handle="paylark_refunds", author_name="x")
    assert match.warnings
    assert "careful" in match.why


def test_the_same_name_on_another_server_is_flagged_when_ours_is_known() -> None:
    brand = brand_from_dict({"name": "Paylark", "handles": {"mastodon": ["paylark@social.example"]}})
    matcher = Matcher([brand])
    assert matcher.match("@paylark@social.example hi", platform="mastodon")[0].tagged
    (other,) = matcher.match("@paylark@evil.example hi", platform="mastodon")
    assert other.warnings
    assert not other.tagged


def test_our_domain_as_a_handle_is_ours() -> None:
    assert Matcher([LARK]).match("@paylark.example hi", platform="bluesky")[0].tagged


@pytest.mark.parametrize(
    ("link", "host", "claims"),
    [
        ("https://a.example:8080/x", "a.example", ""),
        ("https://user@b.example", "b.example", "user"),
        ("http://c.example?x@y", "c.example", ""),
        ("www.d.example/x", "www.d.example", ""),
        ("https://xn--/", "xn--", ""),
        ("https://xn--999999999/", "xn--999999999", ""),
    ],
)
def test_links_come_apart(link: str, host: str, claims: str) -> None:
    address = address_of(link)
    assert (address.host, address.claims) == (host, claims)
