"""Rows in and out: import, export, trace, audit."""

import csv
import json
import os
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer


class What(StrEnum):
    """What can be exported."""

    mentions = "mentions"
    cases = "cases"
    events = "events"


class Form(StrEnum):
    """How rows are written."""

    jsonl = "jsonl"
    csv = "csv"


def register(program: typer.Typer) -> None:
    """Add these commands."""
    program.command("export")(export)
    program.command("trace")(trace)
    program.command("audit")(audit)


def export(
    what: Annotated[What, typer.Argument(help="mentions, cases or events")],
    form: Annotated[Form, typer.Option("--format", help="jsonl or csv")] = Form.jsonl,
    out: Annotated[Path | None, typer.Option(help="File to write; stdout if left out")] = None,
) -> None:
    """Write rows of the database. Personal data in posts is masked unless the settings say otherwise."""
    from bot.cli.setup import app_now
    from bot.core.masking import masked
    from bot.store import events, outgoing

    app = app_now()
    with app.db.begin() as session:  # who takes rows out is in the log, as who changes them is
        events.add(session, app.clock.now(), "console", "data.exported", "", "", rows=what.value, form=form.value)
    mask = masked if app.settings.mask_personal else str
    rows = {What.mentions: outgoing.mentions, What.cases: outgoing.cases, What.events: outgoing.event_rows}[what]
    with app.db.still() as session:
        if out is None:
            _write(rows(session, mask), form, sys.stdout)
        else:
            with own(out) as file:
                _write(rows(session, mask), form, file)
    app.db.close()


def own(out: Path) -> TextIO:
    """A file that only its owner can read, from its first byte on; one that is there loses what it had."""
    file = open(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="")  # noqa: SIM115
    out.chmod(0o600)  # it was there with wider rights
    return file


def _write(rows: Iterable[Mapping[str, Any]], form: Form, file: TextIO) -> None:
    if form is Form.jsonl:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, default=_plain) + "\n")
        return
    writer = None
    for row in rows:
        cells = {key: _cell(value) for key, value in row.items()}
        if writer is None:
            writer = csv.DictWriter(file, fieldnames=list(cells), quoting=csv.QUOTE_ALL)
            writer.writeheader()
        writer.writerow(cells)


def _cell(value: Any) -> str:
    from bot.core.display import safe_cell

    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    return _plain(value) if hasattr(value, "isoformat") else str(value)


def _plain(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def trace(post: Annotated[str, typer.Argument(help="Our id of a post, the platform's, or its address")]) -> None:
    """The path of one post, row by row."""
    from bot.cli.setup import app_now
    from bot.store import outgoing

    app, found = app_now(), False
    with app.db.read() as session:
        for kind, row in outgoing.path_of(session, post):
            found = True
            sys.stdout.write(json.dumps({"row": kind} | row, ensure_ascii=False, default=_plain) + "\n")
    app.db.close()
    if not found:
        raise ValueError(f"no post {post!r} here: give our number, the platform's id, or the post's address.")


def audit(
    word: Annotated[str, typer.Argument(help="`verify`")] = "verify",
    kept: Annotated[str, typer.Option(help="What an earlier run told last: `812:9f2c…`. Is it still in the log?")] = "",
) -> None:
    """Check the chain of the append-only log from its beginning, and tell where it ends."""
    from bot.cli.setup import app_now
    from bot.store import events

    if word != "verify":
        raise typer.BadParameter(f"{word!r} is not known. Write: earshot audit verify")
    number, _, its_hash = kept.partition(":")
    if kept and not (number.isdecimal() and its_hash):
        raise typer.BadParameter(f"{kept!r} is not what a run told. It looks like 812:9f2c…")
    app = app_now()
    with app.db.read() as session:
        broken, row = events.verify(session), events.last(session)
        end = f"{row.id}:{row.hash}" if row is not None else "nothing is in it yet"
        gone = bool(kept) and not events.stands(session, int(number), its_hash)
    app.db.close()
    if broken is not None:
        raise ValueError(f"event {broken} was changed, or the one before it removed.")
    if gone:
        raise ValueError(f"event {number} is gone or is another one: the log was cut off there, or written anew.")
    typer.echo(f"The chain holds. Its end: {end}")
