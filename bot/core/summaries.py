"""Many cases in one message: the most urgent named with a button each, the rest by number, all of them counted."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape

from bot.core import blocks
from bot.core.blocks import Block
from bot.core.display import one_line, slack_text
from bot.core.notices import CaseNotice, Notice, due_in_slack, due_in_words, span, wall

NAMED = 10
LINE = 120  # of a customer's words
NUMBERS = 6_000  # characters of case numbers: all of a message's text must stay below Slack's 13,000


def together(
    lead: str, named: Sequence[CaseNotice], others: Sequence[int], total: int, link: str, now: datetime
) -> Notice:
    """One message for `total` cases: `named` in the order given, `others` by number as far as there is room.

    `lead` is a plain sentence. Every case is named, numbered, or counted; nothing is left out silently.
    """
    named = named[:NAMED]
    numbers, numbered = _numbers(others)
    rest = _rest(len(named), numbers, numbered, total)
    built: list[Block] = [blocks.section(f"*{slack_text(lead)}*")]
    built += [_line(case, now) for case in named]
    built += [blocks.section(piece) for piece in _pieces(rest)]
    queue = blocks.button("Open the queue", "queue.open", "queue", "Open the queue in Earshot", url=link)
    built.append(blocks.actions("queue", [queue]))
    first = f" First: {_said(named[0], now)}" if named else ""
    body = "\n".join(
        [lead, "", *(f"- {_said(case, now)} {case.link}" for case in named), "", rest, "", f"Open: {link}"]
    )
    return Notice(
        slack_text(f"{lead}{first}", 1_000),
        tuple(built),
        lead,
        body.replace("\n\n\n", "\n\n") + "\n",
        _html(lead, named, rest, link, now),
    )


def storm(total: int) -> str:
    """The lead of a message in a flood."""
    return f"{_cases(total)} at once. The most urgent first."


def back(way: str, since: datetime, until: datetime, total: int, tz: str, now: datetime) -> str:
    """The first line after an outage."""
    span_away = f"from {wall(since, tz, now)} to {wall(until, tz, now)}"
    return f"{way} was away {span_away}. {_cases(total)} still {_wait(total)}; the most overdue first."


def away(way: str, since: datetime, why: str, total: int, tz: str, now: datetime) -> str:
    """The lead of what goes another way while the first is away."""
    reason = one_line(why).rstrip(".")[:200]
    return f"{way} takes no messages since {wall(since, tz, now)} ({reason}). {_cases(total)} {_wait(total)}."


def _cases(total: int) -> str:
    return f"{total:,} case" if total == 1 else f"{total:,} cases"


def _wait(total: int) -> str:
    return "waits" if total == 1 else "wait"


def _line(case: CaseNotice, now: datetime) -> Block:
    who = slack_text(one_line(case.customer)[:40] or "somebody")
    words = one_line(case.words)
    words = words if len(words) <= LINE else words[: LINE - 1] + "…"
    late = f"*{span(-case.left)} late*" if case.left <= timedelta() else due_in_slack(case, now)
    claim = blocks.button("Claim", "case.claim", f"{case.id}:{case.version}", f"Claim case {case.id}")
    first = f"<{case.link}|#{case.id}> *{who}* on {slack_text(case.place)}, {late}"
    return blocks.section(f"{first}\n> {slack_text(words)}", claim)


def _said(case: CaseNotice, now: datetime) -> str:
    late = f"{span(-case.left)} late" if case.left <= timedelta() else due_in_words(case, now)
    return f"#{case.id} {one_line(case.customer)[:40] or 'somebody'} on {case.place}, {late}."


def _rest(named: int, numbers: str, numbered: int, total: int) -> str:
    more = total - named - numbered
    if numbered and more > 0:
        return f"And {total - named:,} more: {numbers} and {more:,} others."
    if numbered:
        return f"And {numbered:,} more: {numbers}."
    return f"And {more:,} more." if more > 0 else ""


def _numbers(ids: Sequence[int]) -> tuple[str, int]:
    """Case numbers in words, runs joined ("#3–#7"), as many as there is room for; and how many that are."""
    said: list[str] = []
    room, counted = NUMBERS, 0
    for first, last in _runs(sorted(set(ids))):
        piece = f"#{first}" if first == last else f"#{first}–#{last}" if last > first + 1 else f"#{first}, #{last}"
        room -= len(piece) + 2
        if room < 0:
            break
        said.append(piece)
        counted += last - first + 1
    return ", ".join(said), counted


def _runs(ids: Iterable[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in ids:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _pieces(text: str) -> list[str]:
    """The text in sections of Slack's size, broken between numbers."""
    pieces: list[str] = []
    while len(text) > blocks.SECTION:
        at = text.rfind(", ", 0, blocks.SECTION)
        pieces.append(text[: at + 1])
        text = text[at + 2 :]
    return [*pieces, text] if text else pieces


def _html(lead: str, named: Sequence[CaseNotice], rest: str, link: str, now: datetime) -> str:
    rows = "".join(f'<li><a href="{escape(case.link)}">{escape(_said(case, now))}</a></li>' for case in named)
    queue = f'<a href="{escape(link)}">Open the queue</a>'
    return f"<p><strong>{escape(lead)}</strong></p><ol>{rows}</ol><p>{escape(rest)}</p><p>{queue}</p>"
