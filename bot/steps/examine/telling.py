"""Does the team hear? Every room the settings or a rule name, Socket Mode, single sign-on, and hours nobody is on call.

Nothing is posted to find out: rooms are asked where they can be, else what became of the last message is told.
"""

from datetime import datetime, timedelta

from bot.app import App
from bot.core.rota import holes
from bot.core.when import counted
from bot.core.zones import zone
from bot.steps.examine.check import Check
from bot.store import channels, notices, oncall, people, rights, routing, switches
from bot.store.db import Session
from bot.store.notices import Way
from bot.store.tables_telling import RotaRow
from connectors.errors import PlatformError
from connectors.http import Http, user_agent
from connectors.types import Probes
from responders.types import TriesRooms

AHEAD = timedelta(days=14)
LEAST_HOLE = timedelta(hours=1)
DISCOVERY = "/.well-known/openid-configuration"
SLOW_S = 15.0
TRY = "Send a test message from the Channels page."
POSTS = "it can only be tried by posting"
UNASKED = f"nothing was ever sent there, and {POSTS}"
REMEDIES = {
    "slack": "Check the token, and that the bot was invited to the room.",
    "email": "Check mail.host, the password and the sender.",
    "teams": "Make the workflow anew in Teams and put its address into teams.rooms.",
    "discord": "Make the webhook anew in Discord and put its address into discord.rooms.",
    "pagerduty": "Check the integration key in pagerduty.services; EU accounts need pagerduty.base_url.",
    "ntfy": "Check ntfy.server, and ntfy.token if the topic is guarded.",
    "hook": "Check that your program answers 2xx at hooks.targets, and its secret.",
    "notify": "Check the address in notify.targets, and the extra: pip install 'earshot-bot[notify]'.",
}


def rooms(app: App) -> list[Check]:
    """Each room: asked, where it can be asked without posting; else how it did."""
    with app.db.read() as session:
        named = dict.fromkeys((*notices.every_way(app.settings), *routing.rooms_in_use(session)))
        states = [(way, channels.get(session, way.responder, way.address)) for way in named]
    asked: dict[str, str] = {}
    return [_room(app, way, channel, asked) for way, channel in states]


def _room(app: App, way: Way, channel: channels.Channel, asked: dict[str, str]) -> Check:
    name = f"room {way.responder} {way.address}".strip()
    remedy = REMEDIES.get(way.responder, TRY)
    responder = app.responders.get(way.responder)
    if responder is None:
        return Check(
            name, "fail", f"a rule sends there, and {way.responder} is not in the settings. Add it, or change the rule."
        )
    if not way.address:
        return Check(name, "fail", "no room is named: set EARSHOT_SLACK__ROOM to a channel, for example #care.")
    if channel.down_since is not None:
        return Check(name, "warn", f"takes nothing since {channel.down_since:%d %b %H:%M} UTC: {channel.why}. {remedy}")
    try:
        found = _asked(responder, way, asked)
    except PlatformError as error:
        return Check(name, "warn", f"{str(error).rstrip('.')}. {remedy}")
    if channel.last_at is None:
        return Check(name, "warn", f"{found}, but nothing was ever sent there. {TRY}" if found else f"{UNASKED}. {TRY}")
    took = f"took a message on {channel.last_at:%d %b %H:%M} UTC"
    return Check(name, "ok", f"{found}; {took}" if found else f"{took}; {POSTS}")


def _asked(responder: object, way: Way, asked: dict[str, str]) -> str:
    """What a room says that is asked so that nobody notices; "" for one that can only be tried by posting.

    `asked` remembers who answers for all rooms at once.
    """
    if isinstance(responder, TriesRooms):
        return responder.try_room(way.address)
    if not isinstance(responder, Probes):
        return ""
    if way.responder not in asked:
        asked[way.responder] = responder.probe()
    return asked[way.responder]


def socket(session: Session, app: App) -> list[Check]:
    """Socket Mode: is there a line?"""
    slack = app.settings.slack
    if slack.app_token is None:
        return []
    if slack.bot_token is None:
        return [Check("socket mode", "fail", "has an app token and no bot token: set EARSHOT_SLACK__BOT_TOKEN too.")]
    state = {"since": "", "why": ""} | switches.get(session, "slack:socket")
    if state["since"]:
        return [Check("socket mode", "ok", f"a line is open since {state['since']}")]
    why = f": {state['why']}" if state["why"] else ""
    return [
        Check("socket mode", "warn", f"no line is open{why}. It opens while Earshot runs; the app needs Socket "
              "Mode switched on and an app token with connections:write.")
    ]  # fmt: skip


def sign_on(app: App) -> list[Check]:
    """Single sign-on: does the provider publish what is needed, under the name it was given?"""
    chosen = app.settings.sign_on
    if not chosen.issuer:
        return []
    if not chosen.client_id:
        return [Check("sign-on", "fail", "sign_on.issuer is set and sign_on.client_id is not.")]
    agent = user_agent(app.settings.contact, app.settings.public_url)
    http = Http(agent=agent, private_ok=app.settings.private_addresses, deadline_s=SLOW_S)
    try:
        about = http.request("GET", chosen.issuer.rstrip("/") + DISCOVERY).json()
    except PlatformError as error:
        return [
            Check("sign-on", "fail", f"{str(error).rstrip('.')}. Check sign_on.issuer; nobody can sign in there now.")
        ]
    finally:
        http.close()
    named = about.get("issuer") if isinstance(about, dict) else None
    if named != chosen.issuer:
        return [Check("sign-on", "fail", f"it calls itself {str(named)[:120]!r}: write sign_on.issuer exactly so.")]
    missing = [key for key in ("authorization_endpoint", "token_endpoint", "jwks_uri") if not about.get(key)]
    if missing:
        return [
            Check("sign-on", "fail", f"it does not say its {', '.join(missing)}: is this an OpenID Connect provider?")
        ]
    return [
        Check(
            "sign-on",
            "ok",
            f"{chosen.issuer} answers. Its redirect address must be {app.settings.address}/sign-on/back",
        )
    ]


def calls(session: Session, app: App) -> list[Check]:
    """An hour nobody is on call in the next two weeks: before a rota begins, or in the turn of who left or cannot."""
    now = app.clock.now()
    return [_rota(session, row, now) for row in oncall.rotas(session)]


def _rota(session: Session, row: RotaRow, now: datetime) -> Check:
    name = f"rota {row.name}"
    swaps = oncall.as_swaps(oncall.swaps(session, row.id or 0, now))
    able = {number for number in (*row.people, *(swap.person for swap in swaps)) if _can(session, number, row.brand)}
    found = [hole for hole in holes(oncall.as_rota(row), swaps, able, now, now + AHEAD) if hole.span >= LEAST_HOLE]
    if not found:
        return Check(name, "ok", f"somebody is on call for the next {AHEAD.days} days")
    first = found[0].from_at.astimezone(zone(row.zone))
    gone = sorted({rights.name_of(session, hole.person) for hole in found if hole.person is not None})
    who = f" ({', '.join(gone)} cannot answer for it)" if gone else ""
    times = counted(len(found), "stretch") if len(found) == 1 else f"{len(found)} stretches"
    return Check(
        name, "warn", f"nobody is on call in {times}, first from {first:%a %d %b %H:%M}{who}. Mend it under On call."
    )


def _can(session: Session, account_id: int, brand: str) -> bool:
    row = people.get(session, account_id)
    return (
        row is not None and row.disabled_at is None and rights.at_least(row, "agent")
        and (not brand or rights.sees(row, brand))
    )  # fmt: skip
