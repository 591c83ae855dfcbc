"""Connectors and responders by entry point: ours and a stranger's come through the same door."""

import importlib
import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from typing import Any

from connectors.checked import unfit

CONNECTORS, RESPONDERS = "earshot.connectors", "earshot.responders"


class NoPlugin(ValueError):
    """There is no such plug-in here, or a package it needs is missing. The message says what to do."""


@lru_cache(maxsize=4)
def installed(group: str) -> dict[str, EntryPoint]:
    """Every plug-in of a group by name, none of them loaded."""
    return {point.name: point for point in entry_points(group=group)}


def _arrived(group: str) -> dict[str, EntryPoint]:
    """What is installed by now: a package may have come since this process began."""
    importlib.invalidate_caches()
    installed.cache_clear()
    return installed(group)


def find(group: str, name: str) -> Any:
    """The plug-in's class. Raises NoPlugin."""
    point = installed(group).get(name) or _arrived(group).get(name)
    if point is None:
        known = ", ".join(sorted(installed(group))) or "none"
        raise NoPlugin(f"There is no {group.removeprefix('earshot.').rstrip('s')} named {name!r}. Installed: {known}.")
    try:
        kind = point.load()
    except ModuleNotFoundError as error:
        ours = point.dist is None or point.dist.name == "earshot-bot"
        hint = f"-m pip install 'earshot-bot[{name}]'" if ours else f"-m pip install {error.name}"
        missing = f"{name} needs the package {error.name}, which is not installed."
        raise NoPlugin(f"{missing} Run: {sys.executable} {hint}") from error  # another Python's pip would not help
    except Exception as error:
        why = f"{point.value} cannot be loaded: {type(error).__name__}: {error}"
        raise NoPlugin(f"{name} is installed and broken: {why}") from error
    if group == CONNECTORS and (why := unfit(kind)):
        raise NoPlugin(f"{name} is installed, and {why}.")
    return kind


def pace(kind: Any) -> int:
    """Seconds between two reads that suit a connector: its own word (`every_s`), else a minute."""
    told = getattr(kind, "every_s", 60)
    return told if isinstance(told, int) and 1 <= told <= 86_400 else 60


def paper(kind: Any, name: str) -> str:
    """A text that ships beside a plug-in (README.md, sample.toml); "" where it ships none."""
    package = kind.__module__.rpartition(".")[0]
    found = files(package).joinpath(name) if package else None
    return found.read_text("utf-8") if found is not None and found.is_file() else ""


def keys(kind: Any) -> list[str]:
    """How to come by the keys a plug-in asks for, step by step: the part of its README called Keys."""
    _, _, after = f"\n{paper(kind, 'README.md')}".partition("\n## Keys\n")
    part, _, _ = after.partition("\n## ")
    return [" ".join(step.replace("`", "").replace("*", "").split()) for step in f"\n{part}".split("\n* ")[1:]]
