"""An inbound hook: signed JSON from anywhere, stored before it is acknowledged, read like any platform."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import ClassVar

from connectors import hooks
from connectors.hooks import Admitted, Arrival, Inbox, Refused, Verdict, object_of
from connectors.http import Http
from connectors.types import Closed, Here, Latency, Native, Page, Post, Route, Span, Want
from connectors.webhook import parse
from connectors.webhook.settings import Settings as WebhookSettings

TIMESTAMP, SIGNATURE = "earshot-timestamp", "earshot-signature"
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_NOT_SIGNED = Refused(401, "This is not signed with this source's secret, or too old.")


class Webhook:
    """Takes what any other system posts: reviews, tickets, surveys. Signed, each delivery once."""

    platform: ClassVar[str] = "webhook"
    Settings: ClassVar[type[WebhookSettings]] = WebhookSettings
    latency: ClassVar[Latency] = Latency.SECONDS
    hooked: ClassVar[bool] = True

    def __init__(
        self, settings: WebhookSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._http = http
        self.inbox: Inbox = hooks.Empty()

    def __repr__(self) -> str:
        return f"Webhook({self._settings.platform})"

    def admit(self, came: Arrival) -> Verdict:
        """Signature and time first, over the raw bytes; only then is the body looked at."""
        if came.method != "POST":
            return Refused(405, "Post to this address.")
        timestamp = came.headers.get(TIMESTAMP, "")
        if not self._signed(came, timestamp):
            return _NOT_SIGNED
        told = object_of(came.body)
        if told is None:
            return Refused(400, "The body is no JSON object.")
        if wrong := parse.envelope_problem(told):
            return Refused(422, f"{wrong[:1].upper()}{wrong[1:]}.")
        unreadable = parse.problems(came.body, self._settings.platform, self._now())
        says = {"posts": len(told.get("posts", [])), "gone": len(told.get("gone", [])), "unreadable": unreadable}
        return Admitted(_key(told.get("id", ""), timestamp, came.body), came.body, says)

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was posted since the cursor, a page for every fifty deliveries."""
        now = self._now()
        if want.since is not None or want.until is not None:
            yield from self._again(want, now)
            return
        place = hooks.load(want.cursor)
        while some := self.inbox.after(place.id, hooks.AT_ONCE):
            read = hooks.together(parse.delivery(one.body, self._settings.platform, one.came_at) for one in some)
            page = hooks.page_of(read, place, some[-1].id, now)
            yield page
            place = hooks.load(page.cursor)
        yield hooks.page_of(hooks.Read(), place, place.id, now)

    def route(self, post: Post) -> Route:
        """Here where the sender takes answers; else by hand, on the page itself."""
        if self._settings.answer_url is not None and self._settings.secret is not None and post.answer_to:
            return Here(self._settings.platform)
        if not post.url:
            return Closed("The sender gave no address at which this could be answered.")
        return Native(post.url, "It came by an inbound hook; the answer is given where it was written.")

    def probe(self) -> str:
        """Whether the door is open."""
        if self._settings.secret is None:
            return "no secret yet, so nothing is taken: make one on the source's page, or with: earshot hook NAME"
        return "the door is open to whoever signs with this source's secret"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        if self._http is not None:
            self._http.close()

    def _again(self, want: Want, now: datetime) -> Iterator[Page]:
        """Nobody keeps what was posted while we were away; the sender repeats it or it is lost."""
        start, end = want.since or now - want.first_look, min(want.until or now, now)
        if start < end:
            yield Page(lost=Span(start, end))

    def _signed(self, came: Arrival, timestamp: str) -> bool:
        if not _SECONDS.fullmatch(timestamp):
            return False
        if abs(self._now().timestamp() - int(timestamp)) > self._settings.window_s:
            return False
        given = (piece.strip() for piece in came.headers.get(SIGNATURE, "").split(",")[:4])
        marks = [piece.removeprefix("v1=") for piece in given if piece.startswith("v1=")]
        return hooks.signed(self._secrets(), timestamp.encode() + b"." + came.body, marks)

    def _secrets(self) -> list[bytes]:
        settings = self._settings
        known = [settings.secret] if settings.secret is not None else []
        if settings.old_secret is not None and settings.old_until is not None and self._now() < settings.old_until:
            known.append(settings.old_secret)
        return [secret.get_secret_value().encode() for secret in known if secret.get_secret_value()]


def _key(id_: str, timestamp: str, body: bytes) -> str:
    """The delivery's own id, which is signed with it; without one its very bytes and the second they were signed."""
    return (
        f"id:{sha256(id_.encode()).hexdigest()}"
        if id_
        else f"at:{sha256(timestamp.encode() + b'.' + body).hexdigest()}"
    )
