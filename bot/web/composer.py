"""The answer box: whether and how this case can be answered, whose it is, what its words still break."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import plugins
from bot.app import App
from bot.core.consent import RULE, WAYS
from bot.core.display import visible
from bot.core.drafts import Breach
from bot.core.guards import counting
from bot.core.promises import over, promises
from bot.steps import answer as steps
from bot.store import brands, sources
from bot.store.db import Session
from bot.store.tables import CaseRow, PostRow, ReplyRow
from bot.web import words
from connectors.text import web_link
from connectors.types import Closed, Here, Native, Route
from responders import handoff, privately

FOUND = "Earshot finds the reply and stops the clock at its real time."
NOT_FOUND = "Earshot cannot look for it there: say here when it is posted."
LIMITS = {
    "x": 280, "bluesky": 300, "mastodon": 500, "hackernews": 0, "youtube": 10_000, "reddit": 10_000, "googleplay": 350,
    "appstore": 5970, "discourse": 32_000, "github": 65_000, "lemmy": 10_000, "stackexchange": 30_000,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ways:
    """How a case can be answered, in the composer's first line. `kind`: here, native, closed."""

    kind: str
    lead: str
    words: str
    platform: str
    limit: int
    private: bool
    no_private: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One boundary as the composer shows it."""

    rule: str
    stops: bool
    lead: str
    rest: str
    ways: tuple[str, ...] = ()
    span: str = ""
    second: bool = False


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise in the words as they stand: its place, the words, and when it is due, on the brand's wall.

    `over`: the time they name is gone, so nothing becomes due.
    """

    key: str
    words: str
    due: str
    over: bool = False

    @property
    def span(self) -> str:
        """Where it stands, as the page marks places."""
        return self.key.replace("-", ",")


def promised(session: Session, case: CaseRow, text: str, now: datetime) -> list[Promised]:
    """The promises in these words, for one press each, and what would be some, were its time not over."""
    brand = brands.get(session, case.brand)
    tz = brand.zone if brand is not None else "UTC"
    found = sorted((*promises(text, now, tz), *over(text, now, tz)), key=lambda one: one.start)
    return [Promised(one.key, visible(one.words), words.wall(one.due_at, tz, now), one.due_at <= now) for one in found]


def why_no_private(session: Session, case: CaseRow, post: PostRow | None, now: datetime) -> str:
    """Why nothing can be sent to the customer alone, without a full stop; "" if it can."""
    return steps.why_not_private(session, case, post, now) if post is not None else privately.NONE


def is_sought(session: Session, post: PostRow | None) -> bool:
    """Whether the source that heard this post can look for our answer below it (bot/steps/seek.py)."""
    source = sources.get(session, post.source) if post is not None else None
    try:
        return source is not None and hasattr(plugins.find(plugins.CONNECTORS, source.connector), "conversation")
    except plugins.NoPlugin:
        return False


def ways(
    app: App,
    route: Route,
    platform: str,
    no_private: str = privately.NONE,
    visibility: str = "public",
    sought: bool = True,
) -> Ways:
    """The route in words. `no_private`: see `why_no_private`; `visibility`: of the words whose length is limited.

    `sought`: see `is_sought`.
    """
    name = words.platform(platform)
    if isinstance(route, Here):
        responder = app.responders.get(route.responder)
        limit = responder.longest if responder is not None else LIMITS.get(platform, 0)
        limit = (privately.longest(platform, limit) or 0) if visibility == "private" else limit
        told = f"It goes out on {name}, {app.settings.undo_s} s after Send."
        return Ways("here", "Answer here.", told, name, limit, not no_private, no_private)
    if isinstance(route, Native):
        told = f"{route.why} Your words open in {name}’s own reply box; {FOUND if sought else NOT_FOUND}"
        return Ways("native", "Only natively.", told, name, LIMITS.get(platform, 0), False)
    return Ways("closed", "Replies closed.", route.why, name, 0, False)


def usual_route(app: App, post: PostRow | None) -> Route:
    """The route as far as it is known without asking the platform: a page never waits for a network."""
    if post is None or post.gone_at is not None:
        return Closed("The post is gone; there is nothing left to answer.")
    if post.answer_to and post.platform in app.responders:
        return Here(post.platform)
    url = handoff.template(post.platform, post.native_id, web_link(post.url))
    if not url:
        return Closed("There is no page on which this post could be answered. Resolve it as heard.")
    return Native(url, f"Earshot cannot post on {words.platform(post.platform)} here.")


def native_link(route: Route, reply: ReplyRow | None) -> str:
    """The platform's own reply box with these words in it, while we look for the reply there."""
    if reply is None or reply.state != "looking" or not isinstance(route, Native):
        return ""
    return handoff.filled(route.url, reply.text)


def shown(breaches: Sequence[Breach]) -> list[Shown]:
    """Stops first. The first sentence leads; the way out follows."""
    made = [_one(breach) for breach in breaches]
    return sorted(made, key=lambda one: not one.stops)


def _one(breach: Breach) -> Shown:
    lead, _, rest = breach.why.partition(". ")
    lead = lead if lead.endswith(".") else f"{lead}."
    second = breach.severity == "second_person"
    told = f"{rest} A second person has to agree.".strip() if second and breach.rule != RULE else rest
    ways = tuple(way for way in breach.ways[:2] if not (second and way in WAYS))
    return Shown(breach.rule, stops(breach), lead, told, ways, _span(breach), second)


def _span(breach: Breach) -> str:
    return f"{breach.span[0]},{breach.span[1]}" if breach.span is not None else ""


def stops(breach: Breach) -> bool:
    """Does this boundary keep the words from leaving as they are? Reminders do not."""
    return breach.severity != "note"


def check_words(text: str, breaches: Sequence[Breach], limit: int, counted: Callable[[str], int] = counting("")) -> str:
    """The line under the box: what stops the reply, and its length as the platform counts it."""
    number = sum(stops(breach) for breach in breaches)
    length = f"{counted(text):,} of {limit:,}" if limit else f"{counted(text):,} characters"
    if not text.strip():
        return length
    lead = (
        f"{number} {'thing stops' if number == 1 else 'things stop'} this reply" if number else "Inside the boundaries"
    )
    return f"{lead} · {length}"


def marks(breaches: Sequence[Breach]) -> str:
    """Where the words break a boundary: "12,20,stop;…" in code points, for the mirror under the text."""
    there = [breach for breach in breaches if breach.span is not None]
    return ";".join(f"{_span(breach)},{'stop' if stops(breach) else 'mind'}" for breach in there)


def checked(
    text: str, breaches: Sequence[Breach], limit: int, promised: Sequence[Promised] = (),
    counted: Callable[[str], int] = counting(""),
) -> dict[str, object]:  # fmt: skip
    """The boundaries beside the box, for the text as it stands. A promise with a time is shown as one, not as words."""
    places = [tuple(map(int, one.key.split("-"))) for one in promised]
    breaches = [one for one in breaches if one.rule != "promise" or not _within(one, places)]
    return {
        "promises": list(promised),
        "second": any(one.severity == "second_person" for one in breaches)
        and all(one.severity != "stop" for one in breaches),
        "breaches": shown(breaches),
        "stops": sum(stops(breach) for breach in breaches),
        "marks": marks(breaches),
        "check_words": check_words(text, breaches, limit, counted),
    }


def _within(breach: Breach, places: Sequence[tuple[int, ...]]) -> bool:
    if breach.span is None:
        return False
    start, end = breach.span
    return any(start < place[1] and end > place[0] for place in places)
