"""One's own letters for the queue's keys (WCAG 2.1.4: letters can be remapped or switched off)."""

from collections.abc import Mapping

# letter as it is delivered → what it does, in the order of the keys sheet
ACTS = {
    "j": "next case",
    "k": "previous case",
    "f": "take the next case",
    "c": "claim, or give back",
    "r": "reply",
    "u": "undo the last thing",
    "w": "write a note",
    "m": "make it right",
    "s": "snooze",
    "a": "assign",
    "t": "tag",
    "n": "not us",
    "d": "not a complaint",
    "i": "wrong tone",
    "v": "how severe it is",
    "e": "resolve",
    "o": "merge, or split",
    "b": "filter the list",
    "x": "choose several",
    "h": "hold live updates, or resume",
}
FIXED = frozenset("g?/.")


def fitting(wanted: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """What was asked for (act's own letter → new letter) as what differs, and why not, in one sentence."""
    chosen = {act: wanted.get(act, act).strip().lower() or act for act in ACTS}
    odd = next((key for key in chosen.values() if len(key) != 1 or not key.isprintable() or key.isspace()), None)
    if odd is not None:
        return {}, "Each key is one letter or sign."
    if taken := FIXED & set(chosen.values()):
        return {}, f"{' '.join(sorted(taken))} keep their meaning: go to, help, search, show what is new."
    twice = sorted({key for key in chosen.values() if list(chosen.values()).count(key) > 1})
    if twice:
        return {}, f"{', '.join(twice)} would mean two things."
    return {act: key for act, key in chosen.items() if key != act}, ""
