"""`earshot import`: any history of posts into the queue, as history."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.store.tables import SourceRow
    from connectors.file.connector import File


def register(program: typer.Typer) -> None:
    """Add this command."""
    program.command("import")(import_)


def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, JSON Lines or JSON of posts")],
    brand: Annotated[list[str] | None, typer.Option(help="A brand's name, or its TOML file; may be repeated")] = None,
    map_: Annotated[list[str] | None, typer.Option("--map", help="Our field = your column, e.g. text=body")] = None,
    platform: Annotated[str, typer.Option(help="The platform the posts are from, e.g. x")] = "file",
    zone: Annotated[str, typer.Option(help="Time zone of times that do not say theirs")] = "UTC",
    again: Annotated[bool, typer.Option("--from-start", help="Read the file from its beginning again")] = False,
) -> None:
    """Posts from a file, as history: windows from their own times, nobody paged. Resumable; twice adds nothing."""
    from bot import wire
    from bot.cli.setup import loaded

    if bare := [pair for pair in map_ or () if "=" not in pair]:
        raise typer.BadParameter(f"--map {bare[0]} names no column. Write: --map {bare[0]}=COLUMN")
    settings = loaded().settings
    app = wire.build(settings)
    columns = dict(pair.split("=", 1) for pair in map_ or ())
    options = {"path": str(file.resolve()), "columns": columns, "platform": platform, "zone": zone}
    _show(wire.connector_from("file", options, settings, app.clock))  # a file that cannot be read leaves no trace
    named = [_brand(app, word) for word in brand or ()]
    source = _source(app, file, options, again)
    connector: Any = app.connector_of(source)
    before = _counts(app, source)
    _hear(app, source, connector)
    _work(app)
    after = _counts(app, source)
    told: dict[str, Any] = {key: after[key] - before[key] for key in after} | {"source": source.name, "brands": named}
    sys.stdout.write(json.dumps(told) + "\n")
    app.db.close()


def _brand(app: "App", word: str) -> str:
    """A brand by its TOML file or by its bare name; an unknown name becomes a brand."""
    from bot.core.brand import Brand, brand_from_toml
    from bot.store import brands

    path = Path(word)
    with app.db.begin() as session:
        if path.suffix == ".toml":
            found = brand_from_toml(path.read_text("utf-8"), word)
        else:
            found = brands.get(session, word) or Brand(name=word, names=(word,))
        brands.save(session, found, "command", app.clock.now(), "operator")
    return found.name


def _source(app: "App", file: Path, options: dict[str, Any], again: bool) -> "SourceRow":
    """The file's own source: it keeps the place to resume, and is never polled."""
    from bot.store import sources
    from bot.store.tables import SourceRow

    now, name = app.clock.now(), f"import:{file.name}"
    with app.db.begin() as session:
        old = sources.get(session, name)
        row = old or SourceRow(name=name, connector="file", started_at=now, next_poll_at=now, state="off", history=True)
        row.options, row.cursor = options, None if again else row.cursor
        sources.save(session, row)
    with app.db.read() as session:
        saved = sources.get(session, name)
    assert saved is not None
    return saved


def _show(connector: Any) -> None:
    layout = connector.layout()
    sys.stderr.write(f"{layout.form.kind.upper()}, {layout.size:,} bytes. Columns, as guessed (change with --map):\n")
    for field, column in layout.columns.items():
        sys.stderr.write(f"  {field:12} from {column}\n")
    if "created_at" not in layout.columns:
        sys.stderr.write(
            "  No column holds times: each post counts as written now. Name one: --map created_at=COLUMN\n"
        )


def _hear(app: "App", source: "SourceRow", connector: "File") -> None:
    """Store page by page; the cursor in the row says how far we are."""
    from rich.console import Console
    from rich.progress import Progress

    from bot.core.wanting import is_own
    from bot.steps.listen import want
    from bot.store import brands, intake

    with app.db.read() as session:
        own = is_own(brands.all_of(session))
    size = connector.layout().size
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Hearing", total=size)
        for page in connector.fetch(want(app, source)):
            try:
                with app.db.begin() as session:
                    intake.keep_page(session, source, page, app.clock.now(), own)
            except intake.Overtaken:
                raise ValueError("this file is being imported already: wait for that to end.") from None
            bar.update(task, completed=json.loads(page.cursor or "{}").get("after", 0))


def _work(app: "App") -> None:
    """Match, read and open cases until nothing is due; a running Earshot may do part of it."""
    from rich.console import Console
    from rich.progress import Progress

    from bot.steps import confirm, match, read, recover, triage

    steps: tuple[tuple[str, Callable[[App], int]], ...] = (
        ("Matching", match.match_some),
        ("Reading", lambda app: read.read_some(app, 256)),
        ("Opening cases", triage.triage_some),
        ("Finding our answers", confirm.confirm_some),
        ("Judging recovery", recover.recover_some),
    )
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for words, step in steps:
            task = bar.add_task(words, total=None)
            while done := step(app):
                bar.advance(task, done)


def _counts(app: "App", source: "SourceRow") -> dict[str, int]:
    from bot.store import quarantine, tally

    with app.db.read() as session:
        return tally.of_source(session, source.name) | {"quarantined": quarantine.count(session, source.name)}
