"""Setting up, looking after: init, add, try, config, doctor, migrate, backup, restore."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_origin

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.core.matching import Matcher
    from bot.store.tables import SourceRow
    from config.load import Loaded


def register(program: typer.Typer) -> None:
    """Add these commands."""
    program.command("init")(init)
    program.command("add")(add)
    program.command("try")(try_)
    program.command("config")(config)
    program.command("doctor")(doctor)
    program.command("migrate")(migrate)
    program.command("backup")(backup)
    program.command("restore")(restore)


def loaded() -> "Loaded":
    """The settings chain, with logging set up to match."""
    from bot import log
    from config.load import load

    found = load()
    log.configure(found.settings.log, found.settings.log_level)
    return found


def app_now() -> "App":
    """The app these settings describe."""
    from bot import wire

    return wire.build(loaded().settings)


def init(
    name: Annotated[str, typer.Option(prompt="What is your brand called?", help="The brand's name")],
    context: Annotated[str, typer.Option(help="One paragraph: who you are, and who you are not")] = "",
    handle: Annotated[list[str] | None, typer.Option(help="Your own handles, e.g. @acme_care")] = None,
) -> None:
    """Name the brand and listen for it on every source that needs no credentials."""
    from bot import wire
    from bot.core.brand import Brand
    from bot.store import brands

    app = app_now()
    handles = {"any": tuple(handle or ())} if handle else {}
    brand = Brand(name=name, names=(name,), context=context, handles=handles)
    with app.db.begin() as session:
        brands.save(session, brand, "command", app.clock.now(), "operator")
    added = wire.listen_by_default(app)
    typer.echo(f"{name} is known. Listening to: {', '.join(added) or 'what you had'}. Start with: earshot run")


def add(
    connector: Annotated[str, typer.Argument(help="What to listen to, e.g. rss, mastodon, bluesky, hackernews")],
    name: Annotated[str, typer.Option(help="A name for this source; the connector's own if left out")] = "",
    set_: Annotated[list[str] | None, typer.Option("--set", help="A setting of the connector, key=value")] = None,
    every: Annotated[
        int | None, typer.Option(min=1, max=86_400, help="Seconds between two reads; the connector's own if left out")
    ] = None,
    secret: Annotated[list[str] | None, typer.Option(help="A secret setting to ask for, unseen: token")] = None,
) -> None:
    """Add a source: asks what it needs, tries it, and explains a refusal. Nothing is saved that does not work."""
    from bot import plugins, wire
    from bot.core import source_names
    from bot.store import brands, events, sources
    from bot.store.tables import SourceRow
    from connectors.checked import explained
    from connectors.errors import AuthFailed
    from connectors.hooks import Hooked

    if name and (wrong := source_names.problem(name)):
        raise ValueError(wrong)
    app = app_now()
    kind, key = plugins.find(plugins.CONNECTORS, connector), name or connector
    with app.db.read() as session:
        if sources.get(session, key) is not None:
            raise ValueError(
                f"there is a source {key!r} already: give this one another --name, or change it at /sources."
            )
    options = _asked(kind.Settings, _given(connector, kind.Settings, set_ or []), secret or [])
    made = wire.connector_from(connector, options, app.settings, app.clock)
    try:
        with app.db.read() as session:
            names = brands.all_of(session)
        says = wire.tried(made, names)
    except ValueError:
        raise  # said by the program itself
    except Exception as error:  # noqa: BLE001  a stranger's connector: whoever writes it is told where it broke
        sys.stderr.write(f"earshot: {connector} refuses: {explained(error)}\nNothing was saved.\n")
        if isinstance(error, AuthFailed) and (steps := keys_of(connector)):
            sys.stderr.write("\n".join(["Where its keys come from:", *steps]) + "\n")
        raise typer.Exit(1) from None
    finally:
        made.close()
    now = app.clock.now()
    options = wire.hidden(app.settings, key, connector, options)
    with app.db.begin() as session:
        rest = every or plugins.pace(kind)
        row = SourceRow(name=key, connector=connector, options=options, every_s=rest, started_at=now, next_poll_at=now)
        sources.save(session, row)
        events.add(session, now, "operator", "source.added", f"source:{key}")
    door = f" What is posted to it goes to {app.settings.address}/hooks/in/{key}." if isinstance(made, Hooked) else ""
    typer.echo(f"{key}: {says.rstrip('.')}. Saved; a running Earshot listens to it within a minute.{door}")


def _given(connector: str, model: Any, pairs: list[str]) -> dict[str, str]:
    """What `--set` says. A word that is no setting is refused before anything is asked; so is a secret."""
    from config.secrets import secret_fields

    given = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if bare := [pair for pair in pairs if "=" not in pair]:
        raise typer.BadParameter(f"--set {bare[0]} has no value. Write: --set {bare[0]}=VALUE")
    if unknown := sorted(set(given) - set(model.model_fields)):
        known = ", ".join(model.model_fields)
        raise typer.BadParameter(f"{connector} has no setting {unknown[0]!r}. It has: {known}")
    if shown := sorted(secret_fields(model) & set(given)):
        raise typer.BadParameter(f"{shown[0]} is a secret: others see flags. Write --secret {shown[0]} and type it.")
    return given


def _asked(model: Any, given: dict[str, Any], secrets: list[str]) -> dict[str, Any]:
    """The connector's settings: what was given, and what it cannot do without asked for."""
    from config.secrets import secret_fields

    hidden = secret_fields(model)
    if odd := sorted(set(secrets) - hidden):
        raise typer.BadParameter(f"{odd[0]!r} is no secret here. Secrets: {', '.join(sorted(hidden)) or 'none'}")
    options: dict[str, Any] = {key: _several(value, model.model_fields[key]) for key, value in given.items()}
    for key, field in model.model_fields.items():
        if key in secrets or (field.is_required() and key not in options):
            about = (field.description or "needed").rstrip(".")
            typed = _secret(key, about) if key in hidden else typer.prompt(f"{key} ({about})")
            options[key] = typed if key in hidden else _several(typed, field)
    return options


def _secret(key: str, about: str) -> str:
    """A secret as it is typed, unseen, or the next line of a pipe."""
    if sys.stdin.isatty():
        return str(typer.prompt(f"{key} ({about})", hide_input=True))
    if not (line := sys.stdin.readline().strip()):
        raise typer.BadParameter(f"{key} is a secret: type it when asked, or pipe it in, a line each.")
    return line


def _several(value: str, field: Any) -> Any:
    """A list where the setting is one, also of a single word; else as it was typed."""
    many = get_origin(field.annotation) in (tuple, list, set, frozenset)
    return [piece.strip() for piece in value.split(",") if piece.strip()] if many or "," in value else value


def try_(
    source: Annotated[str, typer.Argument(help="A source's name; all of them if left out")] = "",
    most: Annotated[int, typer.Option(help="Posts to show")] = 20,
) -> None:
    """What would be heard right now. Stores nothing."""
    from bot.core.matching import Matcher
    from bot.store import brands, sources

    app = app_now()
    with app.db.read() as session:
        rows = [row for row in sources.all_of(session) if source in ("", row.name)]
        matcher = Matcher(brands.all_of(session))
    if not rows:
        raise ValueError(
            f"there is no source {source!r}. Add one: earshot add rss" if source else "no source yet: earshot init"
        )
    heard = sum([_heard(app, row, matcher, most) for row in rows])
    app.db.close()
    if not heard:
        sys.stderr.write("earshot: no source could be read now. A running Earshot goes on trying.\n")
        raise typer.Exit(1)


def _heard(app: "App", row: "SourceRow", matcher: "Matcher", most: int) -> bool:
    """Show what one source has that names us, at most so many posts. False if it could not be read."""
    from dataclasses import replace

    from bot.core.display import one_line
    from bot.core.matching import said_to_us
    from bot.core.wanting import TRIAL
    from bot.steps.listen import want
    from connectors.checked import checked, explained

    row.cursor, shown = None, 0
    typer.echo(f"# {row.name}")
    try:
        asked = want(app, row)
        asked = replace(asked, budget=TRIAL if asked.budget is None else min(TRIAL, asked.budget))
        for page in map(checked, app.connector_of(row).fetch(asked)):
            for post in page.posts:
                matches = matcher.match(post.text, title=post.title, platform=post.ref.platform)
                brand = str(row.options.get("brand", ""))
                for match in said_to_us(matcher, matches, brand) if post.to_us else matches:
                    verdict = "about us" if match.matched else "not us"
                    typer.echo(f"{verdict:9} {post.created_at:%d %b %H:%M}  {one_line(post.text)[:100]}  ({match.why})")
                    shown += 1
            if shown >= most:
                break
    except Exception as error:  # noqa: BLE001  a stranger's connector must not keep the others from being tried
        typer.echo(f"  not heard: {explained(error, app.ahead_of(row.name))}")
        return False
    if not shown:
        nothing = "nothing in it names you" if matcher.brands else "there is no name to look for yet: earshot init"
        typer.echo(f"  heard, and {nothing}.")
    return True


def config(
    sample: Annotated[
        list[str] | None,
        typer.Argument(help="`sample NAME`: a connector's sample; `keys NAME`: where its keys come from"),
    ] = None,
) -> None:
    """Every setting with its value and where it came from; secrets are masked."""
    from config.load import rows

    words = sample or []
    if words[:1] == ["sample"] and len(words) == 2:
        typer.echo(sample_of(words[1]))
        return
    if words[:1] == ["keys"] and len(words) == 2:
        typer.echo("\n".join(keys_of(words[1]) or [keyless(words[1])]))
        return
    if words:
        raise typer.BadParameter(
            "write `earshot config` alone, or: earshot config sample NAME, earshot config keys NAME"
        )
    for name, value, origin in rows(loaded()):
        typer.echo(f"{name} = {value}  ({origin})")


def sample_of(connector: str) -> str:
    """The sample settings that ship with a connector; for one that ships none, its settings by their descriptions."""
    from bot import plugins

    kind = plugins.find(plugins.CONNECTORS, connector)
    if sample := plugins.paper(kind, "sample.toml"):
        return sample
    settings = [
        f"# {name}: {field.description or 'see its own page'}" for name, field in kind.Settings.model_fields.items()
    ]
    return "\n".join([f"[sources.{connector}]", f'connector = "{connector}"', *settings])


def keys_of(connector: str) -> list[str]:
    """Where a connector's keys come from, a step a line."""
    from bot import plugins

    return [f"* {step}" for step in plugins.keys(plugins.find(plugins.CONNECTORS, connector))]


def keyless(connector: str) -> str:
    """What is said of a connector that tells of no keys."""
    from bot import plugins
    from config.secrets import secret_fields

    asked = sorted(secret_fields(plugins.find(plugins.CONNECTORS, connector).Settings))
    return f"{connector} can have {', '.join(asked)}; its package does not say where from." if asked else (
        f"{connector} needs no key."
    )  # fmt: skip


def doctor() -> None:
    """Checks, each ok, warn or fail with the remedy. Exit 1 on a fail."""
    from bot.steps import examine

    app = app_now()
    checks = examine.every(app)
    for check in checks:
        typer.echo(f"{check.verdict:4}  {check.name}: {check.says}")
    app.db.close()
    if any(check.verdict == "fail" for check in checks):
        raise typer.Exit(1)


def migrate() -> None:
    """Bring the database to this version (PostgreSQL; SQLite does it by itself at start)."""
    from bot.store import migrate as store_migrate
    from bot.store.db import Database

    db = Database(loaded().settings.database)
    typer.echo(f"The database is at {store_migrate.upgrade(db)}.")
    db.close()


def backup(to: Annotated[Path, typer.Argument(help="File to write")]) -> None:
    """A checked copy of the SQLite database, taken while everything runs. For PostgreSQL use pg_dump."""
    from bot.store import migrate as store_migrate
    from bot.store.db import Database

    db = Database(loaded().settings.database)
    file = db.file()
    if file is None:
        raise ValueError("this database is PostgreSQL: use pg_dump.")
    if to.exists():
        raise ValueError(f"{to} exists already: name another file.")
    if not to.parent.is_dir():
        raise ValueError(f"there is no folder {to.parent}.")
    if not file.exists():  # run by somebody else, or by cron: a copy of nothing would be found sound
        raise ValueError(f"there is no database at {file}: say EARSHOT_HOME as for earshot run.")
    store_migrate.copy(file, to)
    typer.echo(f"{to}: {to.stat().st_size:,} bytes, checked.")
    db.close()


def restore(
    of: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file made by `earshot backup`")],
) -> None:
    """Put a backup in place of the database; what is there now is kept beside it. Stop Earshot first."""
    from bot.store import restore as store_restore
    from bot.store.db import Database

    settings = loaded().settings
    db = Database(settings.database)
    file, keys = db.file(), settings.home / "secrets"
    was_there = file is not None and file.exists()
    kept = store_restore.put_back(db, of)
    typer.echo(f"Restored from {of}." + (f" What was there before is in {kept}." if was_there else ""))
    if not keys.is_dir():
        typer.echo(f"It holds no keys: copy the folder `secrets` of the old machine to {keys}, readable by you alone.")
    db.close()
