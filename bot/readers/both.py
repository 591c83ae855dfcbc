"""Two readers as one: the built-in one for the language it speaks, a hub model for all others.

Each verdict says who gave it, so that a stored reading tells them apart; vectors, and with them likeness and the
examples of what is about us, stay the built-in reader's. The hub's model is opened when the first text it is for comes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

import structlog

from bot.readers.builtin import Builtin, Floats
from bot.readers.types import Reader, ReaderUnavailable, Verdict


class Both:
    """The built-in reader, and behind it a model for what it does not speak.

    It goes by the built-in reader's name and version: what is kept by them (curves, vectors) is the built-in's. A hub
    model that cannot be opened is not tried again in this process; one that fails is asked again with the next texts.
    Either way the built-in reader's guess stands, marked as one, and the log says so once.
    """

    def __init__(self, first: Builtin, model: str, open_second: Callable[[], Reader]) -> None:
        self.first, self.called = first, f"{first.name}+hub:{model}"
        self.name, self.version = first.name, first.version
        self._open, self._lock = open_second, Lock()
        self._second: Reader | None = None
        self._away, self._said = "", False

    @property
    def real(self) -> Builtin:
        """The reader whose vectors count."""
        return self.first

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        """One verdict per text, in order. Raises ReaderUnavailable if the built-in reader stops working."""
        return self.read_whole(texts, languages)[0]

    def read_whole(
        self, texts: Sequence[str], languages: Sequence[str | None] | None = None
    ) -> tuple[list[Verdict], list[Floats | None]]:
        """What `read` gives, and each text's vector; None for texts the built-in reader does not speak."""
        found, vectors = self.first.read_whole(texts, languages)
        foreign = [at for at, verdict in enumerate(found) if not verdict.language_supported]
        said = [languages[at] for at in foreign] if languages is not None else None
        for at, verdict in zip(foreign, self._others([texts[at] for at in foreign], said), strict=False):
            found[at] = replace(verdict, language=found[at].language)
        return found, vectors

    def vectors(self, texts: Sequence[str]) -> Floats:
        """The built-in reader's vector of each text, whatever its language."""
        return self.first.vectors(texts)

    def run(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> tuple[Any, Any]:
        """The built-in reader's raw outputs and vectors."""
        return self.first.run(texts, pairs)

    def second(self) -> Reader:
        """The reader of all other languages, opened if it is not yet. Raises ReaderUnavailable, always the same."""
        with self._lock:
            if self._second is None and not self._away:
                try:
                    self._second = self._open()
                except Exception as error:  # noqa: BLE001  a stranger's files: whatever is wrong, the posts go on
                    self._away = _why(error)
            if self._second is None:
                raise ReaderUnavailable(self._away)
            return self._second

    def _others(self, texts: Sequence[str], languages: Sequence[str | None] | None) -> list[Verdict]:
        """The second reader's verdicts, signed; none at all where it is not there."""
        if not texts:
            return []
        try:
            second = self.second()
            found = [replace(one, by=(second.name, second.version)) for one in second.read(texts, languages)]
            if len(found) != len(texts):
                raise ReaderUnavailable(f"{second.name} answered {len(found)} times to {len(texts)} texts.")
        except Exception as error:  # noqa: BLE001  a stranger's model: its posts are queued by age, and it is said
            self._tell(_why(error))
            return []
        self._said = False
        return found

    def _tell(self, why: str) -> None:
        """Once, until it works again."""
        if not self._said:
            self._said = True
            structlog.get_logger("earshot.readers").warning(
                "other languages are queued by age", reader=self.called, why=why
            )


def _why(error: Exception) -> str:
    """Our own sentences as they are; of a stranger's error its kind alone, for it may quote a customer."""
    return str(error) if isinstance(error, ReaderUnavailable) else f"The model cannot be used ({type(error).__name__})."
