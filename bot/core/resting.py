"""What a verdict *about us* rests on: the name alone, or what is cited beside it. Said so that a person can check it.

Whoever looks away from the cited evidence sees the verdict fall, or was told that it would stand by the name alone.
How often that holds is measured: docs/judging.md.
"""

ALONE = "only the name speaks for it"
"""Nothing else was found that speaks for us."""

ENOUGH = "the name alone would do"
"""More speaks for us and is cited, but looking away from it would not change the verdict."""

FOR = frozenset(("context", "customer", "us"))
"""Keys of evidence (relevance.py) that can only speak for us and are no part of the name."""


def told(why: str, beside: bool) -> str:
    """The why of a verdict that the name alone upholds; `beside`: more speaks for us and is cited in it."""
    return "; ".join([plain(why), ENOUGH if beside else ALONE])


def plain(why: str) -> str:
    """A why without a word on what it rests on."""
    return "; ".join(part for part in why.split("; ") if part not in (ALONE, ENOUGH))
