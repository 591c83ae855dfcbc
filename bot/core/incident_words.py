"""What the team is told of an incident: one message, then a line in its thread when there is something new."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape

from bot.core import blocks
from bot.core.blocks import Block
from bot.core.display import one_line, slack_text
from bot.core.incidents import JOINED, KNOWN, Count, pressing
from bot.core.notices import Notice, hash_of, span, wall
from bot.core.when import counted

LEADS = {
    "proposed": "Perhaps an incident:",
    "open": "Incident:",
    "fixed": "Fixed:",
    "closed": "Closed:",
    "dismissed": "No incident:",
    JOINED: "The same as another:",
}
HELD = "Messages about these cases are held back while this goes on; each keeps its own clock and needs its own answer."
HERE = "<!here>"
STOPS = "Leading it, claiming one of its cases or deciding what it is ends these calls."
QUOTES, QUOTED, QUOTED_LONGEST = 3, 160, 600  # how many, of how many characters, and those escaped
PARTS = "“Part again” puts back what nobody has changed since."
SAME_AS, PART = "incident.same_as", "incident.part"
RINGING = "Cases of it that wait for an answer ring by themselves again."


@dataclass(frozen=True, slots=True)
class IncidentNotice:
    """An incident as plain values, at one moment. `quotes` are customers' words, masked but not escaped, each a line.

    `leads` is the name of who leads it, or "". `native`: cases that can be answered on their platform's own page only;
    `reach`: followers of those who wrote, together, an estimate of who could see it; 0: not known. `into`: what the one
    is called that it was joined into; `others`: another one of its brand goes on, and may be the same.
    """

    id: int
    title: str
    brand: str
    why: str
    state: str
    count: Count
    link: str
    zone: str
    leads: str = ""
    quotes: tuple[str, ...] = ()
    native: int = 0
    reach: int = 0
    into: str = ""
    others: bool = False


def first(said: IncidentNotice, now: datetime) -> Notice:
    """The one message of an incident: it calls everybody at hand in the room."""
    return _whole(said, now, HELD, HERE)


def shown(said: IncidentNotice, now: datetime) -> Notice:
    """The same message as it reads later, when it is edited in place: an edit calls nobody."""
    return _whole(said, now, HELD if said.state in KNOWN else PARTS if said.into else "", "")


def _whole(said: IncidentNotice, now: datetime, small: str, mention: str) -> Notice:
    head = f"{LEADS[said.state]} “{one_line(said.title, 80)}” at {one_line(said.brand, 40)}."
    leads = f"{one_line(said.leads, 60)} leads it." if said.leads and said.state in KNOWN else ""
    lines = [leads, one_line(said.why, 300), standing(said.count, said.zone, now)]
    if said.into:
        lines = [_gone(said)]
    return built(head, lines, small, said.link, mention, _pressed(said), said.quotes[:QUOTES], _facts(said))


def _gone(said: IncidentNotice) -> str:
    return f"It is told with “{one_line(said.into, 80)}”, which has its {counted(said.count.members, 'case')}."


def _pressed(said: IncidentNotice) -> list[Block]:
    value, title = f"incident:{said.id}", one_line(said.title, 40)
    if said.into:
        return [blocks.button("Part again", PART, value, f"Part again: {title} goes on by itself")]
    if said.state not in KNOWN:
        return []
    lead = blocks.button("Lead it", "incident.lead", value, f"Lead it: the incident {title}", primary=True)
    pressed = [] if said.leads else [lead]
    if said.state == "proposed":
        pressed.append(blocks.button("It is one", "incident.declare", value, "It is one: declare it"))
        pressed.append(blocks.button("Dismiss", "incident.dismiss", value, "Dismiss: no incident"))
    if said.others:
        pressed.append(blocks.button("The same as…", SAME_AS, value, f"The same as… which other one: {title} joins it"))
    return pressed


def _facts(said: IncidentNotice) -> list[tuple[str, str]]:
    found = [("Only natively", f"{said.native:,} of {said.count.members:,}")] if said.native else []
    return [*found, *([("Could have seen it", f"about {said.reach:,} followers")] if said.reach else [])]


def fingerprint(said: IncidentNotice, now: datetime) -> str:
    """What an edit would change, and after a blank what is changed at once: two equal ones need no edit. Native share
    and reach follow when the rest does."""
    plain = replace(said, native=0, reach=0)
    return f"{hash_of(f'{shown(plain, now).text}|{len(_pressed(plain))}')} {at_once(said)}"


def at_once(said: IncidentNotice) -> str:
    """A mark of what an edit need not wait for: the customers' words, and what a person decided."""
    return f"{quoted(said.quotes)} {hash_of(f'{said.state}|{said.leads}|{said.into}')}"


def quoted(words: Sequence[str]) -> str:
    """A mark of customers' words; "" for none."""
    return hash_of("|".join(words)) if words else ""


def update(
    title: str, state: str, count: Count, owed: int, link: str, tz: str, now: datetime, mention: str = HERE
) -> Notice:
    """A line in its thread. `owed` is how many have not heard since it was fixed; `mention` is who is called where
    somebody is late, or will be soon."""
    head = f"{LEADS[state]} “{one_line(title, 80)}”."
    if state == "fixed":
        people = (
            "Nobody is owed an answer." if not owed else f"{counted(owed, 'customer')} not heard since: circle back."
        )
        return built(head, [people], "", link)
    if state in ("closed", "dismissed"):
        return built(head, [standing(count, tz, now)], RINGING if count.owed else "", link)
    return built(head, [standing(count, tz, now)], "", link, mention if pressing(count, now) else "")


def call(said: IncidentNotice, waited: timedelta, mention: str, now: datetime) -> Notice:
    """A step of the chain: nobody has the incident, and these people are called. Who leads it stops the calls."""
    head = f"{span(waited)}, and nobody has the incident “{one_line(said.title, 80)}” at {one_line(said.brand, 40)}."
    return built(head, [standing(said.count, said.zone, now), STOPS], "", said.link, mention, _pressed(said))


def call_over(said: IncidentNotice, now: datetime) -> Notice:
    """What stands where people were called for it, once somebody has it: true for good, so written once."""
    by = f"{one_line(said.leads, 60)} leads it" if said.leads else "somebody has it"
    line = f"“{one_line(said.title, 80)}”: {by} since {wall(now, said.zone, now)}."
    if said.into:
        line = f"“{one_line(said.title, 80)}”: {_gone(said)}"
    return built("This call is over.", [line], "", said.link)


def standing(count: Count, tz: str, now: datetime) -> str:
    """ "31 cases, 28 without an answer, 3 of them late; the next is due 14:38"; "26 cases, none answered, all late"."""
    said = counted(count.members, "case")
    if not count.owed:
        return f"{said}, all answered or closed." if count.members else "No case yet."
    none_yet = count.owed == count.members > 1
    said += ", none answered" if none_yet else f", {count.owed:,} without an answer"
    if count.late:
        said += ", all late" if none_yet and count.late == count.owed else f", {count.late:,} of them late"
    return said + (f"; the next is due {wall(count.due_at, tz, now)}." if count.due_at is not None else ".")


def more_said(brand: str, why: str, link: str) -> Notice:
    """A spike without complaints behind it: worth knowing, and nobody is called. `link` opens its posts."""
    return built(f"More is said of {one_line(brand, 40)} than usual.", [one_line(why, 600)], "", link)


def built(
    head: str, lines: Sequence[str], small: str, link: str, mention: str = "", pressed: Sequence[Block] = (),
    quotes: Sequence[str] = (), facts: Sequence[tuple[str, str]] = (),
) -> Notice:  # fmt: skip
    """A message about an incident. `mention` is who is called, as Slack mentions; `pressed` the buttons beside *Open*.
    Only the quotes are customers' words, and they stand in no notification's line."""
    call, rest = f"{mention} " if mention else "", " ".join(line for line in lines if line)
    words = [one_line(quote, QUOTED) for quote in quotes]
    built: list[Block] = [blocks.section(f"{call}*{slack_text(head)}* {slack_text(rest)}".strip())]
    if words:
        built.append(blocks.section("\n".join(blocks.quoted(slack_text(line, QUOTED_LONGEST)) for line in words)))
    if facts:
        built.append(blocks.context(*(f"*{name}:* {slack_text(said)}" for name, said in facts)))
    built += [blocks.context(slack_text(small))] if small else []
    opens = blocks.button("Open", "incident.open", "incident", "Open it", url=link)
    built.append(blocks.actions("incident", [*pressed[:1], opens, *pressed[1:]]))
    whole = f"{head} {rest}".strip()
    told = "\n".join(f"> {line}" for line in words)
    known = " ".join(f"{name}: {said}." for name, said in facts)
    body = "\n\n".join(part for part in (whole, told, known, small, f"Open: {link}") if part)
    html = f"<p><strong>{escape(head)}</strong> {escape(rest)}</p>"
    html += f"<blockquote>{'<br>'.join(map(escape, words))}</blockquote>" if words else ""
    html += f"<p>{escape(' '.join(part for part in (known, small) if part))}</p>"
    return Notice(
        call + slack_text(whole, 1_000), tuple(built), one_line(head, 150), f"{body}\n",
        f'{html}<p><a href="{escape(link)}">Open it in Earshot</a></p>',
    )  # fmt: skip
