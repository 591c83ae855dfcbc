"""People in the data: a copy of what is held of one of them, and erasing them."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.data import own


def _number(text: str) -> int:
    """A customer's number. Raises BadParameter with where to find it."""
    if not text.isdecimal() or not 0 < int(text[:19]) < 2**63:
        raise typer.BadParameter("a customer is named by a number: the one their page's address ends in.")
    return int(text[:19])


Customer = Annotated[
    int, typer.Argument(help="The customer's number, as in the address of their page", parser=_number, metavar="NUMBER")
]


class Form(StrEnum):
    """How a copy is written."""

    JSON = "json"
    HTML = "html"


def register(program: typer.Typer) -> None:
    """Add these commands."""
    program.command("erase")(erase)
    program.command("purge")(purge)
    person = typer.Typer(no_args_is_help=True, help="One person in the data.")
    person.callback()(_person)  # so that its one command keeps its name
    person.command("export")(export)
    program.add_typer(person, name="person")


def _person() -> None:
    """One person in the data."""


def export(
    customer: Customer,
    form: Annotated[Form, typer.Option("--format", help="json, or html: a page to read and print")] = Form.JSON,
    out: Annotated[Path | None, typer.Option("--out", help="A file, readable by you alone; without it: stdout")] = None,
) -> None:
    """Copy what is held of a person, for them, as JSON or a page. The audit log has that it was made."""
    from bot.cli.setup import app_now
    from bot.core.person_page import page
    from bot.steps import forget

    app = app_now()
    try:
        told = forget.copy_of(app, customer, None)
    finally:
        app.db.close()
    if told is None:
        raise ValueError(f"there is no customer {customer}: their page's address ends in their number.")
    words = json.dumps(told, ensure_ascii=True, indent=1) if form is Form.JSON else page(told, app.settings.zone)
    if out is None:
        typer.echo(words)
        return
    with own(out) as file:
        file.write(words + "\n")
    typer.echo(f"Wrote {out}: {len(told['posts'])} posts, {len(told['cases'])} cases.", err=True)


def erase(
    customer: Customer,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this you only see what would go")] = False,
    objects: Annotated[bool, typer.Option("--objects", help="Keep nothing they write later either")] = False,
) -> None:
    """Erase a person from everything Earshot holds. Shows what goes first; cannot be undone."""
    from bot.cli.setup import app_now
    from bot.steps import forget

    app = app_now()
    try:
        places = forget.preview(app, customer, None)
        if places is None:
            raise ValueError(f"there is no customer {customer}: their page's address ends in their number.")
        done = forget.erase_person(app, customer, None, objects) if yes else None
        scrubbed = forget.scrub(app) if done is not None else True
    finally:
        app.db.close()
    counted = f"{places.accounts} accounts, {places.posts} posts, {places.cases} cases, {places.notes} notes"
    counted += f", {places.drafts} drafts, {places.replies} answers, {places.messages} messages in rooms"
    if done is None:
        typer.echo(f"Customer {customer}: {counted}. Nothing was changed. To erase: earshot erase {customer} --yes")
        return
    typer.echo(f"Erased customer {customer} at {done.at:%Y-%m-%d %H:%M} UTC: {counted}.")
    later = "now" if scrubbed else "within the hour, while Earshot runs"
    typer.echo(f"Their bytes leave the database's files {later}; rooms' messages are written anew while Earshot runs.")


def purge(
    platform: Annotated[str, typer.Argument(help="The platform's name: x, reddit, mastodon …")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this you only see how much would go")] = False,
) -> None:
    """Take everything of one platform out: for when access to it ends. Its sources must be off; cannot be undone."""
    from bot.cli.setup import app_now
    from bot.steps import forget
    from bot.store import platforms

    app = app_now()
    try:
        with app.db.read() as session:
            left, held = platforms.left(session, platform), platforms.held(session)
        if not left and platform not in held:
            raise ValueError(f"no post of {platform!r} is held. Held are: {', '.join(held) or 'none at all'}.")
        done = forget.purge_platform(app, platform) if yes else None
        scrubbed = forget.scrub(app) if yes else True
    finally:
        app.db.close()
    if done is None:
        typer.echo(f"{platform}: {left} posts. Nothing was changed. To purge: earshot purge {platform} --yes")
        return
    later = "now" if scrubbed else "within the hour, while Earshot runs"
    typer.echo(
        f"Purged {done} posts of {platform}, with who wrote them. Their bytes leave the database's files {later}."
    )
