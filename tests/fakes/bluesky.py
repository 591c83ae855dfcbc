"""A small Bluesky: one server that is home, AppView and Jetstream at once, over real sockets.

fake = FakeBluesky()
fake.start()                          # fake.url for XRPC, fake.stream_url for Jetstream
uri = fake.post("Acme lost my parcel", author="pat.test")
fake.replies                          # what was really published through createRecord
fake.fail_next("createRecord", how="drop", after=True)
"""

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from tests.fakes import jetstream
from tests.fakes.server import Asked, FakeServer, Told

POSTS = "app.bsky.feed.post"


def did_of(handle: str) -> str:
    """The DID this fake gives to a handle."""
    return f"did:plc:{hashlib.sha256(handle.encode()).hexdigest()[:24]}"


def micros(when: datetime) -> int:
    return (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def iso(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class FakeBluesky(FakeServer):
    """Accounts are made on first use. `handle` and `password` are the one that may sign in."""

    def __init__(
        self,
        handle: str = "acme.test",
        password: str = "app-pass-word",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self.handle, self.password, self.now = handle, password, now
        self.records: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []
        self.hidden: set[str] = set()
        self.away: dict[str, dict[str, Any]] = {}
        self.gates: dict[str, list[Any]] = {}
        self.blockers: set[str] = set()
        self.followers: dict[str, int] = {}
        self.whispers: list[dict[str, Any]] = []
        self.deaf: set[str] = set()  # who takes no messages from us
        self.handles: dict[str, str] = {}
        self.events: list[tuple[int, str]] = []
        self.oldest_us = 0
        self.forgotten = 0  # events no longer there: sequence numbers go on from them
        self.strict = False  # answer a time that is too old as a sequence number that is
        self.stream_log: list[dict[str, list[str]]] = []
        self.stream_status = 0
        self._muted = threading.Event()
        self._tokens = 0
        self._live: set[str] = set()
        self._refresh: set[str] = set()
        self._websockets: Server | None = None
        self._sockets: set[ServerConnection] = set()
        self.listeners: list[str] = []
        self._join(handle)

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> str:
        ways = {"process_request": self._welcome, "select_subprotocol": jetstream.chosen, "close_timeout": 0.2}
        self._websockets = serve(self._stream, "127.0.0.1", 0, **ways)
        threading.Thread(target=self._websockets.serve_forever, daemon=True).start()
        return super().start()

    def stop(self) -> None:
        super().stop()
        self.cut_streams()
        if self._websockets is not None:
            self._websockets.shutdown()
            self._websockets = None

    @property
    def stream_url(self) -> str:
        assert self._websockets is not None, "start() first"
        return f"ws://127.0.0.1:{self._websockets.socket.getsockname()[1]}/subscribe"

    @property
    def stream_v2_url(self) -> str:
        return self.stream_url.removesuffix("/subscribe") + jetstream.V2_PATH

    # -- what people do -----------------------------------------------------------------------------------------------

    def post(
        self,
        text: str,
        author: str = "pat.test",
        *,
        at: datetime | None = None,
        claimed: str | None = None,
        reply_to: str | None = None,
        langs: Sequence[str] = ("en",),
    ) -> str:
        """Somebody writes. `at` is when the network sees it, `claimed` what the author's program says. The uri."""
        with self.changed:
            seen_at = at or self.now()
            record: dict[str, Any] = {"$type": POSTS, "text": text, "createdAt": claimed or iso(seen_at)}
            record["langs"] = list(langs)
            if reply_to is not None:
                parent = self.records[reply_to]
                root = parent["record"].get("reply", {}).get("root") or {"uri": reply_to, "cid": parent["cid"]}
                record["reply"] = {"root": root, "parent": {"uri": reply_to, "cid": parent["cid"]}}
            rkey = f"3k{len(self.records) + len(self.deleted):011d}"
            return self._write(self._join(author), rkey, record, seen_at)

    def leave(self, handle: str, status: str = "deleted") -> None:
        """An account goes, with all its posts: deleted, takendown, suspended or deactivated."""
        with self.changed:
            did = did_of(handle)
            self.away[did] = {uri: kept for uri, kept in self.records.items() if kept["did"] == did}
            self.records = {uri: kept for uri, kept in self.records.items() if kept["did"] != did}
            del self.handles[did]
            self._of_account(did, {"active": False, "status": status})

    def come_back(self, handle: str) -> None:
        """The account is there again, and what it wrote."""
        with self.changed:
            did = self._join(handle)
            self.records |= self.away.pop(did, {})
            self._of_account(did, {"active": True})

    def edit(self, uri: str, text: str) -> None:
        """The author changes the words."""
        with self.changed:
            kept = self.records[uri]
            kept["record"] = {**kept["record"], "text": text}
            kept["cid"] = _cid(kept["record"])
            self._happen(uri, "update", self.now())

    def delete(self, uri: str) -> None:
        """The author takes the post back."""
        with self.changed:
            self._happen(uri, "delete", self.now())
            del self.records[uri]
            self.deleted.append(uri)

    def take_down(self, uri: str) -> None:
        """Moderation hides the post."""
        self.hidden.add(uri)

    def gate(self, uri: str, allow: Sequence[Any] = ()) -> None:
        """The author limits who may reply to this thread; nobody, if `allow` is empty."""
        self.gates[uri] = list(allow)

    def forget_before(self, when: datetime) -> None:
        """Jetstream's look-back: older events are gone from its disk."""
        with self.lock:
            self.oldest_us = micros(when)
            kept = [event for event in self.events if event[0] >= self.oldest_us]
            self.forgotten += len(self.events) - len(kept)
            self.events = kept

    def send_frame(self, frame: str, at: datetime | None = None) -> None:
        """Put any bytes into the stream."""
        with self.changed:
            self.events.append((micros(at or self.now()), frame))
            self.changed.notify_all()

    def resync(self, handle: str) -> None:
        """The network lost the thread of an account's repository and tells it again as a whole, on version 2 only."""
        with self.changed:
            did, rev = did_of(handle), f"3r{len(self.events):011d}"
            self._tell({"did": did, "kind": "sync", "only_v2": True, "sync": {"did": did, "rev": rev}})
            for kept in [kept for kept in self.records.values() if kept["did"] == did]:
                commit = {"rev": rev, "operation": "create", "collection": POSTS, "rkey": kept["rkey"]}
                commit |= {"cid": kept["cid"], "record": kept["record"]}
                self._tell({"did": did, "kind": "commit", "only_v2": True, "commit": commit})

    def hang_up_on_the_slow(self) -> None:
        """Version 2 ends the streams of who reads too slowly, and says so."""
        for open_socket in list(self._sockets):
            open_socket.send(jetstream.too_slow())
            open_socket.close()

    def cut_streams(self) -> None:
        """Drop every open stream, as a restarting server does."""
        for open_socket in list(self._sockets):
            open_socket.close_socket()

    def mute(self, silent: bool = True) -> None:
        """A stream that stays open and says nothing."""
        (self._muted.set if silent else self._muted.clear)()

    def expire_tokens(self, *, refresh_too: bool = False) -> None:
        """What was handed out is no longer good."""
        self._live.clear()
        if refresh_too:
            self._refresh.clear()

    @property
    def replies(self) -> list[dict[str, Any]]:
        """What our account really published, oldest first: uri, text, parent, record."""
        mine = did_of(self.handle)
        with self.lock:
            kept = [(uri, one["record"]) for uri, one in self.records.items() if one["did"] == mine and one["api"]]
        return [
            {
                "uri": uri,
                "text": record["text"],
                "parent": record.get("reply", {}).get("parent", {}).get("uri"),
                "record": record,
            }
            for uri, record in kept
        ]

    # -- the stream ---------------------------------------------------------------------------------------------------

    def _welcome(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.stream_status:
            return connection.respond(self.stream_status, "made to fail\n")
        if not jetstream.is_v2(request):
            return None
        query = parse_qs(urlsplit(request.path).query)
        with self.lock:
            no = jetstream.refusal(connection, query, self.forgotten + 1, self.oldest_us if self.strict else 0)
            if no is not None:
                self.stream_log.append(query)
            return no

    def _stream(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.listeners.append(connection.request.headers.get("user-agent", ""))
        query, v2 = parse_qs(urlsplit(connection.request.path).query), jetstream.is_v2(connection.request)
        with self.lock:
            self.stream_log.append(query)
            cursor = query.get("cursor")
            sent = self.forgotten + (len(self.events) if cursor is None else 0)
            since_us = int(cursor[0]) if cursor else 0
            clamped = v2 and cursor is not None and since_us < self.oldest_us
        self._sockets.add(connection)
        try:
            if clamped:
                connection.send(jetstream.outdated(sent + 1))
            self._pump(connection, sent, since_us, query if v2 else None)
        except ConnectionClosed:
            pass
        finally:
            self._sockets.discard(connection)

    def _pump(self, connection: ServerConnection, sent: int, since_us: int, v2: dict[str, list[str]] | None) -> None:
        """Give on events from number `sent` on, as they come; in version 2, if its question is given."""
        while not self.stopped.is_set():
            with self.changed:
                if sent >= self.forgotten + len(self.events) or self._muted.is_set():
                    self.changed.wait(0.05)
                sent = max(sent, self.forgotten)
                fresh = [] if self._muted.is_set() else self.events[sent - self.forgotten :]
            for seq, (time_us, frame) in enumerate(fresh, sent + 1):
                told = jetstream.frame_v1(frame) if v2 is None else jetstream.frame_v2(frame, seq, v2)
                if time_us >= since_us and told is not None:
                    connection.send(told)
            sent += len(fresh)
            if not fresh and connection.state is not connection.state.OPEN:
                return

    # -- XRPC ---------------------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Told:
        name = asked.path.removeprefix("/xrpc/")
        found: dict[str, Callable[[Asked], Told]] = {
            "com.atproto.server.createSession": self._create_session,
            "com.atproto.server.refreshSession": self._refresh_session,
            "com.atproto.identity.resolveHandle": self._resolve,
            "app.bsky.actor.getProfiles": self._profiles,
            "app.bsky.feed.getPosts": self._get_posts,
            "app.bsky.feed.getPostThread": self._thread,
            "app.bsky.feed.searchPosts": self._search,
            "com.atproto.repo.createRecord": self._create,
            "com.atproto.repo.getRecord": self._get,
            "com.atproto.repo.deleteRecord": self._delete,
            "chat.bsky.convo.getConvoForMembers": self._convo,
            "chat.bsky.convo.getMessages": self._talk,
            "chat.bsky.convo.sendMessage": self._whisper,
        }
        with self.changed:
            if name not in found:
                return _problem("MethodNotImplemented", status=501)
            if asked.token and asked.token not in self._live and not name.startswith("com.atproto.server."):
                return _problem("ExpiredToken", "Token has expired")
            return found[name](asked)

    def _create_session(self, asked: Asked) -> Told:
        body = asked.json()
        if body.get("identifier") not in (self.handle, did_of(self.handle)) or body.get("password") != self.password:
            return _problem("AuthenticationRequired", "Invalid identifier or password", 401)
        return self._session()

    def _refresh_session(self, asked: Asked) -> Told:
        if asked.token not in self._refresh:
            return _problem("ExpiredToken")
        self._refresh.discard(asked.token)
        return self._session()

    def _session(self) -> Told:
        self._tokens += 1
        access, refresh = f"access-{self._tokens}-SECRET", f"refresh-{self._tokens}-SECRET"
        self._live.add(access)
        self._refresh.add(refresh)
        return Told({"did": did_of(self.handle), "handle": self.handle, "accessJwt": access, "refreshJwt": refresh})

    def _signed(self, asked: Asked) -> Told | None:
        if not asked.token:
            return _problem("AuthMissing", "Authentication Required", 401)
        return None if asked.token in self._live else _problem("ExpiredToken", "Token has expired")

    def _chat(self, asked: Asked) -> Told | None:
        if asked.headers.get("atproto-proxy") != "did:web:api.bsky.chat#bsky_chat":
            return _problem("MethodNotImplemented", status=501)
        return self._signed(asked)

    def _convo(self, asked: Asked) -> Told:
        did = asked.one("members")
        shut = _problem("NotFollowedBySender", "recipient requires incoming messages to come from someone they follow")
        told = {"convo": {"id": f"convo-{did}", "members": [], "muted": False, "rev": "1", "unreadCount": 0}}
        return self._chat(asked) or (shut if self.handles.get(did) in self.deaf else Told(told))

    def _talk(self, asked: Asked) -> Told:
        said = [one for one in reversed(self.whispers) if one["convo"] == asked.one("convoId")]
        return self._chat(asked) or Told({"messages": [{**one, "convo": None} for one in said]})

    def _whisper(self, asked: Asked) -> Told:
        refused = self._chat(asked)
        if refused is not None:
            return refused
        body = asked.json()
        said = {"id": f"3m{len(self.whispers)}", "rev": "1", "text": body["message"]["text"], "sentAt": iso(self.now())}
        said |= {"sender": {"did": did_of(self.handle)}, "convo": body["convoId"]}
        self.whispers.append(said)
        return Told(said)

    def _resolve(self, asked: Asked) -> Told:
        handle = asked.one("handle")
        known = did_of(handle) in self.handles
        return Told({"did": did_of(handle)}) if known else _problem("InvalidRequest", "Unable to resolve handle")

    def _profiles(self, asked: Asked) -> Told:
        return Told({"profiles": [self._who(did) for did in asked.query.get("actors", []) if did in self.handles]})

    def _get_posts(self, asked: Asked) -> Told:
        uris = asked.query.get("uris", [])
        if len(uris) > 25:
            return _problem("InvalidRequest", "too many uris")
        return Told({"posts": [self._view(uri, asked) for uri in uris if uri in self.records]})

    def _thread(self, asked: Asked) -> Told:
        uri = asked.one("uri")
        if uri not in self.records:
            return _problem("NotFound", "Post not found")
        return Told({"thread": {**self._down(uri, asked), **self._up(uri, asked)}})

    def _up(self, uri: str, asked: Asked) -> dict[str, Any]:
        parent = self.records[uri]["record"].get("reply", {}).get("parent", {}).get("uri")
        if parent is None:
            return {}
        if parent not in self.records:
            return {"parent": {"$type": "app.bsky.feed.defs#notFoundPost", "uri": parent, "notFound": True}}
        return {"parent": {"post": self._view(parent, asked), **self._up(parent, asked)}}

    def _down(self, uri: str, asked: Asked) -> dict[str, Any]:
        under = [
            child
            for child, kept in self.records.items()
            if kept["record"].get("reply", {}).get("parent", {}).get("uri") == uri
        ]
        return {"post": self._view(uri, asked), "replies": [self._down(child, asked) for child in under]}

    def _search(self, asked: Asked) -> Told:
        query, limit = asked.one("q").strip('"').lower(), int(asked.one("limit", "25"))
        since, until = asked.one("since"), asked.one("until", "9999")
        start = int(asked.one("cursor", "0"))
        hits = [
            uri
            for uri, kept in self.records.items()
            if query in kept["record"]["text"].lower() and since <= _sorted_at(kept) < until
        ]
        hits.sort(key=lambda uri: (_sorted_at(self.records[uri]), uri), reverse=True)
        page = hits[start : start + limit]
        following = {"cursor": str(start + limit)} if len(page) == limit else {}
        return Told({"posts": [self._view(uri, asked) for uri in page], "hitsTotal": len(hits), **following})

    def _create(self, asked: Asked) -> Told:
        refused = self._signed(asked)
        if refused is not None:
            return refused
        body = asked.json()
        uri = f"at://{did_of(self.handle)}/{body['collection']}/{body['rkey']}"
        if uri in self.records:
            return _problem("InternalServerError", "Internal Server Error", 500)  # as a PDS says it
        if len(body["record"]["text"]) > 3000:
            return _problem("InvalidRequest", "Invalid app.bsky.feed.post record")
        self._write(did_of(self.handle), body["rkey"], body["record"], self.now(), api=True)
        return Told({"uri": uri, "cid": self.records[uri]["cid"], "validationStatus": "valid"})

    def _get(self, asked: Asked) -> Told:
        uri = f"at://{asked.one('repo')}/{asked.one('collection')}/{asked.one('rkey')}"
        if uri not in self.records:
            return _problem("RecordNotFound", f"Could not locate record: {uri}")
        kept = self.records[uri]
        return Told({"uri": uri, "cid": kept["cid"], "value": kept["record"]})

    def _delete(self, asked: Asked) -> Told:
        refused = self._signed(asked)
        if refused is not None:
            return refused
        body = asked.json()
        uri = f"at://{body['repo']}/{body['collection']}/{body['rkey']}"
        if uri in self.records:
            self._happen(uri, "delete", self.now())
            del self.records[uri]
            self.deleted.append(uri)
        return Told({})

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _join(self, handle: str) -> str:
        self.handles[did_of(handle)] = handle
        return did_of(handle)

    def _who(self, did: str) -> dict[str, Any]:
        handle = self.handles[did]
        name = handle.split(".")[0].title()
        return {"did": did, "handle": handle, "displayName": name, "followersCount": self.followers.get(handle, 7)}

    def _view(self, uri: str, asked: Asked) -> dict[str, Any]:
        kept = self.records[uri]
        root = kept["record"].get("reply", {}).get("root", {}).get("uri", uri)
        view = {"uri": uri, "cid": kept["cid"], "author": self._who(kept["did"]), "record": kept["record"]}
        view |= {"indexedAt": iso(kept["at"]), "replyCount": 1, "likeCount": 2, "repostCount": 0, "quoteCount": 0}
        view["labels"] = [{"val": "!hide"}] if uri in self.hidden else []
        if root in self.gates:
            view["threadgate"] = {
                "uri": root.replace(POSTS, "app.bsky.feed.threadgate"),
                "record": {"allow": self.gates[root]},
            }
        if asked.token in self._live:
            view["viewer"] = {"replyDisabled": root in self.gates}
            view["author"]["viewer"] = {"blockedBy": self.handles[kept["did"]] in self.blockers}
        return view

    def _write(self, did: str, rkey: str, record: dict[str, Any], at: datetime, *, api: bool = False) -> str:
        uri = f"at://{did}/{POSTS}/{rkey}"
        self.records[uri] = {"did": did, "rkey": rkey, "record": record, "cid": _cid(record), "at": at, "api": api}
        self._happen(uri, "create", at)
        return uri

    def _of_account(self, did: str, told: dict[str, Any]) -> None:
        account = {"did": did, "seq": len(self.events), "time": iso(self.now()), **told}
        self._tell({"did": did, "kind": "account", "account": account})

    def _tell(self, thing: dict[str, Any], at: datetime | None = None) -> None:
        """One more event, stamped as it passes."""
        time_us = max(micros(at or self.now()), self.events[-1][0] + 1 if self.events else 0)
        frame = (
            json.dumps({**thing, "time_us": time_us}, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
        )
        self.events.append((time_us, frame))
        self.changed.notify_all()

    def _happen(self, uri: str, operation: str, at: datetime) -> None:
        kept = self.records[uri]
        commit = {"rev": "3k", "operation": operation, "collection": POSTS, "rkey": kept["rkey"]}
        if operation != "delete":
            commit |= {"cid": kept["cid"], "record": kept["record"]}
        self._tell({"did": kept["did"], "kind": "commit", "commit": commit}, at)


def _sorted_at(kept: dict[str, Any]) -> str:
    """What search counts by: the earlier of what the author claims and what the network saw."""
    return min(iso(kept["at"]), str(kept["record"]["createdAt"]))


def _cid(record: dict[str, Any]) -> str:
    return f"bafyrei{hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:40]}"


def _problem(name: str, message: str = "", status: int = 400) -> Told:
    return Told({"error": name, "message": message or name}, status)
