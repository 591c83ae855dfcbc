"""`earshot rewind`: what a changed earshot.toml would have made of the last weeks, before it is put in place."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app import App
    from bot.core.brand import Brand
    from bot.core.unheard import Unheard
    from bot.web.rehearse import Rehearsal
    from config.settings import Settings

KINDS = {"heard": "heard", "queued": "queued", "paged": "told to the team", "late": "late"}
SHOWN = 5


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("rewind")(rewind)


def rewind(
    file: Annotated[Path, typer.Argument(help="The changed earshot.toml, beside the one in use")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of words")] = False,
    days: Annotated[int, typer.Option(min=1, max=28, help="How many days back")] = 28,
) -> None:
    """What a changed earshot.toml (brands, opening hours, sources, their places) would have heard, queued and paged."""
    from bot.cli.setup import app_now
    from bot.web import rehearse
    from config.load import load

    if not file.is_file():
        sys.stderr.write(f"earshot: there is no file {file}. Copy earshot.toml, change the copy, and name that.\n")
        raise typer.Exit(2)
    settings, app = load(file=file).settings, app_now()
    try:
        unheard = dropped(app, settings)
        pairs = changed(app, settings, any(one.tells for one in unheard))
        told = {
            before.name: rehearse.rehearse_many(
                app, before, [after], days, otherwise=lambda then: then.without(unheard)
            )[0]
            for before, after in pairs
        }  # fmt: skip
        found = {name: _as_told(one) for name, one in told.items()}
        unknown = {one.source: list(one.unknown) for one in unheard if one.unknown}
        unwritten = {one.source: doubt for one in unheard if (doubt := _doubted(one, told.values()))}
        if as_json:
            answer = {"brands": found, "unknown": unknown, "unwritten": unwritten}
            sys.stdout.write(json.dumps(answer, indent=1) + "\n")
        else:
            sys.stdout.write("\n".join(_lines(found, unknown, unwritten)) + "\n")
    finally:
        app.db.close()


def changed(app: "App", settings: "Settings", every: bool) -> "list[tuple[Brand, Brand]]":
    """Each brand as it is and as the file would have it; those of which nothing changes only where `every` is asked."""
    from bot.core.brand import Brand
    from bot.store import brands

    with app.db.read() as session:
        stored = brands.all_of(session)
    pairs = [
        (brand, Brand.model_validate({"name": brand.name} | settings.brands[brand.name]))
        if brand.name in settings.brands
        else (brand, brand)
        for brand in stored
    ]
    return [(before, after) for before, after in pairs if every or before != after]


def dropped(app: "App", settings: "Settings") -> "list[Unheard]":
    """What the file no longer has heard: sources it leaves out or switches off, places it no longer names."""
    from bot.core import unheard
    from bot.store import sources

    found = []
    with app.db.read() as session:
        rows = [row for row in sources.all_of(session) if row.origin == "file" and row.state != "off"]
    for row in rows:
        given = settings.sources.get(row.name)
        if given is None or not given.enabled or given.connector != row.connector:
            found.append(unheard.whole(row.name))
        else:
            found.append(unheard.between(row.name, row.connector, _open(row.options), _open(given.own())))
    return [one for one in found if one.tells or one.unknown]


def _doubted(one: "Unheard", told: "Iterable[Rehearsal]") -> dict[str, Any]:
    """Of how many posts it is not known if they would have come, and when the newest was heard; empty if of none."""
    from bot.core.unheard import ways_of

    every = {key: post for each in told for key, post in each.posts.items()}
    ways = ways_of(every.values())
    posts = {key: post for key, post in every.items() if one.took(post, ways) is None}
    newest = max((post.heard_at for post in posts.values()), default=None)
    return {} if newest is None else {"posts": len(posts), "until": newest.isoformat()}


def _open(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as JSON has them, without secrets: those stand in files, and change nothing that is heard."""
    secret = ("password", "token", "secret", "key")
    plain: dict[str, Any] = json.loads(json.dumps(options, default=str))
    return {name: value for name, value in plain.items() if not name.endswith(secret)}


def _as_told(one: "Rehearsal") -> dict[str, Any]:
    reach = one.reach
    told: dict[str, Any] = {"posts": len(one.posts), "since": one.since.isoformat(), "cut": one.cut}
    told |= {"own": reach.own, "own_since": _since(reach.own_from if reach.own_cut else one.since)}
    told |= {"others": reach.others, "others_since": _since(reach.others_from if reach.others_cut else one.since)}
    for kind in KINDS:
        for way, rows in (("more", one.more(kind)), ("fewer", one.fewer(kind))):
            told[f"{kind}_{way}"] = [{"url": row.url, "text": row.text} for row in rows]
    told["due"] = [
        {"url": row.url, "text": row.text, "was": was.isoformat(), "will": will.isoformat()}
        for row, was, will in one.moved
    ]
    return told


def _since(at: "datetime | None") -> str | None:
    return at.isoformat() if at is not None else None


def _lines(
    found: Mapping[str, dict[str, Any]], unknown: Mapping[str, Sequence[str]], unwritten: Mapping[str, dict[str, Any]]
) -> list[str]:
    from bot.core.when import counted

    lines = [line for name, one in found.items() for line in _of_brand(name, one)]
    for source, names in unknown.items():
        lines.append(f"{source}: {', '.join(names)} would change too; what that alone brought was not kept.")
    for source, doubt in unwritten.items():
        lines.append(
            f"{source}: of {counted(doubt['posts'], 'post')} heard until {doubt['until'][:10]} it is not "
            "known if they would still have come."
        )
    return lines or ["Nothing in this file is other than what is in use."]


def _of_brand(name: str, one: Mapping[str, Any]) -> list[str]:
    own, others = (f"{one[kind]} since {str(one[f'{kind}_since'])[:10]}" for kind in ("own", "others"))
    lines = [f"{name}: {one['posts']} posts, {own} that named the brand or are yours, {others} others"]
    lines[0] += "; older ones were left out" if one["cut"] else ""
    for kind, words in KINDS.items():
        more, fewer = one[f"{kind}_more"], one[f"{kind}_fewer"]
        if more or fewer:
            lines.append(f"  {words}: {len(more)} more, {len(fewer)} fewer")
            lines += [
                f"    {sign} {_short(post)}" for sign, posts in (("+", more), ("-", fewer)) for post in posts[:SHOWN]
            ]
    if one["due"]:
        lines.append(f"  owed an answer at another time: {len(one['due'])}")
        lines += [f"    {post['was'][:16]} -> {post['will'][:16]} {_short(post)}" for post in one["due"][:SHOWN]]
    return lines if len(lines) > 1 else [f"{lines[0]}: nothing would have been different"]


def _short(post: Mapping[str, str]) -> str:
    from bot.core.display import one_line

    return one_line(f"{one_line(post['text'])[:80]} {post['url']}".strip())
