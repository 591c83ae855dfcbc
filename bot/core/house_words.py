"""What the team is told of the house itself: a source that is not heard, a clock that leapt, calls that are late."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core import blocks
from bot.core.display import one_line, slack_text
from bot.core.notices import Notice, html_of, plain, wall
from bot.core.when import span_words


def source_back(name: str, link: str, tz: str, now: datetime) -> Notice:
    """A source that was not heard is heard again: what its warning says from then on."""
    what = f"{one_line(name)} is heard again since {wall(now, tz, now)}."
    return plain(
        what, "What was missed is read up where its platform still has it.", link, "source", "Open", "source.open"
    )


def source_trouble(name: str, since: datetime, why: str, link: str, tz: str, now: datetime) -> Notice:
    """A source does not hear: since when, why, and where to mend it."""
    what = f"{one_line(name)} is not heard since {wall(since, tz, now)}."
    why = one_line(why)[:300]
    built = (
        blocks.section(f"*{slack_text(what)}* {slack_text(why)}"),
        blocks.actions("source", [blocks.button("Open", "source.open", "sources", "Open the sources", url=link)]),
    )
    return Notice(slack_text(f"{what} {why}"), built, what, f"{what}\n{why}\n\n{link}\n", html_of(what, why, "", link))


def clock_leapt(leap: timedelta, link: str) -> Notice:
    """The machine's clock leapt forward: what waits because of it, and what to do."""
    what = f"This machine’s clock leapt {span_words(leap)} forward."
    why = "Warnings and escalations wait until it has run evenly for 5 minutes. Let NTP set it if that is wrong."
    return plain(what, why, link, "queue")


def late_calls(subjects: Sequence[str], why: str, link: str) -> Notice:
    """The auditor's word: somebody should have been called and was not. `subjects`: "case:3", "incident:5"."""
    ids = [one.partition(":")[2] for one in subjects if one.startswith("case:")]
    many = [f"incident {one.partition(':')[2]}" for one in subjects if not one.startswith("case:")]
    numbers = ", ".join(f"#{number}" for number in ids[:20])
    more = f" and {len(ids) - 20} more" if len(ids) > 20 else ""
    cases = [f"{'a case' if len(ids) == 1 else f'{len(ids)} cases'} in time: {numbers}{more}"] if ids else []
    whole = " and all its cases in time" if not ids else ""
    what = f"Nobody was called for {' and '.join([*many, *cases])}{whole}."
    return plain(what, why, link, "queue")
