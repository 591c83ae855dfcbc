"""What a piece of material does to a case, in words: before it is taken, and after."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.store.tables_answering import SnippetRow
from bot.web import snooze, words

DONE = {"severity": "graded", "label": "tagged", "assigned": "assigned", "snoozed": "snoozed"}
LEFT = {"severity": "its severity", "assigned": "whose it is", "snoozed": "that it was snoozed"}
WHOSE = {"me": "gives it to you", "nobody": "gives it to nobody in particular"}


def does_words(row: SnippetRow, names: Mapping[int, str], tz: str, now: datetime) -> list[str]:
    """Each thing it does: "severity high", "tag bags", "gives it to Ruth", "snoozes it until Tue 09:00"."""
    said = [f"severity {row.severity}"] if row.severity else []
    said += [f"tag {row.tag}"] if row.tag else []
    if row.assign:
        somebody = names.get(int(row.assign), "somebody who is gone") if row.assign.isdecimal() else ""
        said.append(WHOSE.get(row.assign, f"gives it to {somebody}"))
    if row.snooze:
        said.append(f"snoozes it until {words.wall(snooze.until(row.snooze, now, tz), tz, now)}")
    return said


def taken_words(did: Sequence[str]) -> str:
    """What it did, as a sentence."""
    told = listed([DONE[one] for one in did])
    return f"{told[:1].upper()}{told[1:]}."


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"; empty for none."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
