"""People who work here, from the machine itself: for an operator who cannot sign in."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.store.tables_house import AccountRow

Login = Annotated[str, typer.Argument(help="The e-mail address they sign in with")]


def register(program: typer.Typer) -> None:
    """Add these commands."""
    account = typer.Typer(no_args_is_help=True, help="An account of somebody who cannot sign in.")
    account.command("link")(link)
    account.command("second-off")(second_off)
    program.add_typer(account, name="account")


def link(login: Login) -> None:
    """Print a link for a new password. It works once, within an hour; a second step is still asked for."""
    app, row = _who(login)
    try:
        token = new_link(app, row.id or 0)
    finally:
        app.db.close()
    typer.echo(f"{app.settings.address}/join/{token}")


def new_link(app: "App", account_id: int) -> str:
    """The token of a fresh one-time link for a new password; older ones of this account end."""
    from bot import ids
    from bot.store import events, people
    from bot.web.links import PASSWORD_LIVES

    token, now = ids.token(), app.clock.now()
    with app.db.begin() as session:
        people.drop_links(session, "password", now, account_id)
        people.make_link(session, ids.digest_of(token), "password", {"account": account_id}, now, PASSWORD_LIVES)
        events.add(session, now, "operator", "link.made", f"account:{account_id}")
    return token


def second_off(login: Login) -> None:
    """Take somebody's second step away: their password alone signs them in until they set it up again."""
    from bot.web import second

    app, row = _who(login)
    try:
        done = second.turn_off(app, row.id or 0, "operator", second.RESET)
    finally:
        app.db.close()
    if not done:
        raise ValueError(f"{row.login} has no second step.")
    typer.echo(f"{row.login} signs in by password alone. They were signed out everywhere.")


def _who(login: str) -> "tuple[App, AccountRow]":
    """The account, or a sentence that says there is none."""
    from bot.cli.setup import app_now
    from bot.store import people

    app = app_now()
    with app.db.read() as session:
        row = people.by_login(session, login)
    if row is None:
        app.db.close()
        raise ValueError(f"nobody signs in as {login!r}.")
    return app, row
