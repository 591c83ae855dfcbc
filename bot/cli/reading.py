"""`earshot evaluate` and `earshot train`: how well a reader reads, and making the built-in one anew."""

import sys
from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Option("--data", exists=True, file_okay=False, help="Folder of labelled sets")]


def register(program: typer.Typer) -> None:
    """Add these commands."""
    program.command("evaluate")(evaluate)
    program.command("train")(train)


def evaluate(data: Data, reader: Annotated[str, typer.Option(help="The reader to measure")] = "builtin") -> None:
    """A table of every set with n and 95 % intervals, beside word lists, VADER and a linear model."""
    from bot.cli.setup import loaded
    from bot.readers.choose import reader_from
    from bot.readers.evaluate import report

    settings = loaded().settings
    for line in report(data, reader_from(reader, settings.home)):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def train(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder for checkpoints; training goes on from the last one")] = Path("var"),
    model: Annotated[Path | None, typer.Option(help="Folder to write the model to; out/model if left out")] = None,
) -> None:
    """Fit the built-in reader on labelled sets (needs the extra `train`; about 40 minutes on two cores)."""
    from bot.readers import ship
    from bot.readers.types import ReaderUnavailable

    try:
        ship.train(data, out, model or out / "model", lambda words: typer.echo(words, err=True))
    except ReaderUnavailable as error:
        raise ValueError(str(error)) from None
