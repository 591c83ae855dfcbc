"""The copy for a person as a page: all of it is there, and nothing in it acts or fetches."""

import re
from html.parser import HTMLParser
from typing import Any

from bot.core.person_page import page

NASTY = "</blockquote><script>alert(1)</script><img src=//evil.test/x>&amp; \u202eesrever"
AT = "2026-05-04T10:00:00+00:00"


def told(words: str = "My bag is lost", **more: Any) -> dict[str, Any]:
    """A copy with something in every place."""
    readings = [
        {"reader": "builtin", "version": "2", "negative": 0.9, "neutral": 0.05, "positive": 0.05, "read_at": AT}
    ]
    mention = {
        "brand": "Acme", "case_id": 7, "tagged": False, "relevance": 0.9, "why": words, "verdict": "open",
        "sentiment": "negative", "complaint": 0.91, "urgency": 0.2, "language": "en", "spam": None, "spam_why": "",
        "read_at": AT, "readings": readings,
    }  # fmt: skip
    post = {
        "id": 1, "platform": "memory", "native_id": "1", "source": "memory", "url": "javascript:alert(1)",
        "author_id": "a", "author_handle": words, "author_name": words, "followers": 3, "title": "", "text": words,
        "created_at": AT, "edited_at": None, "heard_at": AT, "language": "en", "rating": None, "kind": "post",
        "gone_at": None, "read_as": [mention],
    }  # fmt: skip
    case = {
        "id": 7, "brand": "Acme", "platform": "memory", "state": "waiting", "severity": "high", "opened_at": AT,
        "first_spoke_at": AT, "first_due_at": AT, "answered_at": AT, "answered_how": "here", "resolved_at": None,
        "resolved_how": "", "why": words, "tags": [words], "our_notes": [{"at": AT, "text": "Called her"}],
        "our_answers": [{"platform": "memory", "visibility": "public", "text": "We found it", "state": "sent",
                         "sent_at": AT, "receipt_url": ""}],
        "promised": [{"words": "by Thursday", "due_at": AT, "state": "kept"}],
        "given": [{"kind": "refund", "cents": 8400, "currency": "EUR", "because": words, "state": "given",
                   "made_at": AT}],
        "recovered": [{"days": 7, "outcome": "recovered", "decided_at": AT}],
    }  # fmt: skip
    customer = {"id": 3, "brand": "Acme", "name": words, "tier": "vip", "note": "", "first_heard_at": AT,
                "forget_at": None}  # fmt: skip
    return {
        "made_at": AT, "customer": 3, "customers": [customer], "posts": [post], "cases": [case],
        "accounts": [{"brand": "Acme", "platform": "memory", "author_id": "a", "handle": words}],
        "joined_by_us": [{"at": AT, "consent": True, "undone_at": None}],
    } | more  # fmt: skip


class Tags(HTMLParser):
    """The elements and attributes a browser would see, and whether they close."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[str, str]] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {(tag, name) for name, _value in attrs} | {(tag, "")}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_everything_that_is_held_is_on_the_page_in_words() -> None:
    made = page(told(), "Europe/Berlin")
    for words in (
        "My bag is lost", "We found it", "Called her", "by Thursday", "€84", "Refund", "7 days later", "as you agreed",
        "Monday 4 May 2026 at 12:00", "(<bdi>Europe/Berlin</bdi>)", "0.91", "vip",
    ):  # fmt: skip
        assert words in made, words
    assert "T10:00" not in made


def test_hostile_words_make_no_element_and_nothing_is_fetched() -> None:
    made = page(told(NASTY), "UTC")
    tags = Tags()
    tags.feed(made)
    assert tags.open == []
    assert {tag for tag, _ in tags.seen} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "section", "article", "dl", "dt", "dd",
        "blockquote", "bdi",
    }  # fmt: skip
    assert {name for _, name in tags.seen} <= {"", "lang", "charset", "name", "content", "http-equiv", "class"}
    assert "\u202e" not in made
    assert "&lt;script&gt;" in made
    assert re.search(r"url\(|@import|https?:", page(told(), "UTC")) is None


def test_a_person_of_whom_little_is_held_gets_a_page_that_says_so() -> None:
    empty = page(told(customers=[], accounts=[], posts=[], cases=[], joined_by_us=[]), "UTC")
    assert "What is held of you" in empty
    assert "No case was opened." in empty
