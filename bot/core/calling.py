"""Colleagues called by @name in a note."""

import re
from collections.abc import Iterable

_CALL = re.compile(r"(?<![\w@.])@([\w][\w.\-+@]*)")


def called(text: str, people: Iterable[tuple[int, str, str]]) -> list[int]:
    """Ids of those of `people` (id, log-in, name) whom the text calls: by log-in, its part before @, whole name without
    blanks, or first name where only one has it. In the order of the calls, each once."""
    every = list(people)
    exact: dict[str, list[int]] = {}
    for number, login, name in every:
        keys = {login, login.partition("@")[0], "".join(name.split()), (name.split() or [""])[0]}
        for key in {key.casefold() for key in keys if key}:
            exact.setdefault(key, []).append(number)
    found: list[int] = []
    for call in _CALL.finditer(text):
        key = call.group(1).rstrip(".-+@").casefold()
        who = exact.get(key, [])
        if len(who) == 1 and who[0] not in found:
            found.append(who[0])
    return found
