"""Two people with the same small form open: who saves second is told, sees both versions, and chooses."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import Response

from bot.ids import digest_of
from bot.web.pages import render

Was = Annotated[str, Form(max_length=64)]
"""The mark of what a form was filled from; "" from who never saw the page, which is taken."""
Lines = Sequence[tuple[str, object, object]]
Fields = Sequence[tuple[str, object]]


def mark(stored: object) -> str:
    """By what a form knows later whether the same is still stored."""
    return digest_of(repr(stored))[:32]


class Quicker(Exception):
    """Somebody saved other values meanwhile. Raised in the transaction that would have replaced them.

    `lines` are what is stored and what was sent, in words; `fields` are sent again by who wants them all the same.
    """

    def __init__(self, press: str, back: str, lines: Lines, fields: Fields, was: str) -> None:
        super().__init__("Somebody was quicker.")
        self.press, self.back, self.lines = press, back, lines
        self.fields = [*fields, ("was", was)]


def check(was: str, stored: object, wanted: object, press: str, back: str, lines: Lines, fields: Fields) -> None:
    """Raises Quicker where a form was filled from something else than what is stored now, and wants another value."""
    now = mark(stored)
    if was not in ("", now) and stored != wanted:
        raise Quicker(press, back, lines, fields, now)


def answer(request: Request, error: Exception) -> Response:
    """Both versions, and a button for each (409)."""
    assert isinstance(error, Quicker)
    told = {"press": error.press, "back": error.back, "lines": error.lines, "fields": error.fields}
    return render(request, "quicker.html", 409, **told)
