"""The one table of who may do what: each route and the least role it asks. A route missing here stops the program."""

from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.routing import APIRoute

ROLES = ("viewer", "agent", "lead", "admin", "operator")  # each may do all that stands left of it
ANYONE = "anyone"  # without an account: log-in, one-time links, health
LOCAL = "local"  # this machine, or who holds the metrics token

TABLE: dict[tuple[str, str], str] = {
    # doors
    ("GET", "/login"): ANYONE,
    ("POST", "/login"): ANYONE,
    ("POST", "/logout"): "viewer",
    ("GET", "/start"): ANYONE,
    ("GET", "/me"): "viewer",
    ("POST", "/me/password"): "viewer",
    ("POST", "/me/sessions/end"): "viewer",
}


def allows(role: str, least: str) -> bool:
    """Is this role at least that one? An unknown role may nothing."""
    return role in ROLES and least in ROLES and ROLES.index(role) >= ROLES.index(least)


def least_role(method: str, path: str) -> str | None:
    """The least role for a route's path template; None when nobody decided: nobody may."""
    return TABLE.get((method, path))


def routes(routers: Iterable[APIRouter]) -> list[tuple[str, str]]:
    """Every (method, path template) these routers answer."""
    return [
        (method, route.path)
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]


def missing(routers: Iterable[APIRouter]) -> list[tuple[str, str]]:
    """Routes that nobody decided about."""
    return [pair for pair in routes(routers) if pair not in TABLE]
