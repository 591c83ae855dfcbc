"""The API in OpenAPI's words, with every refusal it can give."""

from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response

from bot.app import App
from bot.web import access, api, api_spikes, api_writes
from bot.web.late import all_made, new_routes

REFUSALS = {
    "401": "No key, or one that no longer works",
    "403": "This key or person may not do that",
    "422": "Some fields do not fit; `fields` says which",
    "429": "Too fast: see Retry-After, in seconds",
    "500": "A bug of ours; the operator finds it in the log under the number",
    "503": "The database takes nothing now, and nothing was changed: try again later",
}
ONE = {"404": "No such thing, or not yours to see"}
CHANGE = {"409": "Not now: what happened says why", "413": "More than 1 MiB"}
ABOUT = (
    "Cases and mentions, and putting them in order. A key (made under /me) acts as its owner, within its scopes: "
    f"{', '.join(access.SCOPES)}. A POST with an Idempotency-Key is done once in 24 hours. No reply is sent here."
)
_ERROR = {
    "type": "object",
    "properties": {
        "error": {"type": "string", "description": "A sentence for a person"},
        "fields": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": {"type": "string"}, "why": {"type": "string"}}},
        },
    },
    "required": ["error"],
}


def router(_app: App) -> APIRouter:
    """Its one route."""
    web = new_routes()

    @web.get("/api/v1/openapi.json")
    def openapi() -> Response:
        """The description itself."""
        return JSONResponse(described())

    return web


def described() -> dict[str, Any]:
    """What programs may ask, as OpenAPI 3.1."""
    routes = [route for part in (api, api_spikes, api_writes) for route in all_made(part.web)]
    told = get_openapi(title="Earshot", version="1", routes=routes, description=ABOUT)
    told["components"]["schemas"]["Refusal"] = _ERROR
    told["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path, methods in told["paths"].items():
        for method, about in methods.items():
            about["security"] = [{"key": []}]
            about["summary"], _, more = about["description"].partition(". ")
            about["description"] = f"{more} Scope: {access.scope_of(method.upper(), path)}.".strip()
            about["responses"] |= {code: _refused(words) for code, words in _refusals(method, path).items()}
            about["responses"]["200"]["description"] = "The case after it" if method == "post" else "What was asked for"
    return told


def _refusals(method: str, path: str) -> dict[str, str]:
    """What can be refused there, by status."""
    return REFUSALS | (ONE if "{" in path else {}) | (CHANGE if method == "post" else {})


def _refused(words: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {"description": words, "content": {"application/json": {"schema": schema}}}
