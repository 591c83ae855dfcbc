"""What was not heard, and what cannot be: the confession at the end of a digest."""

from collections.abc import Iterator

from bot.core.coverage import Changed, Coverage, Missed
from bot.core.locales import day_name
from bot.core.sowhat import platform_words
from bot.core.when import clock_words, span_words
from bot.core.zones import zone
from bot.digest.document import Document
from bot.digest.words import moment
from connectors.types import Span

REACHES = "Private groups and messages. Words spoken in videos. What is said where no source of ours listens."


def not_heard(document: Document) -> Iterator[tuple[str, str]]:
    """Each line as its bold beginning and the rest. At least one: what no source reaches."""
    tz = document.digest.figures.week.tz
    for missed in document.missed:
        yield _missed(missed, tz)
    for source, part in document.digest.figures.heard:
        if rest := _unexplained(source, part, document.missed):
            yield rest
    for changed in document.changed:
        yield _changed(changed, tz)
    if not document.digest.figures.heard:
        yield from _unmeasured(document)
    elif not document.missed and all(part.share >= 1 for _source, part in document.digest.figures.heard):
        yield "Nothing was missed.", "Every source listened all the time it was meant to."
    if document.over and document.digest.figures.net_last is not None and not document.digest.figures.comparable:
        yield "Not compared.", "This week and the one before were not heard alike, so counts are not set side by side."
    yield "Out of reach.", REACHES


def _unmeasured(document: Document) -> Iterator[tuple[str, str]]:
    if not document.digest.figures.mentions.n:
        yield "Nothing was measured.", "No source of ours says that it listened in this week."
        return
    yield "Not measured.", "These posts were imported; what the import left out is not known to us."
    days = document.digest.figures.days
    silent = [day_name(day.day) for day in days if not day.mentions]
    if 0 < len(silent) < len(days):
        yield f"Nothing of {_listed(silent)}.", "The import holds no mention of that time."


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


_STATES = {"lost": "Lost", "open": "Not heard yet", "healed": "Late"}
_ENDS = {"lost": "It cannot be read again", "open": "It is being read again", "healed": "It was read again"}


def _missed(missed: Missed, tz: str) -> tuple[str, str]:
    length = span_words(missed.span.end - missed.span.start)
    cause = f": {missed.cause}" if missed.cause else ""
    lead = f"{_STATES[missed.state]}: {length} of {platform_words(missed.source)}, {_stretch(missed.span, tz)}."
    return lead, f"{_ENDS[missed.state]}{cause}."


def _stretch(span: Span, tz: str) -> str:
    start, end = span.start.astimezone(zone(tz)), span.end.astimezone(zone(tz))
    if start.date() == end.date():
        return f"{moment(span.start, tz)}–{clock_words(span.end, tz)}"
    return f"{moment(span.start, tz)} to {moment(span.end, tz)}"


def _unexplained(source: str, part: Coverage, missed: tuple[Missed, ...]) -> tuple[str, str] | None:
    """Time that no gap explains: we were not running, or the source said nothing of it."""
    explained = [one.span for one in missed if one.source == source and one.state != "healed"]
    rest = [span for span in part.unheard if not any(a.start <= span.start and span.end <= a.end for a in explained)]
    length = sum((span.end - span.start for span in rest), rest[0].end - rest[0].end) if rest else None
    if length is None or length.total_seconds() < 300:
        return None
    name = platform_words(source)
    return f"Not accounted for: {span_words(length)} of {name}.", f"{part.words()} of {name}’s time was heard."


def _changed(changed: Changed, tz: str) -> tuple[str, str]:
    name = platform_words(changed.source)
    name = name[:1].upper() + name[1:]
    if changed.began:
        return (
            f"{name} since {moment(changed.at, tz)}.",
            "It is new, so counts are not compared with the week before.",
        )
    return f"{name} until {moment(changed.at, tz)}.", "After that it was switched off."
