"""A small Graph API over real sockets: single objects, comments, mentions, keyword search, the two steps of Threads."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.server import Asked, FakeServer, Told

OURS = "17841499999999999"
TOKEN = "EAAB-token-SECRET"


class FakeMeta(FakeServer):
    """`objects`: what can be looked up, by id. `found`: what a search finds, newest first. `page`: posts on a page."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.now = now
        self.objects: dict[str, dict[str, Any]] = {}
        self.found: list[dict[str, Any]] = []
        self.page = 100
        self.replies: list[dict[str, Any]] = []
        self.drafts: dict[str, dict[str, str]] = {}
        self.refuse: tuple[int, int, str] | None = None
        self.once = True  # one private message to a comment is all there is
        self.whispers: list[dict[str, Any]] = []
        self.only_mentioned: set[str] = set()  # on a stranger's media: shown through our account alone
        self.shows_strangers = True  # posts that a search found can be looked up by their ids

    def answer(self, asked: Asked) -> Told:
        with self.lock:
            if self.refuse is not None:
                status, code, words = self.refuse
                return Told({"error": {"code": code, "message": words, "type": "OAuthException"}}, status)
            if asked.token != TOKEN:
                return Told({"error": {"code": 190, "message": "Invalid OAuth access token."}}, 400)
            parts = asked.path.strip("/").split("/")
            return {"GET": self._get, "POST": self._post, "DELETE": self._delete}[asked.method](asked, parts)

    def _get(self, asked: Asked, parts: list[str]) -> Told:
        if parts[-1] == "keyword_search":
            return self._search(asked)
        if parts[-1] in ("comments", "replies"):
            whose = parts[-2]
            listed = [one for one in self.replies if whose in (OURS, one["parent"])]
            return Told({"data": [_shown(one) for one in reversed(listed)]})
        if parts[-1] in ("me", OURS) and "mentioned" not in asked.one("fields"):
            return Told({"id": OURS, "name": "Acme", "username": "acme_care"})
        if parts[-1] == OURS:
            return self._mention(asked.one("fields"))
        if parts[-1] == "conversations":
            return Told({"data": [self._talk(asked.one("user_id"))]})
        if "private_reply_conversation" in asked.one("fields"):
            told = [one for one in self.whispers if one["to"] == parts[-1]]
            talk = {"private_reply_conversation": _conversation(told)} if told else {}
            return Told({"id": parts[-1]} | talk)
        if asked.one("fields") == "id,from":
            return Told({"id": parts[-1], "from": {"id": f"of-{parts[-1]}"}})
        found = next((one for one in self.found if one["id"] == parts[-1] and self.shows_strangers), None)
        thing = self.objects.get(parts[-1], found) if parts[-1] not in self.only_mentioned else None
        return Told(thing) if thing is not None else _none()

    def _talk(self, who: str) -> dict[str, Any]:
        return _conversation([one for one in self.whispers if f"of-{one['to']}" == who])

    def _whisper(self, body: dict[str, Any]) -> Told:
        to = next(iter(body["recipient"].values()))
        if self.once and any(one["to"] == to for one in self.whispers):
            return Told({"error": {"code": 10900, "message": "(#10900) Activity already replied to"}}, 400)
        id_ = f"m_{7000 + len(self.whispers)}"
        said = {"id": id_, "message": body["message"]["text"], "to": to, "created_time": self.now().isoformat()}
        self.whispers.append(said | {"from": {"id": OURS, "name": "Acme"}, "kind": next(iter(body["recipient"]))})
        return Told({"recipient_id": f"of-{to}", "message_id": id_})

    def _mention(self, fields: str) -> Told:
        name, id_ = fields.split(".")[0], fields.split("(")[1].split(")")[0]
        thing = self.objects.get(id_)
        return Told({name: thing, "id": OURS}) if thing is not None else _none()

    def _search(self, asked: Asked) -> Told:
        since, until = int(asked.one("since", "0")), int(asked.one("until", "9999999999"))
        wanted = asked.one("q")
        inside = [one for one in self.found if since <= datetime.fromisoformat(one["timestamp"]).timestamp() < until]
        fit = [one for one in inside if wanted in one["text"].casefold()]
        at = int(asked.one("after", "0"))
        some, more = fit[at : at + self.page], len(fit) > at + self.page
        paging = {"cursors": {"after": str(at + self.page)}}
        return Told({"data": some, "paging": {**paging, "next": "https://x"} if more else paging})

    def _post(self, asked: Asked, parts: list[str]) -> Told:
        if parts[-1] == "messages":
            return self._whisper(asked.json())
        form = asked.form()
        if parts[-1] == "threads":
            draft = f"d{len(self.drafts)}"
            self.drafts[draft] = form
            return Told({"id": draft})
        if parts[-1] == "threads_publish":
            form = self.drafts[form["creation_id"]]
            return self._made(form["text"], form["reply_to_id"])
        parent = form.get("comment_id", form.get("media_id", parts[-2]))
        return self._made(form["message"], parent)

    def _made(self, text: str, parent: str) -> Told:
        id_ = f"{9000 + len(self.replies)}"
        self.replies.append({"id": id_, "text": text, "parent": parent, "at": self.now().isoformat()})
        return Told({"id": id_})

    def _delete(self, asked: Asked, parts: list[str]) -> Told:
        there = [one for one in self.replies if one["id"] == parts[-1]]
        self.replies = [one for one in self.replies if one["id"] != parts[-1]]
        return Told({"success": True}) if there else Told({"error": {"code": 100, "message": "gone"}}, 404)

    def thread(self, id_: str, text: str, at: datetime, who: str = "ada.l") -> None:
        """Somebody writes on Threads."""
        told = {"id": id_, "text": text, "username": who, "permalink": f"https://www.threads.net/@{who}/post/{id_}"}
        self.found.insert(0, told | {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%S+0000"), "is_reply": False})


def _none() -> Told:
    return Told({"error": {"code": 100, "error_subcode": 33, "message": "Object does not exist"}}, 400)


def _conversation(said: list[dict[str, Any]]) -> dict[str, Any]:
    """What was said with one person, newest first, both sides."""
    if not said:
        return {"id": "t_1"}
    theirs = {"id": "m_1", "message": "hello?", "created_time": said[0]["created_time"], "from": {"id": "5"}}
    shown = [{key: one[key] for key in ("id", "message", "created_time", "from")} for one in reversed(said)]
    return {"id": "t_1", "messages": {"data": [*shown, theirs]}}


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    """A comment as Facebook, Instagram and Threads each name its parts."""
    return {
        "id": one["id"], "message": one["text"], "text": one["text"], "from": {"id": OURS, "name": "Acme"},
        "username": "acme_care", "created_time": one["at"], "timestamp": one["at"],
        "replied_to": {"id": one["parent"]}, "permalink": f"https://www.threads.net/@acme_care/post/{one['id']}",
    }  # fmt: skip


HOUR = timedelta(hours=1)
