"""The one table of who may do what: each route and the least role it asks. A route missing here stops the program."""

from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.routing import APIRoute

from bot.store import rights

ROLES = rights.LADDER  # each may do all that stands left of it
ANYONE = "anyone"  # without an account: log-in, one-time links, health
LOCAL = "local"  # this machine, or who holds the metrics token

TABLE: dict[tuple[str, str], str] = {
    # doors
    ("GET", "/login"): ANYONE,
    ("POST", "/login"): ANYONE,
    ("POST", "/logout"): "viewer",
    ("GET", "/login/code"): ANYONE,  # whoever just gave a right password, by a cookie of ten minutes
    ("POST", "/login/code"): ANYONE,
    ("GET", "/sign-on"): ANYONE,
    ("GET", "/sign-on/back"): ANYONE,
    ("GET", "/first"): ANYONE,
    ("GET", "/first/{token}"): ANYONE,
    ("POST", "/first/{token}"): ANYONE,
    ("POST", "/first/{token}/preview"): ANYONE,
    ("POST", "/first/{token}/demo"): ANYONE,
    ("GET", "/me"): "viewer",
    ("POST", "/me/password"): "viewer",
    ("GET", "/me/second"): "viewer",
    ("POST", "/me/second/begin"): "viewer",
    ("POST", "/me/second/confirm"): "viewer",
    ("POST", "/me/second/change"): "viewer",
    ("POST", "/me/sessions/end"): "viewer",
    ("POST", "/me/sessions/end-one"): "viewer",
    ("POST", "/me/letters"): "viewer",
    ("POST", "/me/calls"): "agent",
    ("POST", "/me/next"): "agent",
    ("GET", "/me/slack/{token}"): "viewer",
    ("POST", "/me/slack/{token}"): "viewer",
    ("GET", "/join/{token}"): ANYONE,
    ("POST", "/join/{token}"): ANYONE,
    # the queue
    ("GET", "/"): "viewer",
    ("GET", "/mine"): "viewer",
    ("GET", "/filter"): "viewer",
    ("GET", "/search"): "viewer",
    ("GET", "/topics"): "viewer",
    ("GET", "/live"): "viewer",
    ("GET", "/live/now"): "viewer",
    ("GET", "/cases/{case_id}"): "viewer",
    ("GET", "/cases/{case_id}/pane"): "viewer",
    ("GET", "/cases/{case_id}/ways"): "agent",
    ("POST", "/cases/{case_id}/here"): "viewer",
    ("POST", "/cases/{case_id}/claim"): "agent",
    ("POST", "/cases/{case_id}/give-back"): "agent",
    ("POST", "/cases/{case_id}/note"): "agent",
    ("POST", "/cases/{case_id}/tag"): "agent",
    ("POST", "/cases/{case_id}/untag"): "agent",
    ("POST", "/cases/{case_id}/assign"): "agent",
    ("POST", "/cases/{case_id}/snooze"): "agent",
    ("POST", "/cases/{case_id}/resolve"): "agent",
    ("POST", "/cases/{case_id}/reopen"): "agent",
    ("POST", "/cases/{case_id}/not-us"): "agent",
    ("POST", "/cases/{case_id}/not-complaint"): "agent",
    ("POST", "/cases/{case_id}/tone"): "agent",
    ("POST", "/cases/{case_id}/severity"): "agent",
    ("POST", "/cases/{case_id}/put-back"): "agent",
    ("POST", "/cases/{case_id}/check"): "agent",
    ("POST", "/cases/{case_id}/draft"): "agent",
    ("POST", "/cases/{case_id}/answer"): "agent",
    ("POST", "/cases/{case_id}/hand-over"): "agent",
    ("POST", "/cases/{case_id}/said-elsewhere"): "agent",
    ("POST", "/replies/{reply_id}/undo"): "agent",
    ("POST", "/replies/{reply_id}/decide"): "agent",
    ("POST", "/cases/{case_id}/merge"): "agent",
    ("POST", "/cases/{case_id}/part"): "agent",
    ("POST", "/merges/{merge_id}/undo"): "agent",
    ("POST", "/next"): "agent",
    # shifts
    ("GET", "/shifts"): "lead",
    ("POST", "/shifts/rule"): "admin",
    ("POST", "/shifts/{account_id}"): "lead",
    ("POST", "/me/shift"): "viewer",
    ("GET", "/calls"): "viewer",
    ("POST", "/views"): "viewer",
    ("GET", "/views/{view_id}"): "viewer",
    ("POST", "/views/{view_id}/end"): "viewer",
    ("POST", "/bulk"): "agent",
    ("GET", "/webhooks"): "admin",
    ("POST", "/webhooks"): "admin",
    ("POST", "/webhooks/{hook_id}/end"): "admin",
    ("POST", "/webhooks/again"): "admin",
    # customers
    ("GET", "/customers"): "viewer",
    ("GET", "/customers/{customer_id}"): "viewer",
    ("POST", "/customers/{customer_id}/describe"): "agent",
    ("POST", "/customers/{customer_id}/join"): "agent",
    ("POST", "/customers/{customer_id}/part"): "agent",
    ("GET", "/customers/{customer_id}/erase"): "admin",
    ("POST", "/customers/{customer_id}/erase"): "admin",
    ("POST", "/customers/{customer_id}/copy"): "admin",
    # what needs a second person, goodwill, promises
    ("GET", "/approvals"): "agent",
    ("POST", "/cases/{case_id}/ask"): "agent",
    ("POST", "/approvals/{approval_id}/agree"): "agent",  # who may is asked there: a lead, or who asked one for words
    ("POST", "/approvals/{approval_id}/refuse"): "lead",
    ("POST", "/approvals/{approval_id}/wording"): "agent",
    ("POST", "/approvals/{approval_id}/take-back"): "agent",
    ("GET", "/goodwill"): "agent",
    ("POST", "/cases/{case_id}/give"): "agent",
    ("POST", "/gestures/{gesture_id}/decide"): "lead",
    ("POST", "/gestures/{gesture_id}/move-on"): "agent",
    ("POST", "/gestures/{gesture_id}/call-off"): "agent",
    ("POST", "/promises/{promise_id}/confirm"): "agent",
    ("POST", "/promises/{promise_id}/keep"): "agent",
    ("POST", "/promises/{promise_id}/drop"): "agent",
    ("POST", "/replies/{reply_id}/withdraw"): "agent",
    ("POST", "/cases/{case_id}/pause"): "agent",
    ("GET", "/answering/{brand:path}"): "admin",
    ("POST", "/answering/{brand:path}"): "admin",
    ("GET", "/boundaries/{brand:path}"): "admin",
    ("POST", "/boundaries/{brand:path}"): "admin",
    ("POST", "/calendars"): "admin",
    ("POST", "/calendars/{calendar_id}/drop"): "admin",
    ("GET", "/material"): "agent",
    ("POST", "/material"): "lead",
    ("POST", "/material/{snippet_id}/drop"): "lead",
    ("POST", "/cases/{case_id}/take/{snippet_id}"): "agent",
    ("POST", "/cases/{case_id}/untake"): "agent",
    ("POST", "/cases/{case_id}/run-on"): "agent",
    # incidents
    ("GET", "/incidents"): "viewer",
    ("POST", "/incidents"): "agent",
    ("GET", "/incidents/{incident_id}"): "viewer",
    ("POST", "/incidents/{incident_id}/move"): "agent",
    ("POST", "/incidents/{incident_id}/lead"): "agent",
    ("POST", "/incidents/{incident_id}/same"): "agent",
    ("POST", "/incidents/{incident_id}/part"): "agent",
    ("POST", "/incidents/{incident_id}/apart"): "agent",
    ("POST", "/incidents/{incident_id}/note"): "agent",
    ("POST", "/incidents/{incident_id}/statement"): "agent",
    ("POST", "/incidents/{incident_id}/in"): "agent",
    ("POST", "/incidents/{incident_id}/out"): "agent",
    ("POST", "/incidents/{incident_id}/settle"): "agent",
    ("POST", "/incidents/{incident_id}/draft"): "agent",
    ("GET", "/spikes/{spike_id}"): "viewer",
    ("GET", "/drills"): "lead",
    ("GET", "/drills/room"): "lead",
    ("GET", "/drills/{drill_id}"): "lead",
    ("GET", "/drills/{drill_id}/debrief.json"): "lead",
    # the week
    ("GET", "/weeks"): "viewer",
    ("GET", "/weeks/{brand:path}/{week}"): "viewer",
    ("GET", "/weeks/{brand:path}/{week}/story"): "viewer",
    ("POST", "/weeks/{brand:path}/{week}/story"): "agent",
    ("POST", "/weeks/{brand:path}/{week}/topic"): "lead",
    ("GET", "/stories"): "agent",
    ("GET", "/weeks/schedule"): "admin",
    ("POST", "/weeks/schedule"): "admin",
    ("POST", "/stories/{story_id}"): "agent",
    ("GET", "/weeks/{brand:path}/{week}/posts"): "viewer",
    ("GET", "/weeks/{brand:path}/{week}/file/{form}"): "viewer",
    # arranging
    ("GET", "/sources"): "viewer",
    ("GET", "/sources/new"): "admin",
    ("GET", "/sources/new/{connector}"): "admin",
    ("POST", "/sources/new/{connector}"): "admin",
    ("GET", "/sources/{name}"): "admin",
    ("POST", "/sources/{name}"): "admin",
    ("POST", "/sources/{name}/read"): "admin",
    ("GET", "/sources/{name}/hook"): "admin",
    ("POST", "/sources/{name}/hook/secret"): "admin",
    ("POST", "/sources/{name}/on"): "admin",
    ("POST", "/sources/{name}/off"): "admin",
    ("GET", "/brands"): "viewer",
    ("GET", "/brands/new"): "admin",
    ("POST", "/brands/new"): "admin",
    ("POST", "/brands/new/try"): "admin",
    ("GET", "/brands/{name}"): "admin",
    ("POST", "/brands/{name}"): "admin",
    ("POST", "/brands/{name}/try"): "admin",
    ("GET", "/brands/{name}/rewind/{key}"): "viewer",  # each sees and stops only looks of their own
    ("POST", "/brands/{name}/rewind/{key}/stop"): "viewer",
    ("GET", "/brands/{name}/corrections"): "viewer",
    ("POST", "/brands/{name}/likelihoods"): "admin",
    ("GET", "/brands/{name}/topics"): "viewer",
    ("POST", "/brands/{name}/topics/{topic_id}"): "lead",
    ("POST", "/corrections/{correction_id}/revoke"): "agent",
    ("GET", "/brands/{name}/bar"): "viewer",
    ("POST", "/brands/{name}/bar"): "admin",
    ("POST", "/brands/{name}/spellings"): "admin",
    ("GET", "/audit/missed"): "agent",
    ("POST", "/audit/missed/draw"): "agent",
    ("POST", "/audit/missed/{item_id}"): "agent",
    ("POST", "/audit/missed/{item_id}/offer"): "agent",
    ("GET", "/channels"): "lead",
    ("POST", "/channels/test"): "admin",
    ("POST", "/channels/routes"): "admin",
    ("POST", "/channels/routes/{route_id}"): "admin",
    ("POST", "/channels/routes/{route_id}/up"): "admin",
    ("POST", "/channels/routes/{route_id}/remove"): "admin",
    ("POST", "/channels/room"): "admin",
    ("POST", "/channels/replay"): "admin",
    ("POST", "/channels/quiet"): "lead",
    ("POST", "/channels/quiet/{quiet_id}/end"): "lead",
    ("GET", "/oncall"): "viewer",
    ("POST", "/oncall/rotas"): "lead",
    ("POST", "/oncall/rotas/{rota_id}/end"): "lead",
    ("POST", "/oncall/rotas/{rota_id}/swap"): "agent",
    ("POST", "/oncall/swaps/{swap_id}/end"): "agent",
    ("POST", "/oncall/chain"): "lead",
    ("GET", "/people"): "admin",
    ("POST", "/people/invite"): "admin",
    ("POST", "/people/invitations/end"): "admin",
    ("POST", "/people/{account_id}/role"): "admin",
    ("POST", "/people/{account_id}/end-keys"): "admin",
    ("POST", "/people/{account_id}/slack"): "admin",
    ("POST", "/people/{account_id}/end-sessions"): "admin",
    ("POST", "/people/{account_id}/disable"): "admin",
    ("POST", "/people/{account_id}/enable"): "admin",
    ("POST", "/people/{account_id}/link"): "admin",
    ("POST", "/people/{account_id}/second-off"): "admin",
    ("POST", "/people/second"): "admin",
    ("POST", "/sending/pause"): "agent",
    ("POST", "/sending/resume"): "lead",
    ("GET", "/audit"): "admin",
    ("POST", "/me/keys"): "viewer",
    ("POST", "/me/keys/end"): "viewer",
    # machines
    ("GET", "/api/v1/cases"): "viewer",
    ("GET", "/api/v1/cases/{case_id}"): "viewer",
    ("GET", "/api/v1/mentions"): "viewer",
    ("GET", "/api/v1/mentions/{mention_id}"): "viewer",
    ("GET", "/api/v1/spikes"): "viewer",
    ("GET", "/api/v1/openapi.json"): "viewer",
    ("POST", "/api/v1/cases/{case_id}/notes"): "agent",
    ("POST", "/api/v1/cases/{case_id}/tags"): "agent",
    ("POST", "/api/v1/cases/{case_id}/untag"): "agent",
    ("POST", "/api/v1/cases/{case_id}/assign"): "agent",
    ("POST", "/api/v1/cases/{case_id}/severity"): "agent",
    ("POST", "/api/v1/cases/{case_id}/resolve"): "agent",
    ("POST", "/api/v1/cases/{case_id}/snooze"): "agent",
    ("POST", "/api/v1/cases/{case_id}/reopen"): "agent",
    ("GET", "/healthz"): ANYONE,
    ("GET", "/readyz"): ANYONE,
    ("GET", "/metrics"): LOCAL,
    ("GET", "/hooks/in/{source}"): ANYONE,  # a platform that checks whether the address is ours
    ("POST", "/hooks/in/{source}"): ANYONE,  # whom the source's own signature vouches for
    ("GET", "/unsubscribe/{carried}"): ANYONE,  # whom the signature in the address names
    ("POST", "/unsubscribe/{carried}"): ANYONE,
    ("POST", "/unsubscribe/{carried}/undo"): ANYONE,
    ("POST", "/slack/interactions"): ANYONE,  # whom Slack's signature vouches for; then the linked account's role
    ("POST", "/slack/commands"): ANYONE,
    ("POST", "/slack/events"): ANYONE,
}


# What a key may do, besides what its owner may: the last piece of a changing route's path, or read.
SCOPES = {
    "read": "read cases and mentions",
    "note": "write notes",
    "tag": "put on tags and take them off",
    "assign": "give cases to people",
    "grade": "say how severe cases are",
    "resolve": "resolve, snooze and reopen",
}
_SCOPE_OF = {"notes": "note", "tags": "tag", "untag": "tag", "assign": "assign", "severity": "grade"} | dict.fromkeys(
    ("resolve", "snooze", "reopen"), "resolve"
)


def scope_of(method: str, path: str) -> str | None:
    """The scope a key needs for a route's path template; None: no key may."""
    if not path.startswith("/api/"):
        return None
    return "read" if method in ("GET", "HEAD") else _SCOPE_OF.get(path.rsplit("/", 1)[1])


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
