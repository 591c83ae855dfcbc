"""Templates, filters and the one way to answer with a page."""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.app import App
from bot.core.display import visible
from bot.core.spending import dollars
from bot.core.when import MONTHS
from bot.core.zones import zone
from bot.store.tables_house import AccountRow
from bot.web import access, forms, place
from bot.web.words import platform

HERE = Path(__file__).parent
STATIC = HERE / "static"
USUAL_PORT = 8484
_MARK = Markup('<mark class="us">{}</mark>')

WORK, LISTEN, SETTINGS = "Answer", "Listen", "Settings"  # the groups of the rail; the last is folded away
# path, icon, word, key after g, group
NAV = (
    ("/", "i-queue", "Queue", "q", WORK),
    ("/mine", "i-mine", "Mine", "m", WORK),
    ("/search", "i-search", "Search", "/", WORK),
    ("/incidents", "i-incident", "Incidents", "i", WORK),
    ("/approvals", "i-resolve", "Approvals", "v", WORK),
    ("/customers", "i-customers", "Customers", "c", WORK),
    ("/weeks", "i-digest", "Digest", "d", LISTEN),
    ("/audit/missed", "i-eye", "Missed", "x", LISTEN),
    ("/sources", "i-sources", "Sources", "s", LISTEN),
    ("/brands", "i-settings", "Brands", "b", SETTINGS),
    ("/channels", "i-send", "Channels", "l", SETTINGS),
    ("/oncall", "i-claim", "On call", "o", SETTINGS),
    ("/shifts", "i-assign", "Shifts", "w", SETTINGS),
    ("/people", "i-people", "People", "p", SETTINGS),
    ("/webhooks", "i-link", "Web hooks", "h", SETTINGS),
    ("/audit", "i-audit", "Audit log", "a", SETTINGS),
)
THUMB = 4  # how many of them stand at the bottom of a phone; the rest is under More


def app_of(request: Request) -> App:
    """The app behind a request."""
    app: App = request.app.state.earshot
    return app


TheApp = Annotated[App, Depends(app_of)]


def render(request: Request, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """One template as a page or a fragment. Everything in it is escaped.

    Templates always have: `me` (AccountRow or None), `csrf`, `now`, `zone`, `here` (the path), `nav`, `thumb`,
    `shell` (what the top bar says, see shell.py), `can(least_role)` and `under` (place.py: which queue this is of).
    """
    app, state = app_of(request), request.state
    me: AccountRow | None = getattr(state, "me", None)
    words = (
        environment(app.settings.zone)
        .get_template(template)
        .render(
            me=me,
            csrf=forms.masked(getattr(state, "csrf", "")),
            now=app.clock.now(),
            here=request.url.path,
            nav=nav_for(me),
            thumb=THUMB,
            shell=getattr(state, "shell", None),
            can=lambda least: me is not None and access.allows(me.role, least),
            can_go=lambda path: me is not None and _may_go(me, path),
            fragment=is_fragment(request),
            sign_on=app.settings.sign_on,
            **{"under": place.of(request).under} | context,
        )
    )
    answer = HTMLResponse(words, status)
    leave_visit(request, answer)
    return answer


def refusal(request: Request, why: str, status: int = 409) -> HTMLResponse:
    """A step said no: its sentence, as a page or as the fragment that stands where the press was."""
    return render(request, "refusal.html", status, why=why)


def go(path: str) -> RedirectResponse:
    """After a change: read the page that shows it (303). `path` is ours, never what a request named."""
    return RedirectResponse(path, 303)


def leave_visit(request: Request, answer: Response) -> None:
    """Give a visitor without a log-in the cookie their form's token is made from."""
    visit = getattr(request.state, "new_visit", None)
    if visit is not None:
        set_cookie(answer, app_of(request), "visit", visit)


def cookie_name(app: App, what: str = "") -> str:
    """`earshot`, `earshot-visit`, …; with the __Host- prefix where the queue is reached by https.

    Browsers keep one jar for all ports of a machine: another port than the usual has cookies of its own, so that the
    demo does not sign anybody out.
    """
    name = "earshot" if app.settings.port == USUAL_PORT else f"earshot{app.settings.port}"
    name = f"{name}-{what}" if what else name
    return f"__Host-{name}" if app.settings.address.startswith("https://") else name


def set_cookie(answer: Response, app: App, what: str, content: str, lives: timedelta | None = None) -> None:
    """Out of reach of scripts and of other sites' forms; over https also of plain connections."""
    answer.set_cookie(
        cookie_name(app, what),
        content,
        max_age=int(lives.total_seconds()) if lives else None,
        path="/",
        secure=app.settings.address.startswith("https://"),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(answer: Response, app: App, what: str = "") -> None:
    """Tell the browser to forget one of ours."""
    answer.delete_cookie(
        cookie_name(app, what), path="/", secure=app.settings.address.startswith("https://"), httponly=True
    )


def is_fragment(request: Request) -> bool:
    """Did htmx ask, so that a part of the page is enough?"""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"


def nav_for(me: AccountRow | None) -> list[tuple[str, str, str, str, str]]:
    """The rail: only pages that exist and that this person may open."""
    return [place for place in NAV if me is not None and _may_go(me, place[0])]


def _may_go(me: AccountRow, path: str) -> bool:
    least = access.least_role("GET", path)
    return least is not None and access.allows(me.role, least)


@lru_cache(maxsize=4)
def environment(zone_name: str) -> Environment:
    """The templates, with times in the team's zone."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # a page in use stays as it is while its files are changed below a running Earshot
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        when=lambda at, now=None: when(at, zone_name, now),
        clock=lambda at: f"{at.astimezone(zone(zone_name)):%H:%M}",
        iso=lambda at: at.isoformat().replace("+00:00", "Z"),
        words=words,
        ago=ago,
        span=span,
        count=count,
        link=link,
        marked=marked,
        platform=platform,
        dollars=dollars,
    )
    env.globals.update(static=static, zone=zone_name, kept=_keeper(env))
    return env


def _keeper(env: Environment) -> Callable[..., Markup]:
    """For templates: `kept(name, …)` is that macro of the queue's parts, called once with the same values."""

    @lru_cache(maxsize=2_000)
    def kept(name: str, *values: Hashable) -> Markup:
        return Markup(getattr(env.get_template("_queue_parts.html").module, name)(*values))  # noqa: S704 - escaped there

    return kept


def when(at: datetime | None, zone_name: str, now: datetime | None = None) -> str:
    """A time as the team reads it: "14:32" today, "yesterday 14:32", "3 May 14:32", "3 May 2025 14:32"; "never"."""
    if at is None:
        return "never"
    local = at.astimezone(zone(zone_name))
    day = f"{local.day} {MONTHS[local.month - 1][:3]}"
    if now is not None:
        today = now.astimezone(zone(zone_name))
        days = (today.date() - local.date()).days
        if days in (0, 1):
            return f"{local:%H:%M}" if days == 0 else f"yesterday {local:%H:%M}"
        if local.year == today.year:
            return f"{day} {local:%H:%M}"
    return f"{day} {local.year} {local:%H:%M}"


def ago(at: datetime | None, now: datetime) -> str:
    """How long since: "just now", "4 min ago", "3 h ago", "2 days ago"; "never"."""
    if at is None:
        return "never"
    seconds = (now - at).total_seconds()
    return "just now" if seconds < 60 else f"{span(now - at)} ago"


def span(length: timedelta) -> str:
    """A length in minutes, hours or days: "7 min", "2 h 8 min", "3 days"."""
    minutes = int(abs(length.total_seconds()) // 60)
    if minutes < 60:
        return f"{minutes} min" if minutes else "under 1 min"
    hours, left = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {left} min" if left else f"{hours} h"
    days = hours // 24
    return f"{days} day{'' if days == 1 else 's'}"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 case", "1,204 cases"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def words(text: str) -> Markup:
    """A stranger's text: shown character for character, kept apart from the words around it."""
    return Markup("<bdi>{}</bdi>").format(escape(visible(text)))


def marked(text: str, spans: Sequence[tuple[int, int, str]], longest: int = 0) -> Markup:
    """A stranger's text with the places that name the brand marked; cut at `longest` characters if given."""
    text, cut = (text[:longest], "…") if longest and len(text) > longest else (text, "")
    parts, at = [], 0
    for start, end, _term in sorted(spans):
        if at <= start < min(end, len(text)):
            parts += [escape(visible(text[at:start])), _MARK.format(escape(visible(text[start:end])))]
            at = end
    return Markup("<bdi>{}{}</bdi>").format(Markup("").join([*parts, escape(visible(text[at:]))]), cut)


def link(address: str) -> str:
    """An address a page may link to: absolute http or https only; anything else leads nowhere."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.hostname else ""


@lru_cache(maxsize=64)
def static(name: str) -> str:
    """The address of a static file, changing with its content so that browsers may keep it for good."""
    mark = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={mark}"
