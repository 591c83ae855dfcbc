"""A small Mastodon server over real sockets: timelines, streaming, replies with idempotency, and its faults.

fake = FakeMastodon()
fake.start()                              # fake.url
status_id = fake.post("Acme lost my parcel #acme", author="pat@elsewhere.test")
fake.replies                              # what was really published through the API
fake.fail_next("/api/v1/statuses", how="drop", after=True, method="POST")
"""

import html
import json
import queue
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.server import Asked, FakeServer, Told

_TAG = re.compile(r"#(\w+)")
_STATUS = re.compile(r"/api/v1/statuses/([^/]+)$")
_CONTEXT = re.compile(r"/api/v1/statuses/([^/]+)/context$")
_ACCOUNT = re.compile(r"/api/v1/accounts/([^/]+)/statuses$")


@dataclass
class Status:
    """One post as this server keeps it."""

    id: str
    text: str
    author: str
    at: datetime
    uri: str
    reply_to: str | None = None
    visibility: str = "public"
    language: str = "en"
    edited_at: datetime | None = None
    warning: str = ""
    bot: bool = False
    api: bool = False
    key: str = ""
    raw: dict[str, Any] = field(default_factory=dict)


class FakeMastodon(FakeServer):
    """`account` is ours; `token` is good for it. `peers` are other servers whose posts can be fetched by address."""

    def __init__(
        self,
        domain: str = "social.test",
        account: str = "acme",
        token: str = "token-SECRET",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        version: str = "4.4.0",
    ) -> None:
        super().__init__()
        self.domain, self.account, self.token, self.now, self.version = domain, account, token, now, version
        self.statuses: dict[str, Status] = {}
        self.deleted: list[str] = []
        self.left_accounts: set[str] = set()
        self.suspended: set[str] = set()
        self.notified: list[tuple[str, str]] = []
        self.keys: dict[str, tuple[str, datetime]] = {}
        self.followers: dict[str, int] = {}
        self.peers: list[FakeMastodon] = []
        self.closed_public = False
        self.closed_tags = False
        self.closed_streaming = False
        self.keeps_keys = True
        self.longest = 500
        self.page_limit = 40
        self.left = 299
        self._listeners: list[tuple[str, queue.SimpleQueue[bytes]]] = []

    # -- what people do -----------------------------------------------------------------------------------------------

    def post(
        self,
        text: str,
        author: str = "pat@elsewhere.test",
        *,
        at: datetime | None = None,
        reply_to: str | None = None,
        visibility: str = "public",
        language: str = "en",
        warning: str = "",
        bot: bool = False,
        uri: str = "",
    ) -> str:
        """Somebody writes, here or on a server this one knows. The local id."""
        more = {"reply_to": reply_to, "visibility": visibility, "language": language, "warning": warning, "bot": bot}
        with self.changed:
            return self._write(text, author, at or self.now(), uri=uri, **more)

    def edit(self, status_id: str, text: str) -> None:
        """The author changes the words."""
        with self.changed:
            kept = self.statuses[status_id]
            kept.text, kept.edited_at = text, self.now()
            self._say(kept, "status.update")

    def delete(self, status_id: str) -> None:
        """The author takes the post back."""
        with self.changed:
            kept = self.statuses.pop(status_id)
            self.deleted.append(kept.uri)
            self._say(kept, "delete")

    def uri(self, status_id: str) -> str:
        return self.statuses[status_id].uri

    def forget_keys(self) -> None:
        """An hour passes for the idempotency keys."""
        self.keys.clear()

    @property
    def replies(self) -> list[dict[str, Any]]:
        """What our account really published, oldest first."""
        with self.lock:
            mine = [status for status in self.statuses.values() if status.api]
        return [
            {
                "id": one.id,
                "uri": one.uri,
                "text": one.text,
                "to": one.reply_to,
                "visibility": one.visibility,
                "key": one.key,
            }
            for one in mine
        ]

    # -- HTTP ---------------------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Told:
        fixed: dict[str, Callable[[Asked], Told]] = {
            "/api/v2/instance": self._instance,
            "/api/v1/timelines/public": self._public,
            "/api/v1/notifications": self._notifications,
            "/api/v1/accounts/verify_credentials": self._credentials,
            "/api/v2/search": self._search,
            "/api/v1/streaming/public": self._stream,
            "/api/v1/streaming/hashtag": self._stream,
            "/api/v1/streaming/user/notification": self._stream,
        }
        with self.changed:
            if asked.token and asked.token != self.token:
                return Told({"error": "The access token is invalid"}, 401)
            if asked.path in fixed:
                return fixed[asked.path](asked)
            if asked.path.startswith("/api/v1/timelines/tag/"):
                return self._tagged(asked)
            if asked.path == "/api/v1/accounts/lookup":
                return self._account(asked.one("acct"))
            if asked.path == "/api/v1/statuses" and asked.method == "POST":
                return self._create(asked)
            return self._one(asked)

    def _account(self, acct: str) -> Told:
        if acct in self.left_accounts:
            return Told({"error": "Record not found"}, 404)
        return Told({"id": "9", "acct": acct} | ({"suspended": True} if acct in self.suspended else {}))

    def _instance(self, _asked: Asked) -> Told:
        statuses = {"max_characters": self.longest, "characters_reserved_per_url": 23}
        urls = {"streaming": self.url.replace("http://", "ws://")}
        return Told(
            {"domain": self.domain, "version": self.version, "configuration": {"statuses": statuses, "urls": urls}}
        )

    def _public(self, asked: Asked) -> Told:
        if self.closed_public and not asked.token:
            return Told({"error": "This method requires an authenticated user"}, 422)
        found = [one for one in self.statuses.values() if one.visibility == "public" and one.reply_to is None]
        return self._page(asked, found)

    def _tagged(self, asked: Asked) -> Told:
        if self.closed_tags and not asked.token:
            return Told({"error": "The access token is invalid"}, 401)
        name = asked.path.rsplit("/", 1)[1].lower()
        found = [one for one in self.statuses.values() if name in _tags(one) and one.visibility == "public"]
        return self._page(asked, found)

    def _page(self, asked: Asked, found: list[Status]) -> Told:
        limit = min(int(asked.one("limit", "20")), self.page_limit)
        low, high = int(asked.one("min_id", "0")), int(asked.one("max_id", "0"))
        since = int(asked.one("since_id", "0"))
        found = sorted(found, key=lambda one: int(one.id))
        found = [one for one in found if int(one.id) > max(low, since) and (not high or int(one.id) < high)]
        page = found[:limit] if low else found[-limit:] if limit else []
        shown = [self._shown(one) for one in reversed(page)]
        headers = {
            "x-ratelimit-remaining": str(self.left),
            "x-ratelimit-reset": self._iso(self.now() + timedelta(minutes=5)),
        }
        if page:
            newer, older = (
                f"{self.url}{asked.path}?{name}={one.id}" for name, one in (("min_id", page[-1]), ("max_id", page[0]))
            )
            headers["link"] = f'<{older}>; rel="next", <{newer}>; rel="prev"'
        return Told(shown, headers=headers)

    def _notifications(self, asked: Asked) -> Told:
        if not asked.token:
            return Told({"error": "The access token is invalid"}, 401)
        low = int(asked.one("min_id", "0"))
        found = [
            (number, status_id)
            for number, status_id in self.notified
            if int(number) > low and status_id in self.statuses
        ]
        page = found[:40] if low else found[-40:]
        return Told([self._notice(number, self.statuses[status_id]) for number, status_id in reversed(page)])

    def _notice(self, number: str, status: Status) -> dict[str, Any]:
        return {"id": number, "type": "mention", "created_at": self._iso(status.at), "status": self._shown(status)}

    def _credentials(self, asked: Asked) -> Told:
        if not asked.token:
            return Told({"error": "The access token is invalid"}, 401)
        return Told(self._who(self.account))

    def _search(self, asked: Asked) -> Told:
        if not asked.token:
            return Told({"error": "The access token is invalid"}, 401)
        wanted = asked.one("q")
        found = [one for one in self.statuses.values() if one.uri == wanted]
        if not found and asked.one("resolve") == "true":
            found = [self.statuses[self.fetch(peer, one)] for peer in self.peers for one in peer.known(wanted)]
        return Told({"accounts": [], "statuses": [self._shown(one) for one in found], "hashtags": []})

    def known(self, uri: str) -> list[Status]:
        with self.lock:
            return [one for one in self.statuses.values() if one.uri == uri]

    def fetch(self, peer: "FakeMastodon", there: Status) -> str:
        """A post of another server comes here, under a number of our own."""
        author = there.author if "@" in there.author else f"{there.author}@{peer.domain}"
        return self._write(there.text, author, there.at, uri=there.uri, visibility=there.visibility)

    def _one(self, asked: Asked) -> Told:
        own, context, single = (pattern.match(asked.path) for pattern in (_ACCOUNT, _CONTEXT, _STATUS))
        if own:
            mine = [one for one in self.statuses.values() if self._number(one.author) == own[1]]
            return self._page(asked, mine)
        status = self.statuses.get((context or single or [""])[1] if context or single else "")
        if status is None or (status.visibility in ("private", "direct") and not asked.token):
            return Told({"error": "Record not found"}, 404)
        if context:
            return Told({"ancestors": self._above(status), "descendants": self._below(status)})
        if asked.method == "DELETE":
            return self._remove(asked, status)
        return Told(self._shown(status))

    def _remove(self, asked: Asked, status: Status) -> Told:
        if not asked.token:
            return Told({"error": "The access token is invalid"}, 401)
        self.delete(status.id)
        return Told({**self._shown(status), "text": status.text})

    def _above(self, status: Status) -> list[dict[str, Any]]:
        above: list[dict[str, Any]] = []
        while status.reply_to is not None and status.reply_to in self.statuses:
            status = self.statuses[status.reply_to]
            above.insert(0, self._shown(status))
        return above

    def _below(self, status: Status) -> list[dict[str, Any]]:
        under = [one for one in self.statuses.values() if one.reply_to == status.id]
        return [shown for one in under for shown in (self._shown(one), *self._below(one))]

    def _create(self, asked: Asked) -> Told:
        if asked.token != self.token:
            return Told({"error": "The access token is invalid"}, 401)
        form, key = asked.form(), asked.headers.get("idempotency-key", "")
        if self.keeps_keys and key in self.keys and self.keys[key][0] in self.statuses:
            return Told(self._shown(self.statuses[self.keys[key][0]]))
        text, reply_to = form.get("status", ""), form.get("in_reply_to_id")
        if not text or len(text) > self.longest + 200:
            return Told({"error": "Validation failed: Text character limit of 500 exceeded"}, 422)
        if reply_to is not None and reply_to not in self.statuses:
            return Told({"error": "The status you are trying to reply to does not appear to exist"}, 404)
        new = self._write(
            text, self.account, self.now(), reply_to=reply_to, visibility=form.get("visibility", "public")
        )
        self.statuses[new].api, self.statuses[new].key = True, key
        if key:
            self.keys[key] = (new, self.now())
        return Told(self._shown(self.statuses[new]))

    # -- streaming ----------------------------------------------------------------------------------------------------

    def _stream(self, asked: Asked) -> Told:
        if self.closed_streaming and not asked.token:
            return Told({"error": "Missing access token"}, 401)
        kind = asked.path.rsplit("/", 1)[1]
        name = f"hashtag:{asked.one('tag').lower()}" if kind == "hashtag" else kind
        line: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._listeners.append((name, line))
        return Told(self._lines(line), headers={"content-type": "text/event-stream"})

    def _lines(self, line: "queue.SimpleQueue[bytes]") -> Iterator[bytes]:
        yield b":)\n"
        while not self.stopped.is_set():
            try:
                piece = line.get(timeout=0.2)
            except queue.Empty:
                piece = b":thump\n"
            if piece == b"":
                return
            yield piece

    def listeners(self) -> int:
        """How many streams are open."""
        return len(self._listeners)

    def cut_streams(self) -> None:
        """End every open stream."""
        with self.lock:
            for _, line in self._listeners:
                line.put(b"")
            self._listeners.clear()

    def send_event(self, event: str, data: str) -> None:
        """Put any event into every open stream."""
        with self.lock:
            for _, line in self._listeners:
                line.put(f"event: {event}\ndata: {data}\n\n".encode())

    def _say(self, status: Status, event: str) -> None:
        data = status.id if event == "delete" else json.dumps(self._shown(status))
        where = {f"hashtag:{name}" for name in _tags(status)}
        if status.reply_to is None and status.visibility == "public":
            where.add("public")
        for name, line in self._listeners:
            if name in where:
                line.put(f"event: {event}\ndata: {data}\n\n".encode())

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _write(self, text: str, author: str, at: datetime, *, uri: str = "", **more: Any) -> str:
        millis = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
        new = str((millis << 16) + len(self.statuses) + len(self.deleted))
        name, _, domain = author.partition("@")
        address = uri or f"https://{domain or self.domain}/users/{name}/statuses/{new}"
        status = Status(new, text, author, at, address, **more)
        self.statuses[new] = status
        if f"@{self.account}" in text and author != self.account:
            number = str(len(self.notified) + 1)
            self.notified.append((number, new))
            for kind, line in self._listeners:
                if kind == "notification":
                    line.put(f"event: notification\ndata: {json.dumps(self._notice(number, status))}\n\n".encode())
        self._say(status, "update")
        return new

    def _shown(self, one: Status) -> dict[str, Any]:
        tags = [{"name": name, "url": f"https://{self.domain}/tags/{name}"} for name in sorted(_tags(one))]
        content = _TAG.sub(
            r'<a href="https://x.test/tags/\1" class="mention hashtag" rel="tag">#<span>\1</span></a>',
            html.escape(one.text, quote=False),
        )
        return {
            "id": one.id,
            "created_at": self._iso(one.at),
            "edited_at": self._iso(one.edited_at) if one.edited_at else None,
            "in_reply_to_id": one.reply_to,
            "sensitive": False,
            "spoiler_text": one.warning,
            "visibility": one.visibility,
            "language": one.language,
            "uri": one.uri,
            "url": one.uri.replace("/users/", "/@").replace("/statuses/", "/"),
            "replies_count": len(self._below(one)),
            "reblogs_count": 0,
            "favourites_count": 1,
            "content": f"<p>{content}</p>",
            "reblog": None,
            "account": self._who(one.author, bot=one.bot),
            "mentions": [],
            "tags": tags,
            **one.raw,
        }

    def _who(self, acct: str, *, bot: bool = False) -> dict[str, Any]:
        name, _, domain = acct.partition("@")
        return {
            "id": self._number(acct),
            "username": name,
            "acct": acct,
            "display_name": name.title(),
            "bot": bot,
            "url": f"https://{domain or self.domain}/@{name}",
            "followers_count": self.followers.get(acct, 3),
        }

    @staticmethod
    def _number(acct: str) -> str:
        return str(1000 + sum(acct.encode()))

    @staticmethod
    def _iso(when: datetime) -> str:
        return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _tags(status: Status) -> set[str]:
    return {name.lower() for name in _TAG.findall(status.text)}
