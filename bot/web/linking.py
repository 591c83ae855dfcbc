"""Linking a Slack member to an account: a one-time link from `/earshot link`, opened while signed in, confirmed."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from bot import ids
from bot.app import App
from bot.store import events, people
from bot.web import links
from bot.web.auth import Me
from bot.web.late import new_routes
from bot.web.pages import TheApp, render

web = new_routes()
PURPOSE = "slack-link"
DEAD = "This link was used, or is older than ten minutes. Write /earshot link again."


def router(_app: App) -> APIRouter:
    """The question and its answer."""
    return web


@web.get("/me/slack/{token}")
def ask(app: TheApp, request: Request, token: str) -> Response:
    """Whether these two belong together: nothing changes by looking."""
    row = links.find(app, token, PURPOSE)
    if row is None:
        raise HTTPException(404, DEAD)
    return render(request, "slack_link.html", token=token, user=str(row.facts["user"]))


@web.post("/me/slack/{token}")
def join(app: TheApp, request: Request, me: Me, token: str) -> Response:
    """They do: from now on a press by this member is an act of this account. One member, one account."""
    now, hashed = app.clock.now(), ids.digest_of(token)
    with app.db.begin() as session:
        row = people.link(session, hashed, PURPOSE, now)
        if row is None or not people.use_link(session, hashed, now):
            raise HTTPException(404, DEAD)
        user = str(row.facts["user"])
        if people.by_slack(session, user) is not None:
            raise HTTPException(409, "This Slack member is linked to an account already. An admin can change that.")
        people.change(session, me.id or 0, slack_user=user)
        events.add(session, now, f"account:{me.id}", "account.slack_linked", f"account:{me.id}", slack=user)
    return render(request, "slack_link.html", token="", user=user)
