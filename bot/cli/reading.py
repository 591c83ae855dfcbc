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


def evaluate(
    data: Data,
    reader: Annotated[str, typer.Option(help="The reader to measure")] = "builtin",
    about: Annotated[bool, typer.Option(help="Measure instead how well posts about a brand are told apart")] = False,
) -> None:
    """A table of every set with n and 95 % intervals, beside word lists, VADER and a linear model."""
    from bot.cli.setup import loaded
    from bot.readers import about_evaluate
    from bot.readers import evaluate as reading
    from bot.readers.choose import reader_from
    from bot.readers.words import Words

    chosen = reader_from(reader, loaded().settings.home)
    lines = about_evaluate.report(data, [chosen, Words()]) if about else reading.report(data, chosen)
    for line in lines:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def train(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder for checkpoints; training goes on from the last one")] = Path("var"),
    model: Annotated[Path | None, typer.Option(help="Folder to write the model to; out/model if left out")] = None,
) -> None:
    """Fit the built-in reader on labelled sets (needs the extra `train`; about 40 minutes on two cores)."""
    from bot.readers import ship

    ship.train(data, out, model or out / "model", lambda words: typer.echo(words, err=True))
