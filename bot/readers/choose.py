"""From the setting `reader` to a reader. There is always one: what cannot work is replaced by the words, and said."""

from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.readers.types import Reader, ReaderUnavailable
from bot.readers.words import Words

SETTINGS = ("auto", "words", "builtin", "hub:<owner/model or folder>", "builtin+hub:<owner/model or folder>")
"""What the setting may say."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The reader in use. `instead` says in a sentence why it is not the one asked for; empty if it is."""

    reader: Reader
    instead: str = ""


def choose(setting: str, home: Path) -> Choice:
    """The reader a setting asks for, or the word reader and the reason.

    "auto" is the built-in reader if its model is there and whole; "builtin+hub:…" has a hub model for the languages
    that it does not speak. Raises ValueError for a setting that means nothing.
    """
    kind, _, model = setting.strip().partition(":")
    if (kind, model) == ("words", ""):
        return Choice(Words())
    if kind not in _OPEN or kind.endswith("hub") != bool(model):
        raise ValueError(f"reader = {setting!r} is not one of {', '.join(SETTINGS)}.")
    try:
        return Choice(_OPEN[kind](model, home))
    except ReaderUnavailable as error:
        return Choice(Words(), f"The word reader reads instead of {setting}. {error}")


def reader_from(setting: str, home: Path) -> Reader:
    """The reader a setting asks for; a replacement is written to the log. Raises ValueError as `choose` does."""
    choice = choose(setting, home)
    if choice.instead:
        structlog.get_logger("earshot.readers").warning(
            "reader replaced", reader=choice.reader.name, why=choice.instead
        )
    return choice.reader


def _builtin(_model: str, _home: Path) -> Reader:
    from bot.readers.builtin import load

    return load()


def _hub(model: str, home: Path) -> Reader:
    from bot.readers.hub import open_hub

    return open_hub(model, home)


def _both(model: str, home: Path) -> Reader:
    from bot.readers.both import Both
    from bot.readers.builtin import load

    return Both(load(), model, lambda: _hub(model, home))


_OPEN = {"auto": _builtin, "builtin": _builtin, "hub": _hub, "builtin+hub": _both}
