"""`earshot spikes`: which rows of a count stand out. No database, no network."""

import codecs
import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.core.spikes import Rule

File = Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="timestamp,value[,lost]; else stdin")]
Named = Annotated[Path | None, typer.Option("--csv", exists=True, dir_okay=False, help="The same, as an option")]
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def register(program: typer.Typer) -> None:
    """Add this command."""
    program.command("spikes")(spikes)


def spikes(
    file: File = None,
    named: Named = None,
    map_: Annotated[list[str] | None, typer.Option("--map", help="Ours = your column, e.g. value=Mentions")] = None,
    zone: Annotated[str, typer.Option(help="Time zone of times that do not say theirs")] = "UTC",
    bar: Annotated[float, typer.Option(min=1.0, help="How large a deviation rings, in spreads")] = Rule().bar,
) -> None:
    """Score each timestamp,value row against the same hour of the weeks before it."""
    from bot.core import zones
    from bot.core.spike_rows import score_rows

    try:
        columns = _columns(map_ or ())
        path = file or named
        text = _text(path.read_bytes() if path is not None else sys.stdin.buffer.read())
        rows = score_rows(io.StringIO(text, newline=""), Rule(bar=bar), columns=columns, zone=zones.zone(zone))
        _say(rows)
    except (ValueError, OSError, csv.Error) as error:
        sys.stderr.write(f"earshot: {error}\n")
        raise typer.Exit(2) from None


def _columns(pairs: Sequence[str]) -> dict[str, str]:
    """Our name → theirs. ValueError for what names neither of ours nor a column."""
    told: dict[str, str] = {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if ours not in ("timestamp", "value", "lost") or not equals or not theirs.strip():
            raise ValueError(f"--map {pair} names no column. Write timestamp, value or lost, “=” and your column.")
        told[ours] = theirs
    return told


def _text(raw: bytes) -> str:
    return raw.decode("utf-16" if raw.startswith(UTF_16) else "utf-8", "replace")


def _say(rows: Iterable[Mapping[str, object]]) -> None:
    """A line a row; how many could not be read, and the first one's reason, on stderr: such lines are easily missed."""
    many, bad = 0, list[Mapping[str, object]]()
    for row in rows:
        many += 1
        sys.stdout.write(json.dumps(row, ensure_ascii=True) + "\n")
        if "error" in row:
            bad.append(row)
    if bad:
        first = bad[0]
        sys.stderr.write(
            f"earshot: {len(bad):,} of {many:,} rows cannot be read. Line {first['line']}: {first['error']}.\n"
        )
