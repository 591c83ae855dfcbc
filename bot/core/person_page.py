"""The copy that a person asked for as one page: to read, keep and print. No script, nothing is fetched. Pure.

`page` takes what `bot/store/person_copy.py` collects. A person's words are escaped, and signs stand for what hides.
"""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.core import goodwill
from bot.core.display import visible
from bot.core.when import clock_words, day_words

Row = Mapping[str, Any]
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1d1d1f;
  background: #fff; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #c8c8cc; }
h3 { margin: 1.8rem 0 .4rem; font-size: 1.05rem; } .sub { color: #55555c; font-size: .9rem; }
blockquote { margin: .5rem 0; padding: .1rem 0 .1rem 1rem; border-left: 3px solid #c8c8cc; white-space: pre-wrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .4rem 0; }
dt { color: #55555c; } dd { margin: 0; } article { break-inside: avoid-page; }
@media (max-width: 34rem) { dl { display: block; } dd { margin: 0 0 .4rem; } }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_ABOUT = (
    "This is everything that is held of you here, as it stood at the time above. It names nobody else, and nobody who"
    " works here. The same as data for programs is in the file with the ending .json."
)
_READ = (
    "Programs read what is public to find who needs an answer. Their figures are guesses between 0 and 1, and may be"
    " wrong; no decision about you is made by them alone: people answer."
)


def page(told: Row, tz: str, house: str = "") -> str:
    """The whole page. `tz` is the zone its times are told in; `house` is whose copy it is, "" leaves it out."""
    at = _teller(tz)
    name = next((one["name"] for one in told["customers"] if one.get("name")), "")
    title = f"What is held of {name}" if name else "What is held of you"
    by = f"Made by {_said(house)} on" if house else "Made on"
    parts = [
        f"<h1>{_said(title)}</h1><p class=sub>{by} {at(told['made_at'])} ({_said(tz)}).</p><p>{_said(_ABOUT)}</p>",
        _section("Who you are to us", _people(told, at), "Nothing beyond your accounts and words."),
        _section("Your accounts", [_account(one) for one in told["accounts"]], "None."),
        _section("What you wrote", [_post(one, at) for one in told["posts"]], "Nothing.", _READ),
        _section("What became of it", [_case(one, at) for one in told["cases"]], "No case was opened."),
    ]
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="referrer" '
        f'content="no-referrer"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{_said(title)}</title><style>{_STYLE}</style>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{"".join(parts)}\n</body></html>\n'


def _teller(tz: str) -> Callable[[Any], str]:
    def at(value: Any) -> str:
        if not isinstance(value, str):
            return ""
        moment = datetime.fromisoformat(value)
        return f"{day_words(moment, tz)} at {clock_words(moment.replace(second=0), tz)}"

    return at


def _said(text: object) -> str:
    """Text as HTML: escaped, its own direction, with signs for what hides."""
    return f"<bdi>{html.escape(visible(str(text)))}</bdi>" if str(text) else ""


def _section(title: str, parts: Sequence[str], nothing: str, about: str = "") -> str:
    told = f"<p class=sub>{_said(about)}</p>" if about and parts else ""
    return f"<section><h2>{title}</h2>{told}{''.join(parts) or f'<p class=sub>{nothing}</p>'}</section>\n"


def _facts(rows: Iterable[tuple[str, object]]) -> str:
    """Names and values; what is empty is left out."""
    some = ((name, round(value, 2) if isinstance(value, float) else value) for name, value in rows)
    told = "".join(f"<dt>{name}</dt><dd>{_said(value)}</dd>" for name, value in some if value not in (None, ""))
    return f"<dl>{told}</dl>" if told else ""


def _quote(text: object) -> str:
    return f"<blockquote>{_said(text)}</blockquote>" if text else ""


def _people(told: Row, at: Callable[[Any], str]) -> list[str]:
    made = [
        _facts((
            ("Brand", one["brand"]), ("Name", one["name"]), ("Heard first", at(one["first_heard_at"])),
            ("Service class", one["tier"]), ("To be erased", at(one["forget_at"])), ("What we noted", one["note"]),
        ))
        for one in told["customers"]
    ]  # fmt: skip
    joined = [
        f"<p>We put one more account with yours on {at(one['at'])}{', as you agreed' if one['consent'] else ''}"
        f"{', and took it apart again on ' + at(one['undone_at']) if one['undone_at'] else ''}.</p>"
        for one in told["joined_by_us"]
    ]
    return [part for part in [*made, *joined] if part]


def _account(one: Row) -> str:
    return _facts((("On", one["platform"]), ("Account", one["handle"]), ("Its number there", one["author_id"])))


def _post(one: Row, at: Callable[[Any], str]) -> str:
    gone = "<p class=sub>You deleted it; its words are gone here too.</p>" if one["gone_at"] else ""
    facts = _facts((
        ("Where", one["url"]), ("Heard", at(one["heard_at"])), ("Edited", at(one["edited_at"])),
        ("Followers then", one["followers"]), ("Your rating, 0 to 1", one["rating"]), ("Language", one["language"]),
        ("Heard by", one["source"]), ("Its number there", one["native_id"]),
    ))  # fmt: skip
    read = "".join(_mention(mention, at) for mention in one["read_as"])
    words = f"{_quote(one['title'])}{_quote(one['text'])}"
    head = f"<h3>{at(one['created_at'])}, on {_said(one['platform'])}</h3>"
    return f"<article>{head}{words}{gone}{facts}{read}</article>\n"


def _mention(one: Row, at: Callable[[Any], str]) -> str:
    facts = _facts((
        ("Taken to be about", one["brand"]), ("Because", one["why"]), ("Case", one["case_id"]),
        ("Tone as read", one["sentiment"]), ("Likely a complaint", one["complaint"]), ("Urgent", one["urgency"]),
        ("About that brand", one["relevance"]), ("Perhaps a machine", one["spam"]), ("Because of", one["spam_why"]),
        ("Decided as", one["verdict"]),
    ))  # fmt: skip
    return facts + "".join(
        _facts((("Read by", f"{row['reader']} {row['version']}, {at(row['read_at'])}"), ("Negative", row["negative"]),
                ("Neutral", row["neutral"]), ("Positive", row["positive"])))
        for row in one["readings"]
    )  # fmt: skip


def _case(one: Row, at: Callable[[Any], str]) -> str:
    facts = _facts((
        ("Brand", one.get("brand")), ("On", one.get("platform")), ("Stands", one.get("state")),
        ("How bad we took it", one.get("severity")), ("Opened", at(one.get("opened_at"))),
        ("You wrote", at(one.get("first_spoke_at"))), ("An answer was due", at(one.get("first_due_at"))),
        ("Answered", at(one.get("answered_at"))), ("Ended", at(one.get("resolved_at"))),
        ("How it ended", one.get("resolved_how")), ("Its place, and why", one.get("why")),
        ("Labels", ", ".join(one["tags"])),
    ))  # fmt: skip
    return f"<article><h3>Case {_said(one['id'])}</h3>{facts}{_ours(one, at)}</article>\n"


def _ours(one: Row, at: Callable[[Any], str]) -> str:
    """What we did and wrote in a case."""
    told = [
        f"<p>Our {_said(row['visibility'])} answer, {at(row['sent_at']) or _said(row['state'])}:</p>"
        f"{_quote(row['text'])}"
        for row in one["our_answers"]
    ]
    told += [f"<p>A note of ours, {at(row['at'])}:</p>{_quote(row['text'])}" for row in one["our_notes"]]
    told += [
        f"<p>Promised for {at(row['due_at'])} ({_said(row['state'])}): {_said(row['words'])}</p>"
        for row in one["promised"]
    ]
    told += [
        f"<p>{_said(str(row['kind']).capitalize())} of {_said(goodwill.words(row['cents'], row['currency']))},"
        f" {_said(row['state'])}, {at(row['made_at'])}: {_said(row['because'])}</p>"
        for row in one["given"]
    ]
    told += [
        f"<p>{row['days']} days later, from what you wrote in public: {_said(row['outcome'])}</p>"
        for row in one["recovered"]
    ]
    return "".join(told)
