"""What the team is told of an incident: one message, then a line in its thread when there is something new."""

from datetime import datetime
from html import escape

from bot.core import blocks
from bot.core.blocks import Block
from bot.core.display import one_line, slack_text
from bot.core.incidents import KNOWN, Count, pressing
from bot.core.notices import Notice, hash_of, wall
from bot.core.when import counted

LEADS = {
    "proposed": "Perhaps an incident:",
    "open": "Incident:",
    "fixed": "Fixed:",
    "closed": "Closed:",
    "dismissed": "No incident:",
}
HELD = "Messages about these cases are held back while this goes on; each keeps its own clock and needs its own answer."
HERE = "<!here>"
RINGING = "Cases of it that wait for an answer ring by themselves again."


def first(title: str, brand: str, why: str, state: str, count: Count, link: str, tz: str, now: datetime) -> Notice:
    """The one message of an incident."""
    head = f"{LEADS[state]} “{one_line(title, 80)}” at {one_line(brand, 40)}."
    return _notice(
        head, [one_line(why, 300), standing(count, tz, now)], HELD, link, call=True, asks=state == "proposed"
    )


def shown(title: str, brand: str, why: str, state: str, count: Count, link: str, tz: str, now: datetime) -> Notice:
    """The same message as it reads later, when it is edited in place: an edit calls nobody."""
    head = f"{LEADS[state]} “{one_line(title, 80)}” at {one_line(brand, 40)}."
    return _notice(
        head,
        [one_line(why, 300), standing(count, tz, now)],
        HELD if state in KNOWN else "",
        link,
        asks=state == "proposed",
    )


def fingerprint(notice: Notice) -> str:
    """What an edit would change: two equal ones need no edit."""
    return hash_of(f"{notice.text}|{len(notice.blocks)}")


def update(title: str, state: str, count: Count, owed: int, link: str, tz: str, now: datetime) -> Notice:
    """A line in its thread. `owed` is how many have not heard since it was fixed."""
    head = f"{LEADS[state]} “{one_line(title, 80)}”."
    if state == "fixed":
        people = (
            "Nobody is owed an answer." if not owed else f"{counted(owed, 'customer')} not heard since: circle back."
        )
        return _notice(head, [people], "", link)
    if state in ("closed", "dismissed"):
        return _notice(head, [standing(count, tz, now)], RINGING if count.owed else "", link)
    return _notice(head, [standing(count, tz, now)], "", link, call=pressing(count, now))


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
    return _notice(f"More is said of {one_line(brand, 40)} than usual.", [one_line(why, 600)], "", link)


def _notice(head: str, lines: list[str], small: str, link: str, call: bool = False, asks: bool = False) -> Notice:
    """`call`: everybody at hand in the room is called, as for a single case that is at risk. `asks`: is it one?"""
    here = f"{HERE} " if call else ""
    rest = " ".join(line for line in lines if line)
    built: list[Block] = [blocks.section(f"{here}*{slack_text(head)}* {slack_text(rest)}".strip())]
    built += [blocks.context(slack_text(small))] if small else []
    pressed = [blocks.button("Open", "incident.open", "incident", "Open it", url=link)]
    number = link.rpartition("/")[2]
    if asks and number.isdecimal():
        value = f"incident:{number}"
        pressed.append(blocks.button("It is one", "incident.declare", value, "It is one: declare it", primary=True))
        pressed.append(blocks.button("Dismiss", "incident.dismiss", value, "Dismiss: no incident"))
    built.append(blocks.actions("incident", pressed))
    whole = f"{head} {rest}".strip()
    body = "\n\n".join(part for part in (whole, small, f"Open: {link}") if part)
    html = f"<p><strong>{escape(head)}</strong> {escape(rest)}</p><p>{escape(small)}</p>"
    return Notice(
        here + slack_text(whole, 1_000), tuple(built), one_line(head, 150), f"{body}\n",
        f'{html}<p><a href="{escape(link)}">Open it in Earshot</a></p>',
    )  # fmt: skip
