"""Routes whose signature and form are worked out when they are first asked for, not at every start.

FastAPI builds a validator for each parameter and form of a route when it is declared, and once more for a router that
is included: 0.4 s for all of ours before the first page (measured, two shared cores). Nearly all are never asked for.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from fastapi import APIRouter
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send


class Late(APIRoute):
    """One such route: it knows its path, its methods and its guards; `made` fills in the rest."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        Route.__init__(self, path, endpoint, name=options.get("name"))
        self.methods = {method.upper() for method in options.get("methods") or ["GET"]}
        self.app = self._first
        self._options, self._guards, self._whole = options, list[Depends](), False

    def behind(self, guards: Iterable[Depends]) -> "Late":
        """This route, whose guards run before anything of its own. Raises RuntimeError when it is made already."""
        guards = list(guards)
        if self._whole and guards != self._guards:
            raise RuntimeError(f"{self.path} was made with other guards")
        self._guards = guards
        return self

    def made(self) -> "Late":
        """This route, complete. Raises what FastAPI raises for a signature it cannot read."""
        if not self._whole:
            dependencies = [*self._guards, *(self._options.get("dependencies") or ())]
            super().__init__(self.path, self.endpoint, **self._options | {"dependencies": dependencies})
            self._whole = True
        return self

    def _first(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.made().app(scope, receive, send)


def new_routes(**options: Any) -> APIRouter:
    """A router of such routes; its options are those of APIRouter."""
    return APIRouter(route_class=Late, **options)


def take_in(to: APIRouter, part: APIRouter, guards: Iterable[Depends] = ()) -> None:
    """A part's routes become routes of the whole, each behind these guards. (Including it would make them all.)

    Raises TypeError for a route of another kind: it would stand there without its guards.
    """
    guards = list(guards)
    for route in part.routes:
        if not isinstance(route, Late):
            raise TypeError(f"{route} is not of a router that new_routes() made")
        to.routes.append(route.behind(guards))


def all_made(part: APIRouter) -> list[BaseRoute]:
    """A part's routes, complete: for a description of them."""
    return [route.made() if isinstance(route, Late) else route for route in part.routes]
