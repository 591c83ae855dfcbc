"""People in the data: erasing one of them."""

from typing import Annotated

import typer


def register(program: typer.Typer) -> None:
    """Add these commands."""
    program.command("erase")(erase)


def erase(
    customer: Annotated[int, typer.Argument(help="The customer's number, as in the address of their page", min=1)],
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
