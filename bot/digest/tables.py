"""The document for programs and spreadsheets: every figure with its n, its interval, last week's and its posts."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from bot.core.coverage import together
from bot.core.display import one_line, safe_cell
from bot.core.themes import Quote
from bot.core.week import Claim
from bot.core.week_table import Line, beside, lines
from bot.core.when import iso
from bot.digest import unheard
from bot.digest.document import Document, address, lists

COLUMNS = ("brand", "week", "part", "name", "value", "n", "low", "high", "last", "posts")


def as_json(document: Document, base: str) -> str:
    """One object. Post ids are Earshot's own; `link` opens the list in the queue."""
    figures = document.digest.figures
    home = address(figures.brand, figures.week.label, base)
    span = figures.week.span
    said = {
        "brand": figures.brand,
        "week": figures.week.label,
        "from": iso(span.start),
        "to": iso(span.end),
        "zone": figures.week.tz,
        "made_at": iso(document.made_at),
        "over": document.over,
        "comparable": figures.comparable,
        "link": home,
        "headline": _claim(document.digest.headline, home, "headline"),
        "todo": [_claim(claim, home, f"todo-{number}") for number, claim in enumerate(document.digest.todo, 1)],
        "figures": [
            _line(line)
            for line in (*lines(document.digest), *beside(document.thrown, document.troubles, document.surges))
        ],
        "themes": list(_themes(document, home)),
        "afterwards": [
            {"outcome": turn.outcome, "before": _quote(turn.before), "after": _quote(turn.after)}
            for turn in document.turns
        ],
        "said": [_quote(quote) for quote in document.said],
        "closed_without_answer": _ids(document.closed),
        "imported_without_answers": document.unanswerable,
        "read_by": list(document.read_by),
        "read_wrongly": document.misread.words() if document.misread is not None else "",
        "heard": _heard(document),
        "not_heard": [f"{first} {rest}" for first, rest in unheard.not_heard(document)],
        "incidents": [
            {
                "id": one.id,
                "title": one_line(one.title),
                "state": one.state,
                "from": iso(one.started_at),
                "customers": one.customers,
                "answered": one.answered,
                "late": one.late,
            }
            for one in document.troubles
        ],
        "spikes": [
            {
                "id": one.id,
                "at": iso(one.at),
                "severity": one.severity,
                "said": one.words(),
                "seen": round(one.seen),
                "usual": round(one.expected, 1),
                "low": round(one.interval[0], 1),
                "high": round(one.interval[1], 1),
                "over_s": round(one.over.total_seconds()),
                "link": f"{base}/spikes/{one.id}",
                "places": dict(one.places),
                "words": [one_line(run) for run in one.runs],
                "incident": one.incident,
            }
            for one in document.surges
        ],
        "act_of_service": _act(document),
        "thrown_away": [f"{first} {rest}" for first, rest in document.thrown.words()] if document.thrown else [],
        "lists": {name: f"{home}/posts?claim={name}" for name, listed in lists(document).items() if listed.posts},
    }
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def _act(document: Document) -> dict[str, Any] | None:
    act = document.act
    if act is None or act.before is None:
        return None
    after = _quote(act.after) if act.after is not None else None
    told = {"before": _quote(act.before), "answer": one_line(act.answer), "after": after}
    return {"agent": act.agent, "why": one_line(act.why), **told}


def _claim(claim: Claim, home: str, name: str) -> dict[str, Any]:
    return {
        "sentence": one_line(claim.sentence),
        "posts": _ids(claim.posts),
        "link": f"{home}/posts?claim={name}" if claim.posts else "",
    }


def _line(line: Line) -> dict[str, Any]:
    said = {name: getattr(line, name) for name in ("part", "name", "value", "n", "low", "high", "last")}
    return said | {"name": one_line(line.name), "posts": _ids(line.posts)}


def _themes(document: Document, home: str) -> Iterator[dict[str, Any]]:
    for number, theme in enumerate(document.digest.figures.themes, 1):
        yield {
            "name": one_line(theme.name),
            "n": theme.n,
            "last": theme.last,
            "platform": theme.platform,
            "counted_by": one_line(theme.said),
            "also": [one_line(run) for run in theme.beside],
            "quotes": [_quote(quote) for quote in theme.quotes],
            "link": f"{home}/posts?claim=theme-{number}",
        }


def _quote(quote: Quote) -> dict[str, Any]:
    return {"text": one_line(quote.text), "platform": quote.platform, "at": iso(quote.at), "post": _id(quote.post_id)}


def _heard(document: Document) -> dict[str, Any]:
    parts = document.digest.figures.heard
    return {
        "share": together(part for _source, part in parts).share if parts else None,
        "missed": [
            {"source": one.source, "from": iso(one.span.start), "to": iso(one.span.end), "state": one.state}
            for one in document.missed
        ],
    }


def _ids(posts: Iterable[str]) -> list[int]:
    return [_id(post) for post in posts if post]


def _id(post: str) -> int:
    return int(post)


def as_csv(document: Document, base: str) -> str:
    """A row a figure, in the order of the page; shares 0…1. `posts` is the list's address, "" where there is none."""
    figures = document.digest.figures
    home = address(figures.brand, figures.week.label, base)
    known: dict[tuple[str, ...], str] = {}
    for listed, opened in lists(document).items():
        known.setdefault(opened.posts, listed)
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(COLUMNS)
    for line in (*lines(document.digest), *beside(document.thrown, document.troubles, document.surges)):
        name = known.get(tuple(dict.fromkeys(line.posts)), "") if line.posts else ""
        link = f"{home}/posts?claim={name}" if name else ""
        writer.writerow([safe_cell(figures.brand), figures.week.label, line.part, safe_cell(one_line(line.name)),
                         *map(_number, (line.value, line.n, line.low, line.high, line.last)), link])  # fmt: skip
    return out.getvalue()


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.4f}".rstrip("0").rstrip(".")
