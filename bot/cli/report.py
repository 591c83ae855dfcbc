"""`earshot digest`: a week as a file."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.digest.document import Document


class Form(StrEnum):
    """What a digest is written as."""

    html = "html"
    email = "email"
    json = "json"
    csv = "csv"
    pdf = "pdf"


def register(program: typer.Typer) -> None:
    """Add these commands."""
    program.command("digest")(digest)


def digest(
    week: Annotated[str, typer.Option(help="Year and ISO week, e.g. 2026-W47; left out: the last that is over")] = "",
    brand: Annotated[str, typer.Option(help="Whose week; may be left out where there is one brand")] = "",
    form: Annotated[Form, typer.Option("--format", help="html, email, json, csv or pdf")] = Form.html,
    out: Annotated[Path | None, typer.Option(help="File to write; stdout if left out")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Count it again from readings and the log; exit 1 if anything differs")
    ] = False,
) -> None:
    """The week of a brand: what was said, what to do. An e-mail is written as HTML with its plain text beside it as
    .txt; a PATH that ends in .eml gets the whole mail, one that ends in .txt the plain text."""
    from bot.cli.setup import app_now

    app = app_now()
    try:
        document = _document(app, week, brand)
        if verify:
            _verify(app, document)
            return
        for path, content in _files(document, form, out, app.settings.address):
            _write(path, content)
    except ValueError as error:
        sys.stderr.write(f"earshot: {error}\n")
        raise typer.Exit(2) from None
    finally:
        app.db.close()


def _document(app: "App", week: str, brand: str) -> "Document":
    from bot.core.week import Week
    from bot.steps.digest import build
    from bot.store import brands

    with app.db.read() as session:
        ours = [one for one in brands.all_of(session) if not one.competitor]
    chosen = [one for one in ours if one.name == brand or (not brand and len(ours) == 1)]
    if not chosen:
        names = ", ".join(one.name for one in ours) or "none yet; add one with: earshot init"
        raise ValueError(f"there is no brand {brand!r}. Yours: {names}." if brand else f"say --brand. Yours: {names}.")
    name, tz = chosen[0].name, chosen[0].zone
    return build(app, name, Week.parse(week, tz) if week else Week.of(app.clock.now(), tz).before)


def _verify(app: "App", document: "Document") -> None:
    """A line a figure, a line a row that was changed past the log. Exit 1 if anything differs."""
    from bot.steps.verify import verify

    found = verify(app, document)
    for one in found.figures:
        _say({"figure": one.name, "digest": one.digest, "recount": one.recount, "same": one.same})
    for row in found.changed:
        _say({"row": row.row, "error": row.why})
    if found.broken_at is not None:
        _say({"row": f"event {found.broken_at}", "error": "the chain of the log is broken here"})
    differ = sum(not one.same for one in found.figures)
    sys.stderr.write(
        f"{len(found.figures)} figures counted again, {differ} differ; {len(found.changed)} rows changed past the log\n"
    )
    if not found.holds:
        raise typer.Exit(1)


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")


def _files(document: "Document", form: Form, out: Path | None, base: str) -> list[tuple[Path | None, bytes]]:
    from bot.digest import letter, paint, pdf, render, tables

    match form:
        case Form.html:
            return [(out, render.html(document, base).encode())]
        case Form.json:
            return [(out, tables.as_json(document, base).encode())]
        case Form.pdf:
            return [(out, pdf.pdf(document, base))]
        case Form.csv:
            return [(out, tables.as_csv(document, base).encode("utf-8-sig"))]
    if out is not None and out.suffix == ".eml":
        return [(out, letter.of(document, base))]
    _subject, html, text, _sheet = render.email(document, base)
    html = paint.within(html, paint.painted(render.pictures(document)))
    if out is None or out.suffix == ".txt":
        return [(out, (html if out is None else text).encode())]
    return [(out, html.encode()), (out.with_suffix(".txt"), text.encode())]


def _write(path: Path | None, content: bytes) -> None:
    """To the file, readable by its owner only: it holds customers' words."""
    if path is None:
        sys.stdout.buffer.write(content)
        return
    try:
        path.write_bytes(content)
        path.chmod(0o600)
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror}.") from error
    sys.stderr.write(f"wrote {path}\n")
