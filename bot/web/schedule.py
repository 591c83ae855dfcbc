"""When each brand's digest and daily brief leave, and to whom."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.brief import DAYS
from bot.core.locales import LOCALES
from bot.core.zones import zone
from bot.store import brands, notices, schedules
from bot.store.routing import Way
from bot.store.schedules import DAILY, NOWHERE, WEEKLY, When
from bot.store.tables_house import AccountRow
from bot.web import quicker
from bot.web.auth import Me, may_see
from bot.web.late import new_routes
from bot.web.pages import go, render
from bot.web.quicker import Was
from bot.web.telling_form import OTHER, RouteForm

Short = Annotated[str, Form(max_length=80)]
Long = Annotated[str, Form(max_length=4_000)]
MOST_MAILS, LONGEST_MAIL = 50, 254
KINDS = {WEEKLY: "The week", DAILY: "Yesterday, each morning"}


def router(app: App) -> APIRouter:
    """One page, a form a brand and kind."""
    web = new_routes()

    @web.get("/weeks/schedule")
    def page(request: Request, me: Me) -> Response:
        """What leaves when."""
        return _page(app, request, me)

    @web.post("/weeks/schedule")
    def keep(
        request: Request, me: Me, brand: Short = "", kind: Short = "", tz: Short = "", at: Short = "06:00",
        on: Short = "", locale: Short = "en", weekday: Annotated[int, Form(ge=0, le=6)] = 0, was: Was = "",
        mails: Long = "", unmailed: Short = "", room: Long = "", channel: Short = "",
    ) -> Response:  # fmt: skip
        """Change one."""
        usual = notices.every_way(app.settings)
        with app.db.read() as session:
            known = brands.get(session, brand)
        if known is None or known.competitor or not may_see(me, brand) or kind not in KINDS:
            raise HTTPException(404)
        try:
            when = When(_zone(tz), weekday, _minute(at), bool(on), locale=_locale(locale),
                        mails=_mails(mails, bool(unmailed)), room=_room(room, channel, usual))  # fmt: skip
        except ValueError as error:
            return _page(app, request, me, str(error))
        fields = [("brand", brand), ("kind", kind), ("tz", tz), ("at", at), ("on", on), ("locale", locale),
                  ("mails", mails), ("unmailed", unmailed), ("room", room), ("channel", channel)]  # fmt: skip
        with app.db.begin() as session:
            there = schedules.of(session, brand, kind, known.zone)
            press, lines = "/weeks/schedule", _lines(there, when)
            quicker.check(was, _shown(there), _shown(when), press, press, lines, [*fields, ("weekday", weekday)])
            schedules.put(session, brand, kind, when, app.clock.now(), f"account:{me.id}")
        return go("/weeks/schedule")

    return web


def _shown(when: When) -> tuple[object, ...]:
    """What the form holds of it."""
    return when.is_on, when.weekday, when.minute, when.tz, when.locale, when.mails, when.room


def _lines(there: When, wanted: When) -> list[tuple[str, object, object]]:
    names = ("It leaves", "On", "At", "Time zone", "Dates and numbers as in", "By mail to", "Room")
    return list(zip(names, _said(there), _said(wanted), strict=True))


def _said(when: When) -> tuple[object, ...]:
    at = f"{when.minute // 60:02d}:{when.minute % 60:02d}"
    mails = "everybody in mail.to" if when.mails is None else ", ".join(when.mails) or "nobody"
    room = {"": "the usual one", NOWHERE: "none"}.get(when.room, when.room.replace("|", " "))
    return "yes" if when.is_on else "no", DAYS[when.weekday], at, when.tz, LOCALES[when.locale].name, mails, room


def _mails(text: str, nobody: bool) -> tuple[str, ...] | None:
    """Who gets it by mail; None for everybody in the setting. Raises ValueError with a sentence."""
    found = tuple(dict.fromkeys(text.replace(",", " ").replace(";", " ").split()))
    if found and nobody:
        raise ValueError("Either nobody gets it by mail, or these addresses do: take one of the two away.")
    wrong = [one for one in found if "@" not in one.strip("@") or not one.isprintable() or len(one) > LONGEST_MAIL]
    if wrong or len(found) > MOST_MAILS:
        told = f"{wrong[0][:80]!r} is no mail address" if wrong else f"That is more than {MOST_MAILS} addresses"
        raise ValueError(f"{told}. Write addresses with commas between, for example mia@lumo.example.")
    return () if nobody else found or None


def _room(chosen: str, channel: str, usual: tuple[Way, ...]) -> str:
    """As the row keeps it. Raises ValueError with a sentence."""
    if chosen in ("", NOWHERE):
        return chosen
    way = RouteForm(room=chosen, channel=channel).way([one for one in usual if one.responder != "email"])
    return f"{way.responder}|{way.address}"


def _zone(name: str) -> str:
    zone(name)  # raises ValueError with a sentence
    return name


def _locale(code: str) -> str:
    if code not in LOCALES:
        raise ValueError(f"{code!r} is no language we can write dates in; one of {', '.join(LOCALES)}.")
    return code


def _minute(text: str) -> int:
    hours, _, minutes = text.strip().partition(":")
    if not (hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()):
        raise ValueError(f"{text!r} is no time of day; write for example 06:00.")
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError(f"{text!r} is no time of day; write for example 06:00.")
    return int(hours) * 60 + int(minutes)


def _page(app: App, request: Request, me: AccountRow, wrong: str = "") -> Response:
    with app.db.read() as session:
        ours = [one for one in brands.all_of(session) if not one.competitor and may_see(me, one.name)]
        rows = [(one.name, kind, KINDS[kind], when, quicker.mark(_shown(when)))
                for one in ours for kind in KINDS
                for when in [schedules.of(session, one.name, kind, one.zone)]]  # fmt: skip
    status, settings = (409 if wrong else 200), app.settings
    rooms = [f"{way.responder}|{way.address}" for way in notices.every_way(settings) if way.responder != "email"]
    return render(
        request,
        "schedule.html",
        status,
        rows=rows,
        days=list(enumerate(DAYS)),
        wrong=wrong,
        rooms=rooms,
        usual=[way.address for way in notices.ways(settings) if way.responder != "email"],
        everybody=settings.mail.to if settings.mail.host else (),
        by_token=settings.slack.bot_token is not None,
        other=f"slack|{OTHER}",
        locales=[(code, one.name) for code, one in LOCALES.items()],
    )
