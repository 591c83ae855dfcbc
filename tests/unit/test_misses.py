"""Each proposal is proved on the post, is as small as it can be, and says what it does."""

from dataclasses import replace

import pytest

from bot.core.brand import Brand
from bot.core.case import Heard
from bot.core.misses import Missed, is_queued, offers, why

ACME = Brand(name="Acme", excluded=("fishing",), context="We deliver parcels.")
READ = Heard(tagged=False, sentiment="negative", complaint=0.9, urgency=0.1)


def missed(text: str, complaint: float | None = 0.9) -> Missed:
    return Missed(text, replace(READ, complaint=complaint))


@pytest.mark.parametrize(
    ("brand", "post", "first"),
    [
        (ACME, missed("Acme took my money and I wait", 0.21), "bar:0.21"),
        (ACME, missed("Acme lost my rod on the way, so much for fishing"), "excluded:fishing"),
        (Brand(name="Acme", required=("parcel",)), missed("Acme lost my refund"), "required:refund"),
        (Brand(name="Northwind Air"), missed("so the northwind lounge broke"), None),
        (Brand(name="Delta"), missed("why did delta lose what I gave them"), "us"),
    ],
)
def test_the_first_offer_would_have_caught_it(brand: Brand, post: Missed, first: str | None) -> None:
    assert not is_queued(brand, post)
    told = offers(brand, post)
    assert [offer.key for offer in told][:1] == ([first] if first else [])
    assert all(is_queued(offer.brand, post) for offer in told)
    assert len(why(brand, post)) > 20


def test_a_form_that_is_doubted_is_offered_as_a_name() -> None:
    brand = Brand(name="Northwind Air")
    post = missed("@northwindair_uk you lost it", 0.9)
    told = {offer.key for offer in offers(brand, post)}
    assert told == set() or all(key.startswith(("alias:", "us")) for key in told)


def test_two_changes_are_offered_together_only_where_no_single_one_helps() -> None:
    post = missed("Acme lost it, so much for fishing", 0.1)
    (told,) = offers(ACME, post)
    assert told.key == "excluded:fishing+bar:0.1"
    assert is_queued(told.brand, post)


def test_what_was_queued_anyway_needs_no_offer_and_a_hopeless_one_gets_none() -> None:
    assert [offer.key for offer in offers(ACME, missed("Acme is late", 0.001))] == []
    assert not offers(Brand(name="Acme", competitor=True), missed("Acme is late", 0.2))


def test_a_bar_is_never_offered_at_nothing() -> None:
    (told,) = offers(ACME, missed("Acme is late", 0.0149))
    assert told.brand.queue_at == 0.01


def test_what_was_doubted_by_lessons_is_not_said_to_be_a_complaint_over_the_bar() -> None:
    post = missed("Acme took my money and I wait", 0.71)
    assert why(ACME, post) == "It read as a complaint with 0.71 of 1; the bar is 0.3."
    told = why(ACME, post, (0.31, "reads like your 4 examples of not us"))
    assert told == "It was taken for somebody else, 0.31 of 1: reads like your 4 examples of not us."
