"""`earshot spikes`: which rows of a count stand out. No database, no network."""

import io
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.core.spikes import Rule

File = Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="timestamp,value[,lost]; else stdin")]
Named = Annotated[Path | None, typer.Option("--csv", exists=True, dir_okay=False, help="The same, as an option")]


def register(program: typer.Typer) -> None:
    """Add this command."""
    program.command("spikes")(spikes)


def spikes(
    file: File = None,
    csv: Named = None,
    bar: Annotated[float, typer.Option(min=1.0, help="How large a deviation rings, in spreads")] = Rule().bar,
) -> None:
    """Score each timestamp,value row against the same hour of the weeks before it."""
    from bot.core.spike_rows import score_rows

    try:
        named = file or csv
        raw = named.read_bytes() if named is not None else sys.stdin.buffer.read()
        for answer in score_rows(io.StringIO(raw.decode("utf-8", "replace"), newline=""), Rule(bar=bar)):
            sys.stdout.write(json.dumps(answer, ensure_ascii=True) + "\n")
    except (ValueError, OSError) as error:
        sys.stderr.write(f"earshot: {error}\n")
        raise typer.Exit(2) from None
