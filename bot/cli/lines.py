"""Commands other programs rely on: JSON Lines in, JSON Lines out, no database, no network.

A bad line yields a line with `"error"` and does not stop the rest. Exit 0, 2 on bad usage, 1 on failure.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

Toml = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="A TOML file")]
T = TypeVar("T")
LONGEST_LINE = 8 * 1024 * 1024  # characters; no post is longer


def register(program: typer.Typer) -> None:
    """Add these commands."""
    program.command("read")(read)
    program.command("match")(match)
    program.command("due")(due)
    program.command("check-reply")(check_reply)


def read(
    reader: Annotated[str, typer.Option(help="auto, words, builtin, hub:NAME-OR-FOLDER, builtin+hub:…")] = "",
) -> None:
    """Sentiment, complaint, urgency, language and topics of each {"id","text"} line."""
    from bot.readers.choose import reader_from
    from bot.readers.line import read_lines
    from config.load import load

    settings = load().settings
    chosen = reader_from(reader or settings.reader, settings.home)
    for answer in read_lines(_input(), chosen):
        _say(answer)


def match(
    brand: Toml,
    reader: Annotated[str, typer.Option(help="Whose likeness the brand's examples are told by; words: none")] = "",
) -> None:
    """Whether each {"id","text"} line names the brand in FILE.toml, where, and why."""
    from bot.core.brand import brand_from_toml
    from bot.core.learned import LEAST
    from bot.core.matching import match_line

    known = _usage(lambda: brand_from_toml(_words(brand), str(brand)))
    if min(len(known.us), len(known.not_us)) < LEAST:
        _each(lambda line: match_line(line, known))
        return
    from bot.readers.about import reconsidered
    from bot.readers.choose import reader_from
    from config.load import load

    settings = load().settings
    chosen = reader_from(reader or settings.reader, settings.home)
    _each(lambda line: reconsidered(chosen, known, line, match_line(line, known)))


def due() -> None:
    """By when an answer to each {"id","policy","created_at"} line is owed, and the arithmetic."""
    from bot.core.due import due as due_of

    _each(due_of)


def check_reply(
    boundaries: Toml,
    reader: Annotated[str, typer.Option(help="Whose ear the manner of a sentence is told by; words: none")] = "",
) -> None:
    """What in each {"id","text"} reply breaks the boundaries in FILE.toml."""
    from bot.core.boundaries import boundaries_from_toml
    from bot.core.reply import check_reply_line
    from bot.readers.choose import reader_from
    from bot.readers.language import language_of
    from bot.readers.manner import listener
    from config.load import load

    limits = _usage(lambda: boundaries_from_toml(_words(boundaries), str(boundaries)))
    settings = load().settings
    wanted = reader or settings.reader
    # a hub model alone hears no manner, and need not be opened for that
    sounds_of = listener(reader_from("words" if wanted.startswith("hub:") else wanted, settings.home))
    _each(lambda line: check_reply_line(line, limits, language_of=language_of, sounds_of=sounds_of))


def _words(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{file}: not UTF-8 text. Save it as UTF-8, or name another file.") from None


def _usage(make: Callable[[], T]) -> T:
    """A file that cannot be used is bad usage: exit 2, with the sentence that says why."""
    try:
        return make()
    except (ValueError, OSError) as error:
        sys.stderr.write(f"earshot: {error}\n")
        raise typer.Exit(2) from None


def _each(answer: Callable[[Mapping[str, object]], Mapping[str, object]]) -> None:
    for line in parsed(_input()):
        _say(line if isinstance(line, BadLine) else _safely(answer, line))


def _safely(
    answer: Callable[[Mapping[str, object]], Mapping[str, object]], line: Mapping[str, object]
) -> Mapping[str, object]:
    try:
        return answer(line)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        return {"id": line.get("id"), "error": f"{type(error).__name__}: {error}"}


class BadLine(dict[str, Any]):
    """A line that is no object, as it is answered."""


def parsed(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Each line as an object; one that is none becomes {"id": None, "error": …}."""
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line) if len(line) <= LONGEST_LINE else None
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            yield found
        else:
            yield BadLine(id=None, error=f"line {number} is not a JSON object")


def _input() -> Iterator[str]:
    """Lines of stdin that are not blank, whatever their bytes are: what is no UTF-8 becomes U+FFFD."""
    for raw in sys.stdin.buffer:
        if raw.strip():
            yield raw.decode("utf-8", "replace")


def _say(answer: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=True, default=str) + "\n")
    sys.stdout.flush()
