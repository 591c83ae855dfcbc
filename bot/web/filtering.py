"""The form that narrows the queue. It works as a page without scripts; with them it opens in the queue itself."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.languages import name_of
from bot.store import lists, narrowed, topics
from bot.store.db import Session
from bot.store.narrowed import Choices
from bot.store.tables_house import AccountRow
from bot.web import filters, kept_views, place, words
from bot.web.asking import SEVERITIES, pieces
from bot.web.auth import Me, brands_of
from bot.web.late import new_routes
from bot.web.pages import go, is_fragment, render

BY_NAME = ("brand", "platform", "lang", "severity", "assigned", "topic", "tag")
TAGGED = ("tagged", "untagged")
Short = Annotated[str, Query(max_length=200)]
Field = tuple[str, str, list[tuple[str, str]], str]  # its name, its label, what can be chosen as (value, words), chosen


def router(app: App) -> APIRouter:
    """The form, and what it comes to."""
    web = new_routes()

    @web.get("/filter")
    def form(
        request: Request, me: Me, view: Annotated[str, Query(max_length=20)] = "everyone", show: Short = "",
        q: Annotated[str, Query(max_length=place.LONGEST)] = "", kept: Annotated[int, Query(ge=0, le=2**53)] = 0,
        brand: Short = "", platform: Short = "", lang: Short = "", severity: Short = "", assigned: Short = "",
        topic: Short = "", tag: Short = "", tagged: Short = "", more: Short = "",
    ) -> Response:  # fmt: skip
        """Choose what is shown; with `show` the queue that shows it."""
        view, now = view if view in filters.WHOLE else "everyone", app.clock.now()
        if show:
            named = (brand, platform, lang, severity, assigned, topic, tag)
            chosen = dict(zip(BY_NAME, named, strict=True))
            return go(place.address(view, composed(chosen, tagged, more)[: place.LONGEST]))
        with app.db.read() as session:
            saved = kept_views.get(session, me, kept)
            asked = filters.of(saved.question if saved is not None else q, app.settings.zone, now)
            told = _form(session, me, asked.question)
        told |= {"view": view, "asked": asked, "saved": saved, "all_path": place.address(view)}
        told["back"] = place.address(view, asked.question)
        return render(request, "_filter.html" if is_fragment(request) else "filter.html", **told)

    return web


def composed(chosen: dict[str, str], tagged: str, more: str) -> str:
    """The fields of the form as a question."""
    named = [f"{name}:{_quoted(told)}" for name, told in chosen.items() if told.strip()]
    return " ".join([*named, *([tagged] if tagged in TAGGED else []), *more.split()])


def _quoted(told: str) -> str:
    plain = " ".join(told.replace('"', "").split())
    return f'"{plain}"' if " " in plain else plain


def parted(question: str) -> tuple[dict[str, str], str]:
    """A question as fields of the form, and the rest of it."""
    fields: dict[str, str] = {}
    rest = []
    for part in pieces(question):
        key, colon, told = part.partition(":")
        bare = told.lower() if key.lower() == "is" else part.lower()
        name = "tagged" if bare in TAGGED else key.lower() if colon and key.lower() in BY_NAME else ""
        if not name or name in fields:
            rest.append(part)
        else:
            fields[name] = bare if name == "tagged" else told.strip('"')
    return fields, " ".join(rest)


def _form(session: Session, me: AccountRow, question: str) -> dict[str, Any]:
    brands = brands_of(me)
    fields, more = parted(question)
    there = narrowed.choices(session, brands)
    names = [name for name in lists.brand_names(session) if brands is None or name in brands]
    about = sorted({row.name for row, _ in topics.owed(session, brands)}, key=str.casefold)
    return {
        "fields": [_kept(one, fields) for one in _fields(there, names, about, me.name) if one[2] or one[0] in fields],
        "tag": fields.get("tag", ""),
        "tags": there.tags,
        "more": more,
    }


def _fields(
    there: Choices, brands: list[str], about: list[str], my_name: str
) -> list[tuple[str, str, list[tuple[str, str]]]]:  # fmt: skip
    people = [("me", "me"), ("nobody", "nobody yet"), *((name, name) for name in there.people if name != my_name)]
    return [
        ("brand", "Brand", [(name, name) for name in brands if len(brands) > 1]),
        ("platform", "Platform", [(name, words.platform(name)) for name in there.platforms]),
        ("lang", "Language", [(code, name_of(code)) for code in there.languages]),
        ("tagged", "Our handle", [("untagged", "not tagged in the post"), ("tagged", "tagged in the post")]),
        ("severity", "Severity", [(name, name) for name in reversed(SEVERITIES)]),
        ("assigned", "With", people),
        ("topic", "About", [(name, name) for name in about]),
    ]


def _kept(field: tuple[str, str, list[tuple[str, str]]], fields: dict[str, str]) -> Field:
    """The field with what is chosen; what is asked for and not there any more can be chosen still."""
    name, label, choices = field
    chosen = fields.get(name, "")
    same = next((told for told, _ in choices if told.casefold() == chosen.casefold()), "")
    also = [(chosen, chosen)] if chosen and not same else []
    return name, label, [*choices, *also], same or chosen
