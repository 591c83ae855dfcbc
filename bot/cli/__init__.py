"""The console command `earshot`. Each command imports what it needs when it is called: `--help` is quick."""

import sys

import typer

from bot.cli import data, demo, importing, lines, reading, serve, setup
from config.load import BadSettings

program = typer.Typer(
    name="earshot",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Hear the complaint nobody tagged you in. Answer it within the hour.",
)
for part in (serve, demo, setup, importing, data, lines, reading):
    part.register(program)


def main() -> None:
    """Run the command; a wrong setting or a wrong version is a sentence and exit code 1, never a trace."""
    from bot.store.migrate import WrongVersion

    try:
        program()
    except (BadSettings, WrongVersion, ValueError) as error:
        sys.stderr.write(f"earshot: {error}\n")
        raise SystemExit(1) from None
