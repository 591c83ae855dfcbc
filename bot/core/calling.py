"""Colleagues called by @name in a note."""

import re
from collections.abc import Iterable

_CALL = re.compile(r"(?<![\w@.])@([\w][\w.\-+@]*)")


def uncalled(text: str, people: Iterable[tuple[int, str, str]], theirs: str = "") -> list[str]:
    """The @names in the text that call nobody of `people`: none is called so, or more than one is. Each once, as it was
    written. `theirs`: what customers said; a name that stands there is one of theirs and calls nobody on purpose."""
    every, known = list(people), {one.casefold() for one in _names(theirs)}
    return [one for one in _names(text) if one.casefold() not in known and not called(f"@{one}", every)]


def _names(text: str) -> list[str]:
    found = dict.fromkeys(call.group(1).rstrip(".-+@") for call in _CALL.finditer(text))
    return [one for one in found if one]


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
