"""The console command `earshot`. Each command imports what it needs when it is called: `--help` is quick."""

import sys
from typing import Annotated

import typer

from bot.cli import (
    accounts,
    data,
    demo,
    drill,
    hearing,
    importing,
    lines,
    persons,
    reading,
    report,
    rewinding,
    serve,
    setup,
    spiking,
)

program = typer.Typer(
    name="earshot",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Hear the complaint nobody tagged you in. Answer it within the hour.",
)
PARTS = (serve, demo, drill, setup, importing, data, report, rewinding, lines, reading, spiking, hearing, persons)
for part in (*PARTS, accounts):
    part.register(program)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"earshot {version('earshot-bot')}")
        raise typer.Exit


@program.callback()
def earshot(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which it is")
    ] = False,
) -> None:
    """Hear the complaint nobody tagged you in. Answer it within the hour."""


def main() -> None:
    """Run the command; what is wrong outside the program is a sentence and exit code 1, never a trace."""
    try:
        program()
    except Exception as error:
        from bot.cli.failures import sentence

        said = sentence(error)
        if said is None:
            raise
        sys.stderr.write(f"earshot: {said}\n")
        raise SystemExit(1) from None
