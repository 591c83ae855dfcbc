"""Routes that are made when they are first asked for: same answers, same guards, nothing made for nobody."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, Form, HTTPException, Request
from starlette.testclient import TestClient

from bot.web.late import Late, all_made, new_routes, take_in

SEEN: list[str] = []


def guard(request: Request) -> None:
    """Lets nobody through who does not say please; notes which route it guards."""
    SEEN.append(request.scope["route"].path)
    if request.headers.get("please") is None:
        raise HTTPException(401)


def of_part() -> APIRouter:
    """A part with a page and a form."""
    part = new_routes()

    @part.get("/pages/{number}")
    def page(number: int) -> dict[str, int]:
        return {"number": number}

    @part.post("/pages")
    def write(words: Annotated[str, Form(max_length=5)]) -> str:
        return words

    return part


@pytest.fixture
def whole() -> FastAPI:
    web = FastAPI()
    take_in(web.router, of_part(), guards=[Depends(guard)])
    return web


def made(web: FastAPI) -> list[str]:
    return [route.path for route in web.routes if isinstance(route, Late) and hasattr(route, "dependant")]


def test_only_what_was_asked_for_is_made_and_a_refused_method_makes_nothing(whole: FastAPI) -> None:
    client = TestClient(whole, headers={"please": "yes"})
    assert made(whole) == []
    assert client.delete("/pages/1").status_code == 405
    assert client.head("/pages/1").status_code == 405, "FastAPI answers HEAD only where a route says so"
    assert made(whole) == []
    assert [client.get("/pages/7").json() for _ in range(2)] == [{"number": 7}] * 2
    assert made(whole) == ["/pages/{number}"]


def test_signatures_and_forms_are_checked_as_ever(whole: FastAPI) -> None:
    client = TestClient(whole, headers={"please": "yes"})
    assert client.get("/pages/seven").status_code == 422
    assert client.post("/pages", data={"words": "too long"}).status_code == 422
    assert client.post("/pages", data={"words": "short"}).json() == "short"


def test_the_guard_stands_before_every_route_of_the_part_from_the_first_request_on(whole: FastAPI) -> None:
    SEEN.clear()
    client = TestClient(whole)
    assert [client.get("/pages/x").status_code, client.post("/pages").status_code] == [401, 401]
    assert SEEN == ["/pages/{number}", "/pages"]


def test_a_route_that_was_made_keeps_its_guards() -> None:
    part = of_part()
    take_in(APIRouter(), part, guards=[Depends(guard)])
    all_made(part)
    with pytest.raises(RuntimeError, match="other guards"):
        take_in(APIRouter(), part)


def test_a_route_of_another_kind_is_refused_for_it_would_have_no_guard() -> None:
    stray = APIRouter()
    stray.get("/stray")(lambda: None)
    with pytest.raises(TypeError, match="new_routes"):
        take_in(APIRouter(), stray, guards=[Depends(guard)])
