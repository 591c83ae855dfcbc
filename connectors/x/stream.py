"""X's filtered stream: rules for our names, and posts as they are written. Healed by recent search after a break.

Facts: docs.x.com/x-api/posts/filtered-stream (one connection; rules of at most 1,024 characters; a keep-alive every 20
seconds; `matching_rules` names the rule by its tag). Through our own door: tweepy's client reads without any bound.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from threading import Event
from typing import Any

from connectors.errors import AuthFailed, Unavailable
from connectors.http import Http
from connectors.types import Bill, Page, Poison, Post, Span
from connectors.walked import Place
from connectors.x.client import TWEET, USER, judge
from connectors.x.parse import page
from connectors.x.settings import Settings

LONGEST_RULE = 1024
MARK = "earshot:"
_P99 = timedelta(seconds=10)  # X says 6 to 7 seconds: what is newer may still come
_TICK = timedelta(seconds=30)  # so often a quiet stream says that it heard nothing
_KEPT = 3600
_KEPT_OF_ODD = 10_000  # bytes of a line that is no JSON: enough to see what speaks there
_ODD = "X's stream: it is no JSON object."
_SILENCE_S = 35.0  # with the first rest after a failure less than 45 s; X sends a keep-alive every 20


class Stream:
    """One connection. Its rules are those of `queries`; rules of others (another app's tags) are left alone."""

    def __init__(self, settings: Settings, http: Http, now: Callable[[], datetime]) -> None:
        self._settings, self._http, self._now = settings, http, now
        self._base = f"{settings.base_url}/2/tweets/search/stream"

    def rules(self, queries: tuple[str, ...]) -> None:
        """Bring X's rules to these. Asking twice changes nothing."""
        answer = self._http.get(f"{self._base}/rules", headers=self._headers())
        told = answer.json()
        known = told.get("data", []) if isinstance(told, dict) else []
        ours = {str(rule.get("id")): str(rule.get("tag")) for rule in known if isinstance(rule, dict)}
        wanted = {tag_of(query): query for query in queries}
        stale = [id_ for id_, tag in ours.items() if tag.startswith(MARK) and tag not in wanted]
        if stale:
            self._change({"delete": {"ids": stale}})
        if missing := [{"value": query, "tag": tag} for tag, query in wanted.items() if tag not in ours.values()]:
            self._change({"add": missing})

    def pages(self, queries: tuple[str, ...], place: Place, stop: Event) -> Iterator[Page]:
        """Each post as a page of its own; in silence an empty one now and then. Both say until when all was heard."""
        self.rules(queries)
        names = {tag_of(query): query for query in queries}
        params = {"tweet.fields": ",".join(TWEET)}
        if self._settings.authors:
            params |= {"expansions": "author_id", "user.fields": ",".join(USER)}
        begun = self._now()
        told_at = begun
        yield Page(cursor=place.dump(), covered=Span(begun, begun))
        for line in self._http.lines(
            self._base, self._headers(), params=params, stop=stop, silence_s=_SILENCE_S, judge=judge
        ):
            now = self._now()
            if not line.strip():
                if now - told_at >= _TICK:
                    told_at = now
                    place, quiet = self._heard((), place, begun, now)
                    yield quiet
                continue
            told_at = now
            place, made = self._line(line, names, place, begun)
            if made is not None:
                yield made

    def _line(self, line: str, names: Mapping[str, str], place: Place, begun: datetime) -> tuple[Place, Page | None]:
        told = _json(line)
        if told is None:  # ends no stream: it is kept aside, and claims nothing as heard
            return place, Page(cursor=place.dump(), poison=(Poison(line.encode()[:_KEPT_OF_ODD], _ODD),))
        if "data" not in told:
            raise Unavailable(f"X ended the stream: {_why(told)}.")
        told_of = {"data": [told["data"]], "includes": told.get("includes", {}), "meta": {}}
        parsed = page(told_of, self._settings.countries)
        now = self._now()
        place, made = self._heard(parsed.posts, place, begun, now)
        cost = self._settings.price_post * parsed.read
        cost += self._settings.price_author * len({post.author.id for post in parsed.posts if post.author.handle})
        query = next((names[tag] for tag in _tags(told) if tag in names), "")
        bill = Bill(query, cost, tuple(post.ref.id for post in parsed.posts)) if cost or parsed.posts else None
        full = Page(made.posts, made.cursor, covered=made.covered, poison=parsed.poison, cost=cost,
                    bills=(bill,) if bill else ())  # fmt: skip
        return place, full

    def _heard(self, posts: tuple[Post, ...], place: Place, begun: datetime, now: datetime) -> tuple[Place, Page]:
        until = max(begun, now - _P99)
        newest = str(max([int(place.newest or 0), *(int(post.ref.id) for post in posts)]))
        last = newest if newest != "0" else ""
        at = replace(place, until=int(until.timestamp()), newest=last, asked=int(now.timestamp()))
        at = at.given(posts, (), _KEPT)
        return at, Page(posts, at.dump(), covered=Span(begun, until), cost=Decimal(0))

    def _change(self, what: Mapping[str, Any]) -> None:
        """A rule is the same whoever adds it: a lost answer is asked again by the next connection."""
        answer = self._http.request(
            "POST", f"{self._base}/rules", headers=self._headers(), json=what, expected=(400, 403)
        )
        judge(answer)
        if answer.status >= 400:
            raise AuthFailed("X does not take these rules: does this tier have the filtered stream?")

    def _headers(self) -> dict[str, str]:
        token = self._settings.bearer_token
        if token is None:
            raise AuthFailed("X's stream needs the app's bearer_token.")
        return {"authorization": f"Bearer {token.get_secret_value()}", "accept": "application/json"}


def tag_of(query: str) -> str:
    """The tag under which our rule is known."""
    return f"{MARK}{sha256(query.encode()).hexdigest()[:16]}"


def _json(line: str) -> dict[str, Any] | None:
    """The object on a line; None where there is none."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _why(told: Mapping[str, Any]) -> str:
    errors = told.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else told
    return str(first.get("title") or first.get("detail") or "without a word")[:200]


def _tags(told: Mapping[str, Any]) -> list[str]:
    rules = told.get("matching_rules")
    return [str(rule.get("tag")) for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
