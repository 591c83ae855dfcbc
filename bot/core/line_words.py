"""A proposal as a line in the thread of another one of its brand: the question whether both are the same, and how it
stands once somebody answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core import blocks
from bot.core.blocks import Block
from bot.core.display import one_line
from bot.core.incident_words import LEADS, PART, IncidentNotice, built, standing
from bot.core.incidents import LIVE, Count
from bot.core.notices import Notice, hash_of, wall
from bot.core.when import counted

Verdict = Literal["", "same", "taken", "apart", "alone"]
ASKS = "What happens to them is said in this thread. *The same* puts its cases there, each with its own clock."
PARTS = "“Part again”, here or on its page, undoes it."
BEGAN = (
    "Both began within minutes of each other; words alone do not tell. “Not the same” here, or “Part again” on its "
    "page, undoes it."
)
JOIN = "“The same as…”, in its own message or on its page, undoes it."
SAME, APART = "incident.same", "incident.apart"


@dataclass(frozen=True, slots=True)
class Line:
    """A proposal beside another one at one moment. `said.link` is its own page; `other` what the other one is called.

    `verdict`: "" nobody has answered, "same" it was joined, "taken" Earshot joined it, "apart" it is another one,
    "alone" the other one has ended. `who` answered, and `at` when; `cases` is how many went over.
    """

    said: IncidentNotice
    host: int
    other: str = ""
    verdict: Verdict = ""
    who: str = ""
    at: datetime | None = None
    cases: int = 0


def also(line: Line, now: datetime) -> Notice:
    """The line as it reads now. Nobody is called: the other one's message did."""
    if line.verdict:
        return _answered(line, now)
    said = line.said
    named, many = _named(said), said.count.members
    if said.state not in LIVE:
        return built(f"{LEADS[said.state]} {named}.", [standing(said.count, said.zone, now)], "", said.link)
    head = f"Also {counted(many, 'case')} that {'says' if many == 1 else 'say'} {named}: the same?"
    asked = [one_line(said.why, 300), standing(said.count, said.zone, now)]
    return built(head, asked, ASKS, said.link, "", _pressed(said, line.host))


def fingerprint(line: Line, now: datetime) -> str:
    """What an edit would change, and after a blank what must be shown at once: what was answered, and its state."""
    return f"{hash_of(also(line, now).text)} {line.verdict}:{line.said.state}"


def _answered(line: Line, now: datetime) -> Notice:
    said, other = line.said, f"“{one_line(line.other, 80)}”"
    if line.verdict == "taken":
        head = f"Also {counted(line.cases, 'case')} that {'says' if line.cases == 1 else 'say'} {_named(said)}."
        told = f"Taken for the same as {other}: they are there, each with its own clock and answer."
        return built(head, [told], BEGAN, said.link, "", [_apart(said, line.host)])
    by = f"{one_line(line.who, 60)} said so {wall(line.at, said.zone, now)}." if line.who and line.at else ""
    if line.verdict == "same":
        cases = counted(line.cases, "case")
        told = f"Its {cases} {'is' if line.cases == 1 else 'are'} there now, each with its own clock and answer."
        return built(f"{_named(said)}: the same as {other}.", [by, told], PARTS, said.link, "", [_part(said)])
    own = "It has a message of its own."
    if line.verdict == "apart":
        return built(
            f"{_named(said)}: not the same as {other}.", [by, own], JOIN if said.state in LIVE else "", said.link
        )
    return built(f"{_named(said)}: told by itself, since {other} has ended.", [own], "", said.link)


def _named(said: IncidentNotice) -> str:
    return f"“{one_line(said.title, 80)}” at {one_line(said.brand, 40)}"


def _pressed(said: IncidentNotice, host: int) -> list[Block]:
    value, title = f"beside:{host}:{said.id}", one_line(said.title, 40)
    made = [
        blocks.button("The same", SAME, value, f"The same: {title} joins this incident"),
        _apart(said, host),
    ]
    if said.state == "proposed":
        made.append(blocks.button("Dismiss", "incident.dismiss", f"incident:{said.id}", "Dismiss: no incident"))
    return made


def _part(said: IncidentNotice) -> Block:
    label = f"Part again: {one_line(said.title, 40)} goes on by itself"
    return blocks.button("Part again", PART, f"incident:{said.id}", label)


def _apart(said: IncidentNotice, host: int) -> Block:
    label = f"Not the same: {one_line(said.title, 40)} is told by itself"
    return blocks.button("Not the same", APART, f"beside:{host}:{said.id}", label)


def same(title: str, other: str, many: int, count: Count, link: str, tz: str, now: datetime, undone: bool) -> Notice:
    """A line in the thread of `title`: the `other` one is the same, with so many cases, or is parted again."""
    went = f"{counted(many, 'case')} {'is' if many == 1 else 'are'}"
    head = f"“{one_line(other, 80)}” is {'no longer joined with' if undone else 'the same as'} “{one_line(title, 80)}”."
    told = f"Its {went} {'told by itself' if undone else 'here'} now."
    return built(head, [told, standing(count, tz, now)], "", link)
