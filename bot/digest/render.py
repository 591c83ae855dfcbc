"""The document as a page and as a mail."""

from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.core.display import one_line
from bot.core.intervals import TOO_FEW, percent, percent_words
from bot.core.locales import day_name, number, short_day, speaking
from bot.core.sowhat import briefly, platform_words
from bot.core.when import clock_words
from bot.digest import charts, paint, sketch, styles, tables, unheard, words
from bot.digest.document import THROWN, Document, address, lists
from responders.types import Attachment

LOOKS = {"recovered": "kept", "unchanged": "b3", "worse": "late", "silent": "none"}
SENTENCE = 400
PREVIEW = 140


def body(document: Document, base: str = "", files_at: tuple[tuple[str, str], ...] = ()) -> Markup:
    """The inside of the page, without its frame. `base` goes before links; `files_at` are (address, words) of files."""
    with speaking(document.locale):
        return Markup(_pages().get_template("body.html").render(files=files_at, **_context(document, base)))  # noqa: S704


def html(document: Document, base: str) -> str:
    """One file that needs no other: the page with the queue's own style sheets inside."""
    sheets = files("bot").joinpath("web", "static")
    css = "".join(sheets.joinpath(name).read_text("utf-8") for name in ("tokens.css", "app.css"))
    inside = body(document, base)
    return _pages().get_template("page.html").render(title=subject(document), css=Markup(css), body=inside)  # noqa: S704


def pictures(document: Document) -> tuple[sketch.Sketch, ...]:
    """The pictures that the mail's HTML shows by their Content-IDs, to be painted when it leaves (paint.py)."""
    with speaking(document.locale):
        return tuple(sketch.sketches(document.digest.figures).values())


def email(document: Document, base: str) -> tuple[str, str, str, tuple[Attachment, ...]]:
    """A mail: subject, HTML (tables and inline styles, no SVG), plain text, and the figures as a CSV file.

    The HTML shows `pictures`, which travel beside it.
    """
    with speaking(document.locale):
        return _email(document, base)


def _email(document: Document, base: str) -> tuple[str, str, str, tuple[Attachment, ...]]:
    context = _context(document, base) | {
        "subject": subject(document),
        "preview": one_line(" ".join(claim.sentence for claim in document.digest.todo), PREVIEW),
        "home": _home(document, base),
        "dark": styles.dark_sheet(),
        "swap": styles.SWAP,
        "attributes": styles.attributes,
        "pictures": sketch.sketches(document.digest.figures),
        "tall": paint.height,
        "wide": paint.WIDE,
    }
    week = document.digest.figures.week.label
    sheet = Attachment(f"earshot-{week}.csv", "text/csv", tables.as_csv(document, base).encode("utf-8-sig"))
    inside = _pages().get_template("mail.html").render(**context)
    return subject(document), inside.strip() + "\n", _plain().get_template("mail.txt").render(**context), (sheet,)


def subject(document: Document) -> str:
    """ "Northwind Air, week 41: Complaints rose from 40 to 77." """
    figures = document.digest.figures
    return one_line(
        f"{figures.brand}, week {figures.week.monday.isocalendar().week}: {document.digest.headline.sentence}", 180
    )


def _home(document: Document, base: str) -> str:
    figures = document.digest.figures
    return address(figures.brand, figures.week.label, base)


def _context(document: Document, base: str) -> dict[str, Any]:
    figures = document.digest.figures
    home, found = _home(document, base), lists(document)
    points, zero = charts.net_line(figures.days)
    after = figures.afterwards
    return {
        "doc": document,
        "f": figures,
        "week": figures.week,
        "enough": figures.mentions.n >= TOO_FEW,
        "lists": found,
        "link": lambda name: f"{home}/posts?claim={name}",
        "figures": words.figures(document),
        "opens": words.OPENS,
        "thrown": {name: title[:1].lower() + title[1:] for name, title in THROWN.items()},
        "columns": charts.columns(figures.days, [short_day(day.day) for day in figures.days]),
        "gridlines": charts.gridlines(figures.days),
        "points": points,
        "zero": zero,
        "steps": charts.histogram(figures.waits, document.promise),
        "promise_x": charts.promise_x(document.promise),
        "outcomes": charts.outcomes(after),
        "after_n": sum(len(part) for part in (after.recovered, after.unchanged, after.worse, after.silent)),
        "rest_n": len(found["theme-rest"].posts),
        "not_heard": list(unheard.not_heard(document)),
        "looks": LOOKS,
        "base": base,
    }


_USED: tuple[Callable[..., Any], ...] = (
    words.after, words.attained, words.between, words.dated, words.heard, words.moment, words.parted, words.quoted,
    words.never_tagged, words.read, words.share, day_name, short_day, words.signed, words.table_row,
    words.heard_on, words.net_between, words.read_wrongly, words.counted_by, briefly,
    words.voice, words.volume, words.waiting, words.where, percent, percent_words,
)  # fmt: skip


def _environment(autoescape: bool) -> Environment:
    made = Environment(
        loader=PackageLoader("bot.digest"),
        autoescape=autoescape,  # noqa: S701  off for plain text only
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {function.__name__: function for function in _USED}
    made.globals |= {"platform": platform_words, "clock": clock_words}
    made.filters |= {"said": said, "plain": _sentence, "thousands": number}
    return made


@lru_cache(maxsize=1)
def _pages() -> Environment:
    return _environment(autoescape=True)


@lru_cache(maxsize=1)
def _plain() -> Environment:
    return _environment(autoescape=False)


def said(sentence: str) -> Markup:
    """A sentence that may hold a stranger's words: on one line, with nothing hidden in it, kept to itself."""
    return Markup("<bdi>{}</bdi>").format(escape(_sentence(sentence))) if sentence else Markup("")


def _sentence(sentence: str) -> str:
    return one_line(sentence, SENTENCE)
